"""Columns of Python objects in parquet: each cell comes back as it was, or the column is refused.

Parquet has one kind of gap and Python four: which of them stood in a column is kept beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_object_dtype

from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray

_GAPS = {"None": None, "NA": pd.NA, "NaT": pd.NaT, "NaN": np.nan}


def refused(names: Sequence[str], why: str) -> InvalidInputError:
    """Return the error that names columns which parquet does not hold; without one, the index."""
    return InvalidInputError(
        "columns of one type each, dense, that parquet gives back as they were",
        f"{', '.join(names) or 'an index'}, which is not ({why})",
        "Convert them, to text say, or keep the explanation without its rows (include_data=False).",
    )


def with_gaps(table: pa.Table, frame: pd.DataFrame) -> tuple[pa.Table, dict[str, Any]]:
    """Return a table with what it does not tell of its columns of objects, and a note of them.

    Parameters
    ----------
    table : pyarrow.Table
        Made from `frame`.
    frame : DataFrame
        Its names are distinct words.

    Returns
    -------
    tuple of pyarrow.Table and dict
        The table has one more column for each that holds gaps of several kinds: their positions
        among the kinds that the note lists.

    Raises
    ------
    InvalidInputError
        Cells of a column, or of the index, would come back as others.
    """
    objects = [str(name) for name, dtype in frame.dtypes.items() if is_object_dtype(dtype)]
    odd = [name for name in objects if not _comes_back(frame[name].to_numpy(), table.column(name))]
    if odd or not _index_comes_back(frame.index, table.columns[frame.shape[1] :]):
        raise refused(odd, "it would come back as something else")
    gaps: dict[str, dict[str, Any]] = {}
    for name in objects:
        kinds, codes = _gaps_of(frame[name].to_numpy())
        if kinds:
            gaps[name] = {"kinds": kinds, "column": None}
        if len(kinds) > 1:
            column = _free(f"{name} (gaps)", table.column_names)
            gaps[name]["column"] = column
            table = table.append_column(column, pa.array(codes))
    return table, {"objects": objects, "gaps": gaps}


def restore(frame: pd.DataFrame, about: Mapping[str, Any]) -> None:
    """Make the noted columns of a frame what they were, in place."""
    for name in about.get("objects", ()):
        cells = frame[name].astype(object).to_numpy(copy=True)
        gaps = about.get("gaps", {}).get(name)
        if gaps is not None:
            missing = pd.isna(cells)
            kinds = np.array([_GAPS[kind] for kind in gaps["kinds"]], dtype=object)
            column = gaps["column"]
            codes = 0 if column is None else frame.pop(column).to_numpy()[missing]
            cells[missing] = kinds[codes]
        frame[name] = pd.Series(cells, index=frame.index, dtype=object)


def _comes_back(cells: AnyArray, kept: pa.ChunkedArray) -> bool:
    """Whether objects are read from parquet as they were; gaps are looked at elsewhere."""
    if pa.types.is_string(kept.type) or pa.types.is_large_string(kept.type):
        return True
    if pa.types.is_nested(kept.type):
        return False
    there = ~pd.isna(cells)
    found = kept.to_pandas(integer_object_nulls=True).to_numpy(dtype=object)[there]
    same = bool(np.all(cells[there] == found))
    if not pa.types.is_timestamp(kept.type):
        return same
    # The same moment in two time zones is equal, and has another hour.
    return same and all(
        one.utcoffset() == two.utcoffset() for one, two in zip(cells[there], found, strict=True)
    )


def _index_comes_back(index: pd.Index, kept: Sequence[pa.ChunkedArray]) -> bool:
    """Whether the levels of an index that are objects do; one of numbers may not be in the file."""
    levels = [index.get_level_values(i) for i in range(index.nlevels)]
    return all(
        _comes_back(level.to_numpy(), column)
        for level, column in zip(levels, kept, strict=False)
        if is_object_dtype(level.dtype)
    )


def _gaps_of(cells: AnyArray) -> tuple[list[str], AnyArray]:
    """Return the kinds of gaps among cells, and of each cell the position of its kind."""
    missing = np.flatnonzero(pd.isna(cells))
    found = [_kind_of(cell) for cell in cells[missing]]
    kinds = sorted(set(found))
    codes = np.zeros(len(cells), dtype=np.int8)
    codes[missing] = [kinds.index(kind) for kind in found]
    return kinds, codes


def _kind_of(cell: Any) -> str:
    return next((kind for kind, gap in _GAPS.items() if isinstance(cell, type(gap))), "NaN")


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a name that is not taken."""
    return name if name not in taken else _free(f"{name}'", taken)
