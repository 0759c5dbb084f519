from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.data import time_limit
from mlflow_explain.scoring import reply
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.scoring.reasons import NOT_ASKED, OK, OUT_OF_TIME, Reasons, reasons_of
from tests import texts as made


@pytest.fixture(scope="module")
def scorer(iris_boosting, iris):
    from mlflow_explain import TabularExplainer

    return TabularExplainer(iris_boosting, iris[0]).create_scoring_explainer().scorer


class Clock:
    """Time that passes as rows are explained."""

    def __init__(self, engine, per_row: float) -> None:
        self.engine, self.per_row, self.now, self.sizes = engine, per_row, 0.0, []

    def __call__(self) -> float:
        return self.now

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def explain(self, rows):
        self.sizes.append(len(rows))
        self.now += self.per_row * len(rows)
        return self.engine.explain(rows)


def timed(scorer, monkeypatch, per_row: float):
    clock = Clock(scorer.engine, per_row)
    monkeypatch.setattr(time_limit, "clock", clock)
    return replace(scorer, engine=clock), clock


def test_without_bounds_all_rows_are_explained_at_once(scorer, iris, monkeypatch):
    timed_scorer, clock = timed(scorer, monkeypatch, 1.0)
    found = reasons_of(timed_scorer, iris[0])
    assert clock.sizes == [150]
    assert found.is_whole
    np.testing.assert_array_equal(found.local.values, scorer.local(iris[0]).values)


def test_69_what_the_time_does_not_suffice_for_says_so(scorer, iris, monkeypatch):
    timed_scorer, clock = timed(scorer, monkeypatch, 0.01)
    with time_limit.within(0.5):
        found = reasons_of(timed_scorer, iris[0])
    n_done = len(found.at)
    # A part takes at most an eighth of the time, and the last one ends soon after it.
    assert 40 <= n_done < 60
    assert clock.now <= 0.5 * 1.125 + 0.01
    assert found.status == [OK] * n_done + [OUT_OF_TIME] * (150 - n_done)
    expected = scorer.local(iris[0].head(n_done)).values
    np.testing.assert_array_equal(found.local.values, expected)


def test_69_no_time_left_means_no_row(scorer, iris, monkeypatch):
    timed_scorer, clock = timed(scorer, monkeypatch, 0.01)
    with time_limit.within(0.1):
        clock.now += 0.2
        found = reasons_of(timed_scorer, iris[0])
    assert (found.local, clock.sizes, set(found.status)) == (None, [], {OUT_OF_TIME})


class Answering:
    """A function of texts that takes a second for each of them."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self, texts: list[str]):
        self.now += len(texts)
        return np.array([float(len(text)) for text in texts])


@pytest.fixture
def answering(monkeypatch):
    answering = Answering()
    monkeypatch.setattr(time_limit, "clock", lambda: answering.now)
    return answering


def scorer_and_rows(answering, texts):
    explainer = made.explainer(answering, ["good bad"]).create_scoring_explainer()
    return explainer.scorer, pd.DataFrame({"text": texts})


def cost_of(answering, scorer, rows) -> float:
    begin = answering.now
    scorer.local(rows)
    return answering.now - begin


@pytest.mark.parametrize("n_fitting", [1, 2, 5, 9])
def test_rows_that_a_model_was_asked_for_in_time_keep_their_reasons(answering, n_fitting):
    texts = [f"good phone number {i} and bad battery" for i in range(12)]
    scorer, rows = scorer_and_rows(answering, texts)
    per_row = cost_of(answering, scorer, rows[:1])
    seconds, begin = (n_fitting + 0.5) * per_row, answering.now
    with time_limit.within(seconds):
        found = reasons_of(scorer, rows)
    assert answering.now - begin <= seconds
    assert found.at.tolist() == list(range(n_fitting))
    assert found.status == [OK] * n_fitting + [OUT_OF_TIME] * (12 - n_fitting)
    expected = scorer.local(rows[:n_fitting])
    np.testing.assert_array_equal(found.local.values, expected.values)


def test_long_texts_behind_short_ones_are_explained_one_by_one(answering):
    long = " ".join(f"w{i}" for i in range(9))
    scorer, rows = scorer_and_rows(answering, ["a b"] * 9 + [long + f" {i}" for i in range(50)])
    short, per_row = (cost_of(answering, scorer, rows[i : i + 1]) for i in (0, 9))
    assert per_row > 50 * short
    seconds, begin = 20.0 * per_row, answering.now
    with time_limit.within(seconds):
        found = reasons_of(scorer, rows)
    assert answering.now - begin <= seconds + per_row
    # A part of too many rows costs three quarters of the time, but not the rest.
    assert 9 + 4 <= len(found.at) < 9 + 20
    assert found.status[: len(found.at)] == [OK] * len(found.at)


def test_only_rows_that_are_wanted_are_explained(scorer, iris, monkeypatch):
    timed_scorer, clock = timed(scorer, monkeypatch, 0.01)
    wanted = np.arange(150) % 50 == 3
    found = reasons_of(timed_scorer, iris[0], wanted=wanted)
    assert clock.sizes == [3]
    assert found.at.tolist() == [3, 53, 103]
    assert [i for i, state in enumerate(found.status) if state == OK] == [3, 53, 103]
    assert set(found.status) == {OK, NOT_ASKED}


def columns(scorer, reasons, positions=None, **options):
    as_list = options.pop("as_list", False)
    own = options.pop("own_outputs", None)
    return reply.explanation_columns(
        scorer, reasons, ReplyOptions(**options), positions, as_list=as_list, own_outputs=own
    )


def test_rows_without_reasons_keep_their_places(scorer, iris):
    rows, positions = iris[0].iloc[[0, 60, 120]], np.array([0, 1, 2])
    found = reasons_of(scorer, rows, wanted=np.array([False, True, False]))
    whole = columns(scorer, Reasons.of(scorer.local(rows)), positions, output="all", top_k=2)
    some = columns(scorer, found, positions, output="all", top_k=2)
    json.dumps(some, allow_nan=False)
    assert list(some) == list(whole)
    for name in ("explained_output", "output_space", "expected_value", "all_expected_values"):
        assert some[name] == whole[name]
    assert some["local_importance_values"] == [{}, whole["local_importance_values"][1], {}]
    assert some["other_importance"] == [None, whole["other_importance"][1], None]
    nothing = {"0": {}, "1": {}, "2": {}}
    expected = [nothing, whole["all_local_importance_values"][1], nothing]
    assert some["all_local_importance_values"] == expected


def test_without_any_reasons_the_columns_are_the_same(scorer):
    options = {"output": "all", "top_k": 1}
    none = columns(scorer, Reasons.none(2, "failed: E"), np.array([0, 2]), **options)
    assert none["explained_output"] == ["0", "2"]
    assert none["local_importance_values"] == [{}, {}]
    assert none["explanation_status"] == ["failed: E"] * 2
    assert none["other_importance"] == [None, None]


def test_lists_are_in_the_order_of_the_features(scorer, iris):
    rows, positions = iris[0].iloc[[0, 120]], np.array([0, 2])
    reasons = Reasons.of(scorer.local(rows))
    named = columns(scorer, reasons, positions)["local_importance_values"]
    assert list(named[0]) == list(scorer.features)
    listed = columns(scorer, reasons, positions, as_list=True)["local_importance_values"]
    assert listed == [list(row.values()) for row in named]
    top = columns(scorer, reasons, positions, as_list=True, top_k=2, output="all")
    best = columns(scorer, reasons, positions, top_k=2, output="all")
    for row, kept in zip(
        top["local_importance_values"], best["local_importance_values"], strict=True
    ):
        assert row == [kept.get(name) for name in scorer.features]
        assert row.count(None) == 2
    assert top["other_importance"] == best["other_importance"]


def test_what_approximate_sums_lack_is_told_of_the_explained_output(scorer, iris):
    rows, positions = iris[0].iloc[[0, 60, 120]], np.array([0, 1, 2])
    found = reasons_of(scorer, rows, wanted=np.array([True, False, True]))
    own = found.local.outputs() + np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    residual = columns(scorer, found, positions, own_outputs=own)["additivity_residual"]
    assert residual == [pytest.approx(0.1), None, pytest.approx(0.6)]
