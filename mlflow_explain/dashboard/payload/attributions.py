"""Attributions of the embedded rows as small integers, each column with a scale of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.dashboard.payload.block import Arrays
    from mlflow_explain.explanation import LocalImportance

_LARGEST = 2**15 - 1
UNKNOWN = -(2**15)
# Of many features those are kept that are among the first so many of some row.
OF_A_ROW = 10


def written(
    local: LocalImportance, kept: IntArray, rows: IntArray, arrays: Arrays, key: str
) -> dict[str, Any]:
    """Return the `LocalValues` of some features and rows, and add their arrays.

    Parameters
    ----------
    local : LocalImportance
        Of all rows.
    kept : ndarray
        Features with attributions of their own.
    rows : ndarray
        Positions of the embedded rows.
    arrays : Arrays
        Where the arrays go.
    key : str
        Their names begin with it.
    """
    values = local.values[np.ix_(rows, kept)].transpose(2, 1, 0)
    codes, scale = coded(values)
    made = {
        "array": arrays.add(f"{key}/attributions", codes),
        "scale": scale.tolist(),
        "features": kept.tolist(),
        "baseValues": [base if np.isfinite(base) else None for base in local.base_values.tolist()],
    }
    rest = _rest(local, kept, rows)
    if rest is not None:
        made["rest"] = arrays.add(f"{key}/rest", rest.astype(np.float32))
    return made


def coded(values: FloatArray) -> tuple[AnyArray, FloatArray]:
    """Return numbers (outputs, features, rows) as int16, and a scale for each column of rows."""
    known = np.isfinite(values)
    largest = np.abs(np.where(known, values, 0.0)).max(axis=2, initial=0.0)
    scale = largest / _LARGEST
    by = np.where(scale > 0, scale, 1.0)[:, :, None]
    codes = np.rint(np.where(known, values, 0.0) / by).astype(np.int16)
    codes[~known] = UNKNOWN
    return codes, scale


def _rest(local: LocalImportance, kept: IntArray, rows: IntArray) -> FloatArray | None:
    """Return the sum of the attributions that are not kept, (outputs, rows)."""
    others = np.setdiff1d(np.arange(local.n_features), kept)
    if not len(others) and local.rest is None:
        return None
    total = local.values[np.ix_(rows, others)].sum(axis=1)
    return np.asarray((total if local.rest is None else total + local.rest[rows]).T)


def among_the_first(local: LocalImportance, rows: IntArray, most: int) -> IntArray:
    """Return features that are among the first of some row: at most so many, the most often first.

    Parameters
    ----------
    local : LocalImportance
        Attributions.
    rows : ndarray
        Positions of the rows that count.
    most : int
        How many features at most.
    """
    size = np.abs(np.nan_to_num(local.values[rows])).mean(axis=2)
    n_first = min(OF_A_ROW, size.shape[1])
    weight = np.zeros(size.shape[1])
    left = size.copy()
    for place in range(n_first):
        first = left.argmax(axis=1)
        is_one = left[np.arange(len(left)), first] > 0
        # The first of a row counts more than its second.
        weight += np.bincount(first[is_one], minlength=len(weight)) / (1 + place)
        left[np.arange(len(left)), first] = 0.0
    order = np.argsort(-weight, kind="stable")[:most]
    return np.sort(order[weight[order] > 0])
