"""Synthetic rows: cells of coalition members from the row, all others from a background row.

Cells are moved, never computed with: a column is taken by integer positions from the background's
column followed by the rows', so dtypes, categories and missing values stay as they are. Equal
synthetic rows are found on integer codes of the cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import full_name, is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import FeatureError
from mlflow_explain.explanation._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, IntArray, Rows

# Two independent marks per cell; the second tells whether the first can be trusted.
SALTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """All cells that synthetic rows are made of: background rows, then rows to explain.

    Parameters
    ----------
    like : DataFrame, ndarray or csr_matrix
        The background; synthetic rows are of its kind.
    columns : list of arrays of shape (n_background + n_rows,), or one two-dimensional array
        The cells; in one array, (n_background + n_rows, n_features), where they are of one dtype.
    n_background : int
        Background rows come first.
    codes : ndarray of shape (n_background + n_rows, n_features)
        Equal cells of a column have equal codes.
    marks : ndarray of uint64, shape (2, n_background + n_rows, n_features), or None
        Two random numbers per code. Their sums over a row, modulo 2**64, are equal for equal rows,
        and for others with a chance of 2**-64. None if no two cells of a column are equal: then
        no two synthetic rows are.
    """

    like: Rows
    columns: Any
    n_background: int
    codes: IntArray
    marks: AnyArray | None

    @property
    def varying(self) -> AnyArray:
        """Whether a row's cell differs from any of the background's, (n_rows, n_features)."""
        background, rows = np.split(self.codes, [self.n_background])
        low, high = background.min(axis=0), background.max(axis=0)
        return np.asarray((rows != low) | (rows != high))

    @property
    def rows(self) -> Rows:
        """The rows to explain, copied, as the model takes them."""
        own = np.arange(self.n_background, len(self.codes))
        if isinstance(self.columns, np.ndarray):
            return self._kind_of(self.columns[own])
        return framed([column.take(own) for column in self.columns], self.like.columns)

    def synthetic(self, row: IntArray, background: IntArray, members: AnyArray) -> Rows:
        """Return synthetic rows as the model takes them.

        Parameters
        ----------
        row, background : ndarray of shape (n_synthetic,)
            Positions of the row and the background row to mix.
        members : ndarray of bool, shape (n_synthetic, n_features)
            Features whose cells come from the row.
        """
        if isinstance(self.columns, np.ndarray):
            cells = self.columns[background]
            np.copyto(cells, self.columns[row + self.n_background], where=members)
            return self._kind_of(cells)
        own = row + self.n_background
        mixed = [
            column.take(np.where(members[:, j], own, background))
            for j, column in enumerate(self.columns)
        ]
        return framed(mixed, self.like.columns)

    def _kind_of(self, cells: AnyArray) -> Rows:
        if is_frame(self.like):
            return pd.DataFrame(cells, columns=self.like.columns, copy=False)
        return type(self.like)(cells) if is_sparse(self.like) else cells


def pool(background: Rows, rows: Rows) -> Pool:
    """Return background rows and rows to explain as one pool; neither is changed.

    Raises
    ------
    FeatureError
        The rows have other columns than the background.
    """
    if rows.shape[1] != background.shape[1]:
        raise FeatureError(
            f"{background.shape[1]} columns, as in the background",
            f"{rows.shape[1]}",
            "Pass rows with the columns the model was trained on.",
        )
    if is_frame(background):
        columns = _joined_frames(background, rows)
    else:
        columns = np.concatenate([dense(background), dense(rows)])
    each = columns.T if isinstance(columns, np.ndarray) else columns
    codes = np.column_stack([codes_of(column) for column in each])
    return Pool(background, columns, len_of(background), frozen(codes), _marks(codes))


def framed(columns: Sequence[Any], labels: pd.Index) -> pd.DataFrame:
    """Return arrays as a DataFrame, each in its own dtype."""
    # A bare array of words would become a column of pandas' own strings.
    each = {j: pd.Series(column, dtype=column.dtype) for j, column in enumerate(columns)}
    frame = pd.DataFrame(each, copy=False)
    frame.columns = labels
    return frame


def column_of(series: pd.Series) -> Any:
    """Return the cells of a column: a numpy array where its dtype is one of numpy's."""
    return series.to_numpy() if isinstance(series.dtype, np.dtype) else series.array


def len_of(rows: Rows) -> int:
    """Return the number of rows of any kind of table."""
    return int(rows.shape[0])


def bytes_per_row(rows: Rows) -> int:
    """Return about how many bytes a synthetic row takes, here or as numbers inside the model."""
    as_numbers = 8 * int(rows.shape[1])
    if is_frame(rows):
        held = int(rows.memory_usage(index=False, deep=True).sum())
        return max(as_numbers, held // max(1, len(rows)))
    return max(as_numbers, int(rows.shape[1]) * int(rows.dtype.itemsize))


def part_of(rows: Rows, part: slice) -> Rows:
    """Return a slice of the rows."""
    return rows.iloc[part] if is_frame(rows) else rows[part]


def _joined_frames(background: pd.DataFrame, rows: Rows) -> Any:
    """Return the columns of both frames, as one array where all are of one numpy dtype."""
    if not is_frame(rows):
        rows = pd.DataFrame(dense(rows), columns=background.columns)
    elif list(rows.columns) != list(background.columns):
        raise FeatureError(
            f"the columns {', '.join(map(str, background.columns))}, in this order",
            f"{', '.join(map(str, rows.columns))}",
            "Pass rows with the columns the model was trained on.",
        )
    columns = [_joined(background.iloc[:, j], rows.iloc[:, j]) for j in range(background.shape[1])]
    first = columns[0].dtype
    simple = isinstance(first, np.dtype) and first.kind in "biuf"
    if simple and all(column.dtype == first for column in columns):
        return np.column_stack(columns)
    return columns


def _joined(background: pd.Series, rows: pd.Series) -> Any:
    """Return a column of both, in the background's categories where it has any."""
    if isinstance(background.dtype, pd.CategoricalDtype) and rows.dtype != background.dtype:
        known = rows.where(rows.isin(background.dtype.categories))
        rows = known.astype(background.dtype)
    kinds = {background.dtype, rows.dtype}
    if np.dtype(bool) in kinds and len(kinds) == 2:
        # Truths beside numbers are numbers, to a model as to numpy; pandas would make objects.
        other = next(kind for kind in kinds if kind != np.dtype(bool))
        if isinstance(other, np.dtype) and other.kind in "iuf":
            background, rows = background.astype(other), rows.astype(other)
    return column_of(pd.concat([background, rows], ignore_index=True))


def codes_of(column: Any) -> IntArray:
    """Return a number for each cell of an array: equal for equal cells, all NaN being equal."""
    if column.dtype != "object":
        return np.asarray(pd.factorize(column, use_na_sentinel=False)[0], dtype=np.int64)
    # To pandas 1, True and 1.0 are equal, and so are None, NaN and NaT; a model may tell them.
    kinds, names = pd.factorize(np.frompyfunc(full_name, 1, 1)(column))
    try:
        codes, _ = pd.factorize(column, use_na_sentinel=False)
    except TypeError:
        # Cells that cannot be hashed, such as lists: each counts as different from all others.
        codes = np.arange(len(column))
    return np.asarray(codes * len(names) + kinds, dtype=np.int64)


def _marks(codes: IntArray) -> AnyArray | None:
    """Return two random numbers for each column's code, or None if no code repeats in a column."""
    in_order = np.sort(codes, axis=0)
    if not (in_order[1:] == in_order[:-1]).any():
        return None
    place = np.arange(codes.shape[1], dtype=np.uint64) << np.uint64(32)
    cells = codes.astype(np.uint64) | place
    return frozen(np.stack([_scrambled(cells ^ np.uint64(salt)) for salt in SALTS]))


def _scrambled(numbers: AnyArray) -> AnyArray:
    """Return 64 well-mixed bits for each number.

    Steele, Lea and Flood 2014, https://doi.org/10.1145/2660193.2660195
    """
    bits = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
