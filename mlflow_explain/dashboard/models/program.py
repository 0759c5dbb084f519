"""`Program`: the operations that make a model's slots of columns, written one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.models import cells
from mlflow_explain.dashboard.models.values import CannotExportError, Input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import Rows
    from mlflow_explain.dashboard.models.values import Json

_DOUBLE = np.dtype(np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class Symbol:
    """A column somewhere in the preprocessing.

    Parameters
    ----------
    register : int
        Where its cells are.
    name : str
        The raw column it is, or is made from, for messages.
    dtype : dtype
        Of its numbers, as transformers see them; object of texts.
    is_text, is_time : bool
        Whether it holds texts, or times.
    values : mapping of str to object
        Values by the texts that stand for them.
    missing : object
        How a missing cell is written in a column of objects: None or NaN; Ellipsis in any other,
        and where none is missing.
    renamed : mapping of (str or None) to (str or None)
        Texts that have been replaced by others since they were read.
    """

    register: int
    name: str
    dtype: np.dtype[Any] = _DOUBLE
    is_text: bool = False
    is_time: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    missing: Any = ...
    renamed: Mapping[str | None, str | None] = field(default_factory=dict)

    @property
    def is_single(self) -> bool:
        """Whether transformers compute it in single precision."""
        return self.dtype == np.float32


class Program:
    """Columns of a table, and the operations on them so far.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix
        Some rows, to see what their columns hold.
    names : sequence of str
        Names of the columns.
    """

    def __init__(self, rows: Rows, names: Sequence[str]) -> None:
        columns = list(cells.columns_of(rows, range(len(names))))
        self.inputs = [
            Input(name, cells.type_of(column)) for name, column in zip(names, columns, strict=True)
        ]
        self.operations: list[Json] = []
        self._made: dict[str, int] = {}
        self.columns = [
            _symbol(i, given, column)
            for i, (given, column) in enumerate(zip(self.inputs, columns, strict=True))
        ]

    def add(self, op: str, **fields: Any) -> int:
        """Return the register of an operation; the same one is made once only."""
        operation = {"op": op, **fields}
        key = repr(operation)
        if key not in self._made:
            self.operations.append(operation)
            self._made[key] = len(self.inputs) + len(self.operations) - 1
        return self._made[key]

    def number(self, symbol: Symbol) -> Symbol:
        """Return a column that must hold numbers; categories that are numbers are theirs."""
        if symbol.is_text and not symbol.renamed and _are_numbers(symbol.values):
            made = self.add(
                "lookup", of=symbol.register, keys=list(symbol.values),
                values=[float(value) for value in symbol.values.values()], other=None, missing=None,
            )  # fmt: skip
            return replace(symbol, register=made, dtype=_DOUBLE, is_text=False)
        if symbol.is_text:
            raise CannotExportError(f"its column {symbol.name} of words is taken for numbers")
        if symbol.is_time:
            raise CannotExportError(f"its column {symbol.name} holds times")
        return symbol

    def made(self, symbol: Symbol, op: str, dtype: Any = None, **fields: Any) -> Symbol:
        """Return what an operation makes of a column of numbers, rounded as its type is."""
        symbol = self.number(symbol)
        kind = symbol.dtype if dtype is None else np.dtype(dtype)
        made = self.add(op, of=symbol.register, **fields)
        if kind == np.float32:
            made = self.add("apply", of=made, name="float32")
        return replace(symbol, register=made, dtype=kind)

    def constant(self, value: float, name: str = "") -> Symbol:
        """Return a column that is the same everywhere."""
        return Symbol(self.add("constant", value=float(value)), name)

    def without(self, symbol: Symbol, value: float) -> Symbol:
        """Return a column of numbers where one number is missing."""
        gap = self.add("lookup", of=symbol.register, keys=[float(value)], values=[None],
                       other=1.0, missing=None)  # fmt: skip
        return replace(symbol, register=self.add("product", of=[[symbol.register, 1], [gap, 1]]))

    def finished(self, slots: Sequence[int]) -> tuple[list[Input], list[Json], list[int]]:
        """Return inputs, operations and slots, without what no slot needs."""
        n_inputs = len(self.inputs)
        needed = set(slots)
        for i in reversed(range(len(self.operations))):
            if n_inputs + i in needed:
                needed |= set(sources_of(self.operations[i]))
        kept = sorted(needed)
        place = {register: i for i, register in enumerate(kept)}
        return (
            [self.inputs[i] for i in kept if i < n_inputs],
            [_moved(self.operations[i - n_inputs], place) for i in kept if i >= n_inputs],
            [place[slot] for slot in slots],
        )


def sources_of(operation: Json) -> list[int]:
    """Return the registers an operation reads."""
    of = operation.get("of", [])
    if isinstance(of, int):
        return [of]
    return [item[0] if isinstance(item, list) else item for item in of]


def _moved(operation: Json, place: Mapping[int, int]) -> Json:
    """Return an operation on registers that have moved."""
    if "of" not in operation:
        return operation
    of = operation["of"]
    if isinstance(of, int):
        return {**operation, "of": place[of]}
    moved = [[place[i[0]], i[1]] if isinstance(i, list) else place[i] for i in of]
    return {**operation, "of": moved}


def _are_numbers(values: Mapping[str, Any]) -> bool:
    kinds = (int, float, np.number, np.bool_)
    return bool(values) and all(isinstance(value, kinds) for value in values.values())


def _symbol(register: int, given: Input, column: Any) -> Symbol:
    gaps = column[column.isna()] if column.dtype == object else column[:0]
    missing = gaps.iloc[0] if len(gaps) else ...
    if given.type != "category":
        dtype = column.dtype if isinstance(column.dtype, np.dtype) else _DOUBLE
        is_time = given.type == "time" or dtype.kind in "mM"
        dtype = dtype if dtype.kind in "iufb" else _DOUBLE
        return Symbol(register, given.name, dtype, is_time=is_time, missing=missing)
    return Symbol(
        register, given.name, np.dtype(object), is_text=True,
        values=cells.values_of(column), missing=missing,
    )  # fmt: skip
