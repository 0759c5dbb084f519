"""ICE curves computed when the page is made: a few rows, the first features, few model calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame, is_sparse
from mlflow_explain.errors import ExplainError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.dashboard.payload.block import Arrays
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.explanation import Explanation

# A model is asked for at most so many features x rows x steps: once per feature.
N_FEATURES, N_ROWS, N_STEPS = 8, 20, 24


class Curves(NamedTuple):
    """ICE curves of one feature.

    Parameters
    ----------
    feature : str
        Its name.
    grid : list
        Numbers, or labels.
    rows : ndarray
        Positions of the rows among all.
    values : ndarray of shape (n_outputs, n_rows, n_steps)
        Probabilities, or predictions.
    """

    feature: str
    grid: list[Any]
    rows: IntArray
    values: FloatArray


def recorded(explanation: Explanation, predictor: Predictor, rows: IntArray) -> list[Curves]:
    """Return curves of the first features; none where the model cannot be asked for such rows.

    Parameters
    ----------
    explanation : Explanation
        In raw columns.
    predictor : Predictor
        The model.
    rows : ndarray
        Positions of the rows whose curves are recorded.
    """
    data = explanation.eval_data
    if data is None or is_sparse(data) or data.shape[1] != explanation.num_features:
        return []
    found = []
    for feature in explanation.global_importance_rank[:N_FEATURES]:
        grid = grid_of(_column(data, feature))
        if not grid:
            continue
        try:
            values = _curves(data, feature, grid, rows, predictor)
        except (*MODEL_ERRORS, ExplainError):
            # A value of one row may be none that the model takes in another.
            continue
        shown = [each if isinstance(each, float) else str(each) for each in grid]
        found.append(Curves(explanation.features[feature], shown, rows, values))
    return found


def written(curves: list[Curves], embedded: IntArray, arrays: Arrays) -> list[dict[str, Any]]:
    """Return `Recorded` of the payload, of those rows that are embedded; add the arrays."""
    made = []
    for i, each in enumerate(curves):
        places = np.searchsorted(embedded, each.rows)
        there = np.isin(each.rows, embedded)
        if not there.any():
            continue
        name = arrays.add(f"recorded/{i}", each.values[:, there].astype(np.float32))
        made.append(
            {
                "feature": each.feature,
                "grid": each.grid,
                "rows": places[there].tolist(),
                "array": name,
            }
        )
    return made


def grid_of(column: pd.Series) -> list[Any]:
    """Return values to try: quantiles of numbers as floats, or the most frequent labels."""
    known = column.dropna()
    if pd.api.types.is_bool_dtype(known.dtype) or not pd.api.types.is_numeric_dtype(known.dtype):
        return known.value_counts(sort=True).index[:N_STEPS].tolist()
    numbers = np.asarray(known, np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return []
    distinct = np.unique(numbers)
    if len(distinct) > N_STEPS:
        distinct = np.unique(np.quantile(numbers, np.linspace(0.01, 0.99, N_STEPS)))
        if pd.api.types.is_integer_dtype(known.dtype):
            distinct = np.unique(np.rint(distinct))
    grid: list[float] = distinct.tolist()
    return grid


def _column(data: Any, feature: int) -> pd.Series:
    return data.iloc[:, feature] if is_frame(data) else pd.Series(data[:, feature]).infer_objects()


def _curves(
    data: Any, feature: int, grid: list[Any], rows: IntArray, predictor: Predictor
) -> FloatArray:
    """Return what the model answers where a feature takes each value, in one call."""
    at = np.repeat(rows, len(grid))
    tried = np.tile(np.array([*grid, None], dtype=object)[:-1], len(rows))
    if is_frame(data):
        asked = data.iloc[at].reset_index(drop=True)
        dtype = asked.dtypes.iloc[feature]
        asked.isetitem(feature, pd.Series(tried).astype(dtype))
    else:
        asked = data[at].copy()
        asked[:, feature] = tried
    return _answers(predictor, asked, len(rows))


def _answers(predictor: Predictor, asked: Any, n_rows: int) -> FloatArray:
    predicted: AnyArray = np.asarray(predictor.predict(asked))
    if predictor.task == "regression":
        answers = np.asarray(predicted, np.float64).reshape(len(predicted), -1)
    else:
        probabilities = predictor.probabilities(asked, predicted)
        labels = list(predictor.labels or predictor.classes or ())
        answers = probabilities if probabilities is not None else _one_hot(predicted, labels)
    return answers.T.reshape(answers.shape[1], n_rows, -1)


def _one_hot(predicted: AnyArray, labels: list[Any]) -> FloatArray:
    """Return labels as probabilities of 0 and 1."""
    return np.column_stack([predicted == label for label in labels]).astype(np.float64)
