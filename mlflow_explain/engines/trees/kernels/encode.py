"""Rows to codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.compiled import kernel, part
from mlflow_explain.engines.trees.ensemble import CATEGORY, ZERO_MISSING
from mlflow_explain.engines.trees.kernels.layouts import Codes, Columns, Floats, Rows, Words

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.engines.trees.kernels.layouts import Column

# LightGBM takes values this close to zero for zero.
ZERO_BAND = 1e-35

_BLOCK = 256


@kernel
def encode(
    rows: Rows, single: bool, columns: Columns, cuts: Floats, words: Words, codes: Codes
) -> None:
    """Write the codes of rows, (n_columns, n_rows); parameters as of `Columns`."""
    n_rows = rows.shape[0]
    values = np.empty(_BLOCK)
    position = np.empty(_BLOCK, np.uint64)
    for first in range(0, n_rows, _BLOCK):
        n = min(_BLOCK, n_rows - first)
        for c in range(len(columns)):
            column, out = columns[c], codes[c, first : first + n]
            for r in range(n):
                values[r] = rows[first + r, column.feature]
            if single:
                for r in range(n):
                    values[r] = np.float32(values[r])
            if column.kind == CATEGORY:
                _encode_categories(values, column, words, out)
                continue
            if column.kind == ZERO_MISSING:
                for r in range(n):
                    if abs(values[r]) <= ZERO_BAND:
                        values[r] = np.nan
            _encode_numbers(values, column, cuts, position, out)


@part
def _encode_categories(values: FloatArray, column: Column, words: AnyArray, out: AnyArray) -> None:
    """Write 1 for members of the set, 2 for other values, 0 for missing ones."""
    n_codes = 64.0 * column.size
    for r in range(len(out)):
        code = 0
        if values[r] == values[r]:
            code = 2
            if values[r] > -1.0 and values[r] < n_codes:
                number = np.uint64(values[r])
                word = words[np.uint64(column.start) + (number >> np.uint64(6))]
                if (word >> (number & np.uint64(63))) & np.uint64(1):
                    code = 1
        out[r] = code


@part
def _encode_numbers(
    values: FloatArray, column: Column, cuts: FloatArray, position: AnyArray, out: AnyArray
) -> None:
    """Write 1 plus the number of cuts below a value, 0 for missing values."""
    start = np.uint64(column.start)
    for r in range(len(out)):
        position[r] = start
    step = np.uint64(column.size >> 1)
    while step > 0:
        # No branch depends on the data, so that rows are searched in SIMD lanes.
        for r in range(len(out)):
            higher = position[r] + step
            position[r] = higher if cuts[higher - np.uint64(1)] < values[r] else position[r]
        step >>= np.uint64(1)
    for r in range(len(out)):
        out[r] = position[r] - start + np.uint64(1) if values[r] == values[r] else 0
