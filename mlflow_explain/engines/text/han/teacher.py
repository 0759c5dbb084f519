"""The model that a network is distilled from, asked about texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.cells import as_table
from mlflow_explain.engines.mimic.scale import class_positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.mimic.scale import Scale


@dataclass(frozen=True, eq=False, slots=True)
class Teacher:
    """A model of a table with one column, of texts.

    Parameters
    ----------
    predictor : Predictor
        The model.
    scale : Scale
        Which of its answers, and in which unit.
    column : str
        The column.
    """

    predictor: Predictor
    scale: Scale
    column: str

    def outputs(self, texts: Sequence[str]) -> FloatArray:
        """Return the model's output for texts, (n_texts, n_outputs)."""
        return self.scale.outputs(self.predictor, as_table(texts, self.column))

    def answers(self, texts: Sequence[str]) -> FloatArray:
        """Return the model's own answers for texts, (n_texts, n_answers)."""
        return self.scale.answers(self.predictor, as_table(texts, self.column))

    def labels(self, texts: Sequence[str]) -> IntArray:
        """Return the positions of the classes that a classifier predicts of texts, (n_texts,)."""
        predicted = self.predictor.predict(as_table(texts, self.column))
        return class_positions(self.predictor, np.asarray(predicted))
