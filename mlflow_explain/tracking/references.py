"""What a text on the command line stands for: a run, one of its explanations, a model, a folder."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_explain.artifact.explanations import KIND
from mlflow_explain.artifact.sealed import open_sealed
from mlflow_explain.errors import ArtifactNotFoundError
from mlflow_explain.tracking import sides
from mlflow_explain.tracking.runs.items import place_of
from mlflow_explain.tracking.runs.kept import is_address, kept_at, kept_in, opened
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient

    from mlflow_explain.artifact.sealed import Sealed
    from mlflow_explain.tracking.runs.kept import Kept


class Kind(Enum):
    """What a reference leads to."""

    FOLDER = "folder"
    EXPLANATION = "explanation"
    RUN = "run"
    MODEL = "model"


def kind_of(reference: str) -> Kind:
    """Return what a reference leads to, by its form and by whether there is such a folder.

    Raises
    ------
    ArtifactNotFoundError
        It has the form of a path, and no folder is there.

    Examples
    --------
    >>> kind_of("runs:/4f2a/explanations/9c1e").value, kind_of("models:/credit/1").value
    ('explanation', 'model')
    >>> kind_of("0123456789abcdef0123456789abcdef").value
    'run'
    """
    if Path(reference).is_dir():
        return Kind.FOLDER
    if is_address(reference):
        return Kind.EXPLANATION
    if ":/" in reference:
        within = reference.removeprefix("runs:/").strip("/")
        is_run = reference.startswith("runs:/") and "/" not in within
        return Kind.RUN if is_run else Kind.MODEL
    if Path(reference).name != reference or Path(reference).exists():
        raise ArtifactNotFoundError(
            "a run's id, the address of an explanation or a model, or a folder",
            f"{reference}, which is no folder",
            "Check the path.",
        )
    return Kind.RUN


def run_id_of(reference: str) -> str:
    """Return the id of a run from it or its address."""
    return reference.removeprefix("runs:/").strip("/")


def kept_by(reference: str, client: MlflowClient) -> Kept:
    """Return the explanation that something stands for; of a run its newest.

    Raises
    ------
    ArtifactNotFoundError
        There is no such run or model, or it has no explanation.
    """
    kind = kind_of(reference)
    if kind is Kind.MODEL:
        run_id, explanation_id = sides.of_model(reference)
        reference, kind = f"runs:/{run_id}/{place_of(explanation_id)}", Kind.EXPLANATION
    if kind is Kind.EXPLANATION:
        return kept_at(reference, client)
    kept = kept_in(run_id_of(reference), client)
    if not kept:
        raise ArtifactNotFoundError(
            f"an explanation in run {run_id_of(reference)}",
            "none",
            "Keep one with it: `log_explanation`, or `mlflow-explain explain --run-id`.",
        )
    return kept[0]


@contextmanager
def sealed_at(reference: str) -> Iterator[Sealed]:
    """Open the explanation that something stands for; files are fetched when they are read."""
    if kind_of(reference) is Kind.FOLDER:
        yield open_sealed(reference, KIND)
        return
    kept = kept_by(reference, connected())
    with opened(kept.store, kept.record) as sealed:
        yield sealed
