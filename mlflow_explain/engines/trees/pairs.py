"""Interventional attributions of deep trees: each row against each row of the background.

Against one background row the game of a leaf is a product of conditions that the row meets, or the
other, or both: with `a` features on which the row alone meets the path and `b` on which the other
alone does, the former get v (a-1)! b! / (a+b)! each and the latter -v a! (b-1)! / (a+b)!. Subtrees
whose path neither meets are skipped, so that a walk sees few of a deep tree's leaves.

Lundberg et al. 2020, https://doi.org/10.1038/s42256-019-0138-9
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import kernel

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.paths import Paths


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Pairs:
    """Deep trees and the background they are compared with.

    Parameters
    ----------
    paths : Paths
        Paths to the deep leaves.
    value : ndarray of shape (n_nodes, n_outputs)
        Leaf values in the order of `paths`.
    first_output, n_values : ndarray of int64, shape (n_trees,)
        Outputs each tree adds to.
    background : ndarray of uint16, shape (n_columns, n_background)
        Codes of the background.
    """

    paths: Paths
    value: FloatArray
    first_output: IntArray
    n_values: IntArray
    background: AnyArray

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        p = self.paths
        degree = int(p.distinct.max(initial=0)) + 1
        gain = np.zeros((degree, degree))
        for a in range(1, degree):
            for b in range(degree - a):
                gain[a, b] = math.factorial(a - 1) * math.factorial(b) / math.factorial(a + b)
        add_pairs(
            codes, self.background, p.starts, p.end, p.depth, p.anchor, p.slot, p.distinct,
            p.feature, p.column, p.low, p.span, p.is_left, self.value, self.first_output,
            self.n_values, gain, int(p.depth.max(initial=0)), out,
        )  # fmt: skip


def mean_output(
    paths: Paths, value: FloatArray, first_output: IntArray, n_values: IntArray, codes: AnyArray
) -> FloatArray:
    """Return the mean over rows of the sum of the trees, (n_outputs,)."""
    total = np.zeros((codes.shape[1], value.shape[1]))
    add_outputs(codes, paths.starts, paths.end, paths.column, paths.low, paths.span, value,
                first_output, n_values, total)  # fmt: skip
    return np.asarray(total.mean(axis=0))


@kernel(
    "void(uint16[:, ::1], int64[::1], int64[::1], int32[::1], uint16[::1], uint16[::1],"
    " float64[:, ::1], int64[::1], int64[::1], float64[:, ::1])"
)
def add_outputs(
    codes: AnyArray,
    starts: IntArray,
    end: IntArray,
    column: AnyArray,
    low: AnyArray,
    span: AnyArray,
    value: FloatArray,
    first_output: IntArray,
    n_values: IntArray,
    out: FloatArray,
) -> None:
    """Add the values of the leaves that rows reach."""
    for r in range(codes.shape[1]):
        for tree in range(len(starts) - 1):
            i = starts[tree]
            while end[i] > i + 1:
                # The left child comes next, and knows what its parent asks.
                left = i + 1
                goes = np.uint16(codes[column[left], r] - low[left]) <= span[left]
                i = left if goes else end[left]
            for k in range(first_output[tree], first_output[tree] + n_values[tree]):
                out[r, k] += value[i, k]


@kernel(
    "void(uint16[:, ::1], uint16[:, ::1], int64[::1], int64[::1], int32[::1], int32[::1],"
    " int32[::1], int32[::1], int32[::1], int32[::1], uint16[::1], uint16[::1], uint8[::1],"
    " float64[:, ::1], int64[::1], int64[::1], float64[:, ::1], int64, float64[:, :, ::1])"
)
def add_pairs(
    codes: AnyArray,
    background: AnyArray,
    starts: IntArray,
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
    value: FloatArray,
    first_output: IntArray,
    n_values: IntArray,
    gain: FloatArray,
    n_levels: int,
    out: FloatArray,
) -> None:
    """Walk every tree once per pair of a row and a background row."""
    n_background = background.shape[1]
    # By depth: who meets the merged condition (1 the row, 2 the other, 3 both), and on how many
    # features of the path the row alone, or the other alone, does.
    who = np.full(n_levels + 1, 3, np.int64)
    alone, other = np.zeros(n_levels + 1, np.int64), np.zeros(n_levels + 1, np.int64)
    path = np.zeros(n_levels + 1, np.int64)
    of_slot, place = np.zeros(n_levels + 1, np.int64), np.zeros(n_levels + 1, np.int64)
    for r in range(codes.shape[1]):
        for tree in range(len(starts) - 1):
            k0, kn = first_output[tree], n_values[tree]
            for b in range(n_background):
                i = starts[tree] + 1
                while i < starts[tree + 1]:
                    d, a, c = np.int64(depth[i]), np.int64(anchor[i]), column[i]
                    left = is_left[i] == 1
                    row_goes = np.uint16(codes[c, r] - low[i]) <= span[i]
                    other_goes = np.uint16(background[c, b] - low[i]) <= span[i]
                    meets = (1 if row_goes == left else 0) | (2 if other_goes == left else 0)
                    meets &= who[a]
                    if meets == 0:
                        i = end[i]
                        continue
                    who[d], path[d] = meets, i
                    before = who[a] if a > 0 else 3
                    alone[d] = alone[d - 1] + (meets == 1) - (before == 1)
                    other[d] = other[d - 1] + (meets == 2) - (before == 2)
                    if end[i] > i + 1:
                        i += 1
                        continue
                    if alone[d] + other[d] > 0:
                        for e in range(1, d + 1):
                            of_slot[slot[path[e]]] = who[e]
                            place[slot[path[e]]] = feature[path[e]]
                        for s in range(distinct[i]):
                            if of_slot[s] == 3:
                                continue
                            weight = (
                                gain[alone[d], other[d]]
                                if of_slot[s] == 1
                                else -gain[other[d], alone[d]]
                            ) / n_background
                            for k in range(k0, k0 + kn):
                                out[r, place[s], k] += weight * value[i, k]
                    i += 1
