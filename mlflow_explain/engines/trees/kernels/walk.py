"""Trees to nodes in preorder, and rows to the leaves they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import kernel, part
from mlflow_explain.engines.trees.kernels.layouts import Codes, Floats, Grid, Ints, Nodes, Trees

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, IntArray


@kernel
def walk(
    trees: Trees, left: Ints, right: Ints, feature: Ints, cover: Floats, position: Ints,
    nodes: Nodes,
) -> None:  # fmt: skip
    """Write the nodes in preorder, but for what their edges ask.

    Parameters
    ----------
    trees
        Only `start` and `end` are used.
    left, right, feature, cover
        See `TreeEnsemble`.
    position
        Written: where in the ensemble each node is.
    nodes
        Written, except for `column`, `low` and `span`; the features of roots are undefined.
    """
    longest = 0
    for t in range(len(trees)):
        longest = max(longest, trees[t].end - trees[t].start)
    # At most one right sibling waits per edge of the path, and the path ends at a leaf.
    waiting, above = np.empty(longest + 2, np.int64), np.empty(longest + 2, np.int64)
    path = np.empty(longest + 2, np.int64)
    for t in range(len(trees)):
        root = i = trees[t].start
        waiting[0], above[0], n_waiting = root, root, 1
        while n_waiting > 0:
            n_waiting -= 1
            at, parent = waiting[n_waiting], above[n_waiting]
            position[i], nodes[i].parent = at, parent
            if at == root:
                nodes[i].share = nodes[i].anchor_share = 1.0
            else:
                asked = position[parent]
                nodes[i].is_left = root + left[asked] == at
                nodes[i].feature = feature[asked]
                share = cover[at] / cover[asked] if cover[asked] > 0.0 else 0.0
                _extend_path(nodes, i, share, path)
            if left[at] >= 0:
                waiting[n_waiting], above[n_waiting] = root + right[at], i
                waiting[n_waiting + 1], above[n_waiting + 1] = root + left[at], i
                n_waiting += 2
            i += 1
        _write_ends(nodes, root, i)


@part
def _extend_path(nodes: AnyArray, i: int, share: float, path: IntArray) -> None:
    """Write what a node knows of its path, and the node to `path` at its depth."""
    node, parent = nodes[i], nodes[nodes[i].parent]
    node.depth = parent.depth + 1
    path[node.depth] = i
    for depth in range(parent.depth, 0, -1):
        anchor = nodes[path[depth]]
        if anchor.feature == node.feature:
            node.anchor, node.slot, node.distinct = depth, anchor.slot, parent.distinct
            node.anchor_share, node.share = anchor.share, share * anchor.share
            return
    node.anchor, node.slot, node.distinct = 0, parent.distinct, parent.distinct + 1
    node.anchor_share, node.share = 1.0, share


@part
def _write_ends(nodes: AnyArray, root: int, end: int) -> None:
    """Write where the subtrees of a tree end."""
    for i in range(root, end):
        nodes[i].end = i + 1
    for i in range(end - 1, root, -1):
        parent = nodes[nodes[i].parent]
        parent.end = max(parent.end, nodes[i].end)


@kernel
def add_outputs(codes: Codes, trees: Trees, nodes: Nodes, value: Grid, out: Grid) -> None:
    """Add the values of the leaves that rows reach, (n_rows, n_outputs)."""
    for row in range(codes.shape[1]):
        for t in range(len(trees)):
            i = trees[t].start
            while nodes[i].end > i + 1:
                # The left child comes next, and knows what its parent asks.
                left = nodes[i + 1]
                goes = np.uint16(codes[left.column, row] - left.low) <= left.span
                i = i + 1 if goes else left.end
            for k in range(value.shape[1]):
                out[row, k] += value[i, k]
