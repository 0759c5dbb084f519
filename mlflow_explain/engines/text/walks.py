"""Owen values from walks through all tokens: what each adds when it comes, in orders of the parts.

A game near the model's is learnt from the other walks, and its values, which ask for nothing, are
known as well as wanted; a walk tells only what is left: regression-adjusted sampling, Witter et al.
2025, https://doi.org/10.48550/arXiv.2506.11849. No walk is explained by what was learnt from it, so
the estimate is unbiased. It is replaced by the plain one for tokens that changed no answer: 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.engines.text.index_game import fitted
from mlflow_explain.engines.text.structure import Part

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.text.masked_rows import MaskedRow

# Fewer walks tell nothing of their spread; with so many of each, they go back, too.
FEWEST = 3
PAIRED = 4
# Parts of the walks that are explained by a game learnt from the others.
FOLDS = 8
# Steps of the walks that value a learnt game, and such walks at least.
STEPS = 2**17
# Places of players in walks held at a time, for what is asked.
MAX_BYTES = 2**25
# What the mean spread of all tokens counts beside a token's own, in walks.
SHARED = 4
# Of the largest change: smaller ones are none.
ROUNDING = 1e-12


def n_walks(n_players: int, n_asked: int) -> tuple[int, int]:
    """Return how many walks may be asked for, and in how many directions each; 0 if too few."""
    affordable = (n_asked - 1) // max(1, n_players - 1)
    ways = 2 if affordable >= 2 * PAIRED else 1
    n = affordable // ways
    return (n if n >= FEWEST else 0), ways


def walked(
    row: MaskedRow, root: Part, gain: FloatArray, n_asked: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return values that add up to the gain and standard errors, both (n_players, n_outputs).

    Parameters
    ----------
    row : MaskedRow
        What to ask for; with one background row.
    root : Part
        All players.
    gain : ndarray of shape (n_outputs,)
        Answer with all players minus that without any.
    n_asked : int
        What the model may be asked for, in rows: enough for `FEWEST` walks.
    seed : int
        Seed of the walks.

    Raises
    ------
    OutOfTimeError
        Time is bounded, and over.
    """
    rng = np.random.default_rng([seed, root.stop])
    n, ways = n_walks(root.stop, n_asked)
    orders = there_and_back(drawn(rng, root, n))[:, :ways]
    added = np.diff(_answers(row, orders), axis=2)
    game_orders = there_and_back(drawn(rng, root, max(64, STEPS // (2 * root.stop))))
    values, errors = np.empty((2, root.stop, len(gain)))
    # No square of any change is lost in rounding, or too large to be a number.
    unit = np.abs(added).max(axis=(0, 1, 2))
    unit[unit == 0.0] = 1.0
    for k in range(len(gain)):
        time_limit.check()
        by_place = added[..., k] / unit[k]
        found, errors[:, k] = _adjusted(orders, by_place, game_orders)
        changes = _changes(orders, by_place)
        values[:, k] = _settled(found, errors[:, k], changes, gain[k] / unit[k])
    return values * unit, errors * unit


def drawn(rng: np.random.Generator, part: Part, n: int) -> IntArray:
    """Return random orders of a part's players that keep its parts together, (n, n_players)."""
    if not part.children:
        return np.full((n, 1), part.start)
    players = np.concatenate([drawn(rng, child, n) for child in part.children], axis=1)
    sizes = [child.stop - child.start for child in part.children]
    turn = rng.random((n, len(sizes))).argsort(axis=1)
    place = np.repeat(turn, sizes, axis=1).argsort(axis=1, kind="stable")
    return np.take_along_axis(players, place, axis=1)


def there_and_back(orders: IntArray) -> IntArray:
    """Return each order with its reversal, (n_orders, 2, n_players)."""
    return np.stack([orders, orders[:, ::-1]], axis=1)


def _answers(row: MaskedRow, orders: IntArray) -> FloatArray:
    """Return answers along orders, (*orders.shape[:-1], n_players + 1, n_outputs)."""
    n_players = orders.shape[-1]
    place = orders.argsort(axis=-1).reshape(-1, n_players)
    parts = [Part(i, i + 1) for i in range(n_players)]
    n_states = len(place) * (n_players + 1)
    step = max(1, MAX_BYTES // (place.itemsize * n_players))
    found = []
    for first in range(0, n_states, step):
        states = np.arange(first, min(first + step, n_states))
        walk, n_present = np.divmod(states, n_players + 1)
        members = place[walk] < n_present[:, None]
        found.append(row.answers(parts, members, np.zeros_like(states)))
    return np.concatenate(found).reshape(*orders.shape[:-1], n_players + 1, -1)


def _adjusted(
    orders: IntArray, added: FloatArray, game_orders: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return values and standard errors of one output, both (n_players,).

    Parameters
    ----------
    orders, added : ndarray of shape (n_walks, n_ways, n_players)
        Walks, and what the player at each place added.
    game_orders : ndarray of shape (n, 2, n_players)
        Orders that value what is learnt.
    """
    n = len(orders)
    n_folds = min(n, FOLDS)
    fold = np.arange(n) % n_folds
    each = np.empty((n, orders.shape[-1]))
    spread = np.zeros(orders.shape[-1])
    for held in (fold == k for k in range(n_folds)):
        game = fitted(_flat(orders[~held]), added[~held].reshape(-1, orders.shape[-1]))
        known = _by_player(game_orders, game.added(_flat(game_orders)))
        left = added[held] - game.added(_flat(orders[held])).reshape(added[held].shape)
        each[held] = known.mean(axis=0) + _by_player(orders[held], left)
        spread += known.var(axis=0, ddof=1) / len(known) / n_folds
    own = each.var(axis=0, ddof=1)
    # Few walks tell their own spread badly: that of all tokens makes up for one that is too small.
    own = np.maximum(own, ((n - 1) * own + SHARED * own.mean()) / (n - 1 + SHARED))
    # The variance of Student's t.
    own *= (n - 1) / max(1, n - 3)
    return each.mean(axis=0), np.sqrt(own / n + spread)


def _changes(orders: IntArray, added: FloatArray) -> AnyArray:
    """Return which players changed an answer by more than rounding does, (n_players,) of bool."""
    changed = np.bincount(orders.ravel(), np.abs(added).ravel())
    return np.asarray(changed > ROUNDING * changed.max())


def _settled(values: FloatArray, errors: FloatArray, changes: AnyArray, gain: float) -> FloatArray:
    """Return values that add up to the gain: of those that change an answer, by their errors."""
    settled = np.where(changes, values, 0.0)
    weights = np.where(changes, errors**2, 0.0)
    if not weights.any():
        weights = np.maximum(changes, not changes.any()).astype(np.float64)
    settled += (gain - settled.sum()) * weights / weights.sum()
    return settled


def _by_player(orders: IntArray, added: FloatArray) -> FloatArray:
    """Return the mean over both ways of what each player added, (n_walks, n_players)."""
    rank = orders.argsort(axis=-1)
    return np.asarray(np.take_along_axis(added.reshape(orders.shape), rank, axis=-1).mean(axis=1))


def _flat(orders: IntArray) -> IntArray:
    return orders.reshape(-1, orders.shape[-1])
