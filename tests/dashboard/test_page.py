from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from mlflow_explain.dashboard import markdown, page, table, words
from mlflow_explain.plots import summary
from tests.explanation.test_value import binary, made

HOSTILE = [
    "</script><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "{{7*7}} $x_1$",
    "line\u2028end", "\u202ereversed", "pipe | and `tick` \n newline", "🏠" * 40,
]  # fmt: skip


@pytest.fixture
def hostile():
    values = np.arange(1.0, 15.0).reshape(2, 7, 1)
    return made(values, features=HOSTILE, comment=HOSTILE[0])


def test_the_page_names_columns_numbers_and_caution(explanation):
    html = page.render(explanation)
    for name in explanation.features:
        assert f">{name}</th>" in html
    assert f"{explanation.get_ranked_global_values(1)[0]:.4g}" in html
    assert "Global importance, engineered features" in html
    assert "not what causes the outcome" in html
    assert html.count("<main") == 1


def test_the_page_needs_nothing_else(explanation):
    html = page.render(explanation)
    assert "default-src 'none'" in html
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", html)


def test_hostile_names_are_inert(hostile):
    for html in (page.render(hostile), table.fragment(hostile)):
        assert "<img" not in html
        assert "<svg" not in html
        assert "&lt;/script&gt;" in html
    lines = [line for line in markdown.report(hostile).splitlines() if line.startswith("| ")]
    assert len(lines) == 2 + 7
    assert not any(re.search(r"(?<!\\)<", line) for line in lines)


def test_hostile_names_can_be_drawn(hostile, tmp_path):
    names = ["$broken $math_{", *HOSTILE[1:]]
    summary.write(replace(hostile, features=names), tmp_path / "summary.png")
    assert (tmp_path / "summary.png").read_bytes().startswith(b"\x89PNG")


def test_words():
    assert words.headline(made()) == "Ridge relies most on f1, f0 and f2."
    facts = words.facts(binary())
    assert facts["Classes"] == "no, yes"
    assert facts["Expected value"] == "-0.5, 0.5"
    assert "base value" not in facts


def test_long_tables_are_cut_and_say_so():
    wide = made(np.ones((1, 30, 1)))
    assert "top 20 of 30" in table.fragment(wide)
    assert len(markdown.importance_table(wide, 10).splitlines()) == 12
