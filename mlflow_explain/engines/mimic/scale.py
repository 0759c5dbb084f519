"""`Scale`: what of the teacher's answers a surrogate is fitted to, and in which unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import softmax

from mlflow_explain.data.answers import are_between_0_and_1
from mlflow_explain.data.boosters import tells_probabilities
from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines.black_box.asking import Method, Question, asked_in_parts, question
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor

Link: TypeAlias = Literal["identity", "log-odds", "centred", "centred logs"]

# Rows given to the teacher at a time, in bytes.
MAX_BYTES = 16 * 2**20
# No probability is taken for less: beyond, one minus it is one in double precision.
_LEAST = 1e-15
# A margin is the logarithm of the model's probabilities if it gives them this closely.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Scale:
    """One function of a model, on the scale of a sum.

    Parameters
    ----------
    method : {"probabilities", "decision_function", "predict", "labels"}
        The teacher's function.
    link : {"identity", "log-odds", "centred", "centred logs"}
        From its answers to the scale: themselves; log-odds of two probabilities; margins less
        their mean over classes; logarithms of probabilities less their mean over classes.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the scale.
    floor : float
        Probabilities below it are taken for it: zero has no logarithm.
    """

    method: Method
    link: Link
    output_space: OutputSpace
    floor: float = _LEAST

    def answers(self, predictor: Predictor, rows: Rows) -> FloatArray:
        """Return the teacher's own answers, (n_rows, n_answers), asked in bounded batches."""
        return asked_in_parts(Question(predictor, self.method), rows, MAX_BYTES)

    def linked(self, answers: FloatArray) -> FloatArray:
        """Return answers on the scale, (n_rows, n_outputs)."""
        if self.link == "identity":
            return answers
        if self.link == "centred":
            return np.asarray(answers - answers.mean(axis=1, keepdims=True))
        if not are_between_0_and_1(answers):
            raise InvalidInputError(
                "probabilities, between 0 and 1",
                "other numbers",
                "Answer probabilities for all rows. A function whose answers for the first rows "
                "look like probabilities is taken for one of them: if they are margins, pass an "
                "object with `predict`, `classes_` and `decision_function`, or say "
                "model_task='regression'.",
            )
        logs = np.log(np.clip(answers, self.floor, 1.0 - self.floor))
        if self.link == "log-odds":
            return np.asarray(logs[:, 1:] - logs[:, :1])
        return np.asarray(logs - logs.mean(axis=1, keepdims=True))

    def outputs(self, predictor: Predictor, rows: Rows) -> FloatArray:
        """Return the teacher's own output on the scale, (n_rows, n_outputs)."""
        return self.linked(self.answers(predictor, rows))

    def floored(self, answers: FloatArray) -> Scale:
        """Return the scale with the floor that a teacher's answers call for.

        A teacher that counts votes answers 0 and 1, whose logarithms say nothing but how zero was
        replaced. They are taken for half of the smallest probability it answers besides.
        """
        if self.link not in {"log-odds", "centred logs"}:
            return self
        certain = (answers <= _LEAST) | (answers >= 1.0 - _LEAST)
        if not certain.any() or certain.all():
            return replace(self, floor=1e-3) if certain.all() else self
        least = np.minimum(answers, 1.0 - answers)[~certain].min()
        return replace(self, floor=max(_LEAST, float(least) / 2.0))

    def labels(self, outputs: FloatArray) -> IntArray:
        """Return the position of the class that outputs on the scale stand for, (n_rows,)."""
        if outputs.shape[1] == 1:
            return np.asarray(outputs[:, 0] > 0, dtype=np.int64)
        return np.asarray(outputs.argmax(axis=1), dtype=np.int64)

    def settings(self) -> dict[str, Any]:
        """Return plain JSON values, of which ``Scale(**settings)`` is made again."""
        return {
            "method": self.method,
            "link": self.link,
            "output_space": self.output_space,
            "floor": self.floor,
        }


def scale_of(predictor: Predictor, rows: Rows) -> Scale:
    """Return the scale on which a teacher is most nearly a sum.

    Of a classifier the logarithms of its probabilities: its margin where that gives the
    probabilities, exact however certain they are; else their own. Without probabilities its
    margin, else the labels it predicts.

    Parameters
    ----------
    predictor : Predictor
        The teacher.
    rows : DataFrame, ndarray or csr_matrix
        A few rows to ask it for.
    """
    if predictor.task == "regression":
        ask, _ = question(predictor, rows, "default")
        return Scale(ask.method, "identity", ask.output_space)
    ask, answers = question(predictor, rows, "default")
    if ask.method != "probabilities":
        link: Link = "centred" if answers.shape[1] > 2 and ask.method != "labels" else "identity"
        return Scale(ask.method, link, ask.output_space)
    two = answers.shape[1] == 2
    of_probabilities = Scale(
        "probabilities", "log-odds" if two else "centred logs", "log-odds" if two else "margin"
    )
    if not hasattr(predictor.model, "decision_function"):
        return of_probabilities
    margin = Question(predictor, "decision_function")(rows)
    if not _gives(margin, answers):
        return of_probabilities
    return Scale(
        "decision_function", "identity" if two else "centred", of_probabilities.output_space
    )


def class_positions(predictor: Predictor, predicted: AnyArray) -> IntArray:
    """Return the positions of predicted labels among the model's, -1 for others; (n_rows,)."""
    if predicted.ndim == 2:
        return np.asarray(predicted.argmax(axis=1), dtype=np.int64)
    if tells_probabilities(predictor.model):
        # Of two classes a native booster answers the probability of the second.
        return np.asarray(predicted > 0.5, dtype=np.int64)
    labels = predictor.labels or predictor.classes
    if labels is None:
        raise InvalidInputError(
            "a classifier", full_name(predictor.model), "Compare a regression by its R2."
        )
    found = pd.Index(list(labels), dtype=object).get_indexer(pd.Index(predicted, dtype=object))
    return np.asarray(found, dtype=np.int64)


def _gives(margin: FloatArray, probabilities: FloatArray) -> bool:
    """Whether a margin's logistic, or softmax, is the probabilities."""
    if margin.shape[1] == 1 and probabilities.shape[1] == 2:
        margin = np.concatenate([np.zeros_like(margin), margin], axis=1)
    if margin.shape != probabilities.shape:
        return False
    return bool(np.abs(softmax(margin, axis=1) - probabilities).max() <= _CLOSE)
