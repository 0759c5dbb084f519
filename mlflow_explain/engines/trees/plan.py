"""`Plan`: which leaves are explained by tables and which by walking, within one memory bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines import compiled
from mlflow_explain.engines.trees import columns, pairs, paths, quadrature, tables
from mlflow_explain.engines.trees.kernels.encode import encode
from mlflow_explain.engines.trees.kernels.pairs import add_pairs
from mlflow_explain.engines.trees.kernels.program import add_row, add_rows, assemble
from mlflow_explain.engines.trees.kernels.quadrature_of_blocks import add_blocks
from mlflow_explain.engines.trees.kernels.quadrature_of_rows import add_singly
from mlflow_explain.engines.trees.kernels.tabulate import fill, merge
from mlflow_explain.engines.trees.kernels.walk import add_outputs, walk

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.engines.trees.columns import Columns
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble
    from mlflow_explain.engines.trees.pairs import Pairs
    from mlflow_explain.engines.trees.paths import Paths
    from mlflow_explain.engines.trees.quadrature import Quadrature
    from mlflow_explain.engines.trees.tables import Tables

# Memory the tables of one model may take.
TABLE_BYTES = 64 * 2**20
# Rough costs in the same unit, to weigh one kernel against another: an edge of a program, a value
# looked up, a point of an integral on an edge, a step of a walk per background row; and how many of
# those cost as much as the walk itself.
_EDGE, _VALUE, _POINT, _STEP, _WALK = 0.1, 0.5, 0.6, 2.5, 75

KERNELS = (
    encode, walk, merge, fill, assemble, add_rows, add_row, add_blocks, add_singly, add_pairs,
    add_outputs,
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Plan:
    """Everything that is computed once per model.

    Parameters
    ----------
    columns : Columns
        How rows become codes.
    tables : Tables or None
        Shallow parts of the trees.
    walked : Quadrature, Pairs or None
        Deep leaves: by quadrature for the path-dependent game, by pairs for the interventional.
    mean : ndarray of shape (n_outputs,)
        Mean output of the background; of the path-dependent game, of the training rows.
    is_complement : bool
        Whether the last output of every leaf is a constant minus the others, as of probabilities:
        then it is not computed, but follows from them.
    tabled_leaves : float
        Share of the leaves explained by tables.
    """

    columns: Columns
    tables: Tables | None
    walked: Quadrature | Pairs | None
    mean: FloatArray
    is_complement: bool
    tabled_leaves: float

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        if self.tables is not None:
            self.tables.add_to(out, codes)
        if self.walked is not None:
            self.walked.add_to(out, codes)
        if self.is_complement:
            np.negative(out[:, :, :-1].sum(axis=2), out=out[:, :, -1])

    def __str__(self) -> str:
        """Say which kernels are used, and for what."""
        share = f"{100 * self.tabled_leaves:.0f} % of the leaves"
        by = type(self.walked).__name__.lower()
        if self.tables is None:
            return f"{by}"
        size = f"{self.tables.entries.nbytes / 2**20:.1f} MB"
        return f"tables ({size})" if self.walked is None else f"tables ({share}, {size}), {by}"


def is_ready() -> bool:
    """Make the compiled kernels ready, and return whether they are."""
    return compiled.prepare(KERNELS)


def plan_of(
    trees: TreeEnsemble, background: FloatArray | None, *, single: bool, max_bytes: int
) -> Plan:
    """Return the plan for an ensemble.

    Parameters
    ----------
    trees : TreeEnsemble
        The trees.
    background : ndarray of shape (n_background, n_features) or None
        Rows of the interventional game; None for the path-dependent one.
    single : bool
        Values are compared in single precision.
    max_bytes : int
        Memory the tables may take.
    """
    asked = columns.columns_of(trees)
    whole = paths.paths_of(trees, asked)
    all_paths, is_complement = _with_used_outputs(whole)
    codes = None if background is None else asked.codes(background, single=single)
    units = _chosen(all_paths, 0 if background is None else len(background), max_bytes)
    made = tables.tables_of(all_paths, units, codes) if len(units) else None
    is_leaf = all_paths.is_leaf
    deep = is_leaf & ~_covered(all_paths, units) & (all_paths.nodes["depth"] > 0)
    walked: Quadrature | Pairs | None = None
    if deep.any():
        rest = all_paths.kept(all_paths.with_ancestors(deep))
        walked = quadrature.quadrature_of(rest) if codes is None else pairs.pairs_of(rest, codes)
    mean = trees.base_values() if codes is None else trees.offset + whole.mean_output(codes)
    return Plan(asked, made, walked, mean, is_complement, 1.0 - deep.sum() / is_leaf.sum())


def _with_used_outputs(whole: Paths) -> tuple[Paths, bool]:
    """Return the paths with the outputs each tree adds to, and whether the last is left out.

    It is where the outputs of every leaf of a tree have the same sum, as probabilities have.
    """
    n_outputs = whole.value.shape[1]
    tree = whole.tree_of_node[whole.is_leaf]
    value = whole.value[whole.is_leaf]
    first_leaf = np.searchsorted(tree, np.arange(len(whole.trees)))
    sums = value.sum(axis=1)
    constant = sums[first_leaf][tree]
    is_complement = n_outputs > 1 and bool(
        (np.abs(sums - constant) <= 1e-13 * np.abs(constant)).all() and (constant != 0).all()
    )
    used = np.logical_or.reduceat(value != 0, first_leaf, axis=0)
    if is_complement:
        used[:, -1] = False
    trees = whole.trees.copy()
    trees["first_output"] = used.argmax(axis=1)
    last = n_outputs - used[:, ::-1].argmax(axis=1)
    trees["n_outputs"] = np.where(used.any(axis=1), last - trees["first_output"], 1)
    return replace(whole, trees=trees), is_complement


def _chosen(all_paths: Paths, n_background: int, max_bytes: int) -> AnyArray:
    """Return the units that cost least, of those that fit into the memory bound."""
    best = tables.units_of(all_paths, 0)
    least = _cost(all_paths, best, n_background)
    for max_bits in range(4, tables.MAX_BITS + 1):
        units = tables.units_of(all_paths, max_bits)
        if tables.n_entries(units) * 8 > max_bytes:
            break
        cost = _cost(all_paths, units, n_background)
        if cost < least:
            best, least = units, cost
    return best


def _cost(all_paths: Paths, units: AnyArray, n_background: int) -> float:
    """Return a rough cost per row."""
    is_leaf = all_paths.is_leaf
    is_root = np.zeros(len(is_leaf), dtype=bool)
    is_root[units["root"]] = True
    n_edges = all_paths.with_ancestors(is_root).sum()
    n_inside = all_paths.nodes["end"][units["root"]] - units["root"]
    by_table = _VALUE * float(units["width"].sum()) + _EDGE * float(n_edges + n_inside.sum() / 2)
    deep = is_leaf & ~_covered(all_paths, units)
    walked = all_paths.with_ancestors(deep)
    if n_background:
        # A pair sees the nodes that one of the two meets.
        n_trees = max(len(all_paths.trees), 1)
        seen = 2.0 * np.log2(1.0 + walked.sum() / n_trees) ** 2 * n_trees
        n_steps = (_WALK + n_background) * float(seen) if deep.any() else 0.0
        return by_table + _STEP * n_steps
    points = (all_paths.nodes["distinct"][walked] + 1) / 2
    n_outputs = all_paths.trees["n_outputs"].mean()
    return by_table + _POINT * float((1 + n_outputs) * points.sum())


def _covered(all_paths: Paths, units: AnyArray) -> AnyArray:
    """Return which nodes lie in a unit."""
    change = np.zeros(len(all_paths.nodes) + 1, dtype=np.int64)
    np.add.at(change, units["root"], 1)
    np.add.at(change, all_paths.nodes["end"][units["root"]], -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)
