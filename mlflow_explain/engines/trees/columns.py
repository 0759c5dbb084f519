"""Rows as small integers: every split of an ensemble becomes one comparison of two of them.

A *column* is what splits ask about: the rank of a feature's value among all its thresholds, or
whether its category is in a set. Missing values have code 0. A row goes left where
``code - low <= span`` in unsigned 16-bit arithmetic: whichever way the model compares (single
precision, zero as missing, categories, missing values left or right) is settled here, once per
row, and the kernels know integers only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.trees.ensemble import CATEGORY, ZERO_MISSING
from mlflow_explain.engines.trees.kernels import encode
from mlflow_explain.engines.trees.kernels.layouts import COLUMN

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble

# Ranks of one column fit 16 bits; further thresholds of the feature go to another column.
MAX_CUTS = 65_000
# For those who tell missing values without kernels.
ZERO_BAND = encode.ZERO_BAND


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Columns:
    """What the splits of an ensemble ask, and how each node asks it.

    Parameters
    ----------
    columns : ndarray of `Column`, shape (n_columns,)
        What each reads.
    cuts : ndarray
        Sorted thresholds, column after column.
    words : ndarray of uint64
        Bits of the sets of categories, set after set.
    node_column : ndarray of int32, shape (n_nodes,)
        Column a node asks; 0 in leaves.
    node_low, node_span : ndarray of uint16, shape (n_nodes,)
        A code goes left where ``code - low <= span``.
    """

    columns: AnyArray
    cuts: FloatArray
    words: AnyArray
    node_column: AnyArray
    node_low: AnyArray
    node_span: AnyArray

    def codes(self, rows: FloatArray, *, single: bool) -> AnyArray:
        """Return the codes of rows, (n_columns, n_rows) of uint16.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Contiguous float64.
        single : bool
            Round to single precision first, as the model does.
        """
        codes = np.empty((len(self.columns), len(rows)), dtype=np.uint16)
        encode.encode(rows, single, self.columns, self.cuts, self.words, codes)
        return codes


def columns_of(trees: TreeEnsemble) -> Columns:
    """Return the columns an ensemble's splits ask."""
    builder = _Builder(trees)
    inner = np.flatnonzero(trees.left >= 0)
    kinds = trees.kind if len(trees.kind) else np.zeros(len(trees.left), dtype=np.int64)
    numeric = inner[kinds[inner] != CATEGORY]
    # Splits that take zero for missing see other values than those that do not.
    key = trees.feature[numeric] * 2 + (kinds[numeric] == ZERO_MISSING)
    order = np.argsort(key, kind="stable")
    for nodes in np.split(numeric[order], np.flatnonzero(np.diff(key[order])) + 1):
        if len(nodes):
            builder.add_numeric(nodes, int(kinds[nodes[0]]))
    if trees.has_categories:
        builder.add_categories(inner[kinds[inner] == CATEGORY])
    return builder.built()


class _Builder:
    """Collects columns, and what each node asks of them."""

    def __init__(self, trees: TreeEnsemble) -> None:
        n_nodes = len(trees.left)
        self.trees = trees
        self.columns: list[tuple[int, int, int, int]] = []
        self.cuts: list[FloatArray] = []
        self.n_cuts = 0
        self.words: list[AnyArray] = []
        self.n_words = 0
        self.node_column = np.zeros(n_nodes, dtype=np.int32)
        self.node_low = np.zeros(n_nodes, dtype=np.uint16)
        self.node_span = np.zeros(n_nodes, dtype=np.uint16)
        self.missing_right = trees.default != trees.left

    def add_numeric(self, nodes: IntArray, kind: int) -> None:
        """Add the columns of one feature's thresholds."""
        cuts, rank = np.unique(self.trees.threshold[nodes], return_inverse=True)
        self.node_column[nodes] = len(self.columns) + rank // MAX_CUTS
        self._ask(nodes, rank % MAX_CUTS + 1)
        feature = int(self.trees.feature[nodes[0]])
        for first in range(0, len(cuts), MAX_CUTS):
            part = cuts[first : first + MAX_CUTS]
            size = 1 << len(part).bit_length()
            self.columns.append((feature, kind, self.n_cuts, size))
            self.cuts.append(np.concatenate([part, np.full(size - len(part), np.inf)]))
            self.n_cuts += size

    def add_categories(self, nodes: IntArray) -> None:
        """Add a column per set of categories of a feature."""
        sets = self.trees.category_set[nodes]
        known: dict[tuple[int, bytes], int] = {}
        column = np.empty(len(nodes), dtype=np.int32)
        for i, (node, number) in enumerate(zip(nodes, sets, strict=True)):
            words = self._words_of(int(number))
            key = (int(self.trees.feature[node]), words.tobytes())
            if key not in known:
                known[key] = len(self.columns)
                self.columns.append((key[0], CATEGORY, self.n_words, len(words)))
                self.words.append(words)
                self.n_words += len(words)
            column[i] = known[key]
        self.node_column[nodes] = column
        self._ask(nodes, np.ones(len(nodes), dtype=np.int64))

    def built(self) -> Columns:
        """Return all columns."""
        return Columns(
            np.array(self.columns, dtype=COLUMN),
            np.concatenate(self.cuts) if self.cuts else np.zeros(0),
            np.concatenate(self.words) if self.words else np.zeros(0, dtype=np.uint64),
            self.node_column, self.node_low, self.node_span,
        )  # fmt: skip

    def _ask(self, nodes: IntArray, high: IntArray) -> None:
        """Let codes up to `high` go left, and code 0 where missing values do."""
        low = self.missing_right[nodes]
        self.node_low[nodes] = low
        self.node_span[nodes] = high - low

    def _words_of(self, number: int) -> AnyArray:
        at = slice(self.trees.set_starts[number], self.trees.set_starts[number + 1])
        members = self.trees.set_members[at]
        words = np.zeros(int(members.max(initial=0)) // 64 + 1, dtype=np.uint64)
        np.bitwise_or.at(words, members // 64, np.uint64(1) << (members % 64).astype(np.uint64))
        return words
