"""Plain functions of rows as models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, FloatArray, Rows


@dataclass(frozen=True, eq=False, slots=True)
class FunctionRegressor:
    """A function that answers a number per row.

    Parameters
    ----------
    function : callable
        ``rows -> (n_rows,)``.
    """

    function: Callable[[Rows], Any]

    def predict(self, rows: Rows) -> AnyArray:
        """Return the function's answers."""
        answer = np.asarray(self.function(rows.copy()))
        return answer[:, 0] if answer.ndim == 2 and answer.shape[1] == 1 else answer


@dataclass(frozen=True, eq=False, slots=True)
class FunctionClassifier:
    """A function that answers a probability per class, or that of the second of two.

    Parameters
    ----------
    function : callable
        ``rows -> (n_rows, n_classes)`` or ``(n_rows,)``.
    classes_ : ndarray
        Labels of the classes.
    """

    function: Callable[[Rows], Any]
    classes_: AnyArray

    def predict_proba(self, rows: Rows) -> FloatArray:
        """Return probabilities, (n_rows, n_classes)."""
        answer = np.asarray(self.function(rows.copy()), dtype=np.float64)
        if answer.ndim == 2 and answer.shape[1] == 1:
            answer = answer[:, 0]
        return np.column_stack([1.0 - answer, answer]) if answer.ndim == 1 else answer

    def predict(self, rows: Rows) -> AnyArray:
        """Return the most probable class of each row."""
        return np.asarray(self.classes_[self.predict_proba(rows).argmax(axis=1)])


def as_model(model: Any, rows: Rows, *, is_function: bool, model_task: str) -> Any:
    """Return a function as a model; a model stays what it is.

    Parameters
    ----------
    model : object
        A model, or a function of rows.
    rows : array
        At least one row, to see what a function answers.
    is_function : bool
        Call the object itself, even if it has a `predict`.
    model_task : {"unknown", "classification", "regression"}
        Of a function that answers one number per row: a classification takes it for the
        probability of the second of two classes.
    """
    if isinstance(model, type):
        raise UnsupportedModelError(
            "a fitted model", f"the class {model.__name__} itself", "Make an instance and fit it."
        )
    if not callable(model) or (hasattr(model, "predict") and not is_function):
        return model
    answer = _tried(model, rows[:2])
    if answer.ndim == 1 and model_task != "classification":
        return FunctionRegressor(model)
    if answer.ndim == 2 and model_task == "regression":
        return FunctionRegressor(model)
    return FunctionClassifier(model, np.arange(2 if answer.ndim == 1 else answer.shape[1]))


def _tried(function: Callable[[Rows], Any], rows: Rows) -> AnyArray:
    """Return what a function answers, or say what it was given and what is expected."""
    given = f"a {full_name(rows)} of shape {rows.shape}, as the initialization examples are"
    try:
        # A function may write to what it is given.
        answer = np.asarray(function(rows.copy()))
    except MODEL_ERRORS as error:
        raise InvalidInputError(
            f"a function that takes {given}",
            f"{type(error).__name__} from it",
            "Its own error is above; convert the rows inside the function.",
        ) from error
    if answer.ndim == 2 and answer.shape[1] == 1:
        answer = answer[:, 0]
    if answer.ndim not in {1, 2} or len(answer) != rows.shape[0]:
        raise InvalidInputError(
            f"a function that answers one number, or one per class, for each row of {given}",
            f"an answer of shape {answer.shape}",
            "Return an array with one entry per row.",
        )
    return answer
