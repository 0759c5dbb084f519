"""Made-up rows by which one teacher is told from another, kept with a surrogate.

Each column is drawn by itself, so that no row is the copy of a real one: numbers with fractions
within its range, and so whole ones and times of more than 100 values; all others among the most
frequent values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.engines.black_box.masking import column_of, framed
from mlflow_explain.engines.mimic.encoding import MAX_CATEGORIES, column_at

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, IntArray, Rows

# Rows of a probe, and its cells where it is wide.
N_ROWS = 32
MAX_CELLS = 200_000


def made_up(rows: Rows, random: np.random.Generator) -> Rows:
    """Return made-up rows, of the type and with the dtypes of the real ones.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        Real rows; never changed.
    random : Generator
        What they are drawn with.

    Returns
    -------
    DataFrame, ndarray or csr_matrix of shape (n_made, n_columns)
    """
    if is_sparse(rows):
        return _of_sparse(rows, random)
    n_made = _n_made(rows.shape[1])
    columns = [_drawn(column_at(rows, at), n_made, random) for at in range(rows.shape[1])]
    if is_frame(rows):
        return framed([column_of(column) for column in columns], rows.columns)
    made = np.empty((n_made, rows.shape[1]), dtype=rows.dtype)
    for position, column in enumerate(columns):
        made[:, position] = column.to_numpy()
    return made


def _drawn(column: pd.Series, n_made: int, random: np.random.Generator) -> pd.Series:
    """Return cells within a column's range, or of those of its values that are most frequent."""
    known = _known(column)
    has_fractions = getattr(column.dtype, "kind", "O") == "f" and bool((known % 1 != 0).any())
    if has_fractions or known.nunique() > MAX_CATEGORIES:
        made = _between(known, random.random(n_made), has_fractions=has_fractions)
        return made.astype(column.dtype)
    cells = random.choice(_frequent(column), n_made)
    return column.iloc[cells].reset_index(drop=True)


def _known(column: pd.Series) -> pd.Series:
    """Return the finite numbers, or the times, of a column that has a type for them."""
    kind = getattr(column.dtype, "kind", "O")
    if kind not in "iufmM":
        return column.head(0)
    known = column[column.notna()]
    return known[np.isfinite(known.to_numpy(dtype=np.float64))] if kind == "f" else known


def _between(known: pd.Series, share: AnyArray, *, has_fractions: bool) -> pd.Series:
    """Return values at shares of the way from the least of a column to its largest."""
    low, high = known.min(), known.max()
    if known.dtype.kind in "mM":
        away = pd.to_timedelta(np.rint(share * (high - low).total_seconds()), unit="s")
        return pd.Series(low + away)
    numbers = (1.0 - share) * float(low) + share * float(high)
    return pd.Series(numbers if has_fractions else np.rint(numbers))


def _frequent(column: pd.Series) -> IntArray:
    """Return the position of one cell of each of the most frequent values; any if none is known."""
    codes = pd.factorize(column)[0]
    known = np.flatnonzero(codes >= 0)
    if len(known) == 0:
        return np.zeros(1, dtype=np.int64)
    _, first, counts = np.unique(codes[known], return_index=True, return_counts=True)
    return np.asarray(known[first[np.argsort(-counts, kind="stable")[:MAX_CATEGORIES]]])


def _n_made(n_cells: int) -> int:
    """Return how many rows to make of so many cells each."""
    return max(1, min(N_ROWS, MAX_CELLS // max(1, n_cells)))


def _of_sparse(rows: Any, random: np.random.Generator) -> Any:
    """Return csr rows with about as many stored numbers as the real ones, each within the range."""
    per_row = -(-rows.nnz // max(1, rows.shape[0]))
    n_made = _n_made(per_row)
    row = np.repeat(np.arange(n_made), per_row)
    column = random.choice(rows.indices, len(row)) if rows.nnz else row
    place = np.unique(row * rows.shape[1] + column)
    known = rows.data[np.isfinite(rows.data.astype(np.float64))]
    low, high = (float(known.min()), float(known.max())) if len(known) else (1.0, 1.0)
    data = random.uniform(low, high, len(place))
    if not (known % 1 != 0).any():
        data = np.rint(data)
    cells = (data.astype(rows.dtype), np.divmod(place, rows.shape[1]))
    return type(rows)(sparse.coo_matrix(cells, shape=(n_made, rows.shape[1])))
