"""Vectorisers of texts are found behind any preprocessing that keeps terms apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold, chi2
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    Normalizer,
    OneHotEncoder,
    StandardScaler,
)

from mlflow_explain.data.texts.sources import sources_of
from mlflow_explain.errors import UnsupportedTransformerError

TEXTS = ["good phone", "bad phone bad", "good good price", "awful price", "nothing else"] * 2
Y = [1, 0, 1, 0, 0] * 2
TABLE = pd.DataFrame(
    {"stars": range(10), "text": TEXTS, "shop": list("abcab") * 2, "title": TEXTS[::-1]}
)


def found(preprocess, given=TEXTS, columns=("text",), text=0):
    made = preprocess.fit(given, Y).transform(given)
    return sources_of(preprocess, columns, text, made.shape[1]), made


def names(sources, number=0):
    """Return the terms of each engineered feature, '' where it has none."""
    words = sources.vectorizers[number].get_feature_names_out()
    own = sources.source == number
    return [words[t] if is_own else "" for t, is_own in zip(sources.term, own, strict=True)]


@pytest.mark.parametrize(
    "preprocess",
    [
        CountVectorizer(),
        TfidfVectorizer(),
        make_pipeline(CountVectorizer(), TfidfTransformer(), MaxAbsScaler()),
        make_pipeline(CountVectorizer(), StandardScaler(with_mean=False), Normalizer()),
        make_pipeline(make_pipeline(CountVectorizer(), "passthrough"), None),
        FeatureUnion([("only", CountVectorizer()), ("none", "drop")]),
        FrozenEstimator(CountVectorizer().fit(TEXTS)),
    ],
)
def test_features_are_terms_in_their_order(preprocess):
    sources, made = found(preprocess)
    assert sources.n_engineered == made.shape[1]
    assert names(sources) == sorted({w for text in TEXTS for w in text.split()})
    assert (sources.column == 0).all()


@pytest.mark.parametrize("selector", [SelectKBest(chi2, k=3), VarianceThreshold(0.1)])
def test_terms_left_out_are_no_features(selector):
    preprocess = make_pipeline(CountVectorizer(), TfidfTransformer(), selector)
    sources, made = found(preprocess)
    assert made.shape[1] < len(preprocess[0].vocabulary_)
    kept = preprocess[0].get_feature_names_out()[selector.get_support()]
    assert names(sources) == kept.tolist()


def test_a_union_has_several_vectorizers():
    union = FeatureUnion(
        [("words", TfidfVectorizer()), ("chars", CountVectorizer(analyzer="char")),
         ("hashed", HashingVectorizer(n_features=32))]
    )  # fmt: skip
    sources, _ = found(union)
    n = [len(union.transformer_list[i][1].vocabulary_) for i in (0, 1)]
    assert np.bincount(sources.source).tolist() == [*n, 32]
    features, which = sources.made_of(2, np.array([3, 31]))
    assert features.tolist() == [sum(n) + 3, sum(n) + 31]
    assert which.tolist() == [0, 1]


def test_a_term_may_have_several_features_or_none():
    union = FeatureUnion([("as is", "passthrough"), ("scaled", MaxAbsScaler())])
    sources, made = found(make_pipeline(CountVectorizer(), union, SelectKBest(chi2, k=9)))
    every = np.arange(len(sources.vectorizers[0].vocabulary_))
    features, which = sources.made_of(0, every)
    assert sorted(features) == list(range(9))
    assert np.bincount(which, minlength=len(every)).tolist() != [1] * len(every)
    assert made.shape[1] == 9


def test_other_columns_fold_to_themselves():
    columns = ColumnTransformer(
        [("shop", OneHotEncoder(), ["shop"]), ("words", TfidfVectorizer(), "text"),
         ("title", CountVectorizer(), "title"), ("left", "drop", ["stars"])],
        remainder="passthrough",
    )  # fmt: skip
    sources, made = found(columns, TABLE, tuple(TABLE.columns), 1)
    n_words = len(columns.named_transformers_["words"].vocabulary_)
    assert made.shape[1] == 3 + 2 * n_words
    assert sources.column.tolist() == [2] * 3 + [1] * n_words + [3] * n_words
    assert (sources.source >= 0).tolist() == [False] * 3 + [True] * n_words + [False] * n_words


def test_what_is_made_of_a_text_beside_its_terms_is_its_own_and_no_term():
    length = FunctionTransformer(lambda texts: np.array([[len(t)] for t in np.ravel(texts)]))
    columns = make_column_transformer((CountVectorizer(), "text"), (length, ["text"]))
    sources, _ = found(columns, TABLE, tuple(TABLE.columns), 1)
    assert sources.column[-1] == 1
    assert sources.source[-1] == sources.term[-1] == -1


def test_a_table_scaled_after_its_columns_are_joined():
    columns = make_column_transformer((CountVectorizer(), "text"), (StandardScaler(), ["stars"]))
    sources, _ = found(make_pipeline(columns, MaxAbsScaler()), TABLE, tuple(TABLE.columns), 1)
    assert sources.column[-1] == 0
    assert sources.source[0] == 0


@pytest.mark.parametrize(
    ("preprocess", "why"),
    [
        (make_pipeline(TfidfVectorizer(), TruncatedSVD(2)), "TruncatedSVD"),
        (make_pipeline(TfidfVectorizer(), FunctionTransformer(lambda rows: rows.toarray())),
         "FunctionTransformer"),
        (make_pipeline(FunctionTransformer(lambda t: [x.lower() for x in t]), TfidfVectorizer()),
         "FunctionTransformer|TfidfVectorizer"),
        (FunctionTransformer(lambda t: np.array([[len(x)] for x in t])), "has"),
    ],
)  # fmt: skip
def test_what_mixes_terms_is_refused(preprocess, why):
    with pytest.raises(UnsupportedTransformerError, match=why):
        found(preprocess)


def test_a_row_normalized_with_other_columns_is_refused():
    columns = make_column_transformer((CountVectorizer(), "text"), ("passthrough", ["stars"]))
    with pytest.raises(UnsupportedTransformerError, match="Normalizer"):
        found(make_pipeline(columns, Normalizer()), TABLE, tuple(TABLE.columns), 1)


def test_a_table_without_a_vectorizer_is_refused():
    columns = make_column_transformer((OneHotEncoder(), ["shop"]), ("passthrough", ["stars"]))
    with pytest.raises(UnsupportedTransformerError, match="no CountVectorizer"):
        found(columns, TABLE, tuple(TABLE.columns), 1)
