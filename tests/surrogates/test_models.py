"""The four surrogates by themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression

from mlflow_explain import (
    DecisionTreeExplainableModel,
    LGBMExplainableModel,
    LinearExplainableModel,
    SGDExplainableModel,
)
from mlflow_explain.errors import InvalidInputError, UnfittedModelError
from mlflow_explain.surrogates.models import SURROGATES


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(400, 3)) * [1.0, 100.0, 0.01] + [0.0, 5.0, 1.0]


@pytest.fixture(scope="module")
def targets(rows):
    return np.column_stack([rows[:, 0] + rows[:, 1] / 100, 7.0 - 100 * rows[:, 2]])


@pytest.mark.parametrize("kind", SURROGATES)
def test_what_each_has(kind, rows, targets):
    surrogate = kind().fit(rows, targets)
    own = surrogate.predict(rows)
    assert own.shape == targets.shape
    assert 1 - ((own - targets) ** 2).sum() / ((targets - targets.mean(axis=0)) ** 2).sum() > 0.95
    engine = surrogate.engine(rows[:50], "raw")
    np.testing.assert_allclose(engine.explain(rows).outputs(), own, atol=1e-6)
    importances = surrogate.importances()
    assert importances.shape[0] == 3
    assert (importances >= 0).all()
    is_linear = kind in {LinearExplainableModel, SGDExplainableModel}
    named = "linear_explainable_model_type" if is_linear else "tree_explainable_model_type"
    assert surrogate.explainable_model_type() == named
    one = kind().fit(rows, targets[:, 0])
    assert one.predict(rows[:4]).shape == (4, 1)
    np.testing.assert_array_equal(kind().fit(rows, targets).predict(rows), own)


@pytest.mark.parametrize("kind", SURROGATES)
def test_unfitted(kind, rows):
    surrogate = kind()
    for ask in (
        lambda: surrogate.predict(rows),
        surrogate.importances,
        lambda: surrogate.engine(rows, "raw"),
    ):
        with pytest.raises(UnfittedModelError, match=f"an unfitted {kind.__name__}. Call `fit`"):
            ask()


@pytest.mark.parametrize("kind", SURROGATES)
def test_sparse_rows_and_weights(kind):
    random = np.random.default_rng(0)
    dense = random.poisson(0.5, size=(300, 12)).astype(float)
    target = dense @ random.normal(size=12)
    weights = random.uniform(0.5, 2.0, 300)
    found = kind().fit(sparse.csr_matrix(dense), target, weights)
    known = kind().fit(dense, target, weights)
    agreed = {"atol": 0.3} if kind is SGDExplainableModel else {"atol": 1e-8}
    np.testing.assert_allclose(
        found.predict(sparse.csr_matrix(dense)), known.predict(dense), **agreed
    )


def test_linear_is_weighted_least_squares(rows, targets):
    random = np.random.default_rng(1)
    noisy = targets + random.normal(size=targets.shape)
    weights = random.uniform(0.1, 3.0, len(rows))
    surrogate = LinearExplainableModel().fit(rows, noisy, weights)
    known = LinearRegression().fit(rows, noisy, weights)
    np.testing.assert_allclose(surrogate.coefficients, known.coef_, rtol=1e-9)
    np.testing.assert_allclose(surrogate.intercept, known.intercept_, rtol=1e-9)
    positive = LinearExplainableModel(positive=True).fit(rows, noisy)
    assert (positive.coefficients >= 0).all()


def test_a_decision_tree_is_bounded(rows):
    surrogate = DecisionTreeExplainableModel().fit(rows, np.arange(400.0))
    assert surrogate.model.get_depth() <= 8
    deep = DecisionTreeExplainableModel(max_depth=None).fit(rows, np.arange(400.0))
    assert deep.model.get_depth() > 8


def test_names_of_lightgbm_arguments(rows, targets):
    surrogate = LGBMExplainableModel(
        num_iterations=3, eta=0.5, min_data_in_leaf=7, max_bin=63, random_state=4, n_jobs=2
    )
    assert surrogate.parameters["n_estimators"] == 3
    assert surrogate.parameters["learning_rate"] == 0.5
    assert surrogate.parameters["min_child_samples"] == 7
    assert surrogate.parameters["random_state"] == 4
    booster = surrogate.fit(rows, targets[:, 0]).models[0].booster_
    assert booster.num_trees() == 3
    for wrong, message in [
        ({"n_tree": 3}, "LGBMRegressor knows: .* got n_tree"),
        ({"eta": 0.1, "learning_rate": 0.2}, "learning_rate once"),
        ({"linear_tree": True}, "constant leaves"),
        ({"objective": "poisson"}, "objective among"),
        ({"early_stopping_round": 3}, "early_stopping_round"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            LGBMExplainableModel(**wrong)
    with pytest.raises(InvalidInputError, match="SGDRegressor knows"):
        SGDExplainableModel(depth=3)
    with pytest.raises(InvalidInputError, match="got fit_intercept"):
        LinearExplainableModel(fit_intercept=False)


def test_categories_are_split_as_such():
    codes = np.arange(600) % 30
    target = (codes % 2).astype(float)
    surrogate = LGBMExplainableModel(n_estimators=60, num_leaves=2).fit(
        codes[:, None].astype(float), target, categorical=[0]
    )
    assert ((surrogate.predict(codes[:, None].astype(float))[:, 0] > 0.5) == target).all()
    engine = surrogate.engine(codes[:, None].astype(float), "raw")
    assert engine.trees.has_categories
