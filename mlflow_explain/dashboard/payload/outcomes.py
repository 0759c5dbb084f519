"""What is known of each row beside its cells: prediction, probabilities, the observed outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.explanation import EvaluatedRows, Explanation


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
    def of(cls, explanation: Explanation, labels: Sequence[Any] | None = None) -> Outcomes:
        """Return those of an explanation.

        Parameters
        ----------
        explanation : Explanation
            With its rows, or without.
        labels : sequence, optional
            What the model itself calls its classes, where that is known.
        """
        rows = explanation.rows
        if rows is None:
            return cls()
        if explanation.classes is None:
            return _values(rows)
        return _classes(rows, list(explanation.classes), labels)


def _values(rows: EvaluatedRows) -> Outcomes:
    predicted, several = _one_target(rows.predicted)
    actual, _ = _one_target(rows.true_y)
    notes = ("The model has several targets: predictions are those of the first.",)
    return Outcomes(predicted, actual, None, notes if several else ())


def _one_target(values: AnyArray | None) -> tuple[FloatArray | None, bool]:
    """Return values of the first target, and whether there are others."""
    if values is None:
        return None, False
    table = values if values.ndim == 1 else values[:, 0]
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


def _classes(rows: EvaluatedRows, classes: list[Any], labels: Sequence[Any] | None) -> Outcomes:
    own = list(classes if labels is None else labels)
    predicted = numbered(rows.predicted, classes, own)
    actual = numbered(rows.true_y, classes, own)
    notes = []
    unknown = 0 if actual is None else int((np.isnan(actual) & ~_missing(rows.true_y)).sum())
    if unknown:
        notes.append(
            f"Observed outcomes that are no class of the model count as unknown: {unknown:,}."
        )
    chance = rows.probabilities
    if chance is not None and chance.shape != (rows.n_rows, len(classes)):
        chance = None
    if chance is not None and (predicted is None or np.isnan(predicted).all()):
        # A native booster predicts probabilities, no labels.
        predicted = chance.argmax(axis=1).astype(np.float64)
    return Outcomes(predicted, actual, chance, tuple(notes))


def _missing(values: AnyArray | None) -> Any:
    import pandas as pd

    flat = None if values is None else values if values.ndim == 1 else values[:, 0]
    return np.asarray(pd.isna(pd.Series(flat)))


def numbered(values: AnyArray | None, classes: list[Any], own: list[Any]) -> FloatArray | None:
    """Return class numbers of labels, NaN for those that are none.

    Labels are looked for among the names the user gave, then among the model's own, then as texts;
    whole numbers that are no label are numbers of classes already.
    """
    if values is None:
        return None
    flat = values if values.ndim == 1 else values[:, 0]
    distinct, codes = _distinct(flat)
    for names in (classes, own, range(len(classes))):
        places = _places(names)
        found = [places.get(_key(value), places.get(str(value), np.nan)) for value in distinct]
        if not np.isnan(found).all():
            break
    return np.asarray(found, np.float64)[codes] if found else np.full(len(flat), np.nan)


def _distinct(flat: AnyArray) -> tuple[list[Any], Any]:
    import pandas as pd

    codes, distinct = pd.factorize(pd.Series(flat), use_na_sentinel=False)
    return list(distinct), codes


def _key(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    try:
        hash(plain)
    except TypeError:
        return str(plain)
    return plain


def _places(names: Any) -> dict[Any, int]:
    """Return the number of each class by its label, and by its text."""
    texts = {str(name): i for i, name in enumerate(names)}
    return texts | {_key(name): i for i, name in enumerate(names)}
