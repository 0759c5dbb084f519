"""Engines against enumeration of the game, and against the libraries' own numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlflow_explain import TabularExplainer
from tests import truths


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(200, 4))
    score = rows[:, 0] * rows[:, 1] + np.abs(rows[:, 2])
    return rows, score, np.digitize(score, [0.3, 1.2])


def test_lightgbm_regression_equals_enumeration(data):
    rows, score, _ = data
    model = LGBMRegressor(n_estimators=6, num_leaves=6, min_child_samples=5, verbose=-1)
    model.fit(rows, score)
    explanation = TabularExplainer(model, rows).explain_local(rows[:5])
    for row, values in zip(rows, explanation.local_importance_values, strict=False):
        game = truths.lightgbm_game(model.booster_, row, 0)
        np.testing.assert_allclose(values, truths.shapley(game, 4), atol=1e-12)
        assert explanation.expected_values[0] == pytest.approx(game(frozenset()), abs=1e-12)


def test_lightgbm_classes_equal_enumeration_and_native_contributions(data):
    rows, _, labels = data
    model = LGBMClassifier(n_estimators=4, num_leaves=5, min_child_samples=5, verbose=-1)
    model.fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_local(rows[:3])
    native = model.predict(rows[:3], pred_contrib=True).reshape(3, 3, 5)
    values = explanation.local_importance_values
    np.testing.assert_allclose(values, np.moveaxis(native[:, :, :4], 0, 1), atol=1e-13)
    for output in range(3):
        game = truths.lightgbm_game(model.booster_, rows[0], output)
        np.testing.assert_allclose(values[output, 0], truths.shapley(game, 4), atol=1e-12)


def test_a_pipelines_engineered_and_raw_values_equal_enumeration():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"a": rng.normal(size=200), "c": rng.choice(list("xyz"), 200)})
    target = rows.a * (rows.c == "x") + (rows.c == "y")
    preprocess = make_column_transformer((StandardScaler(), ["a"]), (OneHotEncoder(), ["c"]))
    trees = LGBMRegressor(n_estimators=5, num_leaves=6, min_child_samples=5, verbose=-1)
    preprocess.set_output(transform="default")
    model = make_pipeline(preprocess, trees).fit(rows, target)
    found = TabularExplainer(model, rows).explain_local(rows.head(6))
    for i, row in enumerate(preprocess.transform(rows.head(6))):
        truth = truths.shapley(truths.lightgbm_game(trees.booster_, row, 0), 4)
        engineered = found.engineered.local_importance_values[i]
        np.testing.assert_allclose(engineered, truth, atol=1e-12)
        raw = [truth[0], truth[1:].sum()]
        np.testing.assert_allclose(found.local_importance_values[i], raw, atol=1e-12)


@pytest.mark.parametrize("family", [DecisionTreeClassifier, RandomForestClassifier])
def test_sklearn_probabilities_equal_enumeration(data, family):
    rows, _, labels = data
    model = family(max_depth=4, random_state=0)
    if family is RandomForestClassifier:
        model.set_params(n_estimators=3)
    model.fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_local(rows[:3])
    assert explanation.output_space == "probability"
    trees = [m.tree_ for m in getattr(model, "estimators_", [model])]
    for output in range(3):
        for row, values in zip(rows, explanation.local_importance_values[output], strict=False):
            each = [truths.shapley(truths.sklearn_game(t, row, output), 4) for t in trees]
            np.testing.assert_allclose(values, np.mean(each, axis=0), atol=1e-12)


def test_binary_gradient_boosting_is_a_classifier_in_log_odds(data):
    rows, score, _ = data
    model = GradientBoostingClassifier(n_estimators=5, max_depth=2).fit(rows, score > 0.5)
    explanation = TabularExplainer(model, rows, classes=["low", "high"]).explain_local(rows[:4])
    assert explanation.output_space == "log-odds"
    assert explanation.local_importance_values.shape == (2, 4, 4)
    rate = model.learning_rate
    for row, values in zip(rows, explanation.local_importance_values[1], strict=False):
        each = [
            truths.shapley(truths.sklearn_game(stage[0].tree_, row, 0), 4)
            for stage in model.estimators_
        ]
        np.testing.assert_allclose(values, rate * np.sum(each, axis=0), atol=1e-12)


def test_tree_with_missing_values_equals_its_own_prediction(data):
    rows, score, _ = data
    rows = rows.copy()
    rows[::7, 0] = np.nan
    model = DecisionTreeRegressor(max_depth=5, random_state=0).fit(rows, score)
    explanation = TabularExplainer(model, rows).explain_local(rows)
    sums = explanation.expected_values[0] + explanation.local_importance_values.sum(axis=1)
    np.testing.assert_allclose(sums, model.predict(rows), atol=1e-12)


@pytest.mark.parametrize("model", [Ridge(), LogisticRegression(), PoissonRegressor()])
def test_linear_models_equal_enumeration_of_the_interventional_game(data, model):
    rows, score, _ = data
    model.fit(rows, score > 0.5 if isinstance(model, LogisticRegression) else score - score.min())

    def linear_score(x):
        return x @ np.ravel(model.coef_) + np.ravel(model.intercept_)

    background = rows[:50]
    explanation = TabularExplainer(model, background).explain_local(rows[:3])
    values = explanation.local_importance_values
    values = values[-1] if values.ndim == 3 else values
    for row, found in zip(rows, values, strict=False):
        game = truths.interventional_game(linear_score, row, background)
        np.testing.assert_allclose(found, truths.shapley(game, 4), atol=1e-12)
    assert explanation.expected_values[-1] == pytest.approx(linear_score(background).mean())
