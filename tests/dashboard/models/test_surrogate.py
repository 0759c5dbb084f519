"""Surrogates in the page: whatever the model is, something follows it, and says how closely."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mlflow_explain import (
    DecisionTreeExplainableModel,
    LGBMExplainableModel,
    LinearExplainableModel,
    MimicExplainer,
    SGDExplainableModel,
    TabularExplainer,
)
from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.page import model_for_page
from mlflow_explain.dashboard.models.surrogate import ITS_OWN, surrogate_of
from mlflow_explain.dashboard.models.values import NotExported
from mlflow_explain.dashboard.source import Source
from tests.dashboard.models.test_estimators import assert_attributes, bare

DRAW = np.random.default_rng(4)
N = 300
FRAME = pd.DataFrame(
    {
        "a": DRAW.normal(size=N),
        "b": DRAW.integers(0, 9, N),
        "word": DRAW.choice(["x", "y", "z"], N),
        "truth": DRAW.random(N) > 0.5,
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(DRAW.integers(0, 90, N), "D"),
    }
)
SCORE = FRAME["a"] * 2 + (FRAME["word"] == "x") + FRAME["truth"] * FRAME["b"] / 4
KINDS = (
    LGBMExplainableModel, LinearExplainableModel, SGDExplainableModel,
    DecisionTreeExplainableModel,
)  # fmt: skip


def fitted(model, outcome):
    """Return a model of mixed columns that no page can hold."""
    days = FunctionTransformer(lambda x: (x - pd.Timestamp("2024-01-01")) / pd.Timedelta("1D"))
    table = make_column_transformer(
        (OneHotEncoder(), ["word"]), (days, ["when"]), ("passthrough", ["a", "b", "truth"])
    )
    return make_pipeline(table, StandardScaler(), model).fit(FRAME, outcome)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", ["two", "three", "numbers"])
def test_the_surrogate_of_a_mimic_explanation_is_the_one_in_the_page(kind, task):
    if task == "numbers":
        model = fitted(KNeighborsRegressor(9), SCORE)
    else:
        labels = pd.qcut(SCORE, 2 if task == "two" else 3, labels=False)
        model = fitted(KNeighborsClassifier(9), labels)
    size = {"n_estimators": 30} if kind is LGBMExplainableModel else {}
    explainer = MimicExplainer(model, FRAME, kind, size, max_num_of_augmentations=1)
    explanation = explainer.explain_local(FRAME)
    made = model_for_page(explanation, Source(model, explainer.choice.engine))
    assert made.mode == "surrogate"
    assert made.fidelity["fidelity_r2"] == explanation.quality["fidelity_r2"]
    assert ITS_OWN not in made.notes
    assert made.notes[0] == (
        "The model itself is not in the page: FunctionTransformer takes times, in when."
    )
    outputs = twin.outputs_of(made, twin.inputs_of(FRAME, explanation.features, made.inputs))
    np.testing.assert_allclose(outputs, explanation.local.outputs()[:, :], 1e-9, 1e-9)
    assert_attributes(made, explanation)


def test_a_surrogate_is_fitted_where_there_is_none_and_is_the_same_again():
    model = fitted(KNeighborsClassifier(9), pd.qcut(SCORE, 2, labels=False))
    explanation = MimicExplainer(
        model, FRAME, LinearExplainableModel, max_num_of_augmentations=1
    ).explain_local(FRAME)
    made = model_for_page(explanation, Source(model))
    again = model_for_page(explanation, Source(model))
    assert made.mode == "surrogate"
    assert made.fidelity["fidelity_r2"] > 0.8
    assert made.max_error < 0.5
    assert made.checked_rows == N
    assert ITS_OWN in made.notes
    assert made.json() == again.json()
    assert all((made.arrays[name] == again.arrays[name]).all() for name in made.arrays)
    assert {given.name: given.type for given in made.inputs} == {
        "a": "number", "b": "number", "word": "category", "truth": "boolean", "when": "time",
    }  # fmt: skip


def test_a_function_has_a_surrogate_too():
    rows = DRAW.normal(size=(200, 3))

    def function(x):
        return np.abs(x[:, 0]) + x[:, 1]

    explanation = TabularExplainer(function, rows[:20]).explain_local(rows)
    made = model_for_page(explanation, Source(function))
    assert made.mode == "surrogate"
    assert made.link == {"kind": "identity"}
    assert made.fidelity["fidelity_r2"] > 0.9


def test_a_surrogate_attributes_in_probabilities_where_the_explanation_does():
    model = fitted(KNeighborsClassifier(9), pd.qcut(SCORE, 2, labels=False))
    explainer = MimicExplainer(
        model, FRAME, LGBMExplainableModel, {"n_estimators": 30}, max_num_of_augmentations=1,
        shap_values_output="probability",
    )  # fmt: skip
    explanation = explainer.explain_local(FRAME)
    made = model_for_page(explanation, Source(model, explainer.choice.engine))
    assert made.game.rescaled is not None
    assert_attributes(made, explanation)


def test_margins_without_probabilities_are_followed_by_the_class_they_decide():
    rows = DRAW.normal(size=(200, 3))
    labels = np.digitize(rows[:, 0], [-0.5, 0.5])
    model = SVC().fit(rows, labels)
    stand_in = LogisticRegression().fit(rows, labels)
    explanation = TabularExplainer(stand_in, rows).explain_local(rows)
    made = model_for_page(bare(explanation), Source(model))
    assert made.link == {"kind": "decision"}
    assert made.fidelity["fidelity_agreement"] > 0.8


def test_an_exact_model_needs_no_surrogate_and_none_is_made_where_it_is_not_wanted():
    rows = DRAW.normal(size=(100, 3))
    labels = rows[:, 0] > 0
    model = LogisticRegression().fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_local(rows)
    assert model_for_page(explanation, Source(model)).mode == "exact"
    other = KNeighborsClassifier().fit(rows, labels)
    refused = model_for_page(bare(explanation), Source(other, may_ask=False))
    assert refused == NotExported("KNeighborsClassifier is of no kind that a page can hold")


def test_what_cannot_be_asked_has_no_surrogate():
    rows = DRAW.normal(size=(100, 3))
    model = LogisticRegression().fit(rows, rows[:, 0] > 0)
    explanation = TabularExplainer(model, rows).explain_local(rows)
    assert "cannot be asked" in surrogate_of(explanation, Source(object())).reason
