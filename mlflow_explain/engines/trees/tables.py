"""Attributions by table: shallow parts of trees, tabulated once over all they can be asked.

What a leaf adds to the attributions depends on a row only through which of its merged conditions
the row meets: a pattern of as many bits as its path has distinct features. What a small subtree
adds depends on the pattern of the path to it and on the outcomes of its own splits. A *unit* is
such a subtree (a single leaf in the smallest case); its table holds, for each combination of bits,
the sum of what its leaves add. Explaining a row is one comparison per edge to get the bits, and
one look-up per unit.

The path-dependent and the interventional game differ in how the tables are filled, not in how they
are read. Tables per leaf: Yang 2021, https://doi.org/10.48550/arXiv.2109.09847
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines.compiled import inlined, kernel

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.paths import Paths

# Bits of a single leaf's largest table (patterns are kept in 16), and of a merged one.
MAX_BITS = 15
MAX_MERGED_BITS = 12
# Merging subtrees into one unit may cost this many times the memory of their own tables.
GROWTH = 4.0

_PATH, _BIT, _EMIT = 0, 1, 2
_BLOCK = 512


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Units:
    """Subtrees to tabulate.

    Parameters
    ----------
    root : ndarray of int64, shape (n_units,)
        Position of each unit's top node in `Paths`.
    bits : ndarray of int64, shape (n_units,)
        Index bits: distinct features of the path, then splits of the subtree.
    width : ndarray of int64, shape (n_units,)
        Distinct features of path and subtree.
    size : int
        Table entries of all units.
    """

    root: IntArray
    bits: IntArray
    width: IntArray
    size: int


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Tables:
    """Tables of units, and the program that reads them.

    Parameters
    ----------
    program : tuple of ndarray
        Instructions, tree after tree: what to do, at which depth, and the comparison.
    tree_starts : ndarray of int64
        First instruction of each tree.
    unit_start, unit_width, unit_target : ndarray of int64
        First table entry of each unit, values per look-up, first entry in `targets`.
    targets : ndarray of int64
        Where each value of a look-up is added: a position among the used ones.
    used_feature, used_output : ndarray of int64
        Feature and output of each position.
    entries : ndarray of float64
        All tables.
    n_levels : int
        Depth of the program.
    """

    program: tuple[AnyArray, ...]
    tree_starts: IntArray
    unit_start: IntArray
    unit_width: IntArray
    unit_target: IntArray
    targets: IntArray
    used_feature: IntArray
    used_output: IntArray
    entries: FloatArray
    n_levels: int

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        (add_row if codes.shape[1] == 1 else add_rows)(
            codes, self.tree_starts, *self.program, self.unit_start, self.unit_width,
            self.unit_target, self.targets, self.used_feature, self.used_output, self.entries,
            self.n_levels, out,
        )  # fmt: skip


def units_of(paths: Paths, n_values: IntArray, max_bits: int, growth: float = GROWTH) -> Units:
    """Return the subtrees to tabulate when no table may have more than `max_bits` bits.

    Parameters
    ----------
    paths : Paths
        All trees.
    n_values : ndarray of int64, shape (n_trees,)
        Outputs each tree adds to.
    max_bits : int
        At most `MAX_BITS`; leaves with more distinct features are left out.
    growth : float
        Merge subtrees while the memory grows at most by this factor.
    """
    n_nodes = len(paths.end)
    bits, width = np.full(n_nodes, -1, dtype=np.int64), np.zeros(n_nodes, dtype=np.int64)
    size = np.zeros(n_nodes)
    merge(paths.starts, paths.end, paths.distinct, paths.feature, paths.anchor, n_values,
          max_bits, growth, bits, width, size)  # fmt: skip
    # A unit inside a larger one is part of it.
    inside = np.zeros(n_nodes + 1, dtype=np.int64)
    is_unit = bits >= 0
    np.add.at(inside, np.flatnonzero(is_unit) + 1, 1)
    np.add.at(inside, paths.end[is_unit], -1)
    root = np.flatnonzero(is_unit & (np.cumsum(inside)[:-1] == 0) & (width > 0))
    return Units(root, bits[root], width[root], int(size[root].sum()))


def tables_of(
    paths: Paths,
    units: Units,
    value: FloatArray,
    first_output: IntArray,
    n_values: IntArray,
    background: AnyArray | None,
) -> Tables:
    """Fill the tables of units, and write the program that reads them.

    Parameters
    ----------
    paths : Paths
        All trees.
    units : Units
        What to tabulate.
    value : ndarray of shape (n_nodes, n_outputs)
        Leaf values in the order of `paths`.
    first_output, n_values : ndarray of int64, shape (n_trees,)
        Outputs each tree adds to: so many from the first.
    background : ndarray of shape (n_columns, n_background) or None
        Codes of the background for the interventional game; None for the path-dependent one.
    """
    n_outputs = value.shape[1]
    tree = np.searchsorted(paths.starts, units.root, side="right") - 1
    unit_width = units.width * n_values[tree]
    unit_start = _starts(unit_width << units.bits)
    unit_target = _starts(unit_width)
    targets = np.zeros(int(unit_width.sum()), dtype=np.int64)
    entries = np.zeros(int((unit_width << units.bits).sum()))
    degree = max(int(units.bits.max(initial=1)), 1)
    nodes, weights = gauss(degree)
    factorial = np.array([float(math.factorial(k)) for k in range(degree + 1)])
    codes = np.zeros((1, 0), dtype=np.uint16) if background is None else background
    fill(
        paths.end, paths.depth, paths.anchor, paths.slot, paths.distinct, paths.feature,
        paths.column, paths.low, paths.span, paths.is_left, paths.share, value, units.root,
        units.bits, units.width, first_output[tree], n_values[tree], unit_start, unit_target,
        _parents(paths), _splits_before(paths), codes, background is not None, nodes,
        weights, factorial, targets, entries,
    )  # fmt: skip
    used, targets = np.unique(targets, return_inverse=True)
    starts, program = _program(paths, units)
    return Tables(
        program=program,
        tree_starts=starts,
        unit_start=unit_start,
        unit_width=unit_width,
        unit_target=unit_target,
        targets=targets.astype(np.int64),
        used_feature=used // n_outputs,
        used_output=used % n_outputs,
        entries=entries,
        n_levels=int(paths.depth[units.root].max(initial=0)),
    )


def gauss(degree: int) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes and weights on [0, 1], row d exact for d factors but one.

    Row ``d`` holds ``ceil(d / 2)`` nodes, exact for polynomials of degree ``d - 1``; unused places
    have weight 0.
    """
    nodes = np.zeros((degree + 1, (degree + 1) // 2))
    weights = np.zeros_like(nodes)
    for d in range(1, degree + 1):
        x, w = np.polynomial.legendre.leggauss((d + 1) // 2)
        nodes[d, : len(x)], weights[d, : len(w)] = (x + 1) / 2, w / 2
    return nodes, weights


def _starts(sizes: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)


def _parents(paths: Paths) -> IntArray:
    """Return the preorder position of each node's parent; a root is its own."""
    parent = np.arange(len(paths.end))
    inner = np.flatnonzero(~paths.is_leaf)
    parent[inner + 1] = inner
    parent[paths.end[inner + 1]] = inner
    return parent


def _splits_before(paths: Paths) -> IntArray:
    """Return the number of splits before each node in preorder."""
    return _starts((~paths.is_leaf).astype(np.int64))


def _program(paths: Paths, units: Units) -> tuple[IntArray, tuple[AnyArray, ...]]:
    """Return where each tree's instructions begin, and the instructions."""
    n_nodes = len(paths.end)
    unit = np.full(n_nodes, -1, dtype=np.int64)
    unit[units.root] = np.arange(len(units.root))
    most = 2 * n_nodes + len(units.root)
    op, side = np.zeros(most, np.uint8), np.zeros(most, np.uint8)
    level, column = np.zeros(most, np.int64), np.zeros(most, np.int64)
    low, span = np.zeros(most, np.uint16), np.zeros(most, np.uint16)
    bit, fresh = np.zeros(most, np.uint16), np.zeros(most, np.uint16)
    starts = np.zeros(len(paths.starts), dtype=np.int64)
    n = assemble(paths.starts, paths.end, paths.depth, paths.anchor, paths.slot, paths.distinct,
                 paths.column, paths.low, paths.span, paths.is_left, unit, starts, op, side, level,
                 column, low, span, bit, fresh)  # fmt: skip
    parts = (op, side, level, column, low, span, bit, fresh)
    return starts, tuple(part[:n].copy() for part in parts)


@kernel(
    "void(int64[::1], int64[::1], int32[::1], int32[::1], int32[::1], int64[::1], int64, float64,"
    " int64[::1], int64[::1], float64[::1])"
)
def merge(
    starts: IntArray,
    end: IntArray,
    distinct: AnyArray,
    feature: AnyArray,
    anchor: AnyArray,
    n_values: IntArray,
    max_bits: int,
    growth: float,
    bits: IntArray,
    width: IntArray,
    size: FloatArray,
) -> None:
    """Mark the nodes whose subtree can be a unit, from the leaves upward."""
    seen = np.empty(64, np.int64)
    for t in range(len(starts) - 1):
        for i in range(starts[t + 1] - 1, starts[t] - 1, -1):
            n_bits = distinct[i] + (end[i] - i - 1) // 2
            left = i + 1
            children = 0.0
            if end[i] > left:
                right = end[left]
                if bits[left] < 0 or bits[right] < 0:
                    continue
                children = size[left] + size[right]
            if n_bits > max_bits or (children > 0.0 and n_bits > MAX_MERGED_BITS):
                continue
            # Features the subtree adds to those of the path.
            n_new = 0
            for j in range(left, end[i]):
                if anchor[j] == 0:
                    known = False
                    for k in range(n_new):
                        known = known or seen[k] == feature[j]
                    if not known:
                        seen[n_new] = feature[j]
                        n_new += 1
            entries = float(1 << n_bits) * (distinct[i] + n_new) * n_values[t]
            if children == 0.0 or entries <= growth * children:
                bits[i], width[i], size[i] = n_bits, distinct[i] + n_new, entries


@inlined
def _of_pattern_path_dependent(
    d: int,
    share_of: FloatArray,
    nodes: FloatArray,
    weights: FloatArray,
    product: FloatArray,
    inverse: FloatArray,
    leaf: FloatArray,
) -> None:
    """Write what a leaf of value 1 adds per pattern: fractions of the training rows."""
    q = (d + 1) // 2
    for t in range(q):
        product[0, t] = weights[d, t]
    for s in range(d):
        for t in range(q):
            off = (1.0 - nodes[d, t]) * share_of[s]
            inverse[s, 0, t] = 1.0 / off if off > 0.0 else 0.0
            inverse[s, 1, t] = 1.0 / (off + nodes[d, t])
        for o in range(1 << s):
            for t in range(q):
                off = (1.0 - nodes[d, t]) * share_of[s]
                product[o | (1 << s), t] = product[o, t] * (off + nodes[d, t])
                product[o, t] *= off
    for o in range(1 << d):
        for s in range(d):
            met = (o >> s) & 1
            total = 0.0
            for t in range(q):
                total += product[o, t] * inverse[s, met, t]
            leaf[o, s] = (met - share_of[s]) * total


@inlined
def _of_pattern_interventional(
    d: int, count: FloatArray, factorial: FloatArray, leaf: FloatArray
) -> None:
    """Write what a leaf of value 1 adds per pattern: shares of the background's patterns.

    Against one background row the game of a leaf is a product: with `a` conditions met by the row
    alone and `b` by the other alone, the former have (a-1)! b! / (a+b)! each, the latter
    -a! (b-1)! / (a+b)!.
    """
    full = (1 << d) - 1
    for o in range(1 << d):
        for s in range(d):
            leaf[o, s] = 0.0
    for z in range(1 << d):
        if count[z] == 0.0:
            continue
        # Rows that meet every condition this background pattern does not; others get nothing.
        need = full & ~z
        more = z
        while True:
            o = need | more
            a, b = 0, 0
            for s in range(d):
                a += (o >> s) & ~(z >> s) & 1
                b += (z >> s) & ~(o >> s) & 1
            weight = count[z] / factorial[a + b]
            for s in range(d):
                if (o >> s) & ~(z >> s) & 1:
                    leaf[o, s] += weight * factorial[a - 1] * factorial[b]
                elif (z >> s) & ~(o >> s) & 1:
                    leaf[o, s] -= weight * factorial[a] * factorial[b - 1]
            if more == 0:
                break
            more = (more - 1) & z


@kernel(
    "void(int64[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1],"
    " uint16[::1], uint16[::1], uint8[::1], float64[::1], float64[:, ::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " uint16[:, ::1], boolean, float64[:, ::1], float64[:, ::1], float64[::1], int64[::1],"
    " float64[::1])"
)
def fill(
    end: IntArray,
    depth: AnyArray,
    anchor: AnyArray,
    slot: AnyArray,
    distinct: AnyArray,
    feature: AnyArray,
    column: AnyArray,
    low: AnyArray,
    span: AnyArray,
    is_left: AnyArray,
    share: FloatArray,
    value: FloatArray,
    unit_root: IntArray,
    unit_bits: IntArray,
    unit_features: IntArray,
    first_output: IntArray,
    n_values: IntArray,
    unit_start: IntArray,
    unit_target: IntArray,
    parent: IntArray,
    splits_before: IntArray,
    background: AnyArray,
    interventional: Any,
    nodes: FloatArray,
    weights: FloatArray,
    factorial: FloatArray,
    targets: IntArray,
    entries: FloatArray,
) -> None:
    """Fill the tables: what each leaf adds per pattern, summed over the leaves of a unit."""
    degree = nodes.shape[0]
    most = 1 << (degree - 1)
    leaf = np.empty((most, degree))
    product = np.empty((most, nodes.shape[1]))
    inverse = np.empty((degree, 2, nodes.shape[1]))
    share_of = np.empty(degree)
    place = np.empty(degree, np.int64)
    local = np.empty(degree + 1, np.int64)
    count = np.empty(most)
    n_background = background.shape[1]
    for u in range(len(unit_root)):
        i = unit_root[u]
        on_path, kn = distinct[i], n_values[u]
        width = unit_features[u] * kn
        # Features of the unit: those of the path by slot, then new ones as they come.
        j = i
        while parent[j] != j:
            local[slot[j]] = feature[j]
            j = parent[j]
        n_local = np.int64(on_path)
        for j in range(i + 1, end[i]):
            known = anchor[j] > 0
            for k in range(n_local):
                known = known or local[k] == feature[j]
            if not known:
                local[n_local] = feature[j]
                n_local += 1
        for k in range(n_local):
            for o in range(kn):
                targets[unit_target[u] + k * kn + o] = (
                    local[k] * value.shape[1] + first_output[u] + o
                )
        for end_leaf in range(i, end[i]):
            if end[end_leaf] != end_leaf + 1:
                continue
            d = distinct[end_leaf]
            # From the leaf upward: the first edge met of a feature holds the merged share.
            for s in range(d):
                share_of[s] = -1.0
            j = end_leaf
            while parent[j] != j:
                if share_of[slot[j]] < 0.0:
                    share_of[slot[j]] = share[j]
                    for k in range(n_local):
                        if local[k] == feature[j]:
                            place[slot[j]] = k
                j = parent[j]
            if interventional:
                for z in range(1 << d):
                    count[z] = 0.0
                for b in range(n_background):
                    z = (1 << d) - 1
                    j = end_leaf
                    while parent[j] != j:
                        goes = np.uint16(background[column[j], b] - low[j]) <= span[j]
                        if goes != (is_left[j] == 1):
                            z &= ~(1 << slot[j])
                        j = parent[j]
                    count[z] += 1.0 / n_background
                _of_pattern_interventional(d, count, factorial, leaf)
            else:
                _of_pattern_path_dependent(d, share_of, nodes, weights, product, inverse, leaf)
            for index in range(1 << unit_bits[u]):
                unmet = 0
                j = end_leaf
                while j != i:
                    # Splits of the unit have bits in preorder, after those of the path.
                    at = on_path + splits_before[parent[j]] - splits_before[i]
                    if ((index >> at) & 1) != is_left[j]:
                        unmet |= 1 << slot[j]
                    j = parent[j]
                pattern = (index | ~((1 << on_path) - 1)) & ((1 << d) - 1) & ~unmet
                base = unit_start[u] + index * width
                for s in range(d):
                    for k in range(kn):
                        entries[base + place[s] * kn + k] += (
                            leaf[pattern, s] * value[end_leaf, first_output[u] + k]
                        )


@kernel(
    "int64(int64[::1], int64[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1],"
    " uint16[::1], uint16[::1], uint8[::1], int64[::1], int64[::1], uint8[::1], uint8[::1],"
    " int64[::1], int64[::1], uint16[::1], uint16[::1], uint16[::1], uint16[::1])"
)
def assemble(
    starts: IntArray,
    end: IntArray,
    depth: AnyArray,
    anchor: AnyArray,
    slot: AnyArray,
    distinct: AnyArray,
    column: AnyArray,
    low: AnyArray,
    span: AnyArray,
    is_left: AnyArray,
    unit: IntArray,
    tree_starts: IntArray,
    op: AnyArray,
    side: AnyArray,
    level: IntArray,
    out_column: IntArray,
    out_low: AnyArray,
    out_span: AnyArray,
    bit: AnyArray,
    fresh: AnyArray,
) -> int:
    """Write the instructions of all trees, and return how many there are.

    ``_PATH`` makes the pattern of a depth from the one above; ``_BIT`` adds the outcome of a split
    of a unit; ``_EMIT`` looks up and adds (its `column` is the unit).
    """
    n = 0
    for t in range(len(starts) - 1):
        tree_starts[t] = n
        i = starts[t]
        while i < starts[t + 1]:
            has_unit = False
            for j in range(i, end[i]):
                has_unit = has_unit or unit[j] >= 0
                if has_unit:
                    break
            if not has_unit:
                i = end[i]
                continue
            if depth[i] > 0:
                op[n], level[n], out_column[n] = _PATH, depth[i], column[i]
                out_low[n], out_span[n], side[n] = low[i], span[i], is_left[i]
                bit[n] = 1 << slot[i]
                fresh[n] = bit[n] if anchor[i] == 0 else 0
                n += 1
            if unit[i] < 0:
                i += 1
                continue
            at = distinct[i]
            for j in range(i, end[i]):
                if end[j] > j + 1:
                    # The left child knows what its parent asks.
                    op[n], level[n], out_column[n] = _BIT, depth[i], column[j + 1]
                    out_low[n], out_span[n], side[n] = low[j + 1], span[j + 1], 1
                    bit[n] = 1 << at
                    at += 1
                    n += 1
            op[n], level[n], out_column[n] = _EMIT, depth[i], unit[i]
            n += 1
            i = end[i]
    tree_starts[len(starts) - 1] = n
    return n


_READ = (
    "void(uint16[:, ::1], int64[::1], uint8[::1], uint8[::1], int64[::1], int64[::1], uint16[::1],"
    " uint16[::1], uint16[::1], uint16[::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], float64[::1], int64, float64[:, :, ::1])"
)


@kernel(_READ)
def add_rows(
    codes: AnyArray,
    tree_starts: IntArray,
    op: AnyArray,
    side: AnyArray,
    level: IntArray,
    column: IntArray,
    low: AnyArray,
    span: AnyArray,
    bit: AnyArray,
    fresh: AnyArray,
    unit_start: IntArray,
    unit_width: IntArray,
    unit_target: IntArray,
    targets: IntArray,
    used_feature: IntArray,
    used_output: IntArray,
    entries: FloatArray,
    n_levels: int,
    out: FloatArray,
) -> None:
    """Run the program over blocks of rows, a row per SIMD lane."""
    n_rows, n_used = codes.shape[1], len(used_feature)
    pattern = np.empty((n_levels + 1, _BLOCK), np.uint16)
    place = np.empty(_BLOCK, np.uint64)
    total = np.empty((n_used, _BLOCK))
    for first in range(0, n_rows, _BLOCK):
        n = min(_BLOCK, n_rows - first)
        total[:] = 0.0
        for t in range(len(tree_starts) - 1):
            for r in range(n):
                pattern[0, r] = 0
            for i in range(tree_starts[t], tree_starts[t + 1]):
                d = level[i]
                if op[i] == _EMIT:
                    u = column[i]
                    width = np.uint64(unit_width[u])
                    for r in range(n):
                        place[r] = np.uint64(unit_start[u]) + pattern[d, r] * width
                    for j in range(unit_width[u]):
                        g = targets[unit_target[u] + j]
                        for r in range(n):
                            total[g, r] += entries[place[r] + np.uint64(j)]
                    continue
                c, lo, sp, b, left = column[i], low[i], span[i], bit[i], side[i] == 1
                if op[i] == _PATH:
                    new = fresh[i]
                    for r in range(n):
                        goes = np.uint16(codes[c, first + r] - lo) <= sp
                        unmet = np.uint16(0) if goes == left else b
                        pattern[d, r] = (pattern[d - 1, r] | new) & ~unmet
                else:
                    for r in range(n):
                        goes = np.uint16(codes[c, first + r] - lo) <= sp
                        pattern[d, r] |= b if goes else np.uint16(0)
        for g in range(n_used):
            for r in range(n):
                out[first + r, used_feature[g], used_output[g]] += total[g, r]


@kernel(_READ)
def add_row(
    codes: AnyArray,
    tree_starts: IntArray,
    op: AnyArray,
    side: AnyArray,
    level: IntArray,
    column: IntArray,
    low: AnyArray,
    span: AnyArray,
    bit: AnyArray,
    fresh: AnyArray,
    unit_start: IntArray,
    unit_width: IntArray,
    unit_target: IntArray,
    targets: IntArray,
    used_feature: IntArray,
    used_output: IntArray,
    entries: FloatArray,
    n_levels: int,
    out: FloatArray,
) -> None:
    """Run the program over one row: no blocks to fill, no loops of length one."""
    pattern = np.empty(n_levels + 1, np.uint16)
    total = np.zeros(len(used_feature))
    for t in range(len(tree_starts) - 1):
        pattern[0] = 0
        for i in range(tree_starts[t], tree_starts[t + 1]):
            d = level[i]
            if op[i] == _EMIT:
                u = column[i]
                start = unit_start[u] + pattern[d] * unit_width[u]
                at = unit_target[u]
                for j in range(unit_width[u]):
                    total[targets[at + j]] += entries[start + j]
                continue
            goes = np.uint16(codes[column[i], 0] - low[i]) <= span[i]
            if op[i] == _PATH:
                unmet = np.uint16(0) if goes == (side[i] == 1) else bit[i]
                pattern[d] = (pattern[d - 1] | fresh[i]) & ~unmet
            elif goes:
                pattern[d] |= bit[i]
    for g in range(len(used_feature)):
        out[0, used_feature[g], used_output[g]] += total[g]
