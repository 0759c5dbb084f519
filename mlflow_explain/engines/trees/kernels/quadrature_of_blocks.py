"""Quadrature over blocks of rows, a row per SIMD lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlflow_explain.engines.compiled import inlined, kernel, part
from mlflow_explain.engines.trees.kernels.layouts import Attributions, Codes, Grid, Nodes, Trees

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.engines.trees.kernels.layouts import Node, Tree

_LANES = 64


class _Levels(NamedTuple):
    """What is known of the path, by depth.

    Parameters
    ----------
    inverse : ndarray of shape (n_levels + 1, n_points)
        One over the factor of the condition where it is met.
    is_filled : ndarray of bool, shape (n_levels + 1,)
        Whether sums below were written: the first child writes, the other adds.
    lanes : ndarray of shape (n_levels + 1, 1 + n_points + n_outputs * n_points, _LANES)
        Whether a row meets the merged condition, 1 or 0; product of the path's factors, by points;
        sum over the leaves below of product times value, by outputs and points.
    """

    inverse: FloatArray
    is_filled: AnyArray
    lanes: FloatArray


class _Factors(NamedTuple):
    """Factor of an edge's merged condition over that of its anchor, by points.

    The ratio is ``neither + met of the anchor * if_anchor + met of the edge * if_edge``, in the
    three cases that there are.
    """

    neither: FloatArray
    if_anchor: FloatArray
    if_edge: FloatArray


class _Sums(NamedTuple):
    """Integrals of what is below an edge over its factor and over its anchor's, by lanes."""

    edge: FloatArray
    anchor: FloatArray
    leaf: FloatArray


@kernel
def add_blocks(
    codes: Codes, trees: Trees, nodes: Nodes, value: Grid, points: Grid, weights: Grid,
    n_levels: int, out: Attributions,
) -> None:  # fmt: skip
    """Walk every tree once per block of rows; parameters as of `Quadrature`.

    An edge that is closed adds the integral of ``met / factor - (the same of its anchor)`` times
    what is below it.
    """
    n_features, n_outputs, most = out.shape[1], out.shape[2], len(points) // 2
    inverse = np.empty((n_levels + 1, most))
    is_filled, opened = np.empty(n_levels + 1, np.bool_), np.empty(n_levels + 1, np.int64)
    n_lines, n_phi = 1 + most + n_outputs * most, n_features * n_outputs
    memory = _lanes((n_levels + 1) * n_lines + n_phi + 3)
    phi = memory[3 : 3 + n_phi].reshape((n_features, n_outputs, _LANES))
    lanes = memory[3 + n_phi :].reshape((n_levels + 1, n_lines, _LANES))
    sums = _Sums(memory[0], memory[1], memory[2])
    levels = _Levels(inverse, is_filled, lanes)
    # At the root everything is met.
    inverse[0] = 1.0
    lanes[0] = 1.0
    factors = _Factors(np.empty(most), np.empty(most), np.empty(most))
    block = np.empty((codes.shape[0], _LANES), np.uint16)
    for first in range(0, codes.shape[1], _LANES):
        n = min(_LANES, codes.shape[1] - first)
        _read_block(codes, first, n, block)
        phi[:] = 0.0
        for t in range(len(trees)):
            tree = trees[t]
            q = max((tree.degree + 1) // 2, 1)
            point, weight = points[tree.degree, :q], weights[tree.degree, :q]
            level, i = 0, tree.start + 1
            is_filled[0] = False
            while True:
                depth = nodes[i].depth if i < tree.end else 1
                while level >= depth:
                    _close(levels, nodes[opened[level]], tree, weight, sums, phi)
                    level -= 1
                if i == tree.end:
                    break
                node = nodes[i]
                _follow(levels, node, block, point, factors)
                if node.end > i + 1:
                    _open(levels, node, q, factors)
                    level = depth
                    opened[level] = i
                else:
                    _add_leaf(levels, node, tree, weight, value, i, factors, sums, phi)
                i += 1
        _write_block(phi, first, n, out)


@inlined
def _lanes(n_lines: int) -> FloatArray:
    """Return uninitialised lines of lanes, which begin where lines of the cache do."""
    memory = np.empty(n_lines * _LANES + 8)
    skipped = -(memory.ctypes.data // 8) % 8
    return memory[skipped : skipped + n_lines * _LANES].reshape((n_lines, _LANES))


@part
def _follow(
    levels: _Levels, node: Node, block: AnyArray, point: FloatArray, factors: _Factors
) -> None:
    """Write who meets the condition of an edge, and its factors."""
    met, of_anchor = levels.lanes[node.depth, 0], levels.lanes[node.anchor, 0]
    codes, low, span, left = block[node.column], node.low, node.span, node.is_left == 1
    for r in range(_LANES):
        goes = np.uint16(codes[r] - low) <= span
        met[r] = of_anchor[r] if goes == left else 0.0
    inverse, inverse_of_anchor = levels.inverse[node.depth], levels.inverse[node.anchor]
    ratio = node.share / node.anchor_share if node.anchor_share > 0.0 else 0.0
    for p in range(len(point)):
        off = (1.0 - point[p]) * node.share
        inverse[p] = 1.0 / (off + point[p])
        factors.neither[p] = ratio
        factors.if_anchor[p] = off * inverse_of_anchor[p] - ratio
        factors.if_edge[p] = point[p] * inverse_of_anchor[p]


@part
def _extend(levels: _Levels, node: Node, factors: _Factors, p: int, product: FloatArray) -> None:
    """Write the product of the path to a node, for one point."""
    met, of_anchor = levels.lanes[node.depth, 0], levels.lanes[node.anchor, 0]
    neither, if_anchor, if_edge = factors.neither[p], factors.if_anchor[p], factors.if_edge[p]
    above = levels.lanes[node.depth - 1, 1 + p]
    for r in range(_LANES):
        product[r] = above[r] * (neither + of_anchor[r] * if_anchor + met[r] * if_edge)


@part
def _open(levels: _Levels, node: Node, n_points: int, factors: _Factors) -> None:
    """Write the product of the path to an inner node."""
    for p in range(n_points):
        _extend(levels, node, factors, p, levels.lanes[node.depth, 1 + p])
    levels.is_filled[node.depth] = False


@part
def _add_leaf(
    levels: _Levels, node: Node, tree: Tree, weight: FloatArray, value: FloatArray, i: int,
    factors: _Factors, sums: _Sums, phi: FloatArray,
) -> None:  # fmt: skip
    """Open and close the edge to a leaf at once."""
    d, a, first = node.depth, node.anchor, tree.first_output
    most = levels.inverse.shape[1]
    for r in range(_LANES):
        sums.edge[r] = 0.0
        sums.anchor[r] = 0.0
    for p in range(len(weight)):
        _extend(levels, node, factors, p, sums.leaf)
        of_edge, of_anchor = weight[p] * levels.inverse[d, p], weight[p] * levels.inverse[a, p]
        for r in range(_LANES):
            sums.edge[r] += of_edge * sums.leaf[r]
            sums.anchor[r] += of_anchor * sums.leaf[r]
        for k in range(tree.n_outputs):
            v, below = value[i, first + k], levels.lanes[d - 1, 1 + (1 + k) * most + p]
            _add(below, v, sums.leaf, levels.is_filled[d - 1])
    levels.is_filled[d - 1] = True
    met, met_anchor = levels.lanes[d, 0], levels.lanes[a, 0]
    for r in range(_LANES):
        sums.edge[r] = met[r] * sums.edge[r] - met_anchor[r] * sums.anchor[r]
    for k in range(tree.n_outputs):
        v, of_feature = value[i, first + k], phi[node.feature, first + k]
        for r in range(_LANES):
            of_feature[r] += v * sums.edge[r]


@part
def _close(
    levels: _Levels, node: Node, tree: Tree, weight: FloatArray, sums: _Sums, phi: FloatArray
) -> None:
    """Add what is below an edge to its feature's attributions, and to what is below its parent."""
    d, a, most = node.depth, node.anchor, levels.inverse.shape[1]
    met, met_anchor = levels.lanes[d, 0], levels.lanes[a, 0]
    for k in range(tree.n_outputs):
        for r in range(_LANES):
            sums.edge[r] = 0.0
            sums.anchor[r] = 0.0
        for p in range(len(weight)):
            of_edge, of_anchor = weight[p] * levels.inverse[d, p], weight[p] * levels.inverse[a, p]
            at = 1 + (1 + k) * most + p
            below, above = levels.lanes[d, at], levels.lanes[d - 1, at]
            for r in range(_LANES):
                sums.edge[r] += of_edge * below[r]
                sums.anchor[r] += of_anchor * below[r]
            _add(above, 1.0, below, levels.is_filled[d - 1])
        of_feature = phi[node.feature, tree.first_output + k]
        for r in range(_LANES):
            of_feature[r] += met[r] * sums.edge[r] - met_anchor[r] * sums.anchor[r]
    levels.is_filled[d - 1] = True


@part
def _add(total: FloatArray, factor: float, line: FloatArray, is_filled: bool) -> None:
    """Add a multiple to a sum, or begin it."""
    if is_filled:
        for r in range(_LANES):
            total[r] += factor * line[r]
    else:
        for r in range(_LANES):
            total[r] = factor * line[r]


@part
def _read_block(codes: AnyArray, first: int, n: int, block: AnyArray) -> None:
    for c in range(len(codes)):
        for r in range(n):
            block[c, r] = codes[c, first + r]


@part
def _write_block(phi: FloatArray, first: int, n: int, out: FloatArray) -> None:
    for f in range(phi.shape[0]):
        for k in range(phi.shape[1]):
            for r in range(n):
                out[first + r, f, k] += phi[f, k, r]
