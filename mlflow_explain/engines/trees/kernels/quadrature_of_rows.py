"""Quadrature over single rows, a point of the integral per SIMD lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlflow_explain.engines.compiled import kernel, part
from mlflow_explain.engines.trees.kernels.layouts import Attributions, Codes, Grid, Nodes, Trees

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.engines.trees.kernels.layouts import Node, Tree

# Points are taken by so many: the widest registers, filled up with points of weight 0.
PAD = 8


class _Levels(NamedTuple):
    """What is known of the path, by depth.

    Parameters
    ----------
    met : ndarray of bool, shape (n_levels + 1,)
        Whether the row meets the merged condition.
    inverse : ndarray of shape (n_levels + 1, n_points)
        One over the condition's factor where it is met.
    product : ndarray of shape (n_levels + 1, n_points)
        Of the path's factors.
    below : ndarray of shape (n_levels + 1, n_outputs, n_points)
        Sum over the leaves below of product times value.
    is_filled : ndarray of bool, shape (n_levels + 1,)
        Whether `below` was written: the first child writes, the other adds.
    """

    met: AnyArray
    inverse: FloatArray
    product: FloatArray
    below: FloatArray
    is_filled: AnyArray


@kernel
def add_singly(
    codes: Codes, trees: Trees, nodes: Nodes, value: Grid, points: Grid, weights: Grid,
    n_levels: int, out: Attributions,
) -> None:  # fmt: skip
    """Walk every tree once per row; parameters as of `Quadrature`."""
    most, n_outputs = points.shape[1], out.shape[2]
    met, is_filled = np.empty(n_levels + 1, np.bool_), np.empty(n_levels + 1, np.bool_)
    inverse, product = np.empty((n_levels + 1, most)), np.empty((n_levels + 1, most))
    below = np.empty((n_levels + 1, n_outputs, most))
    levels = _Levels(met, inverse, product, below, is_filled)
    opened, leaf = np.empty(n_levels + 1, np.int64), np.empty(most)
    # At the root everything is met.
    met[0], inverse[0], product[0] = True, 1.0, 1.0
    for row in range(codes.shape[1]):
        for t in range(len(trees)):
            tree = trees[t]
            q = ((tree.degree + 1) // 2 + PAD - 1) // PAD * PAD
            point, weight = points[tree.degree, :q], weights[tree.degree, :q]
            level, i = 0, tree.start + 1
            is_filled[0] = False
            while True:
                depth = nodes[i].depth if i < tree.end else 1
                while level >= depth:
                    if is_filled[level]:
                        _close(levels, nodes[opened[level]], tree, weight, out, row)
                    level -= 1
                if i == tree.end:
                    break
                node = nodes[i]
                goes = np.uint16(codes[node.column, row] - node.low) <= node.span
                met[depth] = met[node.anchor] and goes == (node.is_left == 1)
                if not met[depth] and node.share == 0.0:
                    # Neither the row nor any training row comes here: nothing below counts.
                    i = node.end
                    continue
                if node.end > i + 1:
                    _open(levels, node, point)
                    level = depth
                    opened[level] = i
                else:
                    _add_leaf(levels, node, tree, point, weight, value, i, leaf, out, row)
                i += 1


@part
def _open(levels: _Levels, node: Node, point: FloatArray) -> None:
    """Write the product of the path to an inner node."""
    d = node.depth
    _extend(levels, node, point, levels.product[d])
    if levels.met[d]:
        inverse = levels.inverse[d]
        for p in range(len(point)):
            inverse[p] = 1.0 / ((1.0 - point[p]) * node.share + point[p])
    levels.is_filled[d] = False


@part
def _extend(levels: _Levels, node: Node, point: FloatArray, product: FloatArray) -> None:
    """Write the product of the path to a node."""
    above, inverse = levels.product[node.depth - 1], levels.inverse[node.anchor]
    if levels.met[node.depth]:
        for p in range(len(point)):
            factor = (1.0 - point[p]) * node.share + point[p]
            product[p] = above[p] * inverse[p] * factor
    elif levels.met[node.anchor]:
        for p in range(len(point)):
            product[p] = above[p] * inverse[p] * ((1.0 - point[p]) * node.share)
    else:
        # A row that does not meet the anchor does not meet the merged condition.
        ratio = node.share / node.anchor_share
        for p in range(len(point)):
            product[p] = above[p] * ratio


@part
def _add_leaf(
    levels: _Levels, node: Node, tree: Tree, point: FloatArray, weight: FloatArray,
    value: FloatArray, i: int, leaf: FloatArray, out: FloatArray, row: int,
) -> None:  # fmt: skip
    """Open and close the edge to a leaf at once."""
    d, first = node.depth, tree.first_output
    _extend(levels, node, point, leaf)
    above, inverse = levels.product[d - 1], levels.inverse[node.anchor]
    total = 0.0
    if levels.met[d]:
        for p in range(len(point)):
            total += weight[p] * inverse[p] * (above[p] - leaf[p])
    elif levels.met[node.anchor]:
        for p in range(len(point)):
            total -= weight[p] * inverse[p] * leaf[p]
    for k in range(tree.n_outputs):
        v, below = value[i, first + k], levels.below[d - 1, k]
        out[row, node.feature, first + k] += v * total
        _add(below, v, leaf, len(point), levels.is_filled[d - 1])
    levels.is_filled[d - 1] = True


@part
def _close(
    levels: _Levels, node: Node, tree: Tree, weight: FloatArray, out: FloatArray, row: int
) -> None:
    """Add what is below an edge to its feature's attributions, and to what is below its parent."""
    d = node.depth
    inverse, of_anchor = levels.inverse[d], levels.inverse[node.anchor]
    for k in range(tree.n_outputs):
        below, above = levels.below[d, k], levels.below[d - 1, k]
        total = 0.0
        if levels.met[d]:
            for p in range(len(weight)):
                total += weight[p] * below[p] * (inverse[p] - of_anchor[p])
        elif levels.met[node.anchor]:
            for p in range(len(weight)):
                total -= weight[p] * below[p] * of_anchor[p]
        out[row, node.feature, tree.first_output + k] += total
        _add(above, 1.0, below, len(weight), levels.is_filled[d - 1])
    levels.is_filled[d - 1] = True


@part
def _add(
    total: FloatArray, factor: float, line: FloatArray, n_points: int, is_filled: bool
) -> None:
    """Add a multiple to a sum, or begin it."""
    if is_filled:
        for p in range(n_points):
            total[p] += factor * line[p]
    else:
        for p in range(n_points):
            total[p] = factor * line[p]
