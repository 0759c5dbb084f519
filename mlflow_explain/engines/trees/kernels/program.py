"""The program that reads tables: how it is written, and how rows run through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import kernel, part
from mlflow_explain.engines.trees.kernels.layouts import (
    Attributions,
    Codes,
    Floats,
    Ints,
    Nodes,
    Program,
    Targets,
    Trees,
    Units,
)

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.trees.kernels.layouts import Instruction, Node, Unit

# What an instruction does: makes a path's pattern of the one above, adds the outcome of a split of
# a unit, adds a unit's values.
_NARROW, _SPLIT, _LOOK_UP = 0, 1, 2

_BLOCK = 512


@kernel
def assemble(trees: Trees, nodes: Nodes, unit_of: Ints, starts: Ints, program: Program) -> int:
    """Write the instructions of all trees, and return how many there are.

    Parameters
    ----------
    trees, nodes
        See `Paths`.
    unit_of
        The unit each node is the top of; negative for others.
    starts
        Written: each tree's first instruction, and where the last tree's end.
    program
        Written.
    """
    n = 0
    for t in range(len(trees)):
        starts[t] = n
        i = trees[t].start
        while i < trees[t].end:
            node = nodes[i]
            if not _has_unit(unit_of, i, node.end):
                i = node.end
                continue
            if node.depth > 0:
                _write_comparison(program[n], _NARROW, node, node.depth, node.slot)
                program[n].fresh = program[n].bit if node.anchor == 0 else 0
                n += 1
            if unit_of[i] < 0:
                i += 1
                continue
            bit = node.distinct
            for j in range(i, node.end):
                if nodes[j].end > j + 1:
                    # The left child knows what its parent asks.
                    _write_comparison(program[n], _SPLIT, nodes[j + 1], node.depth, bit)
                    bit += 1
                    n += 1
            program[n].operation, program[n].depth = _LOOK_UP, node.depth
            program[n].operand = unit_of[i]
            n += 1
            i = node.end
    starts[len(trees)] = n
    return n


@part
def _has_unit(unit_of: IntArray, first: int, end: int) -> bool:
    j = first
    while j < end and unit_of[j] < 0:
        j += 1
    return j < end


@part
def _write_comparison(step: Instruction, operation: int, edge: Node, depth: int, bit: int) -> None:
    step.operation, step.depth, step.bit = operation, depth, 1 << bit
    step.operand, step.low, step.span = edge.column, edge.low, edge.span
    step.is_left = edge.is_left


@kernel
def add_rows(
    codes: Codes, starts: Ints, program: Program, units: Units, targets: Ints, used: Targets,
    entries: Floats, n_levels: int, out: Attributions,
) -> None:  # fmt: skip
    """Run the program over blocks of rows, a row per SIMD lane; parameters as of `Tables`."""
    n_rows, n_used = codes.shape[1], len(used)
    pattern = np.empty((n_levels + 1, _BLOCK), np.uint16)
    place = np.empty(_BLOCK, np.uint64)
    total = np.empty((n_used, _BLOCK))
    for first in range(0, n_rows, _BLOCK):
        n = min(_BLOCK, n_rows - first)
        total[:] = 0.0
        for t in range(len(starts) - 1):
            pattern[0, :n] = 0
            for i in range(starts[t], starts[t + 1]):
                step = program[i]
                d = step.depth
                if step.operation == _LOOK_UP:
                    _look_up(pattern[d, :n], units[step.operand], targets, entries, place, total)
                    continue
                asked = codes[step.operand, first : first + n]
                if step.operation == _NARROW:
                    _narrow(step, asked, pattern[d - 1], pattern[d])
                else:
                    _split(step, asked, pattern[d])
        for g in range(n_used):
            for r in range(n):
                out[first + r, used[g].feature, used[g].output] += total[g, r]


@part
def _narrow(step: Instruction, codes: AnyArray, above: AnyArray, pattern: AnyArray) -> None:
    """Write the pattern of a path from that of the path above."""
    low, span, bit, fresh, left = step.low, step.span, step.bit, step.fresh, step.is_left == 1
    for r in range(len(codes)):
        goes = np.uint16(codes[r] - low) <= span
        unmet = np.uint16(0) if goes == left else bit
        pattern[r] = (above[r] | fresh) & ~unmet


@part
def _split(step: Instruction, codes: AnyArray, pattern: AnyArray) -> None:
    """Add the outcome of a unit's split."""
    low, span, bit = step.low, step.span, step.bit
    for r in range(len(codes)):
        goes = np.uint16(codes[r] - low) <= span
        pattern[r] |= bit if goes else np.uint16(0)


@part
def _look_up(
    pattern: AnyArray, unit: Unit, targets: IntArray, entries: FloatArray, place: AnyArray,
    total: FloatArray,
) -> None:  # fmt: skip
    """Add the values of a unit to the totals."""
    start, width = np.uint64(unit.start), np.uint64(unit.width)
    for r in range(len(pattern)):
        place[r] = start + pattern[r] * width
    for j in range(unit.width):
        added = total[targets[unit.target + j]]
        for r in range(len(pattern)):
            added[r] += entries[place[r] + np.uint64(j)]


@kernel
def add_row(
    codes: Codes, starts: Ints, program: Program, units: Units, targets: Ints, used: Targets,
    entries: Floats, n_levels: int, out: Attributions,
) -> None:  # fmt: skip
    """Run the program over one row: no blocks to fill, no loops of length one."""
    pattern = np.empty(n_levels + 1, np.uint16)
    total = np.empty(len(used))
    total[:] = 0.0
    for t in range(len(starts) - 1):
        pattern[0] = 0
        for i in range(starts[t], starts[t + 1]):
            step = program[i]
            d = step.depth
            if step.operation == _LOOK_UP:
                unit = units[step.operand]
                start = unit.start + pattern[d] * unit.width
                for j in range(unit.width):
                    total[targets[unit.target + j]] += entries[start + j]
                continue
            goes = np.uint16(codes[step.operand, 0] - step.low) <= step.span
            if step.operation == _NARROW:
                unmet = np.uint16(0) if goes == (step.is_left == 1) else step.bit
                pattern[d] = (pattern[d - 1] | step.fresh) & ~unmet
            elif goes:
                pattern[d] |= step.bit
    for g in range(len(used)):
        out[0, used[g].feature, used[g].output] += total[g]
