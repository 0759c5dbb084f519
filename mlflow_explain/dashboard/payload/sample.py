"""Which rows a page holds where it cannot hold all: a seeded sample, stratified by prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

_QUANTILES = 20


def stratified(strata: IntArray, n_wanted: int, seed: int) -> IntArray:
    """Return positions of a sample, in order, with as large a share of each stratum.

    Parameters
    ----------
    strata : ndarray of shape (n_rows,)
        Number of each row's stratum.
    n_wanted : int
        Rows in the sample; all are taken where there are no more.
    seed : int
        Of the draw.

    Examples
    --------
    >>> strata = np.array([0, 0, 0, 0, 1, 1])
    >>> strata[stratified(strata, 3, seed=0)].tolist()
    [0, 0, 1]
    """
    n_rows = len(strata)
    if n_wanted >= n_rows:
        return np.arange(n_rows)
    generator = np.random.default_rng(seed)
    _, groups, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    order = generator.permutation(n_rows)
    order = order[np.argsort(groups[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    counts = _shares(sizes, n_wanted)
    taken = [order[start : start + n] for start, n in zip(starts, counts, strict=True)]
    return np.sort(np.concatenate(taken))


def _shares(sizes: IntArray, n_wanted: int) -> IntArray:
    """Return how many of each group: in proportion, at least one of each where there is room."""
    exact = sizes * n_wanted / sizes.sum()
    counts = np.floor(exact).astype(np.int64)
    if n_wanted >= len(sizes):
        counts = np.maximum(counts, 1)
    while counts.sum() > n_wanted:
        counts[np.argmax(counts)] -= 1
    short = n_wanted - int(counts.sum())
    room = np.flatnonzero(counts < sizes)
    largest = room[np.argsort(-(exact - counts)[room], kind="stable")][:short]
    counts[largest] += 1
    return np.asarray(counts, np.int64)


def by_prediction(predicted: AnyArray | None, n_rows: int, *, is_class: bool) -> IntArray:
    """Return strata: the predicted class, or the quantile of the predicted value."""
    if predicted is None:
        return np.zeros(n_rows, np.int64)
    if is_class:
        return predicted.astype(np.int64)
    return quantiles(predicted.astype(np.float64))


def quantiles(values: FloatArray) -> IntArray:
    """Return in which of twenty equal parts each value lies; unknown ones are another part."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values), np.int64)
    edges = np.quantile(values[known], np.linspace(0, 1, _QUANTILES + 1)[1:-1])
    places = np.where(known, np.searchsorted(edges, values), _QUANTILES)
    return np.asarray(places, np.int64)
