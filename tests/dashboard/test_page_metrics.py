"""The figures the page's own are tested against are scikit-learn's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.page_metrics_golden import GOLDEN, text


def test_the_figures_the_page_is_tested_against_are_current() -> None:
    _expect_same(json.loads(text()), json.loads(GOLDEN.read_text(encoding="utf-8")))


def _expect_same(new: Any, kept: Any) -> None:
    """Expect the same but for the last digits, which releases of scikit-learn may change."""
    if isinstance(new, dict):
        assert new.keys() == kept.keys()
        for key, value in new.items():
            _expect_same(value, kept[key])
    elif isinstance(new, list):
        assert len(new) == len(kept)
        for one, other in zip(new, kept, strict=True):
            _expect_same(one, other)
    elif isinstance(new, float):
        assert new == pytest.approx(kept, rel=1e-12, abs=1e-12)
    else:
        assert new == kept
