"""Which coalitions a black box is asked for: pairs of a coalition and its complement.

A Shapley value depends only on v(S) - v(complement of S), so nothing is lost by asking in pairs,
and whatever is the same in both cancels. How many pairs a size gets follows the leverage scores of
the regression, which are uniform over sizes: Musco and Witter 2024,
https://doi.org/10.48550/arXiv.2410.01917
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.explanation._arrays import frozen

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

# A size of at most this many times the pairs wanted of it is listed, and drawn from the list.
LISTED = 4


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """Pairs of a coalition and its complement; neither is empty.

    Parameters
    ----------
    members : ndarray of bool, shape (n_pairs, n_features)
        Whether a feature is in the first coalition of a pair; the second holds all others.
    weights : ndarray of shape (n_pairs,)
        Mass of the Shapley kernel that a pair stands for; they add up to 1.
    is_complete : bool
        Every pair there is, each once.
    """

    members: AnyArray
    weights: FloatArray
    is_complete: bool


def design(n_features: int, n_coalitions: int, seed: int) -> Design:
    """Return all coalitions if there are no more than `n_coalitions`, else a draw of them.

    Drawn without replacement. Coalitions of one feature, and of all but one, are always complete:
    with them the regression has full rank.

    Parameters
    ----------
    n_features : int
        At least 1.
    n_coalitions : int
        At least ``2 * n_features``, unless all coalitions are fewer.
    seed : int
        Seed of the draw.

    Returns
    -------
    Design
    """
    if n_all(n_features) <= n_coalitions:
        counts = {s: _n_pairs(n_features, s) for s in range(1, n_features // 2 + 1)}
    else:
        counts = _allocation(n_features, n_coalitions // 2)
    rng = np.random.default_rng(seed)
    members = [_drawn(rng, n_features, size, count) for size, count in counts.items()]
    weights = [np.full(n, _kernel_mass(n_features, size) / n) for size, n in counts.items()]
    none = np.zeros((0, n_features), dtype=bool)
    mass = np.concatenate([np.zeros(0), *weights])
    return Design(
        members=frozen(np.concatenate([none, *members])),
        weights=frozen(mass / mass.sum()),
        is_complete=n_all(n_features) <= n_coalitions,
    )


def n_all(n_features: int) -> int:
    """Return how many coalitions there are beside the empty and the full one."""
    return max(0, (1 << n_features) - 2)


def _allocation(n_features: int, n_pairs: int) -> dict[int, int]:
    """Return how many pairs each size gets: the same for all, and no more than it has."""
    given = {1: n_features}
    left = n_pairs - n_features
    waiting = {size: _leverage(n_features, size) for size in range(2, n_features // 2 + 1)}
    while waiting and left > 0:
        scale = left / sum(waiting.values())
        complete = [s for s, part in waiting.items() if part * scale >= _n_pairs(n_features, s)]
        if not complete:
            return given | _rounded({s: part * scale for s, part in waiting.items()}, left)
        for size in complete:
            del waiting[size]
            given[size] = _n_pairs(n_features, size)
            left -= given[size]
    return given


def _rounded(shares: dict[int, float], total: int) -> dict[int, int]:
    """Return whole numbers that add up to `total`, the largest remainders rounded up."""
    counts = {size: math.floor(share) for size, share in shares.items()}
    by_remainder = sorted(shares, key=lambda size: counts[size] - shares[size])
    for size in by_remainder[: total - sum(counts.values())]:
        counts[size] += 1
    return {size: count for size, count in counts.items() if count}


def _n_pairs(n_features: int, size: int) -> int:
    """Return how many pairs hold a coalition of this size; at half of all, both members do."""
    subsets = math.comb(n_features, size)
    return subsets // 2 if 2 * size == n_features else subsets


def _leverage(n_features: int, size: int) -> float:
    return 1.0 if 2 * size == n_features else 2.0


def _kernel_mass(n_features: int, size: int) -> float:
    """Return the Shapley kernel summed over all coalitions of this size and their complements."""
    return _leverage(n_features, size) / (size * (n_features - size))


def _drawn(rng: np.random.Generator, n_features: int, size: int, count: int) -> AnyArray:
    """Return `count` distinct coalitions of a size, no two complements, (count, n_features)."""
    # At half of all features a pair is told by the coalition that holds the first feature.
    halved = int(2 * size == n_features)
    total = _n_pairs(n_features, size)
    rest, chosen = n_features - halved, size - halved
    if total > LISTED * count:
        members = _sampled(rng, rest, chosen, count)
    else:
        listed = np.array(list(combinations(range(rest), chosen)), dtype=np.int64)
        picked = listed if count == total else listed[rng.permutation(total)[:count]]
        members = _marked(picked, rest)
    return np.pad(members, ((0, 0), (halved, 0)), constant_values=True)


def _sampled(rng: np.random.Generator, n_features: int, size: int, count: int) -> AnyArray:
    """Return distinct random subsets in the order of their draw."""
    members = np.zeros((0, n_features), dtype=bool)
    while len(members) < count:
        keys = rng.random((count, n_features))
        picked = np.argpartition(keys, size - 1, axis=1)[:, :size]
        members = np.concatenate([members, _marked(picked, n_features)])
        _, first = np.unique(np.packbits(members, axis=1), axis=0, return_index=True)
        members = members[np.sort(first)]
    return members[:count]


def _marked(picked: IntArray, n_features: int) -> AnyArray:
    members = np.zeros((len(picked), n_features), dtype=bool)
    np.put_along_axis(members, picked, values=True, axis=1)
    return members
