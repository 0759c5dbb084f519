"""Figures over all rows are scikit-learn's, and the same as the page's own of the same rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from mlflow_explain.dashboard.payload.figures import overall
from mlflow_explain.dashboard.payload.outcomes import Outcomes

GOLDEN = json.loads(
    (Path(__file__).parents[3] / "dashboard" / "golden" / "metrics.json").read_text("utf-8")
)


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["name"])


def expect_same(found, wanted):
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name] == (None if value is None else pytest.approx(value, rel=1e-12)), name


@named(GOLDEN["classes"])
def test_figures_of_classes_are_those_the_page_computes(case):
    actual, predicted = (np.array(case[name], float) for name in ("actual", "predicted"))
    probabilities = np.array(case["chance"]).T
    found = overall(Outcomes(predicted, actual, probabilities), len(actual), probabilities.shape[1])
    assert found["rows"] == len(actual)
    assert found["confusion"] == case["confusion"]
    expect_same(found["metrics"], case["metrics"])


@named(GOLDEN["values"])
def test_figures_of_values_are_those_the_page_computes(case):
    actual, predicted = (np.array(case[name], float) for name in ("actual", "predicted"))
    found = overall(Outcomes(predicted, actual), len(actual), None)
    expect_same(found["metrics"], case["metrics"])
    assert "confusion" not in found


def test_rows_whose_outcome_is_not_known_do_not_count(rng):
    actual, chance = rng.integers(0, 2, 200).astype(float), rng.uniform(size=200)
    predicted = (chance > 0.5).astype(float)
    known = np.arange(200) % 7 != 0
    with_gaps = np.where(known, actual, np.nan)
    both = np.column_stack([1 - chance, chance])
    found = overall(Outcomes(predicted, with_gaps, both), 200, 2)
    wanted = {
        "accuracy": metrics.accuracy_score(actual[known], predicted[known]),
        "roc_auc": metrics.roc_auc_score(actual[known], chance[known]),
        "brier": metrics.brier_score_loss(actual[known], chance[known]),
        "log_loss": metrics.log_loss(actual[known], chance[known]),
    }
    for name, value in wanted.items():
        assert found["metrics"][name] == pytest.approx(value, rel=1e-12)
    assert sum(found["actualCounts"]) == known.sum()
    assert sum(found["predictedCounts"]) == 200


def test_what_is_not_known_is_not_told():
    assert overall(Outcomes(), 5, 2) is None
    counted = overall(Outcomes(predicted=np.array([0.0, 1.0, 1.0])), 3, 3)
    assert counted == {"rows": 3, "metrics": {}, "predictedCounts": [1, 2, 0]}
    unknown = overall(Outcomes(np.ones(3), np.full(3, np.nan)), 3, None)
    assert set(unknown["metrics"].values()) == {None}
    unseen = overall(Outcomes(np.ones(3), np.full(3, np.nan), np.full((3, 2), 0.5)), 3, 2)
    assert set(unseen["metrics"].values()) == {None}
