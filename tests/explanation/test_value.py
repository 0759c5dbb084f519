from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlflow_explain import load_explanation, save_explanation
from mlflow_explain.errors import InvalidInputError, LengthMismatchError, MissingPartError
from mlflow_explain.explanation import (
    EvaluatedRows,
    Explanation,
    FeatureMap,
    GlobalImportance,
    LocalImportance,
    aggregate,
)

VALUES = np.array([[1.0, -3.0, 0.5], [-1.0, 2.0, 0.0]])


def made(values=VALUES[:, :, None], base=(0.5,), **changes) -> Explanation:
    local = LocalImportance(values=np.asarray(values), base_values=np.asarray(base))
    settings = {
        "features": [f"f{i}" for i in range(local.n_features)],
        "method": "linear",
        "model_task": "regression",
        "model_type": "Ridge",
        "output_space": "raw",
        "feature_perturbation": "interventional",
        "local": local,
        "global_": aggregate(local),
    }
    return Explanation(**settings | changes)


def binary() -> Explanation:
    return made(classes=["no", "yes"], model_task="classification", output_space="log-odds")


def test_regression_layout_and_global_order():
    explanation = made()
    np.testing.assert_array_equal(explanation.local_importance_values, VALUES)
    np.testing.assert_array_equal(explanation.expected_values, [0.5])
    assert explanation.get_ranked_global_names() == ["f1", "f0", "f2"]
    assert explanation.get_ranked_global_values(2) == [2.5, 1.0]
    assert explanation.get_feature_importance_dict(1) == {"f1": 2.5}
    assert len(explanation.get_feature_importance_dict(0)) == 3
    with pytest.raises(InvalidInputError, match="`top_k`"):
        explanation.get_ranked_global_names(-1)
    assert explanation.global_importance_rank == [1, 0, 2]
    assert (explanation.num_features, explanation.num_examples, explanation.num_classes) == (
        3,
        2,
        1,
    )


def test_local_ranks_are_by_signed_value():
    explanation = made()
    assert explanation.get_local_importance_rank() == [[0, 2, 1], [1, 2, 0]]
    assert explanation.get_ranked_local_names(1) == [["f0"], ["f1"]]
    assert explanation.get_ranked_local_values() == [[1.0, 0.5, -3.0], [2.0, 0.0, -1.0]]


def test_a_binary_margin_is_mirrored():
    explanation = binary()
    np.testing.assert_array_equal(explanation.local_importance_values, [-VALUES, VALUES])
    np.testing.assert_array_equal(explanation.expected_values, [-0.5, 0.5])
    np.testing.assert_array_equal(explanation.per_class_values, [[1.0, 2.5, 0.25]] * 2)
    assert explanation.get_ranked_per_class_names(1) == [["f1"], ["f1"]]
    assert explanation.get_ranked_per_class_values(1) == [[2.5], [2.5]]
    assert explanation.per_class_rank == [[1, 0, 2]] * 2


def test_classes_come_first():
    values = np.arange(12.0).reshape(2, 2, 3)
    explanation = made(values, (1, 2, 3), classes=list("abc"), model_task="classification")
    np.testing.assert_array_equal(explanation.local_importance_values, np.moveaxis(values, 2, 0))
    assert explanation.num_classes == 3


def test_the_callers_arrays_stay_writable_and_ours_are_not():
    values = VALUES[:, :, None].copy()
    explanation = made(values)
    assert values.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        explanation.local.values[0, 0, 0] = 1


def test_what_is_missing_is_said():
    explanation = replace(made(), local=None)
    with pytest.raises(MissingPartError, match="include_local=True"):
        _ = explanation.local_importance_values
    with pytest.raises(MissingPartError, match="global_importance_values"):
        _ = made().per_class_values
    assert explanation.eval_data is None
    assert explanation.true_y is None


def test_a_global_measure_of_all_rows_together_has_no_rows_to_ask_for():
    values = np.array([0.3, 0.1, -0.1])
    whole = GlobalImportance(values, values[:, None], measure="increase of mse")
    explanation = made(local=None, global_=whole, output_space=None, method="pfi")
    for read in (
        lambda: explanation.local_importance_values,
        lambda: explanation.expected_values,
        explanation.to_shap,
        lambda: explanation.plot("beeswarm"),
    ):
        with pytest.raises(MissingPartError, match=r"pfi: one .*KernelExplainer") as raised:
            read()
        assert "include_local" not in str(raised.value)


def test_sums_are_the_output_where_nothing_but_rounding_is_missing():
    for error, is_additive in {0.0: True, 1e-6: True, 0.1: False, np.nan: False}.items():
        assert made(quality={"additivity_error_max": error}).is_additive is is_additive
    assert made().is_additive  # not known
    assert made(VALUES[:, :, None] * 1e6, quality={"additivity_error_max": 0.1}).is_additive
    assert not made(local=None).is_additive


@pytest.mark.parametrize("how", ["pickle", "deepcopy", "copy", "joblib"])
def test_a_copy_is_equal_and_as_frozen(how, tmp_path):
    rows = EvaluatedRows(pd.DataFrame(VALUES), np.arange(2), true_y=np.ones(2))
    explanation = replace(
        binary(), rows=rows, quality={"additivity_error_max": 0.5}, engineered=made()
    )
    if how == "joblib":
        joblib.dump(explanation, tmp_path / "kept")
    again = {
        "pickle": lambda: pickle.loads(pickle.dumps(explanation)),  # noqa: S301
        "deepcopy": lambda: copy.deepcopy(explanation),
        "copy": lambda: copy.copy(explanation),
        "joblib": lambda: joblib.load(tmp_path / "kept"),
    }[how]()
    assert again.to_dict() == explanation.to_dict()
    assert again.engineered.to_dict() == explanation.engineered.to_dict()
    pd.testing.assert_frame_equal(again.eval_data, explanation.eval_data)
    arrays = (again.local.values, again.global_.values, again.true_y, again.engineered.local.values)
    assert not any(array.flags.writeable for array in arrays)
    with pytest.raises(TypeError):
        again.quality["additivity_error_max"] = 0.0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"features": ["a"]}, InvalidInputError),
        ({"classes": ["a", "b", "c"]}, InvalidInputError),
        ({"rows": EvaluatedRows(np.zeros((1, 3)), np.arange(1))}, LengthMismatchError),
    ],
)
def test_shapes_are_checked_at_birth(changes, error):
    with pytest.raises(error):
        made(**changes)


def test_parts_check_their_shapes():
    with pytest.raises(InvalidInputError, match="n_rows, n_features, n_outputs"):
        LocalImportance(VALUES, np.zeros(1))
    with pytest.raises(InvalidInputError, match="per_output"):
        GlobalImportance(np.zeros(2), np.zeros((3, 1)))
    with pytest.raises(LengthMismatchError, match="true_y with 2 entries"):
        EvaluatedRows(np.zeros((2, 1)), np.arange(2), true_y=np.zeros(3))


def test_views():
    explanation = binary()
    pd.testing.assert_frame_equal(
        explanation.to_frame(), pd.DataFrame(VALUES, columns=["f0", "f1", "f2"])
    )
    np.testing.assert_array_equal(explanation.to_frame("no"), -VALUES)
    with pytest.raises(InvalidInputError, match="no, yes"):
        explanation.to_frame("maybe")
    assert list(replace(explanation, local=None).to_frame()["feature"]) == ["f1", "f0", "f2"]
    assert "f1" in repr(explanation)
    assert "<td" in explanation._repr_html_()
    assert len(explanation.plot(top_k=2).axes[0].patches) == 2


def test_to_dict_is_strict_json():
    import json

    values = VALUES[:, :, None].copy()
    values[0, 0, 0] = np.nan
    text = json.dumps(made(values).to_dict(), allow_nan=False)
    assert json.loads(text)["local_importance_values"][0] == [None, -3.0, 0.5]


def test_to_shap_has_the_same_numbers():
    shap = binary().to_shap()
    np.testing.assert_array_equal(shap.values, VALUES)
    np.testing.assert_array_equal(shap.base_values, [0.5, 0.5])
    assert shap.feature_names == ["f0", "f1", "f2"]


def test_raw_explanation_from_given_maps():
    # raw columns a, b; engineered f0, f1 come from a, f2 from b: matrices are (n_raw, n_engineered)
    raw = made(kind="engineered").get_raw_explanation(
        [np.array([[1, 1, 0], [0, 0, 1]])], raw_feature_names=["a", "b"]
    )
    np.testing.assert_array_equal(raw.local_importance_values, [[-2.0, 0.5], [1.0, 0.0]])
    np.testing.assert_array_equal(raw.global_importance_values, [1.5, 0.25])
    assert raw.is_raw
    assert raw.eval_data is None
    assert raw.engineered.is_engineered
    with pytest.raises(MissingPartError, match="feature_maps"):
        made().get_raw_explanation()


FLOATS = st.floats(-1e6, 1e6)


@given(
    values=arrays(
        np.float64, st.tuples(st.integers(0, 4), st.just(5), st.integers(1, 3)), elements=FLOATS
    ),
    raw=arrays(np.int64, 5, elements=st.integers(0, 2)),
)
def test_fold_is_the_product_with_the_map(values, raw):
    matrix = np.zeros((5, 3))
    matrix[np.arange(5), raw] = 1
    local = LocalImportance(values, np.zeros(values.shape[2]))
    folded = FeatureMap.from_matrix(matrix).fold(local)
    np.testing.assert_allclose(
        folded.values, np.einsum("neo,er->nro", values, matrix), rtol=1e-9, atol=1e-6
    )


@given(
    values=arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3)),
        elements=FLOATS,
    )
)
def test_ranks_agree_with_their_values(values):
    explanation = made(values, np.zeros(values.shape[2]), classes=None)
    ranked = explanation.get_ranked_global_values()
    assert ranked == sorted(ranked, reverse=True)
    names = explanation.get_ranked_global_names()
    assert explanation.get_feature_importance_dict() == dict(zip(names, ranked, strict=True))
    for row in np.reshape(explanation.get_ranked_local_values(), (-1, values.shape[1])):
        assert list(row) == sorted(row, reverse=True)


def test_maps_that_do_not_fit_are_told(tmp_path):
    explanation = made(kind="engineered")
    n = explanation.num_features
    for maps in ([], [np.ones((2, n)), np.ones((n + 1, n))], np.ones((2, n))):
        with pytest.raises(InvalidInputError, match="feature_maps"):
            explanation.get_raw_explanation(maps)
    names = pd.Index(["whole"])
    raw = made().get_raw_explanation([np.ones((1, n))], names)
    again = load_explanation(save_explanation(raw, tmp_path / "kept"))
    assert again.features == ("whole",)
    assert again.engineered.features == explanation.features
    assert again.engineered.raw_features == ("whole",)


@pytest.mark.parametrize("figure", [None, "s", [1.0]])
def test_figures_of_quality_are_numbers(figure):
    with pytest.raises(InvalidInputError, match=r"`quality` of numbers by name; .* for n"):
        made(quality={"good": 1.0, "n": figure})
    assert np.isnan(made(quality={"n": np.float32("nan")}).quality["n"])
