"""Exact Shapley values of products: the numerics of the kernel-machine engine.

A kernel machine whose kernel is a product over features is a sum of units
f(x) = offset + sum_i a_i prod_j k_ij(x_j), one unit per support vector. For one unit and one row r
of the background the interventional game is itself a product, v(S) = prod_{j in S} p_j
prod_{j not in S} q_j with p_j = k_ij(x_j) and q_j = k_ij(r_j), all of them in [0, 1]. Its Shapley
values are (Owen 1972, https://doi.org/10.1287/mnsc.18.5.64)

    phi_j = (p_j - q_j) * integral_0^1 prod_{l != j} (q_l + t (p_l - q_l)) dt

The integrand is a polynomial of degree n_features - 1, for which Gauss-Legendre quadrature with
n_features / 2 nodes, rounded up, is exact. Fewer nodes serve wherever it is proven that they do.

**Bounds.** Let m_j = max(p_j, q_j) and d_j = abs(p_j - q_j).

- Features with p_j > q_j have values whose sum is at most v(them) = prod_j m_j; so have the others
  with the opposite sign. A pair of unit and background row that is left out therefore costs at most
  ``2 prod_j m_j``, summed over the absolute values of all features.
- n nodes err by (n!)^4 / ((2 n + 1) (2 n)!^3) times the integrand's derivative of order 2 n
  (Davis and Rabinowitz 1984, https://doi.org/10.1016/C2013-0-10566-1), which is (2 n)! times a sum
  of products of 2 n of the d_l and the m_l of the rest, at most. Times d_j and summed over j that
  is (2 n + 1) e, e the sum over all sets of 2 n + 1 features. All terms of prod_j (m_j + s d_j) are
  positive, s^(2 n + 1) e is one of them, so the error of all features together is at most
  ``prod_j (m_j + s d_j) / (s^(2 n + 1) binomial(2 n, n)^2)`` for any s > 0; here s is `SPREAD`.

What a row's bounds sum up to, each times its unit's abs(a_i) / scale of the output and the share
of its background row, stays below `TOLERANCE`. Where nothing is proven, the quadrature is exact but
for rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import inlined, kernel

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray

# Error of a row's attributions, summed over features, in units of the output's scale.
TOLERANCE = 1e-12
# The s of the bound: at it, fewest nodes are needed where p and q differ by some percent.
SPREAD = 8.0
# Doubles in a cache line, and in the widest registers.
LINE = 8
# Lanes whose features are multiplied together: as many as stay in the fastest caches.
MAX_LANES = 128
# Numbers in a temporary array of the numpy version.
_BLOCK = 1 << 20
# The share of lanes below which copying them together pays.
WORTH_COPYING = 0.75


@dataclass(frozen=True, eq=False, slots=True)
class Rules:
    """Gauss-Legendre rules on [0, 1], with the bound on the error of each.

    Parameters
    ----------
    nodes, weights : ndarray of shape (n_rules, n_nodes of the largest)
        Rule k uses the first ``sizes[k]`` of its row.
    sizes : ndarray of shape (n_rules,)
        Number of nodes, ascending; the last rule is exact.
    errors : ndarray of shape (n_rules,)
        Factor of prod_j (m_j + `SPREAD` d_j) in the bound; 0 for the last.
    """

    nodes: FloatArray
    weights: FloatArray
    sizes: IntArray
    errors: FloatArray


def rules_of(n_features: int) -> Rules:
    """Return the rules for products of so many features."""
    exact = max(1, (n_features + 1) // 2)
    # Above 24 the steps widen: of a rule that large the bound seldom needs just one node more.
    steps = [*range(1, 25), *(step << k for k in range(3, 20) for step in (4, 5, 6, 7))]
    sizes = [*(n for n in steps if n < exact), exact]
    nodes, weights = np.zeros((2, len(sizes), exact))
    for k, n in enumerate(sizes):
        at, weight = np.polynomial.legendre.leggauss(n)
        nodes[k, :n], weights[k, :n] = (at + 1) / 2, weight / 2
    errors = np.array([_error_factor(n) for n in sizes])
    errors[-1] = 0.0
    return Rules(nodes, weights, np.array(sizes, dtype=np.int64), errors)


def _error_factor(n: int) -> float:
    """Return 1 / (s^(2 n + 1) binomial(2 n, n)^2), which may be too small for a float: then 0."""
    log_binomial = math.lgamma(2 * n + 1) - 2 * math.lgamma(n + 1)
    return math.exp(-(2 * n + 1) * math.log(SPREAD) - 2 * log_binomial)


def scratch(n_features: int, n_lanes: int) -> FloatArray:
    """Return memory for `add_attributions`: 2.5 lines a feature, and five more."""
    return on_a_line((5 * n_features // 2 + 5, n_lanes))


def on_a_line(shape: tuple[int, ...]) -> FloatArray:
    """Return an uninitialised array that starts on a cache line."""
    size = math.prod(shape)
    memory = np.empty(size + LINE)
    skipped = -(memory.ctypes.data // memory.itemsize) % LINE
    return memory[skipped : skipped + size].reshape(shape)


@inlined
def _largest(p: FloatArray, q: FloatArray, largest: FloatArray, growth: FloatArray) -> None:
    """Write prod_j m_j and prod_j (m_j + s d_j) of each lane."""
    n_lanes = q.shape[1]
    for r in range(n_lanes):
        largest[r] = 1.0
        growth[r] = 1.0
    for j in range(q.shape[0]):
        known, absent = p[j], q[j]
        for r in range(n_lanes):
            more = max(known, absent[r])
            largest[r] *= more
            growth[r] *= more + SPREAD * abs(known - absent[r])


@inlined
def _keep(bounds: FloatArray, limit: float, lanes: IntArray) -> tuple[int, float]:
    """Write the lanes whose bound exceeds the limit; return their number, and the others' sum."""
    kept = 0
    left_out = 0.0
    for r in range(bounds.shape[0]):
        lanes[kept] = r
        # Missing values exceed nothing, and are kept.
        if bounds[r] <= limit:
            left_out += bounds[r]
        else:
            kept += 1
    return kept, left_out


@inlined
def _copy(rows: FloatArray, lanes: IntArray, kept: int, width: int, copies: FloatArray) -> None:
    """Copy the lanes that are kept to the front, and fill up with the first of them."""
    for r in range(kept, width):
        lanes[r] = lanes[0]
    for j in range(rows.shape[0]):
        row, copy = rows[j], copies[j]
        for r in range(width):
            copy[r] = row[lanes[r]]


@inlined
def _integrate(
    p: FloatArray,
    q: FloatArray,
    width: int,
    shares: FloatArray,
    nodes: FloatArray,
    weights: FloatArray,
    running: FloatArray,
    prefix: FloatArray,
    integrals: FloatArray,
) -> None:
    """Write each feature's integral times the lane's share, for the first `width` lanes.

    The product of all features but one is that of those before it times that of those after it:
    no division, and so none by zero. Features go in twos, which halves the traffic of `prefix`.
    """
    half = q.shape[0] // 2
    integrals[:] = 0.0
    for k in range(nodes.shape[0]):
        t, rest = nodes[k], 1.0 - nodes[k]
        for r in range(width):
            running[r] = 1.0
        for h in range(half):
            ta, tb = t * p[2 * h], t * p[2 * h + 1]
            a, b, before = q[2 * h], q[2 * h + 1], prefix[h]
            for r in range(width):
                product = running[r]
                before[r] = product
                running[r] = product * ((rest * a[r] + ta) * (rest * b[r] + tb))
        for r in range(width):
            running[r] = weights[k] * shares[r]
        for back in range(half):
            h = half - 1 - back
            ta, tb = t * p[2 * h], t * p[2 * h + 1]
            a, b, before = q[2 * h], q[2 * h + 1], prefix[h]
            of_a, of_b = integrals[2 * h], integrals[2 * h + 1]
            for r in range(width):
                after = running[r]
                factor_a, factor_b = rest * a[r] + ta, rest * b[r] + tb
                others = before[r] * after
                of_a[r] += others * factor_b
                of_b[r] += others * factor_a
                running[r] = after * (factor_a * factor_b)


@inlined
def _explain_pairs(
    p: FloatArray,
    q: FloatArray,
    shares: FloatArray,
    reach: float,
    budget: float,
    nodes: FloatArray,
    weights: FloatArray,
    sizes: IntArray,
    errors: FloatArray,
    lanes: IntArray,
    work: FloatArray,
    values: FloatArray,
) -> float:
    """Write the values of one unit and the rows of a slab, and return the bound on their error.

    Half of the budget may be spent on leaving pairs out; fewer nodes may take all that is left.
    """
    n_features, width = q.shape
    copies, integrals = work[:n_features], work[n_features : 2 * n_features]
    prefix = work[2 * n_features :]
    running, largest, growth = work[-5], work[-4], work[-3]
    kept_shares, kept_growth = work[-2], work[-1]
    _largest(p, q, largest, growth)
    for r in range(width):
        largest[r] *= 2.0 * reach * shares[r]
        growth[r] *= reach * shares[r]
    kept, left_out = _keep(largest, 0.5 * budget / width, lanes)
    spent: float = left_out
    if kept > WORTH_COPYING * width:
        spent = 0.0
    elif kept > 0:
        width = (kept + LINE - 1) // LINE * LINE
        _copy(q, lanes, kept, width, copies)
        for r in range(width):
            kept_shares[r] = shares[lanes[r]] if r < kept else 0.0
            kept_growth[r] = growth[lanes[r]] if r < kept else 0.0
        q, shares, growth = copies, kept_shares, kept_growth
    else:
        values[:] = 0.0
        return spent
    grown: float = growth[:width].sum()
    rule, exact = 0, sizes.shape[0] - 1
    while rule < exact and not spent + errors[rule] * grown <= budget:
        rule += 1
    if rule < exact:
        spent += errors[rule] * grown
    n = sizes[rule]
    _integrate(p, q, width, shares, nodes[rule, :n], weights[rule, :n], running, prefix, integrals)
    for j in range(n_features):
        known, absent, integral = p[j], q[j], integrals[j]
        values[j] = 0.0
        for r in range(width):
            values[j] += (known - absent[r]) * integral[r]
    return spent


@kernel(
    "void(float64[:, :, ::1], float64[:, :, :, ::1], float64[:, ::1], float64[::1], "
    "float64[:, ::1], float64[:, ::1], float64[:, ::1], int64[::1], float64[::1], int64, "
    "float64[::1], float64[:, ::1], float64[:, :, ::1])"
)
def add_attributions(
    p: FloatArray,
    q: FloatArray,
    coefficients: FloatArray,
    reach: FloatArray,
    shares: FloatArray,
    nodes: FloatArray,
    weights: FloatArray,
    sizes: IntArray,
    errors: FloatArray,
    to_come: int,
    spent: FloatArray,
    work: FloatArray,
    values: FloatArray,
) -> None:
    """Add the attributions of some units to those of a block of rows.

    Parameters
    ----------
    p : ndarray of shape (n_rows, n_units, n_features)
        Factors of the rows, in [0, 1].
    q : ndarray of shape (n_units, n_slabs, n_features, n_lanes)
        Factors of the background, in slabs of `n_lanes` rows.
    coefficients : ndarray of shape (n_units, n_outputs)
        The a_i.
    reach : ndarray of shape (n_units,)
        Largest abs(a_i) / scale of the output, over the outputs.
    shares : ndarray of shape (n_slabs, n_lanes)
        Share of each background row in the mean; 0 where a slab is only filled up.
    nodes, weights, sizes, errors
        See `Rules`.
    to_come : int
        Units times slabs not seen yet, these included: what is left of the budget is for them.
    spent : ndarray of shape (n_rows,)
        Bound on the error of each row so far; added to.
    work : ndarray
        Memory, see `scratch`.
    values : ndarray of shape (n_rows, n_features, n_outputs)
        Attributions, added to.
    """
    n_rows, n_units, n_features = p.shape
    n_slabs = q.shape[1]
    lanes = np.empty(q.shape[3], np.int64)
    totals = np.empty(n_features)
    # A unit's factors of the background stay in the cache while the rows pass.
    for i in range(n_units):
        for s in range(n_slabs):
            left = to_come - i * n_slabs - s
            for x in range(n_rows):
                spent[x] += _explain_pairs(
                    p[x, i], q[i, s], shares[s], reach[i], (TOLERANCE - spent[x]) / left,
                    nodes, weights, sizes, errors, lanes, work, totals,
                )  # fmt: skip
                for j in range(n_features):
                    for o in range(values.shape[2]):
                        values[x, j, o] += coefficients[i, o] * totals[j]


def attributions_by_numpy(
    p: FloatArray, q: FloatArray, coefficients: FloatArray, shares: FloatArray, rules: Rules
) -> FloatArray:
    """Return what `add_attributions` adds, by the exact rule and without compiled code.

    Parameters as of `add_attributions`; the result has shape (n_rows, n_features, n_outputs).
    """
    values = np.zeros((len(p), p.shape[2], coefficients.shape[1]))
    step = max(1, _BLOCK // (len(p) * q[0].size))
    for first in range(0, len(q), step):
        # Axes: rows, units, slabs, features, lanes.
        absent = q[None, first : first + step]
        change = p[:, first : first + step, None, :, None] - absent
        integrals = np.zeros(change.shape)
        for node, weight in zip(rules.nodes[-1], rules.weights[-1], strict=True):
            integrals += weight * _others(absent + node * change)
        parts = np.einsum("xisjr,xisjr,sr->xij", change, integrals, shares)
        values += np.einsum("xij,io->xjo", parts, coefficients[first : first + step])
    return values


def _others(factors: FloatArray) -> FloatArray:
    """Return the product of all features' factors but one, for each; features on axis 3."""
    before, after = np.ones_like(factors), np.ones_like(factors)
    np.cumprod(factors[..., :-1, :], axis=3, out=before[..., 1:, :])
    np.cumprod(factors[..., :0:-1, :], axis=3, out=after[..., -2::-1, :])
    return before * after
