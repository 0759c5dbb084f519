"""Values of Owen and Winter by their definition: all orders that keep parts together."""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def orders(parts: Any) -> Iterator[tuple[int, ...]]:
    """Yield the orders of the players of nested tuples in which those of a tuple stay together."""
    if isinstance(parts, int):
        yield (parts,)
        return
    for of_parts in permutations(parts):
        for each in product(*(list(orders(part)) for part in of_parts)):
            yield tuple(player for one in each for player in one)


def owen(value: Callable[[frozenset[int]], np.ndarray], parts: Any) -> np.ndarray:
    """Return each player's mean addition over all these orders, (n_players, n_outputs)."""
    known: dict[frozenset[int], np.ndarray] = {}

    def kept(members: frozenset[int]) -> np.ndarray:
        if members not in known:
            known[members] = np.atleast_1d(value(members))
        return known[members]

    every = list(orders(parts))
    phi = np.zeros((len(every[0]), len(kept(frozenset()))))
    for order in every:
        for i, player in enumerate(order):
            before = frozenset(order[:i])
            phi[player] += kept(before | {player}) - kept(before)
    return phi / len(every)
