"""Explanations that runs keep: found by address, and looked at without reading their rows."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.entities import LifecycleStage

from mlflow_explain.artifact import explanations
from mlflow_explain.artifact.sealed import MANIFEST, Sealed, open_sealed
from mlflow_explain.errors import ArtifactNotFoundError, CorruptArtifactError, InvalidInputError
from mlflow_explain.tracking.runs.entries import Entry
from mlflow_explain.tracking.runs.places import ROOT, parsed, place_of
from mlflow_explain.tracking.runs.records import Record, records_of
from mlflow_explain.tracking.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from mlflow_explain.explanation import Explanation

# The files that hold global importances; the others hold rows, and grow with them.
_GLOBAL = "global.npz"


@dataclass(frozen=True, slots=True)
class Kept:
    """An explanation in a run.

    Parameters
    ----------
    store : RunStore
        The run's.
    experiment_id : str
        The run's experiment.
    record : Record
        What the run's tag says of it.
    deleted : bool
        The run was; MLflow keeps it, and its files, until they are cleaned up.
    """

    store: RunStore
    experiment_id: str
    record: Record
    deleted: bool = False

    @classmethod
    def of(cls, entry: Entry, client: MlflowClient) -> Kept:
        """Return the explanation that a page lists."""
        return cls(RunStore(entry.run_id, client), entry.experiment_id, entry.record)

    @property
    def entry(self) -> Entry:
        """The explanation as pages list it."""
        return Entry(self.experiment_id, self.store.run_id, self.record)

    def glance(self) -> Explanation:
        """Return the explanation without rows: two small files are read, and verified."""
        with opened(self.store, self.record) as sealed:
            files = {n: d for n, d in sealed.manifest["files"].items() if n.endswith(_GLOBAL)}
            without = {"files": files, "outcomes": None, "cohort_data": None}
            light = replace(sealed, manifest={**sealed.manifest, **without})
            return explanations.read(light, kind="raw" if self.record.raw else "engineered")


def kept_in(run_id: str, client: MlflowClient) -> list[Kept]:
    """Return the explanations of a run, the newest first."""
    store = RunStore(run_id, client)
    return kept_of(store, store.run())


def kept_of(store: RunStore, run: Run) -> list[Kept]:
    """Return the explanations that a run's tags speak of, the newest first."""
    found = reversed(records_of(run.data.tags))
    deleted = run.info.lifecycle_stage == LifecycleStage.DELETED
    return [Kept(store, run.info.experiment_id, record, deleted) for record in found]


def kept_at(uri: str, client: MlflowClient) -> Kept:
    """Return the explanation with an address, ``runs:/<run id>/explanations/<id>``.

    Raises
    ------
    ArtifactNotFoundError
        It is not there, or not there any more.
    """
    named = parsed(uri)
    if named is None:
        raise InvalidInputError(f"runs:/<run id>/{ROOT}/<id>", uri, "Correct the address.")
    run_id, explanation_id = named
    for kept in kept_in(run_id, client):
        if kept.record.id == explanation_id:
            return kept
    raise ArtifactNotFoundError(
        f"the explanation {uri}", "none; it may have been deleted", "Check the address."
    )


@contextmanager
def opened(store: RunStore, record: Record) -> Iterator[Sealed]:
    """Open a run's explanation; its files are fetched when they are read.

    Raises
    ------
    CorruptArtifactError
        Its manifest is not the one the run's tag speaks of.
    """
    place = place_of(record.id)
    with tempfile.TemporaryDirectory(prefix="mlflow-explain-") as temporary:
        into = Path(temporary)

        def fetch(name: str) -> None:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            store.fetch(f"{place}/{name}", into / name)

        fetch(MANIFEST)
        sealed = open_sealed(into, explanations.KIND, fetch)
        if sealed.digest != record.digest:
            raise CorruptArtifactError(
                f"the explanation {record.id} as it was uploaded",
                "another manifest: its sha256 differs from the run's tag",
                "It was changed; upload the explanation again.",
            )
        yield sealed
