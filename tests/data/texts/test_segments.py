from __future__ import annotations

import sys
import unicodedata

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
    "words",
    [
        pytest.param(["फोन", "अच्छा", "है", "।"], id="Hindi"),
        pytest.param(["ভালো", "ফোন"], id="Bengali"),
        pytest.param(["ਚੰਗਾ", "ਫ਼ੋਨ"], id="Punjabi"),
        pytest.param(["நல்ல", "தொலைபேசி"], id="Tamil"),
        pytest.param(["మంచి", "ఫోన్"], id="Telugu"),
        pytest.param(["ക്\u200dഷ", "നല്ലത്"], id="Malayalam, a joiner"),
        pytest.param(["قُرْآنٰ", "هٰذَا"], id="Arabic, a letter above"),
        pytest.param(["می\u200cکنم", "خوب"], id="Persian, a joiner that joins nothing"),
        pytest.param(["שָׁלוֹם", "עוֹלָם"], id="Hebrew points"),
        pytest.param(["re\u0301sume\u0301", "o\u0308ffnen"], id="Latin, decomposed"),
        pytest.param(["བཀྲ", "་", "ཤིས"], id="Tibetan"),
    ],
)
def test_words_keep_their_marks(words):
    text = " ".join(words)
    assert tokens_of([text]).words([text]) == words


@pytest.mark.parametrize(
    "characters",
    [
        pytest.param(["ดี", "ม", "า", "ก", "ที่", "นี่", "ทำ"], id="Thai"),
        pytest.param(["ດີ", "ຫຼ", "າ", "ຍ", "ນ້ຳ"], id="Lao"),
        pytest.param(["ភា", "សា", "ខ្មែ", "រ"], id="Khmer"),
        pytest.param(["ကော", "င်း", "သ", "တ္တ", "ဝါ"], id="Burmese"),
        pytest.param(["が", "か\u3099"], id="Japanese"),
    ],
)
def test_a_character_of_a_script_without_spaces_keeps_its_marks(characters):
    text = "".join(characters)
    assert tokens_of([text]).words([text]) == characters


def test_a_flag_of_tags_is_one_token():
    text = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!"
    assert tokens_of([text]).words([text]) == [text[:-1], "!"]


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


COMBINING = [
    char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char)[0] == "M"
]
# Marks beside letters, digits, signs and spaces of all kinds of scripts.
MARKED = st.text(
    st.sampled_from(COMBINING)
    | st.sampled_from("ab1_'. \n-अक中ไกשع\u200c\u200d👍🇩\u3000")
    | st.characters(),
    max_size=40,
)


@given(MARKED)
@example("a\u0e35")
@example("🇩🇪\u0301")
@example("_\u0301")
def test_no_token_begins_with_a_combining_mark_but_behind_a_space(text):
    for at in tokens_of([text]).start.tolist():
        is_behind = at > 0 and not text[at - 1].isspace()
        assert not (is_behind and unicodedata.category(text[at])[0] == "M")


def test_each_combining_mark_belongs_to_the_letter_before_it():
    for base in "aक中👍":
        text = " ".join(base + char for char in COMBINING)
        assert tokens_of([text]).words([text]) == text.split(" ")


@given(st.text(max_size=200) | MARKED)
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
