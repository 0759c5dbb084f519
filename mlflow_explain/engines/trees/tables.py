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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.trees.kernels.layouts import INSTRUCTION, TARGET, UNIT
from mlflow_explain.engines.trees.kernels.program import add_row, add_rows, assemble
from mlflow_explain.engines.trees.kernels.tabulate import fill, merge

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.paths import Paths

# Bits of a single leaf's largest table: patterns are kept in 16.
MAX_BITS = 15
# Merging subtrees into one unit may cost this many times the memory of their own tables.
GROWTH = 4.0


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Tables:
    """Tables of units, and the program that reads them.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_trees + 1,)
        First instruction of each tree.
    program : ndarray of `Instruction`
        Instructions, tree after tree.
    units : ndarray of `Unit`
        Where the values of each look-up are.
    targets : ndarray of int64
        Where each value of a look-up is added: a position in `used`.
    used : ndarray of `Target`
        Features and outputs.
    entries : ndarray of float64
        All tables.
    n_levels : int
        Depth of the program.
    """

    starts: IntArray
    program: AnyArray
    units: AnyArray
    targets: IntArray
    used: AnyArray
    entries: FloatArray
    n_levels: int

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        add = add_row if codes.shape[1] == 1 else add_rows
        add(codes, self.starts, self.program, self.units, self.targets, self.used, self.entries,
            self.n_levels, out)  # fmt: skip


def units_of(paths: Paths, max_bits: int, growth: float = GROWTH) -> AnyArray:
    """Return the subtrees to tabulate when no table may have more than `max_bits` bits.

    Parameters
    ----------
    paths : Paths
        All trees.
    max_bits : int
        At most `MAX_BITS`; leaves with more distinct features are left out.
    growth : float
        Merge subtrees while the memory grows at most by this factor.

    Returns
    -------
    ndarray of `Unit`
    """
    n_nodes = len(paths.nodes)
    bits, n_features = np.full(n_nodes, -1, dtype=np.int64), np.zeros(n_nodes, dtype=np.int64)
    merge(paths.trees, paths.nodes, max_bits, growth, bits, n_features, np.zeros(n_nodes))
    # A unit inside a larger one is part of it.
    is_unit, parent = bits >= 0, paths.nodes["parent"]
    is_inside = is_unit[parent] & (parent != np.arange(n_nodes))
    root = np.flatnonzero(is_unit & ~is_inside & (n_features > 0))
    trees = paths.trees[paths.tree_of_node[root]]
    units = np.zeros(len(root), dtype=UNIT)
    units["root"], units["bits"], units["n_features"] = root, bits[root], n_features[root]
    units["first_output"], units["n_outputs"] = trees["first_output"], trees["n_outputs"]
    units["width"] = n_features[root] * trees["n_outputs"]
    units["start"] = _starts(units["width"] << units["bits"])
    units["target"] = _starts(units["width"])
    return units


def n_entries(units: AnyArray) -> int:
    """Return how many numbers the tables of units hold."""
    return int((units["width"] << units["bits"]).sum())


def tables_of(paths: Paths, units: AnyArray, background: AnyArray | None) -> Tables:
    """Fill the tables of units, and write the program that reads them.

    Parameters
    ----------
    paths : Paths
        All trees.
    units : ndarray of `Unit`
        What to tabulate.
    background : ndarray of shape (n_columns, n_background) or None
        Codes of the background for the interventional game; None for the path-dependent one.
    """
    targets = np.zeros(int(units["width"].sum()), dtype=np.int64)
    entries = np.zeros(n_entries(units))
    degree = max(int(units["bits"].max(initial=1)), 1)
    codes = np.zeros((1, 0), dtype=np.uint16) if background is None else background
    fill(paths.nodes, paths.value, units, codes, *gauss(degree), gains(degree), targets, entries)
    flat, targets = np.unique(targets, return_inverse=True)
    used = np.zeros(len(flat), dtype=TARGET)
    used["feature"], used["output"] = np.divmod(flat, paths.value.shape[1])
    n_levels = int(paths.nodes["depth"][units["root"]].max(initial=0))
    targets = targets.astype(np.int64)
    return Tables(*_program(paths, units), units, targets, used, entries, n_levels)


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


def gains(degree: int) -> FloatArray:
    """Return (a-1)! b! / (a+b)! for a and b up to `degree`, (degree + 1, degree + 1).

    What a feature adds to a product of 1 if it is one of `a` that only the row has, against `b`
    that only the other row has. 0 for a = 0.
    """
    gain = np.zeros((degree + 1, degree + 1))
    a = np.arange(1, degree + 1)
    gain[1:, 0] = 1 / a
    for b in range(1, degree + 1):
        gain[1:, b] = gain[1:, b - 1] * b / (a + b)
    return gain


def _starts(sizes: IntArray) -> IntArray:
    return np.asarray(np.cumsum(sizes) - sizes)


def _program(paths: Paths, units: AnyArray) -> tuple[IntArray, AnyArray]:
    """Return where each tree's instructions begin, and the instructions."""
    n_nodes = len(paths.nodes)
    unit_of = np.full(n_nodes, -1, dtype=np.int64)
    unit_of[units["root"]] = np.arange(len(units))
    program = np.zeros(2 * n_nodes + len(units), dtype=INSTRUCTION)
    starts = np.zeros(len(paths.trees) + 1, dtype=np.int64)
    n = assemble(paths.trees, paths.nodes, unit_of, starts, program)
    return starts, program[:n].copy()
