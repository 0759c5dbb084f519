"""Plain functions of rows as models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.answers import (
    are_between_0_and_1,
    are_labels,
    are_numbers,
    are_probabilities,
    tried,
)
from mlflow_explain.data.kinds import is_a
from mlflow_explain.data.pyfuncs import lined, unwrapped
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        return lined(self.function(rows.copy()))


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
        answer = lined(self.function(rows.copy())).astype(np.float64)
        return np.column_stack([1.0 - answer, answer]) if answer.ndim == 1 else answer

    def predict(self, rows: Rows) -> AnyArray:
        """Return the most probable class of each row."""
        return np.asarray(self.classes_[self.predict_proba(rows).argmax(axis=1)])


@dataclass(frozen=True, eq=False, slots=True)
class FunctionMargins:
    """A function that answers a number per class that is no probability: a logit, a score.

    Parameters
    ----------
    function : callable
        ``rows -> (n_rows, n_classes)``.
    classes_ : ndarray
        Labels of the classes.
    """

    function: Callable[[Rows], Any]
    classes_: AnyArray

    def decision_function(self, rows: Rows) -> FloatArray:
        """Return margins, (n_rows, n_classes)."""
        return lined(self.function(rows.copy())).astype(np.float64)

    def predict(self, rows: Rows) -> AnyArray:
        """Return the class of the largest margin of each row."""
        return np.asarray(self.classes_[self.decision_function(rows).argmax(axis=1)])


@dataclass(frozen=True, eq=False, slots=True)
class FunctionLabels:
    """A function that answers a class label per row, and no probabilities.

    Parameters
    ----------
    function : callable
        ``rows -> (n_rows,)``.
    classes_ : ndarray
        The labels it answers.
    """

    function: Callable[[Rows], Any]
    classes_: AnyArray

    def predict(self, rows: Rows) -> AnyArray:
        """Return the function's labels."""
        return lined(self.function(rows.copy()))


# What is kept of a function is the name of its class, and the labels.
_KINDS = (FunctionRegressor, FunctionClassifier, FunctionMargins, FunctionLabels)
_OF_CLASSES = {kind.__name__: kind for kind in (FunctionMargins, FunctionLabels)}


def is_of_function(model_type: str) -> bool:
    """Whether what was explained is a function, by the name of its class."""
    return model_type in {kind.__name__ for kind in _KINDS}


def restored(model: Any, model_type: str, labels: Sequence[Any] | None) -> Any:
    """Return a function as the model it was explained as; any other object stays what it is.

    Parameters
    ----------
    model : object
        A function of rows, or a model.
    model_type : str
        Class of what was explained.
    labels : sequence or None
        The labels it predicts.
    """
    if not is_of_function(model_type) or not callable(model) or hasattr(model, "predict"):
        return model
    if labels is None:
        return FunctionRegressor(model)
    return _OF_CLASSES.get(model_type, FunctionClassifier)(model, np.asarray(labels))


def shows_in_answers(model: Any, *, is_function: bool) -> bool:
    """Whether only its answers show what a model is: those of a function, or an MLflow pyfunc."""
    if isinstance(model, type):
        return False
    takes_rows = callable(model) and (is_function or not hasattr(model, "predict"))
    return takes_rows or is_a(model, "mlflow", "PyFuncModel")


def as_model(
    model: Any,
    rows: Rows,
    *,
    is_function: bool,
    model_task: str,
    classes: Sequence[Any] | None = None,
    of_texts: bool = False,
) -> Any:
    """Return a function as a model; a model stays what it is.

    An MLflow pyfunc model stands for the model inside it where that one predicts the same, and is
    a function otherwise.

    Parameters
    ----------
    model : object
        A model, or a function of rows.
    rows : array
        The background rows, to see what a function answers.
    is_function : bool
        Call the object itself, even if it has a `predict`.
    model_task : {"unknown", "classification", "regression"}
        Of a function that answers one number per row: a classification takes whole numbers for
        class labels, others for the probability of the second of two classes. Words and truths
        are labels in any case.
    classes : sequence, optional
        The labels a function answers, by default those it answers for `rows`; or names of the
        classes it answers probabilities, or margins, of. They say that it is a classification,
        unless `model_task` says otherwise.
    of_texts : bool, default=False
        The rows have a column of texts.

    Notes
    -----
    Several numbers per row are probabilities of classes if, for the first two rows (for all, with
    `classes`), they are none below 0 and add up to 1, but for rounding to two decimals; else
    margins. Rows with NaN do not count. To say which instead, pass an object that has `predict`,
    `classes_`, and `predict_proba` or `decision_function`.

    Raises
    ------
    UnsupportedModelError
        The model is a class.
    InvalidInputError
        A function does not take the rows, or answers neither labels nor probabilities of `classes`.
    """
    if isinstance(model, type):
        raise UnsupportedModelError(
            "a fitted model", f"the class {model.__name__} itself", "Make an instance and fit it."
        )
    if is_a(model, "mlflow", "PyFuncModel"):
        inner = unwrapped(model, rows)
        if inner is not None:
            return inner
        model, is_function = model.predict, True
    if not callable(model) or (hasattr(model, "predict") and not is_function):
        return model
    if classes is not None and model_task != "regression":
        return _of_classes(model, tried(model, rows, of_texts), classes)
    answer = tried(model, rows[:2], of_texts)
    if are_labels(answer, model_task):
        return FunctionLabels(model, np.unique(tried(model, rows, of_texts)))
    if model_task == "regression" or (answer.ndim == 1 and model_task != "classification"):
        return FunctionRegressor(model)
    if answer.ndim == 1 and answer.dtype.kind == "f" and not are_between_0_and_1(answer):
        raise InvalidInputError(
            "labels, or probabilities of the second of two classes, of a classification",
            "other numbers",
            "If they are labels, name the labels by `classes`. Leave `model_task` out for a "
            "function that predicts a number; one of scores has to make probabilities of them.",
        )
    return _of_columns(model, answer, None)


def _of_classes(
    function: Callable[[Rows], Any], answer: AnyArray, classes: Sequence[Any]
) -> FunctionLabels | FunctionClassifier | FunctionMargins:
    """Return a function that answers labels among `classes`, or a number for each of them."""
    alike = len({type(label) for label in classes}) == 1
    labels = np.array(list(classes)) if alike else np.empty(len(classes), dtype=object)
    if not alike:
        # An array would make words of numbers beside words.
        labels[:] = list(classes)
    if answer.ndim == 1 and set(answer.tolist()) <= set(classes):
        return FunctionLabels(function, labels)
    if answer.ndim == 1 and not (are_numbers(answer) and are_between_0_and_1(answer)):
        raise InvalidInputError(
            "answers that are labels among `classes`, or probabilities of them",
            "others",
            "Leave `classes` out for a function that predicts a number; for one that predicts "
            "labels, name the labels by `classes`; one of scores has to make probabilities of "
            "them.",
        )
    return _of_columns(function, answer, labels)


def _of_columns(
    function: Callable[[Rows], Any], answer: AnyArray, labels: AnyArray | None
) -> FunctionClassifier | FunctionMargins:
    """Return a function that answers probabilities of classes, or margins of them."""
    if not are_numbers(answer):
        raise InvalidInputError(
            "a function that answers one label per row, or one number per class",
            f"an answer of shape {answer.shape} that holds no numbers",
            "Return one label per row, or convert each column to numbers.",
        )
    # Its predictions are the classes that the user names, if there are as many as columns.
    n_classes = 2 if answer.ndim == 1 else answer.shape[1]
    known = labels if labels is not None and len(labels) == n_classes else np.arange(n_classes)
    are_margins = answer.ndim == 2 and not are_probabilities(answer)
    return (FunctionMargins if are_margins else FunctionClassifier)(function, known)
