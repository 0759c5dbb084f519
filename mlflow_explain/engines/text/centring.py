"""Sums over terms, with the mean of all initialization examples for their base value.

Of a sum over features only the mean of each feature counts (and the variance, where it is of
squares), and so many rows are as cheap as few: they are vectorised block by block, and never kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.data.kinds import MODEL_ERRORS, is_sparse
from mlflow_explain.data.texts.cells import texts_in
from mlflow_explain.engines import additive
from mlflow_explain.engines.additive import AdditiveEngine
from mlflow_explain.engines.composed import ComposedEngine, Direct
from mlflow_explain.engines.progress import Progress
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from mlflow_explain._typing import FloatArray, IntArray, Rows
    from mlflow_explain.data.texts.halves import Halves
    from mlflow_explain.engines.base import Engine

# What is vectorised at a time: characters of text, and rows that are not sparse.
_CHARACTERS = 2_000_000
_BLOCK_BYTES = 64 * 2**20


def is_sum(engine: Engine) -> bool:
    """Whether an engine is one of a sum over features, or of models that all are."""
    if isinstance(engine, ComposedEngine):
        return all(is_sum(member.engine) for member in engine.members)
    return isinstance(engine, AdditiveEngine)


def centred(
    engine: Engine, few: Rows, halves: Halves, rows: pd.DataFrame, column: str, *, show: bool
) -> Engine:
    """Return an engine of a sum over terms about the mean of many rows.

    Parameters
    ----------
    engine : Engine
        One that `is_sum`, made with some of them.
    few : DataFrame, ndarray or csr_matrix of shape (n_few, n_features)
        Those, as its estimator takes them.
    halves : Halves
        The model: its first half makes the terms.
    rows : DataFrame
        At least one row, of texts and columns beside them.
    column : str
        The column of texts.
    show : bool
        Draw a bar.

    Raises
    ------
    InvalidInputError
        The model's preprocessing refuses a row, or does not make finite numbers of it.
    """
    thresholds = _thresholds(engine)
    n_features = few.shape[1]
    most = len(rows) if is_sparse(few) else max(1, _BLOCK_BYTES // (8 * n_features))
    found: dict[float | None, _Moments] = {}
    advice = "pass fewer initialization examples"
    with Progress(len(rows), show=show, unit="text", advice=advice) as bar:
        for block in _blocks(halves, rows, column, most):
            each = {threshold: _Moments.of(block, threshold) for threshold in thresholds}
            found = {key: found[key].joined(own) if found else own for key, own in each.items()}
            bar.update(block.shape[0])
    if not all(np.isfinite(moments.mean).all() for moments in found.values()):
        raise InvalidInputError(
            "initialization examples of which the model's preprocessing makes finite numbers",
            "some of which it makes NaN or infinity",
            "Leave out those that the model does not predict.",
        )
    return _about(engine, found, np.arange(n_features))


@dataclass(frozen=True, eq=False, slots=True)
class _Moments:
    """Of what an engine sees of some rows.

    Parameters
    ----------
    n_rows : int
        How many.
    mean : ndarray of shape (n_features,)
        Mean of each feature.
    squares : ndarray of shape (n_features,) or None
        Sums of its squared distances from that; None of sparse rows, of which no engine needs it.
    """

    n_rows: int
    mean: FloatArray
    squares: FloatArray | None

    @classmethod
    def of(cls, rows: Rows, threshold: float | None) -> _Moments:
        """Return those of rows, (n_rows, n_features)."""
        mean = additive.mean_of(rows, threshold)
        if is_sparse(rows):
            return cls(rows.shape[0], mean, None)
        away = np.asarray(rows, dtype=np.float64) - mean
        return cls(rows.shape[0], mean, np.asarray((away**2).sum(axis=0)))

    def joined(self, other: _Moments) -> _Moments:
        """Return those of both (Chan, Golub and LeVeque 1983, doi.org/10.2307/2683386)."""
        n_rows = self.n_rows + other.n_rows
        away = other.mean - self.mean
        mean = self.mean + away * (other.n_rows / n_rows)
        if self.squares is None or other.squares is None:
            return _Moments(n_rows, mean, None)
        between = away**2 * (self.n_rows * other.n_rows / n_rows)
        return _Moments(n_rows, mean, self.squares + other.squares + between)


def _thresholds(engine: Engine) -> set[float | None]:
    """Return at which thresholds a sum sees its features."""
    if isinstance(engine, AdditiveEngine):
        return {engine.threshold}
    assert isinstance(engine, ComposedEngine)  # noqa: S101 - it is a sum
    own: set[float | None] = set() if engine.direct is None else {None}
    return own.union(*(_thresholds(member.engine) for member in engine.members))


def _about(engine: Engine, found: dict[float | None, _Moments], columns: IntArray) -> Engine:
    """Return a sum over some of the features, about other means."""
    if isinstance(engine, AdditiveEngine):
        return _moved(engine, found[engine.threshold], columns)
    assert isinstance(engine, ComposedEngine)  # noqa: S101 - it is a sum
    base, members, direct = engine.base_values.copy(), [], engine.direct
    for member in engine.members:
        seen = columns if member.columns is None else columns[member.columns]
        made = _about(member.engine, found, seen)
        base += (made.base_values - member.engine.base_values) @ member.weights
        members.append(replace(member, engine=made))
    if direct is not None:
        mean = found[None].mean[columns]
        base += (mean - direct.mean) @ direct.coefficients
        direct = Direct(direct.coefficients, mean)
    return replace(engine, members=tuple(members), direct=direct, base_values=frozen_floats(base))


def _moved(engine: AdditiveEngine, found: _Moments, columns: IntArray) -> AdditiveEngine:
    """Return the same sum of lines, or of parabolas, about other means."""
    mean = found.mean[columns]
    moved = mean - engine.mean
    base, slope, variance = engine.base_values + engine.coefficients @ moved, None, None
    if engine.curvature is not None and engine.variance is not None and found.squares is not None:
        variance = found.squares[columns] / found.n_rows
        base = base + engine.curvature @ (moved**2 + variance - engine.variance)
        slope = engine.coefficients + 2.0 * engine.curvature * moved
    return replace(
        engine,
        mean=frozen_floats(mean),
        base_values=frozen_floats(base),
        coefficients=engine.coefficients if slope is None else frozen_floats(slope),
        variance=engine.variance if variance is None else frozen_floats(variance),
    )


def _blocks(halves: Halves, rows: pd.DataFrame, column: str, most: int) -> Iterator[Rows]:
    """Yield all rows as the estimator takes them, so many at a time at most."""
    texts = texts_in(rows, column)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    parts = np.column_stack([ends // _CHARACTERS, np.arange(len(texts)) // most])
    cuts = np.flatnonzero(np.diff(parts, axis=0).any(axis=1)) + 1
    for first, last in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        time_limit.check()
        try:
            yield halves.transform(rows.iloc[first:last])
        except MODEL_ERRORS as error:
            raise InvalidInputError(
                "initialization examples that the model takes",
                f"{type(error).__name__} from its preprocessing, for one of them",
                "See the model's own error. Pass examples like those the model was trained on.",
            ) from error
