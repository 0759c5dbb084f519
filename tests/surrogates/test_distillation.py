"""From a teacher to a surrogate: rows within bounds, and fidelity on rows it never saw."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine, make_classification
from sklearn.ensemble import (
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlflow_explain import LGBMExplainableModel, LinearExplainableModel
from mlflow_explain.data.functions import FunctionRegressor
from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.surrogates import distillation
from mlflow_explain.surrogates.distillation import distilled, replication
from mlflow_explain.surrogates.fidelity import r2
from mlflow_explain.surrogates.recipe import Recipe

TEACHERS = {
    "forest of three classes": (load_wine, RandomForestClassifier(50, random_state=0), 0.95),
    "network of three classes": (
        load_wine, make_pipeline(StandardScaler(), MLPClassifier(max_iter=900, random_state=0)),
        0.95,
    ),
    "boosted regression": (load_diabetes, GradientBoostingRegressor(random_state=0), 0.95),
    "multinomial": (load_wine, make_pipeline(StandardScaler(), LogisticRegression()), 0.95),
}  # fmt: skip


def function(answers) -> Predictor:
    return Predictor(FunctionRegressor(answers), "regression", None)


def made(predictor, rows, surrogate=LinearExplainableModel, **options):
    table = table_of(rows)
    recipe = Recipe(surrogate=surrogate, **options)
    return distilled(predictor, table, table.take(slice(0, 100)), recipe)


@pytest.mark.parametrize("name", TEACHERS)
def test_fidelity_on_rows_never_seen(name):
    load, model, least = TEACHERS[name]
    x_train, x_test, y_train, _ = train_test_split(
        *load(return_X_y=True), test_size=0.3, random_state=0
    )
    predictor = predictor_of(model.fit(x_train, y_train))
    surrogate, engine = made(predictor, x_train, LGBMExplainableModel)
    teacher = engine.scale.outputs(predictor, x_test)
    found = r2(teacher, surrogate.predict(engine.encoding(x_test)))
    assert found > least
    # What it says of itself is not better than what it is.
    assert engine.quality["fidelity_r2"] < found + 0.03
    plain, _ = made(predictor, x_train, LGBMExplainableModel, n_augmentations=0)
    assert r2(teacher, plain.predict(x_test)) < found
    assert replication(predictor, engine, surrogate, x_test) > 0.9


CURVED = {
    "forest of two classes": (load_breast_cancer, RandomForestClassifier(50, random_state=0)),
    "forest": (load_diabetes, RandomForestRegressor(50, random_state=0)),
    "informative": (
        partial(make_classification, 1000, n_informative=8, random_state=0),
        RandomForestClassifier(50, random_state=0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CURVED)
def test_synthetic_rows_do_not_draw_a_plane_away_from_the_data(name):
    load, model = CURVED[name]
    rows, labels = load() if isinstance(load, partial) else load(return_X_y=True)
    x_train, x_test, y_train, _ = train_test_split(rows, labels, test_size=0.3, random_state=1)
    predictor = predictor_of(model.fit(x_train, y_train))
    found = []
    for most in (0, 10):
        fitted, engine = made(predictor, x_train, n_augmentations=most)
        found.append(r2(engine.scale.outputs(predictor, x_test), fitted.predict(x_test)))
    assert found[1] > found[0] - 0.01


def test_what_is_held_out_is_not_fitted_on():
    """A teacher that answers at random is followed on the rows fitted on, and on no others."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 3))
    answers = {row.tobytes(): random.normal() for row in rows}
    predictor = function(lambda x: np.array([answers[row.tobytes()] for row in x]))
    _, engine = made(
        predictor, rows, LGBMExplainableModel, n_augmentations=0,
        arguments={"num_leaves": 127, "min_child_samples": 1},
    )  # fmt: skip
    assert engine.quality["fidelity_r2_train"] > 0.8
    assert engine.quality["fidelity_r2"] < 0.1


def test_rows_and_cells_are_bounded(monkeypatch):
    asked: list[int] = []

    def answers(x):
        asked.append(x.shape[0])
        return np.asarray(x.sum(axis=1)).ravel()

    rows = np.random.default_rng(0).normal(size=(300, 4))
    monkeypatch.setattr(distillation, "MAX_ROWS", 250)
    made(function(answers), rows)
    assert sum(asked[1:]) == 250 + 50
    asked.clear()
    monkeypatch.setattr(distillation, "MAX_ROWS", 10_000)
    monkeypatch.setattr(distillation, "MAX_CELLS", 4 * 500)
    made(function(answers), rows)
    assert sum(asked[1:]) == 300 + (500 - 240)
    asked.clear()
    monkeypatch.setattr(distillation, "MAX_CELLS", 1000)
    wide = sparse.random(300, 400, density=0.01, format="csr", random_state=0)
    made(function(answers), wide)
    assert sum(asked[1:]) == 250


def test_rows_are_asked_for_in_bounded_batches(monkeypatch):
    asked: list[int] = []

    def answers(x):
        asked.append(len(x))
        return x.sum(axis=1)

    rows = np.random.default_rng(0).normal(size=(60, 4))
    monkeypatch.setattr("mlflow_explain.engines.mimic.scale.MAX_BYTES", 16 * 4 * 8)
    made(function(answers), rows)
    assert max(asked[1:]) == 16


def test_the_smallest_of_examples():
    surrogate, engine = made(function(lambda x: x[:, 0]), np.ones((1, 2)))
    assert engine.quality == {"fidelity_r2_train": 1.0}
    assert surrogate.predict(np.ones((1, 2))).tolist() == [[1.0]]
