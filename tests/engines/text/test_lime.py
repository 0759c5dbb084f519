"""Local models of texts against closed forms, plain least squares, the package lime, and counts."""

from __future__ import annotations

import itertools
import json
import logging
import math
import re

import numpy as np
import pandas as pd
import pytest
from lime.lime_text import LimeTextExplainer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import Table
from mlflow_explain.data.texts.models import TextFunction, of_table
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.base import EngineState, Options, Refusal
from mlflow_explain.engines.text import lime, lime_samples
from tests.texts import Counted

WORTH = {"good": 2.0, "bad": -3.0, "phone": 0.25, "!": 0.5, "été": 1.0, "😀": -1.0, "טוב": 4.0}
CORPUS = ["good phone, I love it", "bad battery, bad screen", "great value!", "awful. never again"]


def words_of(text):
    found = tokens_of([text])
    return [word.lower() for word in found.words([text])]


def worth(text):
    """An answer that is a sum over the distinct words there are."""
    return 10.0 + sum(WORTH.get(word, 0.1 * len(word)) for word in set(words_of(text)))


def frame(texts, **columns):
    return pd.DataFrame({"text": pd.Series(texts, dtype=object), **columns})


def made(function, background=None, **options):
    kernel_width = options.pop("kernel_width", None)
    background = frame(["a text"]) if background is None else background
    if function in (worth, curved):
        function = Counted(function)
    model = function if len(background.columns) > 1 else TextFunction(function, "text")
    predictor = Predictor(model, "regression", None)
    table = Table(background, tuple(background.columns))
    return lime.made(predictor, table, "text", Options(**options), kernel_width=kernel_width)


def classifier():
    labels = ["pos", "neg", "pos", "neg"] * 5
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=20.0)).fit(CORPUS * 5, labels)


def by_word(local, text, row=0):
    """Sums over the tokens of each word."""
    tokens = local.tokens
    here = tokens.of_row(row)
    found = {}
    for start, end, value in zip(
        tokens.start[here], tokens.end[here], tokens.values[here, 0], strict=True
    ):
        word = text[start:end].lower()
        found[word] = found.get(word, 0.0) + value
    return found


@pytest.mark.parametrize("n_words", [3, 30])
def test_words_that_add_up_get_what_each_adds(n_words):
    text = "good good phone! " + " ".join(f"word{i} " * (1 + i % 3) for i in range(n_words))
    local = made(worth, n_coalitions=1000).explain(frame([text]))
    found = by_word(local, text)
    assert found == pytest.approx(
        {word: WORTH.get(word, 0.1 * len(word)) for word in set(words_of(text))}, abs=1e-6
    )
    np.testing.assert_allclose(local.outputs()[0, 0], worth(text), atol=1e-6)
    assert local.base_values.tolist() == [10.0]
    assert local.tokens.standard_errors.max() < 1e-6


def test_occurrences_share_what_their_word_is_worth():
    local = made(worth).explain(frame(["good, bad. good good"]))
    each = local.tokens.values[[0, 4, 5], 0]
    assert each == pytest.approx([2 / 3] * 3, abs=1e-7)


def test_words_that_differ_in_capitals_are_told_apart():
    local = made(Counted(lambda text: float(text.split().count("GOOD")))).explain(
        frame(["GOOD food is good"])
    )
    assert local.tokens.values[:, 0] == pytest.approx([1.0, 0.0, 0.0, 0.0], abs=1e-6)


def curved(text):
    there = set(words_of(text))
    return math.tanh(len(there) / 3) + 2.0 * ({"not", "good"} <= there) - ("bad" in there)


def test_few_words_are_fitted_to_all_subsets_as_least_squares_say():
    text = "not good but bad phone"
    words = text.split()
    k, n = len(words), 5000
    subsets = np.array(list(itertools.product([0, 1], repeat=k)))
    kept = subsets.sum(axis=1)
    answers = [curved(" ".join(itertools.compress(words, subset))) for subset in subsets]
    distance = 100 * (1 - np.sqrt(kept / k))
    chance = [1 / n if m == k else (n - 1) / n / k / math.comb(k, m) for m in kept]
    root = np.sqrt(np.exp(-(distance**2) / (2 * 25**2)) * chance)
    design = np.column_stack([np.ones(len(subsets)), subsets])
    wanted = np.linalg.lstsq(design * root[:, None], np.array(answers) * root, rcond=None)[0]
    function = Counted(curved)
    engine = made(function)
    function.calls.clear()
    local = engine.explain(frame([text]))
    np.testing.assert_allclose(local.tokens.values[:, 0], wanted[1:], atol=1e-6)
    assert (local.tokens.standard_errors == 0).all()
    asked = [text for call in function.calls for text in call]
    assert sorted(map(words_of, asked)) == sorted(
        list(itertools.compress(words, subset)) for subset in subsets
    )


def test_a_sample_tends_to_what_all_subsets_give():
    text = "not good but bad phone"
    every = made(curved).explain(frame([text])).tokens.values
    drawn = lime_samples.drawn(5, 200_000, 25.0, 0, all_of_few=False)
    exact = lime_samples.drawn(5, 200_000, 25.0, 0, all_of_few=True)
    assert exact.are_all
    assert not drawn.are_all
    for features in itertools.product([False, True], repeat=5):
        weight = [
            part.weights[(part.present == features).all(axis=1)].sum() for part in (drawn, exact)
        ]
        assert weight[0] == pytest.approx(weight[1], rel=0.05, abs=1.0)
    assert every.shape == (5, 1)


def test_the_authors_package_finds_about_the_same():
    model = classifier()
    text = (
        "the battery is bad but I love the screen of it and the value is great never again such "
        "awful phone with good sound"
    )
    found = made_for(model, n_coalitions=5000).explain(frame([text]))
    explainer = LimeTextExplainer(random_state=0, feature_selection="none")
    peer = explainer.explain_instance(
        text, model.predict_proba, labels=(1,), num_features=100, num_samples=5000
    )
    theirs = {word.lower(): value for word, value in peer.as_list(label=1)}
    tokens = found.tokens
    ours = {}
    for start, end, value in zip(tokens.start, tokens.end, tokens.values[:, 1], strict=True):
        word = text[start:end].lower()
        ours[word] = ours.get(word, 0.0) + value
    assert set(ours) == set(theirs)
    both = np.array([[ours[word], theirs[word]] for word in ours])
    errors = tokens.standard_errors[:, 1].max()
    # Two draws, and the package's ridge.
    assert np.abs(both[:, 0] - both[:, 1]).max() < 6 * errors + 0.01 * np.abs(both).max()
    assert np.corrcoef(both.T)[0, 1] > 0.999


def made_for(model, **options):
    predictor = predictor_of(of_table(model, "text"))
    return lime.made(predictor, Table(frame(CORPUS), ("text",)), "text", Options(**options))


def test_standard_errors_are_how_far_draws_differ():
    text = " ".join(f"w{i}" for i in range(14)) + " not good"
    draws = [
        made(curved, n_coalitions=400, seed=seed).explain(frame([text])).tokens
        for seed in range(40)
    ]
    spread = np.std([draw.values[:, 0] for draw in draws], axis=0)
    said = np.mean([draw.standard_errors[:, 0] for draw in draws], axis=0)
    np.testing.assert_allclose(said, spread, rtol=0.45)


def test_the_seed_settles_everything_and_the_place_of_a_document_nothing():
    text = " ".join(f"w{i}" for i in range(20)) + " not good"
    first = made(curved, n_coalitions=300).explain(frame([text]))
    again = made(curved, n_coalitions=300).explain(frame(["other words", text]))
    other = made(curved, n_coalitions=300, seed=1).explain(frame([text]))
    assert (again.tokens.values[again.tokens.of_row(1)] == first.tokens.values).all()
    assert (other.tokens.values != first.tokens.values).any()


def test_equal_samples_are_asked_once_and_as_many_at_a_time_as_memory_allows():
    text = " ".join(f"w{i}" for i in range(20))
    function = Counted(curved)
    engine = made(function, n_coalitions=1000)
    function.calls.clear()
    whole = engine.explain(frame([text]))
    (call,) = function.calls
    assert len(call) == len(set(call)) < 1000
    object.__setattr__(engine, "max_bytes", 20_000)
    function.calls.clear()
    assert (engine.explain(frame([text])).values == whole.values).all()
    assert max(sum(map(len, call)) for call in function.calls) <= 20_000
    assert sum(map(len, function.calls)) == len(call)


def test_columns_beside_the_text_are_features_too():
    background = frame(["a", "b", "c", "d"], price=[1.0, 2.0, 3.0, 6.0], kind=list("xyxy"))

    def function(rows):
        assert rows.dtypes.equals(background.dtypes)
        words = [worth(text) for text in rows["text"]]
        return np.array(words) + 2.0 * rows["price"].to_numpy() + (rows["kind"] == "x").to_numpy()

    engine = made(function, background, n_coalitions=4000)
    rows = frame(["good bad", ""], price=[10.0, 1.0], kind=["y", "x"])
    local = engine.explain(rows)
    assert local.base_values == pytest.approx([10.0 + 6.0 + 0.5])
    error = local.standard_errors[:, :, 0]
    wanted = [[-1.0, 14.0, -0.5], [0.0, -4.0, 0.5]]
    assert (np.abs(local.values[:, :, 0] - wanted) <= 4 * error + 1e-6).all()
    assert error.max() < 0.3
    again = lime.restore(stored(engine.state()), engine.ask.predictor)
    assert (again.explain(rows).values == local.values).all()


def stored(state):
    return EngineState(json.loads(json.dumps(state.settings)), dict(state.arrays))


@pytest.mark.parametrize(
    "text",
    [
        "😀 été 👩‍👩‍👧 🇩🇪!",
        "הטלפון טוב מאוד",
        "<script>alert(7)</script> <b>bad</b>",
        "\u0000 good \u200f",
    ],
)
def test_any_script_keeps_its_places(text):
    local = made(worth).explain(frame([text]))
    found = by_word(local, text)
    assert found == pytest.approx(
        {word: WORTH.get(word, 0.1 * len(word)) for word in set(words_of(text))}, abs=1e-6
    )


def test_a_text_without_words_is_told_from_the_empty_one_in_the_rest():
    local = made(lambda texts: [len(text) for text in texts]).explain(frame(["", "  \n", "a"]))
    assert local.tokens.rest[:, 0].tolist() == [0.0, 3.0, 0.0]
    assert local.values[:, 0, 0] == pytest.approx([0.0, 3.0, 1.0])
    assert made(worth).explain(frame([])).values.shape == (0, 1, 1)


def test_long_documents_have_fewer_samples():
    assert lime_samples.size_for(1_000, 5_000) == 5_000
    assert lime_samples.size_for(350_000, 5_000) * 350_000 <= lime_samples.MAX_CHARACTERS
    assert lime_samples.size_for(10**9, 5_000) == lime_samples.LEAST_SAMPLES


def test_as_much_is_asked_at_a_time_with_a_long_mask():
    function = Counted(curved)
    predictor = Predictor(TextFunction(function, "text"), "regression", None)
    table = Table(frame(["x"]), ("text",))
    engine = lime.made(predictor, table, "text", Options(n_coalitions=300), "[" + "?" * 500 + "]")
    object.__setattr__(engine, "max_bytes", 20_000)
    function.calls.clear()
    engine.explain(frame([" ".join(f"w{i}" for i in range(20))]))
    assert max(sum(map(len, call)) for call in function.calls) <= 20_000


def test_rare_words_are_put_together_in_the_order_they_appear():
    words = ["a", "b", "a", "c", "d", "e", "f", "b", "g"]
    assert lime_samples.features_of(words, 9).tolist() == [0, 1, 0, 2, 3, 4, 5, 1, 6]
    grouped = lime_samples.features_of(words, 4)
    assert grouped.tolist() == [0, 1, 0, 2, 2, 2, 3, 1, 3]
    assert lime_samples.features_of(words, 1).tolist() == [0] * 9
    assert lime_samples.features_of([], 5).tolist() == []


def test_a_mask_stands_for_words():
    function = Counted(curved)
    predictor = Predictor(TextFunction(function, "text"), "regression", None)
    table = Table(frame(["x"]), ("text",))
    lime.made(predictor, table, "text", Options(), "[?]").explain(frame(["good, bad"]))
    assert "[?], bad" in function.calls[-1]


def test_what_cannot_be_done_is_said():
    table = Table(frame(["x"]), ("text",))
    assert isinstance(
        lime.made(Predictor(3, "regression", None), table, "text", Options()), Refusal
    )
    asked = Options(feature_perturbation="interventional")
    assert "game" in made(worth, feature_perturbation=asked.feature_perturbation).reason


def test_the_local_fidelity_is_logged(caplog):
    predictor = Predictor(TextFunction(Counted(curved), "text"), "regression", None)
    table = Table(frame(["x"]), ("text",))
    engine = lime.made(predictor, table, "text", Options(), verbose=True)
    with caplog.at_level(logging.INFO):
        engine.explain(frame(["not good"]))
    assert re.search(r"2 words, local R2 \d\.\d{3}", caplog.text)
