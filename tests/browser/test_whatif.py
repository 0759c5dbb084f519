"""The what-if tab: editing by fields, sliders, the dot on a curve and flips; keeping rows."""

from __future__ import annotations

import re

import pytest

from tests.browser.pages import diabetes, mortgage


@pytest.fixture
def desk(show):
    """The tab on a page of two classes."""
    it = show("mortgage")
    it.go("What-if")
    return it


def outcome(it) -> str:
    """Return the sentence on the prediction, once the answers are there."""
    it.settle()
    return str(it.panel.locator(".outcome [role=status]").inner_text())


def field(it, name: str):
    return it.panel.locator(".editors").get_by_label(name, exact=True)


def sweep(it, name: str) -> None:
    it.panel.get_by_label("Sweep", exact=True).select_option(label=name)
    it.settle()


def test_an_edit_moves_the_prediction_and_reset_puts_it_back(desk):
    before = outcome(desk)
    assert before.startswith("The model predicts")
    assert desk.panel.get_by_role("button", name="Reset", exact=True).is_disabled()
    field(desk, "dir").fill("0.9")
    assert re.search(r"stays|changes", outcome(desk))
    assert "was " in desk.panel.locator(".editor.edited").inner_text()
    assert "1 value changed" in desk.panel.inner_text()
    # The curve follows what is edited.
    assert desk.panel.get_by_role("heading", name="As dir goes").count() == 1
    desk.panel.get_by_role("button", name="Reset", exact=True).click()
    assert outcome(desk) == before
    assert desk.problems == []


def test_a_value_beyond_the_data_is_marked(desk):
    field(desk, "lvr").fill("25")
    assert "Outside the data" in desk.panel.locator(".editor.edited").inner_text()
    assert field(desk, "lvr").get_attribute("aria-invalid") == "true"
    assert desk.panel.get_by_text("highest in the data").count() == 1


def test_a_value_can_be_missing(desk):
    field(desk, "dir").fill("")
    assert "1 value changed" in desk.panel.inner_text()
    assert outcome(desk)
    assert desk.problems == []


def test_the_dot_on_the_curve_is_moved_by_keys(desk):
    sweep(desk, "dir")
    before = field(desk, "dir").input_value()
    dot = desk.panel.get_by_role("slider", name="dir of this row")
    dot.focus()
    for _ in range(3):
        desk.page.keyboard.press("ArrowRight")
    desk.settle()
    assert float(field(desk, "dir").input_value()) > float(before)
    assert dot.evaluate("dot => dot === document.activeElement")


def test_the_dot_on_the_curve_is_dragged(desk):
    sweep(desk, "dir")
    # What comes later is above the dot, and would move it.
    desk.panel.get_by_text("Searching").wait_for(state="hidden")
    dot = desk.panel.locator(".handle circle")
    dot.scroll_into_view_if_needed()
    place = dot.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + 90, y, steps=4)
    desk.page.mouse.up()
    desk.settle()
    assert "1 value changed" in desk.panel.inner_text()
    moved = desk.panel.locator(".handle circle").bounding_box()
    assert abs(moved["x"] + moved["width"] / 2 - (x + 90)) < 6  # a step of the dot, in pixels


def test_the_slider_is_moved_by_keys(desk):
    slider = desk.panel.get_by_role("slider", name="dir, slider")
    before = float(field(desk, "dir").input_value())
    slider.focus()
    desk.page.keyboard.press("ArrowLeft")
    desk.settle()
    assert float(field(desk, "dir").input_value()) < before


def test_the_smallest_flip_is_applied(desk):
    desk.panel.get_by_role("button", name=re.compile("^Apply")).first.click()
    assert outcome(desk).startswith("The prediction changes from")
    assert desk.problems == []


def test_a_row_is_kept_under_a_name_and_taken_again(desk):
    field(desk, "dir").fill("0.9")
    edited = outcome(desk)
    desk.panel.get_by_role("button", name="Keep as", exact=False).click()
    desk.frame.get_by_role("dialog").get_by_label("Name").fill("more debt")
    desk.page.keyboard.press("Enter")
    desk.panel.get_by_role("button", name="Reset", exact=True).click()
    assert outcome(desk) != edited
    desk.choose("Row to edit", "more debt")
    assert outcome(desk) == edited


def test_a_row_is_found_by_its_id_and_stays_when_tabs_change(desk):
    wanted = str(mortgage().rows.index[7])
    desk.panel.get_by_label("Find by id").fill(wanted)
    desk.page.keyboard.press("Enter")
    desk.settle()
    chosen = desk.panel.get_by_label("Row to edit").locator("option:checked")
    assert wanted in chosen.inner_text()
    field(desk, "dir").fill("0.9")
    edited = outcome(desk)
    desk.go("About")
    desk.go("What-if")
    assert outcome(desk) == edited
    desk.panel.get_by_label("Find by id").fill("no such row")
    desk.page.keyboard.press("Enter")
    assert desk.panel.get_by_text("No row in this page has this id.").count() == 1


def test_ends_and_steps_of_a_sweep_are_asked_for(desk):
    sweep(desk, "dir")
    desk.panel.get_by_label("Minimum", exact=True).fill("0.2")
    desk.panel.get_by_label("Maximum", exact=True).fill("0.6")
    desk.settle()
    figure = desk.panel.get_by_role("figure", name="As dir goes")
    figure.get_by_role("button", name="Table", exact=False).click()
    cells = figure.get_by_role("table").locator("tbody tr td:first-child, tbody tr th")
    ends = [float(text) for text in cells.all_inner_texts() if re.fullmatch(r"[\d.]+", text)]
    assert min(ends) == pytest.approx(0.2)
    assert max(ends) <= 0.6


def test_the_prediction_of_a_row_is_pythons(show):
    it = show("diabetes")
    it.go("What-if")
    made = diabetes()
    cells = it.panel.locator(".outcome tbody td").all_inner_texts()
    assert float(cells[0]) == pytest.approx(made.model.predict(made.rows[:1])[0], rel=1e-3)


def test_a_stand_in_says_so_and_how_far_it_is(show):
    it = show("neighbours")
    panel = it.go("What-if")
    assert panel.get_by_text("surrogate", exact=True).count() == 1
    assert panel.get_by_text(re.compile("stands in for yours.*typically")).count() == 1
    assert panel.get_by_text(re.compile("own prediction for this row")).count() == 1


def test_without_a_model_it_says_what_to_do(show):
    it = show("alone")
    assert "ExplanationDashboard(explanation, model, X)" in it.go("What-if").inner_text()


def test_no_line_leads_to_what_is_missing(show):
    it = show("gaps")
    panel = it.go("What-if")
    sweep(it, "holes")
    chart = panel.locator(".frame").filter(has_text="As holes goes")
    chart.get_by_text("missing", exact=True).wait_for()
    lines = chart.locator("path.line-look").evaluate_all("all => all.map(it => it.outerHTML)")
    assert lines
    assert all(line.split(' d="')[1].split('"')[0].count("M") > 1 for line in lines)


@pytest.mark.parametrize("row", ["0", "1", "2"])
def test_78_columns_with_holes_are_swept(show, row):
    it = show("gaps")
    panel = it.go("What-if")
    panel.get_by_label("Find by id").fill(row)
    it.page.keyboard.press("Enter")
    names = panel.get_by_label("Sweep", exact=True).locator("option").all_inner_texts()
    # Of an infinite cell, a missing one, and labels some of which are missing.
    assert {"holes", "endless", "label"} <= set(names)
    for name in names:
        sweep(it, name)
        assert panel.get_by_role("heading", name=f"As {name} goes").count() == 1
        text = panel.inner_text()
        assert [odd for odd in ("NaN", "undefined", "Infinity") if odd in text] == []
    assert it.problems == []
