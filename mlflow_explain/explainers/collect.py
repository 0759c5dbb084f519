"""Collects what is explained batch by batch, so that memory is bounded by what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data import time_limit
from mlflow_explain.data.arguments import truth, whole
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import GlobalImportance, LocalImportance, aggregate
from mlflow_explain.explanation.importance import concatenated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.data.table import Table
    from mlflow_explain.explanation import FeatureMap

# Rows explained at a time, and the size of their attributions: bounds what is held beside the
# result.
BATCH_ROWS = 10_000
BATCH_BYTES = 256 * 2**20
# Attributions of all rows that are kept.
MAX_LOCAL_BYTES = 8 * 2**30


def rows_at_a_time(n_rows: int, bytes_per_row: int, *, include_local: bool, batch_size: int) -> int:
    """Return how many rows to explain together.

    Parameters
    ----------
    n_rows : int
        Rows there are.
    bytes_per_row : int
        Size of the attributions of one.
    include_local, batch_size
        As of `Explainer.explain_global`.

    Raises
    ------
    InvalidInputError
        Attributions of so many rows are not kept, or an option is not of its kind.
    """
    size = max(1, bytes_per_row)
    whole("batch_size", batch_size, 1)
    if truth("include_local", include_local) and n_rows * size > MAX_LOCAL_BYTES:
        raise InvalidInputError(
            f"at most {MAX_LOCAL_BYTES // size} rows, whose importances are kept",
            f"{n_rows}",
            "Pass fewer rows, or include_local=False for the global importance of all.",
        )
    return max(1, min(batch_size, BATCH_BYTES // size))


class Part:
    """Collects the local values of batches, or only the sums of their absolute values."""

    def __init__(self, include_local: bool) -> None:
        self.include_local = include_local
        self.batches: list[LocalImportance] = []
        self.total: FloatArray | None = None
        self.n_rows = 0

    def add(self, local: LocalImportance) -> None:
        """Take the attributions of a batch."""
        if self.include_local:
            self.batches.append(local)
            return
        total = np.abs(local.values).sum(axis=0)
        self.total = total if self.total is None else self.total + total
        self.n_rows += local.n_rows

    def local(self) -> LocalImportance | None:
        """Return the attributions of all rows, or None if they were not kept."""
        if not self.include_local:
            return None
        self.batches = [concatenated(self.batches)]
        return self.batches[0]

    def global_(self) -> GlobalImportance:
        """Return the importance over all rows."""
        local = self.local()
        if local is not None:
            return aggregate(local)
        per_output = np.asarray(self.total) / max(self.n_rows, 1)
        return GlobalImportance(per_output.mean(axis=1), per_output)


class Parts(NamedTuple):
    """What an explanation is made of.

    Parameters
    ----------
    features : sequence of str
        Names of the features.
    global_ : GlobalImportance
        Their importance over all rows.
    local : LocalImportance or None
        Their attributions per row, if they are kept.
    """

    features: Sequence[str]
    global_: GlobalImportance
    local: LocalImportance | None

    @classmethod
    def of(cls, part: Part, features: Sequence[str]) -> Parts:
        """Return what was collected, under the features' names."""
        return cls(features, part.global_(), part.local())


class Collected:
    """What is kept of each batch: engineered and raw parts, engineered rows, the worst error."""

    def __init__(self, fold: FeatureMap | None, include_local: bool) -> None:
        self.fold = fold
        self.n_rows = 0
        self.engineered = Part(include_local)
        self.raw = Part(include_local)
        self.additivity_error = 0.0
        self.scale = 1.0
        self.standard_error: float | None = None
        self._predicted: list[AnyArray] = []
        self._probabilities: list[FloatArray] = []
        self.rows: list[Rows] = []

    def add(self, local: LocalImportance, rows: Rows, error: FloatArray) -> None:
        """Take a batch: engineered attributions and rows, and additivity errors per row."""
        self.n_rows += local.n_rows
        self.engineered.add(local)
        # Unlike `max`, keeps NaN: sums that are no numbers are not exact.
        self.additivity_error = float(np.maximum(self.additivity_error, error.max(initial=0.0)))
        self.scale = float(np.maximum(self.scale, np.abs(local.outputs()).max(initial=0.0)))
        if local.standard_errors is not None:
            worst = float(local.standard_errors.max(initial=0.0))
            if local.tokens is not None and local.tokens.standard_errors is not None:
                worst = max(worst, float(local.tokens.standard_errors.max(initial=0.0)))
            self.standard_error = max(self.standard_error or 0.0, worst)
        if self.fold is not None:
            self.raw.add(self.fold.fold(local))
            if self.engineered.include_local:
                self.rows.append(rows)

    def add_predictions(self, predicted: AnyArray, probabilities: FloatArray | None) -> None:
        """Take the user's model's answer for a batch."""
        self._predicted.append(predicted)
        if probabilities is not None:
            self._probabilities.append(probabilities)

    def predictions(self) -> tuple[AnyArray | None, FloatArray | None]:
        """Return predictions and probabilities of all batches; None where there are none."""
        return (
            np.concatenate(self._predicted) if self._predicted else None,
            np.concatenate(self._probabilities) if self._probabilities else None,
        )

    def engineered_rows(self) -> Rows | None:
        """Return the engineered rows of all batches, if they were kept."""
        if len(self.rows) <= 1:
            return self.rows[0] if self.rows else None
        if is_frame(self.rows[0]):
            return pd.concat(self.rows)
        if is_sparse(self.rows[0]):
            return sparse.vstack(self.rows, format="csr")
        return np.concatenate(self.rows)


def batches(table: Table, size: int) -> Iterator[Table]:
    """Yield the rows in tables of at most `size`; one empty table when there are none.

    Where time is bounded, the first table has one row, and the last row may not be reached.
    """
    limit = time_limit.current()
    if limit is not None:
        yield from _paced(table, size, limit)
        return
    for start in range(0, max(len(table), 1), size):
        yield table.take(slice(start, start + size))


def _paced(table: Table, most: int, limit: time_limit.TimeLimit) -> Iterator[Table]:
    """Yield tables that are as large as the time of the one before lets expect."""
    at, size = 0, 1
    while at == 0 or (at < len(table) and size > 0):
        begin = time_limit.clock()
        yield table.take(slice(at, at + size))
        at += size
        size = min(most, limit.next_size(size, time_limit.clock() - begin))
