"""`AskedBackground`: background rows and what a model answers for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.engines.base import needed, nested, under
from mlflow_explain.engines.black_box import limits, storing
from mlflow_explain.engines.black_box.asking import Question, asked_in_parts, question
from mlflow_explain.engines.black_box.masking import len_of
from mlflow_explain.engines.choice import answers_alike
from mlflow_explain.errors import ExplainError, InvalidInputError
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import EngineState

_PREFIX = "background_"


@dataclass(frozen=True, eq=False, slots=True)
class AskedBackground:
    """Background rows, and what a model answers for them: what an engine that asks is made with.

    Parameters
    ----------
    ask : Question
        The model's function.
    rows : DataFrame, ndarray or csr_matrix of shape (n_background, n_features)
        The rows, of the engine's own.
    answers : ndarray of shape (n_background, n_outputs)
        The model's answers for them.
    """

    ask: Question
    rows: Rows
    answers: FloatArray

    @classmethod
    def of(cls, predictor: Predictor, background: Table, output: str) -> AskedBackground:
        """Ask a model for all background rows.

        Parameters
        ----------
        predictor : Predictor
            The model.
        background : Table
            At least one row.
        output : {"default", "probability"}
            Output space asked for.

        Raises
        ------
        InvalidInputError
            There is no row, or the model does not answer as `Question` says.
        """
        if len(background) == 0:
            raise InvalidInputError(
                "a background of at least one row", "none", "Pass rows the model was trained on."
            )
        # A copy: the user may change the rows, and a model what it is given. Their index is
        # dropped.
        rows = background.data.copy()
        rows = rows.reset_index(drop=True) if is_frame(rows) else rows
        ask, answers = question(predictor, rows.copy(), output)
        return cls(ask, rows, frozen_floats(answers))

    @classmethod
    def restored(cls, state: EngineState, predictor: Predictor | None) -> AskedBackground:
        """Return what `stored` put into an engine's state, to ask the model again.

        Raises
        ------
        InvalidInputError
            The model is not at hand.
        """
        predictor = needed(predictor)
        rows = storing.restored(state.settings["background"], under(state.arrays, _PREFIX))
        ask = Question(predictor, state.settings["method"])
        return cls(ask, rows, frozen_floats(state.arrays["answers"]))

    def stored(self) -> tuple[dict[str, Any], dict[str, AnyArray]]:
        """Return settings and arrays for an engine's state."""
        settings, arrays = storing.stored(self.rows)
        return (
            {"method": self.ask.method, "background": settings},
            nested(_PREFIX, arrays) | {"answers": self.answers},
        )

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the answers."""
        return self.ask.output_space

    @property
    def base_values(self) -> FloatArray:
        """Mean answer over the background, (n_outputs,)."""
        return np.asarray(self.answers.mean(axis=0))

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the model."""
        return int(self.answers.shape[1])

    @property
    def model(self) -> Any:
        """The model that was asked."""
        return self.ask.predictor.model

    def scores(
        self, predictor: Predictor, rows: Rows, max_bytes: int = limits.MAX_BYTES
    ) -> FloatArray:
        """Return a model's answers of the same kind for some rows, (n_rows, n_outputs).

        Parameters
        ----------
        predictor : Predictor
            The model: the one that was asked, or another.
        rows : DataFrame, ndarray or csr_matrix
            Rows; there may be none.
        max_bytes : int
            Rows given to the model at a time, in bytes; at least one.
        """
        if len_of(rows) == 0:
            return np.zeros((0, self.n_outputs))
        return asked_in_parts(Question(predictor, self.ask.method), rows, max_bytes)

    def is_of(self, predictor: Predictor, rows: Rows | None = None) -> bool:
        """Whether a model answers for the background as the one that was asked.

        Parameters
        ----------
        predictor : Predictor
            The model.
        rows : DataFrame, ndarray or csr_matrix, optional
            Rows for which both are asked, too, where the background says little.
        """
        try:
            if not answers_alike(self.scores(predictor, self.rows), self.answers):
                return False
            if rows is None or len_of(rows) == 0 or predictor.model is self.model:
                return True
            known = self.scores(self.ask.predictor, rows)
            return answers_alike(self.scores(predictor, rows), known)
        except ExplainError:
            return False


class AskingEngine:
    """What engines that ask a model have in common: all of it is told by what they asked.

    Attributes
    ----------
    asked : AskedBackground
        Background rows, and the model's answers for them.
    """

    asked: AskedBackground

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the model's answers."""
        return self.asked.output_space

    @property
    def base_values(self) -> FloatArray:
        """Mean answer over the background, (n_outputs,)."""
        return self.asked.base_values

    @property
    def ask(self) -> Question:
        """The model's function."""
        return self.asked.ask

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the model."""
        return self.asked.n_outputs
