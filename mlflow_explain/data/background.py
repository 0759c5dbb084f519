"""The background: real rows that stand for features taken as absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import Background

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray, Rows
    from mlflow_explain.data.table import Table

MAX_ROWS = 100


def background_of(
    examples: Table, max_rows: int = MAX_ROWS, seed: int = 0, n_clusters: int | None = None
) -> tuple[Table, Background]:
    """Return at most `max_rows` real rows of the examples, and how they were taken.

    Parameters
    ----------
    examples : Table
        Initialization examples, usually the training rows.
    max_rows : int
        All rows are kept when there are no more than this.
    seed : int
        Seed of the sample, drawn without replacement and kept in the examples' order.
    n_clusters : int, optional
        Take so many rows, each the nearest to the centre of a k-means cluster, instead of a
        sample. The mean over them is no unbiased estimate of the mean over all rows.

    Returns
    -------
    table : Table
        The background rows.
    background : Background
        Their number and method, kept in the explanation.
    """
    n_rows = len(examples)
    if n_rows == 0:
        raise InvalidInputError(
            "initialization examples of at least one row",
            "none",
            "Pass the rows the model was trained on, or some of them.",
        )
    if n_clusters is not None and n_clusters < n_rows:
        chosen = nearest_to_centres(examples.data, n_clusters, seed)
        return examples.take(chosen), Background(len(chosen), method="kmeans", seed=seed)
    if n_rows <= max_rows:
        return examples, Background(n_rows=n_rows, method="all")
    chosen = np.sort(np.random.default_rng(seed).choice(n_rows, size=max_rows, replace=False))
    return examples.take(chosen), Background(n_rows=max_rows, method="sample", seed=seed)


def nearest_to_centres(rows: Rows, n_clusters: int, seed: int) -> IntArray:
    """Return the positions of the rows nearest to the centres of k-means clusters.

    Distances are between numbers as they are and words by their codes, each column scaled to unit
    variance.
    """
    from sklearn.cluster import KMeans

    if n_clusters < 1:
        raise InvalidInputError("at least one cluster", str(n_clusters), "Raise `nclusters`.")
    numbers = _numbers(rows)
    spread = numbers.std(axis=0)
    scaled = numbers / np.where(spread > 0, spread, 1.0)
    distance = KMeans(n_clusters, random_state=seed, n_init=1).fit_transform(scaled)
    return np.unique(distance.argmin(axis=0))


def _numbers(rows: Rows) -> FloatArray:
    """Return rows as finite numbers: words by code, missing values as the column's mean."""
    if is_sparse(rows):
        return dense(rows, np.float64)
    frame = pd.DataFrame(rows)
    columns = [
        column.to_numpy(dtype=np.float64, na_value=np.nan)
        if pd.api.types.is_numeric_dtype(column.dtype)
        else pd.factorize(column)[0].astype(np.float64)
        for _, column in frame.items()
    ]
    numbers = np.column_stack(columns)
    numbers[~np.isfinite(numbers)] = np.nan
    with np.errstate(all="ignore"):
        mean = np.nan_to_num(np.nansum(numbers, axis=0) / (~np.isnan(numbers)).sum(axis=0))
    return np.where(np.isnan(numbers), mean, numbers)
