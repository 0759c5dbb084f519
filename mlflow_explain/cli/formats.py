"""The formats an explanation is exported in: a table of what writes them.

What is written is complete, or not there: files are written beside their place and moved to it.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_explain.errors import ArtifactExistsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from mlflow_explain.artifact.sealed import Sealed
    from mlflow_explain.explanation import Explanation

FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Choice:
    """What of an explanation is written, and over what.

    Parameters
    ----------
    output : str or None
        Class, or number of a target, of a table.
    engineered : bool
        Engineered features rather than raw columns.
    force : bool
        Replace what is there.
    """

    output: str | None
    engineered: bool
    force: bool


def check_free(target: Path, name: str, *, force: bool) -> None:
    """Refuse a target that is taken, before anything is fetched.

    With `force` a file is replaced, and a folder that holds nothing but an explanation.
    """
    is_empty = name == FOLDER and target.is_dir() and not any(target.iterdir())
    if not target.exists() or is_empty:
        return
    if target.is_dir() and name != FOLDER:
        raise ArtifactExistsError("the path of a file", f"the folder {target}", "Name a file.")
    if not force:
        raise ArtifactExistsError(
            "a path where nothing is", str(target), "Choose another one, or pass --force."
        )


def _folder(sealed: Sealed, target: Path, choice: Choice) -> None:
    from mlflow_explain.artifact.sealed import MANIFEST, prepare

    with tempfile.TemporaryDirectory(prefix=".mlflow-explain-", dir=target.parent) as temporary:
        staged = Path(temporary)
        names = [*sealed.names(""), MANIFEST]
        for name in names[:-1]:
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(sealed.read(name))
        (staged / MANIFEST).write_bytes((sealed.folder / MANIFEST).read_bytes())
        prepare(target, exist_ok=choice.force)
        # The manifest is the last: until then nothing is there.
        for name in names:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).replace(target / name)


def _csv(sealed: Sealed, target: Path, choice: Choice) -> None:
    table = _table(sealed, choice)
    with _new(target) as path:
        table.to_csv(path, index=False)


def _parquet(sealed: Sealed, target: Path, choice: Choice) -> None:
    table = _table(sealed, choice)
    with _new(target) as path:
        table.to_parquet(path, index=False)


def _json(sealed: Sealed, target: Path, choice: Choice) -> None:
    from mlflow_explain.cli.report import document

    text = document(_read(sealed, choice).to_dict())
    with _new(target) as path:
        path.write_text(f"{text}\n", encoding="utf-8")


def _html(sealed: Sealed, target: Path, choice: Choice) -> None:
    from mlflow_explain.dashboard import page

    kept = sealed.has("report.html")
    content = sealed.read("report.html") if kept else page.render(_read(sealed, choice)).encode()
    with _new(target) as path:
        path.write_bytes(content)


def _png(sealed: Sealed, target: Path, choice: Choice) -> None:
    from mlflow_explain.plots import summary

    with _new(target) as path:
        if sealed.has("summary.png") and not choice.engineered:
            path.write_bytes(sealed.read("summary.png"))
        else:
            summary.write(_read(sealed, choice), path)


# Format -> what writes it.
FORMATS: dict[str, Callable[[Sealed, Path, Choice], None]] = {
    FOLDER: _folder,
    "csv": _csv,
    "parquet": _parquet,
    "json": _json,
    "html": _html,
    "png": _png,
}


def _read(sealed: Sealed, choice: Choice) -> Explanation:
    from mlflow_explain.artifact import explanations

    return explanations.read(sealed, kind="engineered" if choice.engineered else None)


def _table(sealed: Sealed, choice: Choice) -> pd.DataFrame:
    """Return the table of an explanation; its rows' ids are a column of their own."""
    explanation = _read(sealed, choice)
    output = choice.output
    if output is not None and explanation.classes is None and output.isdecimal():
        table = explanation.to_frame(int(output))
    else:
        table = explanation.to_frame(output)
    if explanation.local is None:
        return table
    name = "row_id"
    while name in table:
        name += "_"
    return table.rename_axis(name).reset_index()


@contextmanager
def _new(target: Path) -> Iterator[Path]:
    """Give a path beside the target, and move what was written there to it."""
    with tempfile.TemporaryDirectory(prefix=".mlflow-explain-", dir=target.parent) as temporary:
        path = Path(temporary) / target.name
        yield path
        path.replace(target)
