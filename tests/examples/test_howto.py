"""The how-to scripts run, and the notebooks are made of them."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path

import mlflow
import nbformat
import pytest

from examples import make_notebooks
from examples.make_notebooks import NAMES, NOTEBOOKS

EXAMPLES = Path(make_notebooks.__file__).parent
# Name -> what its output says, and how many explanations it keeps.
SAYS = {
    "breast_cancer": (["engine: kernel machine", "predicted: malignant", "fidelity R2"], 5),
    "multi_class": (["(3, 45, 13)", "predicted: Grignolino", "rather than Barolo"], 0),
    "pytorch_model": (["engine: deep", "largest difference"], 0),
    "raw_features_column_transformer": (["engine: tree", "ccs_0.0", "raw and engineered"], 1),
    "raw_features_tuples": (["engine: linear", "ccs_0.0"], 0),
    "regression": (["engine: tree", "first_patient.png"], 1),
    "sparse_text": (["csr_matrix", "engine: linear", "positive"], 0),
    "text_reviews": (
        ["engine: text terms", "rank correlation", "engine: text masking", "'great'"],
        1,
    ),
}


def howto(name):
    return pytest.param(name, marks=[pytest.mark.networks] if name == "pytorch_model" else [])


@pytest.mark.parametrize("name", [howto(name) for name in NAMES])
def test_the_script_runs(name, tracking_store, capsys):
    says, n_kept = SAYS[name]
    runpy.run_module(f"examples.howto.{name}", run_name="__main__")
    printed = capsys.readouterr()
    assert all(text in printed.out for text in says)
    assert max(map(len, printed.out.splitlines())) <= 100
    kept = [
        path
        for run in mlflow.search_runs(output_format="list")
        for path in mlflow.MlflowClient().list_artifacts(run.info.run_id, "explanations")
    ]
    assert len(kept) == n_kept


def test_without_pytorch_the_script_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SystemExit, match=r"pip install .*\[torch\]"):
        runpy.run_module("examples.howto.pytorch_model", run_name="__main__")


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_the_script(name):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    made = make_notebooks.made(name)
    assert [(c.id, c.cell_type, c.source) for c in notebook.cells] == [
        (c.id, c.cell_type, c.source) for c in made.cells
    ]
    assert notebook.metadata == made.metadata
    nbformat.validate(notebook)


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_kept_with_outputs_that_are_of_no_machine(name):
    path = NOTEBOOKS / f"{name}.ipynb"
    assert path.stat().st_size < 100_000
    assert_ran(nbformat.read(path, as_version=4))


def assert_ran(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs
    # An error, a warning or a log line would be of another kind.
    assert {output.get("name", output.output_type) for output in outputs} <= {
        "stdout", "display_data", "execute_result",
    }  # fmt: skip
    texts = [o.get("text", o.get("data", {}).get("text/plain", "")) for o in outputs]
    assert not re.search(r"/(home|tmp|work|usr|Users)/|[A-Z]:\\|0x[0-9a-f]{6}", " ".join(texts))


@pytest.mark.parametrize("name", ["multi_class", "sparse_text"])
def test_the_notebook_runs(name, tracking_store, monkeypatch):
    for variable in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tracking_store / "jupyter"))
    assert_ran(make_notebooks.executed(make_notebooks.made(name), tracking_store))


def test_no_notebook_is_left_of_a_script_that_is_gone():
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == NAMES
    assert sorted(SAYS) == NAMES


def test_the_index_names_every_example_and_links_to_files_that_exist():
    index = (EXAMPLES / "README.md").read_text()
    links = set(re.findall(r"\]\(([^)]+)\)", index))
    assert all((EXAMPLES / link).exists() for link in links)
    scripts = {f"howto/{name}.py" for name in NAMES}
    notebooks = {f"notebooks/{name}.ipynb" for name in NAMES}
    assert scripts | notebooks <= links


def test_no_text_of_a_script_is_lost_in_its_notebook():
    for name in NAMES:
        source = json.dumps([cell.source for cell in make_notebooks.made(name).cells])
        assert source.count("\\n") > 40
        assert "%%" not in source
