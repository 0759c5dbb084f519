"""A comparison in words, HTML and Markdown."""

from __future__ import annotations

import re

import numpy as np

from mlflow_explain.dashboard import compared as words
from mlflow_explain.explanation.comparing import compared
from tests.explanation.test_comparison import of

ROWS = np.random.default_rng(0).normal(size=(200, 4)) * [8, 4, 2, 1]


def test_the_paragraph_says_what_matters():
    said = compared(of(ROWS), of(ROWS[:, ::-1]), names=("old", "new")).in_words()
    assert said.startswith("The order of 4 features is another one in “old” and “new” (Kendall's")
    assert re.search(r"“\w+” differs most: \d+\.\d% of the importance in “old”, \d", said)
    assert "Shares of 4 of 4 features differ by more than drawing other rows would explain" in said
    same = compared(of(ROWS), of(ROWS), top_k=1).in_words()
    assert "The order of 4 features is the same" in same
    assert "The most important feature is the same. No feature's share" in same


def test_limits_of_the_comparison_are_said():
    many = tuple(f"c{i}" for i in range(9))
    other = of(np.ones((1, 9)), many, feature_perturbation="tree_path_dependent")
    said = compared(of([[1]], ("c0",)), other, names=("a", "b")).in_words()
    assert "Only “b” has “c1”, “c2”, “c3”, “c4” and “c5” and 3 more." in said
    assert "The games differ: in “a” absent features are replaced by background rows;" in said


def test_strange_names_are_shown_as_they_are():
    strange = ("<script>alert(1)</script>", "a|b*c*", "line\nend", "{{7*7}}")
    comparison = compared(of(ROWS, strange), of(ROWS[:, ::-1], strange), names=("<i>", "x|y"))
    html = comparison._repr_html_()
    assert "<script" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html
    report = words.report(comparison)
    lines = [line for line in report.splitlines() if line.startswith("|")]
    assert len(lines) == 6
    # Dividing bars are those no backslash stands before.
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {7}
    assert "<script>" not in report


def test_a_long_comparison_is_cut_and_says_so():
    many = tuple(f"c{i}" for i in range(30))
    rows = np.random.default_rng(0).normal(size=(5, 30))
    comparison = compared(of(rows, many), of(rows[::-1], many), names=("a", "b"))
    assert "(top 20 of 30)" in comparison._repr_html_()
    assert "(top 20 of 30)" in words.report(comparison)


def test_long_and_equal_names_are_said_once():
    long = "runs:/0123456789abcdef0123456789abcdef/explanations/1"
    comparison = compared(of(ROWS), of(ROWS[:, ::-1]), names=(long, "new"))
    said = comparison.in_words()
    assert said.startswith(
        f"a is “{long}”, b is “new”. The order of 4 features is another one in “a”"
    )
    assert said.count(long) == 1
    assert "<th scope='col' class=n>a</th>" in comparison._repr_html_()
    assert compared(of(ROWS), of(ROWS), names=("a", "b")).in_words().startswith("The order")
    assert "a is “x”, b is “x”." in compared(of(ROWS), of(ROWS), names=("x", "x")).in_words()
