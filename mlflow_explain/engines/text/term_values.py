"""Attributions of the features a document has, and sums over the others: few of very many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import sparse

from mlflow_explain.data import time_limit
from mlflow_explain.engines.additive import AdditiveEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows
    from mlflow_explain.engines.base import Engine

# Attributions of all features of a block of rows.
_BLOCK_BYTES = 64 * 2**20


class TermValues(Protocol):
    """Attributions of an estimator's features, folded to columns."""

    def of(self, rows: Rows, wanted: Sequence[IntArray]) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield, for each row, the attributions of the columns and of the features wanted.

        Parameters
        ----------
        rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_engineered)
            Rows as the estimator takes them.
        wanted : sequence of ndarray of int
            Positions of features, per row, each once.

        Yields
        ------
        columns : ndarray of shape (n_columns, n_outputs)
            Sums over the features of each column.
        values : ndarray of shape (n_wanted, n_outputs)
            Those of the features.
        """


def values_of(engine: Engine, column: IntArray, n_columns: int) -> TermValues:
    """Return the attributions of an engine, folded.

    Parameters
    ----------
    engine : Engine
        Explains the estimator.
    column : ndarray of int, shape (n_engineered,)
        Position of the column each feature comes from.
    n_columns : int
        Number of columns.
    """
    if isinstance(engine, AdditiveEngine):
        return SumValues(engine, column, n_columns)
    return BlockValues(engine, column, n_columns)


@dataclass(frozen=True, eq=False)
class BlockValues:
    """Those of any engine, which attributes all features of a block of rows at once."""

    engine: Engine
    column: IntArray
    n_columns: int

    def of(self, rows: Rows, wanted: Sequence[IntArray]) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield what `TermValues.of` yields."""
        n_features, n_outputs = rows.shape[1], len(self.engine.base_values)
        size = max(1, _BLOCK_BYTES // (8 * n_features * n_outputs))
        take = rows.iloc.__getitem__ if hasattr(rows, "iloc") else rows.__getitem__
        for first in range(0, rows.shape[0], size):
            time_limit.check()
            local = self.engine.explain(take(slice(first, first + size)))
            for values, features in zip(local.values, wanted[first : first + size], strict=True):
                yield self._fold @ values, values[features]

    @cached_property
    def _fold(self) -> sparse.csr_matrix:
        """What adds the features of each column up, (n_columns, n_engineered)."""
        n = len(self.column)
        shape = (self.n_columns, n)
        return sparse.csr_matrix((np.ones(n), (self.column, np.arange(n))), shape=shape)


@dataclass(frozen=True, eq=False)
class SumValues:
    """Those of a sum over features, in which a zero's share is the same in every row.

    Only the features a row has are computed; the others are a sum known once.
    """

    engine: AdditiveEngine
    column: IntArray
    n_columns: int

    def of(self, rows: Rows, wanted: Sequence[IntArray]) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield what `TermValues.of` yields."""
        stored = rows if sparse.issparse(rows) else sparse.csr_matrix(np.asarray(rows))
        kind = stored.data.dtype if stored.data.dtype.kind == "f" else np.float64
        for i, features in enumerate(wanted):
            at = slice(stored.indptr[i], stored.indptr[i + 1])
            own = np.unique(np.concatenate([stored.indices[at].astype(np.int64), features]))
            # The row, and one of zeros.
            pair = np.zeros((2, len(own)), dtype=kind)
            np.add.at(pair[0], np.searchsorted(own, stored.indices[at]), stored.data[at])
            values, zero = only(self.engine, own).explain(pair).values
            columns = self._zero.copy()
            np.add.at(columns, self.column[own], values - zero)
            yield columns, values[np.searchsorted(own, features)]

    @cached_property
    def _zero(self) -> FloatArray:
        """Attributions of the columns of a row of zeros, (n_columns, n_outputs)."""
        n_outputs = len(self.engine.base_values)
        total = np.zeros((self.n_columns, n_outputs))
        size = max(1, _BLOCK_BYTES // (8 * n_outputs))
        for first in range(0, len(self.column), size):
            some = np.arange(first, min(first + size, len(self.column)))
            values = only(self.engine, some).explain(np.zeros((1, len(some)))).values[0]
            for output in range(n_outputs):
                weights = values[:, output]
                total[:, output] += np.bincount(self.column[some], weights, self.n_columns)
        return total


def only(engine: AdditiveEngine, features: IntArray) -> AdditiveEngine:
    """Return the engine of some terms of a sum: its attributions are those of the whole."""

    def taken(part: AnyArray | None) -> AnyArray | None:
        return None if part is None else part[..., features]

    return replace(
        engine,
        coefficients=engine.coefficients[:, features],
        mean=engine.mean[features],
        curvature=taken(engine.curvature),
        variance=taken(engine.variance),
    )
