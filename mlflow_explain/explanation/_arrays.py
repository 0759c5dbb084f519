"""Small helpers that keep the values' arrays safe and uniform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray


def frozen(array: AnyArray) -> AnyArray:
    """Return a read-only view; the caller's own array stays writable."""
    view = array.view()
    view.flags.writeable = False
    return view


def frozen_floats(values: Any) -> FloatArray:
    """Return `values` as a read-only float64 array, without a copy where none is needed."""
    return frozen(np.asarray(values, dtype=np.float64))


def descending(values: FloatArray) -> AnyArray:
    """Positions along the last axis, largest value first; ties keep their order."""
    return np.argsort(-values, axis=-1, kind="stable")


def largest(values: FloatArray, top_k: int | None) -> AnyArray:
    """Positions of the `top_k` largest absolute values along the last axis, largest first."""
    order = descending(np.abs(values))
    return order if top_k is None else order[..., :top_k]


def plain(label: Any) -> Any:
    """Return numpy's words, numbers and truth values as Python's own; times stay as they are."""
    is_time = isinstance(label, np.datetime64 | np.timedelta64)
    return label.item() if isinstance(label, np.generic) and not is_time else label
