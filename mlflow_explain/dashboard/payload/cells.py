"""Columns of rows as a page keeps them: numbers, times, truth values, or labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload import numbers
from mlflow_explain.dashboard.payload.block import codes_type

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.dashboard.payload.block import Arrays

Type: TypeAlias = Literal["number", "time", "boolean", "category"]

# More labels than these are kept only where an embedded row has them.
_MOST_LABELS = 1000
_NO_LABELS = (list, dict, set, tuple, np.ndarray, bytes)
_MISSING_BOOLEAN = 255
_WIDEST_SINGLE = 2.0**24


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column, of all rows.

    Parameters
    ----------
    type : {"number", "time", "boolean", "category"}
        What they are.
    values : ndarray of float64, (n_rows,)
        Numbers; milliseconds since 1970 (UTC); 0 and 1; or positions in `labels`. NaN: missing.
    labels : tuple of str
        Of a category, those that no row has among them.
    whole : bool
        Numbers of a column of whole numbers.
    absent : str or None
        Why there are no cells: a sentence.
    """

    type: Type
    values: FloatArray
    labels: tuple[str, ...] = ()
    whole: bool = False
    absent: str | None = None

    def take(self, positions: Any) -> Cells:
        """Return some of the rows."""
        return self if self.absent else replace(self, values=self.values[positions])


def absent(sentence: str) -> Cells:
    """Return a column without cells."""
    return Cells("number", np.zeros(0), absent=sentence)


def cells_of(column: pd.Series) -> Cells:
    """Return the cells of a column of any type.

    Parameters
    ----------
    column : Series
        Of a DataFrame or an array.

    Examples
    --------
    >>> cells_of(pd.Series(["b", None, "a"])).labels
    ('a', 'b')
    >>> cells_of(pd.Series([1, 2, None], dtype="Int64")).type
    'number'
    """
    plain = column.reset_index(drop=True)
    known = plain.infer_objects() if plain.dtype == object else plain
    dtype = known.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _category(known)
    if isinstance(dtype, pd.SparseDtype):
        return cells_of(pd.Series(np.asarray(known)))
    for is_one, made in _KINDS:
        if is_one(dtype):
            found: Cells = made(known)
            return found
    return _object(known)


def text_of(label: Any) -> str:
    """Return a label as the page, and the model in it, name it."""
    return str(label)


def _boolean(column: pd.Series) -> Cells:
    return Cells("boolean", _floats(column))


def _number(column: pd.Series) -> Cells:
    if column.dtype.kind == "c":
        return absent("Its cells are complex numbers.")
    if column.dtype.kind in "iu":
        known = column[column.notna()]
        if len(known) and max(int(known.max()), -int(known.min())) > numbers.WIDEST:
            wide = _wide(column)
            if wide is not None:
                return wide
    values = _floats(column)
    # Missing cells turn a column of whole numbers into one of floats.
    return Cells("number", values, whole=column.dtype.kind in "iu" or numbers.is_whole(values))


def _wide(column: pd.Series) -> Cells | None:
    """Return whole numbers as texts, where a browser's numbers would make one of several."""
    missing = column.isna().to_numpy()
    whole = [int(value) for value in column[~missing]]
    if all(
        -numbers.WIDEST <= value <= numbers.WIDEST or int(float(value)) == value for value in whole
    ):
        return None
    distinct, codes = np.unique(np.array([*whole, None], dtype=object)[:-1], return_inverse=True)
    found = np.full(len(column), -1)
    found[~missing] = codes
    return _labelled(distinct, found)


def _time(column: pd.Series) -> Cells:
    times = column.dt.tz_convert("UTC").dt.tz_localize(None) if _has_zone(column) else column
    stamps = times.to_numpy(dtype="datetime64[us]")
    values = stamps.astype(np.int64) / 1000.0
    return Cells("time", np.where(np.isnat(stamps), np.nan, values))


def _duration(column: pd.Series) -> Cells:
    """Return durations as numbers of seconds."""
    seconds = column.astype("timedelta64[ns]").dt.total_seconds()
    return Cells("number", np.asarray(seconds, np.float64))


def _period(column: pd.Series) -> Cells:
    return _time(column.dt.to_timestamp())


def _floats(column: pd.Series) -> FloatArray:
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _has_zone(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.DatetimeTZDtype)


def _category(column: pd.Series) -> Cells:
    categories, codes = column.cat.categories, column.cat.codes.to_numpy()
    return _labelled(categories, codes)


def _object(column: pd.Series) -> Cells:
    """Return a column of Python's objects: truth values, numbers, times or labels, else none."""
    missing = column.isna().to_numpy()
    known = column[~missing]
    kind = pd.api.types.infer_dtype(known, skipna=True)
    if kind == "boolean":
        return _boolean(column.astype("boolean"))
    if kind == "integer":
        wide = _wide(column)
        if wide is not None:
            return wide
    if kind in {"mixed", "mixed-integer"} and known.map(_is_real).all():
        kind = "floating"
    if kind in {"empty", "decimal", "mixed-integer-float", "integer", "floating"}:
        return _number(pd.to_numeric(column.where(~missing, np.nan).astype(np.float64)))
    if kind in {"date", "datetime", "datetime64"}:
        times = pd.to_datetime(known, errors="coerce", utc=True)
        return _time(times.reindex(column.index))
    if any(isinstance(value, _NO_LABELS) for value in known.head(1000)):
        return absent("Its cells are neither numbers nor words.")
    distinct, codes = np.unique(known.map(str).to_numpy(dtype=object), return_inverse=True)
    found = np.full(len(column), -1)
    found[~missing] = codes
    return _labelled(distinct, found)


def _is_real(value: Any) -> bool:
    """Whether an object is a number, or a truth value among numbers."""
    return isinstance(value, Real | np.bool_)


def _labelled(labels: Any, codes: AnyArray) -> Cells:
    """Return labels and the positions of each row's; labels that read alike are one."""
    texts = [text_of(label) for label in labels]
    distinct = list(dict.fromkeys(texts))
    if len(distinct) < len(texts):
        places = {text: i for i, text in enumerate(distinct)}
        codes = np.array([*(places[text] for text in texts), -1])[codes]
    values = np.where(codes < 0, np.nan, np.asarray(codes, np.float64))
    return Cells("category", values, tuple(distinct))


def used_only(cells: Cells) -> Cells:
    """Return a category of very many labels with those that its rows have."""
    if len(cells.labels) <= _MOST_LABELS:
        return cells
    known = ~np.isnan(cells.values)
    used, codes = np.unique(cells.values[known].astype(np.int64), return_inverse=True)
    values = np.full(len(cells.values), np.nan)
    values[known] = codes
    return replace(cells, values=values, labels=tuple(cells.labels[i] for i in used))


def _is_wide(values: FloatArray) -> bool:
    """Whether single precision would change whole numbers."""
    return bool(np.nanmax(np.abs(values), initial=0.0) > _WIDEST_SINGLE)


_KINDS: tuple[tuple[Any, Any], ...] = (
    (pd.api.types.is_bool_dtype, _boolean),
    (pd.api.types.is_numeric_dtype, _number),
    (pd.api.types.is_datetime64_any_dtype, _time),
    (lambda dtype: getattr(dtype, "kind", "") == "m", _duration),
    (lambda dtype: isinstance(dtype, pd.PeriodDtype), _period),
)


def written(
    name: str, cells: Cells, arrays: Arrays, key: str, precision: numbers.Precision = numbers.ANY,
    whole: Cells | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a `Column` of the payload, and add its arrays.

    Parameters
    ----------
    name : str
        Of the column.
    cells : Cells
        Of the embedded rows.
    arrays : Arrays
        Where its arrays go.
    key : str
        Their names begin with it.
    precision : Precision
        What may become of its numbers.
    whole : Cells, optional
        Of all rows, whose range is told.
    """
    made: dict[str, Any] = {"name": name, "type": cells.type}
    if cells.absent is not None:
        return made | {"array": "", "absent": cells.absent}
    if cells.type == "boolean":
        found = np.where(np.isnan(cells.values), _MISSING_BOOLEAN, cells.values).astype(np.uint8)
        return made | {"array": arrays.add(key, found)}
    if cells.type == "category":
        cells = used_only(cells)
        kind = codes_type(len(cells.labels))
        codes = np.where(np.isnan(cells.values), np.iinfo(kind).max, cells.values).astype(kind)
        return made | {"array": arrays.add(key, codes), "values": list(cells.labels)}
    if cells.type == "time" or (cells.whole and _is_wide(cells.values)):
        precision = replace(precision, exact=True)
    array, dictionary = numbers.encoded(cells.values, precision)
    made["array"] = arrays.add(key, array)
    if dictionary is not None:
        made["dictionary"] = arrays.add(f"{key}/values", dictionary)
    if cells.whole:
        made["whole"] = True
    return made | {"range": numbers.extent((whole or cells).values)}
