"""`Table`: rows with named columns, checked once; never a change to what the user passed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import full_name, is_frame, is_sparse
from mlflow_explain.errors import FeatureError, InvalidInputError

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
        One row (one-dimensional) or many.
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
    data = _two_dimensional(rows)
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
    """
    if is_frame(like.data) and not is_frame(rows):
        return _labelled(rows, like)
    table = table_of(rows)
    if not is_frame(table.data):
        _check_width(table, like)
        return Table(table.data, like.columns)
    if is_frame(like.data):
        wanted = list(like.data.columns)
        check_present(wanted, table.data)
        same = list(table.data.columns) == wanted
        return Table(_categorised(table.data if same else table.data[wanted], like), like.columns)
    if set(like.columns) & set(table.columns):
        check_present(like.columns, table.data.set_axis(list(table.columns), axis=1))
        positions = [table.columns.index(name) for name in like.columns]
        return Table(table.data.iloc[:, positions].to_numpy(), like.columns)
    _check_width(table, like)
    return Table(table.data.to_numpy(), like.columns)


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
                f"initialization examples with the columns {', '.join(wanted)}",
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
            f"initialization examples of {width} columns, as the model was fitted on",
            f"{len(table.columns)}",
            "Pass the columns the model was trained on, in the same order.",
        )
    return table


def _two_dimensional(rows: Any) -> Rows:
    """Return the object as a DataFrame, csr matrix or two-dimensional array."""
    if is_frame(rows):
        return rows
    if isinstance(rows, pd.Series):
        return rows.to_frame().T.infer_objects()
    if is_sparse(rows):
        return rows.tocsr()
    array = np.asarray(rows)
    if array.dtype.names is None and array.ndim in {1, 2} and array.size + array.ndim > 1:
        return array.reshape(1, -1) if array.ndim == 1 else array
    raise InvalidInputError(
        "rows: a DataFrame, a Series, a two- or one-dimensional array, a csr matrix",
        f"{full_name(rows)} of {array.ndim} dimensions",
        "Pass one row per example and one column per feature.",
    )


def _categorised(frame: pd.DataFrame, like: Table) -> pd.DataFrame:
    """Return the frame with the categories of the initialization examples, by which models code.

    Rows that come as JSON or CSV hold words. A word that is no category becomes missing, as it is
    for the model.
    """
    lost = {
        name: dtype
        for name, dtype in like.data.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype) and frame[name].dtype != dtype
    }
    known = {name: frame[name].where(frame[name].isin(t.categories)) for name, t in lost.items()}
    return frame.assign(**known).astype(lost) if lost else frame


def _labelled(rows: Any, like: Table) -> Table:
    """Return unlabelled rows, or one labelled row, with the columns and dtypes of a DataFrame."""
    template = like.data
    if isinstance(rows, pd.Series):
        check_present(list(template.columns), rows.to_frame().T)
        rows = rows.to_frame().T[list(template.columns)]
    data = _two_dimensional(rows)
    if is_sparse(data):
        data = dense(data)
    _check_width(Table(data, ()), like)
    frame = pd.DataFrame(np.asarray(data, dtype=object), columns=template.columns)
    if isinstance(rows, pd.DataFrame):
        frame.index = rows.index
    typed = {name: _typed(frame[name], dtype) for name, dtype in template.dtypes.items()}
    return Table(pd.DataFrame(typed, index=frame.index), like.columns)


def _typed(values: pd.Series, dtype: Any) -> pd.Series:
    """Return unlabelled values in a column's type, or in a wider one where it would change them."""
    if isinstance(dtype, pd.CategoricalDtype):
        return _known(values, dtype)
    try:
        if not pd.api.types.is_numeric_dtype(dtype):
            return values.astype(dtype)
        numbers = pd.to_numeric(values)
    except (TypeError, ValueError):
        # The cause repeats the value, so it is not chained.
        raise InvalidInputError(
            f"values of type {dtype} in column {values.name}",
            "others",
            "Pass a DataFrame with the columns the model was trained on.",
        ) from None
    return _narrowed(numbers, dtype)


def _known(values: pd.Series, dtype: pd.CategoricalDtype) -> pd.Series:
    """Return unlabelled values as categories; ones that are all unknown are codes, or words."""
    known = values.where(values.isin(dtype.categories))
    if bool(known.isna().all()) and not bool(values.isna().all()):
        raise InvalidInputError(
            f"some of the categories of column {values.name}",
            "none of them in rows without column names",
            "Pass a DataFrame: an array's numbers are no codes of categories.",
        )
    return known.astype(dtype)


def _narrowed(numbers: pd.Series, dtype: Any) -> pd.Series:
    """Return numbers in a column's type unless that would change them."""
    try:
        typed = numbers.astype(dtype)
    except (TypeError, ValueError):
        return numbers
    changed = numbers.notna() & (typed.astype("float64") != numbers.astype("float64"))
    return numbers if bool(changed.any()) else typed


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
