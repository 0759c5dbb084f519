"""`Answered`: what a model answered, in the shape of an estimator that a scorer can ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray

# What scorers ask estimators for.
METHODS = ("predict", "predict_proba", "decision_function")


class Answered(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A stand-in for a model whose answers are known.

    Parameters
    ----------
    answers : mapping of str to ndarray of shape (n_rows, ...)
        Answers by the name of the method.
    methods : tuple of str
        Those that the model has.
    labels : tuple or None
        Class labels; None for regression.
    model : str
        Name of the model's class, for messages.
    """

    def __init__(
        self,
        answers: Mapping[str, AnyArray],
        methods: tuple[str, ...],
        labels: tuple[Any, ...] | None,
        model: str,
    ) -> None:
        self.answers = answers
        self.methods = methods
        self.labels = labels
        self.model = model
        for method in methods:
            setattr(self, method, _answering(answers, method))


class AnsweredClassifier(ClassifierMixin, Answered):  # type: ignore[misc]  # the same
    """Of a classifier."""

    @property
    def classes_(self) -> AnyArray:
        """Class labels, in the order of the outputs."""
        return np.asarray(self.labels)


class AnsweredRegressor(RegressorMixin, Answered):  # type: ignore[misc]  # the same
    """Of a regression."""


def answered_by(
    answers: Mapping[str, AnyArray],
    methods: tuple[str, ...],
    labels: tuple[Any, ...] | None,
    model: str,
) -> Answered:
    """Return a stand-in that scikit-learn takes for a classifier, or for a regression."""
    kind = AnsweredRegressor if labels is None else AnsweredClassifier
    return kind(answers, methods, labels, model)


def _answering(answers: Mapping[str, AnyArray], method: str) -> Callable[[Any], AnyArray]:
    def answer(_: Any) -> AnyArray:
        return answers[method]

    # Scorers tell methods by their names.
    answer.__name__ = method
    return answer
