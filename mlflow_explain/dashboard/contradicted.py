"""Whether a model gives the predictions that were explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.payload.labels import Labels, naming_of
from mlflow_explain.data.kinds import MODEL_ERRORS, full_name, is_frame
from mlflow_explain.data.predictor import Predictor, answers_labels, predictor_of
from mlflow_explain.data.table import Table
from mlflow_explain.errors import ExplainError, InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import EvaluatedRows, Explanation

# Rows that a model is asked for, and the share of them that may differ: of a label at its
# threshold rounding alone makes another.
_MOST_ROWS = 200
_FEW = 0.05
# How far a probability, or a number in standard deviations of all, may be off: networks on other
# machines, and models with a little chance in them.
_NEAR = 0.01

REFUSED = (
    "The model is not in the page: the one that was given does not give the predictions that were "
    "explained."
)


def check(explanation: Explanation, source: Source) -> None:
    """Refuse a model that predicts otherwise than what was explained.

    Parameters
    ----------
    explanation : Explanation
        With its rows; where its predictions are not known nothing is checked.
    source : Source
        The model. One that cannot be asked for the rows is not refused: the page says so.

    Raises
    ------
    InvalidInputError
        It predicts other classes, or otherwise for more than a few of the rows.
    """
    rows, model = explanation.rows, source.model
    if rows is None or rows.predicted is None or not rows.n_rows or model is None:
        return
    if explanation.kind == "engineered":
        return
    _check_classes(explanation, model)
    places = np.unique(np.linspace(0, rows.n_rows - 1, _MOST_ROWS).astype(np.int64))
    try:
        differ = _differ(explanation, source, rows, places)
    except (*MODEL_ERRORS, ExplainError):
        # Why it cannot be asked is said where it would go into the page.
        return
    share = float(differ.mean())
    if share > _FEW:
        raise _refused(f"others for {share:.0%} of {len(differ):,} rows asked", model)


def _refused(got: str, model: Any) -> InvalidInputError:
    return InvalidInputError(
        "a model that gives the predictions that were explained",
        f"{full_name(model)}: this model does not give the predictions that were explained, but "
        f"{got}",
        "Pass the very model that was explained, its whole Pipeline, or leave `model` out.",
    )


def _check_classes(explanation: Explanation, model: Any) -> None:
    own = getattr(model, "classes_", None)
    if not isinstance(own, np.ndarray) or not len(own):
        return
    if explanation.classes is None:
        raise _refused("classes where a number was explained", model)
    if len(own) != len(explanation.classes):
        raise _refused(f"{len(own)} classes where {len(explanation.classes)} were explained", model)


def _differ(explanation: Explanation, source: Source, rows: EvaluatedRows, places: Any) -> AnyArray:
    """Return for which of some rows a model answers otherwise."""
    data: Rows = rows.data.iloc[places] if is_frame(rows.data) else rows.data[places]
    predictor = _asked(explanation, source, data)
    predicted = np.asarray(predictor.predict(data))
    known = np.asarray(rows.predicted)[places]
    if explanation.classes is None:
        return _far(predicted, known, _NEAR * float(np.nanstd(np.asarray(known, np.float64))))
    probabilities = predictor.probabilities(data, predicted)
    if probabilities is not None and rows.probabilities is not None:
        return _far(probabilities, rows.probabilities[places], _NEAR)
    if not answers_labels(predictor.model):
        return _far(predicted, known, _NEAR)
    naming = naming_of(predictor.labels or explanation.classes)
    answers, explained = Labels.of(predicted), Labels.of(known)
    if answers is None or explained is None or not explained.are_all(naming):
        return np.zeros(len(places), dtype=bool)
    return np.asarray(answers.numbered(naming) != explained.numbered(naming))


def _far(given: Any, known: Any, near: float) -> AnyArray:
    """Return which rows of numbers differ by more than rounding; unknown ones do not."""
    first: FloatArray = np.asarray(given, np.float64)
    second: FloatArray = np.asarray(known, np.float64)
    if first.shape != second.shape:
        return np.ones(len(second), dtype=bool)
    apart = np.abs(first - second) > near + 1e-5 * np.abs(second)
    apart &= ~np.isnan(second)
    return np.asarray(apart.any(axis=1) if apart.ndim > 1 else apart)


def _asked(explanation: Explanation, source: Source, data: Rows) -> Predictor:
    """Return a model, or a function, as one that takes raw rows."""
    from sklearn.pipeline import Pipeline

    from mlflow_explain.explainers.prepare import model_of

    names = tuple(str(i) for i in range(data.shape[1]))
    made, front = model_of(
        source.model, Table(data, names), is_function=False, classes=explanation.classes,
        model_task=explanation.model_task, transformations=source.transformations,
    )  # fmt: skip
    whole = made if front is None else Pipeline([("transformations", front), ("model", made)])
    return predictor_of(whole, explanation.classes, explanation.model_task)
