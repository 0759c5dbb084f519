"""Operations of imputers: numbers are filled, words are renamed where they are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.models.program import Symbol
from mlflow_explain.dashboard.models.values import CannotExportError
from mlflow_explain.dashboard.payload.cells import text_of

if TYPE_CHECKING:
    from mlflow_explain.dashboard.models.program import Program


def filled_in(imputer: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    """Return the outputs of a `SimpleImputer`, its indicators last."""
    statistics = list(imputer.statistics_)
    keeps = imputer.keep_empty_features or imputer.strategy == "constant"
    kept = imputer.strategy in {"most_frequent", "constant"}
    if not kept:
        symbols = [program.number(symbol) for symbol in symbols]
    made = [
        symbol
        if kept and _is_none(symbol, imputer.missing_values)
        else _filled(symbol, imputer.missing_values, value, program)
        for symbol, value in zip(_of_one_kind(symbols), statistics, strict=True)
        if keeps or not _is_nan(value)
    ]
    if imputer.indicator_ is None:
        return made
    # Beside words, the indicators are objects, too; a register holds numbers all the same.
    return made + indicated(imputer.indicator_, symbols, program)


def _is_none(symbol: Symbol, missing: Any) -> bool:
    """Whether gaps of a column are None, which is no NaN in a column of objects."""
    return not symbol.is_text and symbol.missing is None and _is_nan(missing)


def _of_one_kind(symbols: list[Symbol]) -> list[Symbol]:
    """Return numbers in the type that all of them have together; words stay."""
    numbers = [symbol for symbol in symbols if not symbol.is_text]
    if not numbers or len(numbers) < len(symbols):
        return symbols
    common = np.result_type(*(symbol.dtype for symbol in numbers))
    return [replace(symbol, dtype=common) for symbol in numbers]


def _filled(symbol: Symbol, missing: Any, value: Any, program: Program) -> Symbol:
    """Return a column with a statistic where it is missing, or where it is a certain value."""
    if symbol.is_text:
        return _renamed(symbol, missing, value)
    number = _fill_of(value)
    if not _is_nan(missing):
        if missing is None:
            return symbol
        symbol = program.without(symbol, float(missing))
    if symbol.is_single:
        number = float(np.float32(number))
    return replace(symbol, register=program.add("fill", of=symbol.register, value=number))


def _fill_of(value: Any) -> float:
    if isinstance(value, str):
        raise CannotExportError("an imputer fills words into a column of numbers")
    return 0.0 if value is None else float(value)


def _renamed(symbol: Symbol, missing: Any, value: Any) -> Symbol:
    """Return a column of texts with another one in place of what is taken for missing."""
    renamed = dict(symbol.renamed)
    if _is_nan(missing) or missing is None:
        written_so = symbol.missing is ... or (symbol.missing is None) == (missing is None)
        gone: list[str | None] = [None] if written_so and None not in renamed else []
    else:
        gone = [text_of(missing)] if text_of(missing) not in renamed else []
    wanted = None if _is_nan(missing) or missing is None else text_of(missing)
    gone += [text for text, to in renamed.items() if to == wanted]
    return replace(symbol, renamed=renamed | dict.fromkeys(gone, text_of(value)))


def indicated(indicator: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    """Return the outputs of a `MissingIndicator`."""
    made = []
    for i in indicator.features_:
        symbol, missing = symbols[i], indicator.missing_values
        if not _is_nan(missing):
            key = text_of(missing) if symbol.is_text else missing
            register = program.add("among", of=symbol.register,
                                   values=[None if missing is None else key])  # fmt: skip
        else:
            register = program.add("missing", of=symbol.register)
        made.append(Symbol(register, symbol.name))
    return made


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
