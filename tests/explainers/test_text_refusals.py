"""What explainers of texts refuse, and whether what they say is of texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlflow_explain import HANTextExplainer, LIMEExplainer, TextExplainer
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError

TEXTS = ["Good phone. I love it!", "bad battery, bad screen", "great value", "good but bad"]
TABLE = pd.DataFrame({"review": TEXTS})
_AS_LIST = "pass the texts as a list, not as a table"


@pytest.fixture(scope="module")
def pipeline():
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, [1, 0, 1, 0])


def lengths(texts):
    return np.array([float(len(text)) for text in texts])


class Lengths:
    """A model of a list of texts."""

    def predict(self, texts):
        return lengths(texts)


def said(model, examples=TEXTS, error=InvalidInputError, kind=TextExplainer, **options):
    """Return the message, which sends nobody to where they are already."""
    with pytest.raises(error) as raised:
        kind(model, examples, **options)
    message = str(raised.value)
    assert "mlflow_explain.data" not in message
    assert "Explain its texts with TextExplainer" not in message
    return message


def test_a_model_that_is_no_function_is_not_called(pipeline):
    message = said(pipeline, is_function=True)
    assert "sklearn.pipeline.Pipeline, which cannot be called. Leave `is_function` out" in message


def test_a_function_that_does_not_answer_once_per_text_is_named():
    def two(texts):
        return [1, 2]

    message = said(two)
    assert ".two." in message
    assert message.endswith("Return one answer per text.")
    assert message.startswith("Expected a model that answers once for each of 3 texts; got 2")
    message = said(lambda texts: np.ones((1, len(texts))))
    assert "for each of 2 texts in a list" in message


@pytest.mark.parametrize("model", [lengths, Lengths(), lambda texts: lengths(list(texts))])
def test_what_takes_a_list_and_was_given_a_table_is_told_so(model):
    assert _AS_LIST in said(model, TABLE)


def test_a_function_that_raises_for_a_table_is_told_that_it_is_one():
    def strict(texts):
        if not isinstance(texts, list):
            raise TypeError(type(texts))
        return lengths(texts)

    class Strict:
        """A model of a list, and nothing else."""

        def predict(self, texts):
            return strict(texts)

    assert _AS_LIST in said(strict, TABLE)
    assert _AS_LIST in said(Strict(), TABLE)


@pytest.mark.parametrize("kind", [TextExplainer, LIMEExplainer])
def test_a_model_that_refuses_the_empty_text_is_told_that_it_was_given_it(kind):
    def picky(texts):
        if "" in texts:
            raise ValueError("empty")
        return lengths(texts)

    message = said(picky, kind=kind)
    assert "picky, given the empty text" in message
    assert "background" not in message
    assert "column" not in message


def test_a_model_that_refuses_texts_without_words_is_told_what_it_was_given():
    def picky(texts):
        if any(0 < len(text) < 5 for text in texts):
            raise ValueError("short")
        return lengths(texts)

    explainer = TextExplainer(picky, TEXTS, show_progress=False)
    with pytest.raises(InvalidInputError, match=r"without some of their words.*picky") as raised:
        explainer.explain_local("good bad")
    assert "given the empty text" not in str(raised.value)


def test_a_method_that_refuses_says_which_would_do(pipeline):
    message = said(pipeline.predict_proba, error=UnsupportedModelError, method="terms")
    assert "TextExplainer without `method`" in message
    assert "tries them all" not in message
    message = said(lengths, error=UnsupportedModelError, feature_perturbation="interventional")
    assert "leave an option out" in message


@pytest.mark.networks
def test_a_network_that_reads_no_other_column_says_what_does():
    rows = TABLE.assign(stars=[5, 1, 4, 2])
    message = said(
        lambda given: given["stars"].to_numpy(float), rows, UnsupportedModelError, HANTextExplainer
    )
    assert "there are others: stars" in message
    assert "TextExplainer without `method`" in message
