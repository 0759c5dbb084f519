"""Rows of a training, taken before it begins: it may change or free what it is given."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.clusters import drawn
from mlflow_explain.data.kinds import full_name, is_sparse
from mlflow_explain.data.table import table_of
from mlflow_explain.data.texts.reading import COLUMN as TEXT
from mlflow_explain.data.texts.reading import TextColumn, are_texts
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray, IntArray, Rows

SEED = 0


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Some of the rows of a training.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_kept, n_columns)
        A copy of them, in their own order.
    names : tuple of str
        Names of the columns.
    positions : ndarray of shape (n_kept,)
        Where they stand among all rows.
    n_rows : int
        Rows of the training.
    outcomes : ndarray of shape (n_kept,) or None
        What was observed, where it is one value a row.
    """

    rows: Rows
    names: tuple[str, ...]
    positions: IntArray
    n_rows: int
    outcomes: AnyArray | None = None


def sample_of(
    data: Any, outcomes: Any, max_rows: int, names: Any = None, among: IntArray | None = None
) -> Sample:
    """Return at most `max_rows` rows, drawn with a fixed seed.

    Parameters
    ----------
    data : DataFrame, array, csr_matrix or sequence of str
        The rows of a training; texts become a table with a column of them.
    outcomes : array-like or None
        What was observed.
    max_rows : int
        How many rows to keep.
    names : sequence of str, optional
        Names of the columns of an array.
    among : ndarray, optional
        Positions of the rows that are trained on, to which `outcomes` belong; by default all.

    Raises
    ------
    InvalidInputError
        What was trained on is no table.
    """
    if are_texts(data):
        named = getattr(data, "name", None)
        column = named if isinstance(named, str) and named else TEXT
        data = TextColumn(column, as_list=True).table(data)
    _check_table(data)
    table = table_of(data, names)
    if among is not None:
        table = table.take(among)
    positions = drawn(len(table), max_rows, SEED)
    return Sample(
        table.take(positions).data,
        table.columns,
        positions,
        len(table),
        outcomes_at(outcomes, positions, len(table)),
    )


def _check_table(data: Any) -> None:
    """Refuse names of files and streams of rows."""
    n_axes = getattr(data, "ndim", None)
    if n_axes is None and isinstance(data, list | tuple) and len(data):
        n_axes = 1 + np.ndim(data[0])
    if n_axes is None and hasattr(data, "shape"):
        n_axes = len(data.shape)
    if n_axes != 2:
        raise InvalidInputError(
            "training rows as a table of columns",
            "none" if data is None else f"a {full_name(data)} of another form",
            "Explain it with an explainer of your own, and keep that with `log_explanation`.",
        )


def outcomes_at(outcomes: Any, positions: IntArray, n_rows: int) -> AnyArray | None:
    """Return the outcomes of some rows; None where they are not one value a row."""
    if outcomes is None or isinstance(outcomes, str) or is_sparse(outcomes):
        return None
    known = np.asarray(outcomes)
    if known.ndim == 2 and known.shape[1] == 1:
        known = known[:, 0]
    return known[positions] if known.shape == (n_rows,) else None


def of_fit(fit: Callable[..., Any], args: Any, kwargs: Mapping[str, Any], max_rows: int) -> Sample:
    """Return rows of what an estimator's `fit` is called with.

    Parameters
    ----------
    fit : callable
        The bound method.
    args, kwargs
        What it is called with.
    max_rows : int
        How many rows to keep.
    """
    parameters = list(inspect.signature(fit).parameters)
    data = args[0] if args else kwargs.get(parameters[0])
    outcomes = args[1] if len(args) > 1 and parameters[1] == "y" else kwargs.get("y")
    return sample_of(data, outcomes, max_rows)
