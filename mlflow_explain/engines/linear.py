"""Linear models in closed form: coefficient times distance from the background's mean.

For f(x) = intercept + sum_j w_j x_j and the interventional game, the Shapley value of feature j
is w_j (x_j - mean_j). Lundberg and Lee 2017, https://doi.org/10.48550/arXiv.1705.07874
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import class_names, full_name, is_sparse, package_of
from mlflow_explain.engines.base import EngineState, Refusal
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

NAME = "linear"

# Least squares and its kin predict the linear score itself.
IDENTITY = {
    "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV",
    "LassoLarsIC", "Lars", "LarsCV", "ElasticNet", "ElasticNetCV", "BayesianRidge",
    "ARDRegression", "HuberRegressor", "QuantileRegressor", "TheilSenRegressor", "SGDRegressor",
    "PassiveAggressiveRegressor", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV",
    "LinearSVR",
}  # fmt: skip
# Generalised linear models predict a function of it.
LINKED = {"PoissonRegressor", "GammaRegressor", "TweedieRegressor"}
# Classifiers whose decision_function is the linear score.
CLASSIFIERS = {
    "LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "RidgeClassifier",
    "RidgeClassifierCV", "Perceptron", "PassiveAggressiveClassifier", "LinearSVC",
    "LinearDiscriminantAnalysis",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class LinearEngine:
    """Attributions of a linear score, exact for the interventional game.

    Parameters
    ----------
    coefficients : ndarray of shape (n_outputs, n_features)
        Weights of the score.
    mean : ndarray of shape (n_features,)
        Mean of the background.
    base_values : ndarray of shape (n_outputs,)
        Score at the mean, which is the mean score of the background.
    output_space : {"log-odds", "margin", "raw"}
        Unit of the score.
    """

    coefficients: FloatArray
    mean: FloatArray
    base_values: FloatArray
    output_space: OutputSpace
    name: str = NAME
    feature_perturbation: FeaturePerturbation = "interventional"

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        away = _dense(rows) - self.mean
        return LocalImportance(
            values=away[:, :, None] * self.coefficients.T[None, :, :], base_values=self.base_values
        )

    def state(self) -> EngineState:
        """Return coefficients, mean and base values."""
        return EngineState(
            settings={"output_space": self.output_space},
            arrays={
                "coefficients": self.coefficients,
                "mean": self.mean,
                "base_values": self.base_values,
            },
        )


def build(predictor: Predictor, background: Table) -> LinearEngine | Refusal:
    """Return the engine for a linear model of scikit-learn, or the reason why not."""
    model = predictor.model
    names = class_names(model)
    if package_of(model) != "sklearn" or not names & (IDENTITY | LINKED | CLASSIFIERS):
        return Refusal(NAME, f"{full_name(model)} is not a linear model of scikit-learn")
    coefficients = _dense(np.atleast_2d(_dense(model.coef_)))
    if predictor.task == "regression" and len(coefficients) > 1:
        return Refusal(NAME, f"{full_name(model)} predicts several targets")
    mean = np.asarray(background.data.astype(np.float64).mean(axis=0)).ravel()
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64), len(coefficients))
    return LinearEngine(
        coefficients=frozen_floats(coefficients),
        mean=frozen_floats(mean),
        base_values=frozen_floats(intercept + coefficients @ mean),
        output_space=_output_space(model, names, predictor),
    )


def restore(state: EngineState) -> LinearEngine:
    """Return the engine of a stored state."""
    return LinearEngine(
        coefficients=frozen_floats(state.arrays["coefficients"]),
        mean=frozen_floats(state.arrays["mean"]),
        base_values=frozen_floats(state.arrays["base_values"]),
        output_space=state.settings["output_space"],
    )


def scores(engine: LinearEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own linear scores, (n_rows, n_outputs)."""
    model = predictor.model
    # float32 rows would be scored in float32, and the difference be mistaken for an error.
    rows = rows.astype(np.float64)
    if predictor.task == "classification":
        score = model.decision_function(rows)
    elif engine.output_space == "raw":
        score = model.predict(rows)
    else:
        score = np.log(model.predict(rows))
    return np.asarray(score, dtype=np.float64).reshape(rows.shape[0], -1)


def _output_space(model: Any, names: frozenset[str], predictor: Predictor) -> OutputSpace:
    if names & IDENTITY:
        return "raw"
    if names & LINKED:
        identity = getattr(model, "link", "log") == "identity" or (
            getattr(model, "link", None) == "auto" and model.power <= 0
        )
        return "raw" if identity else "margin"
    logistic = "LogisticRegression" in names or "LinearDiscriminantAnalysis" in names
    logistic = logistic or getattr(model, "loss", None) in {"log_loss", "modified_huber"}
    two = predictor.classes is not None and len(predictor.classes) == 2
    return "log-odds" if logistic and two and getattr(model, "loss", "") != "modified_huber" else (
        "margin"
    )  # fmt: skip


def _dense(rows: Rows) -> FloatArray:
    return np.asarray(rows.toarray() if is_sparse(rows) else rows, dtype=np.float64)
