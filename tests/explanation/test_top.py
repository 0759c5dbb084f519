"""`Explanation.top`: values of the most important features, and the sum of the others."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import Ridge

from mlflow_explain import TabularExplainer, load_explanation, save_explanation
from mlflow_explain.dashboard import markdown, plain, table, words
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import EvaluatedRows, GlobalImportance
from tests.explanation.test_value import VALUES, binary, made

FRAME = pd.DataFrame(VALUES, columns=["f0", "f1", "f2"])


def test_the_largest_are_kept_in_place_and_the_rest_is_summed():
    whole = made()  # importances 1, 2.5, 0.25
    top = whole.top(1)
    assert top.features == ("f1",)
    assert top.get_feature_importance_dict() == {"f1": 2.5}
    assert (top.other_importance, top.num_left_out) == (1.25, 2)
    np.testing.assert_array_equal(top.local_importance_values, [[-3.0], [2.0]])
    np.testing.assert_array_equal(top.other_importance_values, [1.5, -1.0])
    np.testing.assert_array_equal(top.local.outputs(), whole.local.outputs())
    assert whole.top(2).features == ("f0", "f1")
    assert (whole.num_left_out, whole.other_importance, whole.other_importance_values) == (
        0, None, None,
    )  # fmt: skip


@pytest.mark.parametrize("top_k", [None, 0, 3, 99])
def test_all_features_are_all(top_k):
    whole = made()
    assert whole.top(top_k) is whole


@pytest.mark.parametrize("top_k", [-1, "2", 2.5, 2.0, True, np.nan, [1]])
def test_what_is_no_whole_number_is_refused(top_k):
    with pytest.raises(InvalidInputError, match="`top_k`"):
        made().top(top_k)
    with pytest.raises(InvalidInputError, match="`top_k`"):
        made().get_ranked_global_names(top_k)


def test_a_margin_is_mirrored_in_what_is_left_out_too():
    top = binary().top(1)
    np.testing.assert_array_equal(top.other_importance_values, [[-1.5, 1.0], [1.5, -1.0]])


def test_standard_errors_and_deviations_are_cut_too():
    errors = np.abs(VALUES)[:, :, None]
    whole = made()
    local = replace(whole.local, standard_errors=errors)
    spread = replace(whole.global_, standard_deviations=np.array([0.1, 0.2, 0.3]))
    top = replace(whole, local=local, global_=spread).top(1)
    np.testing.assert_array_equal(top.local.standard_errors, errors[:, [1]])
    assert top.global_.standard_deviations.tolist() == [0.2]


@pytest.mark.parametrize(
    "data",
    [FRAME, VALUES, sparse.csr_matrix(VALUES), FRAME.set_axis([0, 1, 2], axis=1)],
    ids=["frame", "array", "csr", "numbered"],
)
def test_the_rows_keep_no_other_columns(data):
    rows = EvaluatedRows(data=data, ids=np.arange(2), true_y=np.array([1, 0]))
    top = made(rows=rows).top(1)
    found = top.eval_data.toarray() if sparse.issparse(data) else np.asarray(top.eval_data)
    np.testing.assert_array_equal(found, VALUES[:, [1]])
    assert top.true_y.tolist() == [1, 0]


def test_columns_that_cannot_be_told_are_left_out():
    # An explanation of some columns of an array does not say which.
    rows = EvaluatedRows(data=np.ones((2, 7)), ids=np.arange(2))
    assert made(rows=rows).top(1).eval_data.shape == (2, 0)
    named = FRAME.assign(more=0)
    rows = EvaluatedRows(data=named, ids=np.arange(2))
    assert made(rows=rows).top(1).eval_data.columns.tolist() == ["f1"]


@pytest.mark.parametrize("container", [pd.DataFrame, np.asarray, sparse.csr_matrix])
def test_some_features_of_a_model_do_not_become_its_output(container, tmp_path):
    numbers = np.random.default_rng(0).normal(size=(60, 3))
    model = Ridge().fit(numbers, numbers @ [100.0, 2.0, 1.0])
    explainer = TabularExplainer(model, numbers, explain_subset=[1, 2])
    some = explainer.explain_local(container(numbers[:1]))
    folder = save_explanation(some.top(1), tmp_path / "kept")
    for each in (some, some.top(1), load_explanation(folder), replace(some, rows=None)):
        assert each.is_partial
        assert not each.is_additive
        assert "(some features)" in words.of_row(each)
    every = TabularExplainer(model, numbers, explain_subset=[2, 1, 0]).explain_local(numbers[:1])
    assert every.top(1).is_additive
    assert "(some features)" not in words.of_row(every.top(1))


def test_renamed_columns_of_a_subset_are_kept_by_their_positions(tmp_path):
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 4)), columns=list("abcd"))
    model = Ridge().fit(rows, rows @ [4.0, 0.0, 1.0, 2.0])
    explainer = TabularExplainer(model, rows, features=list("ABCD"), explain_subset=["A", "C", "D"])
    top = explainer.explain_global(rows).top(2)
    assert top.features == ("A", "D")
    found = load_explanation(save_explanation(top, tmp_path / "kept"))
    pd.testing.assert_frame_equal(found.eval_data, rows[["a", "d"]])
    np.testing.assert_array_equal(found.eval_y_predicted, model.predict(rows))


def test_raw_and_engineered_are_cut_alike(explanation):
    top = explanation.top(2)
    assert (top.num_features, top.engineered.num_features) == (2, 2)
    assert top.engineered.feature_map is None
    assert list(top.eval_data.columns) == list(top.features)
    assert top.is_additive
    np.testing.assert_allclose(top.local.outputs(), explanation.local.outputs(), rtol=0, atol=1e-12)


def test_it_comes_back_from_disk_with_nothing_of_the_rest(tmp_path):
    rows = EvaluatedRows(data=FRAME, ids=np.arange(2))
    top = made(rows=rows).top(1)
    folder = save_explanation(top, tmp_path / "kept")
    found = load_explanation(folder)
    assert found.features == ("f1",)
    assert (found.other_importance, found.num_left_out) == (1.25, 2)
    np.testing.assert_array_equal(found.other_importance_values, [1.5, -1.0])
    with np.load(folder / "raw" / "local-00000.npz") as kept:
        assert kept["values"].shape == (2, 1, 1)
    assert '"f0"' not in "".join(p.read_text() for p in folder.glob("*.json"))
    lines = json.loads((folder / "global_importance.json").read_text())["data"]
    assert lines == [[1, "f1", 2.5], [None, "sum of 2 others", 1.25]]


def test_everybody_is_told_of_the_others():
    top = made().top(2)
    assert "one sum stands for 1 other" in plain.render(top)
    assert "(top 2 of 3)" in table.fragment(top)
    assert "| | sum of 1 other | 0.25 |" in markdown.importance_table(top)
    assert "others" not in markdown.importance_table(top, 1)
    assert top.to_dict()["other_importance"] == 0.25
    assert top.to_dict()["other_importance_values"] == [0.5, 0.0]
    shap_values = top.to_shap()
    np.testing.assert_array_equal(
        shap_values.values.sum(axis=1) + 0.5, made().local.outputs()[:, 0]
    )
    assert shap_values.feature_names == ["f0", "f1", "1 other"]
    labels = [t.get_text() for t in top.plot("waterfall", row=0).axes[0].get_yticklabels()]
    assert "1 other feature" in labels


def test_what_permutation_costs_is_ranked_by_size():
    values = np.array([0.1, -0.5, 0.2])
    whole = made(local=None, global_=GlobalImportance(values, values[:, None], measure="cost"))
    top = whole.top(1)
    assert top.features == ("f1",)
    assert top.other_importance == pytest.approx(0.3)


@given(st.integers(1, 5), st.integers(1, 5))
def test_cutting_twice_is_cutting_once(first, second):
    values = np.random.default_rng(0).normal(size=(4, 6, 2))
    whole = made(values=values, base=(0.0, 1.0), classes=["a", "b"], model_task="classification")
    twice, once = whole.top(first).top(second), whole.top(min(first, second))
    assert twice.features == once.features
    assert twice.num_left_out == once.num_left_out
    assert twice.other_importance == pytest.approx(once.other_importance)
    np.testing.assert_allclose(twice.local.rest, once.local.rest, atol=1e-12)
