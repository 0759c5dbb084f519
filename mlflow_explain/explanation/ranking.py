"""Orders of importance: global descending, local by signed value descending."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation._arrays import descending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray


def kept(top_k: int | None) -> int | None:
    """Return the number of entries to keep as a slice's end; None and 0 keep all."""
    if top_k is None:
        return None
    if not isinstance(top_k, Integral) or isinstance(top_k, bool) or top_k < 0:
        raise InvalidInputError(
            "`top_k`, a whole number of 0 (all) or more",
            repr(top_k)[:60],
            "Ask for so many of the largest.",
        )
    return int(top_k) or None


def rank(values: FloatArray) -> list[int]:
    """Return positions, largest value first; ties keep their order."""
    return [int(i) for i in descending(values)]


def local_rank(values: FloatArray) -> list[Any]:
    """Return positions along the feature axis, largest signed value first."""
    nested: list[Any] = descending(values).tolist()
    return nested


def local_values(values: FloatArray, top_k: int | None) -> list[Any]:
    """Return values along the feature axis, largest signed value first."""
    ordered = np.take_along_axis(values, descending(values), axis=-1)
    nested: list[Any] = ordered[..., : kept(top_k)].tolist()
    return nested


def local_names(values: FloatArray, names: Sequence[str], top_k: int | None) -> list[Any]:
    """Return names along the feature axis, largest signed value first."""
    nested: list[Any] = np.asarray(names, dtype=object)[
        descending(values)[..., : kept(top_k)]
    ].tolist()
    return nested
