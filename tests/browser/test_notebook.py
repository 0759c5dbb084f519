"""A notebook that was saved and is opened again in JupyterLab, where no kernel can run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

from tests.browser import chromium
from tests.stores import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELL = """\
from lightgbm import LGBMClassifier
from sklearn.datasets import load_iris

from mlflow_explain import ExplanationDashboard, TabularExplainer

rows, labels = load_iris(return_X_y=True, as_frame=True)
model = LGBMClassifier(n_estimators=20, num_leaves=5, verbose=-1, random_state=0)
model.fit(rows, labels)
explanation = TabularExplainer(model, rows).explain_global(rows)
ExplanationDashboard(explanation, model, rows, labels)"""
SECONDS = 300
# Nothing of the user's own, and no kernel at all.
OPTIONS = [
    "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token=",
    "--KernelSpecManager.allowed_kernelspecs=none",
    "--KernelSpecManager.ensure_native_kernel=False", "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]  # fmt: skip


@dataclass(frozen=True)
class Lab:
    """JupyterLab on a folder with the notebook twice: signed, and not."""

    url: str


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    environment = dict(os.environ, IPYTHONDIR=str(folder / "ipython"))
    for name in ("CONFIG", "DATA", "RUNTIME"):
        environment[f"JUPYTER_{name}_DIR"] = str(folder / name.lower())
    for name in ("SETTINGS", "WORKSPACES"):
        environment[f"JUPYTERLAB_{name}_DIR"] = str(folder / name.lower())
    # What JupyterLab's pages are is found beside the interpreter.
    _write(folder, environment)
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder / 'notebooks'}", *OPTIONS,
    ]  # fmt: skip
    ready = servers.answers(f"{url}/api")
    with servers.running("jupyterlab", command, ready, env=environment, cwd=folder):
        yield Lab(url)


def _write(folder: Path, environment: dict[str, str]) -> None:
    """Run the notebook, and save it: signed, and with another cell, which no signature covers."""
    told = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL)], metadata={"kernelspec": told}
    )
    NotebookClient(notebook, timeout=SECONDS).execute(cwd=str(folder), env=environment)
    kept = folder / "notebooks"
    kept.mkdir()
    nbformat.write(notebook, kept / "signed.ipynb")
    subprocess.run(
        [sys.executable, "-m", "jupyter", "trust", str(kept / "signed.ipynb")],
        check=True, env=environment, capture_output=True,
    )  # fmt: skip
    notebook.cells.append(nbformat.v4.new_markdown_cell("Of somebody else."))
    nbformat.write(notebook, kept / "foreign.ipynb")


@pytest.fixture
def it(browser) -> Iterator[chromium.Seen]:
    seen = chromium.seen(browser, 1400)
    yield seen
    seen.page.context.close()


def opened(it: chromium.Seen, lab: Lab, name: str) -> None:
    """Open a notebook by itself, and say that it needs no kernel."""
    it.page.goto(f"{lab.url}/doc/tree/{name}")
    it.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    it.page.locator(".jp-OutputArea-output").first.wait_for(state="attached")


def test_the_saved_cell_shows_the_page_without_a_kernel(it, lab):
    opened(it, lab, "signed.ipynb")
    it.frame = it.page.wait_for_selector(".jp-OutputArea-output iframe").content_frame()
    it.frame.wait_for_function(chromium.READY)
    assert it.page.request.get(f"{lab.url}/api/kernels").json() == []
    assert len(it.titles()) == 7
    for title in ("Overview", "Importance", "What-if"):
        it.go(title)
        assert it.drawn() > 0
    assert it.frame.evaluate("() => origin") == "null"
    page_asks = [asked for asked in it.requests if not asked.startswith(f"{lab.url}/")]
    assert all(asked.startswith(("data:", "blob:", "about:")) for asked in page_asks)


def test_a_notebook_that_is_not_trusted_says_how_to_see_the_page(it, lab):
    opened(it, lab, "foreign.ipynb")
    output = it.page.locator(".jp-OutputArea-output").first
    assert output.locator("iframe").count() == 0
    assert "Trust this notebook" in output.inner_text()
