"""Texts in the page: their tokens coloured, by keys, in a table, long ones, and harmless."""

from __future__ import annotations

import re

import pytest

from tests.browser.chromium import NARROW, WIDE
from tests.browser.pages import HOSTILE, LONG, TEXTS
from tests.made_texts import BASE, REST, WEIGHTS

TITLES = [
    "Overview", "Performance", "Data", "Importance", "Single rows", "Text", "What-if", "About",
]  # fmt: skip
HEBREW, EMOJI = 3, 4
# Marks that set the direction of what stands between them apart.
_ISOLATES = re.compile("[\u2066-\u2069]")
_SHOWN = """words => [...words.childNodes].map(it => it.textContent).join('')"""


def text_tab(it, row=0):
    """Open the tab of texts at a row, and return its panel."""
    panel = it.go("Text")
    panel.get_by_label("Find by id").fill(str(row))
    panel.get_by_role("button", name="Show", exact=True).click()
    it.settle()
    return panel


def words_of(panel):
    return panel.locator(".words").first


def said(panel):
    return _ISOLATES.sub("", panel.locator(".words-said").first.inner_text())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_tab_is_drawn_and_axe_finds_nothing(show, page_file, width, theme):
    it = show("texts", width, theme)
    assert it.titles() == TITLES
    for title in TITLES:
        panel = it.go(title)
        assert len(panel.inner_text()) > 100, title
        assert it.overflow() == 0, title
        assert it.violations() == [], title
    assert it.problems == []
    assert it.requests == [page_file("texts").as_uri()]


def test_other_explanations_have_no_such_tab(show):
    assert "Text" not in show("iris").titles()


def test_base_tokens_and_rest_are_the_output(show):
    it = show("texts")
    table = text_tab(it).get_by_role("region", name="How it adds up")
    numbers = [float(each.get_attribute("value")) for each in table.locator("data").all()]
    raising = WEIGHTS["good"] + WEIGHTS["love"] + WEIGHTS["great"]
    assert numbers == pytest.approx([BASE, raising, 0, REST, BASE + raising + REST], abs=1e-3)
    assert "Rest: words this text does not have, and what no token is attributed" in (
        table.inner_text()
    )
    it.choose("Class", "neg")
    numbers = [float(each.get_attribute("value")) for each in table.locator("data").all()]
    assert numbers == pytest.approx([-BASE, 0, -raising, -REST, -BASE - raising - REST], abs=1e-3)


def test_sign_and_size_are_told_without_colour(show):
    it = show("texts")
    panel = text_tab(it)
    style = "it => { const s = getComputedStyle(it); return [s.textDecorationLine, s.textDecorationStyle, s.textDecorationThickness]; }"  # noqa: E501
    words = words_of(panel)
    assert words.get_by_text("Great", exact=True).evaluate(style) == ["underline", "solid", "4px"]
    assert words.get_by_text("Good", exact=True).evaluate(style) == ["underline", "solid", "2.5px"]
    assert words.get_by_text("phone", exact=True).evaluate(style)[0] == "none"
    panel = text_tab(it, 1)
    bad = words_of(panel).get_by_text("bad", exact=True).first
    assert bad.evaluate(style) == ["overline", "dashed", "4px"]
    it.look(NARROW, forced_colors="active")
    assert bad.evaluate(style) == ["overline", "dashed", "4px"]
    assert it.violations() == []


def test_the_cursor_goes_by_keys_and_says_what_it_is_at(show):
    it = show("texts")
    panel = text_tab(it)
    words = words_of(panel)
    words.focus()
    live = panel.locator("[aria-live=polite]").first
    for key, word in (
        ("ArrowRight", "Good"), ("ArrowRight", "phone"), ("End", "value"), ("ArrowLeft", "Great"),
        ("Home", "Good"),
    ):  # fmt: skip
        it.page.keyboard.press(key)
        it.settle()
        assert words.locator("[data-at]").all_inner_texts() == [word]
        spoken = _ISOLATES.sub("", live.text_content())
        assert spoken.startswith(f"\u201c{word}\u201d. ")
    assert "+1 (log-odds)" in spoken
    assert "token 1 of 9, sentence 1" in spoken
    assert it.problems == []


def test_sentences_are_sums_of_their_tokens(show):
    it = show("texts")
    panel = text_tab(it)
    panel.get_by_text("Sentences", exact=True).first.click()
    it.settle()
    marks = words_of(panel).locator("[data-word]")
    assert marks.all_inner_texts() == ["Good phone.", "I love it!", "Great value"]
    marks.nth(1).click()
    it.settle()
    assert "Sentence 2: \u201cI love it!\u201d" in said(panel)
    assert "+1.5" in said(panel)
    summary = _ISOLATES.sub("", panel.locator(".frame-summary").first.inner_text())
    assert "sentence 3 (\u201cGreat value\u201d) raises it most" in summary


def test_fewer_are_marked_by_the_slider(show):
    it = show("texts")
    panel = text_tab(it)
    marked = words_of(panel).locator(".raises, .lowers")
    assert sorted(marked.all_inner_texts()) == ["Good", "Great", "love"]
    slider = panel.get_by_role("slider", name="Strongest marked")
    slider.focus()
    it.page.keyboard.press("Home")
    it.settle()
    assert marked.all_inner_texts() == ["Great"]


def test_a_bar_leads_to_its_token(show):
    it = show("texts")
    panel = text_tab(it)
    panel.locator("svg [data-mark='1']").first.focus()
    it.page.keyboard.press("Enter")
    it.settle()
    assert words_of(panel).locator("[data-at]").all_inner_texts() == ["love"]


def test_the_table_counts_characters_as_python_does(show):
    it = show("texts")
    panel = text_tab(it, EMOJI)
    panel.get_by_role("button", name="Table", exact=False).first.click()
    it.settle()
    rows = panel.locator(".frame").first.locator("tbody tr")
    found = [_ISOLATES.sub("", row.inner_text()).split("\t") for row in rows.all()]
    text = TEXTS[EMOJI]
    for word, start, end, sentence, _ in found:
        assert text[int(start) : int(end)] == word
        assert sentence == "1"
    assert [word for word, *_ in found] == text.split(" ")
    assert it.violations() == []


def test_emoji_are_cut_where_they_end(show):
    it = show("texts")
    words = words_of(text_tab(it, EMOJI))
    assert words.locator("[data-word]").all_inner_texts() == TEXTS[EMOJI].split(" ")
    assert words.evaluate(_SHOWN) == TEXTS[EMOJI]


def test_hebrew_runs_from_right_to_left_and_so_do_its_keys(show):
    it = show("texts")
    panel = text_tab(it, HEBREW)
    words = words_of(panel)
    assert words.evaluate("it => getComputedStyle(it).direction") == "rtl"
    first, second = words.locator("[data-word]").nth(0), words.locator("[data-word]").nth(1)
    assert first.bounding_box()["x"] > second.bounding_box()["x"]
    words.focus()
    it.page.keyboard.press("Home")
    it.page.keyboard.press("ArrowLeft")
    it.settle()
    assert words.locator("[data-at]").all_inner_texts() == ["good"]


def test_hostile_texts_execute_nothing_and_are_shown(show, page_file):
    it = show("texts")
    for row, name in enumerate(HOSTILE, 5):
        shown = words_of(text_tab(it, row)).evaluate(_SHOWN)
        assert shown == f"{name} good {name}".replace("\u202e", "U+202E")
        assert it.frame.evaluate("() => window.__hit") is None
    for title in TITLES:
        it.go(title)
    assert it.frame.evaluate("() => window.__hit") is None
    assert it.frame.locator("img, svg[onload], [onfocus], .words b").count() == 0
    assert it.requests == [page_file("texts").as_uri()]
    assert it.problems == []


def test_an_override_turns_nothing_but_itself(show):
    it = show("texts")
    words = words_of(text_tab(it, 5 + HOSTILE.index(next(n for n in HOSTILE if "\u202e" in n))))
    alone = words.locator(".alone").first
    assert alone.inner_text() == "U+202E"
    assert alone.evaluate("it => getComputedStyle(it).unicodeBidi") == "isolate"
    right, left = words.get_by_text("right", exact=True), words.get_by_text("left", exact=True)
    assert right.first.bounding_box()["x"] < left.first.bounding_box()["x"]


def test_a_text_without_tokens_says_so(show):
    panel = text_tab(show("texts"), 2)
    assert "This text is empty." in panel.inner_text()
    assert panel.locator(".words").count() == 0


def test_a_row_that_is_picked_elsewhere_is_the_text_shown(show):
    it = show("texts")
    panel = it.go("Single rows")
    panel.get_by_text("Table", exact=True).first.click()
    it.settle()
    panel.get_by_role("button", name="Row 1", exact=True).click()
    it.settle()
    assert words_of(panel).evaluate(_SHOWN) == TEXTS[1]
    panel = it.go("Text")
    assert words_of(panel).evaluate(_SHOWN) == TEXTS[1]
    panel.get_by_role("button", name="Previous text").click()
    it.settle()
    assert words_of(panel).evaluate(_SHOWN) == TEXTS[0]
    panel.get_by_role("button", name="Text of row 4").click()
    it.settle()
    assert words_of(panel).evaluate(_SHOWN) == TEXTS[EMOJI]
    assert it.violations() == []


def test_a_word_that_is_picked_has_no_values_and_what_if_no_model(show):
    it = show("texts")
    panel = it.go("Importance")
    panel.locator("svg [data-mark]").first.focus()
    it.page.keyboard.press("Enter")
    it.settle()
    assert "A word is no column" in panel.inner_text()
    assert "words are no columns whose values could be changed" in it.go("What-if").inner_text()
    assert it.problems == []


def test_a_text_of_50_000_words_is_drawn_in_parts(show):
    it = show("long text")
    panel = text_tab(it, 1)
    words = words_of(panel)
    assert 100 < words.locator("[data-word]").count() <= 1500
    parts = panel.get_by_role("navigation", name="Parts of the text")
    number = int(re.search(r"Part 1 of (\d+)", parts.inner_text())[1])
    assert number * 1500 >= LONG
    words.focus()
    it.page.keyboard.press("End")
    it.settle()
    assert f"Part {number} of {number}" in parts.inner_text()
    assert said(panel).count("token") == 1
    it.page.keyboard.press("PageUp")
    it.settle()
    assert f"Part {number - 1} of {number}" in parts.inner_text()
    panel.get_by_role("button", name="Next part").click()
    it.settle()
    assert f"Part {number} of {number}" in parts.inner_text()
    assert it.violations() == []
    assert it.problems == []
