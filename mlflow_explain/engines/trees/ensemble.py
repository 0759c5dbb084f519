"""`TreeEnsemble`: any set of binary decision trees as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

# What a node asks of a value.
NUMERIC = 0  # left if at most the threshold; missing values follow `default`
ZERO_MISSING = 1  # the same, but zero counts as missing
CATEGORY = 2  # left if in the node's set of categories; missing values follow `default`


def _empty() -> IntArray:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class TreeEnsemble:
    """A sum of trees plus an offset; nodes of all trees one after the other, roots first.

    Parameters
    ----------
    starts : ndarray of int, shape (n_trees + 1,)
        Position of each tree's root; the last entry is the number of nodes.
    left, right, default : ndarray of int, shape (n_nodes,)
        Children, and the child for missing values, as positions within the tree; -1 in leaves.
    feature : ndarray of int, shape (n_nodes,)
        Feature of the split; negative in leaves.
    threshold : ndarray of shape (n_nodes,)
        A row goes left where its value is at most this.
    value : ndarray of shape (n_nodes, n_outputs)
        Leaf values, already scaled so that the trees add up; not used in inner nodes.
    cover : ndarray of shape (n_nodes,)
        Weight of the training rows in the node.
    offset : ndarray of shape (n_outputs,)
        Added to the sum of the trees.
    kind : ndarray of int, shape (n_nodes,) or (0,)
        `NUMERIC`, `ZERO_MISSING` or `CATEGORY`; empty where all splits are numeric.
    category_set : ndarray of int, shape (n_nodes,) or (0,)
        Position of a category split's set; empty where there are none.
    set_starts : ndarray of int, shape (n_sets + 1,)
        Position of each set's first member; the last entry is the number of members.
    set_members : ndarray of int
        Category codes that go left.
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
    kind: IntArray = field(default_factory=_empty)
    category_set: IntArray = field(default_factory=_empty)
    set_starts: IntArray = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    set_members: IntArray = field(default_factory=_empty)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.starts) - 1

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.offset)

    @property
    def has_categories(self) -> bool:
        """Whether a split asks for a set of categories."""
        return bool((self.kind == CATEGORY).any())

    def tree_of_node(self) -> IntArray:
        """Return the tree each node belongs to, (n_nodes,)."""
        return np.repeat(np.arange(self.n_trees), np.diff(self.starts))

    def base_values(self) -> FloatArray:
        """Return the expected output: each leaf weighted by its share of the root's cover."""
        tree = self.tree_of_node()
        leaf = self.left < 0
        total = np.bincount(tree[leaf], weights=self.cover[leaf], minlength=self.n_trees)
        share = self.cover[leaf] / np.where(total > 0, total, 1.0)[tree[leaf]]
        return np.asarray(self.offset + share @ self.value[leaf])

    def arrays(self) -> dict[str, AnyArray]:
        """Return all arrays by name: what is kept in an artifact."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


NODE_ARRAYS = ("left", "right", "default", "feature", "threshold", "value", "cover")
_OPTIONAL = ("kind", "category_set")


def joined(
    trees: list[dict[str, AnyArray]], offset: FloatArray, sets: list[IntArray] | None = None
) -> TreeEnsemble:
    """Return the ensemble of single trees.

    Parameters
    ----------
    trees : list of dict
        Each with the arrays of `NODE_ARRAYS`; all of them, or none, with `kind` and
        `category_set`.
    offset : ndarray of shape (n_outputs,)
        Added to the sum of the trees.
    sets : list of ndarray of int, optional
        Members of each set of categories.
    """
    sizes = [len(tree["left"]) for tree in trees]
    names = NODE_ARRAYS + (_OPTIONAL if "kind" in trees[0] else ())
    arrays = {name: np.concatenate([tree[name] for tree in trees]) for name in names}
    if sets:
        arrays["set_starts"] = np.concatenate([[0], np.cumsum([len(s) for s in sets])])
        arrays["set_members"] = np.concatenate(sets).astype(np.int64)
    return TreeEnsemble(starts=np.concatenate([[0], np.cumsum(sizes)]), offset=offset, **arrays)


def weighted_sum(parts: Sequence[tuple[TreeEnsemble, FloatArray, IntArray | None]]) -> TreeEnsemble:
    """Return a weighted sum of ensembles as one.

    Parameters
    ----------
    parts : sequence of (TreeEnsemble, ndarray, ndarray or None)
        Each with weights (n_its_outputs, n_outputs), and the features it sees, None for all.
    """
    starts, offset = [np.zeros(1, dtype=np.int64)], np.zeros(parts[0][1].shape[1])
    pieces: list[dict[str, AnyArray]] = []
    n_sets = 0
    for trees, weights, columns in parts:
        n_nodes = len(trees.left)
        inner = trees.left >= 0
        feature = trees.feature if columns is None else columns[np.maximum(trees.feature, 0)]
        plain = np.zeros(n_nodes, dtype=np.int64)
        pieces.append({
            **{name: getattr(trees, name) for name in NODE_ARRAYS},
            "feature": np.where(inner, feature, -1),
            "value": trees.value @ weights,
            "kind": trees.kind if len(trees.kind) else plain,
            "category_set": np.where(trees.category_set < 0, -1, trees.category_set + n_sets)
            if len(trees.category_set) else plain - 1,
        })  # fmt: skip
        starts.append(starts[-1][-1] + trees.starts[1:])
        n_sets += len(trees.set_starts) - 1
        offset += trees.offset @ weights
    arrays = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    sizes = np.concatenate([np.diff(trees.set_starts) for trees, _, _ in parts])
    return TreeEnsemble(
        starts=np.concatenate(starts),
        offset=offset,
        set_starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        set_members=np.concatenate([trees.set_members for trees, _, _ in parts]),
        **arrays,
    )


def from_arrays(arrays: Mapping[str, AnyArray]) -> TreeEnsemble:
    """Return the ensemble that `TreeEnsemble.arrays` was made of."""
    known = {item.name for item in fields(TreeEnsemble)}
    return TreeEnsemble(**{name: array for name, array in arrays.items() if name in known})
