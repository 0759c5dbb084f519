"""Every tab of every kind of page, at both widths, in both themes."""

from __future__ import annotations

import pytest

from tests.browser.chromium import NARROW, WIDE
from tests.browser.pages import EXAMPLES

TITLES = [
    "Overview", "Performance", "Data", "Importance", "Single rows", "What-if", "About",
]  # fmt: skip
THEMES = ("light", "dark")
# Which tabs have nothing to draw: the text says why.
WITHOUT_CHARTS = {
    "permutation": {"What-if", "About"},
    "alone": {"What-if", "About"},
}
PHONE = 360
# What numbers and objects look like that nobody wrote for a reader.
MACHINE = ("undefined", "[object", "NaN", "Infinity")


def walk(it):
    """Open one tab after the other, and yield their titles."""
    for title in TITLES:
        it.go(title)
        yield title


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_tab_is_drawn_without_a_complaint(show, page_file, name, width, theme):
    it = show(name, width, theme)
    assert it.titles() == TITLES
    empty = WITHOUT_CHARTS.get(name, {"About"})
    charts = {}
    for title in walk(it):
        assert it.frame.get_by_role("tab", selected=True).inner_text() == title
        assert len(it.panel.inner_text()) > 100, title
        charts[title] = it.drawn()
        assert it.overflow() == 0, title
    assert {title for title, n in charts.items() if n == 0} == empty
    assert it.problems == []
    assert it.requests == [page_file(name).as_uri()]


@pytest.mark.parametrize("name", ["mortgage", "iris", "diabetes"])
def test_a_phone_does_not_scroll_sideways(show, name):
    it = show(name, PHONE)
    assert {title: it.overflow() for title in walk(it)} == dict.fromkeys(TITLES, 0)
    assert it.problems == []


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_what_a_reader_asks_the_system_for_is_heard(show, media):
    it = show("mortgage")
    it.look(NARROW, **media)
    for title in walk(it):
        assert it.drawn() > 0 or title == "About"
    moving = "() => document.getAnimations().filter(it => it.playState === 'running').length"
    assert it.frame.evaluate(moving) == 0
    assert it.problems == []


def test_the_theme_of_the_page_beats_the_system(show):
    it = show("mortgage", theme="light")
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = it.frame.evaluate(background)
    it.choose("Theme", "Dark")
    assert it.frame.evaluate(background) != light
    it.look(NARROW, "dark")
    it.choose("Theme", "Light")
    assert it.frame.evaluate(background) == light


def test_paper_has_the_texts_and_the_charts(show):
    it = show("mortgage")
    for title in walk(it):
        headings = [text for text in it.panel.locator("h2, h3").all_inner_texts() if text.strip()]
        it.look(NARROW, media="print")
        printed = it.panel.inner_text()
        assert [text for text in headings if text not in printed] == [], title
        assert it.drawn() > 0 or title == "About"
        assert len(it.page.pdf()) > 10_000
        it.look(NARROW, media="screen")
    assert it.problems == []


@pytest.mark.parametrize("name", ["gaps", "wide"])
def test_78_odd_data_are_drawn(show, name):
    it = show(name)
    for title in walk(it):
        text = it.panel.inner_text()
        assert len(text) > 100
        assert [odd for odd in MACHINE if odd in text] == [], title
    assert it.problems == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_text_of_the_machine_is_shown(show, name):
    it = show(name)
    for title in walk(it):
        text = it.text()
        assert [odd for odd in MACHINE if odd in text] == [], title


def test_79_a_sample_says_so_and_how_large_the_page_may_be(show, page_file):
    assert page_file("sampled").stat().st_size <= 3_000_000
    it = show("sampled")
    text = it.text()
    assert "100,000 rows" in text
    assert "sample of" in text
    for title in walk(it):
        assert it.drawn() > 0 or title == "About"
    assert it.problems == []
