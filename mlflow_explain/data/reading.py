"""Rows of any kind as a DataFrame, a csr matrix or a two-dimensional array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import class_names, full_name, is_frame, is_sparse
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows

# Rows that weighted ones are repeated to.
MAX_REPEATED = 100

# Cells that hold several values.
_SEVERAL = (list, tuple, np.ndarray)

_KINDS = (
    "rows: a DataFrame (of pandas, Arrow or polars), a Series, a list of rows, a two- or "
    "one-dimensional array, a csr matrix"
)


def two_dimensional(rows: Any) -> Rows:
    """Return the object as a DataFrame, a csr matrix or array, or an array; one row is a line.

    Parameters
    ----------
    rows : object
        A DataFrame, or what has `to_pandas` (Arrow tables, polars); a Series or mapping, one row
        by name; a sparse matrix or array of any format; an array of one or two dimensions; a list
        of rows: of lists, mappings or Series; shap's `DenseData`, without its weights.

    Returns
    -------
    DataFrame, ndarray or csr_matrix
        The object itself where it is one of these.

    Raises
    ------
    InvalidInputError
        It is none of them, or its rows differ in length.
    """
    rows = _named(rows)
    if is_frame(rows):
        return rows
    if isinstance(rows, pd.Series):
        return rows.to_frame().T.infer_objects()
    if is_sparse(rows):
        # A row taken from a sparse array has one dimension.
        return (rows.reshape(1, -1) if rows.ndim == 1 else rows).tocsr()
    array = _array(rows)
    if array.dtype.names is None and array.ndim in {1, 2} and array.size + array.ndim > 1:
        return array.reshape(1, -1) if array.ndim == 1 else array
    raise InvalidInputError(
        _KINDS,
        f"{full_name(rows)} of {array.ndim} dimensions",
        "Pass one row per example and one column per feature.",
    )


def repeats(rows: Any) -> IntArray | None:
    """Return how often each row of a weighted summary stands for itself, or None without weights.

    Rows are repeated in proportion to their weights, 100 in all, by the method of the largest
    remainder; those of next to no weight are left out.

    Parameters
    ----------
    rows : object
        Rows of any kind; shap's `DenseData`, which `shap.kmeans` makes, has weights.
    """
    if not _is_summary(rows):
        return None
    weights: FloatArray = np.asarray(rows.weights, dtype=np.float64)
    if np.allclose(weights, weights[0]):
        return None
    share = weights / weights.sum() * MAX_REPEATED
    counts: IntArray = np.floor(share).astype(np.int64)
    rest = MAX_REPEATED - int(counts.sum())
    counts[np.argsort(counts - share, kind="stable")[:rest]] += 1
    return counts


def _is_summary(rows: Any) -> bool:
    return "DenseData" in class_names(rows)


def _named(rows: Any) -> Any:
    """Return what has names of columns as a DataFrame, anything else as it is."""
    if is_frame(rows):
        return rows
    if _is_summary(rows):
        return _summary(rows)
    if callable(getattr(rows, "to_pandas", None)):
        # Arrow tables, polars and others of the dataframe interchange.
        frame = rows.to_pandas()
        return frame if is_frame(frame) else rows
    if isinstance(rows, Mapping):
        rows = [rows]
    if isinstance(rows, list | tuple) and rows and isinstance(rows[0], Mapping | pd.Series):
        return _records(rows)
    return rows


def _records(rows: Any) -> pd.DataFrame:
    """Return a list of rows with names as a DataFrame."""
    frame = pd.DataFrame([dict(row) for row in rows])
    several = [
        str(name)
        for name in frame
        if frame[name].dtype == object
        and any(issubclass(kind, _SEVERAL) for kind in frame[name].map(type).unique())
    ]
    if several:
        raise InvalidInputError(
            "one value per column in each row",
            f"several in {', '.join(several)}",
            "Pass a DataFrame, or a list with one mapping per row.",
        )
    return frame


def _summary(data: Any) -> Rows:
    """Return the rows of shap's `DenseData`; with their names, unless those are numbers only."""
    names = [str(name) for name in data.group_names]
    rows = data.data.T if getattr(data, "transposed", False) else data.data
    if rows.shape[1] != len(names):
        raise InvalidInputError(
            "a DenseData whose groups are single columns",
            f"{len(names)} groups of {rows.shape[1]} columns",
            "Pass the rows themselves.",
        )
    if is_sparse(rows) or names == [str(i) for i in range(len(names))]:
        return rows
    return pd.DataFrame(rows, columns=list(data.group_names))


def _array(rows: Any) -> AnyArray:
    """Return rows as an array in which every cell is what it was."""
    if isinstance(rows, np.ma.MaskedArray):
        return np.ma.filled(rows.astype(np.float64), np.nan)
    try:
        array = np.asarray(rows)
        if array.dtype.kind in "US" and not hasattr(rows, "dtype"):
            # Numbers and gaps in a list with words would have become words.
            array = np.asarray(rows, dtype=object)
    except ValueError:
        # The cause may repeat values, so it is not chained.
        raise InvalidInputError(
            "rows of the same length", "some that are longer", "Pass a value for every column."
        ) from None
    except RuntimeError as error:
        # A tensor that records gradients, or lies on another device.
        raise InvalidInputError(
            "rows that numpy can read", full_name(rows), "Pass `rows.detach().cpu().numpy()`."
        ) from error
    if array.dtype.kind == "c":
        raise InvalidInputError(
            "rows of real numbers", "complex ones", "Pass real and imaginary parts as two columns."
        )
    return array
