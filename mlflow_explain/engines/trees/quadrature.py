"""Path-dependent attributions of deep trees, exact by Gauss-Legendre quadrature.

The Shapley values of a leaf's game, a product over its path's features, are integrals over [0, 1]:

    phi_i = v (o_i - z_i) int prod_{j != i} ((1 - t) z_j + t o_j) dt

with `z_j` the fraction of the training rows that follows the merged condition j, and `o_j` whether
the row does. For d features the integrand has degree d - 1, so ceil(d / 2) nodes are exact, with
none of the cancellation that unwinding paths has. One walk over a tree carries the products down
and the sums of leaves up.

The integral: Owen 1972, https://doi.org/10.1287/mnsc.18.5.64; for trees: arXiv 2605.04497.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import kernel
from mlflow_explain.engines.trees.tables import gauss

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.paths import Paths

# Rows in SIMD lanes; from so many rows on a block is worth filling up.
_LANES = 64
_ROWS_FOR_BLOCK = 5
# Nodes in SIMD lanes, for single rows.
_PAD = 8


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Quadrature:
    """Deep trees and the nodes of their integrals.

    Parameters
    ----------
    paths : Paths
        Paths to the deep leaves.
    value : ndarray of shape (n_nodes, n_outputs)
        Leaf values in the order of `paths`.
    first_output, n_values : ndarray of int64, shape (n_trees,)
        Outputs each tree adds to.
    n_points : ndarray of int64, shape (n_trees,)
        Nodes of each tree's integrals.
    nodes, weights : ndarray of shape (n_trees, most nodes)
        Filled up with nodes of weight 0.
    """

    paths: Paths
    value: FloatArray
    first_output: IntArray
    n_values: IntArray
    n_points: IntArray
    nodes: FloatArray
    weights: FloatArray

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        p = self.paths
        kernels = add_blocks if codes.shape[1] >= _ROWS_FOR_BLOCK else add_rows_singly
        kernels(
            codes, p.starts, p.end, p.depth, p.anchor, p.feature, p.column, p.low, p.span,
            p.is_left, p.share, p.anchor_share, self.value, self.first_output, self.n_values,
            self.n_points, self.nodes, self.weights, int(p.depth.max(initial=0)), out,
        )  # fmt: skip


def quadrature_of(
    paths: Paths, value: FloatArray, first_output: IntArray, n_values: IntArray
) -> Quadrature:
    """Return the quadrature over trees; parameters as of `Quadrature`."""
    degree = np.maximum.reduceat(paths.distinct, paths.starts[:-1]).astype(np.int64)
    nodes, weights = gauss(int(degree.max(initial=1)))
    pad = [(0, 0), (0, -nodes.shape[1] % _PAD)]
    # A node of weight 0 must still be one where no factor vanishes.
    nodes, weights = np.pad(nodes, pad), np.pad(weights, pad)
    nodes = np.where(weights > 0, nodes, 0.5)
    return Quadrature(
        paths, value, first_output, n_values, np.maximum((degree + 1) // 2, 1),
        np.ascontiguousarray(nodes[degree]), np.ascontiguousarray(weights[degree]),
    )  # fmt: skip


_WALK = (
    "void(uint16[:, ::1], int64[::1], int64[::1], int32[::1], int32[::1], int32[::1], int32[::1],"
    " uint16[::1], uint16[::1], uint8[::1], float64[::1], float64[::1], float64[:, ::1],"
    " int64[::1], int64[::1], int64[::1], float64[:, ::1], float64[:, ::1], int64,"
    " float64[:, :, ::1])"
)


@kernel(_WALK)
def add_blocks(
    codes: AnyArray,
    starts: IntArray,
    end: IntArray,
    depth: AnyArray,
    anchor: AnyArray,
    feature: AnyArray,
    column: AnyArray,
    low: AnyArray,
    span: AnyArray,
    is_left: AnyArray,
    share: FloatArray,
    anchor_share: FloatArray,
    value: FloatArray,
    first_output: IntArray,
    n_values: IntArray,
    n_points: IntArray,
    nodes: FloatArray,
    weights: FloatArray,
    n_levels: int,
    out: FloatArray,
) -> None:
    """Walk every tree once per block of rows, a row per SIMD lane.

    By depth: `met` whether a row meets the merged condition; `inverse` of the condition's factor
    if it is met; `product` of the path's factors; `below` the sum over the leaves below of product
    times value. An edge that is closed adds the integral of ``met / factor - (the same of its
    anchor)`` times what is below it.
    """
    n_rows = codes.shape[1]
    most, n_features = nodes.shape[1], out.shape[1]
    n_outputs = 0
    for t in range(len(n_values)):
        n_outputs = max(n_outputs, n_values[t])
    met = np.ones((n_levels + 1, _LANES))
    inverse = np.ones((n_levels + 1, most))
    product = np.ones((n_levels + 1, most, _LANES))
    below = np.zeros((n_levels + 1, n_outputs * most, _LANES))
    phi = np.empty((n_features, out.shape[2], _LANES))
    opened = np.zeros(n_levels + 1, np.int64)
    # The first child to be closed writes, the other adds: nothing has to be set to zero.
    filled = np.zeros(n_levels + 1, np.bool_)
    base, by_anchor, by_edge = np.empty(most), np.empty(most), np.empty(most)
    of_edge, of_anchor = np.empty(most), np.empty(most)
    code = np.zeros((codes.shape[0], _LANES), np.uint16)
    edge_sum, anchor_sum, leaf = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)
    for first in range(0, n_rows, _LANES):
        n = min(_LANES, n_rows - first)
        for c in range(codes.shape[0]):
            for r in range(n):
                code[c, r] = codes[c, first + r]
        phi[:] = 0.0
        for tree in range(len(starts) - 1):
            q, kn, k0 = n_points[tree], n_values[tree], first_output[tree]
            x, w = nodes[tree], weights[tree]
            open_depth = np.int64(0)
            filled[0] = False
            i = starts[tree] + 1
            while True:
                d = np.int64(depth[i]) if i < starts[tree + 1] else np.int64(1)
                while open_depth >= d:
                    e = opened[open_depth]
                    a, f = anchor[e], feature[e]
                    for t in range(most):
                        of_edge[t] = w[t] / (1.0 - x[t]) * inverse[open_depth, t]
                        of_anchor[t] = w[t] / (1.0 - x[t]) * inverse[a, t]
                    for k in range(kn):
                        for r in range(_LANES):
                            edge_sum[r] = 0.0
                            anchor_sum[r] = 0.0
                        for t in range(q):
                            ce, ca, kt = of_edge[t], of_anchor[t], k * q + t
                            for r in range(_LANES):
                                g = below[open_depth, kt, r]
                                edge_sum[r] += ce * g
                                anchor_sum[r] += ca * g
                            if filled[open_depth - 1]:
                                for r in range(_LANES):
                                    below[open_depth - 1, kt, r] += below[open_depth, kt, r]
                            else:
                                for r in range(_LANES):
                                    below[open_depth - 1, kt, r] = below[open_depth, kt, r]
                        for r in range(_LANES):
                            phi[f, k0 + k, r] += (
                                met[open_depth, r] * edge_sum[r] - met[a, r] * anchor_sum[r]
                            )
                    open_depth -= 1
                    filled[open_depth] = True
                if i >= starts[tree + 1]:
                    break
                a, z = anchor[i], share[i]
                c, lo, sp, left = column[i], low[i], span[i], is_left[i] == 1
                for r in range(_LANES):
                    goes = np.uint16(code[c, r] - lo) <= sp
                    met[d, r] = met[a, r] if goes == left else 0.0
                # Factor of the merged condition over that of its anchor, for all three cases.
                ratio = z / anchor_share[i] if anchor_share[i] > 0.0 else 0.0
                for t in range(most):
                    off = (1.0 - x[t]) * z
                    inverse[d, t] = 1.0 / (off + x[t])
                    base[t] = ratio
                    by_anchor[t] = off * inverse[a, t] - ratio
                    by_edge[t] = x[t] * inverse[a, t]
                if end[i] > i + 1:
                    for t in range(q):
                        neither, if_anchor, if_edge = base[t], by_anchor[t], by_edge[t]
                        for r in range(_LANES):
                            product[d, t, r] = product[d - 1, t, r] * (
                                neither + met[a, r] * if_anchor + met[d, r] * if_edge
                            )
                    filled[d] = False
                    opened[d] = i
                    open_depth = d
                    i += 1
                    continue
                # A leaf: open and close at once.
                for r in range(_LANES):
                    edge_sum[r] = 0.0
                    anchor_sum[r] = 0.0
                for t in range(q):
                    neither, if_anchor, if_edge = base[t], by_anchor[t], by_edge[t]
                    ce = w[t] / (1.0 - x[t]) * inverse[d, t]
                    ca = w[t] / (1.0 - x[t]) * inverse[a, t]
                    for r in range(_LANES):
                        g = product[d - 1, t, r] * (
                            neither + met[a, r] * if_anchor + met[d, r] * if_edge
                        )
                        edge_sum[r] += ce * g
                        anchor_sum[r] += ca * g
                        leaf[r] = g
                    for k in range(kn):
                        v = value[i, k0 + k]
                        if filled[d - 1]:
                            for r in range(_LANES):
                                below[d - 1, k * q + t, r] += v * leaf[r]
                        else:
                            for r in range(_LANES):
                                below[d - 1, k * q + t, r] = v * leaf[r]
                for r in range(_LANES):
                    edge_sum[r] = met[d, r] * edge_sum[r] - met[a, r] * anchor_sum[r]
                for k in range(kn):
                    v = value[i, k0 + k]
                    for r in range(_LANES):
                        phi[feature[i], k0 + k, r] += v * edge_sum[r]
                filled[d - 1] = True
                i += 1
        for f in range(n_features):
            for k in range(out.shape[2]):
                for r in range(n):
                    out[first + r, f, k] += phi[f, k, r]


@kernel(_WALK)
def add_rows_singly(
    codes: AnyArray,
    starts: IntArray,
    end: IntArray,
    depth: AnyArray,
    anchor: AnyArray,
    feature: AnyArray,
    column: AnyArray,
    low: AnyArray,
    span: AnyArray,
    is_left: AnyArray,
    share: FloatArray,
    anchor_share: FloatArray,
    value: FloatArray,
    first_output: IntArray,
    n_values: IntArray,
    n_points: IntArray,
    nodes: FloatArray,
    weights: FloatArray,
    n_levels: int,
    out: FloatArray,
) -> None:
    """Walk every tree once per row, a node of the integral per SIMD lane."""
    most = nodes.shape[1]
    n_outputs = 0
    for t in range(len(n_values)):
        n_outputs = max(n_outputs, n_values[t])
    met = np.ones(n_levels + 1, np.bool_)
    inverse, product = np.ones((n_levels + 1, most)), np.ones((n_levels + 1, most))
    below = np.zeros((n_levels + 1, n_outputs, most))
    opened = np.zeros(n_levels + 1, np.int64)
    filled = np.zeros(n_levels + 1, np.bool_)
    weight = np.empty(most)
    g = np.empty(most)
    for row in range(codes.shape[1]):
        for tree in range(len(starts) - 1):
            q = (n_points[tree] + _PAD - 1) // _PAD * _PAD
            kn, k0 = n_values[tree], first_output[tree]
            x, w = nodes[tree], weights[tree]
            for t in range(q):
                weight[t] = w[t] / (1.0 - x[t])
            open_depth = np.int64(0)
            filled[0] = False
            i = starts[tree] + 1
            while True:
                d = np.int64(depth[i]) if i < starts[tree + 1] else np.int64(1)
                while open_depth >= d:
                    if not filled[open_depth]:
                        open_depth -= 1
                        continue
                    e = opened[open_depth]
                    a, f = anchor[e], feature[e]
                    add, above = filled[open_depth - 1], open_depth - 1
                    for k in range(kn):
                        total = 0.0
                        if met[open_depth]:
                            for t in range(q):
                                total += (
                                    weight[t] * below[open_depth, k, t]
                                    * (inverse[open_depth, t] - inverse[a, t])
                                )  # fmt: skip
                        elif met[a]:
                            for t in range(q):
                                total -= weight[t] * below[open_depth, k, t] * inverse[a, t]
                        out[row, f, k0 + k] += total
                        if add:
                            for t in range(q):
                                below[above, k, t] += below[open_depth, k, t]
                        else:
                            for t in range(q):
                                below[above, k, t] = below[open_depth, k, t]
                    filled[above] = True
                    open_depth -= 1
                if i >= starts[tree + 1]:
                    break
                a, z = anchor[i], share[i]
                goes = np.uint16(codes[column[i], row] - low[i]) <= span[i]
                met[d] = met[a] and goes == (is_left[i] == 1)
                if not met[d] and z == 0.0:
                    # Neither the row nor any training row comes here: nothing below counts.
                    i = end[i]
                    continue
                # A row that does not meet the anchor does not meet the merged condition.
                ratio = 0.0 if met[a] else z / anchor_share[i]
                if end[i] > i + 1:
                    if met[d]:
                        for t in range(q):
                            factor = (1.0 - x[t]) * z + x[t]
                            inverse[d, t] = 1.0 / factor
                            product[d, t] = product[d - 1, t] * inverse[a, t] * factor
                    elif met[a]:
                        for t in range(q):
                            off = (1.0 - x[t]) * z
                            product[d, t] = product[d - 1, t] * inverse[a, t] * off
                    else:
                        for t in range(q):
                            product[d, t] = product[d - 1, t] * ratio
                    filled[d] = False
                    opened[d] = i
                    open_depth = d
                    i += 1
                    continue
                # A leaf: open and close at once.
                total = 0.0
                if met[d]:
                    for t in range(q):
                        rest = product[d - 1, t] * inverse[a, t]
                        g[t] = rest * ((1.0 - x[t]) * z + x[t])
                        total += weight[t] * (rest - g[t] * inverse[a, t])
                elif met[a]:
                    for t in range(q):
                        g[t] = product[d - 1, t] * inverse[a, t] * ((1.0 - x[t]) * z)
                        total -= weight[t] * g[t] * inverse[a, t]
                else:
                    for t in range(q):
                        g[t] = product[d - 1, t] * ratio
                for k in range(kn):
                    v = value[i, k0 + k]
                    out[row, feature[i], k0 + k] += v * total
                    if filled[d - 1]:
                        for t in range(q):
                            below[d - 1, k, t] += v * g[t]
                    else:
                        for t in range(q):
                            below[d - 1, k, t] = v * g[t]
                filled[d - 1] = True
                i += 1
