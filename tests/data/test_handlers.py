"""Transformers one by one: what they make of which column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - allows its import
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, PolynomialFeatures, TargetEncoder

from mlflow_explain.data.lineage import feature_map_of
from mlflow_explain.data.names import engineered_names
from mlflow_explain.errors import UnsupportedTransformerError

if TYPE_CHECKING:
    from mlflow_explain.explanation import FeatureMap

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "n1": RNG.normal(size=60),
        "c1": RNG.choice(["a", "b", "c"], 60),
        "n2": RNG.normal(size=60),
        "c2": RNG.choice(["yes", "no"], 60),
        "n3": RNG.normal(size=60),
    }
)
FRAME.loc[3, "n2"] = np.nan
NUMBERS, WORDS = ["n1", "n2", "n3"], ["c1", "c2"]


def matrix(fold: FeatureMap) -> np.ndarray:
    full = np.zeros((fold.n_engineered, fold.n_raw))
    full[fold.engineered, fold.raw] = fold.weights
    return full


def test_a_product_is_shared_among_its_factors_on_request():
    transformer = PolynomialFeatures(2, interaction_only=True).fit(FRAME[["n1", "n3"]])
    with pytest.raises(UnsupportedTransformerError, match="multiplies columns"):
        feature_map_of(transformer, ["n1", "n3"])
    shared = matrix(feature_map_of(transformer, ["n1", "n3"], allow_all=True))
    np.testing.assert_array_equal(shared, [[0.5, 0.5], [1, 0], [0, 1], [0.5, 0.5]])


@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.parametrize("imputer", [KNNImputer(add_indicator=True), KNNImputer(),
                                     IterativeImputer(add_indicator=True)],
                         ids=["knn, indicator", "knn", "iterative"])  # fmt: skip
def test_values_imputed_from_other_columns_are_their_own_columns_on_request(imputer):
    rows = FRAME[NUMBERS].assign(empty=np.nan)
    imputer.fit(rows)
    with pytest.raises(UnsupportedTransformerError, match="from the others"):
        feature_map_of(imputer, list(rows))
    found = matrix(feature_map_of(imputer, list(rows), allow_all=True))
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    if imputer.add_indicator:
        expected += [[0, 1, 0, 0], [0, 0, 0, 1]]
    np.testing.assert_array_equal(found, expected)
    # Of a row without gaps each value is the column's own.
    full = FRAME[NUMBERS].iloc[[0]].assign(empty=np.nan)
    np.testing.assert_array_equal(imputer.transform(full)[0, :3], full[NUMBERS].to_numpy()[0])


def test_an_imputer_fitted_on_an_array_names_its_columns_by_number():
    rows = FRAME[NUMBERS].assign(empty=np.nan)[["empty", *NUMBERS]].to_numpy()
    found = matrix(feature_map_of(KNNImputer().fit(rows), range(4), allow_all=True))
    np.testing.assert_array_equal(found, np.eye(4)[1:])


TEXTS = pd.DataFrame(
    {"n": [1.0, 2.0, 3.0], "text": ["to be or", "not to be", "be not"], "tags": [["x"], ["y"], []]}
)


@pytest.mark.parametrize(
    "of_text",
    [CountVectorizer(), TfidfVectorizer(sublinear_tf=True), HashingVectorizer(n_features=8),
     make_pipeline(CountVectorizer(), TfidfTransformer()),
     make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0)),
     make_pipeline(HashingVectorizer(n_features=8), VarianceThreshold()),
     FeatureUnion([("a", CountVectorizer()), ("b", HashingVectorizer(n_features=8))])],
    ids=lambda member: type(member).__name__,
)  # fmt: skip
def test_a_text_is_one_column_whatever_becomes_of_it(of_text):
    transformer = ColumnTransformer(
        [("t", of_text, "text"), ("h", FeatureHasher(4, input_type="string"), "tags"),
         ("n", "passthrough", ["n"])]
    ).fit(TEXTS, [0, 1, 1])  # fmt: skip
    n_out = transformer.transform(TEXTS).shape[1]
    found = matrix(feature_map_of(transformer, TEXTS.columns))
    np.testing.assert_array_equal(found, np.eye(3)[[1] * (n_out - 5) + [2] * 4 + [0]])
    names = engineered_names(transformer, list(TEXTS), n_out)
    assert len(set(names)) == n_out
    assert names[-1] in {"n__n", "n"}


def test_a_target_encoder_keeps_the_order_of_columns_and_classes():
    target = RNG.integers(3, size=60)
    encoder = TargetEncoder().fit(FRAME[WORDS], target)
    found = matrix(feature_map_of(encoder, WORDS))
    before = encoder.transform(FRAME[WORDS])
    after = encoder.transform(FRAME[WORDS].assign(c1="unheard of"))
    np.testing.assert_array_equal((before != after).any(axis=0), found[:, 0].astype(bool))


def test_a_target_encoder_of_several_classes():
    target = np.arange(60) % 3
    transformer = ColumnTransformer([("t", TargetEncoder(), WORDS)]).fit(FRAME, target)
    found = matrix(feature_map_of(transformer, FRAME.columns))
    np.testing.assert_array_equal(found.sum(axis=0), [0, 3, 0, 3, 0])


@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.parametrize("kept", [False, True])
def test_a_column_without_values_is_left_out_unless_it_is_kept(kept):
    rows = FRAME[["n2", "n1"]].assign(e=np.nan)
    imputer = SimpleImputer(add_indicator=True, keep_empty_features=kept).fit(rows)
    found = matrix(feature_map_of(imputer, list(rows)))
    sources = [0, 1, 2, 0, 2] if kept else [0, 1, 0, 2]
    np.testing.assert_array_equal(found, np.eye(3)[sources])
    assert len(found) == imputer.transform(rows).shape[1]


@pytest.mark.parametrize("labels", [["x", "y"], ["x", "y", "z"]])
def test_what_is_made_of_labels_is_made_of_one_column(labels):
    column = np.resize(labels, 12)
    for transformer in (LabelEncoder(), LabelBinarizer()):
        made = transformer.fit_transform(column).reshape(12, -1)
        found = matrix(feature_map_of(transformer, ["c"]))
        np.testing.assert_array_equal(found, np.ones((made.shape[1], 1)))
