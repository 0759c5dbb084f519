"""From the values of coalitions to attributions: one fixed linear map for all rows.

Kernel SHAP is a weighted least-squares fit of an additive game, constrained to sum to
f(x) - base value: Lundberg and Lee 2017, https://doi.org/10.48550/arXiv.1705.07874. In pairs
of complements only the odd part of the game, (v(S) - v(complement)) / 2, has a say, and the
fit does not depend on the row: it is solved once.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, special

from mlflow_explain.engines.black_box.coalitions import Design, design
from mlflow_explain.explanation._arrays import frozen, frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray

# Largest operator that is kept for later; above, the last one only.
KEPT_BYTES = 2**23


@dataclass(frozen=True, eq=False, slots=True)
class Regression:
    """The linear map from a game to its attributions.

    Parameters
    ----------
    members : ndarray of bool, shape (n_pairs, n_features)
        First coalition of each pair.
    operator : ndarray of shape (n_features, n_pairs)
        Weight of each pair's odd part; its columns add up to 0.
    share : ndarray of shape (n_features,)
        Weight of f(x) - base value; adds up to 1.
    is_exact : bool
        All coalitions are there, and the map gives the Shapley values themselves.
    """

    members: AnyArray
    operator: FloatArray
    share: FloatArray
    is_exact: bool

    @property
    def n_features(self) -> int:
        """Number of features in the game."""
        return int(self.members.shape[1])

    @property
    def n_pairs(self) -> int:
        """Number of pairs of coalitions."""
        return len(self.members)

    def attributions(self, odd: FloatArray, gain: FloatArray) -> FloatArray:
        """Return attributions that add up to the gain.

        Parameters
        ----------
        odd : ndarray of shape (..., n_pairs, n_outputs)
            Half of v(coalition) - v(complement), in units of the output.
        gain : ndarray of shape (..., n_outputs)
            Output of the row minus the base value.

        Returns
        -------
        ndarray of shape (..., n_features, n_outputs)
        """
        # No BLAS: its threads cost more than they gain here, and sums stay the same in any batch.
        own = np.einsum("jp,...pk->...jk", self.operator, odd)
        return np.asarray(own + self.share[:, None] * gain[..., None, :])

    def residuals(self, odd: FloatArray, attributions: FloatArray) -> FloatArray:
        """Return what an additive game leaves of the odd part, (n_pairs, n_outputs)."""
        additive = np.einsum("pj,jk->pk", signs(self.members), attributions) / 2
        return np.asarray(odd - additive)

    def left_out(self, residuals: FloatArray) -> FloatArray:
        """Return the residuals each pair would have if the fit had not seen it."""
        leverage = np.einsum("pj,jp->p", signs(self.members), self.operator) / 2
        return np.asarray(residuals / np.maximum(1.0 - leverage, 1e-9)[:, None])

    def standard_errors(self, left_out: FloatArray) -> FloatArray:
        """Return standard errors of attributions, (n_features, n_outputs).

        The sandwich of a linear estimate with leave-one-out residuals, known as HC3: MacKinnon
        and White 1985, https://doi.org/10.1016/0304-4076(85)90158-7. A pair counts once, for
        its two coalitions are no independent draws.
        """
        return np.asarray(np.sqrt(np.einsum("jp,pk->jk", self.operator**2, left_out**2)))


def signs(members: AnyArray) -> FloatArray:
    """Return 1 for members of a coalition and -1 for others."""
    return np.where(members, 1.0, -1.0)


def regression(n_features: int, n_coalitions: int, seed: int) -> Regression:
    """Return the map for a number of features; the same arguments give the same map.

    Parameters
    ----------
    n_features : int
        Features in the game, at least 1.
    n_coalitions : int
        Coalitions to ask for, at least ``2 * n_features`` unless all are fewer.
    seed : int
        Seed of the draw.
    """
    large = 4 * n_features * n_coalitions > KEPT_BYTES
    return (_last if large else _kept)(n_features, n_coalitions, seed)


def _made(n_features: int, n_coalitions: int, seed: int) -> Regression:
    drawn = design(n_features, n_coalitions, seed)
    operator, share = _exact(drawn) if drawn.is_complete else _least_squares(drawn)
    return Regression(
        members=frozen(drawn.members),
        operator=frozen_floats(operator),
        share=frozen_floats(share),
        is_exact=drawn.is_complete,
    )


_kept = functools.lru_cache(maxsize=16)(_made)
_last = functools.lru_cache(maxsize=1)(_made)


def _exact(drawn: Design) -> tuple[FloatArray, FloatArray]:
    """Return the definition of the Shapley value as a map.

    A member of a coalition of s out of M features weighs it by (s - 1)! (M - s)! / M!, which is
    what it takes off for the complement, where it is missing.
    """
    n_features = drawn.members.shape[1]
    size = drawn.members.sum(axis=1)
    inside = special.beta(size, n_features - size + 1)
    outside = special.beta(size + 1, n_features - size)
    operator = 2 * np.where(drawn.members, inside[:, None], -outside[:, None]).T
    return operator, np.full(n_features, 1.0 / n_features)


def _least_squares(drawn: Design) -> tuple[FloatArray, FloatArray]:
    """Return the constrained fit as a map: factorised once for all right-hand sides."""
    z = signs(drawn.members)
    weighted = (z * drawn.weights[:, None]).T
    factor = linalg.cho_factor(weighted @ z, overwrite_a=True)
    operator = linalg.cho_solve(factor, weighted, overwrite_b=True)
    towards_one = linalg.cho_solve(factor, np.ones(z.shape[1]))
    # What the free fit misses of the sum is put back along the direction that costs least.
    operator -= towards_one[:, None] * (operator.sum(axis=0) / towards_one.sum())
    share = (1.0 - operator @ z.sum(axis=1)) / z.shape[1]
    operator *= 2
    return operator, share
