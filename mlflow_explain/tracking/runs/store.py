"""A run in whatever store MLflow speaks to: items go in, files come out, failures have types."""

from __future__ import annotations

import functools
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import mlflow
from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Metric, RunStatus, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    ExplainError,
    InvalidInputError,
    StoreError,
)
from mlflow_explain.tracking.runs.failures import BUSY, typed
from mlflow_explain.tracking.runs.items import ArtifactItem, MetricsItem, TableItem, TagItem
from mlflow_explain.tracking.runs.places import run_named
from mlflow_explain.tracking.runs.records import MAX_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mlflow.entities import Run
    from mlflow.store.artifact.artifact_repo import ArtifactRepository

    from mlflow_explain.tracking.runs.items import Item

_Answer = TypeVar("_Answer")

# A database that is locked is tried so often again, after so many seconds, doubled each time.
# MLflow itself waits for a lock, and retries what it sends to a server.
_TRIES, _PAUSE = 3, 0.25


def connected() -> MlflowClient:
    """Return a client of the tracking store that is set now; it opens a database at once."""
    with typed("open"):
        return MlflowClient()


def _patiently(call: Callable[[], _Answer]) -> _Answer:
    """Return what a call answers; where the store says that it is busy, ask again a few times."""
    for attempt in range(_TRIES - 1):
        try:
            return call()
        except MlflowException as error:
            if error.error_code != BUSY:
                raise
        time.sleep(_PAUSE * 2**attempt)
    return call()


@dataclass(frozen=True, eq=False)
class RunStore:
    """The artifacts, tags and metrics of one run.

    Parameters
    ----------
    run_id : str
        The run.
    client : mlflow.MlflowClient
        Speaks to the tracking store that was set when this was made.
    """

    run_id: str
    client: MlflowClient = field(default_factory=connected)

    @classmethod
    @contextmanager
    def of(cls, run: Run | str | None, client: MlflowClient) -> Iterator[RunStore]:
        """Open the store of a run, or of its id; without one of the active run, or of a new one.

        A new run stays active, as after MLflow's own calls; where what is done with it fails, it
        is ended as failed.
        """
        if run is not None:
            yield cls(run_id_of(run), client)
            return
        with typed("start a run"):
            active = mlflow.active_run()
            opened = active or mlflow.start_run()
        try:
            yield cls(opened.info.run_id, client)
        except BaseException as error:
            if active is None:
                _end(error)
            raise

    @functools.cached_property
    def _files(self) -> ArtifactRepository:
        uri = self.run().info.artifact_uri
        return get_artifact_repository(uri, tracking_uri=self.client.tracking_uri)

    def run(self) -> Run:
        """Return the run with its tags."""
        with typed(f"show run {self.run_id}"):
            return _patiently(lambda: self.client.get_run(self.run_id))

    def check_open(self) -> Run:
        """Return the run; refuse one that was deleted before anything is sent to it."""
        run = self.run()
        if run.info.lifecycle_stage == LifecycleStage.DELETED:
            raise InvalidInputError(
                "a run that is not deleted",
                f"{self.run_id}, which is",
                "Restore it by `MlflowClient().restore_run(run_id)`, or name another.",
            )
        return run

    def send(self, items: Iterable[Item], called: str) -> None:
        """Log each item to the run, in the order given.

        Parameters
        ----------
        items : iterable of Item
            What to log.
        called : str
            What it is, for errors: ``"the explanation"``.
        """
        with typed(f"take {called}", writes=True):
            for item in items:
                _patiently(lambda item=item: self._send(item))  # type: ignore[misc]

    def _send(self, item: Item) -> None:
        match item:
            case ArtifactItem(path, folder):
                self.client.log_artifact(self.run_id, str(path), folder)
            case TagItem(key, value):
                self._tag(key, value)
            case MetricsItem(values, model_id):
                now = int(time.time() * 1000)
                metrics = [
                    Metric(key, value, now, 0, model_id=model_id) for key, value in values.items()
                ]
                self.client.log_batch(self.run_id, metrics=metrics)
            case TableItem(artifact_path):
                self._show_as_table(artifact_path)

    def _show_as_table(self, artifact_path: str) -> None:
        """Add an artifact to the run's list of tables, by which MLflow's page knows them."""
        known = self._tables()
        listed = None if known is None else [*known, _table(artifact_path)]
        # MLflow cuts a longer tag off, and cannot read it again; the file shows as text then.
        if listed and listed[-1] not in listed[:-1] and len(json.dumps(listed)) <= MAX_TAG:
            self._tag(MLFLOW_LOGGED_ARTIFACTS, json.dumps(listed))

    def _tables(self) -> list[Any] | None:
        """Return the run's list of tables; None where somebody made something else of it."""
        tag = self.client.get_run(self.run_id).data.tags.get(MLFLOW_LOGGED_ARTIFACTS, "[]")
        try:
            known = json.loads(tag)
        except ValueError:
            return None
        return known if isinstance(known, list) else None

    def forget_table(self, artifact_path: str) -> None:
        """Take an artifact out of the run's list of tables."""
        with typed(f"change a tag of run {self.run_id}"):
            known = _patiently(self._tables) or []
            others = [table for table in known if table != _table(artifact_path)]
            if others != known:
                _patiently(lambda: self._tag(MLFLOW_LOGGED_ARTIFACTS, json.dumps(others)))

    def _tag(self, key: str, value: str) -> None:
        # Not by `set_tag`, which fails where two set a new tag at the same time.
        self.client.log_batch(self.run_id, tags=[RunTag(key, value)])

    def names(self, folder: str) -> list[str]:
        """Return the names of what lies in a folder of the run's artifacts."""
        with typed(f"list {folder} of run {self.run_id}"):
            found = _patiently(lambda: self.client.list_artifacts(self.run_id, folder))
        return [PurePosixPath(file.path).name for file in found]

    def fetch(self, path: str, target: Path) -> None:
        """Bring one artifact to a local path.

        Raises
        ------
        ArtifactNotFoundError
            It is not there, whatever this kind of store says of it.
        """
        try:
            with typed(f"give {path} of run {self.run_id}"):
                # What MLflow's own download calls for each file, after listing its folder and
                # before drawing a progress bar.
                download: Any = self._files._download_file  # noqa: SLF001
                _patiently(lambda: download(path, str(target)))
        except StoreError as error:
            parent, name = str(PurePosixPath(path).parent), PurePosixPath(path).name
            if name in self.names(parent):
                raise
            raise ArtifactNotFoundError(
                f"{path} among the artifacts of run {self.run_id}", "none", "Check the id."
            ) from error

    def remove(self, folder: str) -> None:
        """Delete a folder of the run's artifacts."""
        with typed(f"delete {folder} of run {self.run_id}"):
            _patiently(lambda: self._files.delete_artifacts(folder))  # type: ignore[no-untyped-call]

    def forget(self, key: str) -> None:
        """Delete a tag of the run."""
        with typed(f"delete a tag of run {self.run_id}"):
            _patiently(lambda: self.client.delete_tag(self.run_id, key))


def _table(artifact_path: str) -> dict[str, str]:
    return {"path": artifact_path, "type": "table"}


def _end(error: BaseException) -> None:
    """End the run that was started for what failed; of two failures the first is told."""
    try:
        with typed("end the run"):
            mlflow.end_run(RunStatus.to_string(RunStatus.FAILED))
    except ExplainError as second:
        error.add_note(f"The run that was started for it could not be ended: {second}")


def run_id_of(run: Any = None) -> str:
    """Return the id of a run that is named by itself, its id or ``runs:/<id>``, or is active.

    Raises
    ------
    InvalidInputError
        It is no run, or none is active.
    """
    given = run
    if run is None:
        with typed("show the active run"):
            given = mlflow.active_run()
    found = run_named(given)
    if found is None:
        raise InvalidInputError(
            "a run of MLflow, or its id",
            "no active run" if run is None else "an empty text" if run == "" else shown(run),
            "Pass `mlflow.start_run()`'s result or a run's id, or call it within a run.",
        )
    return found
