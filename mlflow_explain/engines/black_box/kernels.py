"""Compiled arithmetic of the surrogate: the kernel's inverse, and sums over kernels.

On one core, and without BLAS: at these sizes its threads gain nothing, and on busy cores they wait
for each other fifty times as long as the work takes. Digits do not depend on the number of cores.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import inlined, kernel

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray

# Pivots taken at a time: rows of so many stay in the nearest cache.
BLOCK = 4


@inlined
def _covariance(first: FloatArray, second: FloatArray, reach: FloatArray, scale: float) -> float:
    angle = 0.0
    for j in range(len(reach)):
        angle += reach[j] * first[j] * second[j]
    return scale * math.sinh(angle)


@inlined
def _invert_block(small: FloatArray) -> None:
    """Invert a positive definite block in place, by Gauss and Jordan."""
    for p in range(BLOCK):
        scale = 1.0 / small[p, p]
        small[p, p] = 1.0
        small[p] *= scale
        for b in range(BLOCK):
            if b != p:
                factor = small[b, p]
                small[b, p] = 0.0
                for c in range(BLOCK):
                    small[b, c] -= factor * small[p, c]


@inlined
def _sweep(a: FloatArray, k: int, row: FloatArray, gain: FloatArray, small: FloatArray) -> None:
    """Sweep pivots k to k + BLOCK out of the lower triangle of `a`.

    After all sweeps it holds minus the inverse: Goodnight 1979, https://doi.org/10.2307/2683825
    """
    n = len(a)
    for b in range(BLOCK):
        row[b, : k + b + 1] = a[k + b, : k + b + 1]
        row[b, k + b + 1 :] = a[k + b + 1 :, k + b]
    small[:] = row[:, k : k + BLOCK]
    _invert_block(small)
    gain[:] = 0.0
    for b in range(BLOCK):
        for c in range(BLOCK):
            factor = small[b, c]
            for j in range(n):
                gain[b, j] += factor * row[c, j]
    for i in range(n):
        g0, g1, g2, g3 = gain[0, i], gain[1, i], gain[2, i], gain[3, i]
        for j in range(i + 1):
            a[i, j] -= g0 * row[0, j] + g1 * row[1, j] + g2 * row[2, j] + g3 * row[3, j]
    for b in range(BLOCK):
        a[k + b, :k] = gain[b, :k]
        a[k + BLOCK :, k + b] = gain[b, k + BLOCK :]
        a[k + b, k : k + BLOCK] = -small[b]


@kernel("float64[:, ::1](float64[:, ::1], float64[::1], float64)")
def inverse(z: FloatArray, reach: FloatArray, nugget: float) -> FloatArray:
    """Return the inverse of sinh(z diag(reach) z') / sinh(sum of reach) + nugget.

    Parameters
    ----------
    z : ndarray of shape (n_pairs, n_features)
        Signs of coalitions.
    reach : ndarray of shape (n_features,)
        The a_j of the kernel.
    nugget : float
        Added to the diagonal.

    Returns
    -------
    ndarray of shape (n_pairs, n_pairs)
    """
    n = len(z)
    scale = 1.0 / math.sinh(reach.sum())
    # A whole number of blocks; what is added stands apart.
    a = np.eye((n + BLOCK - 1) // BLOCK * BLOCK)
    for i in range(n):
        for j in range(i + 1):
            a[i, j] = _covariance(z[i], z[j], reach, scale)
        a[i, i] += nugget
    row, gain = np.empty((BLOCK, len(a))), np.empty((BLOCK, len(a)))
    small = np.empty((BLOCK, BLOCK))
    for k in range(0, len(a), BLOCK):
        _sweep(a, k, row, gain, small)
    found = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            found[i, j] = -a[i, j]
            found[j, i] = -a[i, j]
    return found


@kernel("float64[:, ::1](float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1])")
def values(
    z: FloatArray, known: FloatArray, reach: FloatArray, coefficients: FloatArray
) -> FloatArray:
    """Return sums over kernels at `known`, one line for each coalition of `z`.

    Parameters
    ----------
    z : ndarray of shape (n_coalitions, n_features)
        Signs of coalitions to ask for.
    known : ndarray of shape (n_known, n_features)
        Signs of those that carry the coefficients.
    reach : ndarray of shape (n_features,)
        The a_j of the kernel.
    coefficients : ndarray of shape (n_known, n_outputs)
        Weights of the kernels.

    Returns
    -------
    ndarray of shape (n_coalitions, n_outputs)
    """
    scale = 1.0 / math.sinh(reach.sum())
    found = np.zeros((len(z), coefficients.shape[1]))
    for i in range(len(z)):
        for p in range(len(known)):
            share = _covariance(z[i], known[p], reach, scale)
            for output in range(coefficients.shape[1]):
                found[i, output] += share * coefficients[p, output]
    return found
