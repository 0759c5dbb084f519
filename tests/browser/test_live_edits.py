"""A row that is edited in a page of `mlflow-explain ui`, while its model has not answered yet."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import mlflow
import pytest

from mlflow_explain import TabularExplainer, log_explanation, log_model
from tests.browser import chromium, pages
from tests.browser.serving import live_ui, open_live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain.ui.server import Opened


@pytest.fixture(scope="module")
def served(tmp_path_factory, empty_database) -> Iterator[tuple[Opened, str]]:
    """The server, and the address of the page of a live model of three classes."""
    folder = tmp_path_factory.mktemp("store")
    shutil.copy(empty_database, folder / "mlflow.db")
    made = pages.iris()
    explainer = TabularExplainer(made.model, made.rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)
        with mlflow.start_run():
            kept = log_explanation(explainer.explain_global(made.rows))
            log_model(
                made.model, scoring_explainer=explainer, explanation=kept,
                pip_requirements=["mlflow"],
            )  # fmt: skip
        with live_ui() as opened:
            yield opened, f"explanation/{kept.run_id}/{kept.id}"


@pytest.fixture
def it(browser, served):
    """The tab of a live model, once it has answered all there is."""
    seen = open_live(browser, *served, chromium.WIDE)
    panel = seen.go("What-if")
    for part in (SAYS, FLIPS, ADDS, ROW):
        panel.get_by_text(part).first.wait_for()
    yield seen
    seen.page.context.close()


SAYS, FLIPS, ADDS = "The model predicts setosa.", "the smallest change is", "adds most"
ROW = "of this row goes from"


def length(it):
    return it.panel.locator(".editors").get_by_label("petal length (cm)", exact=True)


def test_nothing_is_said_of_an_edited_row_before_the_model_answered_for_it(it):
    panel = it.panel
    it.asked.hold()
    length(it).fill("5")
    it.settle()
    panel.get_by_text("Asking the model").first.wait_for()
    panel.get_by_text("Searching").wait_for()
    for part in ("Prediction", "Changes, the smallest first"):
        assert panel.get_by_role("region", name=part).count() == 0, part
    for part in (SAYS, FLIPS):
        assert panel.get_by_text(part).count() == 0, part
    assert not panel.get_by_text(ADDS).is_visible()
    # The curve over the column that is edited is none of its value: it stays, with its dot.
    assert panel.get_by_text(ROW).is_visible()
    assert it.violations() == []
    it.asked.release()
    panel.get_by_text("The prediction changes from setosa to").wait_for()
    assert panel.get_by_role("region", name="Prediction").is_visible()
    panel.get_by_text("The edit moves petal length (cm) most").wait_for()
    panel.get_by_role("region", name="Changes, the smallest first").wait_for()
    assert it.violations() == []
    assert it.problems == []


def test_no_curve_of_the_row_is_drawn_before_the_model_answered_for_other_values(it):
    it.choose("Sweep", "petal width (cm)")
    it.panel.get_by_text("petal width (cm) goes through").wait_for()
    it.panel.get_by_text(ROW).wait_for()
    it.asked.hold()
    length(it).fill("5")
    it.choose("Sweep", "petal width (cm)")
    assert it.panel.get_by_text(ROW).count() == 0
    it.asked.release()
    it.panel.get_by_text(ROW).wait_for()
    # Nor one of another column, though it has as many values.
    it.asked.hold()
    it.choose("Sweep", "sepal width (cm)")
    assert it.panel.get_by_text(ROW).count() == 0
    it.asked.release()
    it.panel.get_by_text(ROW).wait_for()
    assert it.problems == []


def test_the_keyboard_stays_where_edits_are_put_back(it):
    panel = it.panel
    at = "it => it === document.activeElement"
    length(it).fill("5")
    panel.get_by_role("button", name="Put petal length (cm) back").press("Enter")
    it.settle()
    assert length(it).evaluate(at)
    length(it).fill("5")
    panel.get_by_role("button", name="Reset", exact=True).press("Enter")
    it.settle()
    assert panel.get_by_label("Row to edit").evaluate(at)
    panel.get_by_text(FLIPS).wait_for()
    panel.get_by_role("button", name="Apply").first.press("Enter")
    it.settle()
    assert panel.get_by_role("heading", name="Smallest single changes").evaluate(at)
