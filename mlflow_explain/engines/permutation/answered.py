"""`Answered`: what a model answered, in the shape of an estimator that a scorer can ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray

    # The model's answers, by the name of its method.
    Answer: TypeAlias = Callable[[str], AnyArray]


# What scorers ask estimators for.
METHODS = ("predict", "predict_proba", "decision_function")


def _has(method: str) -> Callable[[Answered], bool]:
    """Return whether a stand-in has a method, as its model does."""
    return lambda stand_in: method in stand_in.methods


class Answered(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A stand-in for a model whose answers are known.

    Parameters
    ----------
    answer : callable
        ``name of the method -> ndarray of shape (n_rows, ...)``.
    methods : tuple of str
        Those that the model has.
    labels : tuple or None
        Class labels; None for regression.
    model : str
        Name of the model's class, for messages.
    """

    def __init__(
        self,
        answer: Answer,
        methods: tuple[str, ...],
        labels: tuple[Any, ...] | None,
        model: str,
    ) -> None:
        self.answer = answer
        self.methods = methods
        self.labels = labels
        self.model = model

    @available_if(_has("predict"))  # type: ignore[untyped-decorator]  # the same
    def predict(self, _: Any) -> AnyArray:
        """Return the model's predictions, (n_rows,), or (n_rows, n_targets) of several."""
        return self.answer("predict")

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]  # the same
    def predict_proba(self, _: Any) -> AnyArray:
        """Return its probabilities, (n_rows, n_classes)."""
        return self.answer("predict_proba")

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]  # the same
    def decision_function(self, _: Any) -> AnyArray:
        """Return its margins, (n_rows,), or (n_rows, n_classes) of several."""
        return self.answer("decision_function")


class AnsweredClassifier(ClassifierMixin, Answered):  # type: ignore[misc]  # the same
    """Of a classifier."""

    @property
    def classes_(self) -> AnyArray:
        """Class labels, in the order of the outputs."""
        return np.asarray(self.labels)


class AnsweredRegressor(RegressorMixin, Answered):  # type: ignore[misc]  # the same
    """Of a regression."""


def answered_by(
    answer: Answer,
    methods: tuple[str, ...],
    labels: tuple[Any, ...] | None,
    model: str,
) -> Answered:
    """Return a stand-in that scikit-learn takes for a classifier, or for a regression."""
    kind = AnsweredRegressor if labels is None else AnsweredClassifier
    return kind(answer, methods, labels, model)
