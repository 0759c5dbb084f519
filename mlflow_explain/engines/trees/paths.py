"""Trees as preorder lists of nodes, each knowing the path that leads to it.

The conditions on one feature along a path are one condition: a leaf at depth 20 on 8 features has
8 conditions. Each node knows the nearest edge above it on the same feature, the *slot* of its
feature among the distinct ones of its path, and the fraction of the background that follows the
merged condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.trees.kernels.layouts import NODE, TREE
from mlflow_explain.engines.trees.kernels.walk import add_outputs, walk

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.columns import Columns
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Paths:
    """Nodes of all trees in preorder; what an edge is, is told by the node it leads to.

    Parameters
    ----------
    trees : ndarray of `Tree`, shape (n_trees,)
        Where each tree's nodes are, and the outputs it adds to.
    nodes : ndarray of `Node`, shape (n_nodes,)
        Nodes and the edges to them.
    value : ndarray of shape (n_nodes, n_outputs)
        Leaf values; not used in inner nodes.
    """

    trees: AnyArray
    nodes: AnyArray
    value: FloatArray

    @property
    def is_leaf(self) -> AnyArray:
        """Whether each node is a leaf, (n_nodes,)."""
        return np.asarray(self.nodes["end"] == np.arange(len(self.nodes)) + 1)

    @property
    def tree_of_node(self) -> IntArray:
        """The tree of each node, (n_nodes,)."""
        return np.repeat(np.arange(len(self.trees)), self.trees["end"] - self.trees["start"])

    @property
    def n_levels(self) -> int:
        """Depth of the deepest node."""
        return int(self.nodes["depth"].max(initial=0))

    @property
    def degree(self) -> int:
        """Most distinct features on a path."""
        return int(self.trees["degree"].max(initial=0))

    def with_ancestors(self, mark: AnyArray) -> AnyArray:
        """Return which nodes are marked or have a marked node below, (n_nodes,) of bool."""
        before = np.concatenate([[0], np.cumsum(mark)])
        return np.asarray(before[self.nodes["end"]] > before[:-1])

    def kept(self, keep: AnyArray) -> Paths:
        """Return the nodes marked in `keep`, which holds every ancestor of a node it holds."""
        before = np.concatenate([[0], np.cumsum(keep)])
        nodes, trees = self.nodes[keep], self.trees.copy()
        nodes["end"] = before[nodes["end"]]
        nodes["parent"] = before[nodes["parent"]]
        trees["start"], trees["end"] = before[trees["start"]], before[trees["end"]]
        # A tree that lost all its nodes is no tree.
        trees = trees[trees["end"] > trees["start"]]
        return Paths(_with_degrees(trees, nodes), nodes, np.ascontiguousarray(self.value[keep]))

    def joined(self, others: Paths) -> Paths:
        """Return the trees of both."""
        trees, nodes = others.trees.copy(), others.nodes.copy()
        trees["start"] += len(self.nodes)
        trees["end"] += len(self.nodes)
        nodes["parent"] += len(self.nodes)
        nodes["end"] += len(self.nodes)
        return Paths(
            np.concatenate([self.trees, trees]),
            np.concatenate([self.nodes, nodes]),
            np.concatenate([self.value, others.value]),
        )

    def mean_output(self, codes: AnyArray) -> FloatArray:
        """Return the mean of the sum of the trees over rows given by their codes, (n_outputs,)."""
        total = np.zeros((codes.shape[1], self.value.shape[1]))
        add_outputs(codes, self.trees, self.nodes, self.value, total)
        return np.asarray(total.mean(axis=0))


def paths_of(trees: TreeEnsemble, columns: Columns) -> Paths:
    """Return the nodes of an ensemble in preorder; each tree adds to all outputs."""
    n_nodes = len(trees.left)
    table = np.zeros(trees.n_trees, dtype=TREE)
    table["start"], table["end"] = trees.starts[:-1], trees.starts[1:]
    table["n_outputs"] = trees.n_outputs
    position, nodes = np.zeros(n_nodes, dtype=np.int64), np.zeros(n_nodes, dtype=NODE)
    # Arrays of a stored state may be read-only.
    left, right, feature = (
        np.array(part, dtype=np.int64) for part in (trees.left, trees.right, trees.feature)
    )
    cover = np.array(trees.cover, dtype=np.float64)
    walk(table, left, right, feature, cover, position, nodes)
    above = position[nodes["parent"]]
    nodes["column"] = columns.node_column[above]
    nodes["low"], nodes["span"] = columns.node_low[above], columns.node_span[above]
    value = np.ascontiguousarray(trees.value[position], dtype=np.float64)
    return Paths(_with_degrees(table, nodes), nodes, value)


def _with_degrees(trees: AnyArray, nodes: AnyArray) -> AnyArray:
    """Write the most distinct features on a path of each tree."""
    if len(trees):
        trees["degree"] = np.maximum.reduceat(nodes["distinct"], trees["start"])
    return trees
