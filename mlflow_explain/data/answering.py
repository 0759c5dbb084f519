"""A model's predictions and probabilities of rows, by as few passes of the model as it takes.

Asking a classifier for its labels and then for its probabilities walks its trees, or multiplies its
coefficients, twice. Some classes make the one of the other: a row of `ONE_PASS` does it as they do.
A Pipeline that is asked as one, as one of texts is, would go through all its steps twice, too:
`BySteps` takes the rows through them once, and asks the estimator behind them for both answers.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit
from sklearn.utils.extmath import softmax

from mlflow_explain.data.boosters import lightgbm_threads
from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame, is_sparse, own_method
from mlflow_explain.data.pipeline import layers
from mlflow_explain.data.texts.halves import TransformedRows, halves_of
from mlflow_explain.data.texts.models import inside
from mlflow_explain.errors import ExplainError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.texts.halves import Halves

# Predictions (n_rows,) or (n_rows, n_targets), and probabilities (n_rows, n_classes) or None.
Answers = tuple["AnyArray", "FloatArray | None"]
Answer = Callable[["Rows"], Answers]

# Parameters LightGBM reads when it predicts: `pred_early_stop`, `predict_raw_score`, their aliases.
_READ_LATER = re.compile("pred|contrib|leaf_index|raw_?score")

# Rows of a probe that tell a Pipeline from its steps: it may ask a model that takes long.
_PROBED = 8


@dataclass(frozen=True, slots=True)
class OnePass:
    """A class of models whose two answers are one.

    Parameters
    ----------
    package : str
        Where the class is from; a subclass of another package answers for itself.
    names : frozenset of str
        Names of the classes.
    answer : callable
        ``(model, rows) -> (predictions, probabilities)``, as the class makes them.
    suits : callable
        Whether a model of the class answers so.
    """

    package: str
    names: frozenset[str]
    answer: Callable[[Any, Rows], Answers]
    suits: Callable[[Any], bool] = lambda _: True

    def claims(self, model: Any) -> bool:
        """Whether it answers for a model."""
        kind = type(model)
        return kind.__name__ in self.names and kind.__module__.split(".")[0] == self.package


@dataclass(frozen=True, eq=False, slots=True)
class BySteps:
    """Asks a Pipeline by its own steps, in their order and once.

    Parameters
    ----------
    halves : Halves
        The steps before its estimator, and that.
    of_estimator : callable
        Asks the estimator for both answers.
    """

    halves: Halves
    of_estimator: Answer

    def __call__(self, rows: Any) -> Answers:
        """Return both answers for rows of a table; those that are transformed are not again."""
        given = rows if isinstance(rows, TransformedRows) else self.transformed(rows)
        return self.of_estimator(given.made)

    def transformed(self, rows: Any) -> TransformedRows:
        """Return rows of a table with what the steps make of them."""
        return TransformedRows(rows, self.halves.transform(rows))


def answering(predictor: Predictor, probe: Rows) -> Answer:
    """Return how a model is asked for both answers.

    Parameters
    ----------
    predictor : Predictor
        The estimator, or a whole Pipeline.
    probe : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        Rows as the estimator takes them. One pass is used only if its answers for them are the
        model's own, bit for bit.
    """
    both = partial(_both, predictor)
    once = _one_pass(predictor)
    if once is not None:
        return once if _are_same(_answered(once, probe), _answered(both, probe)) else both
    return _by_steps(predictor, probe) or both


def _both(predictor: Predictor, rows: Rows) -> Answers:
    """Ask a model twice, as anyone would."""
    predicted = predictor.predict(rows)
    return predicted, predictor.probabilities(rows, predicted)


def _one_pass(predictor: Predictor) -> Answer | None:
    """Return what makes the one answer of a model of the other, if its class is known to do so."""
    model = predictor.model
    for way in ONE_PASS:
        if way.claims(model) and way.suits(model) and predictor.task == _task_of(model):
            return partial(way.answer, model)
    return None


def _task_of(model: Any) -> str:
    return "classification" if hasattr(model, "predict_proba") else "regression"


def _by_steps(predictor: Predictor, probe: Any) -> BySteps | None:
    """Return how a Pipeline is asked step by step; None for what is none, or answers otherwise."""
    try:
        halves = halves_of(predictor)
    except ExplainError:
        return None
    # A class with its own way to predict may answer otherwise for no row of the probe.
    *around, _ = layers(inside(predictor.model))
    if any(own_method(each, "predict", "predict_proba") for each in around):
        return None
    n_rows = int(probe.shape[0])
    at = np.linspace(0, n_rows - 1, min(n_rows, _PROBED)).astype(int)
    probe = probe.iloc[at] if is_frame(probe) else probe[at]
    own = _answered(partial(_both, predictor), probe)
    if own is None:
        # A made-up cell that the steps refuse tells nothing.
        return BySteps(halves, partial(_both, halves.estimator))
    made = _answered(halves.transform, probe)
    if made is None:
        return None
    found = BySteps(halves, answering(halves.estimator, made))
    return found if _are_same(_answered(found, probe), own) else None


def _answered(ask: Callable[[Any], Any], probe: Any) -> Any:
    """Return what a function answers for a probe; None where it refuses."""
    with warnings.catch_warnings():
        # Made-up rows are without the names the model may have been fitted on.
        warnings.simplefilter("ignore")
        try:
            return ask(probe)
        except MODEL_ERRORS:
            return None


def _are_same(found: Answers | None, own: Answers | None) -> bool:
    """Whether two ways to ask have answered the same, bit for bit."""
    if found is None or own is None:
        return False
    return all(_same(a, b) for a, b in zip(found, own, strict=True))


def _same(a: AnyArray | None, b: AnyArray | None) -> bool:
    if a is None or b is None:
        return a is b
    alike = a.dtype == b.dtype and a.shape == b.shape
    return alike and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def _of_probabilities(model: Any, rows: Rows) -> Answers:
    """Return the class of the largest probability."""
    probabilities = model.predict_proba(rows)
    return model.classes_.take(probabilities.argmax(axis=1), axis=0), probabilities


def _of_decision(model: Any, rows: Rows) -> Answers:
    """Return what a logistic regression makes of its decision function."""
    matrix = _matrix_of(rows)
    if matrix is None or is_sparse(matrix) or not np.isfinite(matrix).all():
        decision = model.decision_function(rows)
    else:
        # Without the checks of a table, which take longer than the product.
        decision = matrix @ model.coef_.T + model.intercept_
        decision = decision[:, 0] if decision.shape[1] == 1 else decision
    if decision.ndim == 1:
        positive = expit(decision)
        probabilities = np.vstack([1.0 - positive, positive]).T
        return model.classes_.take((decision > 0).astype(np.intp), axis=0), probabilities
    return model.classes_.take(decision.argmax(axis=1), axis=0), softmax(decision)


def _by_booster(model: Any, rows: Rows) -> Answers:
    """Return LightGBM's answers, without its checks of a table where a matrix is at hand."""
    matrix = _matrix_of(rows)
    if matrix is None:
        if not hasattr(model, "predict_proba"):
            return model.predict(rows), None
        found = model.predict_proba(rows)
    else:
        found = model.booster_.predict(matrix, **lightgbm_threads(model))
        if not hasattr(model, "predict_proba"):
            return found, None
        if found.ndim == 1:
            found = np.vstack((1.0 - found, found)).transpose()
    return model.classes_.take(found.argmax(axis=1), axis=0), found


def _matrix_of(rows: Rows) -> Any:
    """Return rows as the matrix a library makes of them, or None where it should do so itself."""
    if is_sparse(rows):
        return rows
    matrix = rows.to_numpy() if is_frame(rows) else rows
    return matrix if matrix.dtype == np.float64 else None


def _is_plain_lightgbm(model: Any) -> bool:
    """Whether nothing but the trees decides what a LightGBM model answers."""
    if callable(model.objective_) or getattr(model.booster_, "pandas_categorical", None):
        return False
    if not lightgbm_threads(model):
        return False
    return not any(_READ_LATER.search(name) for name in model.get_params())


ONE_PASS: tuple[OnePass, ...] = (
    OnePass(
        "lightgbm",
        frozenset({"LGBMClassifier", "LGBMRegressor"}),
        _by_booster,
        _is_plain_lightgbm,
    ),
    OnePass(
        "sklearn",
        frozenset({"RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier"}),
        _of_probabilities,
        lambda model: model.n_outputs_ == 1,
    ),
    OnePass("sklearn", frozenset({"LogisticRegression"}), _of_decision),
)
