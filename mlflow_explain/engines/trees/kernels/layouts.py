"""What kernels are given: records and arrays, with their layout in memory.

Arrays of records rather than one array per field: a kernel takes one argument where it would take
ten, and what it needs of a node lies together. What is counted is signed, as the compiler makes
floating point of a signed and an unsigned number.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np

from mlflow_explain._typing import AnyArray, FloatArray, IntArray
from mlflow_explain.engines.compiled import Layout, dtype_of

Uint8: TypeAlias = Annotated[int, np.uint8]
Uint16: TypeAlias = Annotated[int, np.uint16]
Int32: TypeAlias = Annotated[int, np.int32]
Int64: TypeAlias = Annotated[int, np.int64]
Float64: TypeAlias = Annotated[float, np.float64]


class Tree:
    """Where a tree's nodes are, and the outputs it adds to.

    Parameters
    ----------
    start, end : int
        Positions of the root and after the last node.
    degree : int
        Most distinct features on a path.
    first_output, n_outputs : int
        Outputs it adds to: so many from the first.
    """

    start: Int64
    end: Int64
    degree: Int64
    first_output: Int64
    n_outputs: Int64


class Node:
    """A node in preorder, and the edge to it.

    Parameters
    ----------
    share, anchor_share : float
        Fraction of the training rows that follow the merged condition, and that of the anchor.
    parent, end : int
        Positions of the parent (a root is its own) and after the last node of the subtree.
    depth, anchor : int
        Edges from the root, and to the end of the nearest edge above on the same feature (0: none).
    slot, distinct : int
        Place of the feature among the distinct ones of the path, and how many those are.
    feature, column, low, span, is_left : int
        What the edge asks: codes of the column go left where ``code - low <= span``.
    """

    share: Float64
    anchor_share: Float64
    parent: Int32
    end: Int32
    depth: Int32
    anchor: Int32
    slot: Int32
    distinct: Int32
    feature: Int32
    column: Int32
    low: Uint16
    span: Uint16
    is_left: Uint8


class Column:
    """What splits ask about.

    Parameters
    ----------
    feature : int
        What it reads.
    kind : int
        `NUMERIC`, `ZERO_MISSING` or `CATEGORY`.
    start, size : int
        First cut (or word of a set) and number of them; of cuts a power of two, filled up with
        infinity.
    """

    feature: Int64
    kind: Int64
    start: Int64
    size: Int64


class Unit:
    """A tabulated subtree.

    Parameters
    ----------
    start, width, target : int
        First table entry, values per look-up, and first of as many targets.
    root : int
        Position of its top node.
    bits : int
        Of the table's index: distinct features of the path, then splits of the subtree.
    n_features : int
        Distinct ones of path and subtree.
    first_output, n_outputs : int
        Of its tree.
    """

    start: Int64
    width: Int64
    target: Int64
    root: Int32
    bits: Int32
    n_features: Int32
    first_output: Int32
    n_outputs: Int32


class Instruction:
    """A step of the program that reads tables.

    Parameters
    ----------
    operation : int
        What to do.
    depth : int
        Whose pattern it is about.
    operand : int
        Column to compare, or unit to look up.
    low, span, is_left : int
        The comparison, as of `Node`.
    bit, fresh : int
        Of the pattern: the comparison's, and the same where the feature is new to the path.
    """

    operation: Uint8
    is_left: Uint8
    low: Uint16
    span: Uint16
    bit: Uint16
    fresh: Uint16
    depth: Int32
    operand: Int32


class Target:
    """Where values are added.

    Parameters
    ----------
    feature, output : int
        Positions in the attributions.
    """

    feature: Int64
    output: Int64


TREE, NODE, COLUMN = dtype_of(Tree), dtype_of(Node), dtype_of(Column)
UNIT, INSTRUCTION, TARGET = dtype_of(Unit), dtype_of(Instruction), dtype_of(Target)

# Rows may be the user's own, which nobody writes to.
Rows: TypeAlias = Annotated[FloatArray, Layout(np.float64, 2, is_writable=False)]
Attributions: TypeAlias = Annotated[FloatArray, Layout(np.float64, 3)]
Grid: TypeAlias = Annotated[FloatArray, Layout(np.float64, 2)]
Floats: TypeAlias = Annotated[FloatArray, Layout(np.float64)]
Ints: TypeAlias = Annotated[IntArray, Layout(np.int64)]
Words: TypeAlias = Annotated[AnyArray, Layout(np.uint64)]
Sets: TypeAlias = Annotated[AnyArray, Layout(np.uint64, 2)]
Codes: TypeAlias = Annotated[AnyArray, Layout(np.uint16, 2)]

Trees: TypeAlias = Annotated[AnyArray, Layout(TREE)]
Nodes: TypeAlias = Annotated[AnyArray, Layout(NODE)]
Columns: TypeAlias = Annotated[AnyArray, Layout(COLUMN)]
Units: TypeAlias = Annotated[AnyArray, Layout(UNIT)]
Program: TypeAlias = Annotated[AnyArray, Layout(INSTRUCTION)]
Targets: TypeAlias = Annotated[AnyArray, Layout(TARGET)]
