"""Functions as models. The public tests are beside the explainers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.data.functions import (
    FunctionClassifier,
    FunctionLabels,
    FunctionMargins,
    FunctionRegressor,
    as_model,
    restored,
)
from mlflow_explain.errors import InvalidInputError

ROWS = np.arange(12.0).reshape(6, 2)


def model_of(function, task="unknown", **given):
    return as_model(function, ROWS, is_function=False, model_task=task, **given)


def chances(rows):
    return np.column_stack([rows[:, 0], 12 - rows[:, 0]]) / 12


def test_what_a_function_answers_says_what_it_is():
    assert isinstance(model_of(lambda x: x[:, 0]), FunctionRegressor)
    assert isinstance(model_of(lambda x: x[:, [0]]), FunctionRegressor)
    assert isinstance(model_of(lambda x: x[:, 0].astype(int)), FunctionRegressor)
    assert isinstance(model_of(lambda x: x, "regression"), FunctionRegressor)
    assert isinstance(model_of(chances), FunctionClassifier)
    assert isinstance(model_of(lambda x: chances(x).astype(np.float16)), FunctionClassifier)
    nullable = model_of(lambda x: pd.DataFrame(chances(x), dtype="Float64"))
    assert isinstance(nullable, FunctionClassifier)
    assert isinstance(model_of(lambda x: x / 12), FunctionMargins)
    assert isinstance(model_of(lambda x: x[:, [0, 0]] * [1, -1] + [0, 1]), FunctionMargins)
    assert isinstance(model_of(lambda x: x[:, 0] / 12, "classification"), FunctionClassifier)
    assert isinstance(model_of(lambda x: x[:, 0] > 3), FunctionLabels)
    assert isinstance(model_of(lambda x: x[:, 0].astype(int), "classification"), FunctionLabels)
    assert isinstance(model_of(lambda x: pd.Series(["a"] * len(x))), FunctionLabels)


def test_labels_are_those_answered_or_those_given():
    def spoken(rows):
        return pd.DataFrame({"label": np.where(rows[:, 0] > 5, "big", "small")})

    assert model_of(spoken).classes_.tolist() == ["big", "small"]
    given = model_of(spoken, classes=["small", "big", "huge"])
    assert given.classes_.tolist() == ["small", "big", "huge"]
    assert given.predict(ROWS).tolist() == ["small"] * 3 + ["big"] * 3


@pytest.mark.parametrize("classes", [None, ["calm", "loud"]])
def test_margins_of_classes_are_no_probabilities_and_come_back_as_such(classes):
    made = model_of(lambda x: x - [0, 9], classes=classes)
    assert not hasattr(made, "predict_proba")
    np.testing.assert_array_equal(made.decision_function(ROWS), ROWS - [0, 9])
    assert made.predict(ROWS).tolist() == [(classes or [0, 1])[0]] * 6
    again = restored(lambda x: x, type(made).__name__, ["calm", "loud"])
    assert again.predict(ROWS).tolist() == ["loud"] * 6
    # What was kept as probabilities stays what it was.
    assert isinstance(restored(lambda x: x, "FunctionClassifier", ["a", "b"]), FunctionClassifier)


def test_one_score_per_row_is_no_probability_of_a_class():
    with pytest.raises(InvalidInputError, match=r"name the labels by `classes`\. Leave `mod"):
        model_of(lambda x: x[:, 0] + 0.5, "classification")


def answering(answer):
    return lambda rows: np.asarray(answer)[: len(rows)]


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_probabilities_rounded_to_two_decimals_are_probabilities(n_classes, rng):
    parts = np.round(rng.dirichlet(np.ones(n_classes), 200), 2)
    kinds = {type(model_of(lambda _, at=at: parts[at : at + 2])) for at in range(198)}
    assert kinds == {FunctionClassifier}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([[1.0000001, -1e-7]] * 6, FunctionClassifier),
        ([[0.5, np.nan]] + [[0.25, 0.75]] * 5, FunctionClassifier),
        ([[np.nan, np.nan]] * 6, FunctionClassifier),
        ([[0.5, np.nan]] + [[0.25, 1.75]] * 5, FunctionMargins),
        ([[0.4, 0.55]] * 6, FunctionMargins),
        ([[1.01, -0.01]] * 6, FunctionMargins),
    ],
)
def test_rounding_and_missing_numbers_make_no_margins_of_probabilities(answer, kind):
    assert type(model_of(answering(answer))) is kind
    assert type(model_of(answering(answer), classes=["no", "yes"])) is kind


@pytest.mark.parametrize("first", [1.0000001, -1e-7, np.nan])
def test_rounding_and_missing_numbers_make_no_scores_of_a_probability(first):
    answer = answering([first] + [0.5] * 5)
    assert isinstance(model_of(answer, "classification"), FunctionClassifier)
    assert isinstance(model_of(answer, classes=["no", "yes"]), FunctionClassifier)


@pytest.mark.parametrize("task", ["unknown", "classification"])
def test_classes_name_labels_that_are_numbers_with_a_point(task):
    made = model_of(lambda x: x[:, 0] // 5 + 1.0, task, classes=[1.0, 2.0, 3.0])
    assert isinstance(made, FunctionLabels)
    assert made.predict(ROWS).tolist() == [1, 1, 1, 2, 2, 3]


@pytest.mark.parametrize("kind", [FunctionClassifier, FunctionMargins])
def test_classes_name_columns_whether_the_task_is_said_or_not(kind):
    def columns(rows):
        return chances(rows) if kind is FunctionClassifier else rows - [0, 9]

    made = model_of(columns, "classification", classes=["p", "q"])
    assert type(made) is kind
    np.testing.assert_array_equal(made.predict(ROWS), np.array(["p", "q"])[columns(ROWS).argmax(1)])


def test_labels_of_several_types_stay_what_they_are():
    made = model_of(lambda x: np.array(["a", 1] * 3, dtype=object)[: len(x)], classes=["a", 1])
    assert made.classes_.tolist() == ["a", 1]


@pytest.mark.parametrize("classes", [None, ["p", "q"]])
@pytest.mark.parametrize("task", ["unknown", "classification"])
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([["p", "q"]] * 6, r"no numbers.*convert each column"),
        (np.array([["p", 1.0]] * 6, dtype=object), r"no numbers.*convert each column"),
        (np.zeros((6, 0)), r"answer of shape \(6, 0\)|answer of shape \(2, 0\)"),
    ],
)
def test_columns_that_hold_no_numbers_are_refused(answer, says, task, classes):
    with pytest.raises(InvalidInputError, match=says):
        model_of(answering(answer), task, classes=classes)


def test_nullable_numbers_are_numbers_with_classes_too():
    def nullable(rows):
        return pd.DataFrame(chances(rows), dtype="Float64")

    assert isinstance(model_of(nullable, classes=["no", "yes"]), FunctionClassifier)
    missing = answering(np.array([[pd.NA, 0.5]] + [[0.25, 0.75]] * 5, dtype=object))
    assert isinstance(model_of(missing), FunctionClassifier)


def test_a_function_cannot_change_the_users_rows():
    def greedy(rows):
        rows[:] = 0
        return rows[:, 0]

    before = ROWS.copy()
    model_of(greedy).predict(ROWS)
    np.testing.assert_array_equal(ROWS, before)


@pytest.mark.parametrize("answer", [lambda _: 3.0, lambda x: x[:1, 0], lambda x: x[None]])
def test_an_answer_has_an_entry_per_row(answer):
    with pytest.raises(InvalidInputError, match="for each row"):
        model_of(answer)
