from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlflow_explain.data.texts.segments import tokens_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 3.5 dollars, I said.", ["It's", "3.5", "dollars", ",", "I", "said", "."]),
        ("a well-made e-mail", ["a", "well", "-", "made", "e", "-", "mail"]),
        ("👩\u200d👩\u200d👧 ok 👍🏽 🇩🇪🇫🇷", ["👩\u200d👩\u200d👧", "ok", "👍🏽", "🇩🇪", "🇫🇷"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("مَرْحَبًا", ["مَرْحَبًا"]),
        ("今天very好", ["今", "天", "very", "好"]),
        ("<b>&amp;", ["<", "b", ">", "&", "amp", ";"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_words_marks_and_emoji_are_tokens(text, words):
    assert tokens_of([text]).words([text]) == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three", [0, 0, 1, 1, 2]),
        ("Really?! Yes.", [0, 0, 0, 1, 1]),
        ("Version 3.5 is out", [0, 0, 0, 0]),
        ("今天。好", [0, 0, 0, 1]),
        ("title\n\nbody", [0, 1]),
        ("... wait", [0, 0, 0, 1]),
    ],
)
def test_sentences_end_at_marks_before_space_and_at_empty_lines(text, sentences):
    assert tokens_of([text]).sentence.tolist() == sentences


def test_texts_are_told_apart_by_row():
    found = tokens_of(["a b", "", "c"])

    assert found.row.tolist() == [0, 0, 2]
    assert found.of_row(0) == slice(0, 2)
    assert found.of_row(1) == slice(2, 2)


@given(st.text(max_size=200))
@example("a.\n\n.b")
@example("\u0301")
@example("\U0001f1e9")
def test_every_character_but_space_is_in_one_token(text):
    found = tokens_of([text])
    covered = [False] * len(text)
    for start, end in zip(found.start, found.end, strict=True):
        assert not any(covered[start:end])
        covered[start:end] = [True] * (end - start)

    assert all(is_in or char.isspace() for is_in, char in zip(covered, text, strict=True))
    assert not any(text[a].isspace() for a in found.start)


@given(st.text(alphabet="ab .!?\n\"'", max_size=60))
def test_sentences_are_numbered_without_gaps(text):
    numbers = tokens_of([text]).sentence.tolist()

    assert sorted(set(numbers)) == list(range(len(set(numbers))))
    assert numbers == sorted(numbers)
