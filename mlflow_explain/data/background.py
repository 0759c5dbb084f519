"""The background: real rows that stand for features taken as absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import Background

if TYPE_CHECKING:
    from mlflow_explain.data.table import Table

MAX_ROWS = 100


def background_of(
    examples: Table, max_rows: int = MAX_ROWS, seed: int = 0
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
    if n_rows <= max_rows:
        return examples, Background(n_rows=n_rows, method="all")
    chosen = np.sort(np.random.default_rng(seed).choice(n_rows, size=max_rows, replace=False))
    return examples.take(chosen), Background(n_rows=max_rows, method="sample", seed=seed)
