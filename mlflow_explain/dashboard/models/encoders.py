"""Operations of encoders: what a fitted encoder makes of each category, found by asking it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.models.program import Symbol
from mlflow_explain.dashboard.payload.cells import text_of
from mlflow_explain.data.handlers import HANDLERS
from mlflow_explain.data.kinds import class_names
from mlflow_explain.data.table import dense

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.dashboard.models.program import Program

# Encoders that refuse a category they do not know; in the page it is none of those known.
_REFUSES = "error"


def encoded(encoder: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    """Return the outputs of a fitted encoder of categories, column by column."""
    table, known = _asked(encoder)
    kind = table.dtype if table.dtype.kind == "f" else np.dtype(np.float64)
    keys = [_keys(symbol, values) for symbol, values in zip(symbols, known, strict=True)]
    made = []
    for output, column in enumerate(_column_of(encoder, len(symbols))):
        symbol, values = symbols[column], table[:, output].astype(np.float64)
        is_one_hot = bool(np.isin(values, (0.0, 1.0)).all())
        write = _one_of if is_one_hot else _looked_up
        made.append(Symbol(write(keys[column], values, symbol, program), symbol.name, kind))
    return made


def one_hot(symbol: Symbol, n_values: int, program: Program) -> list[Symbol]:
    """Return a column of zeros and ones per number from 0 to `n_values` - 1."""
    return [program.made(symbol, "among", values=[float(i)]) for i in range(n_values)]


def _column_of(encoder: Any, n_in: int) -> list[int]:
    """Return the column each output is made from."""
    names = class_names(encoder)
    handler = next(HANDLERS[name] for name in HANDLERS if name in names)
    return [int(i) for i in handler(encoder, n_in, None, False).indices]


def _asked(encoder: Any) -> tuple[AnyArray, list[list[Any]]]:
    """Return what the encoder makes of each category, (n_asked, n_outputs), and the categories.

    Ellipsis stands for a category that it does not know.
    """
    known = [list(values) for values in encoder.categories_]
    refuses = getattr(encoder, "handle_unknown", "ignore") == _REFUSES
    asked = [[*values, *([] if refuses else [...])] for values in known]
    size = max(len(values) for values in asked)
    columns = [
        _series([_unknown(known[i]) if v is ... else v for v in values], size, encoder, i)
        for i, values in enumerate(asked)
    ]
    names = getattr(encoder, "feature_names_in_", None)
    rows: Any = pd.concat(columns, axis=1)
    if names is None:
        rows = rows.to_numpy()
    else:
        rows.columns = names
    with warnings.catch_warnings():
        # Of the unknown category, which is asked for on purpose.
        warnings.simplefilter("ignore", UserWarning)
        answer = encoder.transform(rows)
    return dense(answer), asked


def _series(values: list[Any], size: int, encoder: Any, column: int) -> pd.Series:
    """Return values as a column of a table, filled up with the first."""
    dtype = encoder.categories_[column].dtype
    filled = [*values, *[values[0]] * (size - len(values))]
    return pd.Series(filled, dtype=dtype if dtype.kind in "iuf" else object, name=str(column))


def _unknown(known: list[Any]) -> Any:
    """Return a category that is none of those known, of their kind."""
    present = [value for value in known if not pd.isna(value)]
    if all(isinstance(value, str) for value in present):
        return max(present, key=len, default="") + "_"
    return max(present) + 1


def _keys(symbol: Symbol, known: list[Any]) -> list[list[Any]]:
    """Return the texts or numbers of the page that are each category; None where missing.

    Those of the category that an encoder does not know are an Ellipsis.
    """
    texts = {value: text for text, value in symbol.values.items()}
    found: list[list[Any]] = []
    for category in known:
        if category is ...:
            found.append([...])
        elif pd.isna(category):
            own = None not in symbol.renamed and _is_written_so(symbol.missing, category)
            found.append([None] * own + [text for text, to in symbol.renamed.items() if to is None])
        elif not symbol.is_text:
            found.append([float(category)])
        else:
            name = text_of(category)
            text = texts.get(category, name)
            kept = [] if text in symbol.renamed else [text]
            found.append(kept + [text for text, to in symbol.renamed.items() if to == name])
    return found


def _is_written_so(missing: Any, category: Any) -> bool:
    """Whether a gap in the rows is the gap an encoder knows: to it, None and NaN are two things."""
    return missing is ... or (missing is None) == (category is None)


def _one_of(keys: list[list[Any]], values: FloatArray, symbol: Symbol, program: Program) -> int:
    """Return the register of an output of zeros and ones.

    Parameters
    ----------
    keys : list of list
        Of each category that was asked for, as of `_keys`.
    values : ndarray of shape (n_asked, ...)
        What the encoder makes of each; columns of fewer categories are filled up.
    symbol : Symbol
        The column.
    program : Program
        Takes the operation.
    """
    values = values[: len(keys)]
    if _other(keys, values) == 0.0:
        among = [key for i in np.flatnonzero(values) for key in keys[i]]
        return program.add("among", of=symbol.register, values=among)
    among = [key for i in np.flatnonzero(values == 0.0) for key in keys[i]]
    return program.add("among", of=symbol.register, values=among, otherwise=[0.0, 1.0])


def _looked_up(keys: list[list[Any]], values: FloatArray, symbol: Symbol, program: Program) -> int:
    """Return the register of an output of any numbers; parameters as of `_one_of`."""
    other = _other(keys, values)
    pairs = [
        (key, float(value))
        for own, value in zip(keys, values, strict=False)
        for key in own
        if key is not ...
    ]
    present = {key: _plain(value) for key, value in pairs if key is not None}
    return program.add(
        "lookup", of=symbol.register, keys=list(present), values=list(present.values()),
        other=_plain(other), missing=_plain(dict(pairs).get(None, other)),
    )  # fmt: skip


def _other(keys: list[list[Any]], values: FloatArray) -> float:
    """Return what becomes of categories that are not known; 0 where they are refused."""
    return float(values[len(keys) - 1]) if keys[-1] == [...] else 0.0


def _plain(value: float) -> float | None:
    """Return a number as JSON has it."""
    return None if np.isnan(value) else float(value)
