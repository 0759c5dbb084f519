"""How many rows a page holds: all, or as many as its size allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlflow_explain.dashboard.payload import sample
from mlflow_explain.dashboard.payload.block import packed, zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from mlflow_explain._typing import IntArray
    from mlflow_explain.dashboard.payload.block import Arrays

# Rows that are compressed to see how many fit, and how often that is asked.
_PIECE, _ROUNDS = 2000, 5
# As near to the allowed size as is near enough.
_FILLED = 0.9
_SAFE = 0.98


class Fitted(NamedTuple):
    """A page's block that fits.

    Parameters
    ----------
    rows : ndarray
        Positions of the embedded rows.
    block : bytes
        Compressed.
    """

    rows: IntArray
    block: bytes


def fitted(
    made: Callable[[IntArray], tuple[dict[str, Any], Arrays]],
    strata: IntArray,
    room: int,
    seed: int,
) -> Fitted:
    """Return a block of as many rows as there is room for.

    Parameters
    ----------
    made : callable
        Positions of rows -> payload and arrays.
    strata : ndarray of shape (n_rows,)
        Stratum of each row.
    room : int
        Bytes of the compressed block at most.
    seed : int
        Of the sample.

    Notes
    -----
    Each round compresses what it would embed: first a piece, then as many rows as follow from it.
    Where not even the explanation without rows has room, it is embedded all the same.
    """
    n_rows = len(strata)
    none = _block(made, np.zeros(0, np.int64))
    best = Fitted(np.zeros(0, np.int64), none)
    wanted, known = min(n_rows, _PIECE), -1
    for _ in range(_ROUNDS):
        if wanted <= len(best.rows) or wanted == known:
            break
        rows = sample.stratified(strata, wanted, seed)
        block = _block(made, rows)
        if len(block) <= room:
            best = Fitted(rows, block)
            if wanted == n_rows or (known > 0 and len(block) > _FILLED * room):
                break
        per_row = max(len(block) - len(none), 1) / wanted
        known, wanted = wanted, min(n_rows, int(_SAFE * (room - len(none)) / per_row))
    return best


def _block(made: Callable[[IntArray], tuple[dict[str, Any], Arrays]], rows: IntArray) -> bytes:
    payload, arrays = made(rows)
    return zipped(packed(payload, arrays.known))
