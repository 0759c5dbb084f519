"""Columns as the page's model reads them: numbers, or texts; missing is NaN, or None."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload.cells import cells_of, text_of
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import dense

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows
    from mlflow_explain.dashboard.models.values import ColumnType


@dataclass(frozen=True, eq=False, slots=True)
class Texts:
    """A column of categories.

    Parameters
    ----------
    codes : ndarray of int, shape (n_rows,)
        Position among `values`; -1 where missing.
    values : list of str
        The texts.
    place : dict
        Their positions, by text; made of them.
    """

    codes: IntArray
    values: list[str]
    place: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.place:
            self.place.update({text: i for i, text in enumerate(self.values)})

    def take(self, rows: slice) -> Texts:
        """Return some of the rows."""
        return Texts(self.codes[rows], self.values, self.place)

    def objects(self) -> AnyArray:
        """Return the texts, None where missing."""
        return np.array([*self.values, None], dtype=object)[self.codes]


def columns_of(rows: Rows, positions: Sequence[int]) -> Iterator[pd.Series]:
    """Yield columns of any table as Series."""
    # Of rows that are sparse, columns are slow to take.
    table = rows.tocsc() if is_sparse(rows) else rows
    for position in positions:
        if is_frame(table):
            yield table.iloc[:, position]
            continue
        chosen = table[:, [position]] if is_sparse(table) else np.asarray(table)[:, position]
        yield pd.Series(dense(chosen).ravel(), name=str(position)).infer_objects()


def type_of(column: pd.Series) -> ColumnType:
    """Return what a column is to the page."""
    return cells_of(column).type


def read(column: pd.Series) -> FloatArray | Texts:
    """Return the cells of a column as the page holds them."""
    found = cells_of(column)
    if found.type != "category":
        return found.values
    codes = np.where(np.isnan(found.values), -1, found.values).astype(np.int64)
    return Texts(codes, list(found.labels))


def values_of(column: pd.Series) -> dict[str, Any]:
    """Return the values of a column of categories by the texts that stand for them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values: Any = list(column.cat.categories)
    else:
        values = list(pd.unique(column[column.notna()]))
    return {text_of(value): value for value in values}
