"""Replies that are pinned: each supported version of each library gives them, digit by digit."""

from __future__ import annotations

import json
import math

import pytest

from tests import golden

RELATIVE, ABSOLUTE = 1e-9, 1e-12


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return golden.endpoints(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", golden.CASES)
def test_92_replies_are_the_pinned_ones(name, asked):
    case = golden.CASES[name]
    pinned = json.loads((golden.REPLIES / f"{name}.json").read_text(encoding="utf-8"))
    # What was pinned was asked for in these very words.
    assert (pinned["request"], pinned["content_type"]) == (case.body, case.kind)
    check(golden.answered(case, asked[case.model]), pinned, name)


def test_92_each_pinned_reply_explains_or_was_asked_not_to():
    for name in golden.CASES:
        pinned = json.loads((golden.REPLIES / f"{name}.json").read_text(encoding="utf-8"))
        assert pinned["status"] == 200
        rows = pinned["reply"]["predictions"]
        if name != "pipeline-plain":
            assert {row["explanation_status"] for row in rows} == {"ok"}


def check(found, pinned, where):
    """Compare names, their order, texts, and numbers but for rounding."""
    if isinstance(pinned, dict):
        assert list(found) == list(pinned), where
        for name, value in pinned.items():
            check(found[name], value, f"{where}.{name}")
    elif isinstance(pinned, list):
        assert len(found) == len(pinned), where
        for i, value in enumerate(pinned):
            check(found[i], value, f"{where}[{i}]")
    elif isinstance(pinned, float):
        assert math.isclose(found, pinned, rel_tol=RELATIVE, abs_tol=ABSOLUTE), where
    else:
        assert (type(found), found) == (type(pinned), pinned), where
