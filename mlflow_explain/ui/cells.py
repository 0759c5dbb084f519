"""Cells of a what-if, as a page sends them, and the rows a model takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload.cells import cells_of
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.table import Table, check_present
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.types.schema import Schema

_PLAIN = (str, int, float, bool, type(None))


# Types of MLflow's signatures -> types of a page's inputs.
_OF_SIGNATURE = {"boolean": "boolean", "datetime": "time", "string": "category"}


def types_of(template: Table, inputs: Schema) -> dict[str, str]:
    """Return the type of each column, as a page's inputs have them.

    Parameters
    ----------
    template : Table
        No rows: the columns with their types.
    inputs : mlflow.types.Schema
        The model's, which knows what Python's objects in a column are.
    """
    signed: dict[str, str] = {}
    if inputs.has_input_names() and not inputs.is_tensor_spec():
        kinds = [getattr(kind, "name", "string") for kind in inputs.input_types()]
        signed = dict(zip(map(str, inputs.input_names()), kinds, strict=True))
    return {
        name: _OF_SIGNATURE.get(signed.get(name, "string"), "number")
        if column.dtype == object
        else cells_of(column).type
        for name, column in _columns(template).items()
    }


def rows_of(columns: Any, template: Table, types: Mapping[str, str], most: int) -> pd.DataFrame:
    """Return the rows of a request.

    Parameters
    ----------
    columns : object
        What was sent: for each column a list of numbers, texts, truth values or null. Times are
        milliseconds since 1970 (UTC), durations are seconds, labels are texts.
    template : Table
        No rows: the columns with their types.
    types : mapping of str to str
        As of `types_of`.
    most : int
        How many rows there may be.

    Raises
    ------
    FeatureError
        A column is missing.
    InvalidInputError
        It is something else, too long, or not of the column's type.
    """
    given = _checked(columns, most)
    check_present(template.columns, pd.DataFrame(columns=list(given)))
    own = _columns(template)
    made = {name: _cells(given[name], like, name, types[name]) for name, like in own.items()}
    return pd.DataFrame(made)


def _columns(template: Table) -> dict[str, pd.Series]:
    data = template.data
    if is_frame(data):
        return {n: data[own] for n, own in zip(template.columns, data.columns, strict=True)}
    return dict.fromkeys(template.columns, pd.Series([], dtype=np.float64))


def _checked(columns: Any, most: int) -> Mapping[str, list[Any]]:
    """Return columns that are lists of plain cells, all of one length."""
    if not isinstance(columns, dict) or not all(isinstance(v, list) for v in columns.values()):
        raise InvalidInputError(
            '`{"columns": {name: [cell, ...]}}`', "something else", "Send columns by their names."
        )
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1 or not 0 < max(lengths) <= most:
        raise InvalidInputError(
            f"columns of 1 to {most} rows, all alike",
            ", ".join(map(str, sorted(lengths)[:3])) or "none",
            _advice(lengths),
        )
    odd = [n for n, cells in columns.items() if not all(isinstance(c, _PLAIN) for c in cells)]
    if odd:
        raise InvalidInputError(
            "cells that are numbers, texts, truth values or null",
            f"others in column {odd[0]}",
            "Send plain cells.",
        )
    endless = [n for n, cells in columns.items() if any(map(_is_infinite, cells))]
    if endless:
        raise InvalidInputError(
            "finite numbers or null",
            f"an infinite one in column {endless[0]}",
            "Send finite numbers, and null for missing ones.",
        )
    return columns


def _advice(lengths: set[int]) -> str:
    if len(lengths) > 1:
        return "Send columns of one length."
    return "Send fewer rows." if any(lengths) else "Send a row."


def _is_infinite(cell: Any) -> bool:
    return isinstance(cell, float) and math.isinf(cell)


def _cells(cells: list[Any], like: pd.Series, name: str, kind: str) -> Any:
    """Return cells in the type of a column, where they have it."""
    try:
        if like.dtype == object:
            return _objects(cells, kind)
        return _typed(cells, like.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"cells of {like.dtype} in column {name}", "others", "Send cells of its type."
        ) from error


def _typed(cells: list[Any], dtype: Any) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        known = {str(label): label for label in dtype.categories}
        return pd.Series([known.get(cell, cell) for cell in cells], dtype=object)
    if pd.api.types.is_bool_dtype(dtype):
        return pd.Series([None if cell is None else _truth(cell) for cell in cells]).astype(
            object if None in cells and dtype == np.bool_ else dtype
        )
    if pd.api.types.is_numeric_dtype(dtype):
        return _numbers(cells, dtype)
    if pd.api.types.is_datetime64_any_dtype(dtype):
        times = pd.to_datetime(pd.Series(cells, dtype="float64"), unit="ms", utc=True)
        zone = getattr(dtype, "tz", None)
        return times.dt.tz_localize(None) if zone is None else times.dt.tz_convert(zone)
    if pd.api.types.is_timedelta64_dtype(dtype):
        return pd.to_timedelta(pd.Series(cells, dtype="float64"), unit="s")
    return pd.Series(cells, dtype=object)


def _objects(cells: list[Any], kind: str) -> pd.Series:
    """Return cells as Python's objects."""
    if kind == "boolean":
        cells = [None if cell is None else _truth(cell) for cell in cells]
    if kind == "time":
        cells = [None if cell is None else pd.Timestamp(cell, unit="ms") for cell in cells]
    return pd.Series(cells, dtype=object)


def _truth(cell: Any) -> bool:
    if cell not in (0, 1):
        raise ValueError
    return bool(cell)


def _numbers(cells: list[Any], dtype: Any) -> pd.Series:
    """Return numbers; whole ones stay whole where none is missing."""
    if any(isinstance(cell, str) for cell in cells):
        if getattr(dtype, "kind", "") not in "iu":
            raise TypeError
        # Whole numbers a browser has none for are its labels.
        return pd.Series([pd.NA if cell is None else int(cell) for cell in cells]).astype(
            "Int64" if None in cells else dtype
        )
    made = pd.Series([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    plain = np.asarray(made)
    whole = getattr(dtype, "kind", "") in "iu" and not np.isnan(plain).any()
    return made.astype(dtype) if whole and (plain == np.floor(plain)).all() else made
