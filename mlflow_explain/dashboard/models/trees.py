"""Trees as the page holds them: nodes in preorder, thresholds in sorted tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.dashboard.models.values import Core
from mlflow_explain.engines.trees.ensemble import CATEGORY, ZERO_MISSING

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.dashboard.models.values import Json
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble

# Bits of a node's flags.
MISSING_LEFT, ZERO_IS_MISSING, BY_SET = 1, 2, 4
_UNSIGNED = (np.uint8, np.uint16, np.uint32)


def features_used(trees: TreeEnsemble) -> IntArray:
    """Return the features that splits ask about, sorted."""
    return np.unique(trees.feature[trees.left >= 0])


def packed(
    trees: TreeEnsemble, slots: IntArray, *, single: bool, zero_is_missing: bool = False
) -> Core:
    """Return an ensemble as a core.

    Parameters
    ----------
    trees : TreeEnsemble
        Any ensemble.
    slots : ndarray of int
        The feature of each slot, sorted; at least those that splits ask about.
    single : bool
        Values are compared in single precision.
    zero_is_missing : bool
        To every split, as where a model takes what a sparse matrix leaves out for missing.
    """
    order, right = _preorder(trees)
    leaf = right == 0
    slot = np.where(leaf, 0, np.searchsorted(slots, trees.feature[order]))
    flags = _flags(trees, zero_is_missing)[order]
    by_set = (flags & BY_SET) > 0
    position, thresholds, starts = _thresholds(
        slot, trees.threshold[order], ~leaf & ~by_set, len(slots)
    )
    settings: Json = {"kind": "trees", "float32": single}
    arrays: dict[str, AnyArray] = {"roots": trees.starts[:-1].astype(np.uint32)}
    if by_set.any():
        numbers, arrays["setWords"], arrays["setStarts"] = _sets(trees, order[by_set])
        position[by_set] = numbers
    values = trees.value[order][leaf]
    output_of = _output_of(trees, order, leaf)
    if output_of is not None:
        arrays["outputOf"] = smallest(output_of)
        tree_of_leaf = trees.tree_of_node()[order][leaf]
        values = values[np.arange(len(values)), output_of[tree_of_leaf]]
    arrays |= {
        "feature": smallest(slot),
        "threshold": smallest(position),
        "right": smallest(right),
        "flags": np.where(leaf, 0, flags).astype(np.uint8),
        "thresholds": thresholds,
        "thresholdStarts": starts.astype(np.uint32),
        "values": narrowed(values),
        "covers": narrowed(trees.cover[order][leaf]),
    }
    named = {name: f"model.{name}" for name in arrays}
    return Core(
        settings | named | {
            "offset": [float(value) for value in trees.offset],
            "outputs": trees.n_outputs,
        },
        {named[name]: array for name, array in arrays.items()},
        _words(trees, leaf[np.argsort(order)]),
    )  # fmt: skip


def smallest(values: IntArray) -> AnyArray:
    """Return whole numbers in the smallest unsigned type that holds them."""
    most = int(values.max(initial=0))
    return values.astype(next(kind for kind in _UNSIGNED if most <= np.iinfo(kind).max))


def narrowed(values: FloatArray) -> AnyArray:
    """Return numbers in single precision where that loses nothing."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    return np.ascontiguousarray(single if (single == values).all() else values)


def _preorder(trees: TreeEnsemble) -> tuple[IntArray, IntArray]:
    """Return the nodes of all trees in preorder, and how far on each one's right child is."""
    start = np.repeat(trees.starts[:-1], np.diff(trees.starts))
    left = np.where(trees.left >= 0, start + trees.left, -1)
    right = np.where(trees.left >= 0, start + trees.right, -1)
    levels = [trees.starts[:-1]]
    while True:
        inner = levels[-1][left[levels[-1]] >= 0]
        if not len(inner):
            break
        levels.append(np.concatenate([left[inner], right[inner]]))
    size = np.ones(len(left), dtype=np.int64)
    for level in reversed(levels):
        inner = level[left[level] >= 0]
        size[inner] += size[left[inner]] + size[right[inner]]
    place = np.zeros(len(left), dtype=np.int64)
    place[trees.starts[:-1]] = trees.starts[:-1]
    jump = np.zeros(len(left), dtype=np.int64)
    for level in levels:
        inner = level[left[level] >= 0]
        place[left[inner]] = place[inner] + 1
        jump[inner] = 1 + size[left[inner]]
        place[right[inner]] = place[inner] + jump[inner]
    order = np.argsort(place, kind="stable")
    return order, jump[order]


def _flags(trees: TreeEnsemble, zero_is_missing: bool) -> IntArray:
    kinds = trees.kind if len(trees.kind) else np.zeros(len(trees.left), dtype=np.int64)
    is_set = kinds == CATEGORY
    zero = (kinds == ZERO_MISSING) | (zero_is_missing & ~is_set)
    goes_left = trees.default == trees.left
    return np.asarray(MISSING_LEFT * goes_left + ZERO_IS_MISSING * zero + BY_SET * is_set)


def _thresholds(
    slot: IntArray, threshold: FloatArray, numeric: AnyArray, n_slots: int
) -> tuple[IntArray, FloatArray, IntArray]:
    """Return each node's position among its slot's thresholds, these, and where slots begin."""
    nodes = np.flatnonzero(numeric)
    pairs, index = _unique_pairs(slot[nodes], threshold[nodes])
    starts = np.searchsorted(pairs[0], np.arange(n_slots + 1))
    position = np.zeros(len(slot), dtype=np.int64)
    position[nodes] = index - starts[slot[nodes]]
    return position, np.ascontiguousarray(pairs[1]), starts


def _unique_pairs(
    first: IntArray, second: FloatArray
) -> tuple[tuple[IntArray, FloatArray], IntArray]:
    """Return distinct pairs, sorted, and the position of each given one among them."""
    order = np.lexsort((second, first))
    a, b = first[order], second[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(a) != 0) | (b[1:] != b[:-1])
    index = np.empty(len(order), dtype=np.int64)
    index[order] = np.cumsum(new) - 1
    return (a[new], b[new]), index


def _sets(trees: TreeEnsemble, nodes: IntArray) -> tuple[IntArray, AnyArray, AnyArray]:
    """Return the number of each node's set, the words of all sets, and where each begins."""
    known: dict[bytes, int] = {}
    words: list[AnyArray] = []
    numbers = []
    for number in trees.category_set[nodes]:
        members = trees.set_members[trees.set_starts[number] : trees.set_starts[number + 1]]
        own = np.zeros(int(members.max(initial=0)) // 32 + 1, dtype=np.uint32)
        np.bitwise_or.at(own, members // 32, np.uint32(1) << (members % 32).astype(np.uint32))
        key = own.tobytes()
        if key not in known:
            known[key] = len(words)
            words.append(own)
        numbers.append(known[key])
    starts = np.concatenate([[0], np.cumsum([len(own) for own in words])]).astype(np.uint32)
    return np.array(numbers, dtype=np.int64), np.concatenate(words), starts


def _output_of(trees: TreeEnsemble, order: IntArray, leaf: AnyArray) -> IntArray | None:
    """Return the output that each tree adds to, or None where leaves hold several, or one is all.

    Parameters
    ----------
    trees : TreeEnsemble
        The trees.
    order : ndarray of int
        Its nodes in preorder.
    leaf : ndarray of bool
        Which of these are leaves.
    """
    if trees.n_outputs == 1:
        return None
    nodes = order[leaf]
    used = np.zeros((trees.n_trees, trees.n_outputs), dtype=bool)
    np.logical_or.at(used, trees.tree_of_node()[nodes], trees.value[nodes] != 0)
    return None if (used.sum(axis=1) > 1).any() else used.argmax(axis=1)


def _words(trees: TreeEnsemble, leaf: AnyArray) -> str:
    leaves = np.bincount(trees.tree_of_node()[leaf], minlength=trees.n_trees)
    most, count = int(leaves.max(initial=1)), trees.n_trees
    leaves_of_one = "1 leaf" if most == 1 else f"at most {most:,} leaves"
    return f"{count:,} tree{'s' * (count != 1)} of {leaves_of_one}"


@dataclass(frozen=True, eq=False, slots=True)
class _Nodes:
    """Lists of a packed core, for a walk."""

    right: list[int]
    slot: list[int]
    threshold: list[int]
    flags: list[int]


def outputs(core: Core, slots: FloatArray) -> FloatArray:
    """Return what a packed core makes of slots, (n_rows, n_outputs): the page's arithmetic.

    Rows are handed down a tree in groups, so that each node compares all of its rows at once.

    Parameters
    ----------
    core : Core
        What `packed` made.
    slots : ndarray of shape (n_rows, n_slots)
        Numbers, NaN where missing.
    """
    n_rows, settings = len(slots), core.settings
    if settings["float32"]:
        with np.errstate(over="ignore"):
            slots = slots.astype(np.float32).astype(np.float64)
    total = np.tile(np.array(core.offset), (n_rows, 1))
    nodes = _Nodes(
        *(core.array(name).tolist() for name in ("right", "feature", "threshold", "flags"))
    )
    values = core.array("values").astype(np.float64)
    first_leaf = np.concatenate([[0], np.cumsum(core.array("right") == 0)]).tolist()
    output_of = core.array("outputOf") if "outputOf" in settings else None
    table = _Splits(core, slots)
    for tree, root in enumerate(core.array("roots").tolist()):
        at = slice(None) if output_of is None else [int(output_of[tree])]
        for node, rows in _leaves(nodes, table, root, n_rows):
            value = values[first_leaf[node]]
            total[rows[:, None], at] += value if output_of is None else [value]
    return total


def _leaves(nodes: _Nodes, splits: _Splits, root: int, n_rows: int) -> list[tuple[int, IntArray]]:
    """Return the leaves of a tree that rows come to, and these rows."""
    found = []
    waiting = [(root, np.arange(n_rows))]
    while waiting:
        node, rows = waiting.pop()
        if not len(rows):
            continue
        jump = nodes.right[node]
        if jump == 0:
            found.append((node, rows))
            continue
        left = splits.goes_left(nodes.slot[node], nodes.threshold[node], nodes.flags[node], rows)
        waiting += [(node + jump, rows[~left]), (node + 1, rows[left])]
    return found


class _Splits:
    """What a packed core's nodes ask of slots."""

    def __init__(self, core: Core, slots: FloatArray) -> None:
        self.slots = [np.ascontiguousarray(values) for values in slots.T]
        self.missing = [np.isnan(values) for values in self.slots]
        self.gaps = [bool(missing.any()) for missing in self.missing]
        self.starts = core.array("thresholdStarts").tolist()
        self.thresholds = core.array("thresholds").tolist()
        has_sets = "setWords" in core.settings
        self.words = core.array("setWords") if has_sets else np.zeros(0, np.uint32)
        self.set_starts = core.array("setStarts").tolist() if has_sets else []

    def goes_left(self, slot: int, threshold: int, flags: int, rows: IntArray) -> AnyArray:
        """Return which rows a node sends left."""
        values = self.slots[slot][rows]
        if flags & BY_SET:
            left = self._in_set(values, threshold)
        else:
            left = values <= self.thresholds[self.starts[slot] + threshold]
        if self.gaps[slot] or flags & ZERO_IS_MISSING:
            missing = self.missing[slot][rows]
            if flags & ZERO_IS_MISSING:
                missing = missing | (np.abs(values) <= 1e-35)
            left = np.where(missing, bool(flags & MISSING_LEFT), left)
        return left

    def _in_set(self, values: FloatArray, number: int) -> AnyArray:
        """Return which values, cut off to whole numbers, are in a set."""
        words = self.words[self.set_starts[number] : self.set_starts[number + 1]]
        inside = (values > -1.0) & (values < 32.0 * len(words))
        codes = np.where(inside, values, 0.0).astype(np.int64)
        bits = (words[codes // 32] >> (codes % 32).astype(np.uint32)) & np.uint32(1)
        return np.asarray(inside & (bits == 1))
