"""Additive models in closed form: what a feature adds at a row, less what it adds on average.

For f(x) = c + sum_j g_j(x_j) and the interventional game, the Shapley value of feature j is
g_j(x_j) - mean of g_j over the background, exactly: no coalition changes what it adds. Linear
models: Lundberg and Lee 2017, https://doi.org/10.48550/arXiv.1705.07874
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import full_name, is_a, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.engines import naive_bayes
from mlflow_explain.engines.base import EngineState, Refusal
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow_explain._typing import (
        AnyArray,
        FeaturePerturbation,
        FloatArray,
        IntArray,
        OutputSpace,
        Rows,
    )
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Options

NAME = "linear"

# Least squares and its kin predict the linear score itself.
IDENTITY = (
    "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV",
    "LassoLarsIC", "Lars", "LarsCV", "ElasticNet", "ElasticNetCV", "MultiTaskLassoCV",
    "MultiTaskElasticNetCV", "BayesianRidge", "ARDRegression", "HuberRegressor",
    "QuantileRegressor", "TheilSenRegressor", "SGDRegressor", "PassiveAggressiveRegressor",
    "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "LinearSVR",
)  # fmt: skip
# Generalised linear models predict a function of it.
LINKED = ("PoissonRegressor", "GammaRegressor", "TweedieRegressor")
# Classifiers whose decision_function is the linear score.
CLASSIFIERS = (
    "LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "RidgeClassifier",
    "RidgeClassifierCV", "Perceptron", "PassiveAggressiveClassifier", "LinearSVC",
    "LinearDiscriminantAnalysis",
)  # fmt: skip
# Linear with a linear kernel only.
KERNEL_CLASSIFIERS = ("SVC", "NuSVC")
KERNEL_REGRESSORS = ("SVR", "NuSVR", "KernelRidge")

KERNEL = KERNEL_CLASSIFIERS + KERNEL_REGRESSORS
KNOWN = IDENTITY + LINKED + CLASSIFIERS + KERNEL + naive_bayes.NAMES


@dataclass(frozen=True, eq=False, repr=False)
class AdditiveEngine:
    """Attributions of a sum over features, exact for the interventional game.

    With u the inputs, or whether they exceed the threshold, and d = u_j - mean_j, feature j adds
    ``coefficients[:, j] * d + curvature[:, j] * (d**2 - variance[j])``.

    Parameters
    ----------
    coefficients : ndarray of shape (n_outputs, n_features)
        Slopes at the mean.
    mean : ndarray of shape (n_features,)
        Mean of the background's u.
    base_values : ndarray of shape (n_outputs,)
        Mean score of the background.
    output_space : {"log-odds", "margin", "raw"}
        Unit of the score.
    curvature : ndarray of shape (n_outputs, n_features), optional
        Factors of the squares; None where the score is linear.
    variance : ndarray of shape (n_features,), optional
        Variance of the background's u, given with `curvature`.
    threshold : float, optional
        Inputs above it count as one, others as zero.
    """

    coefficients: FloatArray
    mean: FloatArray
    base_values: FloatArray
    output_space: OutputSpace
    curvature: FloatArray | None = None
    variance: FloatArray | None = None
    threshold: float | None = None
    tolerance: float = 1e-6
    name: str = NAME
    feature_perturbation: FeaturePerturbation = "interventional"
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        values = self._of_sparse(rows) if is_sparse(rows) else self._of(_inputs(rows))
        return LocalImportance(values=values, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the terms; those a model has not are left out."""
        settings: dict[str, Any] = {"output_space": self.output_space}
        if self.threshold is not None:
            settings["threshold"] = self.threshold
        arrays = {
            "coefficients": self.coefficients,
            "mean": self.mean,
            "base_values": self.base_values,
        }
        if self.curvature is not None and self.variance is not None:
            arrays |= {"curvature": self.curvature, "variance": self.variance}
        return EngineState(settings=settings, arrays=arrays)

    def _of(self, inputs: AnyArray, columns: slice | IntArray = slice(None)) -> FloatArray:
        """Return what inputs add, with a last axis of outputs.

        Parameters
        ----------
        inputs : ndarray of shape (n_rows, n_features) or (n_entries,)
            Rows, or single entries.
        columns : slice or ndarray of shape (n_entries,)
            The feature of each entry; all features for rows.
        """
        away = _stepped(inputs, self.threshold) - self.mean[columns]
        squares = None
        if self.curvature is not None and self.variance is not None:
            squares = (away**2 - self.variance[columns])[..., None]
        # One output needs no memory besides.
        out = away[..., None] if len(self.coefficients) == 1 else None
        values = np.multiply(away[..., None], self.coefficients.T[columns], out=out)
        if squares is not None and self.curvature is not None:
            values += squares * self.curvature.T[columns]
        return values

    def _of_sparse(self, rows: Rows) -> FloatArray:
        """Return what rows add: a zero's share everywhere, then that of each stored entry."""
        rows = _canonical(rows)
        n_rows, n_features = rows.shape
        values = np.empty((n_rows, n_features, len(self.base_values)))
        values[:] = self._of(np.zeros(n_features))
        position = np.repeat(np.arange(n_rows), np.diff(rows.indptr))
        values[position, rows.indices] = self._of(_inputs(rows.data), rows.indices)
        return values


def build(predictor: Predictor, background: Table, options: Options) -> AdditiveEngine | Refusal:
    """Return the engine for an additive model of scikit-learn, or the reason why not."""
    model = predictor.model
    reason = next(_reasons_against(predictor, background, options), None)
    if reason is not None:
        return Refusal(NAME, f"{full_name(model)} {reason}")
    threshold = naive_bayes.threshold_of(model)
    mean = mean_of(background.data, threshold)
    if is_a(model, "sklearn", *naive_bayes.NAMES):
        level, slope, curvature = naive_bayes.taylor(model, mean)
    else:
        (level, slope), curvature = _linear(model, mean), None
    variance = None
    if curvature is not None:
        variance = ((_inputs(background.data) - mean) ** 2).mean(axis=0)
        level = level + curvature @ variance
    if not (np.isfinite(level).all() and np.isfinite(slope).all()):
        return Refusal(
            NAME,
            f"{full_name(model)} is not a finite sum at the background: a coefficient or a value "
            "is missing or infinite, or a probability is zero and has no logarithm",
        )
    return AdditiveEngine(
        coefficients=frozen_floats(slope),
        mean=frozen_floats(mean),
        base_values=frozen_floats(level),
        output_space=_output_space(predictor),
        curvature=None if curvature is None else frozen_floats(curvature),
        variance=None if variance is None else frozen_floats(variance),
        threshold=threshold,
    )


def restore(state: EngineState, _predictor: Predictor | None = None) -> AdditiveEngine:
    """Return the engine of a stored state."""
    known = ("coefficients", "mean", "base_values", "curvature", "variance")
    arrays = {name: frozen_floats(state.arrays[name]) for name in known if name in state.arrays}
    return AdditiveEngine(
        coefficients=arrays["coefficients"],
        mean=arrays["mean"],
        base_values=arrays["base_values"],
        output_space=state.settings["output_space"],
        curvature=arrays.get("curvature"),
        variance=arrays.get("variance"),
        threshold=state.settings.get("threshold"),
    )


def scores(engine: AdditiveEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own scores, (n_rows, n_outputs)."""
    model = predictor.model
    if engine.threshold is None:
        # float32 rows would be scored in float32, and the difference be mistaken for an error;
        # but a threshold is compared in the rows' own type.
        rows = rows.astype(np.float64)
    if is_a(model, "sklearn", *naive_bayes.NAMES):
        return naive_bayes.scores(model, rows)
    if is_a(model, "sklearn", *CLASSIFIERS, *KERNEL_CLASSIFIERS):
        score = model.decision_function(rows)
    elif engine.output_space == "raw":
        score = model.predict(rows)
    else:
        score = np.log(model.predict(rows))
    return np.asarray(score, dtype=np.float64).reshape(rows.shape[0], -1)


def _reasons_against(predictor: Predictor, background: Table, options: Options) -> Iterator[str]:
    """Yield what follows the model's name in a refusal; each supposes those before do not hold."""
    model, n_classes = predictor.model, len(predictor.classes or ())
    if not is_a(model, "sklearn", *KNOWN):
        yield "is not a linear or naive Bayes model of scikit-learn"
    if is_a(model, "sklearn", *KERNEL) and model.kernel != "linear":
        yield "is not a linear model: its kernel is not 'linear'"
    if n_classes == 1:
        yield "is not a choice between classes: it knows one class only"
    if is_a(model, "sklearn", *KERNEL_CLASSIFIERS) and n_classes > 2:
        yield f"is not one sum per class: it compares each two of its {n_classes} classes"
    if is_sparse(background.data) and not _takes_sparse(model):
        yield "is not a model of sparse rows"
    if options.feature_perturbation == "tree_path_dependent":
        yield "is not a tree: its engine plays the interventional game"
    if options.wants_probability(predictor):
        space = _output_space(predictor)
        yield f"is not additive so: probability is not a sum over features for it, its {space} is"


def _takes_sparse(model: Any) -> bool:
    # libsvm takes sparse rows only where it was fitted on such.
    fitted_dense = hasattr(model, "support_vectors_") and not is_sparse(model.support_vectors_)
    return not (fitted_dense or is_a(model, "sklearn", "GaussianNB"))


def _linear(model: Any, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the scores at the mean, (n_outputs,), and their slopes, (n_outputs, n_features)."""
    if is_a(model, "sklearn", "KernelRidge"):
        # In full precision, as the model itself computes for rows of it.
        slope, intercept = (model.X_fit_.astype(np.float64).T @ model.dual_coef_).T, 0.0
    else:
        slope, intercept = model.coef_, model.intercept_
    # A copy, as partial_fit changes the model's own in place.
    slope = np.atleast_2d(dense(slope, np.float64).copy())
    return np.asarray(intercept, dtype=np.float64) + slope @ mean, slope


def _output_space(predictor: Predictor) -> OutputSpace:
    model = predictor.model
    if is_a(model, "sklearn", *IDENTITY, *KERNEL_REGRESSORS):
        return "raw"
    if is_a(model, "sklearn", *LINKED):
        link = getattr(model, "link", "log")
        return "raw" if link == "identity" or (link == "auto" and model.power <= 0) else "margin"
    logistic = (
        is_a(model, "sklearn", "LogisticRegression", "LinearDiscriminantAnalysis")
        # In older versions: a softmax of plus and minus the score, whose odds are squared.
        and getattr(model, "multi_class", None) != "multinomial"
    )
    logistic = logistic or is_a(model, "sklearn", *naive_bayes.NAMES)
    logistic = logistic or getattr(model, "loss", None) == "log_loss"
    two = predictor.classes is not None and len(predictor.classes) == 2
    return "log-odds" if logistic and two else "margin"


def _inputs(rows: Any) -> AnyArray:
    """Return dense rows, or a sparse matrix's entries, as floats of their own width."""
    array = np.asarray(rows)
    return array if array.dtype.kind == "f" else np.asarray(rows.astype(np.float64))


def _stepped(inputs: AnyArray, threshold: float | None) -> AnyArray:
    """Return whether inputs exceed the threshold: 1, 0 or missing; themselves without one."""
    # Unlike a comparison, a step keeps what is missing.
    return inputs if threshold is None else np.heaviside(inputs - threshold, 0.0)


def mean_of(rows: Rows, threshold: float | None) -> FloatArray:
    """Return the mean of an engine's u over rows, (n_features,).

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_features)
        Rows; sparse ones stay so.
    threshold : float or None
        As of `AdditiveEngine`.
    """
    if not is_sparse(rows):
        return np.asarray(_stepped(_inputs(rows), threshold).mean(axis=0, dtype=np.float64))
    rows = _canonical(rows)
    # Entries that are not stored add nothing: no threshold of the model is below zero.
    entries = _stepped(_inputs(rows.data), threshold)
    total = np.bincount(rows.indices, weights=entries, minlength=rows.shape[1])
    return np.asarray(total / rows.shape[0])


def _canonical(rows: Rows) -> Rows:
    """Return csr rows with each entry stored once; the caller's own stay as they are."""
    if rows.has_canonical_format:
        return rows
    rows = rows.copy()
    rows.sum_duplicates()
    return rows
