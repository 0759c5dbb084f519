"""An explainer of texts that was kept is told from that of another model of the same words."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlflow_explain import ScoringExplainer, TextExplainer
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.data.texts.made_up import texts_for
from mlflow_explain.engines.registry import explains
from tests import texts as made

TEXTS = made.REVIEWS
TABLE = pd.DataFrame(
    {"text": TEXTS, "kind": ["x", "y"] * (len(TEXTS) // 2) + ["x"] * (len(TEXTS) % 2)}
)


def fitted(vectorizer, model, rows=None):
    return make_pipeline(vectorizer, model).fit(TEXTS if rows is None else rows, made.LABELS)


def regression(strength, vectorizer=None):
    model = LogisticRegression(C=strength, fit_intercept=False)
    return fitted(TfidfVectorizer() if vectorizer is None else vectorizer, model)


def of_table(strength):
    columns = make_column_transformer((TfidfVectorizer(), "text"), (OneHotEncoder(), ["kind"]))
    return fitted(columns, LogisticRegression(C=strength), TABLE)


def changed(change):
    model = copy.deepcopy(regression(1.0))
    change(model[0])
    return model


def turned(vectorizer):
    """Count each word for another one's."""
    words = list(vectorizer.vocabulary_)
    places = [vectorizer.vocabulary_[word] for word in words]
    vectorizer.vocabulary_ = dict(zip(words, places[1:] + places[:1], strict=True))


def weighed(vectorizer):
    vectorizer.idf_ = vectorizer.idf_ * np.linspace(1.0, 1.2, len(vectorizer.idf_))


def forest(seed):
    return fitted(CountVectorizer(), RandomForestClassifier(5, random_state=seed))


# name -> a model, and another one of the same class.
PAIRS = {
    "naive Bayes": lambda: [fitted(CountVectorizer(), MultinomialNB(alpha=a)) for a in (1, 0.01)],
    "regression": lambda: [regression(c) for c in (1.0, 100.0)],
    "vocabulary": lambda: (regression(1.0), changed(turned)),
    "idf": lambda: (regression(1.0), changed(weighed)),
    "hashed": lambda: [regression(c, HashingVectorizer(n_features=512)) for c in (1.0, 100.0)],
    "forest": lambda: [forest(seed) for seed in (0, 1)],
    "table": lambda: [of_table(c) for c in (1.0, 9.0)],
}


def is_of(scorer, model):
    estimator = scorer.estimator_of(model).estimator
    predictor = Predictor(estimator, scorer.model_task, scorer.labels)
    return explains(scorer.engine, predictor, scorer.probe_rows())


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("method", ["terms", "masking", "lime"])
def test_another_model_is_told_by_a_kept_explainer(name, method, tmp_path):
    model, other = PAIRS[name]()
    rows = TABLE if name == "table" else TEXTS
    column = "text" if name == "table" else None
    explainer = TextExplainer(model, rows, method=method, text_column=column, show_progress=False)
    scoring = explainer.create_scoring_explainer()
    kept = ScoringExplainer.load(scoring.save(tmp_path / "kept"))
    for scorer in (scoring.scorer, kept.scorer):
        assert is_of(scorer, copy.deepcopy(model))
        assert not is_of(scorer, other)


def test_made_up_texts_have_all_words_of_a_model_and_common_ones_where_it_has_none():
    texts = texts_for(regression(1.0), 6)
    known = regression(1.0)[0].vocabulary_
    assert len(texts) == 6
    assert {word for text in texts[3:] for word in text.split()} == set(known)
    assert texts == texts_for(regression(1.0), 6)
    assert "good" in " ".join(texts_for(None, 6)).split()
