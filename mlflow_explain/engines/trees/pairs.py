"""Interventional attributions of deep trees: each row against all rows of the background at once.

Against one background row the game of a leaf is a product of conditions that the row meets, or the
other, or both: with `a` features on which the row alone meets the path and `b` on which the other
alone does, the former get v (a-1)! b! / (a+b)! each and the latter -v a! (b-1)! / (a+b)!. A leaf
whose path both fail on a feature adds nothing.

A row and a set of background rows go down a tree together: at each split the background follows
its row as far as it must, and those are left out with whom nothing is gained any more. Sets are
words of bits, so that a step costs the same for 64 background rows as for one; those who differ
from the row on equally many features of a leaf's path are counted, not visited.

Per pair: Lundberg et al. 2020, https://doi.org/10.1038/s42256-019-0138-9
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.trees.kernels.pairs import add_pairs
from mlflow_explain.engines.trees.tables import gains

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.paths import Paths

# Comparisons made at a time when the sets are built.
_COMPARISONS = 1 << 22


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Pairs:
    """Deep trees and the background they are compared with.

    Parameters
    ----------
    paths : Paths
        Paths to the deep leaves.
    set_of : ndarray of int64, shape (n_nodes,)
        The set of the split above each node.
    sets : ndarray of uint64, shape (n_sets, n_words)
        Who of the background goes left, a bit each; the first is the whole background.
    gain : ndarray of shape (degree + 1, degree + 1)
        See `gains`; per background row.
    n_levels : int
        Depth of the deepest leaf.
    """

    paths: Paths
    set_of: IntArray
    sets: AnyArray
    gain: FloatArray
    n_levels: int

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        add_pairs(codes, self.paths.trees, self.paths.nodes, self.paths.value, self.set_of,
                  self.sets, self.gain, self.n_levels, out)  # fmt: skip


def pairs_of(paths: Paths, background: AnyArray) -> Pairs:
    """Return the comparison of trees with a background.

    Parameters
    ----------
    paths : Paths
        Paths to the deep leaves.
    background : ndarray of uint16, shape (n_columns, n_background)
        Codes of the background.
    """
    set_of, sets = _sets(paths.nodes, background)
    gain = gains(paths.degree) / background.shape[1]
    return Pairs(paths, set_of, sets, gain, paths.n_levels)


def _sets(nodes: AnyArray, background: AnyArray) -> tuple[IntArray, AnyArray]:
    """Return who goes left of each split, equal sets of a column once."""
    n_background = background.shape[1]
    # Splits of one column differ to the background by how many of its codes are below.
    ranks = np.empty(len(nodes), dtype=np.int64)
    order = np.argsort(nodes["column"], kind="stable")
    column = nodes["column"][order]
    for part in np.split(order, np.flatnonzero(np.diff(column)) + 1):
        codes = np.sort(background[nodes["column"][part[0]]])
        high = nodes["low"][part].astype(np.int64) + nodes["span"][part]
        ranks[part] = np.searchsorted(codes, high, side="right")
    # Low codes are 0 or 1: where missing values go.
    key = (nodes["column"].astype(np.int64) * (n_background + 1) + ranks) * 2 + nodes["low"]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    sets = [_words(np.ones((1, n_background), dtype=bool))]
    step = max(1, _COMPARISONS // n_background)
    for at in range(0, len(first), step):
        asked = nodes[first[at : at + step]]
        codes = background[asked["column"]] - asked["low"][:, None]
        sets.append(_words(codes <= asked["span"][:, None]))
    return inverse.astype(np.int64) + 1, np.concatenate(sets)


def _words(member: AnyArray) -> AnyArray:
    """Return the rows of a matrix of bool as words of bits, (n_sets, n_words) of uint64."""
    padded = np.pad(member, [(0, 0), (0, -member.shape[1] % 64)])
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
