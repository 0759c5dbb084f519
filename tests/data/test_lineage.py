"""Feature maps against finite changes: an output may depend on its mapped columns only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import (
    TfidfVectorizer,
)
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, VarianceThreshold
from sklearn.frozen import FrozenEstimator
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from mlflow_explain.data.lineage import feature_map_of
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
    "remainder estimator, names as they are": ColumnTransformer(
        [("c", OneHotEncoder(drop=["a", "no"]), WORDS)],
        remainder=make_pipeline(SimpleImputer(), StandardScaler()),
        verbose_feature_names_out=False,
    ),
    "pandas out, remainder by name": ColumnTransformer(
        [("c", OneHotEncoder(sparse_output=False), ["c2"]), ("no", "drop", ["c1"])],
        remainder="passthrough",
    ).set_output(transform="pandas"),
    "nothing comes out": ColumnTransformer(
        [("none", "drop", ["n1"]), ("empty", StandardScaler(), []), ("one", Binarizer(), ["n3"])]
    ),
    "a column in several members": ColumnTransformer(
        [("a", StandardScaler(), ["n3", "n1"]), ("b", QuantileTransformer(n_quantiles=10), ["n1"]),
         ("c", OrdinalEncoder(), ["c1"]), ("d", OneHotEncoder(), ["c1"])]
    ),
    "nested": ColumnTransformer(
        [
            ("inner", ColumnTransformer([("w", OneHotEncoder(), ["c1"])], remainder="passthrough"),
             ["n3", "c1"]),
            ("n", make_pipeline(SimpleImputer(), FeatureUnion([("p", PowerTransformer()),
                                                              ("s", "passthrough")])), ["n2"]),
        ]
    ),
    "masks and callables": ColumnTransformer(
        [("m", SimpleImputer(), [True, False, True, False, False]),
         ("f", OneHotEncoder(), lambda frame: [c for c in frame if c.startswith("c")])]
    ),
    "infrequent, dropped": ColumnTransformer(
        [("c", OneHotEncoder(drop="first", max_categories=3,
                             handle_unknown="infrequent_if_exist"), WORDS)]
    ),
    "infrequent, dropped if binary": ColumnTransformer(
        [("c", OneHotEncoder(drop="if_binary", min_frequency=0.1), WORDS)]
    ),
    "infrequent": ColumnTransformer(
        [("c", OneHotEncoder(max_categories=2, handle_unknown="warn"), WORDS)]
    ),
    "ordinal with infrequent": ColumnTransformer(
        [("c", OrdinalEncoder(max_categories=2), WORDS)]
    ),
    "bins, dense and ordinal": ColumnTransformer(
        [("d", make_pipeline(SimpleImputer(), KBinsDiscretizer(4, encode="onehot-dense")), NUMBERS),
         ("o", KBinsDiscretizer(3, encode="ordinal", strategy="kmeans"), ["n1", "n3"])]
    ),
    "constants": ColumnTransformer(
        [("c", SimpleImputer(strategy="constant", fill_value="?"), WORDS),
         ("n", SimpleImputer(strategy="constant", fill_value=0, add_indicator=True), NUMBERS)]
    ),
    "selected by a model": make_pipeline(
        ColumnTransformer([("c", OneHotEncoder(), WORDS), ("n", SimpleImputer(), NUMBERS)]),
        VarianceThreshold(),
        SelectFromModel(LogisticRegression(), threshold="median"),
        RFE(LogisticRegression(), n_features_to_select=2),
    ),
    "splines": ColumnTransformer(
        [("s", SplineTransformer(n_knots=4, include_bias=False, extrapolation="linear"),
          ["n1", "n3"])]
    ),
    "powers of one column": ColumnTransformer(
        [("a", PolynomialFeatures(3, include_bias=False), ["n1"]),
         ("b", PolynomialFeatures(2, include_bias=False), ["n3"])]
    ),
    "functions": ColumnTransformer(
        [("two", FunctionTransformer(lambda x: np.column_stack([x, x**2]),
                                     feature_names_out=lambda _, n: [*n, "square"]), ["n1"]),
         ("none", FunctionTransformer(lambda x: np.column_stack([x, x**2, -x])), ["n3"]),
         ("identity", FunctionTransformer(), ["c1"])]
    ),
    "one column through steps that mix": ColumnTransformer(
        [("n", make_pipeline(SplineTransformer(include_bias=False), PCA(2)), ["n1"]),
         ("c", make_pipeline(OneHotEncoder(sparse_output=False), Normalizer(), PCA(1)), ["c1"])]
    ),
    "frozen": ColumnTransformer(
        [("n", FrozenEstimator(StandardScaler().fit(FRAME[["n3", "n1"]])), ["n3", "n1"]),
         ("c", OneHotEncoder(), ["c2"])]
    ),
    "target encoders of a number": ColumnTransformer(
        [("t", TargetEncoder(target_type="continuous"), WORDS)]
    ),
}  # fmt: skip


def cells(rows):
    return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)


def matrix(fold: FeatureMap) -> np.ndarray:
    full = np.zeros((fold.n_engineered, fold.n_raw))
    full[fold.engineered, fold.raw] = fold.weights
    return full


@pytest.mark.parametrize("name", list(CASES))
def test_outputs_change_only_with_their_mapped_column(name):
    transformer = CASES[name].fit(FRAME, TARGET)
    before = cells(transformer.transform(FRAME))
    found = matrix(feature_map_of(transformer, FRAME.columns))
    assert found.shape == (before.shape[1], FRAME.shape[1])
    np.testing.assert_array_equal(found.sum(axis=1), 1)
    seen = np.zeros_like(found, dtype=bool)
    for position, column in enumerate(FRAME):
        for shift in (1, 7, 23):
            changed = FRAME.assign(**{column: np.roll(FRAME[column], shift)})
            after = cells(transformer.transform(changed))
            same = (after == before) | (pd.isna(after) & pd.isna(before))
            seen[:, position] |= ~same.all(axis=0)
    np.testing.assert_array_equal(found.astype(bool) & seen, seen)
    # Each column that is mapped at all does move its outputs: the map says nothing superfluous.
    np.testing.assert_array_equal(seen.any(axis=1), found.astype(bool).any(axis=1))


@pytest.mark.parametrize("mixing", [PCA(2), Normalizer(), FunctionTransformer(np.abs)])
def test_mixing_is_refused_and_shared_equally_on_request(mixing):
    transformer = make_pipeline(SimpleImputer(), mixing).fit(FRAME[NUMBERS])
    with pytest.raises(UnsupportedTransformerError, match="allow_all_transformations=True"):
        feature_map_of(transformer, NUMBERS)
    shared = matrix(feature_map_of(transformer, NUMBERS, allow_all=True, n_outputs=3))
    np.testing.assert_allclose(shared, 1 / 3)


def test_a_column_may_be_chosen_twice():
    rows = np.arange(6.0).reshape(3, 2)
    transformer = ColumnTransformer([("n", StandardScaler(), [1, 0, 1])]).fit(rows)
    found = matrix(feature_map_of(transformer, [0, 1]))
    np.testing.assert_array_equal(found, [[0, 1], [1, 0], [0, 1]])


def test_many_outputs_of_one_column_are_that_columns():
    words = pd.DataFrame({"n": [1.0, 2.0], "text": ["to be", "or not"]})
    transformer = ColumnTransformer(
        [("t", TfidfVectorizer(), "text"), ("n", "passthrough", ["n"])]
    ).fit(words)
    found = matrix(feature_map_of(transformer, words.columns))
    np.testing.assert_array_equal(found, [[0, 1]] * 4 + [[1, 0]])
