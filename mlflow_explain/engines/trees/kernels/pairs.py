"""Rows against sets of background rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlflow_explain.engines.compiled import kernel, part
from mlflow_explain.engines.trees.kernels.layouts import (
    Attributions,
    Codes,
    Grid,
    Ints,
    Nodes,
    Sets,
    Trees,
)

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.kernels.layouts import Node, Tree

_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), ~np.uint64(0)

# Sets of background rows at a depth: who meets the merged condition; who meets every condition
# that the row fails, as with the rest nothing is gained; and from here on, the binary digits of
# the number of features on which each fails and the row does not.
_MEETS, _LEFT, _DIGITS = 0, 1, 2


class _Levels(NamedTuple):
    """What is known of the path, by depth.

    Parameters
    ----------
    row : ndarray of uint64, shape (n_levels + 1,)
        Whether the row meets the merged condition: all bits or none.
    n_failed : ndarray of int64, shape (n_levels + 1,)
        Features on which the row fails the path.
    sets : ndarray of uint64, shape (n_levels + 1, _DIGITS + n_digits, n_words)
        Sets of background rows, a bit each.
    """

    row: AnyArray
    n_failed: IntArray
    sets: AnyArray


class _Slots(NamedTuple):
    """The path's merged conditions, by slot: what leaves go through, without gaps.

    Parameters
    ----------
    meets : ndarray of uint64, shape (n_words, degree)
        Who of the background meets it.
    is_failed : ndarray of shape (degree,)
        1 where the row does not meet it, 0 where it does.
    added : ndarray of shape (degree,)
        What a leaf of value 1 adds to the feature.
    phi : ndarray of shape (n_outputs, degree)
        Sum over leaves, until the path leaves the feature.
    """

    meets: AnyArray
    is_failed: FloatArray
    added: FloatArray
    phi: FloatArray


@kernel
def add_pairs(
    codes: Codes, trees: Trees, nodes: Nodes, value: Grid, set_of: Ints, sets: Sets, gain: Grid,
    n_levels: int, out: Attributions,
) -> None:  # fmt: skip
    """Walk every tree once per row, together with all background rows that matter.

    Parameters as of `Pairs`; `gain` is per background row.
    """
    n_words, degree = sets.shape[1], len(gain)
    n_digits = 1
    while 1 << n_digits < degree:
        n_digits += 1
    row_meets, n_failed = np.empty(n_levels + 1, np.uint64), np.empty(n_levels + 1, np.int64)
    at_depth = np.empty((n_levels + 1, _DIGITS + n_digits, n_words), np.uint64)
    phi = np.empty((out.shape[2], degree))
    slots = _Slots(np.empty((n_words, degree), np.uint64), np.empty(degree), np.empty(degree), phi)
    levels = _Levels(row_meets, n_failed, at_depth)
    opened = np.empty(n_levels + 1, np.int64)
    # At the root everybody is left, and has met everything; the whole background comes first.
    row_meets[0], n_failed[0] = _ALL, 0
    at_depth[0] = _NONE
    for w in range(n_words):
        at_depth[0, _MEETS, w] = at_depth[0, _LEFT, w] = sets[0, w]
    phi[:] = 0.0
    for t in range(len(trees)):
        tree = trees[t]
        for row in range(codes.shape[1]):
            level, i = 0, tree.start + 1
            while True:
                depth = nodes[i].depth if i < tree.end else 1
                while level >= depth:
                    _close(levels, slots, nodes[opened[level]], tree, out, row)
                    level -= 1
                if i == tree.end:
                    break
                node = nodes[i]
                goes = np.uint16(codes[node.column, row] - node.low) <= node.span
                row_meets[depth] = row_meets[node.anchor] if goes == (node.is_left == 1) else _NONE
                if not _follow(levels, node, sets, set_of[i]):
                    i = node.end
                    continue
                _open(levels, slots, node)
                level = depth
                opened[level] = i
                if node.end == i + 1:
                    _add_leaf(levels, slots, node, gain)
                    _weigh_leaf(slots, node, tree, value, i)
                i += 1


@part
def _follow(levels: _Levels, node: Node, sets: AnyArray, i: int) -> bool:
    """Write who meets the condition of an edge, and return whether that matters for anyone."""
    here, above, anchor = _sets_of(levels, node)
    row, asked = levels.row[node.depth], sets[i]
    flip = _NONE if node.is_left == 1 else _ALL
    some = _NONE
    for w in range(len(asked)):
        meets = anchor[_MEETS, w] & (asked[w] ^ flip)
        left = above[_LEFT, w] & (meets | row)
        here[_MEETS, w], here[_LEFT, w] = meets, left
        some |= left
    return bool(some != _NONE)


@part
def _sets_of(levels: _Levels, node: Node) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return the sets at a node, at its parent and at its anchor."""
    return levels.sets[node.depth], levels.sets[node.depth - 1], levels.sets[node.anchor]


@part
def _open(levels: _Levels, slots: _Slots, node: Node) -> None:
    """Write the counts of the path to a node, and its condition by slot."""
    here, above, anchor = _sets_of(levels, node)
    d, s = node.depth, node.slot
    row = levels.row[d]
    levels.n_failed[d] = levels.n_failed[d - 1] + np.int64((row ^ levels.row[node.anchor]) & _ONE)
    slots.is_failed[s] = 1.0 if row == _NONE else 0.0
    for w in range(here.shape[1]):
        slots.meets[w, s] = here[_MEETS, w]
        # Those who fail first here; where the row fails, too, they are out.
        carry = anchor[_MEETS, w] & ~here[_MEETS, w] & row
        for digit in range(_DIGITS, len(here)):
            here[digit, w] = above[digit, w] ^ carry
            carry &= above[digit, w]


@part
def _close(
    levels: _Levels, slots: _Slots, node: Node, tree: Tree, out: FloatArray, row: int
) -> None:
    """Put a slot back to the edge's anchor, or if there is none, add its sum."""
    a, s = node.anchor, node.slot
    if a > 0:
        anchor = levels.sets[a]
        for w in range(anchor.shape[1]):
            slots.meets[w, s] = anchor[_MEETS, w]
        slots.is_failed[s] = 1.0 if levels.row[a] == _NONE else 0.0
        return
    for k in range(tree.n_outputs):
        out[row, node.feature, tree.first_output + k] += slots.phi[k, s]
        slots.phi[k, s] = 0.0


@part
def _add_leaf(levels: _Levels, slots: _Slots, node: Node, gain: FloatArray) -> None:
    """Write what a leaf of value 1 adds to the features of its path.

    Background rows are taken together that fail on equally many features.
    """
    here, added = levels.sets[node.depth], slots.added[: node.distinct]
    n_digits, b = len(here) - _DIGITS, levels.n_failed[node.depth]
    for s in range(len(added)):
        added[s] = 0.0
    lost = 0.0
    for w in range(here.shape[1]):
        left, meets = here[_LEFT, w], slots.meets[w]
        while left != _NONE:
            alike, a, lowest = left, 0, left & (~left + _ONE)
            for digit in range(n_digits):
                has = here[_DIGITS + digit, w]
                is_set = has & lowest != _NONE
                alike &= has if is_set else ~has
                a |= (1 << digit) if is_set else 0
            left &= ~alike
            lost += gain[b, a] * _n_bits(alike)
            for s in range(len(added)):
                added[s] += gain[a, b] * _n_bits(alike & ~meets[s])
    for s in range(len(added)):
        added[s] -= lost * slots.is_failed[s]


@part
def _weigh_leaf(slots: _Slots, node: Node, tree: Tree, value: FloatArray, i: int) -> None:
    for k in range(tree.n_outputs):
        v = value[i, tree.first_output + k]
        for s in range(node.distinct):
            slots.phi[k, s] += v * slots.added[s]


@part
def _n_bits(word: Any) -> Any:
    """Return how many bits are set: lines the compiler knows, and makes one instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = np.uint64(0x3333333333333333)
    word = (word & pairs) + ((word >> np.uint64(2)) & pairs)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
