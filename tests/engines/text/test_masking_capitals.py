"""Words that differ in capitals are told apart where the model that is asked tells them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlflow_explain.engines.base import EngineState
from mlflow_explain.engines.text import lime, masking
from mlflow_explain.explainers.text import TextExplainer

TEXTS = ["good value", "bad screen", "good, sharp screen", "Bad value", "Sharp", "dull and bad"]
LABELS = [1, 0, 1, 0, 1, 0]
ROWS = {"masking": masking, "lime": lime}


def explainer(model: Any, method: str, **options: Any) -> TextExplainer:
    return TextExplainer(model, TEXTS, method=method, nsamples=200, show_progress=False, **options)


@pytest.mark.parametrize("method", ["masking", "lime"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_pipelines_count_words_as_their_vectorizer_does(method: str, lowercase: bool):
    vectorizer = CountVectorizer(lowercase=lowercase)
    model = make_pipeline(vectorizer, LogisticRegression()).fit(TEXTS, LABELS)
    found = explainer(model, method).explain_local("Good good GOOD")
    assert list(found.features) == (["good"] if lowercase else ["Good", "good", "GOOD"])


@pytest.mark.parametrize("method", ["masking", "lime"])
def test_functions_are_asked(method: str):
    def shouts(texts: list[str]) -> np.ndarray:
        return np.array([float(sum(map(str.isupper, text))) for text in texts])

    def length(texts: list[str]) -> np.ndarray:
        # A network answers one text beside others not to the last digit.
        noise = 1e-7 * np.arange(len(texts))
        return np.array([float(len(text)) for text in texts]) + noise

    names = [
        list(explainer(function, method).explain_local("Ab ab.").features)
        for function in (shouts, length)
    ]
    assert names == [["Ab", "ab", "."], ["ab", "."]]


def counted(word: str) -> Any:
    return lambda texts: np.array([float(text.split().count(word)) for text in texts])


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        # Neither small nor large.
        (["Apple apple pie", "an apple"], "Apple"),
        # Letters that do not come back do not hide those that do.
        (["GUT gut fließt", "gut, weiß"], "GUT"),
    ],
)
def test_words_as_they_are_count_too(texts: list[str], word: str):
    made = TextExplainer(counted(word), texts, method="masking", show_progress=False)
    assert not made.choice.engine.lowercase


@pytest.mark.parametrize("explains", ["masking", "lime"])
@pytest.mark.parametrize("unknown", ["raises", "is NaN"])
def test_a_model_that_knows_no_other_words_tells_them_apart(explains: str, unknown: str):
    weights = {"good": 1.0, "bad": -1.0, "value": 0.0}

    def known(texts: list[str]) -> np.ndarray:
        found = [[weights[word] if unknown == "raises" else weights.get(word, np.nan)
                  for word in text.split()] for text in texts]  # fmt: skip
        return np.array([sum(each) for each in found], dtype=float)

    made = TextExplainer(
        known, ["good value", "bad"], method=explains, nsamples=200, show_progress=False
    )
    assert not made.choice.engine.lowercase
    tokens = made.explain_local("good bad value").to_tokens(0)
    np.testing.assert_allclose(tokens["importance"], [1.0, -1.0, 0.0], atol=1e-2)


@pytest.mark.parametrize("texts", [[""], ["?!", "123"], ["ßß"], ["我喜欢"]])
def test_texts_without_capitals_tell_nothing(texts: list[str]):
    asked: list[str] = []

    def length(given: list[str]) -> np.ndarray:
        asked.extend(given)
        return np.array([float(len(text)) for text in given])

    made = TextExplainer(length, texts, method="masking", show_progress=False).choice.engine
    assert made.lowercase
    assert set(asked) == {"", *texts}


def test_few_texts_are_asked_beside_their_own_cells():
    seen: list[pd.DataFrame] = []

    def of_table(rows: pd.DataFrame) -> np.ndarray:
        seen.append(rows)
        return rows["stars"].to_numpy() + np.array([float(len(text)) for text in rows["review"]])

    rows = pd.DataFrame(
        {"review": [f"word{i} of many" for i in range(30)], "stars": np.arange(30.0)}
    )
    made = TextExplainer(
        of_table, rows, text_column="review", method="masking", model_task="regression",
        show_progress=False,
    ).choice.engine  # fmt: skip
    assert made.lowercase
    probe = seen[-1]
    assert probe["stars"].tolist() == 4 * list(range(8))
    assert probe["review"][16:24].str.isupper().all()


@pytest.mark.parametrize("method", ["masking", "lime"])
def test_what_was_kept_before_models_were_asked_is_still_read(method: str):
    made = explainer(lambda texts: np.array([float("A" in t) for t in texts]), method).choice.engine
    state = made.state()
    assert not made.lowercase
    assert not ROWS[method].restore(state, made.ask.predictor).lowercase
    older = {name: value for name, value in state.settings.items() if name != "lowercase"}
    again = ROWS[method].restore(EngineState(older, state.arrays), made.ask.predictor)
    assert again.lowercase
