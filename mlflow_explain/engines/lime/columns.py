"""Columns as LIME sees them: what a sample's cell is, and what it has in common with the row's.

A grouped column is in quartiles, or in categories: its interpretable feature is 1 where a sample's
cell is of the row's group. A number is moved around the row's: its interpretable feature is the
distance in standard deviations. Samples are the same for all rows, up to that shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.engines.black_box.masking import column_of, framed, len_of, pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows

# Whole numbers up to here are told apart by double precision.
_LARGEST = 2.0**53
# What pandas calls a column of objects that are all numbers, or missing.
_NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal"}


@dataclass(frozen=True, eq=False, slots=True)
class Bins:
    """Groups of a number: between the quartiles of the examples, and what is missing.

    Parameters
    ----------
    edges : ndarray of shape (n_edges,)
        Distinct quartiles, ascending; each is the largest number of its group.
    """

    edges: FloatArray

    @property
    def n_groups(self) -> int:
        """Number of groups; some may be empty."""
        return len(self.edges) + 2

    def groups(self, column: Rows) -> IntArray:
        """Return the group of each cell of a table of one column, (n_rows,)."""
        numbers = numbers_of(column)
        found = np.searchsorted(self.edges, numbers).astype(np.int64)
        found[np.isnan(numbers)] = self.n_groups - 1
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Categories:
    """Groups of equal cells, what is missing among them.

    Parameters
    ----------
    cells : DataFrame or ndarray of shape (n_groups, 1)
        One cell of each.
    """

    cells: Rows

    @property
    def n_groups(self) -> int:
        """Number of categories."""
        return len_of(self.cells)

    def groups(self, column: Rows) -> IntArray:
        """Return the group of each cell of a table of one column, (n_rows,); unknown ones -1."""
        # Numbered in the order of appearance: the known cells come first, and differ.
        places = pd.factorize(pool(self.cells, column).codes[:, 0])[0][self.n_groups :]
        return np.where(places < self.n_groups, places, -1)


@dataclass(frozen=True, eq=False, slots=True)
class Grouped:
    """A column whose samples are drawn from all examples, whatever the row.

    Parameters
    ----------
    reader : Bins or Categories
        Tells a cell's group.
    samples : ndarray of int, shape (n_samples,)
        Group of each sample.
    share : ndarray of shape (n_groups,)
        Part of the background rows in each group.
    """

    reader: Bins | Categories
    samples: IntArray
    share: FloatArray

    def own(self, column: Rows) -> IntArray:
        """Return the rows' groups, (n_rows,)."""
        return self.reader.groups(column)

    def compared(self, own: IntArray) -> tuple[AnyArray, AnyArray]:
        """Return interpretable features and squared distances, (n_rows, n_samples)."""
        same = self.samples == own[:, None]
        return same, ~same

    def gain(self, own: IntArray) -> FloatArray:
        """Return the row's interpretable feature minus the background's mean, (n_rows,)."""
        return 1.0 - np.where(own >= 0, self.share[own], 0.0)

    def cells(self, own: IntArray) -> Any:
        """Return the samples of each row one after another, as an array of the column's type."""
        known = self.reader.cells if isinstance(self.reader, Categories) else None
        return array_of(known).take(np.tile(self.samples, len(own)))


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    """A column of numbers whose samples lie around the row's; a missing one is drawn.

    Parameters
    ----------
    scale : float
        Standard deviation of the examples.
    mean : float
        Mean of the background rows.
    missing : float
        Part of the background rows whose number is missing, or infinite.
    noise : ndarray of shape (n_samples,)
        What is added to the row's number, in standard deviations.
    drawn : ndarray of shape (n_samples,)
        Numbers of the examples, which stand where the row has none.
    like : DataFrame or ndarray of shape (0, 1)
        The column's type.
    """

    scale: float
    mean: float
    missing: float
    noise: FloatArray
    drawn: FloatArray
    like: Rows

    def own(self, column: Rows) -> FloatArray:
        """Return the rows' numbers, (n_rows,)."""
        return numbers_of(column)

    def compared(self, own: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return interpretable features and squared distances, (n_rows, n_samples).

        The feature is the distance from the row; of a row without a number, 1 where the sample
        has none either.
        """
        known = np.isfinite(own)[:, None]
        numbers = self._numbers(own)
        away = (numbers - np.where(known, own[:, None], 0.0)) / self._unit
        lacks = ~np.isfinite(numbers)
        return np.where(known, away, lacks), np.where(known, away**2, ~lacks)

    def gain(self, own: FloatArray) -> FloatArray:
        """Return the row's interpretable feature minus the background's mean, (n_rows,)."""
        known = np.isfinite(own)
        away = (np.where(known, own, 0.0) - self.mean) / self._unit
        return np.where(known, away, 1.0 - self.missing)

    def cells(self, own: FloatArray) -> Any:
        """Return the samples of each row one after another, as an array of the column's type."""
        return typed(self._numbers(own).ravel(), array_of(self.like).dtype)

    @property
    def _unit(self) -> float:
        return self.scale if self.scale > 0 else 1.0

    def _numbers(self, own: FloatArray) -> FloatArray:
        """Return the samples' numbers, (n_rows, n_samples)."""
        known = np.isfinite(own)[:, None]
        moved = np.where(known, own[:, None], 0.0) + self.scale * self.noise
        limits = whole_range(array_of(self.like).dtype)
        if limits is not None:
            moved = np.clip(np.rint(moved), *limits)
        return np.where(known, moved, self.drawn)


Column: TypeAlias = Grouped | Number


def one_by_one(rows: Rows) -> Iterator[Rows]:
    """Yield each column as a table of its own; a sparse one is filled up."""
    if is_sparse(rows):
        # By column: no more than one is ever filled up.
        by_column = rows.tocsc()
        yield from (by_column[:, [j]].toarray() for j in range(rows.shape[1]))
    elif is_frame(rows):
        yield from (rows.iloc[:, [j]] for j in range(rows.shape[1]))
    else:
        yield from (rows[:, j : j + 1] for j in range(rows.shape[1]))


def taken(column: Rows, positions: IntArray) -> Rows:
    """Return some of the cells of a table of one column."""
    return column.iloc[positions] if is_frame(column) else column[positions]


def array_of(column: Rows) -> Any:
    """Return the cells of a table of one column, in its own type."""
    return column_of(column.iloc[:, 0]) if is_frame(column) else column[:, 0]


def assembled(columns: Sequence[Any], like: Rows) -> Rows:
    """Return arrays of cells as rows of the kind the model takes."""
    if is_frame(like):
        return framed(columns, like.columns)
    cells = np.column_stack(columns).astype(like.dtype, copy=False)
    return type(like)(cells) if is_sparse(like) else cells


def is_number(column: Rows) -> bool:
    """Whether a column holds numbers: truth values and words are categories."""
    cells = array_of(column)
    if pd.api.types.is_object_dtype(cells.dtype):
        return pd.api.types.infer_dtype(cells, skipna=True) in _NUMBERS
    dtype = cells.dtype
    numeric = pd.api.types.is_numeric_dtype(dtype) and not isinstance(dtype, pd.CategoricalDtype)
    return bool(numeric and not pd.api.types.is_bool_dtype(dtype))


def numbers_of(column: Rows) -> FloatArray:
    """Return a table of one column as numbers, (n_rows,); what is none is NaN."""
    cells = array_of(column)
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iuf":
        return np.asarray(cells, dtype=np.float64)
    numbers = pd.to_numeric(pd.Series(cells), errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def whole_range(dtype: Any) -> tuple[float, float] | None:
    """Return the least and largest number of a type of whole numbers; None of other types."""
    if not pd.api.types.is_integer_dtype(dtype):
        return None
    kind = getattr(dtype, "numpy_dtype", dtype)
    limits = np.iinfo(kind)
    return max(float(limits.min), -_LARGEST), min(float(limits.max), _LARGEST)


def typed(numbers: FloatArray, dtype: Any) -> Any:
    """Return numbers in a column's own type."""
    return numbers.astype(dtype) if isinstance(dtype, np.dtype) else pd.array(numbers, dtype=dtype)
