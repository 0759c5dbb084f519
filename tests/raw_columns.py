"""Rows, fitted transformers and what an estimator behind them was trained on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, OneHotEncoder, StandardScaler

RNG = np.random.default_rng(0)
N_ROWS = 120
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(40, 10, N_ROWS),
        "fare": RNG.gamma(2, 5, N_ROWS),
        "sex": RNG.choice(["m", "f"], N_ROWS),
        "port": RNG.choice(["a", "b", "c"], N_ROWS),
        "text": RNG.choice(["to be", "or not", "be not"], N_ROWS),
        "unused": RNG.normal(size=N_ROWS),
    }
)
FRAME.loc[3, "age"] = np.nan
TARGET = ((FRAME["fare"] > 10) ^ (FRAME["sex"] == "m")).astype(int).to_numpy()
NUMBERS = ["age", "fare"]

# Each fitted on its own, on arrays or on a frame, as users do.
IMPUTER = SimpleImputer().fit(FRAME[NUMBERS].to_numpy())
SCALED = make_pipeline(SimpleImputer(), StandardScaler()).fit(FRAME[NUMBERS].to_numpy())
ONE_HOT = OneHotEncoder(handle_unknown="ignore").fit(FRAME[["port"]])
WORDS = CountVectorizer().fit(FRAME["text"])
CODES = LabelEncoder().fit(FRAME["sex"])
FLAGS = LabelBinarizer().fit(FRAME["port"])


def engineered():
    return np.hstack(
        [
            SCALED.transform(FRAME[NUMBERS].to_numpy()),
            ONE_HOT.transform(FRAME[["port"]]).toarray(),
            WORDS.transform(FRAME["text"]).toarray(),
            CODES.transform(FRAME["sex"])[:, None],
            FLAGS.transform(FRAME["port"]),
            FRAME[["fare"]],
        ]
    )


TUPLES = [
    (NUMBERS, SCALED),
    (["port"], ONE_HOT),
    ("text", WORDS),
    ("sex", CODES),
    ("port", FLAGS),
    (["fare"], None),
]
# Raw column of each engineered feature of these.
SOURCES = ["age", "fare", *["port"] * 3, *["text"] * 4, "sex", *["port"] * 3, "fare"]


def check_folded(found, sources):
    """Raw local values are sums of engineered ones; raw global ones are computed from them."""
    own = found.engineered.local_importance_values
    assert found.id == found.engineered.id
    for position, column in enumerate(found.features):
        parts = [i for i, source in enumerate(sources) if source == column]
        np.testing.assert_allclose(
            found.local_importance_values[..., position], own[..., parts].sum(axis=-1), atol=1e-12
        )
    values = found.local_importance_values
    values = values[None] if values.ndim == 2 else values
    np.testing.assert_allclose(
        found.global_importance_values, np.abs(values).mean(axis=(0, 1)), atol=1e-12
    )
