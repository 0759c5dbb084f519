"""Odd and bad rows, numbered; each for one model per engine."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import xgboost
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeRegressor

from mlflow_explain import KernelExplainer, LinearExplainer, TabularExplainer, TreeExplainer
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError

X, Y = load_iris(return_X_y=True, as_frame=True)
BINARY = (Y == 1).to_numpy()
QUIET = {"verbose": 0, "iterations": 4, "allow_writing_files": False}

# One per engine.
FAMILIES = {
    "tree": lambda: LGBMClassifier(n_estimators=5, verbose=-1),
    "xgboost": lambda: xgboost.XGBClassifier(n_estimators=5),
    "catboost": lambda: CatBoostClassifier(**QUIET),
    "linear": lambda: LogisticRegression(max_iter=500),
    "kernel machine": SVC,
    "composed": lambda: CalibratedClassifierCV(LinearSVC(), ensemble=False),
    "kernel": lambda: KNeighborsClassifier(5),
}


@pytest.fixture(params=list(FAMILIES))
def family(request):
    return FAMILIES[request.param]


def test_3_no_rows_give_an_empty_explanation(family):
    explainer = TabularExplainer(family().fit(X, BINARY), X)
    found = explainer.explain_global(X.head(0))
    assert found.local_importance_values.shape == (2, 0, 4)
    assert found.features == tuple(X.columns)
    np.testing.assert_array_equal(found.global_importance_values, np.zeros(4))


def test_4_one_row_is_explained_as_among_many(family):
    model = family().fit(X.to_numpy(), BINARY)
    explainer = TabularExplainer(model, X.to_numpy(), features=list(X.columns))
    many = explainer.explain_local(X.to_numpy()[50:60]).local_importance_values
    for row in (X.to_numpy()[52], X.to_numpy()[52:53]):
        one = explainer.explain_local(row).local_importance_values
        np.testing.assert_allclose(one[:, 0], many[:, 2], atol=1e-12)


def test_5_a_single_feature_gets_all_of_the_difference(family):
    rows = X[["petal length (cm)"]]
    explainer = TabularExplainer(family().fit(rows, BINARY), rows)
    found = explainer.explain_local(rows)
    assert found.local_importance_values.shape == (2, 150, 1)
    assert found.quality["additivity_error_max"] <= 1e-5


@pytest.mark.parametrize(
    "model", [LGBMClassifier(n_estimators=5, verbose=-1),
              xgboost.XGBClassifier(n_estimators=5), RandomForestClassifier(5)],
    ids=lambda model: type(model).__name__,
)  # fmt: skip
def test_7_a_column_of_missing_values_follows_the_model(model):
    rows = X.assign(gap=np.nan)
    found = TabularExplainer(model.fit(rows, BINARY), rows).explain_local(rows)
    assert np.abs(found.local_importance_values[:, :, 4]).max() == 0
    assert found.quality["additivity_error_max"] <= 1e-5


def test_7_where_the_model_refuses_missing_values_the_error_is_typed():
    model = LogisticRegression(max_iter=500).fit(X, BINARY)
    explainer = TabularExplainer(model, X)
    gone = X.assign(**{"sepal width (cm)": np.nan})
    with pytest.raises(InvalidInputError, match="rows that the model accepts"):
        explainer.explain_local(gone)
    with pytest.raises(InvalidInputError, match="rows that the model accepts"):
        TabularExplainer(model, gone)


def test_8_infinity_is_named_by_column_where_the_model_refuses_it():
    rows = X.copy()
    rows.iloc[3, 1] = np.inf
    for model in (LogisticRegression(max_iter=500), RandomForestClassifier(3)):
        explainer = TabularExplainer(model.fit(X, BINARY), X)
        with pytest.raises(InvalidInputError, match=r"infinity in column sepal width \(cm\)\)"):
            explainer.explain_local(rows)
    explainer = TabularExplainer(
        LogisticRegression().fit(sparse.csr_matrix(X), BINARY), X.to_numpy()
    )
    with pytest.raises(InvalidInputError, match="infinity in column 1"):
        explainer.explain_local(sparse.csr_matrix(rows))


def test_8_infinity_passes_where_the_model_takes_it():
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(X, BINARY)
    rows = X.copy()
    rows.iloc[3, 2], rows.iloc[4, 2] = np.inf, -np.inf
    found = TabularExplainer(model, X).explain_local(rows)
    native = model.predict(rows, pred_contrib=True)[:, :-1]
    np.testing.assert_allclose(found.local_importance_values[1], native, atol=1e-12)


def test_16_ten_thousand_columns_stay_within_their_memory():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 10_000)).astype(np.float32)
    target = rows[:, 0] * rows[:, 17] + rows[:, 9_999]
    trees = LGBMRegressor(n_estimators=20, verbose=-1).fit(rows, target)
    line = Ridge().fit(rows, target)
    for model in (trees, line):
        explainer = TabularExplainer(model, rows[:50])
        tracemalloc.start()
        explainer.explain_global(rows, include_local=False)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # The rows are 12 MB, their attributions 24 MB; a few copies of each batch.
        assert peak < 200 * 2**20
    with pytest.raises(UnsupportedModelError, match="10000 of them"):
        KernelExplainer(lambda x: x[:, 0], rows)


def test_17_a_million_rows_are_explained_in_batches():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1_000_000, 5))
    model = DecisionTreeRegressor(max_depth=4).fit(rows[:2000], rows[:2000, 0] * rows[:2000, 1])
    explainer = TreeExplainer(model, rows[:100])
    tracemalloc.start()
    found = explainer.explain_global(rows, include_local=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Predictions are kept (8 MB, twice while they are joined); the rows themselves are 40 MB.
    assert peak < 60 * 2**20
    part = explainer.explain_global(rows[:20_000]).global_importance_values
    np.testing.assert_allclose(found.global_importance_values, part, rtol=0.05, atol=1e-3)


def test_17_more_than_can_be_kept_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr("mlflow_explain.explainers.collect.MAX_LOCAL_BYTES", 8 * 4 * 100)
    explainer = LinearExplainer(Ridge().fit(X, Y), X)
    with pytest.raises(InvalidInputError, match="include_local=False"):
        explainer.explain_global(X)
    assert explainer.explain_global(X, include_local=False).num_features == 4


def test_18_wide_sparse_rows_are_never_made_dense_as_a_whole():
    rows = sparse.random(2000, 5000, density=0.002, random_state=0, format="csr")
    target = np.asarray(rows[:, :40].sum(axis=1)).ravel()
    model = LGBMRegressor(n_estimators=10, verbose=-1, min_child_samples=5).fit(rows, target)
    explainer = TabularExplainer(model, rows[:50])
    tracemalloc.start()
    found = explainer.explain_global(rows, include_local=False, batch_size=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All rows dense would be 76 MB.
    assert peak < 40 * 2**20
    dense = explainer.explain_global(rows[:50].toarray()).global_importance_values
    of_sparse = explainer.explain_global(rows[:50]).global_importance_values
    np.testing.assert_allclose(of_sparse, dense, atol=1e-9)
    assert found.global_importance_values.argmax() < 40


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "catboost"])
def test_19_the_base_value_is_the_mean_over_the_background_used(name):
    # Of CatBoost it is the mean over the training rows.
    model = FAMILIES[name]().fit(X, BINARY)
    explainer = TabularExplainer(model, X)
    assert (explainer.background.n_rows, explainer.background.method) == (100, "sample")
    found = explainer.explain_local(X.head(2))
    assert found.background.n_rows == 100
    if found.feature_perturbation == "tree_path_dependent":
        explainer = TreeExplainer(model, X, feature_perturbation="interventional")
        found = explainer.explain_local(X.head(2))
    assert found.feature_perturbation == "interventional"
    used = explainer.subject.engineered.data
    row = explainer.choice.row
    own = row.scores(explainer.choice.engine, explainer.subject.estimator, used)
    assert found.expected_values[-1] == pytest.approx(own[:, -1].mean(), abs=1e-6)


@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [10, -3, 7]], ids=str)
@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "xgboost"])
def test_21_labels_of_any_kind_keep_the_models_order(name, labels):
    # XGBoost itself takes the labels 0, 1, 2 only.
    target = np.array(labels)[Y]
    n_rows = 100 if name == "composed" else 150
    model = FAMILIES[name]().fit(X[:n_rows], target[:n_rows])
    explainer = TabularExplainer(model, X)
    found = explainer.explain_local(X.iloc[[0, 60]])
    assert list(found.classes) == np.asarray(model.classes_).tolist()
    assert len(found.local_importance_values) == len(model.classes_)
    # The class a row is predicted has the largest output.
    outputs = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    chosen = np.asarray(model.classes_)[outputs.argmax(axis=0)]
    np.testing.assert_array_equal(chosen, np.ravel(model.predict(X.iloc[[0, 60]])))


def test_21_boolean_labels_are_kept(family):
    model = family().fit(X, BINARY)
    found = TabularExplainer(model, X).explain_local(X.iloc[[60]])
    assert [bool(label) for label in found.classes] == [False, True]


def test_21_of_two_classes_the_second_is_explained_by_a_model_of_words():
    words = np.where(BINARY, "versicolor", "another")
    frame = pd.DataFrame({"petal": X.iloc[:, 2], "sepal": X.iloc[:, 0]})
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(frame, words)
    found = TabularExplainer(model, frame).explain_local(frame)
    assert found.classes == ("another", "versicolor")
    sums = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, model.predict(frame, raw_score=True), atol=1e-12)
