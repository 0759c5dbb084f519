"""Figures of scikit-learn that the page's own must equal: `dashboard/golden/metrics.json`.

``python -m tests.page_metrics_golden`` writes the file anew; ``tests/dashboard`` has a test that it
is current. Cases are small and awkward: ties, classes never observed, classes never predicted.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics
from sklearn.calibration import calibration_curve

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray

GOLDEN = Path(__file__).parent.parent / "dashboard" / "golden" / "metrics.json"
BINS = 5


def text() -> str:
    """Return the file's content."""
    with warnings.catch_warnings():
        # That a figure is not defined is what some cases are for.
        warnings.simplefilter("ignore")
        cases = {"classes": [*_classes()], "values": [*_values()]}
    return json.dumps(_told(cases), allow_nan=False, separators=(",", ":")) + "\n"


def _classes() -> Any:
    random = np.random.default_rng(7)
    for name, n_classes, n_rows, decimals, absent in (
        ("two classes", 2, 60, 9, []),
        ("two classes with ties", 2, 80, 1, []),
        ("two classes, second never observed", 2, 12, 2, [1]),
        ("two classes, first never observed", 2, 12, 2, [0]),
        ("four classes", 4, 90, 9, []),
        ("four classes with ties", 4, 120, 1, []),
        ("four classes, one never observed", 4, 50, 2, [2]),
    ):
        present = [k for k in range(n_classes) if k not in absent]
        actual = random.choice(present, n_rows)
        scores = random.normal(size=(n_rows, n_classes)) + 1.2 * np.eye(n_classes)[actual]
        probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        yield _case(name, actual, _rounded(probabilities, decimals))
    probabilities = np.full((10, 2), 0.0)
    probabilities[:, 0], probabilities[:, 1] = 0.875, 0.125
    yield _case("two classes, second never predicted", np.arange(10) % 2, probabilities)


def _rounded(probabilities: FloatArray, decimals: int) -> FloatArray:
    """Return probabilities of few digits that still add up to one."""
    kept = np.floor(probabilities[:, 1:] * 10**decimals) / 10**decimals
    first = np.round(1 - kept.sum(axis=1, keepdims=True), decimals)
    return np.hstack([first, kept])


def _case(name: str, actual: IntArray, probabilities: FloatArray) -> dict[str, Any]:
    n_classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    labels = [*range(n_classes)]
    table = metrics.confusion_matrix(actual, predicted, labels=labels)
    return {
        "name": name,
        "actual": actual,
        "predicted": predicted,
        "chance": probabilities.T,
        "confusion": table,
        "metrics": _labels(actual, predicted, table) | _of_probabilities(actual, probabilities),
        "each": _each(actual, predicted, table),
        "curves": _curves(actual, probabilities[:, 1]),
    }


def _labels(actual: IntArray, predicted: IntArray, table: IntArray) -> dict[str, Any]:
    two = len(table) == 2
    # Of two classes what is not defined is not told; a mean counts it as 0, scikit-learn's default.
    average: Any = {"average": "binary", "zero_division": np.nan} if two else {"average": "macro"}
    made = {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted),
        "precision": metrics.precision_score(actual, predicted, **average),
        "recall": metrics.recall_score(actual, predicted, **average),
        "f1": metrics.f1_score(actual, predicted, **average),
    }
    each = _each(actual, predicted, table)
    for name in ("false_positive_rate", "false_negative_rate"):
        rates = np.array(each[name])
        made[name] = rates[1] if two else np.nanmean(rates)
    return made


def _each(actual: IntArray, predicted: IntArray, table: IntArray) -> dict[str, Any]:
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        actual, predicted, labels=[*range(len(table))], zero_division=np.nan
    )
    others = table.sum() - table.sum(axis=1)
    wrong = table.sum(axis=0) - np.diag(table)
    with np.errstate(invalid="ignore"):
        rate = wrong / others
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "false_positive_rate": rate,
        "false_negative_rate": 1 - recall,
    }


def _of_probabilities(actual: IntArray, probabilities: FloatArray) -> dict[str, Any]:
    n_classes = probabilities.shape[1]
    labels = [*range(n_classes)]
    one_hot = np.eye(n_classes)[actual]
    complete = len(np.unique(actual)) == n_classes
    made: dict[str, Any] = dict.fromkeys(("roc_auc", "average_precision"), np.nan)
    made["log_loss"] = metrics.log_loss(actual, probabilities, labels=labels)
    if n_classes == 2:
        made["brier"] = metrics.brier_score_loss(actual, probabilities[:, 1], pos_label=1)
        if complete:
            made["roc_auc"] = metrics.roc_auc_score(actual, probabilities[:, 1])
        if actual.any():
            made["average_precision"] = metrics.average_precision_score(actual, probabilities[:, 1])
        return made
    made["brier"] = ((probabilities - one_hot) ** 2).sum(axis=1).mean()
    if complete:
        made["roc_auc"] = metrics.roc_auc_score(one_hot, probabilities, average="macro")
        made["average_precision"] = metrics.average_precision_score(one_hot, probabilities)
    return made


def _curves(actual: IntArray, scores: FloatArray) -> dict[str, Any] | None:
    """Return the curves of class 1 against all others."""
    own = actual == 1
    if own.all() or not own.any():
        return None
    fpr, tpr, at = metrics.roc_curve(own, scores, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(own, scores)
    made: dict[str, Any] = {"fpr": fpr, "tpr": tpr, "at": at[1:]}
    made |= {"precision": precision[::-1], "recall": recall[::-1]}
    for strategy in ("uniform", "quantile"):
        seen, said = calibration_curve(own, scores, n_bins=BINS, strategy=strategy)
        made[strategy] = {"seen": seen, "said": said}
    return made


def _values() -> Any:
    random = np.random.default_rng(3)
    actual = random.normal(size=40).round(3)
    for name, predicted in (
        ("values", (actual + random.normal(scale=0.3, size=40)).round(4)),
        ("no better than the mean", np.full(40, 0.1)),
        ("exact", actual),
    ):
        yield _value_case(name, actual, predicted)
    yield _value_case("one outcome only", np.full(6, 2.0), np.arange(6.0))


def _value_case(name: str, actual: FloatArray, predicted: FloatArray) -> dict[str, Any]:
    mse = metrics.mean_squared_error(actual, predicted)
    spread = float(np.ptp(actual))
    return {
        "name": name,
        "actual": actual,
        "predicted": predicted,
        "metrics": {
            "mse": mse,
            "rmse": np.sqrt(mse),
            "mae": metrics.mean_absolute_error(actual, predicted),
            "r2": metrics.r2_score(actual, predicted) if spread > 0 else np.nan,
            "max_error": metrics.max_error(actual, predicted),
        },
    }


def _told(value: Any) -> Any:
    """Return a value as JSON holds it: null where it is not defined."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _told(value.tolist())
    if isinstance(value, list):
        return [_told(item) for item in value]
    if isinstance(value, np.generic):
        return _told(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    GOLDEN.write_text(text(), encoding="utf-8")
