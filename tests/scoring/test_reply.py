from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlflow_explain import TabularExplainer
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.scoring import reply
from mlflow_explain.scoring.options import ReplyOptions, checked
from mlflow_explain.scoring.reasons import Reasons


@pytest.fixture(scope="module")
def three(iris_boosting, iris):
    return TabularExplainer(iris_boosting, iris[0]).create_scoring_explainer().scorer


@pytest.fixture(scope="module")
def two(explainer):
    return explainer.create_scoring_explainer().scorer


def columns(explainer, local, positions=None, **options):
    given = checked(ReplyOptions(**options), explainer)
    return reply.explanation_columns(explainer, Reasons.of(local), given, positions)


def test_two_classes_explain_the_positive_one(two, applications):
    local = two.local(applications.test.head(3))
    default = columns(two, local, np.array([0, 1, 0]))
    assert default["explained_output"] == ["yes"] * 3
    assert default["expected_value"] == [two.expected_values[1]] * 3
    row = default["local_importance_values"][0]
    assert list(row) == list(two.features)
    assert list(row.values()) == local.values[0, :, 0].tolist()
    predicted = columns(two, local, np.array([0, 1, 0]), output="predicted")
    assert predicted["explained_output"] == ["no", "yes", "no"]
    assert predicted["local_importance_values"][0] == {k: -v for k, v in row.items()}
    assert columns(two, local, output="no")["expected_value"] == [two.expected_values[0]] * 3


def test_more_classes_explain_the_predicted_one(three, iris):
    local = three.local(iris[0].iloc[[0, 60, 120]])
    found = columns(three, local, np.array([0, 1, 2]))
    assert found["explained_output"] == ["0", "1", "2"]
    for i, row in enumerate(found["local_importance_values"]):
        assert list(row.values()) == local.values[i, :, i].tolist()
    assert columns(three, local, output="1")["explained_output"] == ["1"] * 3


def test_all_outputs(three, iris):
    local = three.local(iris[0].iloc[[0, 60]])
    found = columns(three, local, np.array([0, 1]), output="all", top_k=2)
    assert found["explained_output"] == ["0", "1"]
    assert found["all_expected_values"][0] == dict(zip("012", local.base_values, strict=True))
    for i in range(2):
        every = found["all_local_importance_values"][i]
        assert list(every) == ["0", "1", "2"]
        assert every[str(i)] == found["local_importance_values"][i]
        assert {len(row) for row in every.values()} == {2}


def test_top_k_keeps_the_largest_and_sums_the_rest(two, applications):
    local = two.local(applications.test.head(20))
    found = columns(two, local, top_k=3)
    for i, row in enumerate(found["local_importance_values"]):
        values = local.values[i, :, 0]
        assert list(row.values()) == sorted(row.values(), key=abs, reverse=True)
        assert set(row.values()) == set(sorted(values, key=abs)[-3:])
        assert sum(row.values()) + found["other_importance"][i] == pytest.approx(values.sum())
    assert columns(two, local, top_k=999)["other_importance"] == [0.0] * 20
    assert "other_importance" not in columns(two, local)


def test_rows_without_numbers_say_so(two):
    values = np.ones((2, 11, 1))
    values[0, 3, 0] = np.nan
    found = columns(two, LocalImportance(values, two.engine.base_values), output="all")
    assert found["local_importance_values"][0] == {}
    assert found["explanation_status"] == [reply.NOT_FINITE, "ok"]
    assert found["all_local_importance_values"][0]["yes"]["ccs"] is None


def test_classes_named_like_an_option_do_not_hide_it(two, applications):
    risky = replace(two, labels=("default", "paid"))
    local = two.local(applications.test.head(2))
    assert columns(risky, local)["explained_output"] == ["paid", "paid"]
    predicted = columns(risky, local, np.array([0, 1]), output="predicted")
    assert predicted["explained_output"] == ["default", "paid"]


def test_67_options_that_cannot_be_answered(two):
    with pytest.raises(InvalidInputError, match="`top_k`"):
        checked(ReplyOptions(top_k=-1), two)
    with pytest.raises(InvalidInputError, match="default, predicted, all, no, yes; got 'perhaps'"):
        checked(ReplyOptions(output="perhaps"), two)


def test_labels_travel_as_strings_and_numbers_as_numbers(three, two):
    probabilities = np.array([[0.2, 0.3, 0.5]])
    found = reply.prediction_columns(three, np.array([2]), probabilities, labelled=True)
    assert found == {"prediction": ["2"], "probabilities": [{"0": 0.2, "1": 0.3, "2": 0.5}]}
    regression = replace(two, classes=None, labels=None)
    numbers = reply.prediction_columns(regression, np.array([1.5]), None, labelled=False)
    assert numbers == {"prediction": [1.5]}


def test_positions_of_predictions(three, two):
    assert two.output_positions(np.array(["yes", "no"])).tolist() == [1, 0]
    assert three.output_positions(np.array([[0.1, 0.8, 0.1]])).tolist() == [1]
    assert replace(two, labels=None).output_positions(np.array([3.0])) is None
