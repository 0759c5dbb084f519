"""Masking: Owen values of tokens in sentences, by asking the model."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.data.texts.masked import Maskable
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines import progress
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.black_box.masking import pool
from mlflow_explain.engines.text import masking, structure, wholes
from mlflow_explain.engines.text.masked_rows import MaskedRow
from mlflow_explain.errors import ExplainError, FeatureError, InvalidInputError
from mlflow_explain.explainers.text import TextExplainer
from tests.engines.text.owen_truth import owen as owen_by_orders

RNG = np.random.default_rng(7)
WORDS = [f"w{i}" for i in range(40)]
WEIGHTS = dict(zip(WORDS, RNG.normal(size=40), strict=True))


def score(text: str) -> float:
    """Weights of the words, and interactions of neighbours, squashed."""
    words = [w for w in text.replace(".", " ").split() if w in WEIGHTS]
    total = sum(WEIGHTS[w] for w in words)
    total += sum(WEIGHTS[a] * WEIGHTS[b] for a, b in pairwise(words))
    return float(np.tanh(total / 2))


def squashed(texts: list[str]) -> np.ndarray:
    return np.array([score(text) for text in texts])


def both(texts: list[str]) -> np.ndarray:
    """Two outputs, of which one counts words."""
    return np.array([[score(text), len(text.split()) ** 1.5] for text in texts])


class Counting:
    """A function of texts that knows what it was asked."""

    def __init__(self, function: Any = squashed) -> None:
        self.function = function
        self.calls: list[list[str]] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        assert isinstance(texts, list)
        self.calls.append(list(texts))
        return self.function(texts)

    @property
    def n_asked(self) -> int:
        return sum(map(len, self.calls))


def explainer(function: Any, examples: Any = ("w1 w2", "w3"), **options: Any) -> TextExplainer:
    options = {"is_function": True, "model_task": "regression", "show_progress": False} | options
    given = list(examples) if isinstance(examples, tuple) else examples
    return TextExplainer(function, given, method="masking", **options)


def engine(function: Any, **options: Any) -> masking.MaskingEngine:
    made = explainer(function, **options).choice.engine
    assert isinstance(made, masking.MaskingEngine)
    return made


def table(*texts: str) -> pd.DataFrame:
    return pd.DataFrame({"text": pd.Series(texts, dtype=object)})


def without(words: list[str], members: frozenset[int]) -> str:
    return " ".join(word for i, word in enumerate(words) if i in members)


def sentences(*sizes: int, seed: int = 0) -> str:
    """Sentences of distinct words; blank lines end them, so that all tokens are words."""
    words = np.random.default_rng(seed).permutation(WORDS)[: sum(sizes)]
    parts = np.split(words, np.cumsum(sizes)[:-1])
    return "\n\n".join(" ".join(part) for part in parts)


def nested(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    each = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    return tuple(tuple(int(i) for i in part) for part in each)


@pytest.mark.parametrize("sizes", [(5,), (2, 3), (1, 4), (2, 1, 2), (1, 1, 1, 2)])
@pytest.mark.parametrize("function", [squashed, both])
def test_short_documents_equal_enumeration_over_orders(sizes: tuple[int, ...], function: Any):
    text = sentences(*sizes)
    found = engine(function).explain(table(text))
    words = text.split()
    truth = owen_by_orders(lambda m: function([without(words, m)])[0], nested(sizes))
    assert found.tokens is not None
    np.testing.assert_allclose(found.tokens.values, truth, atol=1e-12)
    assert found.tokens.standard_errors is not None
    assert found.tokens.standard_errors.max() == 0.0
    np.testing.assert_array_equal(found.tokens.rest, 0.0)


def test_three_levels_equal_enumeration(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(structure, "MAX_SENTENCES", 2)
    text = sentences(2, 1, 1, 2)
    found = engine(squashed).explain(table(text)).tokens
    words = text.split()
    parts = (((0, 1), 2), (3, (4, 5)))
    truth = owen_by_orders(lambda m: squashed([without(words, m)])[0], parts)
    assert found is not None
    np.testing.assert_allclose(found.values, truth, atol=1e-12)


def test_long_sentences_and_texts_are_put_into_even_blocks():
    root = structure.structure(np.repeat(np.arange(100), 2))
    assert root is not None
    assert [len(block.children) for block in root.children] == [10] * 10
    line = structure.structure(np.zeros(65, dtype=int))
    assert line is not None
    assert {len(block.children) for block in line.children} <= {8, 9}
    assert structure.structure(np.zeros(0, dtype=int)) is None
    one = structure.structure(np.zeros(1, dtype=int))
    assert one is not None
    assert one.children == ()


@pytest.mark.parametrize(
    ("sizes", "n_asked"), [((12,), 300), ((6, 7), 260), ((6, 5, 6), 260), ((4, 5, 4, 5, 4), 500)]
)
def test_estimates_are_near_the_truth_unbiased_and_sum_exactly(
    sizes: tuple[int, ...], n_asked: int
):
    text = sentences(*sizes)
    rows, gain = table(text), squashed([text])[0] - squashed([""])[0]
    exact = engine(squashed, nsamples=10**7).explain(rows).tokens
    assert exact is not None
    assert exact.standard_errors is not None
    assert exact.standard_errors.max() == 0.0
    each = [engine(squashed, nsamples=n_asked, seed=seed).explain(rows) for seed in range(20)]
    errors = np.array([one.tokens.values - exact.values for one in each])
    told = np.array([one.tokens.standard_errors for one in each])
    assert (told > 0.0).any()
    for one in each:
        assert one.tokens.values.sum() == pytest.approx(gain, abs=1e-12)
    # Told errors are those there are, and the mean over seeds is nearer than any of them.
    size = np.sqrt((errors**2).mean())
    assert size < 1.5 * np.sqrt((told**2).mean())
    assert np.sqrt((told**2).mean()) < 4.0 * size
    assert np.sqrt((errors.mean(axis=0) ** 2).mean()) < 0.5 * size


def test_additive_functions_are_exact_however_little_is_asked():
    def additive(texts: list[str]) -> np.ndarray:
        return np.array([sum(WEIGHTS.get(w, 0.0) for w in text.split()) for text in texts])

    text = sentences(9, 8, 9, 7)
    found = engine(additive, nsamples=600).explain(table(text)).tokens
    assert found is not None
    np.testing.assert_allclose(found.values[:, 0], [WEIGHTS[w] for w in text.split()], atol=1e-9)
    assert found.standard_errors is not None
    assert found.standard_errors.max() < 1e-9


@pytest.mark.parametrize("n_asked", [2, 50, 300, 2_000])
def test_no_more_is_asked_than_allowed_and_each_text_once(n_asked: int):
    model = Counting()
    made = engine(model, nsamples=n_asked)
    model.calls.clear()
    text = sentences(8, 9, 8, 10)
    local = made.explain(table(text, text))
    asked = [one for call in model.calls for one in call]
    assert len(asked) <= n_asked + 1
    assert len(asked) == len(set(asked))
    np.testing.assert_array_equal(local.values[0], local.values[1])
    np.testing.assert_allclose(local.outputs()[0], squashed([text]), atol=1e-12)
    # A handful of batches, one per part told apart.
    assert len(model.calls) <= 8


def test_what_is_not_told_apart_is_shared_evenly_and_says_so():
    text = sentences(8, 9, 8, 10)
    found = engine(squashed, nsamples=2).explain(table(text)).tokens
    assert found is not None
    assert np.ptp(found.values) == 0.0
    # As if one of the 35 had it all.
    np.testing.assert_allclose(found.standard_errors, np.sqrt(35) * np.abs(found.values))


def test_texts_are_given_in_parts_of_bounded_size():
    model = Counting()
    made = masking.MaskingEngine(
        **{name: getattr(engine(model), name) for name in ("asked", "column")},
        max_bytes=2_000,
    )
    model.calls.clear()
    text = sentences(8, 2)
    small = made.explain(table(text))
    assert max(map(len, model.calls)) < 40
    np.testing.assert_array_equal(small.values, engine(squashed).explain(table(text)).values)


class Beside:
    """A function of a table: a text beside a number and a category."""

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        factor = np.where(rows["kind"] == "a", 1.0, -0.5)
        scores = squashed(rows["review"].tolist())
        return np.asarray(scores * factor + np.tanh(rows["stars"] + scores))


def beside() -> pd.DataFrame:
    reviews = ["w1 w2 w3", "w4 w5.", "w6 w7 w8 w9"]
    return pd.DataFrame(
        {"stars": [1.0, 2.0, 4.0], "review": reviews, "kind": ["a", "b", "a"]}
    ).astype({"review": object})


def test_columns_beside_the_text_are_players_beside_it():
    model, rows = Beside(), beside()
    found = engine(model, examples=rows, text_column="review").explain(rows)
    assert found.tokens is not None
    base = model(rows.assign(review=""))
    np.testing.assert_allclose(found.base_values, [base.mean()], atol=1e-12)
    np.testing.assert_allclose(found.outputs()[:, 0], model(rows), atol=1e-12)
    row = rows.iloc[2]
    words = row["review"].split()

    def value(members: frozenset[int]) -> np.ndarray:
        mixed = rows.assign(review=without(words, members))
        for player, name in ((4, "stars"), (5, "kind")):
            if player in members:
                mixed[name] = row[name]
        return np.array([model(mixed).mean()])

    truth = owen_by_orders(value, ((0, 1, 2, 3), 4, 5))
    tokens = found.tokens.values[found.tokens.of_row(2)]
    np.testing.assert_allclose(tokens, truth[:4], atol=1e-12)
    np.testing.assert_allclose(found.values[2, [0, 2]], truth[4:], atol=1e-12)
    np.testing.assert_allclose(found.values[2, 1], truth[:4].sum(axis=0), atol=1e-12)


def test_columns_beside_a_long_text_are_estimated_within_the_budget():
    examples = pd.concat([beside()] * 9, ignore_index=True)
    examples["stars"] = np.linspace(-1.0, 1.0, len(examples))
    rows = beside().iloc[:1].assign(review=sentences(8, 9))
    exact = engine(Beside(), examples=examples, text_column="review", nsamples=10**8)
    truth = exact.explain(rows.assign(review=sentences(2, 2)))
    assert truth.standard_errors is not None
    assert truth.standard_errors.max() == 0.0
    few = engine(Beside(), examples=examples, text_column="review", nsamples=400)
    near = few.explain(rows.assign(review=sentences(2, 2)))
    assert near.standard_errors is not None
    away = np.abs(near.values - truth.values)
    assert (away <= 4.0 * near.standard_errors + 1e-12).all()
    model = Counting(Beside())
    model.__class__ = type("Table", (Counting,), {"__call__": _of_table})
    made = engine(model, examples=examples, text_column="review", nsamples=700)
    model.calls.clear()
    local = made.explain(rows)
    assert model.n_asked <= 701
    np.testing.assert_allclose(local.outputs()[:, 0], Beside()(rows), atol=1e-12)


def _of_table(self: Counting, rows: pd.DataFrame) -> np.ndarray:
    self.calls.append(rows["review"].tolist())
    return self.function(rows)


def test_equal_cells_beside_take_no_part():
    rows = beside().assign(stars=1.0, kind="a")
    model = Beside()
    found = engine(model, examples=rows, text_column="review").explain(rows.iloc[:1])
    np.testing.assert_array_equal(found.values[0, [0, 2]], 0.0)
    np.testing.assert_allclose(found.outputs()[:, 0], model(rows.iloc[:1]), atol=1e-12)


def test_a_mask_stands_for_absent_tokens():
    def masks(texts: list[str]) -> np.ndarray:
        return np.array([10.0 * text.count("[M]") + squashed([text])[0] for text in texts])

    text = "w1 w2 w3"
    found = engine(masks, mask="[M]").explain(table(text))
    words = text.split()

    def value(members: frozenset[int]) -> np.ndarray:
        return masks([" ".join(w if i in members else "[M]" for i, w in enumerate(words))])

    assert found.tokens is not None
    truth = owen_by_orders(value, (0, 1, 2))
    np.testing.assert_allclose(found.tokens.values, truth, atol=1e-12)
    # A text of masks is not the empty text.
    np.testing.assert_allclose(found.tokens.rest, [value(frozenset()) - masks([""])], atol=1e-12)
    np.testing.assert_allclose(found.outputs()[0], masks([text]), atol=1e-12)


def test_documents_with_few_tokens_or_none():
    def lengths(texts: list[str]) -> np.ndarray:
        return np.array([float(len(text)) for text in texts])

    texts = ["", "   ", "one", "\n\n", "né 👩‍👩‍👧 x"]
    found = engine(lengths).explain(table(*texts))
    np.testing.assert_allclose(found.outputs()[:, 0], lengths(texts))
    assert found.tokens is not None
    np.testing.assert_array_equal(found.tokens.row, [2, 4, 4, 4])
    np.testing.assert_array_equal(found.tokens.rest[:, 0], [0.0, 3.0, 0.0, 2.0, 0.0])
    assert engine(lengths).explain(table()).values.shape == (0, 1, 1)


def test_scripts_signs_and_markup_are_only_text():
    texts = [
        "<script>alert('x')</script> w1 w2",
        "שלום עולם w3. שלום!",
        "سلام دنیا w4",
        "😀👍🏽 w5 🇩🇪",
        "我喜欢 w6 它",
        "w7\ud800",
    ]
    found = engine(squashed, nsamples=200).explain(table(*texts))
    np.testing.assert_allclose(found.outputs()[:, 0], squashed(texts), atol=1e-12)
    assert found.tokens is not None
    told = tokens_of(texts)
    words = told.words(texts)
    assert "👍🏽" in words
    np.testing.assert_array_equal(found.tokens.start, told.start)


def test_the_same_seed_gives_the_same_values_in_any_company():
    texts = [sentences(8, 9, 7, 8, seed=seed) for seed in range(3)]
    first = engine(squashed, nsamples=400).explain(table(*texts))
    again = engine(squashed, nsamples=400).explain(table(*texts))
    alone = engine(squashed, nsamples=400).explain(table(texts[2]))
    np.testing.assert_array_equal(first.values, again.values)
    assert first.tokens is not None
    assert alone.tokens is not None
    np.testing.assert_array_equal(first.tokens.values[first.tokens.of_row(2)], alone.tokens.values)
    other = engine(squashed, nsamples=400, seed=1).explain(table(*texts))
    assert other.tokens is not None
    assert (other.tokens.values != first.tokens.values).any()


def test_a_stored_engine_has_its_settings_and_no_text():
    own = engine(squashed, nsamples=400, mask="_", seed=3)
    again = masking.restore(own.state(), own.ask.predictor)
    rows = table(sentences(8, 9, 7, 8), "w1", "")
    np.testing.assert_array_equal(again.explain(rows).values, own.explain(rows).values)
    np.testing.assert_array_equal(own.asked.rows["text"], [""])
    made = engine(Beside(), examples=beside(), text_column="review")
    assert made.asked.rows["review"].tolist() == ["", "", ""]
    assert made.asked.rows["stars"].tolist() == [1.0, 2.0, 4.0]
    assert "w1" not in str(made.state())


def test_models_that_answer_alike_for_empty_texts_are_told_from_each_other():
    own, other = engine(squashed), engine(lambda texts: 2.0 * squashed(texts))
    np.testing.assert_array_equal(own.base_values, other.base_values)
    assert masking.made_of(own, own.ask.predictor, table("w1 w2"))
    assert not masking.made_of(own, other.ask.predictor, table("w1 w2"))


def test_a_model_that_raises_or_answers_no_numbers_is_a_typed_error():
    def picky(texts: list[str]) -> np.ndarray:
        if any(text == "w1 w3" for text in texts):
            raise ValueError
        return squashed(texts)

    with pytest.raises(ExplainError, match="ValueError"):
        engine(picky).explain(table("w1 w2 w3"))

    def of_empty(texts: list[str]) -> np.ndarray:
        return np.array([np.nan if not text else 1.0 for text in texts])

    with pytest.raises(InvalidInputError, match="finite"):
        engine(of_empty)


def test_other_columns_and_games_are_refused():
    made = engine(squashed)
    with pytest.raises(FeatureError):
        made.explain(pd.DataFrame({"other": ["w1"]}))
    with pytest.raises(ExplainError, match="feature_perturbation"):
        explainer(squashed, feature_perturbation="interventional")


def test_through_the_explainer_words_are_features():
    explained = explainer(both, nsamples=400).explain_local(["w1 w2. W1", ""])
    assert explained.method == "text masking"
    assert explained.is_additive
    assert list(explained.features) == ["w1", "w2", ".", "W1"]
    subject = explainer(squashed).subject
    paths = Options(feature_perturbation="tree_path_dependent")
    assert isinstance(masking.made(subject.whole, subject.template, "text", paths), Refusal)


def test_tokens_of_a_word_are_of_one_kind_and_columns_of_their_own():
    rows = beside().assign(review="w1 W2. w1 , w2")
    answers = np.zeros(1)
    cells = pool(beside().assign(review=""), rows.iloc[:1])
    tokens = tokens_of(["w1 W2. w1 , w2"])
    cut = Maskable.of("w1 W2. w1 , w2", tokens.start, tokens.end)
    row = MaskedRow(Beside(), cells, "review", cut, answers, 1_000)
    np.testing.assert_array_equal(row.kinds, [0, 1, 2, 0, 3, 1, 4, 5])


def test_shares_of_the_budget_never_exceed_it():
    part = structure.structure(np.repeat(np.arange(20), 5))
    assert part is not None
    whole = wholes.Whole(part, (), np.ones(1), np.zeros(1), 1)
    level = [whole.of_part(i, np.full(1, 1.0 / (1 + i)), np.zeros(1)) for i in range(20)]
    for left in (0, 30, 47, 48, 500, 10**6):
        given = wholes.chosen(level, left)
        assert sum(given) <= left
        assert all(n == 0 or n >= one.least for n, one in zip(given, level, strict=True))
        # The largest first.
        taken = [n > 0 for n in given]
        assert taken == sorted(taken, reverse=True)


class _Told:
    """A function of texts for which time goes by while it is asked."""

    def __init__(self, seconds: float) -> None:
        self.now, self.seconds, self.calls = 0.0, seconds, list[int]()

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.now += self.seconds * len(texts)
        self.calls.append(len(texts))
        return np.array([len(set(text.split())) for text in texts], dtype=float)

    def monotonic(self) -> float:
        return self.now


LONG = " ".join(f"word{i}" for i in range(60)) + "."


def test_how_far_one_text_is_shows_while_its_rows_are_asked(monkeypatch: pytest.MonkeyPatch):
    seen: list[int] = []
    update = progress.Progress.update
    monkeypatch.setattr(
        progress.Progress, "update", lambda bar, n: (seen.append(n), update(bar, n))[1]
    )
    model = _Told(0.0)
    explainer = TextExplainer(model, [LONG, "a b"], method="masking", nsamples=2_000)
    model.calls.clear()
    explainer.explain_local([LONG])
    counted = [n for n in seen if n]
    # At first a few, so that a slow model is told of soon; then more at a time.
    assert counted[0] <= 32
    assert len(counted) >= 4
    assert max(model.calls) <= 1_024
    # What it may ask for less what it did is counted when the text is done.
    assert sum(counted) == 2_000


def test_a_slow_model_is_told_of_after_the_first_rows_of_the_first_text(
    monkeypatch: pytest.MonkeyPatch,
):
    model = _Told(1.0)
    explainer = TextExplainer(model, [LONG, "a b"], method="masking", nsamples=2_000)
    monkeypatch.setattr(progress, "time", model)
    asked_when_told: list[int] = []

    def told(*given: Any, **options: Any) -> None:
        asked_when_told.append(sum(model.calls))
        warnings_of.append(str(given[0]))

    warnings_of: list[str] = []
    monkeypatch.setattr(progress.warnings, "warn", told)
    model.calls.clear()
    explainer.explain_local([LONG, LONG + " more"])
    (text,) = warnings_of
    assert "smaller nsamples" in text
    left = float(text.split("about ")[1].split(" s")[0])
    assert asked_when_told[0] <= 64
    assert left == pytest.approx(4_000 - asked_when_told[0], abs=5)


def test_words_the_model_does_not_read_are_worth_nothing_but_rounding():
    texts = ["lovely but dear. It is slow, and lovely again."]
    explainer = TextExplainer(
        lambda texts: np.array([0.1 * text.count("lovely") - 0.7 for text in texts]),
        texts, method="masking", show_progress=False,
    )  # fmt: skip
    tokens = explainer.explain_local(texts).to_tokens(0)
    is_read = np.array([word == "lovely" for word in tokens["token"]])
    np.testing.assert_allclose(tokens["importance"][is_read], 0.1, atol=1e-12)
    assert (tokens["importance"][~is_read] == 0.0).all()
