"""Texts in a page: tokens where they stand, and nothing of texts that are not to be shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlflow_explain import ExplanationDashboard
from mlflow_explain.dashboard import markdown, plain, words
from mlflow_explain.dashboard.payload import recorded
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.dashboard.payload.veils import veiled
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.errors import FeatureError, InvalidInputError
from tests import made_texts
from tests.read_page import BLOCK, ReadPage

TEXTS = [
    "Good zebrafish. I love it!",
    "",
    "\U0001f469\u200d\U0001f52c bad \U0001f600 great. Never again",
    "\u05d8\u05d5\u05d1 good \u202eawful",
    "\ufeffquagga\n\nwombat  bad",
    "half \ud800 good",
]
SECRETS = ("zebrafish", "quagga", "wombat")
HIDDEN = {
    "drop": {"drop_columns": ["text"]},
    "mask": {"mask": ["text"]},
    "without data": {"include_data": False},
}


@pytest.fixture(scope="module")
def explanation():
    return made_texts.explained(TEXTS)


def read(explanation, **options):
    return ReadPage(ExplanationDashboard(explanation, model=False, **options).html)


def documents(found):
    """Return texts and tokens as a browser cuts them: in UTF-16 units."""
    spec = found.payload["texts"]
    data = {
        name: found.array(array).astype(float if name in {"values", "rest"} else int)
        for name, array in spec.items()
        if name != "column"
    }
    n_rows = found.payload["rows"]["count"]
    values = data["values"].reshape(-1, len(data["start"]))
    made, byte, token = [], 0, 0
    for row in range(n_rows):
        raw = data["bytes"][byte : byte + data["lengths"][row]].astype(np.uint8).tobytes()
        byte += data["lengths"][row]
        units = raw.decode("utf-8").encode("utf-16-le")
        own = slice(token, token + data["counts"][row])
        token = own.stop
        spans = zip(data["start"][own], data["length"][own], strict=True)
        words = [units[2 * int(a) : 2 * int(a + n)].decode("utf-16-le") for a, n in spans]
        rest = data["rest"].reshape(-1, n_rows)[:, row]
        made.append((raw.decode(), words, values[:, own], data["sentence"][own], rest))
    return made


def test_tokens_are_cut_in_utf_16_units(explanation):
    made = documents(read(explanation))
    # UTF-8 has no half of a character: a question mark stands for it, and places stay.
    assert [text for text, *_ in made] == [*TEXTS[:-1], "half ? good"]
    assert made[1][1] == []
    assert made[2][1] == [
        "\U0001f469\u200d\U0001f52c", "bad", "\U0001f600", "great", ".", "Never", "again",
    ]  # fmt: skip
    assert made[2][3].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert made[5][1] == ["half", "?", "good"]


def test_tokens_and_rest_are_the_output(explanation):
    made = documents(read(explanation))
    sums = [
        made_texts.BASE + values.sum(axis=1) + rest for _, _, values, _, rest in made
    ]  # fmt: skip
    np.testing.assert_allclose(sums, explanation.local.outputs(), rtol=1e-6)


def test_a_sample_has_the_tokens_of_its_rows():
    texts = [f"good word{i} bad. great" for i in range(300)]
    found = read(made_texts.explained(texts), max_rows=20)
    ids = found.numbers(found.payload["rows"]["ids"]).astype(int)
    made = documents(found)
    assert len(made) == 20
    assert [text for text, *_ in made] == [texts[i] for i in ids]
    assert all(words[1] == f"word{i}" for (_, words, *_), i in zip(made, ids, strict=True))


def test_words_are_no_columns_and_say_so(explanation):
    (view,) = read(explanation).payload["views"]
    assert all(column["word"] for column in view["columns"])
    assert {column["absent"] for column in view["columns"]} == {
        "A word is no column, and has no cells: see the texts under Text."
    }


def test_a_word_called_like_the_column_is_a_word():
    found = read(made_texts.explained(["text good", "text bad"]))
    (view,) = found.payload["views"]
    assert view["features"][0] == "text"
    assert view["columns"][0]["word"]


def test_columns_beside_the_text_stay_columns():
    beside = made_texts.explained(["good", "bad", "love it"], [20.0, 30.0, 40.0])
    found = read(beside)
    (view,) = found.payload["views"]
    assert view["features"][0] == "age"
    assert found.numbers(view["columns"][0]).tolist() == [20.0, 30.0, 40.0]
    assert [column.get("word", False) for column in view["columns"]][:2] == [False, True]
    hidden = read(beside, drop_columns=["text"])
    (view,) = hidden.payload["views"]
    assert view["features"] == [
        "age",
        *(f"text: word {i}" for i in range(1, 5)),
        "text: (absent words)",
    ]
    assert view["local"]["features"] == [0]
    assert "love" not in hidden.json


@pytest.mark.parametrize("keeps_local", [True, False])
@pytest.mark.parametrize("options", HIDDEN.values(), ids=HIDDEN)
def test_hidden_texts_and_their_words_are_nowhere_in_the_file(explanation, options, keeps_local):
    if not keeps_local:
        explanation = replace(explanation, local=None)
    html = ExplanationDashboard(explanation, model=False, **options).html
    found = ReadPage(html)
    for text in (found.json, BLOCK.sub("", html)):
        assert not [word for word in SECRETS if word in text]
    spec = found.payload["texts"]
    assert set(spec) == {"column", "absent"}
    (view,) = found.payload["views"]
    assert view["features"][:2] == ["text: word 1", "text: word 2"]
    assert view["local"] is None
    if keeps_local:
        said = [line for line in found.payload["caveats"] if line.startswith("Words of texts")]
        assert len(said) == 1
    assert not [name for name in found.payload["arrays"] if name.startswith("texts")]
    table = plain.render(veiled(explanation, PageOptions(**options)))
    assert not [word for word in SECRETS if word in table]


def test_a_word_cannot_be_left_out_of_texts_that_are_shown(explanation):
    with pytest.raises(FeatureError, match="zebrafish, which they do not have"):
        read(explanation, drop_columns=["zebrafish"])


@pytest.mark.parametrize("options", HIDDEN.values(), ids=HIDDEN)
def test_a_cohort_of_a_word_that_is_not_shown_says_that_words_are_numbered(explanation, options):
    cohort = {"name": "good", "filter": {"of": {"attribution": "good"}, "is": ">", "value": 0}}
    with pytest.raises(InvalidInputError, match="not shown are numbered"):
        read(explanation, cohorts=[cohort], **options)


def test_without_kept_words_no_number_of_them_is_told(explanation):
    said = read(explanation, include_data=False).payload["caveats"]
    assert not [line for line in said if "have attributions of single rows" in line]


def test_words_are_counted_apart_from_columns_and_from_absent_words(explanation):
    n_words = len(explanation.features) - 1
    assert explanation.features[-1] == "(absent words)"
    assert words.facts(explanation)["Features"].startswith(f"{n_words} words, one sum of words")
    beside = made_texts.explained(["good", "bad", "love it"], [20.0, 30.0, 40.0])
    assert words.facts(beside)["Features"].startswith("4 words, 1 column beside the text")
    assert words.head(beside) == "word or column"
    assert words.headline(replace(beside, method="text han")).startswith("The surrogate of")


class Refuses:
    """A model that must not be asked."""

    classes_ = np.array(made_texts.CLASSES)

    def predict(self, rows):
        raise AssertionError(f"asked for {len(rows)} rows")

    predict_proba = predict


def test_no_model_is_asked_for_made_up_texts(explanation, monkeypatch):
    monkeypatch.setattr(recorded, "recorded", Refuses().predict)
    found = ReadPage(ExplanationDashboard(explanation, Refuses()).html)
    assert found.payload["model"] is None
    assert found.payload["recorded"] == []
    assert found.payload["modelNote"].startswith("The page holds no model: it reads texts")


def test_a_model_of_a_list_of_texts_is_compared_with_what_was_explained(explanation):
    labels = ["pos", "neg", "neg", "neg", "neg", "pos"]
    texts = [text.replace("\ud800", "") for text in TEXTS]
    other = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, labels)
    with pytest.raises(InvalidInputError, match="does not give the predictions"):
        ExplanationDashboard(explanation, other)


def test_only_explanations_of_texts_have_texts(explanation):
    assert words_of(replace(explanation, local=None)) is not None
    assert words_of(replace(explanation, local=None, method="tree")) is None


def test_reports_of_thousands_of_words_list_the_first():
    many = made_texts.explained([f"good w{i} x{i}" for i in range(200)])
    report = markdown.report(many)
    assert "The first 100 of 402 are listed." in report
    assert report.count("\n| ") == 102
    assert "| rank | word |" in report
    assert "401 words, one sum of words a text does not have" in report


def test_the_cell_of_a_notebook_shows_the_text_coloured_and_escaped():
    hostile = "Good </script><img src=x onerror='x'> & bad \u202eawful {{7*7}}"
    html = made_texts.explained([hostile])._repr_html_()
    body = html[html.index("</style>") :]
    assert "<span class='r3'>Good</span>" in body
    assert "<span class='l5'>awful</span>" in body
    assert "<span class='alone'>U+202E</span>" in body
    assert "<img" not in body
    assert "</script" not in body
    assert "(absent words)" in body
    assert "The text is empty." in made_texts.explained([""])._repr_html_()


def test_texts_may_be_given_as_a_list():
    texts = TEXTS[:-1]
    explanation = made_texts.explained(texts)
    page = ExplanationDashboard(explanation, model=False, datasetX=texts)
    assert ReadPage(page.html).payload["rows"]["count"] == len(texts)
    with pytest.raises(InvalidInputError, match="datasetX with the values that were explained"):
        ExplanationDashboard(explanation, model=False, datasetX=["other"] * len(texts))
