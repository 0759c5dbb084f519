"""A game of one index, learnt from walks: near what a model of texts makes of its tokens.

A token has a weight, near that of the same word elsewhere, and players are worth what a polynomial
says of the sum of their weights, and of the logarithm of their number: saturated as a probability
is, or divided by a text's length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray

# Of the polynomial.
DEGREE = 3
# How often weights and polynomial are fitted in turn.
ROUNDS = 4
# Shares of the mean curvature that draw towards 0: changes of a word's weight, and the difference
# of a token's weight from its word's.
DAMPING = 0.05
DAMPING_OF_OWN = 2.0
# Of the index, and of the logarithm, in each of its terms; a constant adds nothing.
POWERS = [(a, b) for a in range(DEGREE + 1) for b in range(DEGREE + 1) if 0 < a + b <= DEGREE]


@dataclass(frozen=True, eq=False, slots=True)
class IndexGame:
    """A game of players with one output.

    Parameters
    ----------
    weights : ndarray of shape (n_players,)
        What each adds to the index.
    terms : ndarray of shape (DEGREE + 1, DEGREE + 1)
        Coefficients of the index's powers, times powers of the logarithm of the number of players.
    alone : float
        What the first player adds, whoever it is.
    """

    weights: FloatArray
    terms: FloatArray
    alone: float

    def added(self, orders: IntArray) -> FloatArray:
        """Return what the player at each place of orders adds, both (n_orders, n_players)."""
        index = _index(self.weights, orders)
        powers = self._of_index()
        value = np.zeros_like(index)
        for factor in powers[::-1]:
            value = value * index + factor
        added = np.diff(value, axis=1)
        added[:, 0] += self.alone
        return np.asarray(added)

    def slope(self, orders: IntArray) -> FloatArray:
        """Return how what is added grows with the player's weight, (n_orders, n_players)."""
        index = _index(self.weights, orders)[:, 1:]
        powers = self._of_index()[:, 1:]
        slope = np.zeros_like(index)
        for a in range(DEGREE, 0, -1):
            slope = slope * index + a * powers[a]
        return slope

    def _of_index(self) -> FloatArray:
        """Return coefficients of the index's powers by number of players, (DEGREE + 1, n + 1)."""
        size = _size(len(self.weights))
        return np.asarray(self.terms @ np.stack([size**b for b in range(DEGREE + 1)]))


def fitted(orders: IntArray, added: FloatArray, kinds: IntArray) -> IndexGame:
    """Fit a game by least squares to what players added, Gauss and Newton's way.

    Parameters
    ----------
    orders : ndarray of int, shape (n_orders, n_players)
        Players in the orders they came.
    added : ndarray of shape (n_orders, n_players)
        What the player at each place added, in a unit whose squares are numbers.
    kinds : ndarray of int, shape (n_players,)
        Number of each player's word: all numbers from 0.
    """
    n_players = orders.shape[1]

    def by_player(each: FloatArray) -> FloatArray:
        return np.bincount(orders.ravel(), each.ravel(), minlength=n_players).astype(float)

    weights = (np.bincount(kinds, by_player(added)) / np.bincount(kinds))[kinds]
    for _ in range(ROUNDS):
        game = _curved(weights, orders, added)
        slope = game.slope(orders)
        curvature = by_player(slope**2)
        change = by_player(slope * (added - game.added(orders)))
        mean = curvature.mean()
        change_of_word = np.bincount(kinds, change).astype(float)
        curvature_of_word = np.bincount(kinds, curvature) + DAMPING * mean
        of_word = _quotient(change_of_word, curvature_of_word)[kinds]
        own = _quotient(change - curvature * of_word, curvature + DAMPING_OF_OWN * mean)
        weights = game.weights + of_word + own
    return _curved(weights, orders, added)


def _quotient(change: FloatArray, curvature: FloatArray) -> FloatArray:
    """Return Newton's step, 0 where nothing is curved."""
    return np.divide(change, curvature, out=np.zeros_like(change), where=curvature > 0)


def _curved(weights: FloatArray, orders: IntArray, added: FloatArray) -> IndexGame:
    """Fit the polynomial, for weights in units of the largest index there is."""
    index = _index(weights, orders)
    unit = float(np.abs(index).max()) or 1.0
    size = _size(orders.shape[1])
    steps = np.stack([np.diff((index / unit) ** a * size**b) for a, b in POWERS], axis=-1)
    first = np.zeros_like(added)
    first[:, 0] = 1.0
    columns = np.concatenate([steps, first[..., None]], axis=-1).reshape(added.size, -1)
    found = np.linalg.lstsq(columns, added.ravel(), rcond=1e-12)[0]
    terms = np.zeros((DEGREE + 1, DEGREE + 1))
    terms[tuple(np.transpose(POWERS))] = found[:-1]
    return IndexGame(weights / unit, terms, float(found[-1]))


def _index(weights: FloatArray, orders: IntArray) -> FloatArray:
    """Return the sum of the weights before each place, and after the last."""
    return np.pad(np.cumsum(weights[orders], axis=1), ((0, 0), (1, 0)))


def _size(n_players: int) -> FloatArray:
    """Return the logarithm of numbers of players, from 0 to 1."""
    return np.asarray(np.log1p(np.arange(n_players + 1)) / np.log1p(n_players))
