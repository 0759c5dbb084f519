"""Predictions and outcomes are counted for the classes they are of, whatever these are called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from mlflow_explain import ExplanationDashboard, TabularExplainer
from mlflow_explain.dashboard import page
from mlflow_explain.dashboard.source import Source
from mlflow_explain.errors import InvalidInputError
from tests.read_page import ReadPage

CASES = [
    ([1, 2, 3], ["low", "mid", "high"]), ([1, 2], ["no", "yes"]), (["n", "y"], ["no", "yes"]),
    ([-1, 1], ["bad", "good"]), ([False, True], ["no", "yes"]),
    (["b", "a"], ["A", "B"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(2)
    return pd.DataFrame(random.normal(size=(300, 2)), columns=["a", "b"])


def fitted(rows, labels):
    noise = np.random.default_rng(3).normal(size=len(rows)) * 0.8
    cuts = [-0.5, 0.5] if len(labels) == 3 else [0]
    y = np.array(labels)[np.digitize(rows["a"] + rows["b"] / 2 + noise, cuts)]
    return LogisticRegression().fit(rows, y), y


def expect_figures(html, model, rows, y):
    found = ReadPage(html)
    overall = found.payload["overall"]
    assert overall["metrics"]["accuracy"] == pytest.approx(model.score(rows, y))
    predicted = model.predict(rows)
    counts = [int((predicted == label).sum()) for label in model.classes_]
    assert overall["predictedCounts"] == counts
    assert overall["actualCounts"] == [int((y == label).sum()) for label in model.classes_]
    assert not any("no class of the model" in text for text in found.payload["caveats"])


@pytest.mark.parametrize(("labels", "names"), CASES, ids=str)
@pytest.mark.parametrize("way", ["model", "origin", "none", "without", "renamed", "twice"])
def test_figures_are_right_whatever_classes_are_called(rows, labels, names, way):
    model, y = fitted(rows, labels)
    given = None if way == "renamed" else names
    explanation = TabularExplainer(model, rows, classes=given).explain_global(rows)
    with_y = replace(explanation, rows=replace(explanation.rows, true_y=y))
    made = {
        "model": lambda: ExplanationDashboard(explanation, model, true_y=y).html,
        "origin": lambda: ExplanationDashboard(explanation, true_y=y).html,
        "none": lambda: ExplanationDashboard(explanation, False, true_y=y).html,
        "without": lambda: page.render(with_y, Source()),
        "renamed": lambda: ExplanationDashboard(explanation, model, true_y=y, classes=names).html,
        "twice": lambda: ExplanationDashboard(
            explanation, model, true_y=y, classes=[f"class {name}" for name in names]
        ).html,
    }  # fmt: skip
    expect_figures(made[way](), model, rows, y)


def test_outcomes_by_their_names_or_numbers(rows):
    model, y = fitted(rows, [1, 2])
    explanation = TabularExplainer(model, rows, classes=["no", "yes"]).explain_global(rows)
    named = np.array(["no", "yes"])[y - 1]
    expect_named = ReadPage(ExplanationDashboard(explanation, model, true_y=named).html)
    np.testing.assert_array_equal(expect_named.outcome("actual"), y - 1)
    words, _ = fitted(rows, ["no", "yes"])
    explanation = TabularExplainer(words, rows).explain_global(rows)
    numbers = ReadPage(ExplanationDashboard(explanation, words, true_y=y - 1).html)
    np.testing.assert_array_equal(numbers.outcome("actual"), y - 1)


def test_numbers_that_do_not_count_from_0_are_no_classes(rows):
    model, _ = fitted(rows, ["no", "yes"])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    y = np.where(rows["a"] > 0, 2, 1)
    with pytest.raises(InvalidInputError, match="true_y of the classes no, yes"):
        ExplanationDashboard(explanation, model, true_y=y)
    kept = replace(explanation, rows=replace(explanation.rows, true_y=y))
    found = ReadPage(page.render(kept, Source.of(kept.id, model)))
    assert np.isnan(found.outcome("actual")).all()
    assert (
        "Observed outcomes that are no class of the model count as unknown: 300."
        in (found.payload["caveats"])
    )


def test_the_models_own_labels_come_before_names_that_read_like_them(rows):
    model, y = fitted(rows, [0, 1])
    explanation = TabularExplainer(model, rows, classes=["1", "0"]).explain_global(rows)
    expect_figures(ExplanationDashboard(explanation, model, true_y=y).html, model, rows, y)


def test_labels_no_row_is_predicted_as_are_known_by_their_order(rows):
    model, y = fitted(rows, [1, 2, 3])
    explanation = TabularExplainer(model, rows, classes=["a", "b", "c"]).explain_global(rows)
    known = explanation.rows
    some = np.flatnonzero(known.predicted != 1)
    from mlflow_explain.dashboard.payload.taken import taken

    few = taken(explanation, some)
    bare = replace(few.rows, true_y=y[some], probabilities=None)
    found = ReadPage(page.render(replace(few, rows=bare), Source()))
    np.testing.assert_array_equal(found.outcome("predicted"), known.predicted[some] - 1)
    np.testing.assert_array_equal(found.outcome("actual"), y[some] - 1)


def test_outcomes_of_a_regression_are_numbers(rows):
    model = Ridge().fit(rows, rows["a"])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    days = pd.date_range("2026-01-01", periods=300)
    for odd in (days, pd.to_timedelta(np.arange(300), "s"), ["word"] * 300):
        with pytest.raises(InvalidInputError, match="true_y of numbers"):
            ExplanationDashboard(explanation, model, true_y=odd)
    kept = replace(explanation, rows=replace(explanation.rows, true_y=days.to_numpy()))
    found = ReadPage(page.render(kept, Source()))
    assert np.isnan(found.outcome("actual")).all()
    assert "Observed outcomes are no numbers, and count as unknown." in found.payload["caveats"]
