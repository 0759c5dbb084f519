"""Feature maps against finite changes: an output may depend on its mapped columns only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from mlflow_explain.data.lineage import engineered_names, feature_map_of
from mlflow_explain.errors import UnsupportedTransformerError

if TYPE_CHECKING:
    from mlflow_explain.explanation import FeatureMap

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "n1": RNG.normal(size=60),
        "c1": RNG.choice(["a", "b", "c", "rare"], 60, p=[0.4, 0.3, 0.28, 0.02]),
        "n2": RNG.normal(size=60),
        "c2": RNG.choice(["yes", "no"], 60),
        "n3": RNG.normal(size=60),
    }
)
FRAME.loc[3, "n2"] = np.nan
FRAME.loc[0, "c1"] = "rare"
TARGET = (FRAME.n1 > 0).astype(int)
NUMBERS, WORDS = ["n1", "n2", "n3"], ["c1", "c2"]

CASES = {
    "usual": ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("c", OneHotEncoder(), WORDS),
        ]
    ),
    "dropped first, infrequent": ColumnTransformer(
        [("c", OneHotEncoder(drop="first", min_frequency=3), WORDS)], remainder="drop"
    ),
    "drop if binary": ColumnTransformer([("c", OneHotEncoder(drop="if_binary"), WORDS)]),
    "passthrough and ordinal": ColumnTransformer(
        [("c", OrdinalEncoder(), WORDS), ("n", "passthrough", ["n3"])], remainder=MinMaxScaler()
    ),
    "selectors": ColumnTransformer(
        [
            ("n", SimpleImputer(add_indicator=True), make_column_selector(dtype_include="number")),
            ("c", OneHotEncoder(), make_column_selector(dtype_exclude="number")),
        ]
    ),
    "slices and positions": ColumnTransformer(
        [("n", SimpleImputer(), slice("n1", "n1")), ("m", SimpleImputer(), [2, -1])]
    ),
    "bins": ColumnTransformer(
        [("n", make_pipeline(SimpleImputer(), KBinsDiscretizer(3)), NUMBERS)]
    ),
    "union and selection": ColumnTransformer(
        [
            (
                "n",
                make_pipeline(
                    SimpleImputer(),
                    FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())]),
                    SelectKBest(k=3),
                ),
                NUMBERS,
            )
        ]
    ),
    "pandas between the steps": make_pipeline(
        ColumnTransformer(
            [("n", SimpleImputer(), NUMBERS)], verbose_feature_names_out=False
        ).set_output(transform="pandas"),
        ColumnTransformer([("s", StandardScaler(), ["n3", "n1"])]),
    ),
    "function": ColumnTransformer(
        [("f", FunctionTransformer(np.abs, feature_names_out="one-to-one"), NUMBERS)]
    ),
    "target encoder": ColumnTransformer([("t", TargetEncoder(), WORDS)]),
    "indicator": ColumnTransformer([("m", MissingIndicator(), NUMBERS)]),
}


def dense(rows):
    return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows, dtype=float)


def matrix(fold: FeatureMap) -> np.ndarray:
    full = np.zeros((fold.n_engineered, fold.n_raw))
    full[fold.engineered, fold.raw] = fold.weights
    return full


@pytest.mark.parametrize("name", list(CASES))
def test_outputs_change_only_with_their_mapped_column(name):
    transformer = CASES[name].fit(FRAME, TARGET)
    before = dense(transformer.transform(FRAME))
    found = matrix(feature_map_of(transformer, FRAME.columns))
    assert found.shape == (before.shape[1], FRAME.shape[1])
    np.testing.assert_array_equal(found.sum(axis=1), 1)
    seen = np.zeros_like(found, dtype=bool)
    for position, column in enumerate(FRAME):
        for shift in (1, 7, 23):
            changed = FRAME.assign(**{column: np.roll(FRAME[column], shift)})
            after = dense(transformer.transform(changed))
            same = (after == before) | (np.isnan(after) & np.isnan(before))
            seen[:, position] |= ~same.all(axis=0)
    np.testing.assert_array_equal(found.astype(bool) & seen, seen)
    # Each column that is mapped at all does move its outputs: the map says nothing superfluous.
    np.testing.assert_array_equal(seen.any(axis=1), found.astype(bool).any(axis=1))


@pytest.mark.parametrize(
    "mixing", [PCA(2), PolynomialFeatures(2), Normalizer(), FunctionTransformer(np.abs)]
)
def test_mixing_is_refused_and_shared_equally_on_request(mixing):
    transformer = make_pipeline(SimpleImputer(), mixing).fit(FRAME[NUMBERS])
    way_out = "feature_names_out" if isinstance(mixing, FunctionTransformer) else "allow_all_trans"
    with pytest.raises(UnsupportedTransformerError, match=way_out):
        feature_map_of(transformer, NUMBERS)
    if not isinstance(mixing, FunctionTransformer):
        shared = matrix(feature_map_of(transformer, NUMBERS, allow_all=True))
        np.testing.assert_allclose(shared, 1 / 3)


def test_a_column_may_be_chosen_twice():
    rows = np.arange(6.0).reshape(3, 2)
    transformer = ColumnTransformer([("n", StandardScaler(), [1, 0, 1])]).fit(rows)
    found = matrix(feature_map_of(transformer, [0, 1]))
    np.testing.assert_array_equal(found, [[0, 1], [1, 0], [0, 1]])


def test_names_are_made_up_where_the_transformer_has_none():
    transformer = FunctionTransformer(np.abs).fit(FRAME[NUMBERS])
    assert engineered_names(transformer, NUMBERS, 3) == ["feature 0", "feature 1", "feature 2"]
    scaler = StandardScaler().fit(FRAME[NUMBERS].to_numpy())
    assert engineered_names(scaler, NUMBERS, 3) == ["x0", "x1", "x2"]


def test_names_are_made_distinct():
    rows = pd.DataFrame({"a": ["b_c", "x"], "a_b": ["c", "y"]})
    encoder = OneHotEncoder().fit(rows)
    assert engineered_names(encoder, list(rows), 4) == ["a_b_c", "a_x", "a_b_c (2)", "a_b_y"]


def test_a_target_encoder_of_several_classes():
    target = np.arange(60) % 3
    transformer = ColumnTransformer([("t", TargetEncoder(), WORDS)]).fit(FRAME, target)
    found = matrix(feature_map_of(transformer, FRAME.columns))
    np.testing.assert_array_equal(found.sum(axis=0), [0, 3, 0, 3, 0])


def test_many_outputs_of_one_column_are_that_columns():
    words = pd.DataFrame({"n": [1.0, 2.0], "text": ["to be", "or not"]})
    transformer = ColumnTransformer(
        [("t", TfidfVectorizer(), "text"), ("n", "passthrough", ["n"])]
    ).fit(words)
    found = matrix(feature_map_of(transformer, words.columns))
    np.testing.assert_array_equal(found, [[0, 1]] * 4 + [[1, 0]])
