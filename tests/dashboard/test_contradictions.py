"""Rows, outcomes, models and cohorts that are given beside an explanation: put right or refused."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlflow_explain import ExplanationDashboard, TabularExplainer, log_explanation
from mlflow_explain.errors import (
    FeatureError,
    InvalidInputError,
    UnsupportedModelError,
)
from mlflow_explain.tracking.runs.places import place_of
from tests.read_page import ReadPage


def read(*given, **options):
    return ReadPage(ExplanationDashboard(*given, **options).html)


@pytest.fixture(scope="module")
def loans():
    generator = np.random.default_rng(0)
    n = 120
    rows = pd.DataFrame(
        {
            "age": generator.integers(18, 80, n).astype(float),
            "job": generator.choice(["clerk", "manager", None], n),
            "debts": generator.poisson(1.2, n),
        },
        index=[f"C{i:03d}" for i in range(n)],
    )
    rows.loc[rows.index[:7], "age"] = np.nan
    score = rows["debts"] + 0.02 * rows["age"].fillna(40) + generator.normal(size=n)
    outcome = pd.Series(np.where(score > 2, "default", "paid"), rows.index)
    front = make_column_transformer((OneHotEncoder(), ["job"]), ("passthrough", ["debts", "age"]))
    model = make_pipeline(front, RandomForestClassifier(10, random_state=0)).fit(rows, outcome)
    return TabularExplainer(model, rows).explain_global(rows), model, rows, outcome


def same_as_explained(found, rows):
    np.testing.assert_array_equal(found.numbers(found.column("age")), rows["age"])
    assert found.payload["model"]["mode"] == "exact"


@pytest.mark.parametrize("shuffle", [
    lambda x: x.sample(frac=1, random_state=0),
    lambda x: x.iloc[::-1],
    lambda x: x[["debts", "age", "job"]],
    lambda x: x.iloc[::-1, ::-1].assign(beside=1),
    lambda x: x.reset_index(drop=True),
], ids=["shuffled", "reversed", "columns", "both", "numbered"])  # fmt: skip
def test_rows_and_columns_in_another_order_are_put_right(loans, shuffle):
    explanation, model, rows, outcome = loans
    given = shuffle(rows)
    same_as_explained(read(explanation, model, given), rows)
    # What goes with the given rows by position is moved with them.
    at = given.index if given.index[0] != 0 else rows.index
    found = read(explanation, model, given, outcome[at].to_numpy(), {
        "old": (rows["age"] > 40)[at].to_numpy(), "by index": rows["age"] > 40, "first": [0],
    })  # fmt: skip
    np.testing.assert_array_equal(found.outcome("actual"), (outcome == "paid").astype(float))
    masks = {each["name"]: found.numbers(each) for each in found.payload["rows"]["others"]}
    np.testing.assert_array_equal(masks["in cohort old"], rows["age"] > 40)
    np.testing.assert_array_equal(masks["in cohort by index"], rows["age"] > 40)
    assert np.flatnonzero(masks["in cohort first"]) == [list(rows.index).index(at[0])]


def test_numbered_rows_that_were_shuffled(diabetes):
    rows, target = diabetes
    model = Ridge().fit(rows, target)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    some = rows.sample(frac=1, random_state=0)
    found = read(explanation, model, some, target[some.index], {"high": (rows["bmi"] > 0)})
    np.testing.assert_array_equal(found.numbers(found.column("bmi")), rows["bmi"])
    np.testing.assert_array_equal(found.outcome("actual"), target)
    # Explained in the order of the shuffle, whose numbers say nothing.
    numbered = TabularExplainer(model, rows).explain_global(some.reset_index(drop=True))
    found = read(numbered, model, some)
    np.testing.assert_array_equal(found.numbers(found.column("bmi")), some["bmi"])


def test_masks_are_aligned_by_their_index(loans):
    explanation, model, rows, _ = loans
    old = rows["age"] > 40
    found = read(explanation, model, cohorts={"old": old.sample(frac=1, random_state=0)})
    np.testing.assert_array_equal(found.numbers(found.payload["rows"]["others"][0]), old)


@pytest.mark.parametrize(("change", "says"), [
    (lambda x: x.assign(age=x["age"] + 20), r"'age', in 94% of the rows"),
    (lambda x: x.assign(job="clerk"), r"'job', in \d+% of the rows"),
    (lambda x: x.sample(frac=1, random_state=0).reset_index(drop=True), "'age'"),
    (lambda x: x.drop(columns="age"), "without age"),
    (lambda x: x.to_numpy()[:, :2], "3 columns"),
], ids=["added", "words", "order lost", "no column", "narrow"])  # fmt: skip
def test_rows_that_were_not_explained_are_refused(loans, change, says):
    explanation, model, rows, _ = loans
    with pytest.raises(InvalidInputError, match=says) as refused:
        ExplanationDashboard(explanation, model, change(rows))
    assert "C0" not in str(refused.value)
    assert "datasetX" in str(refused.value)


def test_82_an_array_has_the_names_of_the_explanation(loans):
    explanation, model, rows, _ = loans
    same_as_explained(read(explanation, model, rows.to_numpy()), rows)
    bare = replace(explanation, rows=None)
    same_as_explained(read(bare, model, rows[["debts", "age", "job"]]), rows)
    same_as_explained(read(bare, model, rows.to_numpy()), rows)
    with pytest.raises(FeatureError, match="without age"):
        ExplanationDashboard(bare, model, rows.drop(columns="age"))
    with pytest.raises(FeatureError, match="3 columns"):
        ExplanationDashboard(bare, model, rows.to_numpy()[:, :2])


def others(rows, outcome):
    front = make_column_transformer((OneHotEncoder(), ["job"]), ("passthrough", ["debts"]))
    three = np.where(rows["debts"] > 2, "many", outcome)
    return {
        "same classes": make_pipeline(front, LogisticRegression()).fit(rows, outcome),
        "three": make_pipeline(front, RandomForestClassifier(5)).fit(rows, three),
        "number": make_pipeline(front, Ridge()).fit(rows, rows["debts"]),
    }


@pytest.mark.parametrize("name", ["same classes", "three", "number"])
def test_82_another_model_is_refused(loans, name):
    explanation, _, rows, outcome = loans
    other = others(rows, outcome)[name]
    with pytest.raises(InvalidInputError, match="does not give the predictions that were explain"):
        ExplanationDashboard(explanation, other)
    unknown = replace(explanation, rows=replace(explanation.rows, predicted=None))
    if name == "same classes":
        assert ExplanationDashboard(unknown, other).html


def test_82_another_model_of_numbers_is_refused(diabetes):
    rows, target = diabetes
    explanation = TabularExplainer(Ridge().fit(rows, target), rows).explain_global(rows)
    with pytest.raises(InvalidInputError, match=r"others for \d+% of 200 rows"):
        ExplanationDashboard(explanation, Ridge(alpha=100).fit(rows, target))


def test_82_rounding_is_no_contradiction(loans):
    explanation, model, *_ = loans
    rows = explanation.rows
    near = replace(explanation, rows=replace(rows, probabilities=rows.probabilities + 1e-4))
    assert ExplanationDashboard(near, model).html


def test_82_outcomes_that_are_no_class_are_refused(loans):
    explanation, model, _, outcome = loans
    with pytest.raises(InvalidInputError, match="classes default, paid") as refused:
        ExplanationDashboard(explanation, model, true_y=outcome.str.upper())
    assert "DEFAULT" not in str(refused.value)
    some = read(explanation, model, true_y=outcome.where(outcome == "paid", "?"))
    unknown = int((outcome != "paid").sum())
    assert any(f": {unknown}" in each for each in some.payload["caveats"])


def test_82_outcomes_of_several_columns_are_refused(loans):
    explanation, model, rows, outcome = loans
    both = pd.DataFrame({"id": np.arange(len(rows)), "y": outcome.to_numpy()}, index=rows.index)
    with pytest.raises(InvalidInputError, match=r"true_y.*one column.*2"):
        ExplanationDashboard(explanation, model, true_y=both)
    found = read(explanation, model, true_y=both[["y"]])
    np.testing.assert_array_equal(found.outcome("actual"), (outcome == "paid").astype(float))


def test_82_numbers_for_words_are_told(loans):
    explanation, model, _, outcome = loans
    found = read(explanation, model, true_y=(outcome == "paid").astype(int))
    (caveat,) = [each for each in found.payload["caveats"] if "0 = default, 1 = paid" in each]
    assert caveat.startswith("Observed outcomes are numbers")
    told = read(explanation, model, true_y=outcome).payload["caveats"]
    assert not any("0 = default" in each for each in told)


@pytest.mark.parametrize(("model", "says"), [
    ("models:/loans/1", "mlflow_explain.load_model"), (Ridge, "the class Ridge itself"),
])  # fmt: skip
def test_82_an_address_or_a_class_is_no_model(loans, model, says):
    with pytest.raises(UnsupportedModelError, match=says):
        ExplanationDashboard(loans[0], model)


@pytest.mark.parametrize(("cohorts", "says"), [
    ({"a": "age > 40"}, "text.*eval"),
    ({"a": lambda x: x["age"] > 40}, "a function.*Call it"),
    ({"a": ["C000", "C001"]}, "words.*isin"),
    ([{"name": "a", "filter": {"of": {"feature": "age"}, "is": "<", "values": 30}}], "'values'"),
    ([{"name": "a", "filter": {"feature": "age", "is": "<", "value": 30}}], "'feature'"),
    ([{"name": "a", "filters": {}}], "'filters'"),
    ([{"name": "a", "filter": {"of": {"feature": "age"}, "is": "<>", "value": 3}}], "'<>'"),
])  # fmt: skip
def test_82_a_mistaken_cohort_is_told_in_the_words_of_who_made_it(loans, cohorts, says):
    with pytest.raises(InvalidInputError, match=says) as refused:
        ExplanationDashboard(loans[0], cohorts=cohorts)
    assert "dimensions" not in str(refused.value)


def test_a_page_holds_as_many_rows_as_max_rows_allows(loans):
    explanation, model, *_ = loans
    found = read(explanation, model, max_rows=50)
    assert found.payload["rows"]["count"] == 50
    assert any("`max_rows`" in each for each in found.payload["caveats"])
    assert not any("MB" in each for each in found.payload["caveats"])
    with pytest.raises(InvalidInputError, match="max_rows"):
        ExplanationDashboard(explanation, max_rows=0)


class Odd:
    """Predicts what no smooth model follows."""

    classes_ = np.array(["default", "paid"])

    def predict_proba(self, given):
        known = given[["age", "debts"]].fillna(0).to_numpy()
        chances = np.array([hash(tuple(each)) % 997 / 997 for each in known])
        return np.column_stack([chances, 1 - chances])

    def predict(self, given):
        return self.classes_[self.predict_proba(given).argmax(axis=1)]


def test_a_weak_surrogate_gives_way_to_curves(loans):
    explanation, _, rows, _ = loans
    odd = Odd()
    known = replace(
        explanation.rows, predicted=odd.predict(rows), probabilities=odd.predict_proba(rows)
    )
    found = read(replace(explanation, rows=known), odd)
    assert found.payload["model"] is None
    assert "too far from it" in found.payload["modelNote"]
    assert found.payload["recorded"]


def test_the_model_inside_a_pyfunc_is_found(loans, tmp_path):
    rows = loans[2][["debts"]].astype(float)
    ridge = Ridge().fit(rows, rows["debts"] * 2.0)
    explanation = TabularExplainer(ridge, rows).explain_global(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.sklearn.save_model(ridge, tmp_path / "m", serialization_format="cloudpickle")
        loaded = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    assert read(explanation, loaded).payload["model"]["mode"] == "exact"


def test_82_a_page_of_a_run_is_made_without_a_model_that_contradicts(loans, tracking_store):
    explanation, _, rows, outcome = loans
    other = others(rows, outcome)["same classes"]
    with mlflow.start_run(), pytest.warns(UserWarning, match="made without the model.*predictions"):
        kept = log_explanation(explanation, model=other)
    path = mlflow.artifacts.download_artifacts(
        f"runs:/{kept.run_id}/{place_of(kept.id)}/report.html"
    )
    found = ReadPage(Path(path).read_text("utf-8"))
    assert found.payload["model"] is None
    assert "does not give the predictions" in found.payload["modelNote"]
    assert found.payload["rows"]["count"] == len(rows)
