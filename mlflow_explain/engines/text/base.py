"""What every engine of texts is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from mlflow_explain.engines.base import Engine
from mlflow_explain.explanation.tokens import TokenImportance

if TYPE_CHECKING:
    import pandas as pd

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.data.texts.segments import Tokens


class TextEngine(Engine, Protocol):
    """Attributions of a table with a column of texts."""

    @property
    def column(self) -> str:
        """Name of the column of texts."""

    @property
    def lowercase(self) -> bool:
        """Whether words that differ in capitals only are counted as one."""


def tokens_with(
    tokens: Tokens,
    rows: pd.DataFrame,
    column: str,
    values: FloatArray,
    rest: FloatArray,
    standard_errors: FloatArray | None = None,
) -> TokenImportance:
    """Return attributions of tokens, all counted under their column.

    Parameters
    ----------
    tokens : Tokens
        Their places.
    rows : DataFrame
        The table.
    column : str
        Its column of texts.
    values, standard_errors : ndarray of shape (n_tokens, n_outputs)
        Attributions.
    rest : ndarray of shape (n_rows, n_outputs)
        What of each text's attribution no token has.
    """
    at = list(rows.columns).index(column)
    return TokenImportance(
        column, tokens.row, tokens.start, tokens.end, tokens.sentence,
        np.full(len(tokens.row), at), values, rest, standard_errors,
    )  # fmt: skip


def left_over(whole: FloatArray, tokens: Tokens, values: FloatArray) -> FloatArray:
    """Return what of each text's attribution no token has, (n_rows, n_outputs).

    Parameters
    ----------
    whole : ndarray of shape (n_rows, n_outputs)
        Attributions of the texts.
    tokens : Tokens
        Places of their tokens.
    values : ndarray of shape (n_tokens, n_outputs)
        Attributions of the tokens.
    """
    rest = whole.copy()
    np.subtract.at(rest, tokens.row, values)
    return rest
