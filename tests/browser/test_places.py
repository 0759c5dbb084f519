"""The same file wherever it is opened: as a file, in a sandbox, in a notebook, in MLflow."""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit

import mlflow
import pytest

from mlflow_explain import log_explanation
from mlflow_explain.tracking.runs.entries import run_page
from tests.browser import chromium, pages
from tests.stores import servers

HOST = "http://host.test/"
_BLOB = """html => {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.src = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  document.body.append(frame);
}"""
_CELL = "html => { document.body.innerHTML = html; }"


@pytest.fixture
def host(browser):
    """A page of another site, which holds the explanation in a frame."""
    it = chromium.seen(browser, 1000)
    it.page.route(HOST, lambda route: route.fulfill(content_type="text/html", body="<p>Host</p>"))
    it.page.goto(HOST)
    it.requests.clear()
    yield it
    it.page.context.close()


def inside(it, selector="iframe"):
    """Find the explanation in the window's frames, and look there from now on."""
    # By its element: a frame that is being opened has no address yet.
    it.frame = it.page.wait_for_selector(selector).content_frame()
    it.frame.wait_for_function(chromium.READY)
    return it


def works(it, of=""):
    """Look at some tabs; no problem has `of` in it, an address."""
    assert len(it.titles()) == 7
    for title in ("Importance", "What-if"):
        it.go(title)
        assert it.drawn() > 0
    assert [problem for problem in it.problems if of in problem] == []


def test_80_in_a_sandboxed_frame_of_a_blob(host, page_file):
    host.page.evaluate(_BLOB, page_file("iris").read_text())
    works(inside(host))
    assert {urlsplit(address).scheme for address in host.requests} <= {"blob"}


def test_80_in_the_cell_of_a_notebook(host):
    cell = pages.iris().dashboard()._repr_html_()
    assert "sandbox=" in cell
    assert "allow-same-origin" not in cell
    host.page.evaluate(_CELL, cell)
    works(inside(host))
    assert {urlsplit(address).scheme for address in host.requests} <= {"about"}


def test_as_a_file_that_was_moved(browser, page_file, tmp_path):
    moved = shutil.copy(page_file("iris"), tmp_path / "moved #1 page.html")
    it = chromium.opened(browser, moved.as_uri())
    works(it)
    assert it.requests == [moved.as_uri()]
    it.page.context.close()


@pytest.mark.server
def test_80_on_the_artifact_page_of_a_run(browser, tracking_store, monkeypatch):
    options = [
        "--backend-store-uri", f"sqlite:///{tracking_store / 'mlflow.db'}",
        "--artifacts-destination", str(tracking_store / "artifacts"),
    ]  # fmt: skip
    with servers.mlflow_server("mlflow-page", *options) as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        mortgage = pages.mortgage()
        # By a client: what `mlflow.set_experiment` sets would outlive the test.
        run = mlflow.MlflowClient().create_run("0")
        kept = log_explanation(mortgage.explanation, run_id=run.info.run_id, true_y=mortgage.labels)
        address = run_page(run.info.experiment_id, run.info.run_id)
        it = chromium.seen(browser, 1500)
        # MLflow's own pages ask for addresses elsewhere; nothing here may leave the machine.
        it.page.route(
            lambda url: urlsplit(url).hostname not in (servers.HOST, None), lambda r: r.abort()
        )
        it.page.goto(f"{server.url}/{address}/artifacts/{kept.artifact_path}/report.html")
        inside(it, "iframe[src^='blob:']")
        assert it.frame.frame_element().get_attribute("sandbox") == "allow-scripts"
        # MLflow's own page has some, and others later.
        works(it, of="blob:")
        it.page.context.close()
