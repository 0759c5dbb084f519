from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from mlflow_explain.data.texts.models import TextFunction, TextModel, inside, of_table, takes_texts
from mlflow_explain.errors import UnfittedModelError

TEXTS = ["good", "bad", "good good", "bad day"]
ROWS = pd.DataFrame({"text": TEXTS})


def fitted():
    return make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, [1, 0, 1, 0])


def test_a_model_of_texts_answers_for_a_table_as_for_the_list():
    model = fitted()
    wrapped = of_table(model, "text")

    assert isinstance(wrapped, TextModel)
    assert inside(wrapped) is model
    np.testing.assert_array_equal(wrapped.predict(ROWS), model.predict(TEXTS))
    np.testing.assert_array_equal(wrapped.predict_proba(ROWS), model.predict_proba(TEXTS))
    assert wrapped.classes_.tolist() == [0, 1]


def test_what_the_model_has_not_the_wrapped_one_has_not():
    wrapped = of_table(make_pipeline(CountVectorizer(), Ridge()).fit(TEXTS, [1, 0, 1, 0]), "text")

    assert not hasattr(wrapped, "predict_proba")
    assert not hasattr(wrapped, "feature_names_in_")


def test_a_function_of_texts_answers_for_a_table():
    wrapped = of_table(lambda texts: [len(text) for text in texts], "text")

    assert isinstance(wrapped, TextFunction)
    assert wrapped(ROWS) == [4, 3, 9, 7]


def test_an_object_is_called_itself_where_it_is_a_function():
    class Both:
        def predict(self, _):
            raise AssertionError

        def __call__(self, texts):
            return len(texts)

    assert of_table(Both(), "text", is_function=True)(ROWS) == 4


def test_an_unfitted_model_is_refused():
    with pytest.raises(UnfittedModelError):
        of_table(make_pipeline(CountVectorizer(), LogisticRegression()), "text")


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        (CountVectorizer(), True),
        (make_pipeline("passthrough", HashingVectorizer()), True),
        (make_union(CountVectorizer()), True),
        (make_pipeline(StandardScaler(), Ridge()), False),
        (len, False),
    ],
)
def test_a_vectoriser_in_front_takes_a_list(model, takes):
    assert takes_texts(model) is takes


def test_a_search_takes_what_its_best_pipeline_takes():
    search = GridSearchCV(fitted(), {"logisticregression__C": [1.0]}, cv=2).fit(TEXTS, [1, 0, 1, 0])

    assert takes_texts(search)
