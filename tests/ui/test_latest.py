"""What the server keeps at hand."""

from __future__ import annotations

import pytest

from mlflow_explain.ui.latest import Latest


def test_the_values_asked_for_last_are_at_hand():
    made = []

    def asked(key):
        return latest.of(key, lambda: made.append(key) or key.upper())

    latest = Latest(2)
    assert [asked(key) for key in "aab"] == ["A", "A", "B"]
    assert made == ["a", "b"]
    # b was asked for before a, and goes.
    assert [asked(key) for key in "acab"] == ["A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]


def test_what_could_not_be_made_is_asked_for_again():
    latest = Latest(1)
    with pytest.raises(ZeroDivisionError):
        latest.of("a", lambda: 1 // 0)
    assert latest.of("a", lambda: 2) == 2
