"""The page's operations in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.stats import yeojohnson

from mlflow_explain.dashboard.models.cells import Texts
from mlflow_explain.dashboard.models.values import CannotExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.dashboard.models.values import Json

    # Cells of a register: numbers, or texts.
    Register: TypeAlias = FloatArray | Texts

# What the functions are that the page knows by name.
_FUNCTIONS: dict[str, Callable[[FloatArray], AnyArray]] = {
    "log": np.log, "log1p": np.log1p, "log2": np.log2, "log10": np.log10, "exp": np.exp,
    "expm1": np.expm1, "sqrt": np.sqrt, "square": np.square, "abs": np.abs, "sign": np.sign,
    "reciprocal": np.reciprocal, "negative": np.negative,
    "float32": lambda x: x.astype(np.float32),
}  # fmt: skip


def computed(operation: Json, registers: Sequence[Register]) -> FloatArray:
    """Return what an operation makes of registers."""
    with np.errstate(all="ignore"):
        made = _OPERATIONS[operation["op"]](operation, registers)
    return np.asarray(made, dtype=np.float64)


def numbers_of(registers: Sequence[Register], register: int) -> FloatArray:
    """Return a register of numbers."""
    values = registers[register]
    if isinstance(values, Texts):
        raise CannotExportError("words are taken for numbers")
    return values


def _among(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values = operation["values"]
    inside, outside = operation.get("otherwise", (1.0, 0.0))
    column = registers[operation["of"]]
    if isinstance(column, Texts):
        # The last is of missing cells, whose code is -1; the one before of texts no cell has.
        of_text = np.zeros(len(column.values) + 2, dtype=bool)
        place = [-1 if value is None else column.place.get(value, -2) for value in values]
        of_text[np.array(place, dtype=np.int64)] = True
        found = of_text[column.codes]
    else:
        found = _is_one_of(column, [value for value in values if value is not None])
        if None in values:
            found |= np.isnan(column)
    return np.asarray(np.where(found, inside, outside))


def _is_one_of(numbers: FloatArray, values: list[float]) -> AnyArray:
    # One number, as of a one-hot column, is found without sorting.
    return numbers == values[0] if len(values) == 1 else np.isin(numbers, values)


def _lookup(operation: Json, registers: Sequence[Register]) -> AnyArray:
    nan = float("nan")
    values = [nan if value is None else value for value in operation["values"]]
    table = dict(zip(operation["keys"], values, strict=True))
    other, missing = (nan if operation[n] is None else operation[n] for n in ("other", "missing"))
    column = registers[operation["of"]]
    if isinstance(column, Texts):
        of_text = [table.get(text, other) for text in column.values]
        return np.array([*of_text, missing])[column.codes]
    keys = np.array(list(table), dtype=np.float64)
    order = np.argsort(keys)
    if not len(keys):
        return np.where(np.isnan(column), missing, other)
    at = np.minimum(np.searchsorted(keys[order], column), len(keys) - 1)
    found = np.array(list(table.values()), dtype=np.float64)[order][at]
    known = np.where(keys[order][at] == column, found, other)
    return np.where(np.isnan(column), missing, known)


def _fill(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values = numbers_of(registers, operation["of"])
    return np.where(np.isnan(values), operation["value"], values)


def _missing(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values = registers[operation["of"]]
    return values.codes < 0 if isinstance(values, Texts) else np.isnan(values)


def _scale(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values = numbers_of(registers, operation["of"])
    return np.asarray((values - operation["minus"]) / operation["by"])


def _apply(operation: Json, registers: Sequence[Register]) -> AnyArray:
    return _FUNCTIONS[operation["name"]](numbers_of(registers, operation["of"]))


def _affine(operation: Json, registers: Sequence[Register]) -> AnyArray:
    made = numbers_of(registers, operation["of"]) * operation["times"] + operation["plus"]
    return np.asarray(np.clip(made, *operation["clip"]) if "clip" in operation else made)


def _power(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values, power = numbers_of(registers, operation["of"]), operation["lambda"]
    if operation["method"] == "yeo-johnson":
        return np.asarray(yeojohnson(values, power))
    return np.log(values) if power == 0 else np.expm1(power * np.log(values)) / power


def _bin(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values = numbers_of(registers, operation["of"])
    return np.searchsorted(np.array(operation["edges"]), values, side="right")


def _interpolate(operation: Json, registers: Sequence[Register]) -> AnyArray:
    values = numbers_of(registers, operation["of"])
    return np.interp(values, operation["x"], operation["y"])


def _product(operation: Json, registers: Sequence[Register]) -> AnyArray:
    made: Any = 1.0
    for register, power in operation["of"]:
        made = made * numbers_of(registers, register) ** power
    return np.asarray(made)


def _dot(operation: Json, registers: Sequence[Register]) -> AnyArray:
    made: Any = operation["plus"]
    for register, weight in zip(operation["of"], operation["weights"], strict=True):
        made = made + numbers_of(registers, register) * weight
    return np.asarray(made)


_OPERATIONS: dict[str, Callable[[Json, Sequence[Register]], AnyArray]] = {
    "constant": lambda operation, _: np.array(operation["value"]),
    "fill": _fill,
    "missing": _missing,
    "scale": _scale,
    "affine": _affine,
    "among": _among,
    "lookup": _lookup,
    "apply": _apply,
    "power": _power,
    "bin": _bin,
    "interpolate": _interpolate,
    "product": _product,
    "dot": _dot,
}
