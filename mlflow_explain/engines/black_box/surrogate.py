"""What the additive fit leaves over, learnt as a smooth game whose attributions are known.

Write a coalition as z in {-1, 1}^M. The residual of the fit is odd, g(-z) = -g(z), a sum of
products of one, three, five... features. A Gaussian process with the kernel

    k(z, z') = sinh(sum_j a_j z_j z'_j) / sinh(sum_j a_j)

gives every odd product its weight: that of features j, k, l is tanh(a_j) tanh(a_k) tanh(a_l) up to
a constant. Its Shapley values are exact: a product of d features shares 2 among them, hence 2/d
each, and the sum over all products is an integral over t in [0, 1] of a product over features.
Residuals of pairs left out come without fitting again, and choose the a_j.

Rasmussen and Williams 2006, sections 2.2 and 5.4.2, https://doi.org/10.7551/mitpress/3206.001.0001
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.black_box import kernels
from mlflow_explain.engines.black_box.regression import Regression, signs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow_explain._typing import FloatArray, IntArray

# Pairs learnt from: the time grows with their third power, 32 ms for 1,000 on one core.
MAX_PAIRS = 1_000
# Pairs by which the a_j are chosen.
PAIRS_TO_CHOOSE = 400
# Added to the diagonal, whose entries are 1.
NUGGET = 1e-6
# Smaller residuals, as a share of the game, are rounding: the game is additive.
ROUNDING = 1e-10
# First guesses of sum_j a_j, and of the part of it that is spread evenly over the features.
FIRST = ((1.0, 1.0), (1.0, 0.2))
# Then: factors of the sum, and the part spread evenly, at most as often as ROUNDS.
NEXT = ((1.0, 0.1), (2.0, 0.1))
ROUNDS = 2
# Exact for products of up to 31 features; longer ones weigh less than rounding.
MAX_NODES = 16


@dataclass(frozen=True, eq=False, slots=True)
class Surrogate:
    """A fitted process over coalitions.

    Parameters
    ----------
    z : ndarray of shape (n_pairs + 1, n_features)
        Signs of the coalitions learnt from; the last is that of all features.
    reach : ndarray of shape (n_features,)
        The a_j of the kernel, not negative.
    coefficients : ndarray of shape (n_pairs + 1, n_outputs)
        Weights of the kernel at `z`.
    left_out : ndarray of shape (n_pairs, n_outputs)
        Residual of each pair when the others predict it.
    """

    z: FloatArray
    reach: FloatArray
    coefficients: FloatArray
    left_out: FloatArray

    @property
    def error(self) -> float:
        """Mean square of the residuals of pairs left out."""
        return float(np.mean(self.left_out**2))

    def values(self, z: FloatArray) -> FloatArray:
        """Return the odd part of the game at coalitions, (n_coalitions, n_outputs)."""
        return np.asarray(kernels.values(z, self.z, self.reach, self.coefficients))

    def attributions(self) -> FloatArray:
        """Return the exact Shapley values of the process, (n_features, n_outputs).

        The integral is that of a polynomial: Gauss and Legendre's nodes give it exactly.
        """
        n_features = self.z.shape[1]
        nodes, weights = np.polynomial.legendre.leggauss(min(MAX_NODES, (n_features + 1) // 2))
        weight = np.tanh(self.reach)
        share = np.zeros_like(self.z)
        for t, part in zip((nodes + 1) / 2, weights / 2, strict=True):
            plus, minus = 1.0 + t * weight * self.z, 1.0 - t * weight * self.z
            odd = np.prod(plus, axis=1, keepdims=True) / plus
            odd += np.prod(minus, axis=1, keepdims=True) / minus
            share += part * odd
        scale = np.prod(np.cosh(self.reach)) / np.sinh(self.reach.sum())
        together = np.einsum("pj,pk->jk", share * self.z, self.coefficients)
        return np.asarray(scale * weight[:, None] * together)

    def sensitivity(self) -> FloatArray:
        """Return the norm of all products that hold a feature, summed over outputs, (n_features,).

        The squares of the products' coefficients add up to a quadratic form with the kernel of
        squared weights, where leaving one feature out is an addition theorem of the cosh.
        """
        squared = np.tanh(self.reach) ** 2
        step = np.arctanh(squared)
        angle = np.einsum("pj,qj->pq", self.z * step, self.z)
        pull = np.einsum("pk,qk->pq", self.coefficients, self.coefficients)
        pulled = np.einsum("pq,qj->pj", pull * np.cosh(angle), self.z)
        even = np.einsum("pj,pj->j", self.z, pulled)
        odd = float(np.sum(pull * np.sinh(angle)))
        left = np.cosh(step) * even - np.sinh(step) * odd
        products = squared / np.sqrt(1.0 - squared**2) * left
        return np.asarray(np.sqrt(np.maximum(products, 0.0)))


def estimate(
    game: Regression, odd: FloatArray, gain: FloatArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return attributions of one row and their standard errors, both (n_features, n_outputs).

    Additive fit, plus the surrogate's own attributions, plus the additive fit of what neither
    explains. An output whose left-out residuals the surrogate does not lower goes without it.

    Parameters
    ----------
    game : Regression
        A fit of drawn coalitions.
    odd : ndarray of shape (n_pairs, n_outputs)
        Half of v(coalition) - v(complement).
    gain : ndarray of shape (n_outputs,)
        Output of the row minus the base value.
    seed : int
        Seed of the choice of pairs to learn from, if there are more than `MAX_PAIRS`.
    """
    attributions = game.attributions(odd, gain)
    residuals = game.residuals(odd, attributions)
    left_out = game.left_out(residuals)
    rough = np.abs(residuals).max(axis=0) > ROUNDING * np.abs(odd).max(axis=0)
    if not rough.any():
        return attributions, game.standard_errors(left_out)
    learnt = _some(game.n_pairs, MAX_PAIRS, seed)
    z = signs(game.members)
    fitted = fit(z[learnt], rough * residuals[learnt], rough * attributions, seed)
    before, after = (np.mean(e**2, axis=0) for e in (left_out[learnt], fitted.left_out))
    helps = rough & (after < before)
    others = np.setdiff1d(np.arange(game.n_pairs), learnt)
    unseen = np.empty_like(residuals)
    unseen[learnt] = fitted.left_out
    unseen[others] = residuals[others] - fitted.values(z[others])
    # Pairs learnt from look better explained than others, but where there are no others.
    rest = unseen if len(others) else NUGGET * fitted.coefficients[:-1]
    rest = np.where(helps, rest, residuals)
    of_surrogate = helps * fitted.attributions()
    attributions = attributions + of_surrogate
    attributions += game.attributions(rest, -of_surrogate.sum(axis=0))
    return attributions, game.standard_errors(np.where(helps, unseen, left_out))


def fit(z: FloatArray, residuals: FloatArray, attributions: FloatArray, seed: int) -> Surrogate:
    """Learn the residuals; which features interact is guessed, then read off the last fit.

    Parameters
    ----------
    z : ndarray of shape (n_pairs, n_features)
        Signs of the coalitions.
    residuals : ndarray of shape (n_pairs, n_outputs)
        What the additive fit leaves of the odd part of the game.
    attributions : ndarray of shape (n_features, n_outputs)
        Those of the additive fit: large effects tend to interact.
    seed : int
        Seed of the choice of pairs by which to choose.
    """
    size = np.sqrt(np.mean(residuals**2, axis=0))
    size = np.where(size > 0, size, 1.0)
    data = residuals / size
    few = _some(len(z), PAIRS_TO_CHOOSE, seed)
    importance = np.sqrt(np.sum((attributions / size) ** 2, axis=1))
    best = _best(z[few], data[few], (_reach(importance, *guess) for guess in FIRST))
    for _ in range(ROUNDS):
        total, found = best.reach.sum(), best.sensitivity()
        again = (_reach(found, total * factor, even) for factor, even in NEXT)
        candidate = _best(z[few], data[few], again)
        if candidate.error >= best.error:
            break
        best = candidate
    if len(few) < len(z):
        best = _fit(z, data, best.reach)
    return Surrogate(best.z, best.reach, best.coefficients * size, best.left_out * size)


def _reach(importance: FloatArray, total: float, even: float) -> FloatArray:
    """Return a_j of a given sum, partly even over the features, partly by importance."""
    n_features = len(importance)
    whole = importance.sum()
    shares = importance / whole if whole > 0 else np.full(n_features, 1.0 / n_features)
    return np.asarray(total * (even / n_features + (1.0 - even) * shares))


def _best(z: FloatArray, data: FloatArray, reaches: Iterable[FloatArray]) -> Surrogate:
    return min((_fit(z, data, reach) for reach in reaches), key=lambda fitted: fitted.error)


def _fit(z: FloatArray, data: FloatArray, reach: FloatArray) -> Surrogate:
    """Solve for the coefficients; the diagonal of the inverse gives the residuals left out."""
    # The additive fit is right about all features together: nothing is left over there.
    z = np.vstack([z, np.ones(z.shape[1])])
    data = np.vstack([data, np.zeros(data.shape[1])])
    inverse = kernels.inverse(z, reach, NUGGET)
    coefficients = np.einsum("pq,qk->pk", inverse, data)
    left_out = coefficients / np.diagonal(inverse)[:, None]
    return Surrogate(z, reach, coefficients, left_out[:-1])


def _some(n_pairs: int, most: int, seed: int) -> IntArray:
    """Return at most so many positions, in order."""
    if n_pairs <= most:
        return np.arange(n_pairs)
    return np.sort(np.random.default_rng(seed).permutation(n_pairs)[:most])
