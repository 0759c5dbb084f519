"""Rows of a LightGBM `Dataset` or an XGBoost `DMatrix`, when a training on it begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.clusters import drawn
from mlflow_explain.data.kinds import is_a, is_frame
from mlflow_explain.data.table import table_of
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.autologging import samples
from mlflow_explain.tracking.autologging.samples import SEED, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import AnyArray, IntArray


def rows_of(matrix: Any, kept: Mapping[Any, Sample | Exception], max_rows: int) -> Sample:
    """Return rows of a matrix, as a training on it sees them.

    Parameters
    ----------
    matrix : Dataset or DMatrix
        What is trained on.
    kept : mapping
        What was kept of each matrix when it was made, or why nothing was.
    max_rows : int
        How many rows to return at most.

    Raises
    ------
    InvalidInputError
        It no longer holds rows, and none were kept.
    """
    known = kept.get(matrix)
    if is_a(matrix, "xgboost", "DMatrix"):
        return _of_dmatrix(matrix, known, max_rows)
    if getattr(matrix, "used_indices", None) is not None:
        return _of_subset(matrix, kept.get(matrix.reference), max_rows)
    if known is None:
        return _of_dataset(matrix, matrix.label, max_rows)
    if isinstance(known, Exception):
        raise known
    # The label may have been set after the matrix was made.
    outcomes = samples.outcomes_at(matrix.label, known.positions, known.n_rows)
    return replace(known, outcomes=outcomes)


def _of_dmatrix(matrix: Any, known: Sample | Exception | None, max_rows: int) -> Sample:
    """Return rows of a DMatrix: it frees none, and knows which cells it takes for missing."""
    has_codes = "c" in (matrix.feature_types or ())
    if has_codes and not isinstance(known, Sample):
        raise InvalidInputError(
            "a DMatrix of numbers, or one made of rows after `mlflow_explain.autolog()`",
            "one made before, or cut from another, of which only the codes of categories are left",
            "Call `mlflow_explain.autolog()` first, and make it of the rows themselves.",
        )
    n_rows = int(matrix.num_row())
    positions = drawn(n_rows, max_rows, SEED)
    numbers = _numbers(matrix, positions)
    outcomes = samples.outcomes_at(matrix.get_label(), positions, n_rows)
    if isinstance(known, Sample) and is_frame(known.rows):
        # With types and ids of its own, and categories as they were.
        return replace(known, rows=known.rows.mask(np.isnan(numbers)), outcomes=outcomes)
    names = table_of(numbers, matrix.feature_names).columns
    return Sample(numbers, names, positions, n_rows, outcomes)


def _numbers(matrix: Any, positions: IntArray) -> AnyArray:
    """Return rows of a DMatrix, with NaN where it holds none: zeros are values."""
    try:
        part = matrix.slice(positions, allow_groups=True).get_data()
    except ValueError:
        # XGBoost cuts none of quantiles, and none that lies on disk.
        part = matrix.get_data()[positions]
    stored = part.tocoo()
    rows = np.full(stored.shape, np.nan, dtype=np.float32)
    rows[stored.row, stored.col] = stored.data
    return rows


def _of_subset(part: Any, whole: Sample | Exception | None, max_rows: int) -> Sample:
    """Return rows of what `Dataset.subset` made: from the whole, or those kept of the whole."""
    used, label = np.asarray(part.used_indices), part.label
    if label is None and part.reference.label is not None:
        label = np.asarray(part.reference.label)[used]
    if part.reference.data is not None or not isinstance(whole, Sample):
        return _of_dataset(part.reference, label, max_rows, used)
    at = np.flatnonzero(np.isin(whole.positions, used))
    if len(at) == 0:
        raise InvalidInputError(
            "a subset of a Dataset that still holds its rows",
            f"one of {len(used)} rows, none of which are among those kept of the whole",
            "Make the whole with free_raw_data=False, or raise max_rows.",
        )
    positions = np.searchsorted(used, whole.positions[at])
    rows = table_of(whole.rows, whole.names).take(at).data
    outcomes = samples.outcomes_at(label, positions, len(used))
    return Sample(rows, whole.names, positions, len(used), outcomes)


def _of_dataset(matrix: Any, label: Any, max_rows: int, among: IntArray | None = None) -> Sample:
    data = getattr(matrix, "data", None)
    if data is None:
        raise InvalidInputError(
            "a Dataset that still holds its rows",
            "one that has freed them",
            "Make it after `mlflow_explain.autolog()`, or with free_raw_data=False.",
        )
    names = getattr(matrix, "feature_name", None)
    known = isinstance(names, list) and not is_frame(data)
    return samples.sample_of(data, label, max_rows, names if known else None, among)
