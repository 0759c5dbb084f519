"""A text that is changed in a page of `mlflow-explain ui`: the logged model answers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import mlflow
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlflow_explain import TextExplainer, log_explanation, log_model
from tests import texts as made
from tests.browser import chromium, pages
from tests.browser.serving import live_ui, open_live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain.ui.server import Opened

TEXTS = [*made.REVIEWS, "\u05d8\u05d5\u05d1 good bad", *pages.HOSTILE[:3]]
LABELS = [*made.LABELS, "pos", "neg", "pos", "neg"]
ROWS = pd.DataFrame({"text": TEXTS, "price": [100 * i + 1 / 3 for i in range(len(TEXTS))]})
EMOJI = "\U0001f469\u200d\U0001f52c good \U0001f600 bad"
# Whether numbers stand in the column of what is now: twelve digits of them.
_TOLD = """chances => {
  const told = [...document.querySelectorAll('.outcome data')].map(it => Number(it.value));
  return told.length === 2 * chances.length
    && chances.every((chance, i) => Math.abs(told[2 * i + 1] - chance) < 1e-12);
}"""
_ISOLATES = re.compile("[\u2066-\u2069]")


def table_model():
    columns = make_column_transformer((TfidfVectorizer(), "text"), remainder="passthrough")
    return make_pipeline(columns, LogisticRegression(C=10)).fit(ROWS, LABELS)


MODELS = {"list": (made.pipeline(), TEXTS, "terms"), "table": (table_model(), ROWS, "masking")}


@pytest.fixture(scope="module")
def served(tmp_path_factory, empty_database) -> Iterator[tuple[Opened, dict[str, str]]]:
    """The server, and the address of the page of each model."""
    folder = tmp_path_factory.mktemp("store")
    shutil.copy(empty_database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)
        kept = {name: _logged(*how) for name, how in MODELS.items()}
        with live_ui() as opened:
            yield opened, kept


def _logged(model, rows, method) -> str:
    explainer = TextExplainer(model, rows, method=method, show_progress=False)
    with mlflow.start_run():
        kept = log_explanation(explainer.explain_global(rows), true_y=LABELS)
        log_model(model, scoring_explainer=explainer, explanation=kept, pip_requirements=["mlflow"])
    return f"explanation/{kept.run_id}/{kept.id}"


@pytest.fixture
def opened_at(browser, served):
    """Open the tab of texts of a model's page."""
    opened, kept = served
    seen = []

    def open_page(name: str, width: int = chromium.NARROW, theme: str = "light"):
        it = open_live(browser, opened, kept[name], width, theme)
        seen.append(it)
        panel = it.go("Text")
        panel.get_by_label("to change").wait_for()
        return it, panel

    yield open_page
    for it in seen:
        it.page.context.close()


def answer_of(model, text, row=0):
    """Return the probabilities a model has for a text, in a table with the rest of a row."""
    rows = [text] if model is MODELS["list"][0] else ROWS.iloc[[row]].assign(text=[text])
    return model.predict_proba(rows)[0]


def wait_for(it, chances):
    """Wait until the editor tells these probabilities, and return those of before."""
    it.frame.wait_for_function(_TOLD, arg=[float(chance) for chance in chances])
    told = it.panel.get_by_role("region", name="Prediction").locator("data").all()
    return [float(data.get_attribute("value")) for data in told][::2]


def words_of(panel):
    return panel.locator(".words").first


@pytest.mark.parametrize("name", MODELS)
def test_the_model_answers_for_a_text_that_is_changed_and_its_tokens_are_coloured(opened_at, name):
    it, panel = opened_at(name)
    model = MODELS[name][0]
    wait_for(it, answer_of(model, TEXTS[0]))
    text = f"{EMOJI} {pages.HOSTILE[0]}"
    panel.get_by_label("to change").fill(text)
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    before = wait_for(it, answer_of(model, text))
    assert before == pytest.approx(list(answer_of(model, TEXTS[0])), abs=1e-12)
    words = words_of(panel)
    assert words.evaluate("it => it.textContent") == text
    assert words.locator(".raises").get_by_text("good").count() == 1
    assert words.locator(".lowers").get_by_text("bad").count() == 1
    facts = panel.get_by_role("region", name="How it adds up")
    numbers = [float(each.get_attribute("value")) for each in facts.locator("data").all()][1::2]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=1e-6)
    assert ("Columns beside the text" in facts.inner_text()) == (name == "table")
    assert it.frame.evaluate("() => window.__hit") is None
    assert it.frame.locator("img, svg[onload]").count() == 0
    assert it.problems == []


def test_the_table_has_the_places_of_the_changed_text(opened_at):
    it, panel = opened_at("list")
    panel.get_by_label("to change").fill(EMOJI)
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    panel.get_by_role("button", name="Table", exact=False).first.click()
    it.settle()
    rows = panel.locator(".frame").first.locator("tbody tr")
    found = [_ISOLATES.sub("", row.inner_text()).split("\t") for row in rows.all()]
    assert [word for word, *_ in found] == EMOJI.split(" ")
    assert [EMOJI[int(start) : int(end)] for _, start, end, *_ in found] == EMOJI.split(" ")


def test_a_word_is_taken_out_by_keys_and_by_its_button_and_reset_brings_it_back(opened_at):
    it, panel = opened_at("table")
    model, editor = MODELS["table"][0], panel.get_by_label("to change")
    words, reset = words_of(panel), panel.get_by_role("button", name="Reset")
    assert reset.is_disabled()
    words.focus()
    for key in ("Home", "ArrowRight", "Delete"):
        it.page.keyboard.press(key)
        it.settle()
    wait_for(it, answer_of(model, "good . I love it!"))
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    assert editor.input_value() == "good . I love it!"
    # The cursor is at what followed, and the button is for that.
    assert words.locator("[data-at]").all_inner_texts() == ["."]
    panel.get_by_role("button", name="Without this word").press("Enter")
    wait_for(it, answer_of(model, "good I love it!"))
    assert editor.input_value() == "good I love it!"
    reset.click()
    wait_for(it, answer_of(model, TEXTS[0]))
    assert editor.input_value() == TEXTS[0]
    assert words.evaluate("it => it.textContent") == TEXTS[0]
    assert it.problems == []


def test_a_whole_sentence_is_taken_out_too_and_other_rows_keep_their_texts(opened_at):
    it, panel = opened_at("list")
    panel.get_by_text("Sentences", exact=True).first.click()
    words_of(panel).locator("[data-word]").nth(0).click()
    panel.get_by_role("button", name="Without this sentence").click()
    wait_for(it, answer_of(MODELS["list"][0], "I love it!"))
    panel.get_by_role("button", name="Next text").click()
    it.settle()
    wait_for(it, answer_of(MODELS["list"][0], TEXTS[1]))
    assert panel.get_by_label("to change").input_value() == TEXTS[1]
    assert it.problems == []


def test_what_the_server_refuses_is_said(opened_at):
    it, panel = opened_at("list")
    panel.get_by_label("to change").fill("a" * 100_001)
    panel.get_by_text("The model did not answer: Expected texts of at most 100,000").wait_for()
    words_of(panel).wait_for(state="detached")
    panel.get_by_role("button", name="Reset").click()
    words_of(panel).wait_for()
    assert all("400" in problem for problem in it.problems)


def test_what_if_leads_to_where_texts_are_changed(opened_at):
    it, _ = opened_at("list")
    it.go("What-if").get_by_role("button", name="Change a text").click()
    it.panel.get_by_label("to change").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [chromium.NARROW, chromium.WIDE])
def test_axe_finds_nothing_before_and_after_a_change(opened_at, width, theme):
    it, panel = opened_at("table", width, theme)
    assert it.violations() == []
    for text in (EMOJI, TEXTS[5], ""):
        panel.get_by_label("to change").fill(text)
        panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
        wait_for(it, answer_of(MODELS["table"][0], text))
        it.settle()
        assert it.violations() == [], text
        assert it.overflow() == 0, text
    assert it.violations() == []
    it.go("What-if")
    assert it.violations() == []
    assert it.problems == []


def test_nothing_is_said_of_a_text_before_the_model_answered_for_it(opened_at):
    it, panel = opened_at("list")
    model, told = MODELS["list"][0], panel.get_by_role("region", name="Prediction")
    wait_for(it, answer_of(model, TEXTS[0]))
    it.asked.hold()
    panel.get_by_label("to change").fill("bad bad")
    it.settle()
    for name in (None, "Next text"):
        if name is not None:
            panel.get_by_role("button", name=name).click()
            it.settle()
        panel.get_by_text("Asking the model").wait_for()
        assert told.count() == 0  # neither shown nor read out
        assert panel.get_by_text("The prediction").count() == 0
        assert panel.get_by_text("The model predicts").count() == 0
    it.asked.release()
    wait_for(it, answer_of(model, TEXTS[1]))
    assert told.is_visible()
    assert panel.get_by_text("The model predicts neg.").is_visible()


def test_a_word_that_cannot_be_taken_out_yet_keeps_the_cursor(opened_at):
    it, panel = opened_at("list")
    words = words_of(panel)
    words.focus()
    it.page.keyboard.press("End")
    it.asked.hold()
    for _ in range(3):
        it.page.keyboard.press("Delete")
        it.settle()
    it.asked.release()
    text = "good phone. I love it"
    wait_for(it, answer_of(MODELS["list"][0], text))
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    assert panel.get_by_label("to change").input_value() == text
    assert words.locator("[data-at]").all_inner_texts() == ["it"]


def test_of_texts_that_follow_each_other_only_the_last_waits_for_a_slow_model(opened_at):
    it, panel = opened_at("list")
    model = MODELS["list"][0]
    wait_for(it, answer_of(model, TEXTS[0]))
    it.asked.hold()
    with it.page.expect_request("**/live/**/explain"):
        panel.get_by_label("to change").fill("bad")
    for text in ("bad bad", "good bad"):
        panel.get_by_label("to change").fill(text)
        # Far longer than a reader who types rests.
        it.page.wait_for_timeout(1500)
    assert it.asked.texts() == {"predict": ["bad"], "explain": ["bad"]}
    it.asked.release()
    wait_for(it, answer_of(model, "good bad"))
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    words_of(panel).locator(".raises").get_by_text("good").wait_for()
    assert it.asked.texts() == {"predict": ["bad", "good bad"], "explain": ["bad", "good bad"]}


def test_a_word_is_taken_out_in_the_table_too(opened_at):
    it, panel = opened_at("list")
    panel.get_by_role("button", name="Table", exact=False).first.click()
    button = panel.get_by_role("button", name="Without this word: \u2068phone\u2069")
    assert button.count() == 1
    button.press("Enter")
    wait_for(it, answer_of(MODELS["list"][0], "good . I love it!"))
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    assert button.count() == 0
    # What followed is in its row, and under the keyboard.
    here = it.frame.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert _ISOLATES.sub("", here) == "Without this word: ."
    assert it.violations() == []
    it.look(chromium.NARROW)
    assert it.overflow() == 0
    assert it.problems == []


def test_the_keyboard_stays_in_the_text_where_what_it_was_at_goes(opened_at):
    it, panel = opened_at("list")
    editor, words = panel.get_by_label("to change"), words_of(panel)
    is_focused = "it => it === document.activeElement"
    editor.fill("good")
    panel.get_by_role("heading", name="Text of row 0, edited").wait_for()
    words.focus()
    for key in ("Home", "Delete"):
        it.page.keyboard.press(key)
        it.settle()
    panel.get_by_text("This text is empty.").wait_for()
    assert editor.evaluate(is_focused)
    panel.get_by_role("button", name="Reset").press("Enter")
    words.wait_for()
    assert editor.evaluate(is_focused)
    it.asked.refuse()
    words.focus()
    for key in ("Home", "Delete"):
        it.page.keyboard.press(key)
        it.settle()
    panel.get_by_text("The model did not answer").wait_for()
    words.wait_for(state="detached")
    it.settle()
    assert editor.evaluate(is_focused)


@pytest.mark.parametrize("width", [chromium.NARROW, 1000, 1200, chromium.WIDE])
def test_the_whole_prediction_is_in_sight(opened_at, width):
    it, panel = opened_at("table", width)
    panel.get_by_label("to change").fill("bad")
    wait_for(it, answer_of(MODELS["table"][0], "bad"))
    it.settle()
    told = panel.get_by_role("region", name="Prediction")
    assert told.evaluate("it => it.scrollWidth - it.clientWidth") == 0
