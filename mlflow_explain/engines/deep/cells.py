"""Rows as the numbers a network takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, Rows


def numbers(rows: Rows, dtype: Any = np.float64) -> AnyArray:
    """Return rows as an array of numbers, a missing one as NaN.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_features)
        Rows of numbers or truth values.
    dtype : dtype
        What the network takes; NaN has no place among whole numbers.

    Raises
    ------
    InvalidInputError
        A column holds anything but numbers.
    """
    if is_frame(rows):
        types = rows.dtypes.items()
        _refuse([str(name) for name, t in types if not pd.api.types.is_numeric_dtype(t)])
        return np.asarray(rows.to_numpy(dtype=np.float64, na_value=np.nan).astype(dtype))
    if is_sparse(rows):
        return np.asarray(dense(rows, dtype))
    array = np.asarray(rows)
    if array.dtype.kind in "biuf":
        return array.astype(dtype, copy=False)
    _refuse([str(j) for j in range(array.shape[1]) if not _are_numbers(array[:, j])])
    return array.astype(np.float64).astype(dtype)


def dtype_of(*, takes_indices: bool, is_double: bool) -> Any:
    """Return the type of numbers a network takes: that of its weights, or whole ones."""
    return np.dtype(np.int64 if takes_indices else np.float64 if is_double else np.float32)


def are_whole(cells: AnyArray) -> bool:
    """Whether all numbers are whole, as indices are."""
    return bool((cells == np.round(cells)).all())


def _are_numbers(column: AnyArray) -> bool:
    try:
        column.astype(np.float64)
    except (TypeError, ValueError):
        return False
    # Words of digits can be read as numbers, and are none.
    kinds = pd.Series(column).map(type).unique()
    return column.dtype.kind == "O" and not any(issubclass(kind, str) for kind in kinds)


def _refuse(columns: list[str]) -> None:
    """Raise if columns are named that hold no numbers."""
    if columns:
        raise InvalidInputError(
            "columns of numbers, for a neural network takes no other",
            f"others in {', '.join(columns)}",
            "Pass the fitted transformer that makes numbers of them as `transformations`.",
        )
