"""What the documents say is run."""

from __future__ import annotations

import re
from pathlib import Path

import mlflow
import pytest

import mlflow_explain
from docs import sizes, supported

ROOT = Path(__file__).parents[1]
# All pages whose snippets are meant to be run from top to bottom; those of serving need a server.
PAGES = [
    page
    for page in sorted((ROOT / "docs").glob("*.md"))
    if "```python" in page.read_text() and page.stem not in {"from_azure", "serving"}
]


@pytest.mark.parametrize(
    "snippet", re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
)
def test_readme_snippets_run(snippet, tracking_store, capsys):
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102 - our own document
    assert "proline" in capsys.readouterr().out
    version = mlflow.MlflowClient().get_model_version("wine", "1")
    assert "LGBMClassifier relies most on" in version.description


@pytest.mark.filterwarnings("ignore:Hint. Inferred schema contains integer:UserWarning")
# MLflow's evaluate calls pandas in ways that pandas 3 deprecates.
@pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0 all arguments of all")
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.drop is deprecated")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_snippets_of_the_pages_print_what_they_say(page, tracking_store, capsys):
    known: dict[str, object] = {}
    snippets = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    for snippet in snippets:
        exec(compile(snippet, page.name, "exec"), known)  # noqa: S102 - our own document
    mlflow_explain.autolog(disable=True)
    for name in ("sklearn", "lightgbm", "xgboost"):
        getattr(mlflow, name).autolog(disable=True)
    printed = capsys.readouterr().out
    for said in re.findall(r"^ *print\(.*\) +# (.+)$", "\n".join(snippets), re.MULTILINE):
        assert said in printed


def test_readme_commands_are_there():
    readme = (ROOT / "README.md").read_text()
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", readme, re.MULTILINE):
        assert f"\n{target}:" in makefile


@pytest.mark.networks
def test_the_table_of_models_is_what_the_code_does():
    readme = (ROOT / "README.md").read_text()
    assert supported.written(readme, supported.table()) == readme


@pytest.mark.networks
def test_the_table_of_scoring_explainers_is_what_the_code_does():
    page = (ROOT / "docs" / "scoring.md").read_text()
    kept = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    # Sizes differ a little between versions of the libraries that are packed.
    assert [tuple(line[:3]) for line in kept] == [line[:3] for line in sizes.rows()]


def test_documents_link_to_files_that_exist():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!http|#)([^)]+)\)", page.read_text()):
            assert (page.parent / link).exists(), (page.name, link)


def test_files_that_the_map_of_the_code_names_exist():
    named = re.findall(r"`([\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text())
    assert len(named) >= 8
    for name in named:
        assert any(
            (ROOT / place / name).exists()
            for place in ("", "mlflow_explain", "mlflow_explain/engines", "mlflow_explain/artifact")
        ), name


def test_every_module_says_what_it_is():
    for path in (ROOT / "mlflow_explain").rglob("*.py"):
        assert path.read_text().startswith('"""'), path


@pytest.mark.parametrize("name", ["hdma.csv", "reviews.csv.gz"])
def test_the_data_is_the_documented_file(name):
    import hashlib

    digest = hashlib.sha256((ROOT / "examples" / "data" / name).read_bytes()).hexdigest()
    assert digest in (ROOT / "examples" / "data" / "README.md").read_text()
