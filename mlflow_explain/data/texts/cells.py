"""Texts as cells of a table: objects, as pandas' own strings take no half of an emoji."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray


def objects(texts: Sequence[str]) -> AnyArray:
    """Return texts as an array of objects, (n_texts,)."""
    cells = np.empty(len(texts), dtype=object)
    cells[:] = list(texts)
    return cells


def as_table(texts: Sequence[str], name: str) -> pd.DataFrame:
    """Return texts as a table of one column."""
    return pd.DataFrame({name: pd.Series(objects(texts), dtype=object)})


def with_texts(rows: pd.DataFrame, name: str, texts: Sequence[str]) -> pd.DataFrame:
    """Return rows with other texts in a column, one per row."""
    return rows.assign(**{name: pd.Series(objects(texts), index=rows.index, dtype=object)})


def emptied(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return rows with empty texts: one row where there is nothing beside them."""
    rows = rows.iloc[:1] if rows.shape[1] == 1 else rows
    return with_texts(rows, name, [""] * len(rows))


def texts_in(rows: pd.DataFrame, column: str) -> list[str]:
    """Return the texts of a table as a list."""
    texts: list[str] = rows[column].tolist()
    return texts
