"""What else is present when the parts of a whole are told apart.

Siblings of the whole, and of each part around it, are there or not independently at each level: as
many as a uniform draw says, and each subset of that size alike. This is how often they come before
it in the orders that keep all parts together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False, slots=True)
class Contexts:
    """Contexts of one whole.

    Parameters
    ----------
    members : ndarray of bool, shape (..., n_siblings)
        Siblings that are present, level by level.
    background : ndarray of int, shape (...)
        Position of the background row whose cells stand for absent columns.
    """

    members: AnyArray
    background: IntArray


def n_contexts(siblings: Sequence[int], n_background: int) -> int:
    """Return how many contexts there are, for numbers of siblings at each level."""
    return (1 << sum(siblings)) * n_background


def every(siblings: Sequence[int], n_background: int) -> tuple[Contexts, FloatArray]:
    """Return all contexts, and their probabilities, (n_contexts,)."""
    total = sum(siblings)
    members = (np.arange(1 << total)[:, None] >> np.arange(total)) & 1 == 1
    weights = np.full(len(members), 1.0 / n_background)
    for first, last in pairwise(np.cumsum([0, *siblings]).tolist()):
        size = members[:, first:last].sum(axis=1)
        weights /= (last - first + 1) * special.binom(last - first, size)
    background = np.repeat(np.arange(n_background), len(members))
    everywhere = np.tile(members, (n_background, 1))
    return Contexts(everywhere, background), np.tile(weights, n_background)


def drawn(
    rng: np.random.Generator, siblings: Sequence[int], n_background: int, n_drawn: int
) -> Contexts:
    """Return contexts at random, each with its complement: (n_drawn, 2, n_siblings).

    Whatever grows with the number of siblings present is the same in the mean of both. Sizes and
    background rows are spread evenly over the draws.
    """
    levels = [np.zeros((n_drawn, 0), dtype=bool)]
    for n in siblings:
        rank = rng.random((n_drawn, n)).argsort(axis=1).argsort(axis=1)
        levels.append(rank < _even(rng, n + 1, n_drawn)[:, None])
    members = np.concatenate(levels, axis=1)
    row = _even(rng, n_background, n_drawn)
    # The complement of a background row: another one.
    other = (row + n_background // 2) % n_background
    both = np.stack([members, ~members], axis=1)
    return Contexts(both, np.stack([row, other], axis=1))


def _even(rng: np.random.Generator, n: int, n_drawn: int) -> IntArray:
    """Return draws of 0..n-1, each uniform and all together as even as can be."""
    begun = rng.integers(n)
    return np.asarray(rng.permutation((begun + np.arange(n_drawn)) % n))
