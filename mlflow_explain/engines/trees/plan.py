"""`Plan`: which leaves are explained by tables and which by walking, within one memory bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines import compiled
from mlflow_explain.engines.trees import columns, pairs, paths, quadrature, tables

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.columns import Columns
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble
    from mlflow_explain.engines.trees.pairs import Pairs
    from mlflow_explain.engines.trees.paths import Paths
    from mlflow_explain.engines.trees.quadrature import Quadrature
    from mlflow_explain.engines.trees.tables import Tables, Units

# Memory the tables of one model may take.
TABLE_BYTES = 64 * 2**20
# Rough costs in the same unit, to weigh one kernel against another: an edge of a program, a value
# looked up, a node of an integral on an edge, a step of a walk of pairs.
_EDGE, _VALUE, _POINT, _STEP = 0.1, 0.5, 0.6, 5.0

KERNELS = (
    columns.encode, paths.walk, tables.merge, tables.fill, tables.assemble, tables.add_rows,
    tables.add_row, quadrature.add_blocks, quadrature.add_rows_singly, pairs.add_outputs,
    pairs.add_pairs,
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
    all_paths = paths.paths_of(trees, asked)
    value = np.ascontiguousarray(trees.value[all_paths.node], dtype=np.float64)
    first, count, is_complement = _outputs(all_paths, value)
    codes = None if background is None else asked.codes(background, single=single)
    n_background = 0 if background is None else len(background)
    units = _chosen(all_paths, count, n_background, max_bytes)
    made = None
    if len(units.root):
        made = tables.tables_of(all_paths, units, value, first, count, codes)
    is_leaf = all_paths.is_leaf
    deep = is_leaf & ~_covered(all_paths, units) & (all_paths.depth > 0)
    walked: Quadrature | Pairs | None = None
    if deep.any():
        keep = _with_ancestors(all_paths, deep)
        rest = all_paths.kept(keep)
        tree = np.searchsorted(all_paths.starts, np.flatnonzero(keep), side="right") - 1
        kept = np.unique(tree)
        parts = rest, np.ascontiguousarray(value[keep]), first[kept], count[kept]
        walked = quadrature.quadrature_of(*parts) if codes is None else pairs.Pairs(*parts, codes)
    mean = trees.base_values()
    if codes is not None:
        whole = np.full(len(count), trees.n_outputs)
        sums = pairs.mean_output(all_paths, value, np.zeros_like(whole), whole, codes)
        mean = trees.offset + sums
    return Plan(asked, made, walked, mean, is_complement, 1.0 - deep.sum() / is_leaf.sum())


def _outputs(all_paths: Paths, value: FloatArray) -> tuple[IntArray, IntArray, bool]:
    """Return the first output and the number of outputs each tree adds to."""
    n_outputs = value.shape[1]
    leaf_value = np.where(all_paths.is_leaf[:, None], value, 0.0)
    starts = all_paths.starts[:-1]
    sums = value.sum(axis=1)[all_paths.is_leaf]
    tree = (np.searchsorted(all_paths.starts, np.arange(len(value)), side="right") - 1)[
        all_paths.is_leaf
    ]
    first_leaf = np.concatenate([[True], np.diff(tree) > 0])
    constant = sums[first_leaf][tree]
    is_complement = n_outputs > 1 and bool(
        (np.abs(sums - constant) <= 1e-13 * np.abs(constant)).all() and (constant != 0).all()
    )
    used = np.logical_or.reduceat(leaf_value != 0, starts, axis=0)
    if is_complement:
        used[:, -1] = False
    first = used.argmax(axis=1)
    last = n_outputs - used[:, ::-1].argmax(axis=1)
    count = np.where(used.any(axis=1), last - first, 1)
    return first.astype(np.int64), count.astype(np.int64), is_complement


def _chosen(all_paths: Paths, count: IntArray, n_background: int, max_bytes: int) -> Units:
    """Return the units that cost least, of those that fit into the memory bound."""
    best = tables.units_of(all_paths, count, 0)
    least = _cost(all_paths, best, count, n_background)
    for max_bits in range(4, tables.MAX_BITS + 1):
        units = tables.units_of(all_paths, count, max_bits)
        if units.size * 8 > max_bytes:
            break
        cost = _cost(all_paths, units, count, n_background)
        if cost < least:
            best, least = units, cost
    return best


def _cost(all_paths: Paths, units: Units, count: IntArray, n_background: int) -> float:
    """Return a rough cost per row."""
    is_leaf = all_paths.is_leaf
    tree = np.searchsorted(all_paths.starts, units.root, side="right") - 1
    above = _with_ancestors(all_paths, _marked(units.root, len(is_leaf)))
    n_inside = all_paths.end[units.root] - units.root
    by_table = _VALUE * float((units.width * count[tree]).sum()) + _EDGE * float(
        above.sum() + n_inside.sum() / 2
    )
    deep = is_leaf & ~_covered(all_paths, units)
    walked = _with_ancestors(all_paths, deep)
    if n_background:
        # A pair sees the nodes that one of the two meets.
        seen = 2.0 * np.log2(1.0 + walked.sum() / max(len(count), 1)) ** 2 * len(count)
        return by_table + (_STEP * n_background * float(seen) if deep.any() else 0.0)
    points = (all_paths.distinct[walked] + 1) / 2
    return by_table + _POINT * float((1 + count.mean()) * points.sum())


def _marked(positions: IntArray, n_nodes: int) -> AnyArray:
    mark = np.zeros(n_nodes, dtype=bool)
    mark[positions] = True
    return mark


def _covered(all_paths: Paths, units: Units) -> AnyArray:
    """Return which nodes lie in a unit."""
    change = np.zeros(len(all_paths.end) + 1, dtype=np.int64)
    np.add.at(change, units.root, 1)
    np.add.at(change, all_paths.end[units.root], -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)


def _with_ancestors(all_paths: Paths, mark: AnyArray) -> AnyArray:
    """Return which nodes are marked or have a marked node below."""
    before = np.concatenate([[0], np.cumsum(mark)])
    return np.asarray(before[all_paths.end] > before[:-1])
