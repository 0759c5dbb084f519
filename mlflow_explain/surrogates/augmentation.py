"""Synthetic rows between real ones, on which a teacher shows more of itself than its data does.

Numbers with fractions are moved along the difference of two other real rows, so that what varies
together in the data varies together in them (differential mutation: Storn and Price 1997,
https://doi.org/10.1023/A:1008202821328), and never out of their column's range. All other cells -
categories, words, times, whole numbers - are taken from real rows as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.engines.black_box.masking import bytes_per_row, column_of, framed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows

# Synthetic rows made, and given to the teacher, at a time, in bytes.
MAX_BYTES = 16 * 2**20
# Longest step along the difference of two rows; most cells taken from another row.
_LONGEST_STEP = 0.8
_MOST_SWAPPED = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class _Draw:
    """What is drawn for a batch of synthetic rows: positions of real rows, steps and swaps."""

    base: IntArray
    ends: tuple[IntArray, IntArray]
    step: FloatArray
    donor: IntArray
    swapped: AnyArray


def synthetic(
    rows: Rows, n_synthetic: int, categorical: Collection[int], random: np.random.Generator
) -> Iterator[Rows]:
    """Yield synthetic rows in batches, of the type and with the dtypes of the real ones.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        Real rows; never changed.
    n_synthetic : int
        Rows to make; each real row is the start of as many as any other, give or take one.
    categorical : collection of int
        Positions of columns whose cells are only taken from real rows, whatever their type.
    random : Generator
        What they are drawn with.
    """
    n_rows, n_columns = rows.shape
    moved = _moved(rows, categorical)
    step = max(1, MAX_BYTES // max(1, bytes_per_row(rows)))
    for start in range(0, n_synthetic, step):
        base = np.arange(start, min(start + step, n_synthetic)) % n_rows
        draw = _Draw(
            base=base,
            ends=(random.integers(0, n_rows, len(base)), random.integers(0, n_rows, len(base))),
            step=random.uniform(0.0, _LONGEST_STEP, len(base)),
            donor=random.integers(0, n_rows, len(base)),
            swapped=random.random((len(base), n_columns))
            < random.uniform(0.0, _MOST_SWAPPED, (len(base), 1)),
        )
        yield _made(rows, draw, moved)


def _made(rows: Rows, draw: _Draw, moved: dict[int, tuple[float, float]]) -> Rows:
    if is_sparse(rows):
        return _of_sparse(rows, draw)
    if not is_frame(rows):
        made = rows[draw.base]
        for position in range(rows.shape[1]):
            made[:, position] = _column(rows[:, position], position, draw, moved.get(position))
        return made
    columns = [
        _column(column_of(rows.iloc[:, at]), at, draw, moved.get(at)) for at in range(rows.shape[1])
    ]
    return framed(columns, rows.columns)


def _column(column: Any, position: int, draw: _Draw, between: tuple[float, float] | None) -> Any:
    """Return the cells of one column: moved within its range, or taken from real rows."""
    if between is None:
        return column[np.where(draw.swapped[:, position], draw.donor, draw.base)]
    numbers = (
        np.asarray(column, dtype=np.float64)
        if isinstance(column, np.ndarray)
        else (column.to_numpy(dtype=np.float64, na_value=np.nan))
    )
    first, second = (numbers[end] for end in draw.ends)
    away = draw.step * (first - second)
    # Where one of them is missing, the cell stays; a missing cell stays missing.
    cells = numbers[draw.base] + np.where(np.isnan(away), 0.0, away)
    cells = np.clip(cells, *between)
    if isinstance(column, np.ndarray):
        return cells.astype(column.dtype)
    return pd.array(cells, dtype=column.dtype)


def _of_sparse(rows: Any, draw: _Draw) -> Any:
    """Return csr rows whose stored entries are taken from a row, or where swapped from another."""
    parts = [
        (rows[draw.base], ~draw.swapped),
        (rows[draw.donor], draw.swapped),
    ]
    entries = []
    for taken, keep in parts:
        stored = taken.tocoo()
        kept = keep[stored.row, stored.col]
        entries.append((stored.data[kept], stored.row[kept], stored.col[kept]))
    data, row, column = (np.concatenate(each) for each in zip(*entries, strict=True))
    made = sparse.coo_matrix((data, (row, column)), shape=(len(draw.base), rows.shape[1])).tocsr()
    return type(rows)(made)


def _moved(rows: Rows, categorical: Collection[int]) -> dict[int, tuple[float, float]]:
    """Return the columns of numbers with fractions, and the range of each."""
    if is_sparse(rows):
        return {}
    found = {}
    for position in range(rows.shape[1]):
        if position in categorical:
            continue
        column = rows.iloc[:, position] if is_frame(rows) else pd.Series(rows[:, position])
        if not pd.api.types.is_float_dtype(column.dtype):
            continue
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        known = numbers[np.isfinite(numbers)]
        if len(known) == np.count_nonzero(~np.isnan(numbers)) and (known % 1 != 0).any():
            found[position] = (float(known.min()), float(known.max()))
    return found
