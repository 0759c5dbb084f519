from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_explain.data.texts.masked import Maskable
from mlflow_explain.data.texts.segments import tokens_of


def cut(text, mask=""):
    found = tokens_of([text])
    return Maskable.of(text, found.start, found.end, mask)


@given(st.text(max_size=100), st.sampled_from(["", "[MASK]"]))
def test_a_text_with_all_its_tokens_is_the_text(text, mask):
    found = cut(text, mask)
    if found.pieces:
        (whole,) = found.texts(np.ones((1, len(found.pieces)), dtype=bool))
        assert whole == text


def test_a_token_goes_with_the_space_behind_it():
    members = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=bool)

    assert cut(" not so good").texts(members) == [" not good", "so ", ""]


def test_a_mask_stands_for_a_token_and_keeps_its_space():
    members = np.array([[True, False, True]])

    assert cut("not so good", "[MASK]").texts(members) == ["not [MASK] good"]


@pytest.mark.parametrize(
    ("text", "out", "left"),
    [
        ("not great. awful", [2], "not great awful"),
        ("foo-bar x", [1], "foo bar x"),
        ("wow!!! ok", [1, 2, 3], "wow ok"),
        ("great.\nawful", [1], "great awful"),
        ("a (b) c", [2], "a () c"),
        ("中国人 ok", [1], "中人 ok"),
        # A word may end with a mark.
        ("अच्छा-है", [1], "अच्छा है"),
        ("e\u0301-e\u0301", [1], "e\u0301 e\u0301"),
        ("ดี-ที่", [1], "ดีที่"),
    ],
)
def test_words_stay_apart_when_what_stood_between_them_goes(text: str, out: list[int], left: str):
    found = tokens_of([text])
    members = np.ones((2, len(found.row)), dtype=bool)
    members[0, out] = False
    cut = Maskable.of(text, found.start, found.end)
    assert cut.texts(members) == [left, text]
