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

from mlflow_explain.engines.compiled import kernel

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.columns import Columns
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Paths:
    """Nodes of all trees in preorder; what an edge is, is told by the node it leads to.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_trees + 1,)
        Position of each tree's root.
    node : ndarray of int64
        Position in the ensemble.
    end : ndarray of int64
        Position after the last node of the subtree.
    depth, anchor, slot, distinct : ndarray of int32
        Edges from the root; depth of the nearest edge above on the same feature (0: none); slot
        of the feature; number of distinct features on the path.
    feature, column : ndarray of int32
        Feature and column the edge asks.
    low, span : ndarray of uint16
        Codes that go left: ``code - low <= span``.
    is_left : ndarray of uint8
        Whether the edge leads left.
    share, anchor_share : ndarray of float64
        Fraction of the training rows that follow the merged condition, and that of the anchor.
    """

    starts: IntArray
    node: IntArray
    end: IntArray
    depth: AnyArray
    anchor: AnyArray
    slot: AnyArray
    distinct: AnyArray
    feature: AnyArray
    column: AnyArray
    low: AnyArray
    span: AnyArray
    is_left: AnyArray
    share: FloatArray
    anchor_share: FloatArray

    @property
    def is_leaf(self) -> AnyArray:
        """Whether each node is a leaf, (n_nodes,)."""
        return np.asarray(self.end == np.arange(len(self.end)) + 1)

    def kept(self, keep: AnyArray) -> Paths:
        """Return the nodes marked in `keep`, which holds every ancestor of a node it holds."""
        before = np.concatenate([[0], np.cumsum(keep)]).astype(np.int64)
        names = self.__slots__
        parts = {name: getattr(self, name)[keep] for name in names if name != "starts"}
        parts["end"] = before[self.end][keep]
        starts = before[self.starts]
        # A tree that lost all its nodes is no tree.
        return Paths(starts=np.unique(starts) if len(starts) else starts, **parts)


def paths_of(trees: TreeEnsemble, columns: Columns) -> Paths:
    """Return the nodes of an ensemble in preorder."""
    n_nodes = len(trees.left)
    ints = {name: np.zeros(n_nodes, np.int32) for name in ("depth", "anchor", "slot", "distinct")}
    node, parent = np.zeros(n_nodes, np.int64), np.zeros(n_nodes, np.int64)
    end, is_left = np.zeros(n_nodes, np.int64), np.zeros(n_nodes, np.uint8)
    share, anchor_share = np.ones(n_nodes), np.ones(n_nodes)
    starts = np.array(trees.starts, dtype=np.int64)
    walk(
        starts, *(np.array(a, dtype=np.int64) for a in (trees.left, trees.right, trees.feature)),
        np.array(trees.cover, dtype=np.float64), node, parent, end, ints["depth"], ints["anchor"],
        ints["slot"], ints["distinct"], is_left, share, anchor_share,
    )  # fmt: skip
    above = node[parent]
    return Paths(
        starts=starts,
        node=node,
        end=end,
        feature=trees.feature[above].astype(np.int32),
        column=columns.node_column[above],
        low=columns.node_low[above],
        span=columns.node_span[above],
        is_left=is_left,
        share=share,
        anchor_share=anchor_share,
        **ints,
    )


@kernel(
    "void(int64[::1], int64[::1], int64[::1], int64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1], int32[::1], int32[::1], int32[::1], int32[::1], uint8[::1], float64[::1],"
    " float64[::1])"
)
def walk(
    starts: IntArray,
    left: IntArray,
    right: IntArray,
    feature: IntArray,
    cover: FloatArray,
    node: IntArray,
    parent: IntArray,
    end: IntArray,
    depth: AnyArray,
    anchor: AnyArray,
    slot: AnyArray,
    distinct: AnyArray,
    is_left: AnyArray,
    share: FloatArray,
    anchor_share: FloatArray,
) -> None:
    """Fill the preorder arrays; `parent` is a preorder position (the root is its own)."""
    longest = 0
    for t in range(len(starts) - 1):
        longest = max(longest, starts[t + 1] - starts[t])
    # At most one right sibling waits per edge of the path, and the path ends at a leaf.
    waiting = np.empty(longest + 2, np.int64)
    waiting_parent = np.empty(longest + 2, np.int64)
    path = np.empty(longest + 2, np.int64)
    for t in range(len(starts) - 1):
        root = starts[t]
        n = root
        waiting[0], waiting_parent[0], top = root, -1, 1
        while top > 0:
            top -= 1
            v, p = waiting[top], waiting_parent[top]
            node[n] = v
            parent[n] = n
            if p >= 0:
                above = node[p]
                d = depth[p] + 1
                parent[n], depth[n] = p, d
                path[d] = n
                is_left[n] = 1 if root + left[above] == v else 0
                z = cover[v] / cover[above] if cover[above] > 0.0 else 0.0
                slot[n], distinct[n] = distinct[p], distinct[p] + 1
                share[n] = z
                for k in range(d - 1, 0, -1):
                    e = path[k]
                    if feature[node[parent[e]]] == feature[above]:
                        anchor[n], slot[n], distinct[n] = k, slot[e], distinct[p]
                        anchor_share[n] = share[e]
                        share[n] = z * share[e]
                        break
            if left[v] >= 0:
                waiting[top], waiting_parent[top] = root + right[v], n
                waiting[top + 1], waiting_parent[top + 1] = root + left[v], n
                top += 2
            n += 1
        for i in range(n - 1, root - 1, -1):
            if end[i] == 0:
                end[i] = i + 1
            if parent[i] != i:
                end[parent[i]] = max(end[parent[i]], end[i])
