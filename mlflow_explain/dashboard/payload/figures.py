"""Figures of a model over all rows that were explained, as scikit-learn computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.views import finite

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.dashboard.payload.outcomes import Outcomes


def overall(outcomes: Outcomes, n_rows: int, n_classes: int | None) -> dict[str, Any] | None:
    """Return the `Overall` of the payload, or None where nothing is known of the rows.

    Parameters
    ----------
    outcomes : Outcomes
        Of all rows.
    n_rows : int
        How many there are.
    n_classes : int or None
        None for a regression.
    """
    if outcomes.predicted is None and outcomes.actual is None:
        return None
    made: dict[str, Any] = {"rows": n_rows, "metrics": {}}
    if n_classes is None:
        made["metrics"] = _of_values(outcomes)
        return made
    for name, numbers in (
        ("predictedCounts", outcomes.predicted),
        ("actualCounts", outcomes.actual),
    ):
        if numbers is not None:
            made[name] = _counts(numbers, n_classes)
    if outcomes.predicted is not None and outcomes.actual is not None:
        both = np.isfinite(outcomes.predicted) & np.isfinite(outcomes.actual)
        actual = outcomes.actual[both].astype(np.int64)
        predicted = outcomes.predicted[both].astype(np.int64)
        probabilities = None if outcomes.probabilities is None else outcomes.probabilities[both]
        cells = np.bincount(actual * n_classes + predicted, minlength=n_classes**2)
        made["confusion"] = cells.reshape(n_classes, n_classes).tolist()
        made["metrics"] = _told(_of_classes(actual, predicted, probabilities, n_classes))
    return made


def _counts(numbers: FloatArray, n_classes: int) -> list[int]:
    known = numbers[np.isfinite(numbers)].astype(np.int64)
    counts: list[int] = np.bincount(known, minlength=n_classes).tolist()
    return counts


def _told(metrics: dict[str, Any]) -> dict[str, float | None]:
    return {name: finite(float(value)) for name, value in metrics.items()}


def _of_values(outcomes: Outcomes) -> dict[str, float | None]:
    if outcomes.predicted is None or outcomes.actual is None:
        return {}
    both = np.isfinite(outcomes.predicted) & np.isfinite(outcomes.actual)
    predicted, actual = outcomes.predicted[both], outcomes.actual[both]
    if not len(actual):
        return dict.fromkeys(("mse", "rmse", "mae", "r2", "max_error"))
    residual = actual - predicted
    mse = float(np.mean(residual**2))
    total = float(np.sum((actual - actual.mean()) ** 2))
    r2 = 1 - float(np.sum(residual**2)) / total if total > 0 else np.nan
    mae = float(np.abs(residual).mean())
    largest = float(np.abs(residual).max())
    return _told({"mse": mse, "rmse": np.sqrt(mse), "mae": mae, "r2": r2, "max_error": largest})


def _of_classes(
    actual: IntArray, predicted: IntArray, probabilities: FloatArray | None, n_classes: int
) -> dict[str, Any]:
    """Return figures of classes: of the second of two, the mean over each of more."""
    confusion = np.bincount(actual * n_classes + predicted, minlength=n_classes**2)
    table = confusion.reshape(n_classes, n_classes).astype(np.float64)
    total, right = table.sum(), np.diag(table)
    of_actual, of_predicted = table.sum(axis=1), table.sum(axis=0)
    recall = _divided(right, of_actual)
    wrong = of_predicted - right
    each = {
        "precision": _divided(right, of_predicted),
        "recall": recall,
        "false_positive_rate": _divided(wrong, total - of_actual),
        "false_negative_rate": 1 - recall,
        "f1": _divided(2 * right, of_actual + of_predicted),
    }
    present = (of_actual > 0) | (of_predicted > 0)
    metrics = {
        "accuracy": right.sum() / total if total else np.nan,
        "balanced_accuracy": _mean(recall),
        **{
            name: values[1] if n_classes == 2 else _mean(_with_zeros(name, values)[present])
            for name, values in each.items()
        },
    }
    return metrics | (
        {} if probabilities is None else _of_probabilities(actual, probabilities, n_classes)
    )


def _with_zeros(name: str, values: Any) -> Any:
    """Return figures of a mean: scikit-learn counts a score that is not defined as 0."""
    return values if name.endswith("_rate") else np.nan_to_num(values)


def _of_probabilities(
    actual: IntArray, probabilities: FloatArray, n_classes: int
) -> dict[str, Any]:
    from sklearn import metrics

    known = np.isfinite(probabilities).all(axis=1)
    actual, probabilities = actual[known], probabilities[known]
    one_hot = np.eye(n_classes)[actual]
    present = np.asarray(one_hot.any(axis=0))
    made: dict[str, Any] = dict.fromkeys(("roc_auc", "average_precision", "log_loss", "brier"))
    if not len(actual):
        return dict.fromkeys(made, np.nan)
    made["brier"] = ((probabilities - one_hot) ** 2).sum(axis=1).mean() / (
        2 if n_classes == 2 else 1
    )
    least = np.finfo(np.float64).eps
    own = np.clip(probabilities[np.arange(len(actual)), actual], least, 1 - least)
    made["log_loss"] = -np.log(own).mean()
    classes = [1] if n_classes == 2 else range(n_classes)
    if present.all():
        aucs = [metrics.roc_auc_score(one_hot[:, k], probabilities[:, k]) for k in classes]
        made["roc_auc"] = float(np.mean(aucs))
    if present[list(classes)].all():
        precise = [
            metrics.average_precision_score(one_hot[:, k], probabilities[:, k]) for k in classes
        ]
        made["average_precision"] = float(np.mean(precise))
    return {name: np.nan if value is None else value for name, value in made.items()}


def _divided(left: Any, right: Any) -> Any:
    """Return quotients, NaN by zero."""
    known = right > 0
    return np.where(known, left / np.where(known, right, 1.0), np.nan)


def _mean(values: Any) -> float:
    known = values[np.isfinite(values)] if len(values) else values
    return float(known.mean()) if len(known) else float("nan")
