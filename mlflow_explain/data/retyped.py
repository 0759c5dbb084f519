"""Rows of other types, or without names, in the columns and types of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, Rows


def times_in(rows: Rows) -> list[Any]:
    """Return the labels of columns that hold dates, times or spans of time.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix
        Of an array without types, columns of `datetime` objects count, too.
    """
    if is_frame(rows):
        columns = ((name, rows.iloc[:, j]) for j, name in enumerate(rows.columns))
        return [name for name, column in columns if _is_time(column)]
    dtype = getattr(rows, "dtype", None)
    if dtype is None or dtype.kind not in "mMO":
        return []
    return [j for j in range(rows.shape[1]) if _is_time(pd.Series(rows[:, j]))]


def _is_time(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.PeriodDtype):
        return True
    if getattr(column.dtype, "kind", "O") != "O":
        return column.dtype.kind in "mM"
    if column.dtype != object:
        return False
    found = pd.api.types.infer_dtype(column, skipna=True)
    return found in {"datetime", "datetime64", "date", "timedelta", "timedelta64", "period"}


def check_times(rows: Rows, template: Rows, names: tuple[str, ...]) -> None:
    """Refuse times where the template has numbers: a model would take them for counts of time.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix
        Rows in the template's columns.
    template : DataFrame, ndarray or csr_matrix
        The initialization examples.
    names : tuple of str
        Names of the columns.
    """
    dtypes = list(rows.dtypes) if is_frame(rows) else [getattr(rows, "dtype", None)]
    known = list(template.dtypes) if is_frame(template) else [getattr(template, "dtype", None)]
    if len(dtypes) != len(known):
        return
    mixed = [
        j
        for j, (given, own) in enumerate(zip(dtypes, known, strict=True))
        if _has_kind(given, "mM") and _has_kind(own, "biuf")
    ]
    if mixed:
        where = [names[j] for j in mixed] if is_frame(rows) else list(names)
        raise InvalidInputError(
            f"numbers in column {', '.join(where)}, as in the initialization examples",
            "dates or times",
            "Convert them as the training rows were.",
        )


def check_words(rows: Rows, template: Rows, names: tuple[str, ...]) -> None:
    """Refuse words where the template has numbers; numbers that are written as words may stay.

    Parameters
    ----------
    rows, template, names
        As of `check_times`.
    """
    dtypes, known = _types(rows), _types(template)
    wordy = [
        names[j]
        for j in range(rows.shape[1])
        if _has_kind(dtypes[j], "OUS")
        and _has_kind(known[j], "biuf")
        and not _are_numbers(rows.iloc[:, j] if is_frame(rows) else pd.Series(rows[:, j]))
    ]
    if wordy:
        raise InvalidInputError(
            f"numbers in column {', '.join(wordy)}, as in the initialization examples",
            "words, or what else is no number",
            "Convert them as the training rows were.",
        )


def _types(rows: Rows) -> list[Any]:
    """Return the type of each column."""
    of_all = getattr(rows, "dtype", None)
    return list(rows.dtypes) if is_frame(rows) else [of_all] * rows.shape[1]


def _are_numbers(column: pd.Series) -> bool:
    """Whether cells of no numeric type can be read as numbers."""
    try:
        np.asarray(column[column.notna()].astype(object), dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return True


def _has_kind(dtype: Any, kinds: str) -> bool:
    kind = "M" if isinstance(dtype, pd.PeriodDtype) else getattr(dtype, "kind", "O")
    return kind in kinds


def categorised(frame: pd.DataFrame, template: Any) -> pd.DataFrame:
    """Return the frame with the categories of the initialization examples, by which models code.

    Rows that come as JSON or CSV hold words. A word that is no category becomes missing, as it is
    for most models; XGBoost itself takes it for another one, or raises.
    """
    lost = {
        name: dtype
        for name, dtype in template.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype) and frame[name].dtype != dtype
    }
    known = {name: frame[name].where(frame[name].isin(t.categories)) for name, t in lost.items()}
    return frame.assign(**known).astype(lost) if lost else frame


def labelled(cells: AnyArray, template: pd.DataFrame, index: Any = None) -> pd.DataFrame:
    """Return rows without names with the columns and dtypes of a DataFrame.

    Parameters
    ----------
    cells : ndarray of object, shape (n_rows, n_columns)
        The cells, in the template's order.
    template : DataFrame
        Has the columns and their dtypes.
    index : Index, optional
        The rows' ids.
    """
    frame = pd.DataFrame(cells, columns=template.columns, index=index)
    typed = {name: _typed(frame[name], dtype) for name, dtype in template.dtypes.items()}
    return pd.DataFrame(typed, index=frame.index)


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
