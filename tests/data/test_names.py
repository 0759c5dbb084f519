"""Names of engineered features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from mlflow_explain.data.names import engineered_names

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


def test_a_member_without_names_leaves_the_others_theirs():
    transformer = ColumnTransformer(
        [("n", FunctionTransformer(lambda x: np.column_stack([x, -x])), ["n1"]),
         ("m", FunctionTransformer(np.abs), ["n1", "n3"]), ("c", OneHotEncoder(), ["c2"])]
    ).fit(FRAME)  # fmt: skip
    names = engineered_names(transformer, list(FRAME), 6)
    assert names == ["n1_0", "n1_1", "m 0", "m 1", "c2_no", "c2_yes"]


def test_names_are_made_up_where_the_transformer_has_none():
    transformer = FunctionTransformer(np.abs).fit(FRAME[NUMBERS])
    assert engineered_names(transformer, NUMBERS, 3) == ["feature 0", "feature 1", "feature 2"]
    scaler = StandardScaler().fit(FRAME[NUMBERS].to_numpy())
    assert engineered_names(scaler, NUMBERS, 3) == ["x0", "x1", "x2"]


def test_names_are_made_distinct():
    rows = pd.DataFrame({"a": ["b_c", "x"], "a_b": ["c", "y"]})
    encoder = OneHotEncoder().fit(rows)
    assert engineered_names(encoder, list(rows), 4) == ["a_b_c", "a_x", "a_b_c (2)", "a_b_y"]
