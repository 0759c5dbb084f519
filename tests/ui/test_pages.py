"""Lists, an explanation's page, comparisons, and what is shown where something is missing."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import mlflow
import pytest

from mlflow_explain import TabularExplainer, compare, log_explanation
from mlflow_explain.dashboard import compared, page, plain
from mlflow_explain.ui import found
from mlflow_explain.ui.access import Access
from tests import small
from tests.ui.conftest import HOSTILE, browser_of

if TYPE_CHECKING:
    from tests.ui.asked import Browser

ROOT = "/0123456789abcdef"


def listed(browser: Browser, query: str = "") -> list[str]:
    """Ids in the order of the list."""
    reply = browser.get(f"{ROOT}/{query}")
    assert reply.status == 200, reply.text
    return re.findall(rf"<th scope='row'><a href='{ROOT}/explanation/\w+/([\w-]+)'", reply.text)


def test_explanations_are_listed_newest_first(browser, store):
    assert listed(browser) == [store.hostile.id, store.again.id, store.credit.id]
    text = browser.get(f"{ROOT}/").text
    assert "3 explanations, newest first, of 3 runs." in text
    assert "120 rows" in text
    assert "sqlite:///mlflow.db" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=boost", ["credit"]),
        ("q=FEWER+rows", ["again"]),
        ("q=LGBM", ["again", "credit"]),
        ("q=lgbm+boosting", ["credit"]),
        ("q=nosuchword", []),
        ("task=regression", []),
        ("task=classification", ["hostile", "again", "credit"]),
        ("q=other", ["hostile"]),
    ],
)
def test_they_are_searched_and_filtered(browser, store, query, names):
    assert listed(browser, f"?{query}") == [getattr(store, name).id for name in names]


def test_an_experiment_is_chosen(browser, store):
    assert listed(browser, f"?experiment={store.hostile.experiment_id}") == [store.hostile.id]
    text = browser.get(f"{ROOT}/?experiment={store.hostile.experiment_id}").text
    assert f"<option value='{store.hostile.experiment_id}' selected>other</option>" in text
    assert browser.get(f"{ROOT}/?experiment=999").status == 404


def test_nothing_found_is_said(browser):
    text = browser.get(f"{ROOT}/?q=nosuchword").text
    assert "No explanations, of 3 runs." in text
    assert "<table" not in text


def test_many_are_paged_through(browser, store, monkeypatch):
    monkeypatch.setattr(found, "PAGE", 1)
    monkeypatch.setattr(found, "BATCH", 1)
    seen, path = [], f"{ROOT}/"
    while path:
        text = browser.get(html.unescape(path)).text
        seen += re.findall(rf"<th scope='row'><a href='{ROOT}/explanation/\w+/([\w-]+)'", text)
        assert ("To the newest" in text) == ("after=" in path)
        links = re.findall(r"<a href='([^']*)'>Older ones", text)
        path = links[0] if links else ""
    assert seen == [store.hostile.id, store.again.id, store.credit.id]


def test_a_search_looks_at_so_many_runs_at_once(browser, store, monkeypatch):
    monkeypatch.setattr(found, "BATCH", 1)
    monkeypatch.setattr(found, "MOST_LOOKED_AT", 2)
    text = browser.get(f"{ROOT}/?q=boosting&task=classification").text
    assert "No explanations, of 2 runs; there are more to look at" in text
    (older,) = re.findall(r"<a href='([^']*)'>Older ones", text)
    assert "q=boosting" in older
    assert store.credit.id in browser.get(html.unescape(older)).text


def test_a_bad_place_to_go_on_is_refused(browser):
    reply = browser.get(f"{ROOT}/?after=nosuch!!")
    assert reply.status == 400
    assert "<dt" not in reply.text
    assert browser.get(f"{ROOT}/?q={'x' * 501}").status == 400


def test_model_versions_are_listed(browser, store):
    text = browser.get(f"{ROOT}/models").text
    path = f"{ROOT}/explanation/{store.credit.run_id}/{store.credit.id}"
    assert f"<a href='{path}'><bdi>credit</bdi></a></th><td>1</td>" in text
    assert "1 version, newest first." in text
    assert "No versions." in browser.get(f"{ROOT}/models?q=nosuch").text
    mlflow.MlflowClient().set_registered_model_alias("credit", "champion", "1")
    assert "<bdi>champion</bdi>" in browser.get(f"{ROOT}/models?q=credit").text


def test_a_runs_explanations_are_listed(browser, store):
    text = browser.get(f"{ROOT}/run/{store.credit.run_id}").text
    assert store.credit.id in text
    assert store.again.id not in text


def test_the_page_of_an_explanation_is_the_kept_one(browser, store):
    one = f"{store.credit.run_id}/{store.credit.id}"
    around = browser.get(f"{ROOT}/explanation/{one}")
    assert f"src='{ROOT}/page/{one}/kept' sandbox='allow-scripts'" in around.text
    shown = browser.get(f"{ROOT}/page/{one}/kept")
    path = store.folder / "credit" / store.credit.run_id / "artifacts" / "explanations"
    assert shown.body == (path / store.credit.id / "report.html").read_bytes()


def test_a_page_is_made_anew_where_none_was_kept(browser, store, monkeypatch):
    one = f"{store.credit.run_id}/{store.credit.id}"
    again = browser.get(f"{ROOT}/explanation/{one}?show=new")
    assert f"src='{ROOT}/page/{one}/new' sandbox='allow-scripts'" in again.text
    made = browser.get(f"{ROOT}/page/{one}/new")
    assert made.status == 200
    assert 'id="mlx-data"' in made.text
    real = found.kept
    monkeypatch.setattr(
        found,
        "kept",
        lambda *ids: replace(real(*ids), record=replace(real(*ids).record, has_report=False)),
    )
    around = browser.get(f"{ROOT}/explanation/{one}?show=kept").text
    assert f"src='{ROOT}/page/{one}/new'" in around
    assert "as it was kept" not in around
    assert browser.get(f"{ROOT}/page/{one}/kept").status == 404


def test_a_kept_page_is_shown_first_unless_it_is_a_plain_table(
    tracking_store, on_frames, access, monkeypatch
):
    explanation = TabularExplainer(on_frames, small.FRAME).explain_global(small.FRAME)

    def first_shown(*, include_data: bool) -> str:
        logged = log_explanation(explanation, include_data=include_data)
        around = browser_of(access).get(f"{ROOT}/explanation/{logged.run_id}/{logged.id}").text
        return re.findall(rf"src='{ROOT}/page/{logged.run_id}/{logged.id}/(\w+)'", around)[0]

    # A page without rows is a whole page of what was kept, and none made anew has more.
    assert first_shown(include_data=True) == "kept"
    assert first_shown(include_data=False) == "kept"
    # So were the reports of before; they may hold a packed script or picture.
    packed = '<script type="application/octet-stream" id="other">QQ==</script>'
    monkeypatch.setattr(page, "render_or_plain", lambda *_: plain.render(explanation) + packed)
    assert first_shown(include_data=True) == "new"


def test_a_kept_page_runs_without_an_origin_and_asks_nobody(browser, store):
    one = f"{store.credit.run_id}/{store.credit.id}"
    for kind in ("kept", "new", "live"):
        headers = browser.get(f"{ROOT}/page/{one}/{kind}").headers
        policy = headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts;")
        assert "allow-same-origin" not in policy
        assert "connect-src 'none'" in policy
        assert "form-action 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "set-cookie" not in headers


def test_two_are_compared(browser, store):
    one, two = (f"{each.run_id}/{each.id}" for each in (store.credit, store.again))
    reply = browser.get(f"{ROOT}/compare?one={one}&one={two}")
    made = compare(store.credit.uri, store.again.uri, names=("boosting", "fewer rows"))
    assert reply.status == 200
    assert compared.fragment(made) in reply.text
    assert re.findall(r"<iframe [^>]*src='([^']*)' sandbox='allow-scripts'", reply.text) == [
        f"{ROOT}/page/{one}/kept", f"{ROOT}/page/{two}/kept",
    ]  # fmt: skip
    same = browser.get(f"{ROOT}/compare?one={one}&one={one}")
    assert "boosting (a)" in same.text


def test_what_to_compare_with_is_chosen_from_the_list(browser, store):
    one = f"{store.credit.run_id}/{store.credit.id}"
    text = browser.get(f"{ROOT}/?with={one.replace('/', '%2F')}").text
    assert f"<input type='hidden' name='one' value='{one}'>" in text
    assert f"<input type='hidden' name='with' value='{one}'>" in text
    assert "Choose what to compare with" in text


@pytest.mark.parametrize("query", ["", "?one=a/b", "?one=a/b&one=c/d&one=e/f"])
def test_one_or_three_are_not_compared(browser, query):
    reply = browser.get(f"{ROOT}/compare{query}")
    assert reply.status == 400
    assert "two explanations to compare" in reply.text


def test_explanations_without_a_common_feature_are_not_compared(browser, store):
    one, two = (f"{each.run_id}/{each.id}" for each in (store.credit, store.hostile))
    reply = browser.get(f"{ROOT}/compare?one={one}&one={two}")
    assert reply.status == 400
    assert "Expected" in reply.text


NOWHERE = ["a" * 32, "..", "%2e%2e", "..%2f..%2fetc", "a" * 65, "%00", "runs:", "é"]


@pytest.mark.parametrize("given", NOWHERE)
def test_what_is_not_there_is_404_and_no_path_leads_out(browser, store, given):
    from urllib.parse import unquote

    asked = unquote(given)
    for path in (f"/run/{asked}", f"/explanation/{asked}/{store.credit.id}",
                 f"/explanation/{store.credit.run_id}/{asked}",
                 f"/page/{store.credit.run_id}/{asked}/kept",
                 f"/page/{store.credit.run_id}/{store.credit.id}/{asked}"):  # fmt: skip
        reply = browser.get(f"{ROOT}{path}")
        assert reply.status == 404, path
        assert "Traceback" not in reply.text
    assert browser.get(f"{ROOT}/?with={given}").status == 404


def test_77_names_from_the_store_are_inert_text(browser, store):
    one, two = (f"{each.run_id}/{each.id}" for each in (store.hostile, store.credit))
    asked = ["/", f"/run/{store.hostile.run_id}", f"/explanation/{one}",
             f"/compare?one={one}&one={one}", f"/compare?one={one}&one={two}",
             f"/?with={one}", "/?q=%3C/script%3E%3Cimg+src=x+onerror=alert(1)%3E&with=" + two,
             "/models?q=%22%27%3E%3Csvg+onload=alert(1)%3E"]  # fmt: skip
    for path in asked:
        text = browser.get(f"{ROOT}{path}").text
        for attack in ("<img", "<svg", "<script", "</script"):
            assert attack not in text, path
    text = browser.get(f"{ROOT}/").text
    assert f"<bdi>{html.escape(HOSTILE, quote=True)}</bdi>" in text


def test_a_store_that_is_down_is_a_plain_page(access, monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    browser = browser_of(access)
    for path in ("/", "/models", "/run/abc", "/explanation/abc/def", "/compare?one=a/b&one=c/d"):
        reply = browser.get(f"{ROOT}{path}")
        assert reply.status == 503
        assert "The store does not answer" in reply.text
        assert "Traceback" not in reply.text
        assert "secret" not in reply.text


def test_an_error_nobody_expected_shows_its_class_only(access, monkeypatch, store):
    def fails(*_):
        raise RuntimeError("a row: 4711")

    monkeypatch.setattr(found, "versions", fails)
    # Raised again for the server's log.
    with pytest.raises(RuntimeError):
        browser_of(access).get(f"{ROOT}/models")


def test_an_empty_store_says_so(tracking_store):
    access = Access()
    browser = browser_of(access)
    assert "No explanations, of 0 runs" in browser.get(f"/{access.place}/").text
    assert "No versions" in browser.get(f"/{access.place}/models").text
