"""Some metrics of all repeats at once.

To check the labels and predictions of one repeat takes scikit-learn longer than it takes many
models to predict them: without this module the calls of `benchmarks/pfi.py` took 1.3 times (a
slow SVC) to 8 times (a logistic regression) as long, those of a forest's classes 2 to 5 times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray, FloatArray


@dataclass(frozen=True, slots=True)
class Together:
    """A metric of what one method answers, over repeats.

    Parameters
    ----------
    method : str
        The method.
    function : callable
        ``(y, answers) -> (n_repeats,)``; beside probabilities, y are positions of labels.
    sign : int
        -1 for an error as a scorer, of which greater is better.
    """

    method: str
    function: Callable[[AnyArray, AnyArray], FloatArray]
    sign: int = 1

    def takes(self, answers: Mapping[str, AnyArray], y: AnyArray) -> bool:
        """Whether these are its answers, with one label, number or line of probabilities a row."""
        n_axes = 3 if self.method == "predict_proba" else 2
        return list(answers) == [self.method] and (answers[self.method].ndim, y.ndim) == (n_axes, 1)

    def __call__(
        self, answers: Mapping[str, AnyArray], y: AnyArray, labels: tuple[Any, ...] | None
    ) -> FloatArray:
        """Return the value of each repeat, (n_repeats,).

        Parameters
        ----------
        answers : mapping of str to ndarray of shape (n_repeats, n_rows, ...)
            The model's answers.
        y : ndarray of shape (n_rows,)
            True labels.
        labels : tuple or None
            The model's labels, in the order of its probabilities.
        """
        if self.method == "predict_proba":
            y = pd.Index(list(labels or ())).get_indexer(pd.Index(y))
        return np.asarray(self.sign * self.function(y, answers[self.method]))


def _accuracy(y: AnyArray, predicted: AnyArray) -> FloatArray:
    return np.asarray((predicted == y).mean(axis=1))


def _squared(y: AnyArray, predicted: AnyArray) -> FloatArray:
    return np.asarray(((predicted.astype(np.float64) - y) ** 2).mean(axis=1))


def _root(y: AnyArray, predicted: AnyArray) -> FloatArray:
    return np.asarray(np.sqrt(_squared(y, predicted)))


def _absolute(y: AnyArray, predicted: AnyArray) -> FloatArray:
    return np.asarray(np.abs(predicted.astype(np.float64) - y).mean(axis=1))


def _log_loss(y: AnyArray, chances: AnyArray) -> FloatArray:
    """Return the mean of -log p of the true class, p being no nearer to 0 or 1 than rounding."""
    if chances.shape[2] == 2:
        # scikit-learn's scorers look at the second of two classes only.
        right = np.where(y == 1, chances[:, :, 1], 1 - chances[:, :, 1])
    else:
        right = chances[:, np.arange(len(y)), y]
    least = np.finfo(right.dtype).eps
    return np.asarray(-np.log(np.clip(right, least, 1 - least)).mean(axis=1))


# By the names of scikit-learn's functions and scorers.
TOGETHER = {
    "accuracy": Together("predict", _accuracy),
    "accuracy_score": Together("predict", _accuracy),
    "mean_squared_error": Together("predict", _squared),
    "neg_mean_squared_error": Together("predict", _squared, -1),
    "root_mean_squared_error": Together("predict", _root),
    "neg_root_mean_squared_error": Together("predict", _root, -1),
    "mean_absolute_error": Together("predict", _absolute),
    "neg_mean_absolute_error": Together("predict", _absolute, -1),
    "log_loss": Together("predict_proba", _log_loss),
    "neg_log_loss": Together("predict_proba", _log_loss, -1),
}
