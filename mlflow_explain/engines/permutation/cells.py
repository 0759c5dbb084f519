"""Rows with one cell taken from another row, of any kind of table.

Cells are moved, never computed with: dtypes, categories, missing values and stored zeros stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.engines.black_box.masking import (
    bytes_per_row,
    codes_of,
    column_of,
    framed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, IntArray, Rows


class Cells(Protocol):
    """The cells of a table."""

    @property
    def bytes_per_row(self) -> int:
        """About how many bytes a row takes."""

    def codes(self, column: int) -> IntArray:
        """Return a number for each cell of a column, equal for equal cells, (n_rows,)."""

    def mixed(self, row: IntArray, column: IntArray, source: IntArray) -> Rows:
        """Return rows, each with the cell of one column from another row.

        Parameters
        ----------
        row : ndarray of shape (n_mixed,)
            Positions of the rows.
        column : ndarray of shape (n_mixed,)
            Position of the column whose cell is replaced.
        source : ndarray of shape (n_mixed,)
            Positions of the rows that the cells come from.
        """


def cells_of(rows: Rows) -> Cells:
    """Return the cells of a DataFrame, ndarray or csr matrix, which is not changed."""
    if is_sparse(rows):
        return SparseCells.of(rows)
    if not is_frame(rows):
        return ArrayCells(rows, None, bytes_per_row(rows))
    kinds = set(rows.dtypes)
    first = next(iter(kinds))
    if len(kinds) == 1 and isinstance(first, np.dtype) and first.kind in "biuf":
        return ArrayCells(rows.to_numpy(), rows.columns, bytes_per_row(rows))
    columns = [column_of(rows.iloc[:, j]) for j in range(rows.shape[1])]
    return FrameCells(columns, rows.columns, bytes_per_row(rows))


@dataclass(frozen=True, eq=False, slots=True)
class ArrayCells:
    """Cells of one dtype.

    Parameters
    ----------
    cells : ndarray of shape (n_rows, n_columns)
        The cells.
    labels : Index or None
        Labels of the columns of a DataFrame.
    bytes_per_row : int
        About how many bytes a row takes.
    """

    cells: AnyArray
    labels: pd.Index | None
    bytes_per_row: int

    def codes(self, column: int) -> IntArray:
        """See `Cells`."""
        return codes_of(self.cells[:, column])

    def mixed(self, row: IntArray, column: IntArray, source: IntArray) -> Rows:
        """See `Cells`."""
        made = self.cells[row]
        made[np.arange(len(row)), column] = self.cells[source, column]
        return made if self.labels is None else pd.DataFrame(made, columns=self.labels, copy=False)


@dataclass(frozen=True, eq=False, slots=True)
class FrameCells:
    """Columns of several dtypes.

    Parameters
    ----------
    columns : sequence of arrays of shape (n_rows,)
        Each in its own dtype.
    labels : Index
        Labels of the columns.
    bytes_per_row : int
        About how many bytes a row takes.
    """

    columns: Sequence[Any]
    labels: pd.Index
    bytes_per_row: int

    def codes(self, column: int) -> IntArray:
        """See `Cells`."""
        return codes_of(self.columns[column])

    def mixed(self, row: IntArray, column: IntArray, source: IntArray) -> Rows:
        """See `Cells`."""
        concerned = set(np.unique(column).tolist())
        made = [
            cells.take(np.where(column == j, source, row) if j in concerned else row)
            for j, cells in enumerate(self.columns)
        ]
        return framed(made, self.labels)


@dataclass(frozen=True, eq=False, slots=True)
class SparseCells:
    """Stored cells of a csr matrix or array.

    Parameters
    ----------
    rows : csr_matrix or csr_array
        The rows, each with its columns in order and none stored twice.
    places : csr_matrix of int
        Of each stored cell, its position among all of them, counted from 1.
    by_column : csc_matrix of int
        A code for each stored cell; cells that are not stored have code 0.
    """

    rows: Rows
    places: sparse.csr_matrix
    by_column: sparse.csc_matrix

    @classmethod
    def of(cls, rows: Rows) -> SparseCells:
        """Return the cells of a csr matrix or array."""
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        structure = (rows.indices, rows.indptr)
        places = np.arange(1, rows.nnz + 1)
        codes = codes_of(rows.data) + 1
        return cls(
            rows,
            sparse.csr_matrix((places, *structure), shape=rows.shape),
            sparse.csr_matrix((codes, *structure), shape=rows.shape).tocsc(),
        )

    @property
    def bytes_per_row(self) -> int:
        """See `Cells`: those of stored cells, and of what finds them."""
        return 64 + 64 * int(self.rows.nnz) // max(1, int(self.rows.shape[0]))

    def codes(self, column: int) -> IntArray:
        """See `Cells`."""
        stored = slice(*self.by_column.indptr[column : column + 2])
        codes = np.zeros(self.rows.shape[0], dtype=np.int64)
        codes[self.by_column.indices[stored]] = self.by_column.data[stored]
        return codes

    def mixed(self, row: IntArray, column: IntArray, source: IntArray) -> Rows:
        """See `Cells`."""
        taken = self.places[row]
        owner = np.repeat(np.arange(len(row)), np.diff(taken.indptr))
        stays = taken.indices != column[owner]
        moved = np.asarray(self.places[source, column]).ravel()
        comes = np.flatnonzero(moved)
        place = np.concatenate([taken.data[stays], moved[comes]]) - 1
        where = (
            np.concatenate([owner[stays], comes]),
            np.concatenate([taken.indices[stays], column[comes]]),
        )
        shape = (len(row), self.rows.shape[1])
        return type(self.rows)((self.rows.data[place], where), shape=shape)
