"""The LIME explainer of texts: what it takes and refuses; `TextExplainer` does alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlflow_explain.engines.text import lime
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers.lime import LIMEExplainer
from mlflow_explain.explainers.text import TextExplainer

TEXTS = [
    "Good phone. I love it!",
    "bad battery, bad screen",
    "great value",
    "awful, never again",
    "good but bad",
]
LABELS = ["pos", "neg", "pos", "neg", "neg"]


@pytest.fixture(scope="module")
def model():
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10.0)).fit(TEXTS, LABELS)


def quick(model, examples, **options):
    return LIMEExplainer(model, examples, show_progress=False, **{"nsamples": 400, **options})


@pytest.mark.parametrize("kind", [list, tuple, pd.Series, np.array])
def test_texts_are_explained_in_words(model, kind):
    explainer = quick(model, kind(TEXTS))
    assert explainer.method == lime.NAME
    explanation = explainer.explain_local(["good value, good screen", ""])
    assert explanation.features == ("good", "value", ",", "screen")
    assert explanation.classes == ("neg", "pos")
    tokens = explanation.local.tokens
    words = explanation.local.values[0, :, 1]
    assert tokens.values[[0, 3], 1].sum() == pytest.approx(words[0])
    assert tokens.values[0, 1] == tokens.values[3, 1]
    assert explanation.local.values[1].tolist() == [[0.0, 0.0]] * 4
    np.testing.assert_allclose(explanation.local.base_values, model.predict_proba([""])[0])
    assert explanation.quality["additivity_error_max"] < 0.2


def test_the_text_explainer_does_the_same(model):
    ours = quick(model, TEXTS, seed=3).explain_local(TEXTS)
    explainer = TextExplainer(
        model, TEXTS, method="lime", nsamples=400, seed=3, show_progress=False
    )
    theirs = explainer.explain_local(TEXTS)
    assert explainer.method == lime.NAME
    assert (ours.local.values == theirs.local.values).all()


def test_curves_are_of_many_documents_and_none_of_one(model):
    explainer = quick(model, TEXTS)
    quality = explainer.explain_global(TEXTS).quality
    assert quality["curve_documents"] == 5.0
    assert quality["deletion_auc"] < quality["deletion_auc_random"]
    assert quality["insertion_auc"] > quality["insertion_auc_random"]
    assert "deletion_auc" not in explainer.explain_local(TEXTS[0]).quality


def test_a_column_of_texts_is_named():
    rows = pd.DataFrame({"review": TEXTS, "stars": [5.0, 1.0, 4.0, 1.0, 2.0]})
    encode = make_column_transformer((TfidfVectorizer(), "review"), remainder="passthrough")
    model = make_pipeline(encode, LogisticRegression()).fit(rows, LABELS)
    explanation = quick(model, rows, text_column="review").explain_local(rows)
    assert explanation.features[:3] == ("stars", "review: good", "review: phone")
    assert np.abs(explanation.local.values[0, 0, 1]) > 0.1
    with pytest.raises(InvalidInputError, match="no options of tables"):
        quick(model, rows, text_column="review", features=["a"])


@pytest.mark.parametrize(
    "option",
    [
        {"explain_subset": [0]},
        {"nclusters": 2},
        {"features": ["text"]},
        {"categorical_features": [0]},
        {"transformations": [("text", None)]},
        {"allow_all_transformations": True},
        {"discretize_continuous": False},
    ],
)
def test_options_of_tables_are_refused_by_name(model, option):
    with pytest.raises(InvalidInputError, match=next(iter(option))):
        quick(model, TEXTS, **option)


def test_the_width_and_the_number_of_samples_are_the_users(model):
    text = " ".join(f"w{i}" for i in range(20)) + " good bad value"
    found = [
        quick(model, TEXTS, kernel_width=width).explain_local(text).local.values
        for width in (5.0, None, 25.0)
    ]
    assert (found[1] == found[2]).all()
    assert (found[0] != found[1]).any()
    with pytest.raises(InvalidInputError, match="nsamples"):
        quick(model, TEXTS, nsamples=1)


def test_local_models_are_of_tables(model):
    with pytest.raises(InvalidInputError, match="explain_local"):
        quick(model, TEXTS).local_models(TEXTS)
