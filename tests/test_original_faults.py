"""Faults of the original SDK, each with a test that shows ours right."""

from __future__ import annotations

import json

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import (
    ExplanationAdapter,
    KernelExplainer,
    LGBMExplainableModel,
    LinearExplainer,
    MimicExplainer,
    PFIExplainer,
    SamplingPolicy,
    TabularExplainer,
    TreeExplainer,
    load_explanation,
    save_explanation,
)


@pytest.fixture(scope="module")
def binary():
    return make_classification(200, 5, random_state=0)


@pytest.fixture(scope="module")
def three():
    return make_classification(200, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)


def test_a_pipeline_is_not_left_to_the_slow_explainer(pipeline, applications):
    assert TabularExplainer(pipeline, applications.train).method == "tree"


def test_binary_gradient_boosting_is_a_classification_and_takes_classes(binary):
    x, y = binary
    model = GradientBoostingClassifier(n_estimators=5).fit(x, y)
    explanation = TabularExplainer(model, x, classes=["no", "yes"]).explain_global(x)
    assert explanation.model_task == "classification"
    assert explanation.classes == ("no", "yes")
    values = explanation.local_importance_values
    assert values.shape == (2, 200, 5)
    np.testing.assert_array_equal(values[0], -values[1])


@pytest.mark.parametrize("explainer", [TabularExplainer, KernelExplainer, LinearExplainer])
def test_unknown_arguments_are_named(binary, explainer):
    x, y = binary
    with pytest.raises(TypeError, match="unexpected keyword argument 'feature_names'"):
        explainer(LogisticRegression().fit(x, y), x, feature_names=list("abcde"))


def test_trees_explain_a_subset(three):
    x, y = three
    model = DecisionTreeClassifier(random_state=0).fit(x, y)
    whole = TreeExplainer(model, x, features=list("abcde")).explain_global(x)
    some = TreeExplainer(model, x, explain_subset=["d", 1], features=list("abcde"))
    found = some.explain_global(x)
    assert found.features == ("d", "b")
    np.testing.assert_array_equal(
        found.local_importance_values, whole.local_importance_values[:, :, [3, 1]]
    )


def test_permutation_of_what_a_regression_needs_is_important():
    x, y = make_regression(200, 3, n_informative=1, random_state=0)
    model = LinearRegression().fit(x, y)
    explanation = PFIExplainer(model).explain_global(x, true_labels=y)
    needed = int(np.abs(model.coef_).argmax())
    assert explanation.global_importance_rank[0] == needed
    assert explanation.global_importance_values[needed] > 0


def test_a_second_call_of_mimic_has_predictions_of_its_own(binary):
    x, y = binary
    model = LogisticRegression().fit(x, y)
    explainer = MimicExplainer(model, x, LGBMExplainableModel)
    explainer.explain_global(x)
    again = explainer.explain_global(x[:7])
    np.testing.assert_array_equal(again.eval_y_predicted, model.predict(x[:7]))
    np.testing.assert_array_equal(again.eval_y_predicted_proba, model.predict_proba(x[:7]))


def test_one_row_of_a_forest_of_three_classes(three):
    x, y = three
    model = RandomForestClassifier(5, random_state=0).fit(x, y)
    one = TabularExplainer(model, x).explain_local(x[0])
    assert one.local_importance_values.shape == (3, 1, 5)


def test_labels_that_are_words_do_not_lose_fidelity(binary):
    x, y = binary
    words = np.where(y == 1, "yes", "no")
    numbered = MimicExplainer(LogisticRegression().fit(x, y), x, LGBMExplainableModel)
    worded = MimicExplainer(LogisticRegression().fit(x, words), x, LGBMExplainableModel)
    measure = numbered.get_surrogate_model_replication_measure(x)
    assert measure > 0.9
    assert worded.get_surrogate_model_replication_measure(x) == measure


def test_what_is_no_number_is_not_kept_as_zero(tmp_path):
    values = np.array([[1.0, np.nan], [2.0, 3.0]])
    made = ExplanationAdapter(["a", "b"]).create_local(values)
    kept = load_explanation(save_explanation(made, tmp_path / "kept"))
    np.testing.assert_array_equal(kept.local_importance_values, values)
    strict = json.loads(json.dumps(kept.to_dict(), allow_nan=False))
    assert strict["local_importance_values"] == [[1.0, None], [2.0, 3.0]]


def test_top_k_holds_above_a_hundred_features():
    x, y = make_regression(150, 120, n_informative=3, random_state=0)
    explanation = LinearExplainer(LinearRegression().fit(x, y), x).explain_global(x)
    top = explanation.get_ranked_global_names(4)
    largest = np.argsort(-explanation.global_importance_values)[:4]
    assert top == [explanation.features[i] for i in largest]
    assert len(explanation.get_feature_importance_dict(110)) == 110


def test_what_is_drawn_has_a_seed():
    x, y = make_regression(700, 4, random_state=0)
    policy = SamplingPolicy(allow_eval_sampling=True, sampling_method="random")
    found = [
        LinearExplainer(LinearRegression().fit(x, y), x).explain_global(x, sampling_policy=policy)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(found[0].rows.ids, found[1].rows.ids)
    np.testing.assert_array_equal(
        found[0].local_importance_values, found[1].local_importance_values
    )


@pytest.mark.parametrize("model", [RandomForestClassifier(5), LGBMClassifier(verbose=-1)])
def test_scoring_output_is_json_of_one_shape(three, model):
    x, y = three
    scoring = TabularExplainer(model.fit(x, y), x).create_scoring_explainer(x)
    found = json.loads(json.dumps({"values": scoring.explain(x), "base": scoring.expected_values}))
    assert np.shape(found["values"]) == (3, 200, 5)
    assert np.shape(found["base"]) == (3,)


def test_the_kernel_explainer_keeps_all_features():
    # shap's own default keeps ten of them and answers zero for the others.
    rows = np.random.default_rng(0).normal(size=(20, 14))
    weights = np.linspace(0.1, 0.3, 14)
    explainer = KernelExplainer(
        lambda x: np.tanh(x @ weights), rows, nsamples=400, show_progress=False
    )
    local = explainer.explain_local(rows[:2])
    assert (np.abs(local.local_importance_values) > 1e-6).all()


def test_interventional_trees_are_right_on_thresholds_and_use_all_rows(three):
    x, y = three
    rows = np.round(x)
    model = RandomForestClassifier(5, random_state=0).fit(rows, y)
    # Thresholds of trees on whole numbers are halves: rows of halves lie on them.
    halves = rows + 0.5
    explainer = TreeExplainer(model, halves, feature_perturbation="interventional")
    explanation = explainer.explain_global(halves)
    assert explanation.quality["additivity_error_max"] < 1e-9
    assert explanation.background.n_rows == 100
    chosen = explainer.subject.template.data
    np.testing.assert_allclose(
        explanation.expected_values, model.predict_proba(chosen).mean(axis=0), atol=1e-9
    )
