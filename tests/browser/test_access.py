"""Who cannot use a pointer or see all colours: axe's rules, the keyboard, what is seen of focus."""

from __future__ import annotations

from itertools import product

import pytest

from tests.browser.chromium import NARROW, WIDE
from tests.browser.pages import EXAMPLES, iris, mortgage
from tests.browser.test_tabs import THEMES, walk

# More stops than any tab has.
_MOST_STOPS = 400
_FOCUSED = """() => {
  const it = document.activeElement;
  if (it === null || it === document.body || it === document.documentElement) return null;
  const { x, y, width, height } = it.getBoundingClientRect();
  const name = it.getAttribute('aria-label') ?? it.labels?.[0]?.innerText ?? it.textContent;
  return {
    kind: [it.tagName, it.getAttribute('role'), it.getAttribute('class'), it.type].join(' '),
    name: (name ?? '').trim().slice(0, 60),
    seen: it.matches(':focus-visible'),
    box: [x, y, width, height],
    inside: y + height > 0 && y < innerHeight && x + width > 0 && x < innerWidth,
    place: [...document.querySelectorAll('*')].indexOf(it),
  };
}"""
# Further than a ring stands off.
_AROUND = 8


@pytest.mark.parametrize("name", [*EXAMPLES, "hostile", "wide"])
def test_axe_finds_nothing(show, name):
    it = show(name)
    pick(it)
    found: dict[str, list[str]] = {}
    looks = list(product((NARROW, WIDE), THEMES))
    if name != "mortgage":
        # Of one page each width in each theme; of the others both widths, and both themes.
        looks = [looks[0], looks[-1]]
    for title in walk(it):
        for width, theme in looks:
            it.look(width, theme)
            for node in it.violations():
                found.setdefault(node, []).append(f"{title} {width} {theme}")
    assert [f"{node} ({', '.join(places)})" for node, places in found.items()] == []


@pytest.mark.parametrize("name", ["mortgage", "iris", "diabetes"])
def test_axe_finds_nothing_in_tables(show, name):
    it = show(name)
    pick(it)
    for title in walk(it):
        for button in it.panel.get_by_role("button", name="Table", exact=True).all():
            button.click()
        it.settle()
        for theme in THEMES:
            it.look(NARROW, theme)
            assert it.violations() == [], title
    assert it.problems == []


def pick(it):
    """Pick a row and a feature, so that what is shown of them is there."""
    first = it.go("Single rows").get_by_role("button", name="Explain the first row")
    if first.count():
        first.click()
    it.go("Importance").locator("svg [tabindex='0']").first.press("Enter")
    it.settle()


def stops(it):
    """Press Tab from the start of the page to its end, and yield each stop."""
    it.frame.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    it.frame.locator("body").click(position={"x": 1, "y": 1})
    seen = set()
    for _ in range(_MOST_STOPS):
        it.page.keyboard.press("Tab")
        stop = it.frame.evaluate(_FOCUSED)
        if stop is None or stop["place"] in seen:
            return
        seen.add(stop["place"])
        yield stop
    raise AssertionError("the Tab key does not leave the page")


def ring(it, stop) -> bool:
    """Whether something around or in the focused element differs from how it looks unfocused."""
    x, y, width, height = stop["box"]
    size = it.page.viewport_size
    left, top = max(0, x - _AROUND), max(0, y - _AROUND)
    clip = {
        "x": left, "y": top,
        "width": max(1, min(width + 2 * _AROUND, size["width"] - left)),
        "height": max(1, min(height + 2 * _AROUND, size["height"] - top)),
    }  # fmt: skip
    with_focus = it.page.screenshot(clip=clip, animations="disabled")
    it.frame.evaluate("() => { window.__kept = document.activeElement; window.__kept.blur(); }")
    without = it.page.screenshot(clip=clip, animations="disabled")
    it.frame.evaluate("() => window.__kept.focus({ focusVisible: true, preventScroll: true })")
    return bool(with_focus != without)


@pytest.mark.parametrize("theme", THEMES)
def test_the_tab_key_goes_through_every_tab_and_focus_is_seen(show, theme):
    it = show("mortgage", theme=theme)
    looked_at = set()
    for title in walk(it):
        kinds = 0
        for stop in stops(it):
            assert stop["seen"], (title, stop)
            assert stop["inside"], (title, stop)
            assert stop["name"], (title, stop)
            kinds += 1
            # One of each kind is looked at: a picture takes its time.
            if stop["kind"] not in looked_at:
                looked_at.add(stop["kind"])
                assert ring(it, stop), (title, stop)
        assert kinds > 3, title


_CHARTS = """panel => [...panel.querySelectorAll('svg')].flatMap(chart => {
  const marks = [...chart.querySelectorAll('[data-mark]')];
  if (marks.length === 0) return [];
  const named = marks.map(mark => mark.getAttribute('tabindex'));
  return [{
    name: chart.getAttribute('aria-label'),
    stops: named.filter(value => value === '0').length,
    others: named.filter(value => value === '-1').length,
    marks: marks.length,
  }];
})"""


@pytest.mark.parametrize("name", ["mortgage", "iris"])
def test_a_chart_is_one_stop_of_the_tab_key(show, name):
    it = show(name, width=WIDE)
    pick(it)
    seen = 0
    for title in walk(it):
        it.panel.get_by_text("Searching").wait_for(state="hidden")
        it.settle()
        reached = sum(" mark " in f"{stop['kind']} " for stop in stops(it))
        # The map of two features is drawn last, after everything that was asked for before it.
        charts = it.panel.evaluate(_CHARTS)
        for chart in charts:
            assert (chart["stops"], chart["others"]) == (1, chart["marks"] - 1), (title, chart)
        assert reached == len(charts), title
        seen += len(charts)
    assert seen > 5


def test_the_arrow_keys_go_through_the_tabs(show):
    it = show("iris")
    it.tabs.first.focus()
    opened = []
    for _ in it.titles():
        opened.append(it.frame.get_by_role("tab", selected=True).inner_text())
        it.page.keyboard.press("ArrowRight")
    assert opened == it.titles()
    assert it.frame.get_by_role("tab", selected=True).inner_text() == opened[0]
    it.page.keyboard.press("End")
    assert it.frame.get_by_role("tab", selected=True).inner_text() == opened[-1]
    it.page.keyboard.press("Home")
    assert it.frame.get_by_role("tab", selected=True).inner_text() == opened[0]


def test_a_dialog_keeps_focus_and_gives_it_back(show):
    it = show("iris")
    button = it.frame.get_by_role("button", name="How to read this page")
    button.focus()
    it.page.keyboard.press("Enter")
    dialog = it.frame.get_by_role("dialog")
    dialog.wait_for()
    assert it.violations() == []
    for _ in range(4):
        it.page.keyboard.press("Tab")
        place = it.frame.evaluate("() => document.activeElement.closest('dialog, body').tagName")
        # The browser's own controls come between: they are the page's body.
        assert place in ("DIALOG", "BODY")
    it.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert button.evaluate("it => it === document.activeElement")


def tab_to(it, what):
    """Press Tab until an element is focused."""
    wanted = what.element_handle()
    for _ in range(_MOST_STOPS):
        if it.frame.evaluate("it => it === document.activeElement", wanted):
            return
        it.page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not come to {what}")


def test_a_cohort_is_made_by_keys(show):
    it = show("iris")
    tab_to(it, it.frame.get_by_role("button", name="New cohort"))
    it.page.keyboard.press("Enter")
    dialog = it.frame.get_by_role("dialog")
    dialog.wait_for()
    assert it.violations() == []
    name = dialog.get_by_label("Name", exact=True)
    assert name.evaluate("it => it === document.activeElement")
    it.page.keyboard.type("Long petals")
    tab_to(it, dialog.get_by_label("Which one"))
    it.page.keyboard.type("petal length")
    tab_to(it, dialog.get_by_label("Relation"))
    it.page.keyboard.type("above")
    tab_to(it, dialog.get_by_label("Value", exact=True))
    it.page.keyboard.press("Control+A")
    it.page.keyboard.type("5")
    it.settle()
    n_rows = int((iris().rows["petal length (cm)"] > 5).sum())
    assert f"{n_rows} rows meet this" in dialog.inner_text()
    tab_to(it, dialog.get_by_role("button", name="Save"))
    it.page.keyboard.press("Enter")
    it.settle()
    assert it.violations() == []
    it.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert f"{n_rows} rows" in it.frame.locator("main").inner_text()
    assert "Long petals" in it.go("Performance").inner_text()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_axe_finds_nothing_in_the_dialog_of_cohorts(show, width, theme):
    it = show("mortgage", width, theme)
    it.frame.get_by_role("button", name="Edit cohorts").click()
    dialog = it.frame.get_by_role("dialog")
    dialog.wait_for()
    found = it.violations()
    for part in ("Where it is worst", "Copy / paste", "List"):
        dialog.get_by_text(part, exact=True).click()
        it.settle()
        found += it.violations()
    dialog.get_by_role("button", name="Edit High debt").click()
    it.settle()
    found += it.violations()
    assert found == []
    assert it.problems == []


def test_the_class_is_changed_by_keys(show):
    it = show("iris")
    box = it.frame.get_by_label("Class", exact=True)
    tab_to(it, box)
    before = it.panel.inner_text()
    it.page.keyboard.type("versi")
    it.settle()
    assert box.evaluate("it => it.selectedOptions[0].label") == "versicolor"
    assert it.panel.inner_text() != before


def test_a_bar_is_picked_by_keys(show):
    it = show("mortgage")
    panel = it.go("Importance")
    frames = panel.locator(".frame").count()
    tab_to(it, panel.locator("svg [tabindex='0']").first)
    it.page.keyboard.press("ArrowDown")
    it.page.keyboard.press("Enter")
    it.settle()
    assert panel.locator(".frame").count() == frames + 1
    top = list(mortgage().explanation.get_feature_importance_dict(top_k=2))
    assert top[1] in panel.locator(".frame").last.inner_text()
    assert it.problems == []


def test_a_value_is_edited_by_keys(show):
    it = show("mortgage")
    panel = it.go("What-if")
    cell = panel.get_by_role("region", name="Prediction").locator("td:nth-child(3) data").last
    before = float(cell.get_attribute("value"))
    tab_to(it, panel.get_by_label("dir", exact=True))
    it.page.keyboard.press("Control+A")
    it.page.keyboard.type("0.9")
    it.settle()
    typed = float(cell.get_attribute("value"))
    assert typed != before
    tab_to(it, panel.get_by_label("lvr, slider"))
    it.page.keyboard.press("End")
    it.settle()
    assert float(cell.get_attribute("value")) not in (before, typed)


def test_a_row_is_opened_by_keys(show):
    it = show("mortgage")
    panel = it.go("Single rows")
    tab_to(it, panel.locator(".surface").first)
    it.page.keyboard.press("ArrowRight")
    it.page.keyboard.press("Enter")
    it.settle()
    assert it.drawn() >= 2
    assert it.violations() == []
    assert it.problems == []
