from __future__ import annotations

from mlflow_explain.cli import text


def test_77_names_cannot_steer_a_terminal():
    evil = "a\x1b[31m\r\n\x9b2J\u202ebc\u2028\ud800"
    assert text.plain(evil) == "a\\x1b[31m\\r\\n\\x9b2J\\u202ebc\\u2028\\ud800"
    assert text.plain("Größe 身長 é") == "Größe 身長 é"


def test_columns_are_aligned_by_what_a_terminal_shows():
    shown = text.table(["name", "n"], [["身長", 1], ["e\u0301té", 22]], right=[1])
    assert shown.splitlines() == ["name   n", "身長   1", "e\u0301té   22"]
    assert [text.width(line) for line in shown.splitlines()] == [8, 8, 8]


def test_long_cells_are_cut_and_nothing_is_a_blank():
    lines = text.table(["name", "comment"], [["x" * 100, None], ["y", "c"]]).splitlines()
    assert lines[1] == "x" * 59 + "…"
    assert lines[2].endswith("  c")


def test_facts_without_a_value_are_left_out():
    assert text.facts({"Run": "a", "Comment": None, "Id": 3}) == "Run  a\nId   3"
