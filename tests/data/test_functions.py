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
    with pytest.raises(InvalidInputError, match="Leave `model_task` out"):
        model_of(lambda x: x[:, 0] + 0.5, "classification")


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
