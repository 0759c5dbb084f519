"""`mlflow-explain ui` in a browser: its own pages, a hostile report, a page that asks its model."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import mlflow
import pytest

from mlflow_explain import log_explanation, log_model
from mlflow_explain.dashboard import page
from tests.browser import chromium, pages
from tests.browser.serving import live_ui

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain.ui.server import Opened

# What somebody who may write artifacts could keep as a run's report.
ATTACK = """<!doctype html><meta charset=utf-8><title>hostile</title><script>
const found = {};
const place = '/' + location.pathname.split('/')[1] + '/';
const tried = async (name, attack) => {
  try { found[name] = await attack(); } catch (error) { found[name] = 'refused'; }
};
const drawn = address => new Promise((took, failed) => {
  const image = new Image(); image.onload = () => took('took'); image.onerror = failed;
  image.src = address;
});
addEventListener('load', async () => {
  await tried('cookie', () => document.cookie);
  await tried('storage', () => localStorage.length);
  await tried('parent', () => parent.document.title);
  await tried('top', () => {
    if (top === window) return 'alone';
    top.location = 'about:blank'; return 'went';
  });
  await tried('popup', () => open('about:blank') ? 'opened' : 'refused');
  await tried('list', async () => (await fetch(place, {credentials: 'include'})).status);
  await tried('live', async () => (await fetch(location.pathname.replace('page', 'live')
    .replace('/kept', '/predict'), {method: 'POST', credentials: 'include', body: '{}',
    headers: {'Content-Type': 'text/plain'}})).status);
  await tried('elsewhere', async () => (await fetch('http://127.0.0.1:9/')).status);
  await tried('image', () => drawn(place));
  await tried('frame', () => {
    const frame = document.createElement('iframe'); frame.src = place;
    document.body.append(frame); return frame.contentDocument.title;
  });
  await tried('form', () => {
    const form = document.createElement('form'); form.action = place; form.method = 'post';
    document.body.append(form); form.submit(); return 'refused';
  });
  await tried('worker', () => new Promise((took, failed) => {
    const worker = new Worker(URL.createObjectURL(new Blob([''])));
    worker.onerror = failed; setTimeout(() => failed(), 200);
  }));
  document.title = 'done';
  document.body.textContent = JSON.stringify(found);
});
</script><body>"""
REFUSED = dict.fromkeys(
    ("cookie", "storage", "parent", "top", "popup", "list", "live", "elsewhere", "image", "frame",
     "form", "worker"),
    "refused",
)  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory, empty_database) -> Iterator[tuple[Opened, str, str]]:
    """The server with live models, a run with a model, and one with the hostile report."""
    folder = tmp_path_factory.mktemp("store")
    shutil.copy(empty_database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)
        kept, hostile = _logged()
        with live_ui() as opened:
            yield opened, kept, hostile


def _logged() -> tuple[str, str]:
    made = pages.mortgage()
    rows = made.rows.head(60)
    explainer = pages.TabularExplainer(made.model, made.rows)
    with mlflow.start_run(run_name=pages.HOSTILE[0]):
        kept = log_explanation(explainer.explain_global(rows), comment=pages.HOSTILE[1])
        log_model(
            made.model, scoring_explainer=explainer, explanation=kept,
            registered_model_name="credit", pip_requirements=["mlflow"],
        )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, mlflow.start_run():
        patch.setattr(page, "render_or_plain", lambda *_: ATTACK)
        hostile = log_explanation(explainer.explain_global(rows.head(30)))
    return f"{kept.run_id}/{kept.id}", f"{hostile.run_id}/{hostile.id}"


@pytest.fixture
def it(browser, served):
    """The list of explanations, entered by the printed address."""
    opened, _, _ = served
    seen = chromium.seen(browser)
    seen.page.goto(opened.url)
    seen.page.wait_for_url(f"**/{opened.access.place}/")
    yield seen
    seen.page.context.close()


def address(served, path: str) -> str:
    opened, _, _ = served
    return f"http://127.0.0.1:{opened.port}/{opened.access.place}/{path}"


def test_the_token_leaves_the_address_and_the_history(it, served):
    opened, _, _ = served
    assert opened.access.token not in it.page.url
    assert it.page.evaluate("() => document.cookie") == ""
    assert it.page.evaluate("() => history.length") <= 2
    it.page.go_back()
    assert opened.access.token not in it.page.url


def test_77_our_own_pages_execute_nothing_and_axe_finds_nothing(it, served):
    _, kept, hostile = served
    for path in ("", "models", f"run/{kept.split('/')[0]}", f"?with={kept}",
                 f"compare?one={kept}&one={hostile}", "?q=nosuch"):  # fmt: skip
        it.page.goto(address(served, path))
        for width in (chromium.NARROW, chromium.WIDE):
            for theme in ("light", "dark"):
                it.look(width, theme)
                assert it.overflow() == 0, path
        assert it.page.evaluate("() => window.__hit") is None
    assert it.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "models", "?q=nosuch", "run/nosuch"])
def test_axe_finds_nothing_on_our_own_pages(browser, served, path, theme):
    # Which axe's own script needs; what is looked at is the same.
    context = browser.new_context(bypass_csp=True, color_scheme=theme)
    page_ = context.new_page()
    page_.goto(served[0].url)
    page_.wait_for_url(f"**/{served[0].access.place}/")
    page_.goto(address(served, path))
    assert chromium.Seen(page_, page_.main_frame).violations() == []
    context.close()


def test_the_keyboard_finds_two_explanations_and_compares_them(it, served):
    it.page.keyboard.press("Tab")
    assert it.page.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    boxes = it.page.get_by_role("checkbox")
    for place in range(2):
        boxes.nth(place).focus()
        it.page.keyboard.press("Space")
    it.page.get_by_role("button", name="Compare two chosen ones").press("Enter")
    it.page.wait_for_url("**/compare?*")
    assert it.page.get_by_role("heading", name="Two explanations").count() == 1
    assert len(it.page.frames) == 3


def test_a_hostile_report_gets_nowhere(it, served):
    _, _, hostile = served
    before = it.page.context.cookies()
    it.page.goto(address(served, f"explanation/{hostile}?show=kept"))
    frame = it.page.wait_for_selector("iframe").content_frame()
    frame.wait_for_function("() => document.title === 'done'")
    assert frame.evaluate("() => JSON.parse(document.body.textContent)") == REFUSED
    assert it.page.url.endswith("show=kept")
    assert it.page.context.cookies() == before
    assert frame.evaluate("() => origin") == "null"


def test_a_hostile_report_gets_nowhere_outside_of_its_frame_either(it, served):
    _, _, hostile = served
    it.page.goto(address(served, f"page/{hostile}/kept"))
    it.page.wait_for_function("() => document.title === 'done'")
    found = it.page.evaluate("() => JSON.parse(document.body.textContent)")
    # By itself it is its own parent, and its own top.
    assert found == REFUSED | {"parent": "hostile", "top": "alone"}
    assert it.page.evaluate("() => origin") == "null"


def test_what_a_hostile_report_opens_in_its_own_frame_has_no_cookie(it, served):
    _, kept, hostile = served
    it.page.goto(address(served, f"explanation/{hostile}?show=kept"))
    frame = it.page.wait_for_selector("iframe").content_frame()
    frame.wait_for_function("() => document.title === 'done'")
    with it.page.expect_response(lambda reply: reply.url.endswith("/live")) as replied:
        frame.evaluate("path => { location = path; }", address(served, f"page/{kept}/live"))
    assert replied.value.status == 403


def test_what_holds_a_hostile_report_lets_it_lead_nowhere_else(it, served):
    _, _, hostile = served
    it.page.goto(address(served, f"explanation/{hostile}?show=kept"))
    frame = it.page.wait_for_selector("iframe").content_frame()
    frame.wait_for_function("() => document.title === 'done'")
    it.requests.clear()
    with it.page.expect_console_message(lambda said: "frame-src" in said.text):
        frame.evaluate("() => { setTimeout(() => { location = 'http://127.0.0.1:9/'; }); }")
    assert [asked for asked in it.requests if ":9/" in asked] == []


def test_a_what_if_of_its_page_is_answered_by_the_model(it, served):
    _, kept, _ = served
    it.page.goto(address(served, f"explanation/{kept}"))
    it.frame = it.page.wait_for_selector("iframe").content_frame()
    it.frame.wait_for_function(chromium.READY)
    it.requests.clear()
    panel = it.go("What-if")
    made = pages.mortgage()
    chances = made.model.predict_proba(made.rows.head(1))[0]
    for chance in chances:
        panel.get_by_text(f"{chance:.1%}").first.wait_for()
    asked = address(served, f"live/{kept}")
    assert it.requests[0] == asked
    assert f"{asked}/predict" in it.requests
    assert all(each.startswith(asked) for each in it.requests)
    assert it.problems == []


def test_its_page_is_in_a_sandbox_unless_it_asks_the_model(it, served):
    _, kept, _ = served
    it.page.goto(address(served, f"explanation/{kept}?show=kept"))
    frame = it.page.wait_for_selector("iframe").content_frame()
    frame.wait_for_function(chromium.READY)
    assert frame.evaluate("() => origin") == "null"
    it.page.goto(address(served, f"explanation/{kept}"))
    frame = it.page.wait_for_selector("iframe").content_frame()
    frame.wait_for_function(chromium.READY)
    assert frame.get_by_text("live model").count() > 0
    path = address(served, f"live/{kept}")
    about = frame.evaluate("async path => (await fetch(path)).json()", path)
    assert about["method"] == "tree"
    blocked = "async () => { try { await fetch('http://127.0.0.1:9/'); } catch { return 'no'; } }"
    assert frame.evaluate(blocked) == "no"
