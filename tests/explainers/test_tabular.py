"""The explainer through its public API. Numbers are those of the list of bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import (
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from examples import mortgage
from mlflow_explain import TabularExplainer
from mlflow_explain.errors import (
    FeatureError,
    InvalidInputError,
    UnfittedModelError,
    UnsupportedModelError,
)


def test_raw_values_are_the_sums_of_engineered_ones(explanation):
    engineered = explanation.engineered
    assert explanation.features == tuple(mortgage.NUMBERS + mortgage.CATEGORIES)
    assert (explanation.is_raw, engineered.is_engineered) == (True, True)
    assert engineered.id == explanation.id
    for position, column in enumerate(explanation.features):
        own = [i for i, name in enumerate(engineered.features)
               if name == column or name.startswith(f"{column}_")]  # fmt: skip
        np.testing.assert_allclose(
            explanation.local_importance_values[:, :, position],
            engineered.local_importance_values[:, :, own].sum(axis=2),
            atol=1e-14,
        )
    np.testing.assert_array_equal(
        explanation.global_importance_values,
        np.abs(explanation.local_importance_values[1]).mean(axis=0),
    )


def test_engineered_values_are_lightgbms_own(explanation, pipeline, applications):
    trees = pipeline[-1]
    native = trees.predict(pipeline[:-1].transform(applications.test), pred_contrib=True)
    values = explanation.engineered.local_importance_values[1]
    np.testing.assert_allclose(values, native[:, :-1], atol=1e-13)
    assert explanation.expected_values[1] == pytest.approx(native[0, -1], abs=1e-13)


def test_base_plus_values_is_the_log_odds_of_every_row(explanation, pipeline, applications):
    probability = pipeline.predict_proba(applications.test)[:, 1]
    sums = explanation.expected_values[1] + explanation.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, np.log(probability / (1 - probability)), atol=1e-9, rtol=0)
    assert explanation.quality["additivity_error_max"] <= 1e-9


def test_predictions_and_rows_are_the_users(explanation, pipeline, applications):
    np.testing.assert_array_equal(explanation.eval_y_predicted, pipeline.predict(applications.test))
    np.testing.assert_array_equal(
        explanation.eval_y_predicted_proba, pipeline.predict_proba(applications.test)
    )
    pd.testing.assert_frame_equal(explanation.eval_data, applications.test)
    assert explanation.classes == ("no", "yes")
    assert explanation.background.n_rows == 100


def test_one_row_of_any_shape(explainer, applications, explanation):
    expected = explanation.local_importance_values[:, :1]
    row = applications.test.iloc[0]
    for given in (row, applications.test.iloc[[0]], row.to_numpy(), row.tolist()):
        found = explainer.explain_local(given).local_importance_values
        np.testing.assert_array_equal(found, expected)


def test_a_row_of_an_array_for_three_classes(iris):
    rows, labels = iris[0].to_numpy(), iris[1]
    forest = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    local = TabularExplainer(forest, rows, features=list("abcd")).explain_local(rows[0])
    assert local.local_importance_values.shape == (3, 1, 4)
    assert np.shape(local.get_ranked_local_names()) == (3, 1, 4)


def test_batches_give_the_same_values(explainer, applications, explanation):
    again = explainer.explain_global(applications.test, batch_size=97)
    np.testing.assert_array_equal(
        again.local_importance_values, explanation.local_importance_values
    )
    pd.testing.assert_frame_equal(again.engineered.eval_data, explanation.engineered.eval_data)
    lean = explainer.explain_global(applications.test, include_local=False, batch_size=97)
    assert lean.local is None
    np.testing.assert_allclose(
        lean.global_importance_values, explanation.global_importance_values, rtol=1e-12
    )
    with pytest.raises(InvalidInputError, match="batch_size"):
        explainer.explain_global(applications.test, batch_size=0)


def test_no_rows_give_an_empty_explanation(explainer, applications):
    empty = explainer.explain_global(applications.test.iloc[:0])
    assert empty.local_importance_values.shape == (2, 0, 11)
    assert not empty.global_importance_values.any()


def test_a_subset_of_the_features(pipeline, applications, explanation):
    some = TabularExplainer(pipeline, applications.train, explain_subset=["lvr", 0])
    found = some.explain_global(applications.test)
    assert found.features == ("lvr", "dir")
    np.testing.assert_array_equal(
        found.local_importance_values, explanation.local_importance_values[:, :, [2, 0]]
    )
    with pytest.raises(InvalidInputError, match="unheard"):
        TabularExplainer(pipeline, applications.train, explain_subset=["unheard"])
    with pytest.raises(InvalidInputError, match="99"):
        TabularExplainer(pipeline, applications.train, explain_subset=[99])


def test_transformations_beside_the_estimator(pipeline, applications, explanation):
    explainer = TabularExplainer(
        pipeline[-1], applications.train, transformations=pipeline[0], classes=["no", "yes"]
    )
    found = explainer.explain_global(applications.test)
    np.testing.assert_array_equal(
        found.local_importance_values, explanation.local_importance_values
    )
    np.testing.assert_array_equal(found.eval_y_predicted, explanation.eval_y_predicted)
    with pytest.raises(InvalidInputError, match="its own"):
        TabularExplainer(pipeline, applications.train, transformations=pipeline[0])
    with pytest.raises(InvalidInputError, match="fitted ColumnTransformer"):
        TabularExplainer(pipeline[-1], applications.train, transformations=[(["dir"], None)])


def test_nested_pipelines_and_class_names(iris):
    rows, labels = iris
    inner = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    model = make_pipeline(StandardScaler(), inner).fit(rows, labels)
    explanation = TabularExplainer(model, rows, classes=["s", "v", "w"]).explain_global(rows)
    assert (explanation.method, explanation.classes) == ("linear", ("s", "v", "w"))
    scores = model.decision_function(rows)
    sums = explanation.local_importance_values.sum(axis=2) + explanation.expected_values[:, None]
    np.testing.assert_allclose(sums, scores.T, atol=1e-12)


@pytest.mark.parametrize("steps", [[], [("p", "passthrough")]])
def test_pipelines_without_preprocessing(iris, steps):
    model = Pipeline([*steps, ("m", LogisticRegression(max_iter=500))]).fit(*iris)
    found = TabularExplainer(model, iris[0]).explain_local(iris[0])
    assert found.engineered is None
    sums = found.local_importance_values.sum(axis=2) + found.expected_values[:, None]
    np.testing.assert_allclose(sums, model.decision_function(iris[0]).T, atol=1e-12)


def test_1_unfitted_models_are_refused(applications):
    for model in (LGBMClassifier(), mortgage.pipeline(1, 0.1, 2, 0), LinearRegression()):
        with pytest.raises(UnfittedModelError, match="Call `fit` first"):
            TabularExplainer(model, applications.train)


def test_2_models_without_predict_are_refused(applications):
    for model in (object(), StandardScaler(), make_pipeline(StandardScaler())):
        with pytest.raises(UnsupportedModelError):
            TabularExplainer(model, applications.train)


def test_models_no_exact_engine_explains_are_asked_in_raw_columns_with_the_reasons(iris):
    rows, labels = iris
    explainer = TabularExplainer(make_pipeline(StandardScaler(), SVC()).fit(rows, labels), rows)
    assert explainer.method == "kernel"
    reasons = {refusal.engine: refusal.reason for refusal in explainer.choice.refusals}
    assert list(reasons) == ["tree", "catboost", "linear", "kernel machine", "composed", "deep"]
    assert "SVC is not a linear model" in reasons["linear"]
    assert "3 classes" in reasons["kernel machine"]
    found = explainer.explain_local(rows.iloc[[0, 70]])
    assert (found.features, found.is_raw) == (tuple(rows.columns), True)
    sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    own = explainer.subject.whole.model.decision_function(rows.iloc[[0, 70]])
    np.testing.assert_allclose(sums.T, own, atol=1e-12)


def test_9_unknown_categories_follow_the_model(explainer, pipeline, applications):
    rows = applications.test.head(3).assign(pbcr="never seen")
    found = explainer.explain_local(rows)
    np.testing.assert_array_equal(found.eval_y_predicted_proba, pipeline.predict_proba(rows))
    assert np.isfinite(found.local_importance_values).all()
    assert found.quality["additivity_error_max"] <= 1e-9


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA, pd.NaT])
def test_10_missing_values_of_every_kind_work(explainer, pipeline, applications, gap):
    rows = applications.test.head(4).copy()
    rows.loc[rows.index[0], "pbcr"] = gap
    rows.loc[rows.index[1], "dir"] = np.nan
    found = explainer.explain_local(rows)
    np.testing.assert_array_equal(found.eval_y_predicted_proba, pipeline.predict_proba(rows))
    assert found.quality["additivity_error_max"] <= 1e-9


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_10_string_columns_of_every_dtype_work(applications, dtype):
    words = mortgage.CATEGORIES[:-1]
    train = applications.train.astype(dict.fromkeys(words, dtype))
    model = mortgage.pipeline(10, 0.1, 7, 0).fit(train, applications.train_y)
    explainer = TabularExplainer(model, train)
    found = explainer.explain_global(train.head(50))
    assert found.quality["additivity_error_max"] <= 1e-9
    np.testing.assert_array_equal(
        explainer.explain_local(train.iloc[0]).local_importance_values,
        found.local_importance_values[:, :1],
    )


def test_11_12_14_columns_are_matched_by_name(explainer, applications, explanation):
    backwards = applications.test[applications.test.columns[::-1]].assign(more=1)
    found = explainer.explain_global(backwards)
    np.testing.assert_array_equal(
        found.local_importance_values, explanation.local_importance_values
    )
    with pytest.raises(FeatureError, match="without lvr"):
        explainer.explain_local(applications.test.drop(columns="lvr"))
    with pytest.raises(FeatureError, match="lvr more than once"):
        explainer.explain_local(pd.concat([applications.test, applications.test["lvr"]], axis=1))


@pytest.mark.parametrize("family", [LGBMRegressor, GradientBoostingRegressor, LinearRegression])
def test_11_12_initialization_examples_are_matched_by_name_too(diabetes, family):
    rows, target = diabetes
    model = family(**({"n_estimators": 5} if family is not LinearRegression else {}))
    model.fit(rows, target)
    backwards = rows[rows.columns[::-1]].assign(more=1)
    expected = TabularExplainer(model, rows).explain_local(rows.head(3))
    found = TabularExplainer(model, backwards).explain_local(rows.head(3))
    assert found.features == tuple(rows.columns)
    np.testing.assert_array_equal(found.eval_y_predicted, model.predict(rows.head(3)))
    np.testing.assert_allclose(
        found.local_importance_values, expected.local_importance_values, atol=1e-12
    )
    with pytest.raises(FeatureError, match="without bmi"):
        TabularExplainer(model, rows.drop(columns="bmi"))
    with pytest.raises(FeatureError, match="10 columns"):
        TabularExplainer(model, rows.to_numpy()[:, 1:])


def test_categories_may_come_as_words(iris):
    rows = iris[0].assign(kind=pd.Categorical(np.where(iris[0].iloc[:, 0] > 5.8, "big", "small")))
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(rows, iris[1])
    explainer = TabularExplainer(model, rows)
    expected = explainer.explain_local(rows.head(60)).local_importance_values
    words = rows.head(60).astype({"kind": object})
    np.testing.assert_array_equal(explainer.explain_local(words).local_importance_values, expected)


def test_a_space_and_an_underscore_are_two_columns(iris):
    rows = iris[0].set_axis(["a b", "a_b", "c", "d"], axis=1)
    model = LogisticRegression(max_iter=500).fit(rows, iris[1])
    found = TabularExplainer(model, rows[["d", "c", "a_b", "a b"]]).explain_local(rows.head(2))
    assert found.features == ("a b", "a_b", "c", "d")


def test_23_several_targets_are_explained_one_by_one(iris):
    rows = iris[0].to_numpy()
    targets = np.column_stack([rows[:, 0] * rows[:, 1], iris[1]])
    for model in (RandomForestRegressor(3, random_state=0), LinearRegression()):
        model.fit(rows, targets)
        found = TabularExplainer(model, rows).explain_local(rows[:9])
        assert found.local_importance_values.shape == (2, 9, 4)
        sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
        np.testing.assert_allclose(sums.T, model.predict(rows[:9]), atol=1e-12)
        np.testing.assert_array_equal(found.to_frame(1), found.local_importance_values[1])
        scoring = TabularExplainer(model, rows).create_scoring_explainer()
        np.testing.assert_array_equal(scoring.explain(rows[:9]), found.local_importance_values)


def test_several_targets_of_classes_and_one_class_are_refused(iris):
    rows = iris[0].to_numpy()
    both = RandomForestClassifier(2).fit(rows, np.column_stack([iris[1], iris[1] > 0]))
    with pytest.raises(UnsupportedModelError, match="one target"):
        TabularExplainer(both, rows)
    flags = np.column_stack([iris[1] > 0, iris[1] > 1, iris[1] == 1])
    with pytest.raises(UnsupportedModelError, match="which predicts 3"):
        TabularExplainer(RidgeClassifier().fit(rows, flags), rows)
    single = LGBMClassifier(n_estimators=2, verbose=-1).fit(rows, np.zeros(len(rows)))
    with pytest.raises(UnsupportedModelError, match="one class only"):
        TabularExplainer(single, rows)


def test_rows_the_model_refuses_are_a_typed_error(iris):
    model = LogisticRegression(max_iter=500).fit(*iris)
    explainer = TabularExplainer(model, iris[0])
    gaps = iris[0].head(2).copy()
    gaps.iloc[0, 0] = np.nan
    with pytest.raises(InvalidInputError, match="raise ValueError"):
        explainer.explain_local(gaps)


def test_sums_that_are_off_are_said(iris_boosting, iris, monkeypatch):
    explainer = TabularExplainer(iris_boosting, iris[0])
    monkeypatch.setattr(
        type(explainer.choice), "additivity_error", lambda self, p, rows, o: np.full(len(rows), 0.5)
    )
    with pytest.warns(UserWarning, match=r"by up to 0\.5"):
        explainer.explain_local(iris[0])


def test_what_things_are_is_said_in_a_line(explainer):
    assert repr(explainer) == "<TabularExplainer of Pipeline: tree, 11 columns>"
    assert repr(explainer.choice) == "<Choice: tree>"
    scoring = explainer.create_scoring_explainer()
    said = "<TreeScoringExplainer of LGBMClassifier: tree, 11 columns, log-odds, "
    assert repr(scoring).startswith(said)


def test_arguments_are_checked(iris_boosting, iris):
    with pytest.raises(InvalidInputError, match="model_task"):
        TabularExplainer(iris_boosting, iris[0], model_task="ranking")
    with pytest.raises(InvalidInputError, match="Leave `model_task` out"):
        TabularExplainer(iris_boosting, iris[0], model_task="regression")
    with pytest.raises(InvalidInputError, match="distinct class names"):
        TabularExplainer(iris_boosting, iris[0], classes=["a", "a", "b"])
    with pytest.raises(InvalidInputError, match="3 class names"):
        TabularExplainer(iris_boosting, iris[0], classes=["a", "b"])
    with pytest.raises(TypeError, match="nonsense"):
        TabularExplainer(iris_boosting, iris[0], nonsense=1)


def test_nothing_the_user_passed_is_changed(pipeline, applications):
    train, test = applications.train.copy(), applications.test.copy()
    TabularExplainer(pipeline, train).explain_global(test)
    pd.testing.assert_frame_equal(train, applications.train)
    pd.testing.assert_frame_equal(test, applications.test)
