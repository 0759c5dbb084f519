"""Masking of long texts: walks through all tokens, adjusted by a game learnt from other walks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.data import time_limit
from mlflow_explain.engines.text import index_game, null_players, owen, structure, walks
from mlflow_explain.errors import OutOfTimeError
from mlflow_explain.explainers.text import TextExplainer
from tests.engines.text.owen_truth import orders as orders_of

# Sentences of a long text, and weights of its words.
SIZES = (9, 14, 6, 11, 13, 8, 12, 7)
N_WORDS = sum(SIZES)
WEIGHTS = np.random.default_rng(3).normal(size=N_WORDS) / 4
TEXT = "\n\n".join(
    " ".join(f"w{i}" for i in part) for part in np.split(np.arange(N_WORDS), np.cumsum(SIZES)[:-1])
)


def total(texts: list[str]) -> np.ndarray:
    return np.array([sum(WEIGHTS[int(w[1:])] for w in text.split()) for text in texts])


def squashed(texts: list[str]) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-total(texts)))


def mean_of_words(texts: list[str]) -> np.ndarray:
    return np.tanh(total(texts) / np.sqrt([max(1, len(text.split())) for text in texts]))


def explained(function: Any, text: str = TEXT, **options: Any) -> Any:
    options = {"is_function": True, "model_task": "regression", "show_progress": False} | options
    made = TextExplainer(function, ["w1 w2"], method="masking", **options).choice.engine
    return made.explain(pd.DataFrame({"text": pd.Series([text], dtype=object)})).tokens


def value_by_orders(function: Any, n_orders: int) -> np.ndarray:
    """Return values from many walks of their own, without any game."""
    rng, words = np.random.default_rng(11), np.array(TEXT.split())
    cuts = np.split(np.arange(N_WORDS), np.cumsum(SIZES)[:-1])
    added = np.zeros(N_WORDS)
    for _ in range(n_orders):
        order = np.concatenate([rng.permutation(cuts[i]) for i in rng.permutation(len(cuts))])
        for way in (order, order[::-1]):
            texts = [" ".join(words[np.sort(way[:n])]) for n in range(N_WORDS + 1)]
            added[way] += np.diff(function(texts)) / (2 * n_orders)
    return added


@pytest.mark.parametrize("function", [squashed, mean_of_words])
def test_long_texts_are_near_the_truth_and_errors_are_told(function: Any):
    truth = value_by_orders(function, 400)
    asked: list[str] = []

    def counted(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return function(texts)

    found = [explained(counted, nsamples=1_000, seed=seed) for seed in range(8)]
    assert len(asked) <= 8 * 1_002
    errors = np.array([one.values[:, 0] - truth for one in found])
    told = np.array([one.standard_errors[:, 0] for one in found])
    gain = function([TEXT])[0] - function([""])[0]
    for one in found:
        assert one.values.sum() == pytest.approx(gain, abs=1e-12)
    size = np.sqrt((errors**2).mean())
    assert size < 0.25 * np.abs(truth).mean()
    # Unbiased, but for what the truth itself is wrong.
    assert np.sqrt((errors.mean(axis=0) ** 2).mean()) < 0.6 * size
    assert 0.85 < (np.abs(errors) < 1.96 * told).mean() <= 1.0


def test_words_the_model_does_not_know_are_worth_nothing():
    known = np.flatnonzero(np.arange(N_WORDS) % 3)

    def of_some(texts: list[str]) -> np.ndarray:
        numbers = [[int(w[1:]) for w in text.split()] for text in texts]
        return np.array([np.tanh(sum(WEIGHTS[i] for i in each if i % 3)) for each in numbers])

    values = explained(of_some, nsamples=1_000).values[:, 0]
    assert np.flatnonzero(values).tolist() == known.tolist()
    assert values.sum() == pytest.approx(of_some([TEXT])[0], abs=1e-12)


def any_of(*known: str) -> Any:
    """Return a model that asks only whether a text has one of some words."""
    return lambda texts: np.array([float(not set(known).isdisjoint(t.split())) for t in texts])


def doc_with(*known: str) -> tuple[str, np.ndarray]:
    """Return a text with some words in place of its own, and what each is worth to `any_of`.

    That is how often it comes first of them: its sentence first of theirs, then it in that.
    """
    words, places = TEXT.split(), np.linspace(3, N_WORDS - 2, len(known)).astype(int)
    for place, word in zip(places, known, strict=True):
        words[place] = word
    sentence = np.repeat(np.arange(len(SIZES)), SIZES)
    _, of, count = np.unique(sentence[places], return_inverse=True, return_counts=True)
    worth = np.zeros(N_WORDS)
    worth[places] = 1.0 / len(count) / count[of]
    cuts = np.split(np.array(words), np.cumsum(SIZES)[:-1])
    return "\n\n".join(" ".join(part) for part in cuts), worth


def test_a_text_of_one_word_shares_its_value_as_often_as_each_comes_first():
    found = explained(any_of("good"), "good " * 300)
    root = structure.structure(np.zeros(300, dtype=int))
    assert root is not None
    orders = walks.drawn(np.random.default_rng(0), root, 20_000)
    often = np.bincount(orders[:, 0], minlength=300) / len(orders)
    assert np.abs(found.values[:, 0] - often).max() < 5 * np.sqrt(1 / 300 / 20_000)
    assert found.values.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.standard_errors.max() < 1e-9


@pytest.mark.parametrize("n_copies", [6, 10, 24])
def test_copies_of_a_word_that_suffices_are_within_their_errors(n_copies: int):
    text, worth = doc_with(*["awful"] * n_copies)
    among = worth > 0
    found = [explained(any_of("awful"), text, nsamples=800, seed=seed) for seed in range(4)]
    errors = np.array([one.values[:, 0] for one in found]) - worth
    told = np.array([one.standard_errors[:, 0] for one in found])
    assert (np.abs(errors) <= 1.96 * told)[:, among].mean() > 0.9
    # Nor are they told too large to be of use, and no other word is worth anything.
    assert told[:, among].mean() < 4 * np.sqrt((errors[:, among] ** 2).mean())
    assert not errors[:, ~among].any()
    assert not told[:, ~among].any()
    assert all(one.values.sum() == pytest.approx(1.0, abs=1e-12) for one in found)


def test_different_words_each_of_which_suffices_are_within_their_errors():
    known = [f"bad{i}" for i in range(14)]
    text, worth = doc_with(*known)
    found = [explained(any_of(*known), text, nsamples=900, seed=seed) for seed in range(4)]
    within = [np.abs(one.values[:, 0] - worth) <= 1.96 * one.standard_errors[:, 0] for one in found]
    assert np.mean(within, axis=0)[worth > 0].mean() > 0.9
    # Ten of them come first in a walk, at most; the others are found by asking for them.
    for one in found:
        assert (one.standard_errors[worth > 0] > 0.02).all()
        assert (one.values[worth == 0] == 0.0).mean() > 0.8


def test_words_no_class_knows_are_worth_nothing_to_any():
    def of_classes(texts: list[str]) -> np.ndarray:
        numbers = [[int(w[1:]) for w in text.split()] for text in texts]
        index = np.array([sum(WEIGHTS[i] for i in each if i % 3) for each in numbers])
        odds = np.exp(np.outer(index, np.linspace(-1.0, 1.0, 12)))
        return odds / odds.sum(axis=1, keepdims=True)

    # Eight walks, and less than three questions for each class.
    found = explained(of_classes, nsamples=8 * (N_WORDS - 1) + 20, model_task="classification")
    unknown = np.arange(N_WORDS) % 3 == 0
    np.testing.assert_array_equal(found.values[unknown], 0.0)
    np.testing.assert_array_equal(found.standard_errors[unknown], 0.0)
    assert (found.standard_errors[~unknown] > 0.0).all()


def test_what_is_affordable_in_full_is_not_walked():
    text = "a b c d. e f g h. i j k l."

    def cube_of_words(texts: list[str]) -> np.ndarray:
        return np.array([float(sum(t.count(w) for w in ("a", "f", "l"))) ** 3 for t in texts])

    found = []
    for n_asked in (2_000, 400):
        engine = TextExplainer(
            cube_of_words, [text], method="masking", is_function=True,
            model_task="regression", nsamples=n_asked, show_progress=False,
        ).choice.engine  # fmt: skip
        found.append(engine.explain(pd.DataFrame({"text": pd.Series([text], dtype=object)})).tokens)
    assert found[1].standard_errors.max() == 0.0
    np.testing.assert_allclose(found[1].values, found[0].values, atol=1e-12)


def test_a_sum_of_words_is_exact():
    found = explained(total, nsamples=700)
    np.testing.assert_allclose(found.values[:, 0], WEIGHTS, atol=1e-9)
    assert found.standard_errors.max() < 1e-9


def test_orders_keep_parts_together_and_are_alike_often():
    root = structure.structure(np.array([0, 0, 1, 2, 2]))
    assert root is not None
    drawn = walks.drawn(np.random.default_rng(0), root, 4_800)
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    assert set(map(tuple, found.tolist())) == set(orders_of(((0, 1), 2, (3, 4))))
    # 24 orders, 200 times each.
    assert (np.abs(counts - 200) < 5 * np.sqrt(200)).all()


def test_how_often_each_comes_first_is_that_of_all_orders():
    root = structure.structure(np.array([0, 0, 0, 1, 2, 2]), n_beside=1)
    assert root is not None
    every = list(orders_of((((0, 1, 2), 3, (4, 5)), 6)))
    often = np.bincount([order[0] for order in every]) / len(every)
    np.testing.assert_allclose(walks.chance_of_first(root), often, rtol=1e-12)


class Asked:
    """A row of few players whose answers are a function of who is present."""

    def __init__(self, function: Any, kinds: list[int]) -> None:
        self.function, self.kinds, self.n_asked = function, np.array(kinds), 0

    def answers(self, _parts: Any, members: np.ndarray, _background: Any) -> np.ndarray:
        inside = members.any(axis=1) & ~members.all(axis=1)
        self.n_asked += int(inside.sum())
        return np.array([[0.0, float(self.function(set(np.flatnonzero(m))))] for m in members])


@pytest.mark.parametrize(
    ("function", "silent", "null"),
    [
        (lambda s: bool(s & {0, 3}), {1, 2, 4, 5, 6, 7}, {1, 2, 4, 5, 6, 7}),
        # Each suffices; all are needed; one more than those who are there.
        (lambda s: bool(s & {0, 3, 6}), {1, 2, 4, 5, 6, 7}, {1, 2, 4, 5, 7}),
        (lambda s: {0, 3, 6} <= s, {1, 2, 4, 5, 6, 7}, {1, 2, 4, 5, 7}),
        (lambda s: len(s & {0, 3, 6, 7}) >= 2, {1, 2, 4, 5, 6, 7}, {1, 2, 4, 5}),
        (lambda s: 0.0, set(range(8)), set(range(8))),
        (len, set(), set()),
    ],
)
def test_null_players_are_found_among_silent_ones(function: Any, silent: set, null: set):
    row = Asked(function, [0, 1, 1, 2, 3, 3, 4, 5])
    place = np.arange(8)
    is_silent = np.isin(place, list(silent))
    found = null_players.null_players(row, is_silent, place == 0, 1, 100, 1e-9)  # type: ignore[arg-type]
    assert set(np.flatnonzero(found)) == null


@pytest.mark.parametrize("most", range(0, 30, 3))
def test_silent_players_that_cannot_be_asked_for_are_not_null(most: int):
    row = Asked(lambda s: bool(s & {0, 17}), list(range(32)))
    is_silent = np.arange(32) != 0
    found = null_players.null_players(row, is_silent, ~is_silent, 1, most + 1, 1e-9)  # type: ignore[arg-type]
    # One more: the context.
    assert row.n_asked <= most + 1
    assert not found[[0, 17]].any()
    # All of them are asked for; then halves, and the half of 17 in halves.
    assert found.sum() >= (0 if most < 9 else 15 if most < 15 else 22)


def test_what_parts_add_in_few_walks_has_errors_even_if_it_is_nothing():
    # Each walk shows one of eight that are worth the same.
    added = np.eye(8)[[1, 4, 1, 6, 2]][..., None]
    values, errors = owen._mean_of_walks(added, np.ones(1))
    assert values.sum() == pytest.approx(1.0)
    assert (np.abs(values - 1 / 8) <= 1.96 * errors).mean() > 0.85
    again, none = owen._mean_of_walks(np.full((5, 8, 1), 1 / 8), np.ones(1))
    np.testing.assert_allclose(again, 1 / 8)
    assert none.max() < 1e-12


def test_a_token_learns_from_the_same_word_elsewhere():
    rng = np.random.default_rng(5)
    orders = rng.random((6, 30)).argsort(axis=1)
    kinds = np.arange(30) // 3
    # The third of each word was not seen to do anything.
    added = np.where(orders % 3 == 2, 0.0, rng.uniform(0.5, 1.5, 10)[kinds[orders]])
    alone = index_game.fitted(orders, added, np.arange(30)).weights.reshape(-1, 3)
    game = index_game.fitted(orders, added, kinds).weights.reshape(-1, 3)
    assert np.abs(alone[:, 2] / alone[:, 0]).max() < 1e-6
    assert (game[:, 2] / game[:, 0] > 0.3).all()


def test_a_game_of_one_index_is_learnt_and_adds_up():
    rng = np.random.default_rng(5)
    orders = rng.random((6, 30)).argsort(axis=1)
    weights = rng.normal(size=30)
    values = np.pad(np.cumsum(weights[orders], axis=1), ((0, 0), (1, 0)))
    added = np.diff(np.tanh(values / 8), axis=1)
    game = index_game.fitted(orders, added, np.arange(30))
    left = added - game.added(orders)
    assert (left**2).mean() < 0.01 * added.var()
    others = rng.random((3, 30)).argsort(axis=1)
    ends = game.added(others).sum(axis=1)
    np.testing.assert_allclose(ends, ends[0], atol=1e-12)
    # Nothing to learn.
    silent = index_game.fitted(orders, np.zeros_like(added), np.arange(30))
    np.testing.assert_array_equal(silent.added(others), 0.0)


def test_walks_that_are_too_few_are_none():
    assert walks.n_walks(100, 0) == (0, 1)
    assert walks.n_walks(100, 2 * 99 + 1) == (0, 1)
    assert walks.n_walks(100, 3 * 99 + 1) == (3, 1)
    assert walks.n_walks(100, 8 * 99) == (7, 1)
    assert walks.n_walks(100, 8 * 99 + 1) == (4, 2)


class Row:
    """A row of which a function of the players' weights is asked."""

    def __init__(self, *functions: Any) -> None:
        self.functions = functions
        self.members: list[np.ndarray] = []
        self.kinds, self.n_asked = np.arange(N_WORDS), 0

    def answers(self, _parts: Any, members: np.ndarray, _background: Any) -> np.ndarray:
        self.members.append(members)
        index = members @ WEIGHTS
        return np.stack([function(index) for function in self.functions], axis=1)


def walked(row: Row, n_asked: int = 1_000) -> tuple[np.ndarray, np.ndarray]:
    root = structure.structure(np.repeat(np.arange(len(SIZES)), SIZES))
    assert root is not None
    ends = [function(np.array([0.0, WEIGHTS.sum()])) for function in row.functions]
    gain = np.array([last - first for first, last in ends])
    return walks.walked(row, root, gain, n_asked, seed=0)  # type: ignore[arg-type]


def test_each_output_is_explained_as_if_alone():
    both = walked(Row(np.tanh, np.zeros_like, np.sin))
    for k, function in enumerate((np.tanh, np.zeros_like, np.sin)):
        for one, several in zip(walked(Row(function)), both, strict=True):
            np.testing.assert_allclose(several[:, k], one[:, 0], rtol=1e-9, atol=1e-15)
    # Nothing changes the second.
    assert not both[0][:, 1].any()
    assert not both[1][:, 1].any()


@pytest.mark.parametrize("unit", [1e-300, 1e-165, 1e200])
def test_values_and_errors_are_in_the_units_of_the_answers(unit: float):
    # What a naive Bayes model makes of the less likely classes of a long text is as small.
    found = walked(Row(lambda index: unit * np.tanh(index)))
    for scaled, one in zip(found, walked(Row(np.tanh)), strict=True):
        np.testing.assert_allclose(scaled / unit, one, rtol=1e-9, atol=1e-12)


def test_members_of_walks_are_held_in_parts(monkeypatch):
    at_once, in_parts = Row(np.tanh), Row(np.tanh)
    expected = walked(at_once)
    monkeypatch.setattr(walks, "MAX_BYTES", 8_000)
    found = walked(in_parts)
    assert len(at_once.members) == 1
    assert max(8 * members.size for members in in_parts.members) <= 8_000
    np.testing.assert_array_equal(np.concatenate(in_parts.members), np.concatenate(at_once.members))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-15)


def test_the_time_is_looked_at_before_each_output(monkeypatch):
    now = iter(range(1_000))
    monkeypatch.setattr(time_limit, "clock", lambda: float(next(now)))
    with time_limit.within(3.5):
        walked(Row(np.tanh, np.tanh, np.tanh))
    with time_limit.within(3.5), pytest.raises(OutOfTimeError):
        walked(Row(np.tanh, np.tanh, np.tanh, np.tanh))


@pytest.mark.parametrize("n_walks", [3, 8])
def test_no_more_is_asked_than_allowed_where_a_mask_stays(n_walks: int):
    asked: list[str] = []

    def of_words(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        known = [" ".join(word for word in text.split() if word != "...") for text in texts]
        return squashed(known) + 0.01 * np.array([text.count("...") for text in texts])

    # Without any word, and what is between that and the text in each walk.
    n_masked = 1 + n_walks * (N_WORDS - 1)
    found = explained(of_words, nsamples=n_masked + 1, mask="...")
    # Walks that meet ask once.
    assert 0.95 * n_masked < sum("..." in text for text in asked) <= n_masked
    gain = of_words([TEXT])[0] - of_words([" ".join(["..."] * N_WORDS)])[0]
    assert found.values.sum() == pytest.approx(gain, abs=1e-12)


def test_a_column_beside_takes_part_where_one_row_stands_for_it():
    class Priced:
        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            asked.append(len(rows))
            return total(rows.text.tolist()) + 2.0 * rows.price.to_numpy()

    asked: list[int] = []
    background = pd.DataFrame({"text": ["w1"], "price": [1.0]})
    made = TextExplainer(
        Priced(), background, text_column="text", method="masking", nsamples=500,
        model_task="regression", show_progress=False,
    ).choice.engine  # fmt: skip
    asked.clear()
    local = made.explain(pd.DataFrame({"text": [TEXT], "price": [4.0]}))
    assert 400 < sum(asked) <= 501
    np.testing.assert_allclose(local.tokens.values[:, 0], WEIGHTS, atol=1e-9)
    np.testing.assert_allclose(local.values[0, :, 0], [WEIGHTS.sum(), 6.0], atol=1e-9)
    assert local.standard_errors.max() < 1e-9
