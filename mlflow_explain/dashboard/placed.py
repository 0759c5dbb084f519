"""Rows a dashboard is given, put where the explained ones are: their order, and their columns'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mlflow_explain.data.added import ordered
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.predictor import fitted_columns
from mlflow_explain.data.reading import two_dimensional
from mlflow_explain.data.table import Table, align
from mlflow_explain.errors import FeatureError, InvalidInputError, LengthMismatchError
from mlflow_explain.explanation import EvaluatedRows, Explanation

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, IntArray, Rows

# Numbers that were stored in single precision are the same.
_NEAR = 1e-5


class Placed(NamedTuple):
    """An explanation with the rows that were given, and how what is given beside them is meant.

    Parameters
    ----------
    explanation : Explanation
        With its rows.
    order : ndarray of shape (n_rows,), optional
        Position of each explained row among the given ones, where they are in another order.
    labels : Index, optional
        Index of the given rows, where they are in another order.
    """

    explanation: Explanation
    order: IntArray | None = None
    labels: pd.Index | None = None

    def beside(self, given: Any) -> Any:
        """Return what was given in the order of the given rows in that of the explained ones."""
        if self.order is None or given is None or not self._goes_with_rows(given):
            return given
        if hasattr(given, "iloc"):
            return given.iloc[self.order]
        return [given[i] for i in self.order] if isinstance(given, list) else given[self.order]

    def cohorts(self, given: Any) -> Any:
        """Return groups of rows in the order of the explained rows; filters stay what they are."""
        if not isinstance(given, Mapping) or "filter" in given:
            return given
        return {label: self._cohort(label, rows) for label, rows in given.items()}

    def _cohort(self, label: Any, given: Any) -> Any:
        is_mask = np.asarray(given).dtype.kind == "b"
        if self.order is not None and not is_mask and not callable(given):
            return self._positions(given)
        given = self.beside(given)
        rows = self.explanation.rows
        if rows is None or not isinstance(given, pd.Series) or not is_mask:
            return given
        return ordered(f"cohort {str(label)!r}", given, rows)

    def _positions(self, given: Any) -> Any:
        """Return positions of given rows as those of the explained ones."""
        found = np.asarray(given)
        order = np.asarray(self.order)
        fits = found.ndim == 1 and found.dtype.kind in "iu"
        if not fits or not len(found) or found.min() < 0 or found.max() >= len(order):
            return given
        return np.argsort(order)[found]

    def _goes_with_rows(self, given: Any) -> bool:
        """Whether something of rows has no index of its own, or that of the given rows."""
        own = getattr(given, "index", None)
        if isinstance(own, pd.Index):
            return own.equals(self.labels)
        fits = isinstance(given, list | np.ndarray)
        return fits and self.order is not None and len(given) == len(self.order)


def placed(explanation: Explanation, given: Any, model: Any) -> Placed:
    """Return an explanation with rows that were given, checked against its own.

    Parameters
    ----------
    explanation : Explanation
        With its rows, or without.
    given : DataFrame, array or csr_matrix
        The explained rows, in any order that their index tells, with columns in any order.
    model : object or None
        Names the columns of an array, where the explanation has no rows.

    Raises
    ------
    FeatureError
        A column is missing, or there are not as many.
    InvalidInputError
        Its values are others than those that were explained.
    LengthMismatchError
        The rows are not as many as were explained.
    """
    n_rows, wanted = int(two_dimensional(given).shape[0]), explanation.num_examples
    if wanted and n_rows != wanted:
        raise LengthMismatchError(
            f"datasetX of {wanted:,} rows, those that the explanation is of",
            f"{n_rows:,}",
            "Pass the very rows that were explained, or leave `datasetX` out: the explanation "
            "usually holds them.",
        )
    own = explanation.rows
    if own is None:
        return Placed(replace(explanation, rows=_new(explanation, given, model)))
    data = _columns(given, own.data, explanation)
    order = _order(data, own)
    moved = data if order is None else data.iloc[order]
    other = _contradicts(moved, own.data)
    if other is not None and order is not None and own.data.index.equals(pd.RangeIndex(n_rows)):
        # Numbers that a shuffle left behind, or that say where a row was.
        moved, order = data, None
        other = _contradicts(moved, own.data)
    if other is not None:
        raise InvalidInputError(
            "datasetX with the values that were explained",
            f"others in {other[0]!r}, in {other[1]:.0%} of the rows",
            "Pass the very rows that were explained, or leave `datasetX` out: the explanation "
            "holds them.",
        )
    if is_frame(moved):
        moved = moved.set_axis(own.ids, axis=0) if own.ids.ndim == 1 else moved
    found = replace(explanation, rows=replace(own, data=moved))
    return Placed(found, order, None if order is None else data.index)


def _columns(given: Any, own: Rows, explanation: Explanation) -> Rows:
    """Return rows with the columns of the explanation's own, in their order."""
    names = [str(name) for name in own.columns] if is_frame(own) else list(explanation.features)
    if len(names) != own.shape[1]:
        names = [str(i) for i in range(own.shape[1])]
    try:
        return align(given, Table(own, tuple(names))).data
    except FeatureError as error:
        raise FeatureError(
            f"datasetX with {error.expected}",
            error.got,
            "Pass the columns that were explained, or leave `datasetX` out: the explanation holds "
            "them.",
        ) from None


def _order(data: Rows, own: EvaluatedRows) -> IntArray | None:
    """Return the position of each explained row among given ones; None where it is the same."""
    if not (is_frame(data) and is_frame(own.data)) or own.ids.ndim > 1:
        return None
    ids = pd.Index(own.ids)
    if data.index.equals(ids) or not (data.index.is_unique and ids.is_unique):
        return None
    order = data.index.get_indexer(ids)
    return None if (order < 0).any() else np.asarray(order, np.int64)


def _contradicts(data: Rows, own: Rows) -> tuple[str, float] | None:
    """Return the first column whose values differ, and in which share of the rows."""
    if data is own or data.shape != own.shape:
        return None
    if is_sparse(data) and is_sparse(own):
        apart = np.abs((data - own).tocoo().data) > _NEAR
        return (
            ("a column of the matrix", float(apart.sum() / data.shape[0])) if apart.any() else None
        )
    for i in range(own.shape[1]):
        other = _differ(_column(data, i), _column(own, i))
        if other.any():
            name = str(own.columns[i]) if is_frame(own) else f"column {i}"
            return name, float(other.mean())
    return None


def _column(data: Rows, i: int) -> pd.Series:
    if is_frame(data):
        column: pd.Series = data.iloc[:, i]
        return column
    cells = data[:, [i]].toarray() if is_sparse(data) else data[:, [i]]
    return pd.Series(cells[:, 0]).infer_objects()


def _differ(given: pd.Series, own: pd.Series) -> AnyArray:
    """Return which cells differ: numbers by more than rounding, all else by its text."""
    from mlflow_explain.data.evaluated import numbers_of

    first, second = numbers_of(given), numbers_of(own)
    if first is not None and second is not None:
        return ~np.isclose(first, second, rtol=_NEAR, atol=1e-8, equal_nan=True)
    missing, own_missing = given.isna().to_numpy(), own.isna().to_numpy()
    texts = _texts(given) != _texts(own)
    return np.asarray(np.where(missing | own_missing, missing != own_missing, texts))


def _texts(cells: pd.Series) -> AnyArray:
    """Return cells as texts: objects, as not all texts fit into pandas' own type of them."""
    return np.array([*map(str, cells.astype(object)), None], dtype=object)[:-1]


def _new(explanation: Explanation, given: Any, model: Any) -> EvaluatedRows:
    """Return rows for an explanation that has none, with columns as the model takes them."""
    data = two_dimensional(given)
    features = list(explanation.features)
    ids = data.index.to_numpy() if is_frame(data) else np.arange(data.shape[0])
    if explanation.kind == "engineered":
        return EvaluatedRows(data, ids)
    if is_frame(data):
        names = {str(name): name for name in data.columns}
        missing = [name for name in features if name not in names]
        if missing and set(names) & set(features):
            raise FeatureError(
                "datasetX with the columns that were explained",
                f"rows without {', '.join(missing)}",
                "Pass all columns the model was trained on; their order does not matter.",
            )
        if not missing and len(names) == len(features) == data.shape[1]:
            data = data[[names[name] for name in features]]
        return EvaluatedRows(data, ids)
    if not explanation.num_left_out and data.shape[1] != len(features):
        raise FeatureError(
            f"datasetX of {len(features)} columns, those that were explained",
            f"{data.shape[1]}",
            "Pass the columns the model was trained on, in the same order.",
        )
    takes_names = model is not None and fitted_columns(model) is not None
    if takes_names and data.shape[1] == len(features) and not is_sparse(data):
        data = pd.DataFrame(data, columns=features).infer_objects()
    return EvaluatedRows(data, ids)
