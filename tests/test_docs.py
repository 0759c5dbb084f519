"""What the documents say is run."""

from __future__ import annotations

import re
from pathlib import Path

import mlflow
import pytest

from docs import supported

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "snippet", re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
)
def test_readme_snippets_run(snippet, tracking_store, capsys):
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102 - our own document
    assert "proline" in capsys.readouterr().out
    version = mlflow.MlflowClient().get_model_version("wine", "1")
    assert "LGBMClassifier relies most on" in version.description


def test_readme_commands_are_there():
    readme = (ROOT / "README.md").read_text()
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", readme, re.MULTILINE):
        assert f"\n{target}:" in makefile


@pytest.mark.networks
def test_the_table_of_models_is_what_the_code_does():
    readme = (ROOT / "README.md").read_text()
    assert supported.written(readme, supported.table()) == readme


def test_documents_link_to_files_that_exist():
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\((?!http|#)([^)]+)\)", (ROOT / name).read_text()):
            assert (ROOT / link).exists(), (name, link)


def test_every_module_says_what_it_is():
    for path in (ROOT / "mlflow_explain").rglob("*.py"):
        assert path.read_text().startswith('"""'), path


def test_the_data_is_the_documented_file():
    import hashlib

    digest = hashlib.sha256((ROOT / "examples" / "data" / "hdma.csv").read_bytes()).hexdigest()
    assert digest in (ROOT / "examples" / "data" / "README.md").read_text()
