"""`TreeEnsemble`: any set of binary decision trees as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class TreeEnsemble:
    """A sum of trees plus an offset; nodes of all trees one after the other, roots first.

    A row goes left where its value is at most the threshold, and to `default` where it is missing.

    Parameters
    ----------
    starts : ndarray of int, shape (n_trees + 1,)
        Position of each tree's root; the last entry is the number of nodes.
    left, right, default : ndarray of int, shape (n_nodes,)
        Children as positions within the tree; -1 in leaves.
    feature : ndarray of int, shape (n_nodes,)
        Feature of the split; negative in leaves.
    threshold : ndarray of shape (n_nodes,)
        Threshold of the split.
    value : ndarray of shape (n_nodes, n_outputs)
        Leaf values, already scaled so that the trees add up; not used in inner nodes.
    cover : ndarray of shape (n_nodes,)
        Weight of the training rows in the node.
    offset : ndarray of shape (n_outputs,)
        Added to the sum of the trees.
    """

    starts: IntArray
    left: IntArray
    right: IntArray
    default: IntArray
    feature: IntArray
    threshold: FloatArray
    value: FloatArray
    cover: FloatArray
    offset: FloatArray

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.starts) - 1

    def tree(self, index: int) -> dict[str, AnyArray]:
        """Return one tree's arrays by name."""
        at = slice(int(self.starts[index]), int(self.starts[index + 1]))
        return {name: getattr(self, name)[at] for name in NODE_ARRAYS}

    def base_values(self) -> FloatArray:
        """Return the expected output: each leaf weighted by its share of the root's cover."""
        total = self.offset.astype(np.float64).copy()
        for index in range(self.n_trees):
            tree = self.tree(index)
            leaf = tree["left"] < 0
            total += tree["cover"][leaf] @ tree["value"][leaf] / tree["cover"][leaf].sum()
        return total


NODE_ARRAYS = ("left", "right", "default", "feature", "threshold", "value", "cover")


def joined(trees: list[dict[str, AnyArray]], offset: FloatArray) -> TreeEnsemble:
    """Return the ensemble of single trees, each a dictionary of the arrays of `NODE_ARRAYS`."""
    sizes = [len(tree["left"]) for tree in trees]
    arrays = {name: np.concatenate([tree[name] for tree in trees]) for name in NODE_ARRAYS}
    return TreeEnsemble(starts=np.concatenate([[0], np.cumsum(sizes)]), offset=offset, **arrays)
