"""A model of a table with a column of texts in two halves: what vectorises, and what predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy import sparse

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.pipeline import split
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.texts.cells import texts_in
from mlflow_explain.data.texts.models import TextModel
from mlflow_explain.errors import UnsupportedModelError

if TYPE_CHECKING:
    import pandas as pd

    from mlflow_explain._typing import Rows
    from mlflow_explain.data.predictor import Predictor


@dataclass(frozen=True, eq=False, slots=True)
class Halves:
    """A model of a table with a column of texts, in two halves.

    Parameters
    ----------
    preprocess : transformer
        All before the estimator.
    estimator : Predictor
        The last step.
    column : str or None
        The column whose texts `preprocess` takes as a list; None where it takes the table.
    """

    preprocess: Any
    estimator: Predictor
    column: str | None

    def transform(self, rows: pd.DataFrame) -> Rows:
        """Return rows as the estimator takes them; sparse ones by row."""
        made = self.preprocess.transform(self.given(rows))
        return made.tocsr() if sparse.issparse(made) else made

    def given(self, rows: pd.DataFrame) -> Any:
        """Return what `preprocess` is given."""
        return rows if self.column is None else texts_in(rows, self.column)


@dataclass(frozen=True, eq=False, slots=True)
class TransformedRows:
    """Rows of a table, with what the first half of a model has made of them.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
        The table.
    made : DataFrame, ndarray or csr_matrix of shape (n_rows, n_engineered)
        Its rows as the estimator takes them.
    """

    rows: pd.DataFrame
    made: Rows

    @property
    def shape(self) -> tuple[int, int]:
        """That of the table."""
        n_rows, n_columns = self.rows.shape
        return n_rows, n_columns

    def take(self, at: Any) -> TransformedRows:
        """Return some of the rows, by their positions."""
        made = self.made.iloc[at] if is_frame(self.made) else self.made[at]
        return TransformedRows(self.rows.iloc[at], made)


def halves_of(predictor: Predictor) -> Halves:
    """Return a model's two halves.

    Raises
    ------
    UnsupportedModelError
        It is no Pipeline.
    """
    model = predictor.model
    of_list = isinstance(model, TextModel)
    parts = split(model.model if of_list else model)
    if parts.preprocess is None:
        raise UnsupportedModelError(
            "a Pipeline that vectorises the texts",
            "a model that is no Pipeline: its terms are not known",
            "Explain it by masking tokens: method='masking'.",
        )
    estimator = predictor_of(parts.estimator, predictor.classes, predictor.task)
    return Halves(parts.preprocess, estimator, model.column if of_list else None)
