"""What holds for every row of the table of engines of texts."""

from __future__ import annotations

import functools
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from mlflow_explain import HANTextExplainer, LIMEExplainer, TextExplainer
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.data.table import table_of
from mlflow_explain.data.texts.cells import as_table
from mlflow_explain.data.texts.models import of_table
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import EngineState, Options, Refusal
from mlflow_explain.engines.text.masking import MOST_ASKED
from mlflow_explain.errors import InvalidInputError

WORDS = ["good", "bad", "screen", "battery", "never", "again", "great", "dull"]
_random = np.random.default_rng(0)
TRAIN = [" ".join(_random.choice(WORDS, 6)) + ". And so on." for _ in range(40)]
ODD = [
    "Good screen. Never bad!",
    "",
    " \n ",
    "zzz unseen",
    "👩‍👩‍👧 good 👍🏽",
    "מסך good رائع",
    "<script>alert('bad')</script>",
    "GOOD good gööd",
    "a\u0301\u202ebad\u2028never",
    # Half an emoji.
    "good \ud83d bad",
]
# Name of the engine -> what makes it.
MADE_BY = {
    "text terms": (TextExplainer, {"method": "terms"}),
    "text masking": (TextExplainer, {"method": "masking", "nsamples": 300}),
    "text lime": (LIMEExplainer, {"nsamples": 300}),
    "text han": (HANTextExplainer, {"max_epochs": 2}),
}
TARGETS = {"two": 2, "three": 3, "number": None}
N_OUTPUTS = {"three": 3, "number": 1}
# Of two classes these have a probability each; the others have one margin.
OF_PROBABILITIES = {"text masking", "text lime"}


@functools.cache
def model_of(target):
    scores = np.array([text.count("good") - text.count("bad") for text in TRAIN])
    if target == "number":
        return make_pipeline(TfidfVectorizer(), Ridge()).fit(TRAIN, scores)
    labels = np.array(["a", "b", "c"])[np.clip(scores, 0, TARGETS[target] - 1)]
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TRAIN, labels)


@functools.cache
def explainer_of(engine, target):
    kind, options = MADE_BY[engine]
    return kind(model_of(target), TRAIN, seed=3, show_progress=False, **options)


def rows_of(texts):
    return as_table(texts, "text")


CASES = [
    pytest.param(
        engine, target, marks=[pytest.mark.networks] if engine == "text han" else [],
        id=f"{engine}-{target}",
    )
    for engine in MADE_BY
    for target in TARGETS
]  # fmt: skip
each_engine = pytest.mark.parametrize(("engine", "target"), CASES)


def test_every_row_has_its_explainer_here():
    assert set(MADE_BY) == {row.name for row in registry.TEXTS}


@pytest.mark.parametrize("name", MADE_BY)
def test_a_table_is_told_which_explainer_makes_the_engine(name):
    row = registry.row_named(name)
    predictor = Predictor(of_table(model_of("number"), "text"), "regression", None)
    refusal = row.build(predictor, table_of(rows_of(TRAIN)), Options())

    assert refusal == Refusal(name, refusal.reason)
    assert MADE_BY[name][0].__name__ in refusal.reason


@each_engine
def test_axes_and_sums(engine, target):
    found = explainer_of(engine, target).choice.engine
    rows = rows_of(ODD)
    local = found.explain(rows)
    n_outputs = N_OUTPUTS[target] if target != "two" else 1 + (engine in OF_PROBABILITIES)

    assert local.values.shape == (len(ODD), 1, n_outputs)
    assert local.base_values.shape == (n_outputs,)
    np.testing.assert_allclose(local.tokens.totals(), local.values[:, 0], atol=1e-9)
    row = registry.row_named(engine)
    own = row.scores(found, explainer_of(engine, target).subject.estimator, rows)
    assert own.shape == (len(ODD), n_outputs)
    if np.isfinite(found.tolerance):
        np.testing.assert_allclose(local.outputs(), own, atol=1e-6)


@each_engine
def test_places_are_those_of_the_texts_as_they_were_given(engine, target):
    tokens = explainer_of(engine, target).choice.engine.explain(rows_of(ODD)).tokens

    for row, text in enumerate(ODD):
        at = tokens.of_row(row)
        start, end = tokens.start[at], tokens.end[at]
        assert (start < end).all()
        assert (end[:-1] <= start[1:]).all()
        assert end.max(initial=0) <= len(text)
        covered = "".join(text[a:b] for a, b in zip(start, end, strict=True))
        assert covered == "".join(text.split())


@each_engine
def test_rows_do_not_depend_on_each_other_and_answers_repeat(engine, target):
    found = explainer_of(engine, target).choice.engine
    whole = found.explain(rows_of(ODD))
    again = found.explain(rows_of(ODD))
    alone = found.explain(rows_of(ODD[4:5]))

    np.testing.assert_array_equal(again.tokens.values, whole.tokens.values)
    at = whole.tokens.of_row(4)
    np.testing.assert_allclose(alone.tokens.values, whole.tokens.values[at], atol=1e-6)


@each_engine
def test_no_texts_have_no_tokens(engine, target):
    found = explainer_of(engine, target).choice.engine
    local = found.explain(rows_of([]))

    assert local.values.shape == (0, 1, len(found.base_values))
    assert local.tokens is None or local.tokens.n_tokens == 0


@each_engine
def test_a_stored_engine_answers_the_same(engine, target, tmp_path):
    explainer = explainer_of(engine, target)
    found, predictor = explainer.choice.engine, explainer.subject.estimator
    state = found.state()
    path = tmp_path / "arrays.npz"
    np.savez(path, **state.arrays)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    kept = EngineState(state.settings, arrays, state.texts)
    again = registry.restore(engine, kept, lambda: predictor)

    mine, theirs = found.explain(rows_of(ODD)), again.explain(rows_of(ODD))
    np.testing.assert_allclose(theirs.tokens.values, mine.tokens.values, atol=1e-9)
    np.testing.assert_array_equal(again.base_values, found.base_values)
    assert (again.column, again.lowercase) == ("text", True)


@pytest.mark.parametrize("engine", [row.name for row in registry.TEXTS if row.asks_model])
def test_one_that_asks_its_model_says_so_without_it(engine):
    state = explainer_of(engine, "two").choice.engine.state()
    with pytest.raises(InvalidInputError, match="the model beside its explainer"):
        registry.restore(engine, state, None)


@each_engine
def test_an_engine_knows_its_model_from_another(engine, target):
    explainer = explainer_of(engine, target)
    other = make_pipeline(TfidfVectorizer(), LogisticRegression(C=50.0))
    other.fit(TRAIN, ["never" in text for text in TRAIN])
    if target == "number":
        other = make_pipeline(TfidfVectorizer(), Ridge(0.01)).fit(TRAIN, np.arange(len(TRAIN)))
    mine = explainer.subject.estimator
    others = Predictor(of_table(other, "text"), mine.task, mine.classes, mine.labels)

    assert registry.explains(explainer.choice.engine, mine, rows_of(ODD))
    assert not registry.explains(explainer.choice.engine, others, rows_of(ODD))


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(engine, marks=[pytest.mark.networks] if engine == "text han" else [])
        for engine in MADE_BY
    ],
)
def test_fifty_thousand_words_take_bounded_memory(engine):
    words = np.random.default_rng(1).choice(WORDS, 50_000).astype(object)
    words[::20] += "."
    words[17] = "signal"
    text = " ".join(words)
    # How many texts, and characters of all of them, are asked at a time.
    asked = []

    def model(texts):
        asked.append((len(texts), sum(map(len, texts))))
        return np.array([float("signal" in text) + len(text) / 1e7 for text in texts])

    if engine == "text terms":
        made = explainer_of(engine, "number")
    else:
        # A cheap model, and as many samples as there are by default.
        kind, options = MADE_BY[engine]
        options = {name: option for name, option in options.items() if name != "nsamples"}
        given = {"is_function": True, "model_task": "regression", "show_progress": False}
        made = kind(model, TRAIN, **given, **options)
    asked.clear()

    tracemalloc.start()
    local = made.choice.engine.explain(rows_of([text]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 200 * 2**20
    assert max((size for _, size in asked), default=0) <= 32 * 2**20
    assert sum(count for count, _ in asked) <= MOST_ASKED + 1
    tokens = local.tokens
    assert tokens.n_tokens == 52_500
    np.testing.assert_allclose(tokens.totals(), local.values[:, 0], atol=1e-9)
    if engine in OF_PROBABILITIES:
        best = int(np.argmax(tokens.values[:, 0]))
        assert text[tokens.start[best] : tokens.end[best]] == "signal"
        assert tokens.values[best, 0] == pytest.approx(1.0, abs=0.05)


@each_engine
def test_what_was_passed_stays_as_it_was(engine, target):
    texts = pd.Series(ODD, index=range(3, 3 + len(ODD)), dtype=object)
    before = texts.copy(deep=True)
    explainer_of(engine, target).explain_local(texts)

    pd.testing.assert_series_equal(texts, before)
