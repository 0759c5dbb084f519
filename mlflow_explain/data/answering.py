"""A model's predictions and probabilities of rows, by as few passes of the model as it takes.

Asking a classifier for its labels and then for its probabilities walks its trees, or multiplies its
coefficients, twice. Some classes make the one of the other: a row of `ONE_PASS` does it as they do.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit
from sklearn.utils.extmath import softmax

from mlflow_explain.data.boosters import lightgbm_threads
from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame, is_sparse

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor

# Predictions (n_rows,) or (n_rows, n_targets), and probabilities (n_rows, n_classes) or None.
Answers = tuple["AnyArray", "FloatArray | None"]
Answer = Callable[["Rows"], Answers]

# Parameters LightGBM reads when it predicts: `pred_early_stop`, `predict_raw_score`, their aliases.
_READ_LATER = re.compile("pred|contrib|leaf_index|raw_?score")


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


def answering(predictor: Predictor, probe: Rows) -> Answer:
    """Return how a model is asked for both answers.

    Parameters
    ----------
    predictor : Predictor
        The estimator.
    probe : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        Rows as the estimator takes them. One pass is used only if its answers for them are the
        model's own, bit for bit.
    """

    def both(rows: Rows) -> Answers:
        predicted = predictor.predict(rows)
        return predicted, predictor.probabilities(rows, predicted)

    model = predictor.model
    for way in ONE_PASS:
        if way.claims(model) and way.suits(model) and predictor.task == _task_of(model):

            def once(rows: Rows, way: OnePass = way) -> Answers:
                return way.answer(model, rows)

            return once if _are_alike(once, both, probe) else both
    return both


def _task_of(model: Any) -> str:
    return "classification" if hasattr(model, "predict_proba") else "regression"


def _are_alike(one: Answer, other: Answer, probe: Rows) -> bool:
    """Whether two ways to ask answer the same, bit for bit."""
    with warnings.catch_warnings():
        # Made-up rows are without the names the model may have been fitted on.
        warnings.simplefilter("ignore")
        try:
            pairs = zip(one(probe), other(probe), strict=True)
            return all(_same(a, b) for a, b in pairs)
        except MODEL_ERRORS:
            return False


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
