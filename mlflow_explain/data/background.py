"""The background: real rows that stand for features taken as absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.data.clusters import drawn, nearest_to_centres
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import Background

if TYPE_CHECKING:
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
        sample: fewer where fewer rows are distinct. The mean over them is no unbiased estimate of
        the mean over all rows.

    Returns
    -------
    table : Table
        The background rows.
    background : Background
        Their number and method, kept in the explanation.

    Raises
    ------
    InvalidInputError
        There are no examples.
    """
    n_rows = len(examples)
    if n_rows == 0:
        raise InvalidInputError(
            "initialization examples of at least one row",
            "none",
            "Pass the rows the model was trained on, or some of them.",
        )
    if n_clusters is not None:
        if n_clusters >= n_rows:
            return examples, Background(n_rows=n_rows, method="all")
        chosen = nearest_to_centres(examples.data, n_clusters, seed)
        return examples.take(chosen), Background(len(chosen), method="kmeans", seed=seed)
    if n_rows <= max_rows:
        return examples, Background(n_rows=n_rows, method="all")
    chosen = drawn(n_rows, max_rows, seed)
    return examples.take(chosen), Background(n_rows=max_rows, method="sample", seed=seed)
