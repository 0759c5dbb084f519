"""Background rows as plain arrays and JSON, and back with the same dtypes.

Words and other objects are stored once each, as JSON with the name of their type, beside integer
codes. Nothing is pickled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data.kinds import full_name, is_frame, is_sparse
from mlflow_explain.engines.black_box.masking import codes_of, column_of, framed
from mlflow_explain.errors import CorruptArtifactError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray, Rows

# Kinds of numpy dtypes that are stored as they are: numbers, truth values, dates, fixed text.
PLAIN = "biufcmMUS"
NULLABLE = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)
# Single cells by their type: its name, how one is written as JSON, and how it is read.
CELLS: dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    bool: ("bool", bool, bool),
    int: ("int", int, int),
    float: ("float", float.hex, float.fromhex),
    str: ("str", str, str),
    pd.Timestamp: ("timestamp", pd.Timestamp.isoformat, pd.Timestamp),
    type(None): ("none", lambda _: None, lambda _: None),
    type(pd.NA): ("missing", lambda _: None, lambda _: pd.NA),
    type(pd.NaT): ("no time", lambda _: None, lambda _: pd.NaT),
}
READERS = {name: read for name, _, read in CELLS.values()}


def stored(rows: Rows) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Return JSON and arrays from which `restored` makes the same rows, without their index.

    Raises
    ------
    InvalidInputError
        A column or cell is of a type that cannot be stored.
    """
    arrays: dict[str, AnyArray] = {}
    if is_frame(rows):
        columns = [
            _written(f"column_{j}", column_of(rows.iloc[:, j]), arrays)
            for j in range(rows.shape[1])
        ]
        labels = [_cell(label) for label in rows.columns.tolist()]
        return {"kind": "frame", "labels": labels, "columns": columns}, arrays
    if is_sparse(rows):
        arrays |= {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr}
        return {"kind": type(rows).__name__, "shape": list(rows.shape)}, arrays
    cells = _written("cells", np.asarray(rows).ravel(), arrays)
    return {"kind": "array", "shape": list(rows.shape), "cells": cells}, arrays


def restored(settings: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> Rows:
    """Return the rows that `stored` described."""
    kind = settings["kind"]
    if kind == "frame":
        columns = [_read(column, arrays) for column in settings["columns"]]
        return framed(columns, pd.Index([_read_cell(label) for label in settings["labels"]]))
    if kind == "array":
        return np.asarray(_read(settings["cells"], arrays)).reshape(settings["shape"])
    if kind in {"csr_matrix", "csr_array"}:
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return getattr(sparse, kind)(parts, shape=tuple(settings["shape"]))
    raise _unknown("rows", kind)


def _written(name: str, column: Any, arrays: dict[str, AnyArray]) -> dict[str, Any]:
    """Return the JSON of a column, and add its arrays."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        arrays[name] = np.asarray(column.codes)
        of = _written(f"{name}_categories", column_of(dtype.categories.to_series()), arrays)
        return {"as": "category", "name": name, "categories": of, "ordered": bool(dtype.ordered)}
    if isinstance(dtype, pd.DatetimeTZDtype):
        arrays[name] = np.asarray(pd.DatetimeIndex(column).tz_convert(None))
        return {"as": "zoned", "name": name, "zone": str(dtype.tz)}
    if isinstance(column, NULLABLE):
        arrays[name] = column.to_numpy(dtype=dtype.numpy_dtype, na_value=0)
        arrays[f"{name}_missing"] = np.asarray(column.isna())
        return {"as": "nullable", "name": name, "dtype": str(dtype)}
    if isinstance(dtype, np.dtype) and dtype.kind in PLAIN:
        arrays[name] = np.asarray(column)
        return {"as": "plain", "name": name}
    if dtype == "object" or isinstance(dtype, pd.StringDtype):
        cells = np.asarray(column, dtype=object)
        _, first, arrays[name] = np.unique(codes_of(cells), return_index=True, return_inverse=True)
        of_dtype = "object" if dtype == "object" else _string_name(dtype)
        each = [_cell(cell) for cell in cells[first]]
        return {"as": "cells", "name": name, "dtype": of_dtype, "cells": each}
    raise InvalidInputError(
        "columns of numbers, truth values, text, categories or dates",
        f"one of type {dtype}",
        "Turn the column into one of these types.",
    )


def _read(column: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> Any:
    """Return the column that `_written` described."""
    array = arrays[column["name"]]
    match column["as"]:
        case "plain":
            return array
        case "category":
            categories = _read(column["categories"], arrays)
            of = pd.Index(categories, dtype=categories.dtype)
            return pd.Categorical.from_codes(array, of, ordered=column["ordered"])
        case "zoned":
            return pd.DatetimeIndex(array).tz_localize("UTC").tz_convert(column["zone"]).array
        case "nullable":
            nullable = pd.array(array, dtype=column["dtype"])
            nullable[arrays[f"{column['name']}_missing"]] = pd.NA
            return nullable
        case "cells":
            cells = np.empty(len(column["cells"]), dtype=object)
            cells[:] = [_read_cell(cell) for cell in column["cells"]]
            plain = column["dtype"] == "object"
            return cells[array] if plain else pd.array(cells[array], dtype=column["dtype"])
    raise _unknown("a column", column["as"])


def _string_name(dtype: pd.StringDtype) -> str:
    """Return the name that makes the same dtype: pandas leaves the storage out of its own."""
    return f"string[{dtype.storage}]" if dtype.na_value is pd.NA else "str"


def _cell(cell: Any) -> list[Any]:
    """Return a cell as JSON, with the name of its type."""
    plain = cell.item() if isinstance(cell, np.generic) else cell
    if type(plain) not in CELLS:
        raise InvalidInputError(
            f"cells of the types {', '.join(sorted(READERS))}",
            full_name(plain),
            "Turn the column into one of these types.",
        )
    name, write, _ = CELLS[type(plain)]
    return [name, write(plain)]


def _read_cell(cell: list[Any]) -> Any:
    name, value = cell
    if name not in READERS:
        raise _unknown("a cell", name)
    return READERS[name](value)


def _unknown(what: str, kind: Any) -> CorruptArtifactError:
    return CorruptArtifactError(
        f"{what} of a kind this version reads",
        repr(kind),
        "Read it with the version of mlflow-explain that wrote it, or a newer one.",
    )
