"""`Table`: rows with named columns, checked once; never a change to what the user passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.reading import repeats, two_dimensional
from mlflow_explain.data.retyped import categorised, check_times, check_words, labelled
from mlflow_explain.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, IntArray, Rows


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Two-dimensional rows and the names of their columns.

    Parameters
    ----------
    data : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        What the model is given; DataFrames keep their own dtypes and index.
    columns : tuple of str
        Names in column order.
    """

    data: Rows
    columns: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.data.shape[0])

    @property
    def ids(self) -> AnyArray:
        """The index of a DataFrame, or positions."""
        return self.data.index.to_numpy() if is_frame(self.data) else np.arange(len(self))

    def take(self, positions: IntArray | slice) -> Table:
        """Return some of the rows, in the order asked for."""
        rows = self.data.iloc[positions] if is_frame(self.data) else self.data[positions]
        return Table(rows, self.columns)


def table_of(rows: Any, features: Sequence[str] | None = None) -> Table:
    """Return `rows` as a table.

    Parameters
    ----------
    rows : DataFrame, Series, array, csr_matrix or sequence of rows
        One row (one-dimensional) or many; see `reading.two_dimensional`. The rows of shap's
        `DenseData` are repeated in proportion to their weights.
    features : sequence of str, optional
        Names of the columns; by default those of the DataFrame, else ``"0"``, ``"1"``, ...

    Returns
    -------
    Table

    Raises
    ------
    FeatureError
        Names are duplicated or as many as there are not columns.
    InvalidInputError
        The object is not a table.
    """
    table = _named_table(two_dimensional(rows), features)
    counts = repeats(rows)
    return table if counts is None else table.take(np.repeat(np.arange(len(table)), counts))


def _named_table(data: Rows, features: Sequence[str] | None) -> Table:
    """Return rows with distinct names of their columns."""
    if isinstance(features, str):
        raise FeatureError("a list of feature names", "one word", "Pass a list of strings.")
    own = [str(name) for name in data.columns] if is_frame(data) else None
    names = [str(name) for name in features] if features is not None else own
    if names is None:
        names = [str(i) for i in range(data.shape[1])]
    if len(names) != data.shape[1]:
        raise FeatureError(
            f"{data.shape[1]} feature names, one per column",
            f"{len(names)}",
            "Pass `features` in the order of the columns.",
        )
    doubled = {n for kind in (own or [], names) for n, count in Counter(kind).items() if count > 1}
    if doubled:
        raise FeatureError(
            "columns with distinct names",
            f"{', '.join(sorted(doubled))} more than once",
            "Rename or drop the duplicates.",
        )
    return Table(data, tuple(names))


def align(rows: Any, like: Table) -> Table:
    """Return `rows` as a table with the columns of `like`, in that order.

    DataFrame columns are matched by name: other orders are put right, columns the model does not
    know are left out. Arrays are matched by position; a single row may be one-dimensional.

    Parameters
    ----------
    rows : DataFrame, Series, array, csr_matrix or sequence of rows
        Rows to explain.
    like : Table
        The initialization examples.

    Returns
    -------
    Table

    Raises
    ------
    FeatureError
        A column is missing or duplicated, or the number of columns differs.
    InvalidInputError
        A column of numbers holds times or words.
    """
    data = two_dimensional(rows)
    if is_frame(like.data) and not _has_types(rows, data):
        return _labelled(rows, data, like)
    aligned = _by_name(data, like) if is_frame(data) else Table(data, like.columns)
    _check_width(aligned, like)
    check_times(aligned.data, like.data, like.columns)
    check_words(aligned.data, like.data, like.columns)
    return aligned


def _has_types(rows: Any, data: Rows) -> bool:
    """Whether rows came as a table with types: one row by name has one type for all its cells."""
    return is_frame(data) and not isinstance(rows, pd.Series | Mapping | list | tuple)


def _by_name(data: pd.DataFrame, like: Table) -> Table:
    """Return a DataFrame with the columns of `like`, as a DataFrame or array as `like` is."""
    if is_frame(like.data) and data.columns.equals(like.data.columns):
        return Table(categorised(data, like.data), like.columns)
    table = _named_table(data, None)
    if is_frame(like.data):
        wanted = list(like.data.columns)
        check_present(wanted, data)
        same = list(data.columns) == wanted
        return Table(categorised(data if same else data[wanted], like.data), like.columns)
    if set(like.columns) & set(table.columns):
        check_present(like.columns, data.set_axis(list(table.columns), axis=1))
        data = data.iloc[:, [table.columns.index(name) for name in like.columns]]
    return Table(_array_of(data), like.columns)


def _array_of(frame: pd.DataFrame) -> AnyArray:
    """Return a DataFrame as an array; gaps of nullable numbers become NaN."""
    numeric = all(pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes)
    if numeric and not all(isinstance(dtype, np.dtype) for dtype in frame.dtypes):
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return frame.to_numpy()


def in_fitted_order(table: Table, fitted: Sequence[str] | None, width: int | None) -> Table:
    """Return initialization examples with the columns, in the order, the model was fitted on.

    Parameters
    ----------
    table : Table
        Initialization examples.
    fitted : sequence of str or None
        Names the model was fitted on, if it knows them.
    width : int or None
        Number of columns it was fitted on, if it knows it.

    Raises
    ------
    FeatureError
        A column is missing, or the number of columns differs.
    """
    if fitted is not None and is_frame(table.data):
        # LightGBM writes an underscore for a space; a column of the very name goes before.
        known = {str(label).replace(" ", "_"): label for label in table.data.columns}
        known |= {str(label): label for label in table.data.columns}
        wanted = list(fitted)
        missing = [name for name in wanted if name not in known]
        if missing:
            raise FeatureError(
                f"rows with the columns {', '.join(wanted)}",
                f"rows without {', '.join(missing)}",
                "Pass the columns the model was trained on.",
            )
        labels = [known[name] for name in wanted]
        if labels == list(table.data.columns):
            return table
        names = dict(zip(table.data.columns, table.columns, strict=True))
        return Table(table.data[labels], tuple(names[label] for label in labels))
    if width is not None and width != len(table.columns):
        raise FeatureError(
            f"rows of {width} columns, as the model was fitted on",
            f"{len(table.columns)}",
            "Pass the columns the model was trained on, in the same order.",
        )
    return table


def _labelled(rows: Any, data: Rows, like: Table) -> Table:
    """Return rows without names, or rows by name, with the columns and dtypes of a DataFrame."""
    template = like.data
    index = None
    if is_frame(data):
        wanted = list(template.columns)
        check_present(wanted, data)
        index = data.index
        # A Series as a row has numbers and words as they were.
        data = rows.to_frame().T[wanted] if isinstance(rows, pd.Series) else data[wanted]
    _check_width(Table(data, ()), like)
    cells = np.asarray(dense(data) if is_sparse(data) else data, dtype=object)
    return Table(labelled(cells, template, index), like.columns)


def _check_width(table: Table, like: Table) -> None:
    n_columns = table.data.shape[1]
    if n_columns != len(like.columns):
        raise FeatureError(
            f"{len(like.columns)} columns, as in the initialization examples",
            f"{n_columns}",
            "Pass the columns the model was trained on, in the same order.",
        )


def dense(rows: Any, dtype: Any = None) -> AnyArray:
    """Return rows as an array: a sparse matrix is filled up, an array of the type not copied."""
    return np.asarray(rows.toarray() if is_sparse(rows) else rows, dtype=dtype)


def columns_with_infinity(rows: Rows) -> list[str]:
    """Return the names of columns that hold an infinite number."""
    if is_sparse(rows):
        stored = rows.tocsc()
        at = np.flatnonzero(np.isinf(stored.data))
        infinite = np.unique(np.searchsorted(stored.indptr, at, side="right") - 1)
        return [str(i) for i in infinite]
    frame = rows if is_frame(rows) else pd.DataFrame(rows)
    numbers = frame.select_dtypes("number")
    infinite = np.isinf(numbers.to_numpy(dtype=np.float64, na_value=np.nan)).any(axis=0)
    return [str(name) for name, found in zip(numbers.columns, infinite, strict=True) if found]


def check_present(wanted: Sequence[Any], frame: pd.DataFrame) -> None:
    """Raise `FeatureError` unless a DataFrame has all the columns, each once."""
    doubled = frame.columns[frame.columns.duplicated()].unique()
    if len(doubled):
        raise FeatureError(
            "columns with distinct names",
            f"{', '.join(map(str, doubled))} more than once",
            "Rename or drop the duplicates.",
        )
    present = set(frame.columns)
    missing = [str(name) for name in wanted if name not in present]
    if missing:
        raise FeatureError(
            f"the columns {', '.join(map(str, wanted))}",
            f"rows without {', '.join(missing)}",
            "Pass all columns the model was trained on; their order does not matter.",
        )
