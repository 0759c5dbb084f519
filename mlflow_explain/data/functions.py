"""Plain functions of rows as models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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
        return np.asarray(self.function(rows))


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
        answer = np.asarray(self.function(rows), dtype=np.float64)
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
    if not callable(model) or (hasattr(model, "predict") and not is_function):
        return model
    answer = np.asarray(model(rows[:2]))
    if answer.ndim == 1 and model_task != "classification":
        return FunctionRegressor(model)
    if answer.ndim == 2 and model_task == "regression":
        return FunctionRegressor(model)
    return FunctionClassifier(model, np.arange(2 if answer.ndim == 1 else answer.shape[1]))
