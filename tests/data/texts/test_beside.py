"""Made-up cells beside texts: those that the model's own encoders know."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from mlflow_explain.data.texts.beside import with_known
from tests import texts as made

ROWS = made.table().assign(
    brand=["x", None, "y", "x", "y"], size=[7, 8, 7, 8, 7], kind=pd.Categorical(list("babab"))
)
ASKED = ROWS.iloc[[0, 0, 0]].assign(text="", price=0.0, brand="", size=0).reset_index(drop=True)


def model_of(*others):
    columns = make_column_transformer((TfidfVectorizer(), "text"), *others)
    return make_pipeline(columns, LogisticRegression()).fit(ROWS, made.LABELS)


ENCODED = {
    "alone": [(OneHotEncoder(), ["brand", "size"])],
    "apart": [(OneHotEncoder(), ["size"]), (OrdinalEncoder(encoded_missing_value=-1), [3, 2])],
    "first of several": [
        (make_pipeline(OrdinalEncoder(encoded_missing_value=-1), OneHotEncoder()), ["brand"]),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["size"]),
    ],
    "nested": [
        (make_column_transformer((OneHotEncoder(), ["size"]), ("passthrough", [])), ["size"]),
        (OneHotEncoder(), lambda rows: ["brand"]),
    ],
}


@pytest.mark.parametrize("others", ENCODED.values(), ids=ENCODED)
def test_cells_that_the_encoders_know_take_turns(others):
    model, asked = model_of(*others), ASKED.copy()
    found = with_known(asked, model)
    assert found.brand.tolist() == ["x", "y", "x"]
    assert found["size"].tolist() == [7, 8, 7]
    assert found.dtypes.tolist() == asked.dtypes.tolist()
    assert np.isfinite(model.predict_proba(found)).all()
    pd.testing.assert_frame_equal(asked, ASKED)


def test_columns_without_an_encoder_are_as_they_were():
    model = model_of((StandardScaler(), ["price"]), (OneHotEncoder(), ["kind"]))
    found = with_known(ASKED, model)
    assert found.kind.tolist() == ["a", "b", "a"]
    pd.testing.assert_frame_equal(found.drop(columns="kind"), ASKED.drop(columns="kind"))
    for other in (None, made.length, made.pipeline(), LogisticRegression()):
        assert with_known(ASKED, other) is ASKED


def test_a_search_is_looked_into():
    model = model_of((OneHotEncoder(handle_unknown="ignore"), ["size"]))
    search = GridSearchCV(model, {}, cv=2)
    assert with_known(ASKED, search.fit(ROWS, made.LABELS))["size"].tolist() == [7, 8, 7]


def test_cells_of_another_type_than_the_column_are_left_out():
    model = model_of((OneHotEncoder(), ["brand", "size"]))
    found = with_known(ASKED.assign(brand=0.5), model)
    assert found.brand.tolist() == [0.5] * 3
    assert found["size"].tolist() == [7, 8, 7]
