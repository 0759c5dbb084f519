"""Trees to tables: which subtrees are units, and what their tables hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import kernel, part
from mlflow_explain.engines.trees.kernels.layouts import (
    Codes,
    Floats,
    Grid,
    Ints,
    Nodes,
    Trees,
    Units,
)

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.kernels.layouts import Unit

# Bits of the largest table of several leaves.
MAX_MERGED_BITS = 12


@kernel
def merge(
    trees: Trees, nodes: Nodes, max_bits: int, growth: float, bits: Ints, n_features: Ints,
    size: Floats,
) -> None:  # fmt: skip
    """Write the bits, features and table entries of the nodes whose subtree can be a unit.

    From the leaves upward: bits of nodes that cannot stay as they are, negative.
    """
    seen = np.empty(MAX_MERGED_BITS, np.int32)
    for t in range(len(trees)):
        for i in range(trees[t].end - 1, trees[t].start - 1, -1):
            node, left = nodes[i], i + 1
            n_bits = node.distinct + (node.end - i - 1) // 2
            if n_bits > (max_bits if node.end == left else min(max_bits, MAX_MERGED_BITS)):
                continue
            affordable = np.inf
            if node.end > left:
                right = nodes[left].end
                if bits[left] < 0 or bits[right] < 0:
                    continue
                affordable = growth * (size[left] + size[right])
            wide = node.distinct + _count_new(nodes, i, seen)
            entries = float(1 << n_bits) * wide * trees[t].n_outputs
            if entries <= affordable:
                bits[i], n_features[i], size[i] = n_bits, wide, entries


@part
def _count_new(nodes: AnyArray, root: int, seen: AnyArray) -> int:
    """Return how many features a subtree adds to those of the path to it."""
    n_new = 0
    for j in range(root + 1, nodes[root].end):
        if nodes[j].anchor == 0:
            feature, k = nodes[j].feature, 0
            while k < n_new and seen[k] != feature:
                k += 1
            if k == n_new:
                seen[n_new] = feature
                n_new += 1
    return n_new


@kernel
def fill(
    nodes: Nodes, value: Grid, units: Units, background: Codes, points: Grid, weights: Grid,
    gain: Grid, targets: Ints, entries: Floats,
) -> None:  # fmt: skip
    """Fill the tables: what each leaf adds per pattern, summed over the leaves of a unit.

    Parameters
    ----------
    nodes, value
        See `Paths`.
    units
        What to tabulate.
    background
        Codes of the background; of no rows for the path-dependent game.
    points, weights, gain
        See `gauss` and `gains`; one line more than any unit has bits.
    targets
        Written: where each value of a look-up is added, feature by feature and output by output.
    entries
        Added to: the tables.
    """
    degree = len(points)
    most = 1 << (degree - 1)
    added, count = np.empty((most, degree)), np.empty(most)
    product = np.empty((most, points.shape[1]))
    inverse = np.empty((degree, 2, points.shape[1]))
    share, place = np.empty(degree), np.empty(degree, np.int64)
    features = np.empty(degree, np.int32)
    bit_of = np.empty(2 * MAX_MERGED_BITS + 2, np.int64)
    for u in range(len(units)):
        unit = units[u]
        _name_features(nodes, unit, features)
        _write_targets(unit, features, value.shape[1], targets)
        _number_splits(nodes, unit, bit_of)
        for leaf in range(unit.root, nodes[unit.root].end):
            if nodes[leaf].end > leaf + 1:
                continue
            d = nodes[leaf].distinct
            _read_path(nodes, leaf, features, share, place)
            if background.shape[1] > 0:
                _count_patterns(nodes, leaf, background, count)
                _compare(d, count, gain, added)
            else:
                _integrate(d, share, points[d], weights[d], product, inverse, added)
            for k in range(unit.n_outputs):
                _add_leaf(nodes, leaf, unit, bit_of, place, added,
                          value[leaf, unit.first_output + k], entries[k:])  # fmt: skip


@part
def _name_features(nodes: AnyArray, unit: Unit, features: AnyArray) -> None:
    """Write the features of a unit: those of the path by slot, then new ones as they come."""
    j = unit.root
    while nodes[j].parent != j:
        features[nodes[j].slot] = nodes[j].feature
        j = nodes[j].parent
    n = nodes[unit.root].distinct
    for j in range(unit.root + 1, nodes[unit.root].end):
        k = 0
        while k < n and features[k] != nodes[j].feature:
            k += 1
        if k == n:
            features[n] = nodes[j].feature
            n += 1


@part
def _write_targets(unit: Unit, features: AnyArray, n_all: int, targets: IntArray) -> None:
    for k in range(unit.n_features):
        for output in range(unit.n_outputs):
            target = features[k] * n_all + unit.first_output + output
            targets[unit.target + k * unit.n_outputs + output] = target


@part
def _number_splits(nodes: AnyArray, unit: Unit, bit_of: IntArray) -> None:
    """Write the index bit of each split of a unit: in preorder, after those of the path."""
    bit = nodes[unit.root].distinct
    for j in range(unit.root, nodes[unit.root].end):
        if nodes[j].end > j + 1:
            bit_of[j - unit.root] = bit
            bit += 1


@part
def _read_path(
    nodes: AnyArray, leaf: int, features: AnyArray, share: FloatArray, place: IntArray
) -> None:
    """Write, by slot, the merged share of a leaf's path and the place of the unit's feature."""
    for s in range(nodes[leaf].distinct):
        share[s] = -1.0
    j = leaf
    while nodes[j].parent != j:
        node = nodes[j]
        # From the leaf upward: the first edge met of a feature holds the merged share.
        if share[node.slot] < 0.0:
            share[node.slot] = node.share
            place[node.slot] = 0
            while features[place[node.slot]] != node.feature:
                place[node.slot] += 1
        j = node.parent


@part
def _integrate(
    d: int, share: FloatArray, points: FloatArray, weights: FloatArray, product: FloatArray,
    inverse: FloatArray, added: FloatArray,
) -> None:  # fmt: skip
    """Write what a leaf of value 1 adds per pattern, by fractions of the training rows."""
    q = (d + 1) // 2
    for t in range(q):
        product[0, t] = weights[t]
    for s in range(d):
        for t in range(q):
            off = (1.0 - points[t]) * share[s]
            inverse[s, 0, t] = 1.0 / off if off > 0.0 else 0.0
            inverse[s, 1, t] = 1.0 / (off + points[t])
        for pattern in range(1 << s):
            for t in range(q):
                off = (1.0 - points[t]) * share[s]
                product[pattern | (1 << s), t] = product[pattern, t] * (off + points[t])
                product[pattern, t] *= off
    for pattern in range(1 << d):
        for s in range(d):
            met = (pattern >> s) & 1
            total = 0.0
            for t in range(q):
                total += product[pattern, t] * inverse[s, met, t]
            added[pattern, s] = (met - share[s]) * total


@part
def _count_patterns(nodes: AnyArray, leaf: int, background: AnyArray, count: FloatArray) -> None:
    """Write the share of the background that meets each pattern of a leaf's path."""
    d, n_background = nodes[leaf].distinct, background.shape[1]
    for pattern in range(1 << d):
        count[pattern] = 0.0
    for b in range(n_background):
        pattern = (1 << d) - 1
        j = leaf
        while nodes[j].parent != j:
            node = nodes[j]
            goes = np.uint16(background[node.column, b] - node.low) <= node.span
            if goes != (node.is_left == 1):
                pattern &= ~(1 << node.slot)
            j = node.parent
        count[pattern] += 1.0 / n_background


@part
def _compare(d: int, count: FloatArray, gain: FloatArray, added: FloatArray) -> None:
    """Write what a leaf of value 1 adds per pattern, by shares of the background's patterns.

    Against one background row the game of a leaf is a product: only conditions that the row meets
    alone, or the other row alone, add anything; if both fail one, none does.
    """
    every = (1 << d) - 1
    for own in range(1 << d):
        for s in range(d):
            added[own, s] = 0.0
    for other in range(1 << d):
        if count[other] == 0.0:
            continue
        # Patterns that meet every condition this one of the background does not.
        both = other
        while True:
            own = (every & ~other) | both
            only_own, only_other = own & ~other, other & ~own
            a, b = _n_bits(only_own), _n_bits(only_other)
            for s in range(d):
                if (only_own >> s) & 1:
                    added[own, s] += count[other] * gain[a, b]
                elif (only_other >> s) & 1:
                    added[own, s] -= count[other] * gain[b, a]
            if both == 0:
                break
            both = (both - 1) & other


@part
def _n_bits(pattern: int) -> int:
    n = 0
    while pattern != 0:
        pattern &= pattern - 1
        n += 1
    return n


@part
def _add_leaf(
    nodes: AnyArray, leaf: int, unit: Unit, bit_of: IntArray, place: IntArray,
    added: FloatArray, value: float, entries: FloatArray,
) -> None:  # fmt: skip
    """Add what a leaf adds to one output's entries of its unit."""
    d, on_path = nodes[leaf].distinct, nodes[unit.root].distinct
    for index in range(1 << unit.bits):
        unmet = 0
        j = leaf
        while j != unit.root:
            node = nodes[j]
            if ((index >> bit_of[node.parent - unit.root]) & 1) != node.is_left:
                unmet |= 1 << node.slot
            j = node.parent
        # Conditions on features that come with the unit are met unless a split says otherwise.
        pattern = (index | ~((1 << on_path) - 1)) & ((1 << d) - 1) & ~unmet
        start = unit.start + index * unit.width
        for s in range(d):
            entries[start + place[s] * unit.n_outputs] += added[pattern, s] * value
