"""What every row of the table of engines must do."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import TabularExplainer
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines import registry
from mlflow_explain.errors import CorruptArtifactError, UnsupportedModelError

X, Y = make_classification(300, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
BINARY = (Y == 1).astype(int)
SMALL = {"n_estimators": 5, "verbose": -1}


def booster(objective: str, labels: np.ndarray, **parameters: object) -> lightgbm.Booster:
    settings = {"objective": objective, "verbose": -1, "num_leaves": 7, **parameters}
    return lightgbm.train(settings, lightgbm.Dataset(X, labels), num_boost_round=5)


# name: (model, engine, output space, number of outputs)
MODELS = {
    "lightgbm binary": (LGBMClassifier(**SMALL).fit(X, BINARY), "lightgbm", "log-odds", 1),
    "lightgbm classes": (LGBMClassifier(**SMALL).fit(X, Y), "lightgbm", "margin", 3),
    "lightgbm regression": (LGBMRegressor(**SMALL).fit(X, Y), "lightgbm", "raw", 1),
    "lightgbm booster": (booster("binary", BINARY), "lightgbm", "log-odds", 1),
    "lightgbm booster classes": (booster("multiclass", Y, num_class=3), "lightgbm", "margin", 3),
    "lightgbm poisson": (booster("poisson", Y), "lightgbm", "margin", 1),
    "logistic": (LogisticRegression().fit(X, BINARY), "linear", "log-odds", 1),
    "logistic classes": (LogisticRegression().fit(X, Y), "linear", "margin", 3),
    "sgd": (SGDClassifier(random_state=0).fit(X, BINARY), "linear", "margin", 1),
    "linear svc": (LinearSVC(random_state=0).fit(X, BINARY), "linear", "margin", 1),
    "ridge": (Ridge().fit(X, Y), "linear", "raw", 1),
    "decision tree": (DecisionTreeClassifier(max_depth=5).fit(X, Y), "tree", "probability", 3),
    "forest": (RandomForestClassifier(5).fit(X, BINARY), "tree", "probability", 2),
    "extra trees": (ExtraTreesRegressor(5).fit(X, Y), "tree", "raw", 1),
    "boosting": (GradientBoostingClassifier(n_estimators=5).fit(X, BINARY), "tree", "log-odds", 1),
    "boosting classes": (GradientBoostingClassifier(n_estimators=3).fit(X, Y), "tree", "margin", 3),
    "boosting regression": (GradientBoostingRegressor(n_estimators=5).fit(X, Y), "tree", "raw", 1),
}  # fmt: skip


@pytest.fixture(params=list(MODELS))
def case(request):
    model, *expected = MODELS[request.param]
    predictor = predictor_of(model)
    choice = registry.choose(predictor, table_of(X[:100]))
    sparse_choice = registry.choose(predictor, table_of(sparse.csr_matrix(X[:100])))
    np.testing.assert_allclose(sparse_choice.engine.base_values, choice.engine.base_values)
    return predictor, choice, expected


def test_every_engine_has_a_model_here():
    assert {expected for _, expected, _, _ in MODELS.values()} == {
        row.name for row in registry.ENGINES
    }


def test_choice_space_and_axes(case):
    _, choice, (name, space, n_outputs) = case
    assert (choice.engine.name, choice.engine.output_space) == (name, space)
    local = choice.engine.explain(X[:7])
    assert local.values.shape == (7, 6, n_outputs)
    assert len(choice.refusals) == [row.name for row in registry.ENGINES].index(name)


def test_base_plus_attributions_is_the_models_output(case):
    predictor, choice, _ = case
    outputs = choice.engine.explain(X).outputs()
    scale = max(1.0, float(np.abs(outputs).max()))
    assert choice.additivity_error(predictor, X, outputs).max() <= 1e-9 * scale


def test_rows_are_explained_one_by_one(case):
    _, choice, _ = case
    together = choice.engine.explain(X[:20]).values
    order = np.random.default_rng(0).permutation(20)
    np.testing.assert_allclose(choice.engine.explain(X[:20][order]).values, together[order])
    np.testing.assert_allclose(choice.engine.explain(X[3:4]).values[0], together[3], atol=1e-13)


def test_rows_are_not_modified_and_answers_do_not_change(case):
    _, choice, _ = case
    rows = X[:20].copy()
    first = choice.engine.explain(rows).values
    np.testing.assert_array_equal(rows, X[:20])
    np.testing.assert_array_equal(choice.engine.explain(rows).values, first)


def test_state_brings_the_engine_back(case):
    _, choice, _ = case
    again = registry.restore(choice.engine.name, choice.engine.state())
    np.testing.assert_array_equal(again.base_values, choice.engine.base_values)
    np.testing.assert_array_equal(again.explain(X[:9]).values, choice.engine.explain(X[:9]).values)
    assert again.output_space == choice.engine.output_space


def test_sparse_rows_give_the_values_of_dense_ones(case):
    _, choice, _ = case
    dense = choice.engine.explain(X[:9]).values
    np.testing.assert_allclose(
        choice.engine.explain(sparse.csr_matrix(X[:9])).values, dense, atol=1e-12
    )


def test_refusals_carry_their_reasons():
    with pytest.raises(UnsupportedModelError) as caught:
        TabularExplainer(SVC().fit(X, BINARY), X)
    for row in registry.ENGINES:
        assert f"{row.name}: sklearn.svm._classes.SVC" in str(caught.value)


def test_linear_leaves_are_refused_with_the_reason():
    model = LGBMRegressor(n_estimators=2, linear_tree=True, verbose=-1).fit(X, Y)
    with pytest.raises(UnsupportedModelError, match="linear_tree"):
        TabularExplainer(model, X)


def test_an_engine_whose_sums_are_wrong_is_refused():
    # A custom link: the additive score is right, but `predict` is not a function of it any more.
    class Shifted(Ridge):
        def predict(self, rows):
            return super().predict(rows) + rows[:, 0] ** 2

    with pytest.raises(UnsupportedModelError, match="its sums differ from the output"):
        TabularExplainer(Shifted().fit(X, Y), X)


def test_a_random_forest_of_lightgbm_is_averaged():
    settings = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "verbose": -1}
    model = LGBMClassifier(n_estimators=8, **settings).fit(X, BINARY)
    found = TabularExplainer(model, X).explain_local(X)
    chance = model.predict_proba(X)[:, 1]
    sums = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, np.log(chance / (1 - chance)), atol=1e-9)


def test_an_initial_score_of_each_row_is_refused_with_the_reason():
    model = GradientBoostingRegressor(n_estimators=2, init=Ridge()).fit(X, Y)
    with pytest.raises(UnsupportedModelError, match="differs from row to row"):
        TabularExplainer(model, X[:1])


def test_narrow_rows_do_not_pass_for_wrong_sums():
    rows = X.astype(np.float32) + 100
    model = Ridge().fit(rows, Y)
    found = TabularExplainer(model, rows).explain_local(rows)
    assert found.quality["additivity_error_max"] <= 1e-9


def test_an_engine_knows_its_own_model(case):
    predictor, choice, (name, _, n_outputs) = case
    assert registry.explains(choice.engine, predictor, 6)
    for model, other, _, outputs in MODELS.values():
        if model is not predictor.model and (other, outputs) == (name, n_outputs):
            assert not registry.explains(choice.engine, predictor_of(model), 6)


def test_an_unknown_engine_in_an_artifact_is_a_typed_error():
    with pytest.raises(CorruptArtifactError, match="warp"):
        registry.row_named("warp")
