"""Rows that are not in a page, to ask a model for: what-if asks the page's model for such rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.models import cells
from mlflow_explain.dashboard.models.checks import Embedded
from mlflow_explain.dashboard.models.values import CannotExportError
from mlflow_explain.data.clusters import drawn
from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame, is_sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mlflow_explain._typing import AnyArray, IntArray, Rows

# Rows of cells in new combinations; columns that get odd cells; cells of a table to build.
MAX_ROWS, MAX_COLUMNS, _MAX_CELLS = 120, 40, 2_000_000
# How often the model is asked for rows of one kind at most: it may be slow.
_CALLS = 16
_UNSEEN = "a value that is not there"
_SEED = 0


@dataclass(frozen=True, slots=True)
class _Odd:
    """A cell to put in place of another.

    Parameters
    ----------
    kind : str
        What is odd about it.
    position : int
        Of its column.
    value : object
        The cell.
    """

    kind: str
    position: int
    value: Any


def largest_error(
    rows: Embedded, names: Collection[str], error_of: Callable[[Embedded], float],
    *, with_unseen: bool = True,
) -> float:  # fmt: skip
    """Return the largest error on made-up rows, of those that the model answers for.

    Parameters
    ----------
    rows : Embedded
        The rows of the page: their cells are put together anew, and some of them are changed to
        missing ones, to values between and beyond those that are there, and to categories that are
        not.
    names : collection of str
        Columns the model reads.
    error_of : callable
        ``(rows) -> float``; what raises is passed over, as there is nothing to compare with.
    with_unseen : bool, default=True
        Put in categories that are not there.
    """
    if not rows.data.shape[0] or rows.data.shape[1] * MAX_ROWS > _MAX_CELLS:
        return 0.0
    draw = np.random.default_rng(_SEED)
    mixed = _mixed(rows.data, MAX_ROWS, draw)
    worst = [_asked(Embedded(mixed, rows.names), error_of, [_CALLS])]
    read = [i for i, name in enumerate(rows.names) if name in names]
    chosen = [read[i] for i in drawn(len(read), MAX_COLUMNS, _SEED)]
    odd = [one for i in chosen for one in _odd_cells(i, _column(rows.data, i))]
    odd = [one for one in odd if with_unseen or one.kind != "unseen"]
    for kind in sorted({one.kind for one in odd}):
        own = [one for one in odd if one.kind == kind]
        made = _changed(_mixed(rows.data, len(own), draw), own)
        worst.append(_asked(Embedded(made, rows.names), error_of, [_CALLS]))
    return float(np.max(worst))


def _asked(rows: Embedded, error_of: Callable[[Embedded], float], budget: list[int]) -> float:
    """Return the largest error of rows; those that raise are told apart by halves."""
    if not budget[0]:
        return 0.0
    budget[0] -= 1
    count = rows.data.shape[0]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # The cells are odd on purpose.
            warnings.simplefilter("ignore")
            return error_of(rows)
    except (CannotExportError, *MODEL_ERRORS):
        if count == 1:
            return 0.0
    half = count // 2
    parts = (Embedded(rows.data[at], rows.names) for at in (slice(0, half), slice(half, count)))
    return float(np.max([_asked(part, error_of, budget) for part in parts]))


def _mixed(rows: Rows, count: int, draw: np.random.Generator) -> Rows:
    """Return rows whose cells come from different ones, each from its own column."""
    n, width = rows.shape
    first = draw.integers(n, size=count)
    moves = draw.integers(n, size=width)

    def from_rows(position: int) -> IntArray:
        return np.asarray((first + moves[position]) % n)

    if is_frame(rows):
        columns = [rows.iloc[from_rows(i), i].reset_index(drop=True) for i in range(width)]
        return pd.concat(columns, axis=1)
    if is_sparse(rows):
        from scipy.sparse import hstack

        table = rows.tocsc()
        return hstack([table[:, [i]][from_rows(i)] for i in range(width)], format="csr")
    return np.asarray(rows)[np.stack([from_rows(i) for i in range(width)], 1), np.arange(width)]


def _column(rows: Rows, position: int) -> pd.Series:
    return next(iter(cells.columns_of(rows, [position])))


def _odd_cells(position: int, column: pd.Series) -> list[_Odd]:
    """Return odd cells that a column can hold in its own type."""
    dtype = column.dtype
    found: dict[str, Any] = {}
    if isinstance(dtype, pd.CategoricalDtype):
        found = {"missing": np.nan, "unseen": _another(list(dtype.categories))}
    elif isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        found = _odd_numbers(column.to_numpy())
    elif isinstance(dtype, pd.StringDtype) or dtype.kind == "O":
        known = column[column.notna()]
        if len(known) and known.map(lambda value: isinstance(value, str)).all():
            found["unseen"] = _another(list(known.unique()))
        gaps = column[column.isna()]
        if len(gaps):
            # None and NaN are not the same to every transformer.
            found["missing"] = gaps.iloc[0]
    return [_Odd(kind, position, value) for kind, value in found.items() if value is not None]


def _odd_numbers(values: AnyArray) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    if not len(known):
        return {}
    low, high = float(known.min()), float(known.max())
    span = (high - low) or 1.0
    wanted = {"above": high + 0.3 * span, "far above": high + 20 * span,
              "below": low - 0.3 * span, "far below": low - 20 * span}  # fmt: skip
    if values.dtype.kind == "f":
        between = np.unique(known)[:2].astype(np.float64).mean()
        return {**wanted, "between": float(between), "missing": np.nan}
    limits = np.iinfo(values.dtype)
    ends = {kind: float(np.clip(np.round(value), limits.min, limits.max))
            for kind, value in wanted.items()}  # fmt: skip
    # The largest of 64 bits is no double.
    return {kind: int(value) for kind, value in ends.items() if limits.min <= value < limits.max}


def _another(known: list[Any]) -> Any:
    """Return a category that is none of these; None where they are of no usual type."""
    if all(isinstance(value, str) for value in known):
        return _UNSEEN if _UNSEEN not in known else None
    numbers = (int, float, np.integer, np.floating)
    if known and all(isinstance(v, numbers) and not isinstance(v, bool) for v in known):
        return type(known[0])(max(known) + 1)
    return None


def _changed(rows: Rows, odd: list[_Odd]) -> Rows:
    """Return rows with one odd cell each."""
    if is_frame(rows):
        return _changed_frame(rows, odd)
    made: Any = rows.tolil() if is_sparse(rows) else np.array(rows)
    for row, cell in enumerate(odd):
        made[row, cell.position] = cell.value
    return made.tocsr() if is_sparse(rows) else made


def _changed_frame(rows: pd.DataFrame, odd: list[_Odd]) -> pd.DataFrame:
    columns = [rows.iloc[:, i].copy() for i in range(rows.shape[1])]
    for row, cell in enumerate(odd):
        column = columns[cell.position]
        if isinstance(column.dtype, pd.CategoricalDtype) and cell.kind == "unseen":
            column = column.cat.add_categories([cell.value])
        column.iloc[row] = cell.value
        columns[cell.position] = column
    return pd.concat(columns, axis=1)
