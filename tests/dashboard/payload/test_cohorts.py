from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.dashboard.payload.cohorts import Known, given
from mlflow_explain.errors import InvalidInputError, LengthMismatchError

KNOWN = Known({"age": "number", "city": "category"}, {"region": "category"}, ["no", "yes"], 4)


def condition(of="id", relation="in", value=1):
    return {"name": "group", "filter": {"of": of, "is": relation, "value": value}}


def test_filters_are_taken_as_the_page_writes_them():
    wanted = {
        "name": "young or far",
        "filter": {"any": [
            {"of": {"feature": "age"}, "is": "between", "value": [18.0, 30.0]},
            {"all": [
                {"of": {"column": "region"}, "is": "in", "value": ["north", "True"]},
                {"not": {"of": {"attribution": "city", "output": "yes"}, "is": "<", "value": 0.0}},
                {"of": {"probability": "yes"}, "is": ">=", "value": 0.5},
                {"of": "error", "is": "not in", "value": ["FP"]},
                {"of": {"feature": "city"}, "is": "missing"},
            ]},
        ]},
    }  # fmt: skip
    found = given([wanted], KNOWN)
    assert found.specs == [wanted]
    assert found.columns == {}
    # One alone, and numbers of numpy.
    one = given(condition({"feature": "age"}, "<=", np.int64(3)), KNOWN).specs
    assert one == [condition({"feature": "age"}, "<=", 3.0)]
    assert given(condition(value="a"), KNOWN).specs[0]["filter"]["value"] == ["a"]
    assert given(condition(value=[True, 2]), KNOWN).specs[0]["filter"]["value"] == ["True", 2.0]
    since = given(condition({"feature": "age"}, ">", pd.Timestamp("1970-01-02")), KNOWN).specs
    assert since[0]["filter"]["value"] == 86_400_000.0
    assert given(None, KNOWN).specs == []


@pytest.mark.parametrize(("cohorts", "says"), [
    ("young", "a list of dictionaries"),
    ([3], '"name" and "filter"'),
    ([{"name": "a"}], '"name" and "filter"'),
    ([{"name": " ", "filter": {"all": []}}], "name to be text"),
    ([{"name": "a", "filter": []}], "a filter"),
    ([{"name": "a", "filter": {"all": "x"}}], "list of filters"),
    ([{"name": "a", "filter": {"all": [], "any": []}}], "alone"),
    ([condition("weight")], '"of" to be one of'),
    ([condition({"feature": "weight"})], "the name of a feature"),
    ([condition({"column": "age"})], "column of the cohort data"),
    ([condition({"probability": "perhaps"})], "the name of a class"),
    ([condition(relation="like")], "a condition of"),
    ([condition(relation="<", value="3")], "to be a number"),
    ([condition(relation="<", value=float("nan"))], "to be a number"),
    ([condition(relation="between", value=[1])], "two numbers"),
    ([condition(value={"a": 1})], "list of labels"),
    ({"a": [[1], [2]]}, "truth values"),
    ({"a": ["x"]}, "truth values"),
    ({"a": [0, 4]}, "positions from 0 to 3"),
    ({"a": [-1]}, "positions from 0 to 3"),
])  # fmt: skip
def test_others_are_refused(cohorts, says):
    with pytest.raises(InvalidInputError, match=says):
        given(cohorts, KNOWN)


def test_a_filter_may_not_be_endless():
    filter_ = {"of": "id", "is": "present"}
    for _ in range(30):
        filter_ = {"not": filter_}
    with pytest.raises(InvalidInputError, match="20 deep"):
        given([{"name": "a", "filter": filter_}], KNOWN)


def test_rows_become_a_column_of_membership():
    found = given({"first": [0, 2], "second": pd.Series([True, False, False, True])}, KNOWN)
    assert [spec["name"] for spec in found.specs] == ["first", "second"]
    assert found.specs[0]["filter"] == {
        "of": {"column": "in cohort first"}, "is": "in", "value": ["True"],
    }  # fmt: skip
    assert found.columns["in cohort first"].values.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert found.columns["in cohort second"].values.tolist() == [1.0, 0.0, 0.0, 1.0]
    assert found.columns["in cohort second"].type == "boolean"
    assert not given({"none": []}, KNOWN).columns["in cohort none"].values.any()
    with pytest.raises(LengthMismatchError, match="3"):
        given({"a": np.array([True, False, True])}, KNOWN)


@pytest.mark.parametrize("of", [
    {"feature": "city"}, {"column": "region"}, "predicted", "actual", "error", "correct",
])  # fmt: skip
@pytest.mark.parametrize("relation", ["<", "<=", ">", ">=", "between"])
def test_labels_are_not_compared(of, relation):
    value = [0, 1] if relation == "between" else 1
    with pytest.raises(InvalidInputError, match='"in", "not in", "missing" or "present"'):
        given(condition(of, relation, value), KNOWN)
    assert given(condition(of, "not in", ["a"]), KNOWN).specs


def test_values_of_a_regression_and_ids_are_compared_as_far_as_they_are_numbers():
    regression = KNOWN._replace(classes=[])
    assert given(condition("actual", ">", 1), regression).specs
    assert given(condition("id", ">", 1), regression).specs
    with pytest.raises(InvalidInputError, match="labels"):
        given(condition("id", ">", 1), KNOWN._replace(ids="category"))


def test_groups_by_what_the_page_does_not_hold_are_left_out():
    absent = KNOWN._replace(features={"age": "number", "city": "absent"})
    nested = {"all": [{"not": {"of": {"feature": "city"}, "is": "in", "value": ["Ulm"]}}]}
    found = given([{"name": "a", "filter": nested}, condition("id")], absent)
    assert [spec["name"] for spec in found.specs] == ["group"]
    assert found.n_left_out == 1
    bare = KNOWN._replace(with_data=False)
    assert given({"rich": [0, 1]}, bare) == ([], {}, 1)
    assert given(condition("predicted", "in", ["yes"]), bare).n_left_out == 1
    assert given(condition({"attribution": "age"}, ">", 0), bare).specs
