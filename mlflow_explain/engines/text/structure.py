"""How the players of a text belong together: tokens in sentences, sentences in blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import IntArray

# Parts of one whole, at most; more of them are put into blocks of consecutive ones.
MAX_SENTENCES = 32
MAX_TOKENS = 64


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Consecutive players, and the parts they are in.

    Parameters
    ----------
    start, stop : int
        From player `start` to before `stop`.
    children : tuple of Part
        What it is made of, two or more; none where it is one player.
    """

    start: int
    stop: int
    children: tuple[Part, ...] = ()
    n_inside: int = field(init=False)

    def __post_init__(self) -> None:
        inside = sum(1 + child.n_inside for child in self.children)
        object.__setattr__(self, "n_inside", inside)


def structure(sentence: IntArray, n_beside: int = 0) -> Part | None:
    """Return the parts of a text and of the columns beside it; None if there is no player.

    Parameters
    ----------
    sentence : ndarray of int, shape (n_tokens,)
        Number of each token's sentence, in order.
    n_beside : int
        Columns beside the text: players that follow the tokens. The text stands beside them as
        one part.
    """
    n_tokens = len(sentence)
    tokens = [Part(i, i + 1) for i in range(n_tokens)]
    cuts = np.flatnonzero(np.diff(sentence, prepend=-1)).tolist()
    sentences = [_whole(tokens[a:b], MAX_TOKENS) for a, b in pairwise([*cuts, n_tokens])]
    top = [_whole(sentences, MAX_SENTENCES)] if sentences else []
    top += [Part(n_tokens + j, n_tokens + j + 1) for j in range(n_beside)]
    return _whole(top, len(top)) if top else None


def _whole(parts: Sequence[Part], most: int) -> Part:
    """Return what parts make together, in blocks of even sizes if there are more than `most`."""
    while len(parts) > most:
        levels = math.ceil(math.log(len(parts), most))
        size = math.ceil(len(parts) ** (1.0 / levels))
        ends = np.linspace(0, len(parts), math.ceil(len(parts) / size) + 1).astype(int).tolist()
        parts = [_union(parts[a:b]) for a, b in pairwise(ends)]
    return _union(parts)


def _union(parts: Sequence[Part]) -> Part:
    # What has one part only is that part.
    return parts[0] if len(parts) == 1 else Part(parts[0].start, parts[-1].stop, tuple(parts))
