"""Faults that a hunt through all explainers found, each as it was met."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from mlflow_explain import (
    DecisionTreeExplainableModel,
    ExplanationAdapter,
    KernelExplainer,
    MimicExplainer,
    TabularExplainer,
    load_explanation,
    save_explanation,
)
from mlflow_explain.errors import FeatureError, InvalidInputError

ROWS = np.random.default_rng(1).normal(size=(80, 3))


class First:
    """A model of the user's own: it has `fit`, and is no estimator of scikit-learn."""

    def fit(self, rows, labels):
        return self

    def predict(self, rows):
        return rows[:, 0]


class Chances:
    """A classifier that tells probabilities, and not its classes."""

    def predict_proba(self, rows):
        chance = 1 / (1 + np.exp(-rows[:, 0]))
        return np.column_stack([1 - chance, chance])

    def predict(self, rows):
        return self.predict_proba(rows).argmax(axis=1)


def test_models_that_are_no_estimators_are_explained():
    local = KernelExplainer(First(), ROWS, show_progress=False).explain_local(ROWS[:4])
    expected = np.zeros((4, 3))
    expected[:, 0] = ROWS[:4, 0] - ROWS[:, 0].mean()
    np.testing.assert_allclose(local.local_importance_values, expected, atol=1e-12)


def test_a_model_that_tells_probabilities_is_a_classifier():
    explained = KernelExplainer(Chances(), ROWS, classes=["no", "yes"], show_progress=False)
    explanation = explained.explain_global(ROWS[:4])
    assert explanation.model_task == "classification"
    assert explanation.classes == ("no", "yes")
    with pytest.raises(InvalidInputError, match="Pass `classes`"):
        KernelExplainer(Chances(), ROWS, show_progress=False)


def test_importances_with_names_are_put_in_order():
    values = pd.DataFrame([[3.0, 2.0, 1.0]], columns=list("cba"))
    rows = pd.DataFrame(ROWS[:1], columns=list("abc"))
    made = ExplanationAdapter().create_local(values, rows, 0.0)
    assert made.get_feature_importance_dict() == {"c": 3.0, "b": 2.0, "a": 1.0}
    assert ExplanationAdapter().create_local(values).features == ("c", "b", "a")
    several = ExplanationAdapter(classification=True).create_local([-values, values], rows)
    assert several.local_importance_values[1].tolist() == [[1.0, 2.0, 3.0]]
    with pytest.raises(FeatureError, match="those of c, b, a"):
        ExplanationAdapter(features=["x", "y", "z"]).create_local(values)


def test_a_series_of_importances_is_put_in_order():
    ranked = pd.Series([3.0, 2.0, 1.0], index=["c", "a", "b"])
    made = ExplanationAdapter(["a", "b", "c"]).create_global(ranked)
    assert made.get_feature_importance_dict() == {"c": 3.0, "a": 2.0, "b": 1.0}
    assert ExplanationAdapter().create_global(ranked).features == ("c", "a", "b")
    plain = ExplanationAdapter(["x", "y", "z"]).create_global(pd.Series([3.0, 2.0, 1.0]))
    assert plain.global_importance_values.tolist() == [3.0, 2.0, 1.0]
    with pytest.raises(FeatureError, match="those of c, a, b"):
        ExplanationAdapter(["x", "y", "z"]).create_global(ranked)


def test_a_subset_in_another_order_keeps_its_values(tmp_path):
    model = LinearRegression().fit(ROWS, ROWS @ [1.0, 2.0, 3.0])
    for subset in ([2, 1, 0], [2]):
        made = TabularExplainer(model, ROWS, explain_subset=subset).explain_global(ROWS)
        again = load_explanation(save_explanation(made, tmp_path / f"kept-{len(subset)}"))
        for explanation in (made, again):
            np.testing.assert_array_equal(explanation.to_shap().data, ROWS[:, subset])
            slopes = explanation.local_importance_values / (ROWS - ROWS.mean(axis=0))[:, subset]
            np.testing.assert_allclose(slopes, np.tile(np.add(subset, 1.0), (80, 1)), rtol=1e-6)


def test_a_dictionary_of_numpys_labels_is_json():
    labels = (ROWS[:, 0] > 0).astype(int)
    model = RandomForestClassifier(5, random_state=0).fit(ROWS, labels)
    made = ExplanationAdapter(classes=model.classes_).create_local(ROWS, ROWS, 0.0)
    assert json.loads(json.dumps(made.to_dict()))["classes"] == [0, 1]


def test_a_tree_mimics_sparse_rows_with_missing_values():
    rows = sparse.random(200, 5, 0.3, format="csr", random_state=0)
    rows.data[::9] = np.nan
    target = np.random.default_rng(0).normal(size=200)
    model = lightgbm.LGBMRegressor(n_estimators=9, verbose=-1).fit(rows, target)
    explainer = MimicExplainer(model, rows, DecisionTreeExplainableModel)
    assert np.isfinite(explainer.explain_local(rows[:5]).local_importance_values).all()


def test_probabilities_are_one_per_class():
    adapter = ExplanationAdapter(classes=["no", "yes"])
    with pytest.raises(InvalidInputError, match=r"\(n_rows, 2\)"):
        adapter.create_local(ROWS, ROWS, 0.0, probabilities=np.ones((80, 5)))


def test_rows_the_teacher_refuses_are_told_when_agreement_is_measured():
    labels = (ROWS[:, 0] > 0).astype(int)
    model = RandomForestClassifier(5, random_state=0).fit(ROWS, labels)
    explainer = MimicExplainer(model, ROWS, DecisionTreeExplainableModel)
    infinite = ROWS.copy()
    infinite[0, 1] = np.inf
    with pytest.raises(InvalidInputError, match="infinity in column 1"):
        explainer.get_surrogate_model_replication_measure(infinite)
