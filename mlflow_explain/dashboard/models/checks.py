"""What a model itself answers for the rows of a page, and how far the page is from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.values import CannotExportError
from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame
from mlflow_explain.engines.mimic.scale import class_positions
from mlflow_explain.errors import ExplainError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.dashboard.models.values import Core, Exported
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.explanation import Explanation


@dataclass(frozen=True, eq=False, slots=True)
class Embedded:
    """The rows of a page, and what is recorded of them.

    Parameters
    ----------
    data : DataFrame, ndarray or csr_matrix
        In raw columns.
    names : tuple of str
        Of the columns.
    predicted, probabilities : ndarray or None
        The model's own answers, where they are recorded.
    """

    data: Rows
    names: tuple[str, ...]
    predicted: AnyArray | None = None
    probabilities: FloatArray | None = None

    def cells(self, made: Exported) -> twin.Cells:
        """Return the cells that a model in the page reads."""
        return twin.inputs_of(self.data, self.names, made.inputs)


@dataclass(frozen=True, eq=False, slots=True)
class Own:
    """What the model itself answers for the rows in the page.

    Parameters
    ----------
    predicted : ndarray of shape (n_rows,)
        Numbers, or positions of classes.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        Of a classifier that tells them.
    """

    predicted: FloatArray
    probabilities: FloatArray | None


def embedded(explanation: Explanation) -> Embedded:
    """Return the rows of a page with the names of their columns."""
    rows = explanation.rows
    if rows is None:
        raise CannotExportError("the explanation holds no rows")
    names = tuple(explanation.features)
    if len(names) != rows.data.shape[1]:
        if not is_frame(rows.data):
            raise CannotExportError("the explanation has only some of the columns")
        names = tuple(str(name) for name in rows.data.columns)
    return Embedded(rows.data, names, rows.predicted, rows.probabilities)


def own_answers(predictor: Predictor, given: Rows, rows: Embedded) -> Own:
    """Return what a model answers, recorded before or asked now.

    Parameters
    ----------
    predictor : Predictor
        The user's model.
    given : table
        The rows as it takes them.
    rows : Embedded
        The rows.
    """
    predicted, probabilities = rows.predicted, rows.probabilities
    try:
        if predicted is None:
            predicted = predictor.predict(given)
            probabilities = predictor.probabilities(given, predicted)
        if predictor.task == "classification":
            positions = class_positions(predictor, predicted)
            return Own(positions.astype(np.float64), probabilities)
    except (ExplainError, *MODEL_ERRORS) as error:
        raise CannotExportError(f"it raises {type(error).__name__} on the rows") from error
    if predicted.ndim != 1:
        raise CannotExportError(f"it predicts {predicted.shape[1]} targets at once")
    return Own(np.asarray(predicted, dtype=np.float64), None)


def difference(made: Exported, own: Own, rows: Embedded) -> float:
    """Return the largest difference between the page's answers and a model's own.

    Of probabilities; of classes, where there are none, the share that differs; of numbers relative
    to the largest one where that is above 1.
    """
    answer = twin.answers(made, rows.cells(made))
    if own.probabilities is not None:
        found = answer.probabilities
        if found is None or found.shape != own.probabilities.shape:
            return float("inf")
        return _apart(found, own.probabilities)
    if twin.classifies(made.link):
        return float((answer.values != own.predicted).mean()) if len(own.predicted) else 0.0
    return _apart(answer.values, own.predicted) / max(1.0, _largest_finite(own.predicted))


def check_scores(made: Exported, estimator: Any, given: Rows, rows: Embedded, most: float) -> None:
    """Compare margins where a model tells no probabilities: classes alone would say little."""
    if made.link["kind"] != "decision":
        return
    error = score_error(made, estimator, given, rows)
    if not error <= most:
        raise CannotExportError(f"the page's margins differ from its own by up to {error:.3g}")


def score_error(made: Exported, estimator: Any, given: Rows, rows: Embedded) -> float:
    """Return the largest difference of margins, relative where they are above 1."""
    own = np.asarray(estimator.decision_function(given), dtype=np.float64)
    found = twin.outputs_of(made, rows.cells(made))
    return _apart(found, own.reshape(found.shape)) / max(1.0, _largest_finite(own))


def check_inputs(made: Exported, explanation: Explanation) -> None:
    """Refuse a model that reads columns which the explanation has not."""
    absent = {given.name for given in made.inputs} - set(explanation.features)
    if absent:
        raise CannotExportError(
            f"it reads columns that the explanation leaves out ({', '.join(sorted(absent))})"
        )


def check_size(core: Core, max_bytes: int) -> None:
    """Refuse a model whose arrays would be too much for a page."""
    if core.n_bytes > max_bytes:
        raise CannotExportError(
            f"{core.description} take {core.n_bytes / 1e6:.0f} MB, too much for a page"
        )


def check_numbers(made: Exported) -> None:
    """Refuse numbers that JSON has not."""
    try:
        json.dumps(made.json(), allow_nan=False)
    except ValueError as error:
        raise CannotExportError("a number it calculates with is not finite") from error


def _apart(found: AnyArray, own: AnyArray) -> float:
    """Return the largest difference; NaN where one is. Both may overflow, or be missing."""
    alike = (found == own) | (np.isnan(found) & np.isnan(own))
    return float(np.abs(found[~alike] - own[~alike]).max(initial=0.0))


def _largest_finite(values: AnyArray) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
