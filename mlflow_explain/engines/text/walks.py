"""Owen values from walks through all tokens: what each adds when it comes, in orders of the parts.

A game near the model's is learnt from the other walks, and its values, which ask for nothing, are
known as well as wanted; a walk tells only what is left: regression-adjusted sampling, Witter et al.
2025, https://doi.org/10.48550/arXiv.2506.11849. No walk is explained by what was learnt from it, so
the estimate is unbiased. `null_players` are worth 0 instead, and the others what that leaves.

Where a token changes an answer seldom, as one of many that say the same, few walks tell little of
its spread: its error is not smaller than that of the same word elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.engines.text.index_game import fitted
from mlflow_explain.engines.text.null_players import PER_GROUP, null_players
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
# What the mean variance of all players counts beside a player's own, in walks.
SHARED = 4
# Of the largest change: smaller ones are none.
ROUNDING = 1e-10


def n_walks(n_players: int, n_asked: int) -> tuple[int, int]:
    """Return how many walks may be asked for, and in how many directions each; 0 if too few."""
    affordable = (n_asked - 1) // max(1, n_players - 1)
    ways = 2 if affordable >= 2 * PAIRED else 1
    n = affordable // ways
    return (n if n >= FEWEST else 0), ways


@dataclass(frozen=True, eq=False, slots=True)
class Walks:
    """What one output's answer changed by along walks.

    Parameters
    ----------
    orders, added : ndarray of shape (n_walks, n_ways, n_players)
        Players in the orders they came, and what the player at each place added; the largest
        change is 1, or none.
    kinds : ndarray of int, shape (n_players,)
        Number of each player's word.
    """

    orders: IntArray
    added: FloatArray
    kinds: IntArray

    def __len__(self) -> int:
        return len(self.orders)

    def has_changed(self) -> AnyArray:
        """Return whether a player's word changed an answer, walk by walk, (n_walks, n_players)."""
        changes = np.zeros((self.kinds.max() + 1, len(self)))
        np.add.at(changes, self.kinds, _by_player(self.orders, np.abs(self.added)).T)
        return np.asarray(changes[self.kinds].T > ROUNDING)

    def silent(self) -> AnyArray:
        """Return which players' words changed no answer, (n_players,) of bool."""
        return np.asarray(~self.has_changed().any(axis=0))

    def before_most(self) -> AnyArray:
        """Return which players were there before the largest change, (n_players,) of bool."""
        walk, way, place = np.unravel_index(np.abs(self.added).argmax(), self.added.shape)
        present = np.zeros(self.orders.shape[-1], dtype=bool)
        present[self.orders[walk, way, :place]] = True
        return present


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
    most = row.n_asked + n_asked
    n, ways = n_walks(root.stop, n_asked)
    orders = there_and_back(drawn(rng, root, n))[:, :ways]
    added = np.diff(_answers(row, orders), axis=2)
    game_orders = there_and_back(drawn(rng, root, max(64, STEPS // (2 * root.stop))))
    first = chance_of_first(root)
    values, errors = np.empty((2, root.stop, len(gain)))
    # No square of any change is lost in rounding, or too large to be a number.
    unit = np.abs(added).max(axis=(0, 1, 2))
    unit[unit == 0.0] = 1.0
    for k in range(len(gain)):
        time_limit.check()
        walks = Walks(orders, added[..., k] / unit[k], row.kinds)
        # Outputs share what is left: at least what a group is asked for.
        left = most - row.n_asked
        allowed = row.n_asked + min(left, max(PER_GROUP, left // (len(gain) - k)))
        is_null = null_players(
            row, walks.silent(), walks.before_most(), k, allowed, ROUNDING * unit[k]
        )
        each, of_games = _adjusted(walks, game_orders, first)
        variance = _variance(each, walks.kinds, is_null) + of_games
        values[:, k] = _settled(each.mean(axis=0), variance, is_null, gain[k] / unit[k])
        errors[:, k] = np.sqrt(np.where(is_null, _of_unseen(walks, is_null), variance))
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


def chance_of_first(part: Part) -> FloatArray:
    """Return how often each player comes first in orders that keep parts together."""
    if not part.children:
        return np.ones(1)
    return np.concatenate(list(map(chance_of_first, part.children))) / len(part.children)


def _adjusted(
    walks: Walks, game_orders: IntArray, first: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return each walk's estimate of the values, and the variance of what games are worth.

    Parameters
    ----------
    walks : Walks
        What is known.
    game_orders : ndarray of shape (n, 2, n_players)
        Orders that value what is learnt.
    first : ndarray of shape (n_players,)
        How often each player comes first.

    Returns
    -------
    each : ndarray of shape (n_walks, n_players)
    of_games : ndarray of shape (n_players,)
    """
    orders, added = walks.orders, walks.added
    n_folds = min(len(walks), FOLDS)
    fold = np.arange(len(walks)) % n_folds
    each = np.empty((len(walks), len(first)))
    of_games = np.zeros(len(first))
    for held in (fold == k for k in range(n_folds)):
        game = fitted(_flat(orders[~held]), _flat(added[~held]), walks.kinds)
        # What the first adds is too rare to be valued by orders.
        others = replace(game, alone=0.0).added(_flat(game_orders))
        known = _by_player(game_orders, others)
        left = added[held] - game.added(_flat(orders[held])).reshape(added[held].shape)
        each[held] = known.mean(axis=0) + game.alone * first + _by_player(orders[held], left)
        of_games += known.var(axis=0, ddof=1) / len(known) / n_folds
    return each, of_games


def _variance(each: FloatArray, kinds: IntArray, is_null: AnyArray) -> FloatArray:
    """Return the variance of the mean of walks' estimates, (n_players,)."""
    own = each.var(axis=0, ddof=1)
    of_word = np.bincount(kinds, own) / np.bincount(kinds)
    own = np.maximum(own, of_word[kinds])
    return variance_of_mean(own, own[~is_null].sum() / max(1, (~is_null).sum()), len(each))


def variance_of_mean(own: FloatArray, shared: FloatArray | float, n: int) -> FloatArray:
    """Return variances of means of few.

    Parameters
    ----------
    own : ndarray
        The sample's variances.
    shared : ndarray or float
        Their mean over what is like it: it makes up for one that is too small.
    n : int
        Size of the sample.
    """
    own = np.maximum(own, ((n - 1) * own + SHARED * shared) / (n - 1 + SHARED))
    # The variance of Student's t.
    return np.asarray(own * (n - 1) / max(1, n - 3) / n)


def _of_unseen(walks: Walks, is_null: AnyArray) -> float:
    """Return the mean square of what is missed where players that seem null are not.

    Another walk would find as much of what was never seen as each walk has of what no other one
    has: Good 1953, https://doi.org/10.1093/biomet/40.3-4.237.
    """
    seen_once = walks.has_changed().sum(axis=0) == 1
    squares = _by_player(walks.orders, walks.added) ** 2
    return float((squares * seen_once).sum() / len(walks) ** 2 / max(1, is_null.sum()))


def _settled(
    values: FloatArray, variance: FloatArray, is_null: AnyArray, gain: float
) -> FloatArray:
    """Return values that add up to the gain: those of null players are left to the others."""
    settled = np.where(is_null, 0.0, values)
    weights = np.where(is_null, 0.0, variance)
    if not weights.any():
        weights = np.maximum(~is_null, is_null.all()).astype(np.float64)
    return np.asarray(settled + (gain - settled.sum()) * weights / weights.sum())


def _by_player(orders: IntArray, added: FloatArray) -> FloatArray:
    """Return the mean over both ways of what each player added, (n_walks, n_players)."""
    rank = orders.argsort(axis=-1)
    return np.asarray(np.take_along_axis(added.reshape(orders.shape), rank, axis=-1).mean(axis=1))


def _flat(each: AnyArray) -> AnyArray:
    """Return walks of one way each."""
    return each.reshape(-1, each.shape[-1])
