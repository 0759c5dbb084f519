from __future__ import annotations

import base64
import gzip
import re
from dataclasses import replace
from hashlib import sha256
from html import unescape

import numpy as np
import pytest

from mlflow_explain import KernelExplainer, LIMEExplainer
from mlflow_explain.dashboard import markdown, page, plain, table, words
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.explanation import Background, EvaluatedRows, GlobalImportance
from mlflow_explain.plots import summary
from tests.explanation.test_value import binary, made
from tests.read_page import BLOCK

HOSTILE = [
    "</script><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "{{7*7}} $x_1$",
    "line\u2028end", "\u202ereversed", "pipe | and `tick` \n newline", "🏠" * 40,
]  # fmt: skip


@pytest.fixture
def hostile():
    values = np.arange(1.0, 15.0).reshape(2, 7, 1)
    return made(values, features=HOSTILE, comment=HOSTILE[0])


@pytest.mark.parametrize("render", [page.render, plain.render])
def test_readers_without_scripts_see_columns_numbers_and_caution(explanation, render):
    html = render(explanation)
    for name in explanation.features:
        assert f">{name}</th>" in html
    assert f"{explanation.get_ranked_global_values(1)[0]:.4g}" in html
    assert "not what causes the outcome" in html
    assert html.count("<main") == 1


def test_the_plain_page_shows_both_kinds_of_features(explanation):
    assert "Global importance, engineered features" in plain.render(explanation)


def test_the_plain_page_needs_nothing_else(explanation):
    html = plain.render(explanation)
    assert "default-src 'none'" in html
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", html)


def test_82_the_policy_allows_the_pages_own_script_and_style_and_nothing_else(explanation):
    html = page.render(explanation)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'", "connect-src": "'none'", "base-uri": "'none'",
        "form-action": "'none'", "img-src": "data: blob:",
        "script-src": rules["script-src"], "style-src": rules["style-src"],
    }  # fmt: skip
    # Before anything that it is about.
    assert html.index("Content-Security-Policy") < html.index("<script")
    (code,) = re.findall(r'id="mlx-code">([^<]+)</script>', html)
    unpacked = gzip.decompress(base64.b64decode(code)).decode()
    for kind, tag, packed in (("script-src", "script", [unpacked]), ("style-src", "style", [])):
        contents = re.findall(rf"<{tag}(?![^>]*octet-stream)[^>]*>(.*?)</{tag}>", html, re.DOTALL)
        digests = [sha256(each.encode()).digest() for each in (*packed, *contents)]
        allowed = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
        assert rules[kind].split() == allowed
        assert len(contents) == 1
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=| on[a-z]+=\"", BLOCK.sub("", html))


def test_80_the_page_names_no_address(explanation):
    found = re.findall(r"https?://[^\s\"'`)<>]+", page.render(explanation))
    assert [each for each in found if not each.startswith("http://www.w3.org/")] == []


def test_a_page_that_fails_is_a_plain_one_with_a_warning(explanation, monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("cells of nothing")

    monkeypatch.setattr("mlflow_explain.dashboard.payload.build.block_of", fails)
    with pytest.warns(UserWarning, match="plain table of the importances.*ZeroDivisionError"):
        html = page.render_or_plain(explanation, None, PageOptions())
    assert html == plain.render(explanation)


def test_hostile_names_are_inert(hostile):
    for html in (plain.render(hostile), table.fragment(hostile)):
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
    assert words.headline(made()) == "Ridge relies most on “f1”, “f0” and “f2”."
    facts = words.facts(binary())
    assert facts["Classes"] == "no, yes"
    assert facts["Expected value"] == "-0.5, 0.5"
    assert "base value" not in facts


def measured(values, spread=None):
    values = np.asarray(values)
    spread = None if spread is None else np.asarray(spread)
    whole = GlobalImportance(values, values[:, None], spread, "increase of log_loss")
    return made(
        local=None, global_=whole, output_space=None, feature_perturbation=None, method="pfi",
        quality={"baseline_score": 0.25, "n_repeats": 5.0, "own_figure": 2.0},
    )  # fmt: skip


def test_the_headline_names_what_matters_only():
    assert words.headline(measured([0.3, -0.1, 0.0])) == "Ridge relies most on “f0”."
    two = words.headline(measured([0.3, 0.2, 0.1], spread=[0.1, 0.3, 0.0]))
    assert two == "Ridge relies most on “f0” and “f2”."
    none = words.headline(measured([0.1, 0.2, np.nan], spread=[0.1, 0.3, 0.0]))
    assert none == "Ridge relies on no column: none has an importance above its standard deviation."
    assert "above 0." in words.headline(measured([0.0, -0.1, 0.0]))
    surrogate = made(method="mimic", quality={"fidelity_r2": 0.912})
    assert words.headline(surrogate).startswith("The surrogate of Ridge (R² 0.91 on rows held out)")


def test_the_report_says_how_far_to_trust_the_numbers():
    report = markdown.report(measured([0.3, 0.2, 0.1], [0.1, 0.3, 0.0]))
    assert "| 1 | f0 | 0.3 | 0.1 |" in report
    assert r"0.25; an importance is the increase of log_loss once" in report
    assert "**Repeats**: 5 per column" in report
    assert "- **own_figure**: 2" in report
    approximate = made(method="mimic", output_space="probability", quality={
        "fidelity_r2_train": 0.99, "additivity_error_max": 0.83, "fidelity_r2": 0.9,
        "fidelity_agreement": 0.95, "standard_error_max": 0.1, "integration_error_max": 0.02,
    })  # fmt: skip
    html = plain.render(approximate)
    assert "a surrogate fitted to the model&#x27;s answers" in html
    for figure in ("0.83 (probability)", "R² 0.9:", "R² 0.99<", "95.0% of the rows",
                   "0.1 (probability)", "0.02 (probability)"):  # fmt: skip
        assert figure in html
    assert html.index("R² 0.9:") < html.index("R² 0.99<")
    assert words.facts(approximate)["Unit"] == "probability"


def test_only_a_game_with_background_rows_names_them():
    background = Background(100, "sample")
    assert words.facts(made(background=background))["Background"] == "100 rows (sample)"
    alone = words.facts(made(background=Background(1, "mean")))
    assert alone["Background"] == "1 row (mean)"
    by_paths = made(background=background, feature_perturbation="tree_path_dependent")
    assert "Background" not in words.facts(by_paths)


def test_an_approximate_sum_is_not_told_as_the_models_output():
    rows = EvaluatedRows(np.zeros((1, 3)), np.arange(1), np.array(["yes"]), np.array([[0.8, 0.2]]))
    settings = {
        "classes": ["no", "yes"], "model_task": "classification", "rows": rows,
        "quality": {"additivity_error_max": 0.9},
    }  # fmt: skip
    of_two = np.array([[[-0.2, 0.2], [0.0, 0.0], [-0.1, 0.1]]])
    chance = made(of_two, (0.5, 0.5), output_space="probability", **settings)
    assert words.of_row(chance) == (
        "Probability of yes: base value 0.5, with attributions 0.8 (approximate). "
        "The model's own output is 0.2."
    )
    odds = made(of_two[:, :, 1:], output_space="log-odds", **settings)
    assert words.of_row(odds).endswith(f"own output is {np.log(0.25):.4g}.")
    certain = replace(odds, rows=replace(rows, probabilities=np.array([[1.0, 0.0]])))
    assert words.of_row(certain).endswith("The model's own probability is 0.")
    margin = replace(odds, output_space="margin")
    assert words.of_row(margin).endswith("The model itself predicts yes.")
    exact = replace(chance, quality={"additivity_error_max": 1e-12})
    assert words.of_row(exact) == "Probability of yes: 0.8, where the base value is 0.5."
    some = replace(exact, is_partial=True)
    assert "0.8 (some features)" in words.of_row(some)


def test_the_output_of_a_model_stands_beside_what_lime_says_of_it():
    rows = np.random.default_rng(0).normal(size=(200, 2))

    def product(x):
        return 1 + x[:, 0] * x[:, 1]

    near = LIMEExplainer(product, rows, show_progress=False).explain_local([2.0, 1.5])
    assert not near.is_additive
    assert "(approximate). The model's own output is 4." in unescape(near._repr_html_())
    drawn = near.plot("waterfall").axes[0]
    assert [label.get_text() for label in drawn.get_yticklabels()][-1] == "model's own output"
    exact = KernelExplainer(product, rows, show_progress=False).explain_local([2.0, 1.5])
    assert exact.is_additive
    assert "Unit of the prediction: 4, where the base value is" in exact._repr_html_()


def test_what_rounding_leaves_of_a_sum_is_zero():
    row = np.array([[[0.1], [0.2], [-0.3 - 2e-17]]])
    assert words.of_row(made(row, (1e-16,))).startswith("Unit of the prediction: 0, where")


def test_long_tables_are_cut_and_say_so():
    wide = made(np.ones((1, 30, 1)))
    assert "top 20 of 30" in table.fragment(wide)
    assert len(markdown.importance_table(wide, 10).splitlines()) == 12
