"""What is known of each row beside its cells: prediction, probabilities, the observed outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload.labels import Labels, naming_of, of_outcomes, of_predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.explanation import EvaluatedRows, Explanation

# Names of classes in a sentence, at most.
_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Predictions and outcomes of all rows.

    Parameters
    ----------
    predicted, actual : ndarray of float64, (n_rows,), or None
        Numbers of classes, or values; NaN where unknown.
    probabilities : ndarray of shape (n_rows, n_classes), or None
        The model's own.
    notes : tuple of str
        What a reader has to know of them.
    """

    predicted: FloatArray | None = None
    actual: FloatArray | None = None
    probabilities: FloatArray | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, explanation: Explanation, labels: Sequence[Sequence[Any]] = ()) -> Outcomes:
        """Return those of an explanation.

        Parameters
        ----------
        explanation : Explanation
            With its rows, or without.
        labels : sequence of sequences of labels
            What else the classes are called; what the model itself calls them first.
        """
        rows = explanation.rows
        if rows is None:
            return cls()
        if explanation.classes is None:
            return _values(rows)
        return _classes(rows, explanation.classes, labels)


def _values(rows: EvaluatedRows) -> Outcomes:
    predicted, several = _one_target(rows.predicted)
    actual, _ = _one_target(rows.true_y)
    notes = []
    if several:
        notes.append("The model has several targets: predictions are those of the first.")
    if rows.true_y is not None and are_no_numbers(rows.true_y):
        notes.append("Observed outcomes are no numbers, and count as unknown.")
    return Outcomes(predicted, actual, None, tuple(notes))


def are_no_numbers(values: AnyArray) -> bool:
    """Whether outcomes are times or words, which no prediction of a number can be compared with."""
    found, _ = _one_target(values)
    known = pd.Series(values if values.ndim == 1 else values[:, 0]).notna().to_numpy()
    return bool(known.any()) and found is not None and bool(np.isnan(found[known]).all())


def _one_target(values: AnyArray | None) -> tuple[FloatArray | None, bool]:
    """Return values of the first target, and whether there are others."""
    if values is None:
        return None, False
    table = values if values.ndim == 1 else values[:, 0]
    if table.dtype.kind in "mM":
        # As numbers they would be billions of nanoseconds.
        return np.full(len(table), np.nan), False
    try:
        numbers = np.asarray(table, np.float64)
    except (TypeError, ValueError):
        # Nullable numbers among Python's objects.
        numbers = np.array([_number(value) for value in table], np.float64)
    return numbers, values.ndim > 1 and values.shape[1] > 1


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _classes(
    rows: EvaluatedRows, classes: Sequence[Any], labels: Sequence[Sequence[Any]]
) -> Outcomes:
    n_classes = len(classes)
    known = [naming_of(names) for names in (*labels, classes)]
    probabilities = rows.probabilities
    if probabilities is not None and probabilities.shape != (rows.n_rows, n_classes):
        probabilities = None
    told, observed = Labels.of(rows.predicted), Labels.of(rows.true_y)
    own = of_predictions(told, observed, known, n_classes, probabilities)
    predicted = None if told is None else told.numbered(own)
    if probabilities is not None and own is None:
        # A native booster predicts probabilities, no labels.
        predicted = probabilities.argmax(axis=1).astype(np.float64)
    if observed is None:
        return Outcomes(predicted, None, probabilities)
    known = known if own is None else [own, *known]
    naming = of_outcomes(observed, known, n_classes)
    actual = observed.numbered(naming)
    notes = _by_number(classes) if naming is not None and naming not in known else []
    unknown = int((np.isnan(actual) & (observed.codes >= 0)).sum())
    note = f"Observed outcomes that are no class of the model count as unknown: {unknown:,}."
    return Outcomes(predicted, actual, probabilities, (*notes, *([note] if unknown else [])))


def _by_number(classes: Sequence[Any]) -> list[str]:
    """Return what is said of outcomes that are numbers of classes, which may be meant otherwise."""
    listed = ", ".join(f"{i} = {label}" for i, label in enumerate(classes[:_MOST_NAMES]))
    more = ", ..." if len(classes) > _MOST_NAMES else ""
    said = f"Observed outcomes are numbers, taken for those of the classes: {listed}{more}."
    return [f"{said} If they mean something else, pass the labels themselves."]


def numbered(
    values: AnyArray | None, classes: Sequence[Any], own: Sequence[Any]
) -> FloatArray | None:
    """Return class numbers of labels, by the model's own or by names of classes; NaN unknown."""
    labels = Labels.of(values)
    if labels is None:
        return None
    known = [naming_of(names) for names in (own, classes)]
    return labels.numbered(of_outcomes(labels, known, len(classes)))
