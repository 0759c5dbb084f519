"""Make the notebooks from the how-to scripts, which are their single source, and run them.

``python -m examples.make_notebooks`` writes them all; names of scripts as arguments, some.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import jupytext
import mlflow
import nbformat
from nbclient import NotebookClient

SCRIPTS = Path(__file__).parent / "howto"
NOTEBOOKS = Path(__file__).parent / "notebooks"
NAMES = sorted(path.stem for path in SCRIPTS.glob("[!_]*.py"))
SECONDS = 300  # for one cell


def made(name: str) -> nbformat.NotebookNode:
    """Return a script as a notebook without outputs; the same one each time."""
    notebook = jupytext.read(SCRIPTS / f"{name}.py", fmt="py:percent")
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
    return notebook


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run all cells in a folder, and return the notebook with their outputs."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, record_timing=False, resources=resources).execute()
    # The version of Python that ran it is no part of it.
    notebook.metadata.pop("language_info", None)
    return notebook


def main(names: list[str]) -> None:
    """Write notebooks; what they log goes into a store that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        mlflow.search_experiments()  # a new store tells how it is made: here, not in a notebook
        for name in names:
            notebook = executed(made(name), Path(folder))
            nbformat.write(notebook, NOTEBOOKS / f"{name}.ipynb")
            print(f"{name}.ipynb: {len(notebook.cells)} cells")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"any of {', '.join(NAMES)}")
    main(parser.parse_args().names or NAMES)
