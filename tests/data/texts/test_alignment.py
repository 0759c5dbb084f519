"""Where characters of changed texts stand in the originals."""

from __future__ import annotations

import re

import pytest
from sklearn.feature_extraction.text import strip_accents_ascii, strip_accents_unicode

from mlflow_explain.data.texts.alignment import aligned


def pieces(text, change):
    """Return each changed character with what it was made of."""
    found = aligned(text, change)
    each = zip(found.text, found.start.tolist(), found.end.tolist(), strict=True)
    return [(character, text[start:end]) for character, start, end in each]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Plain Words", str.lower),
        ("\u0130stanbul \u0130yi", str.lower),
        ("\u039f\u0394\u039f\u03a3 \u039f\u0394\u039f\u03a3.", str.lower),
        ("Caf\u00e9 na\u00efve \ufb01n e\u0301te\u0301 \uc88b\ub2e4", strip_accents_unicode),
        ("Caf\u00e9 na\u00efve \ufb01n \U0001f600 \u05d8\u05d5\u05d1", strip_accents_ascii),
        ("Stra\u00dfe", str.casefold),
    ],
)
def test_each_character_comes_from_what_it_was_made_of(text, change):
    found = pieces(text, change)
    assert "".join(character for character, _ in found) == change(text)
    for character, original in found:
        assert len(original) == 1
        # A sigma at the end of a word is another letter.
        made = change(original).replace("\u03c2", "\u03c3")
        assert character.replace("\u03c2", "\u03c3") in made


def test_what_looks_at_several_characters_is_not_aligned():
    assert aligned("<b>bold</b>", lambda text: re.sub("<[^>]*>", "", text)) is None


def test_runs_of_white_space_become_one_space_that_covers_them():
    found = aligned("a \n b\tc", str.lower).with_single_spaces()
    assert found.text == "a b\tc"
    assert list(zip(found.start.tolist(), found.end.tolist(), strict=True)) == [
        (0, 1), (1, 4), (4, 5), (5, 6), (6, 7)
    ]  # fmt: skip


def test_an_empty_text_has_no_characters():
    found = aligned("", str.lower)
    assert found.with_single_spaces().text == ""
