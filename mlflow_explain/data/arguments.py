"""Checks of arguments, each with an error that names the argument."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

Known = TypeVar("Known")

# Seeds that numpy and scikit-learn take.
MAX_SEED = 2**32 - 1


def whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return a whole number within bounds, both included; a truth value is none.

    Parameters
    ----------
    name : str
        The argument's name, as the user wrote it.
    value : object
        What was passed.
    least, most : int
        Bounds; no upper one by default.

    Raises
    ------
    InvalidInputError
        The value is no whole number, or out of bounds.
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if is_whole and least <= int(value) and (most is None or int(value) <= most):
        return int(value)
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    raise InvalidInputError(
        f"{name} to be a whole number {bounds}", shown(value), "Pass such a number."
    )


def whole_or_none(name: str, value: Any, least: int) -> int | None:
    """Return a whole number as `whole` does; None stays None."""
    return None if value is None else whole(name, value, least)


def seconds(name: str, value: Any) -> float:
    """Return a time: a finite number above 0; a truth value is none."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if is_number and 0.0 < float(value) < math.inf:
        return float(value)
    raise InvalidInputError(
        f"{name} to be a number of seconds above 0", shown(value), "Pass such a number."
    )


def seed_of(value: Any) -> int:
    """Return a seed, from 0 to 2**32 - 1."""
    return whole("seed", value, 0, MAX_SEED)


def one_of(name: str, value: Any, known: Sequence[Known], hint: str = "") -> Known:
    """Return one of the values there are, all of one kind; `hint` is put behind the error."""
    for each in known:
        if isinstance(value, type(each)) and value == each:
            return each
    raise InvalidInputError(
        f"{name} to be one of {', '.join(map(str, known))}",
        shown(value),
        f"Choose one of them. {hint}".rstrip(),
    )


def truth(name: str, value: Any) -> bool:
    """Return True or False; anything else, rows passed in the wrong place say, is neither."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise InvalidInputError(
        f"{name} to be True or False",
        shown(value),
        "Pass one of them; other arguments by their names.",
    )


def shown(value: Any) -> str:
    """Return a word or a number as it is, and of anything else its type: it may hold rows."""
    if value is None or isinstance(value, str | bool | int | float | np.generic):
        return repr(value)[:60]
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
