"""Functions as models. The public tests are beside the explainers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.data.functions import (
    FunctionClassifier,
    FunctionLabels,
    FunctionRegressor,
    as_model,
)
from mlflow_explain.errors import InvalidInputError

ROWS = np.arange(12.0).reshape(6, 2)


def model_of(function, task="unknown", **given):
    return as_model(function, ROWS, is_function=False, model_task=task, **given)


def test_what_a_function_answers_says_what_it_is():
    assert isinstance(model_of(lambda x: x[:, 0]), FunctionRegressor)
    assert isinstance(model_of(lambda x: x[:, [0]]), FunctionRegressor)
    assert isinstance(model_of(lambda x: x[:, 0].astype(int)), FunctionRegressor)
    assert isinstance(model_of(lambda x: x, "regression"), FunctionRegressor)
    assert isinstance(model_of(lambda x: x / 12), FunctionClassifier)
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
