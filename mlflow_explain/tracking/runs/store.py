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
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

from mlflow_explain.errors import (
    ArtifactNotFoundError,
    ExplainError,
    StoreAccessError,
    StoreError,
)
from mlflow_explain.tracking.runs.items import ArtifactItem, MetricsItem, TableItem, TagItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mlflow.entities import Run
    from mlflow.store.artifact.artifact_repo import ArtifactRepository

    from mlflow_explain.tracking.runs.items import Item

_Answer = TypeVar("_Answer")

# What every tracking store keeps of a tag.
MAX_TAG = 5000

# A database that is locked is tried so often again, after so many seconds, doubled each time.
# MLflow itself waits for a lock, and retries what it sends to a server.
_TRIES, _PAUSE = 3, 0.25

_MISSING = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND"}
_REFUSED = {"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"}
_BUSY = "TEMPORARILY_UNAVAILABLE"
# Libraries below MLflow's stores, whose errors reach us as they are.
_BELOW = ("botocore", "boto3", "s3transfer", "sqlalchemy", "urllib3", "azure", "google")
_LONGEST = 300


@contextmanager
def typed(what: str) -> Iterator[None]:
    """Turn what MLflow, its stores and the disk raise into this package's errors.

    Parameters
    ----------
    what : str
        What is done, after "the store to": ``"take the explanation"``.

    Raises
    ------
    ArtifactNotFoundError
        There is no such run, version or artifact.
    StoreAccessError
        The store refused.
    StoreError
        It failed, is full, or was not reached.
    """
    try:
        yield
    except ExplainError:
        raise
    except Exception as error:
        made = _error_of(error, what)
        if made is None:
            raise
        raise made from error


def _error_of(error: Exception, what: str) -> ExplainError | None:
    """Return the typed error of a failure, or None where it is no failure of a store."""
    is_ours = isinstance(error, MlflowException | OSError)
    if not is_ours and type(error).__module__.split(".")[0] not in _BELOW:
        return None
    text = " ".join(str(error).split())
    got = f"{type(error).__name__}: {text[:_LONGEST]}"
    code = getattr(error, "error_code", None)
    status = getattr(getattr(error, "response", None), "status_code", None)
    if code in _MISSING or status == 404:
        return ArtifactNotFoundError(f"the store to {what}", got, "Check the name or id.")
    if code in _REFUSED or status in {401, 403} or isinstance(error, PermissionError):
        return StoreAccessError(
            f"the store to {what}",
            got,
            "Check credentials and permissions; nothing half-written is shown to anyone.",
        )
    return StoreError(
        f"the store to {what}",
        got,
        "Call again once it answers and has room; nothing half-written is shown to anyone.",
    )


def _patiently(call: Callable[[], _Answer]) -> _Answer:
    """Return what a call answers; where the store says that it is busy, ask again a few times."""
    for attempt in range(_TRIES - 1):
        try:
            return call()
        except MlflowException as error:
            if error.error_code != _BUSY:
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
    client: MlflowClient = field(default_factory=MlflowClient)

    @classmethod
    def of(cls, run_id: str | None = None) -> RunStore:
        """Return the store of a run; by default the active one, or a new one."""
        if run_id is not None:
            return cls(run_id)
        with typed("start a run"):
            run = mlflow.active_run() or mlflow.start_run()
        return cls(run.info.run_id)

    @functools.cached_property
    def _files(self) -> ArtifactRepository:
        uri = self.run().info.artifact_uri
        return get_artifact_repository(uri, tracking_uri=self.client.tracking_uri)

    def run(self) -> Run:
        """Return the run with its tags."""
        with typed(f"show run {self.run_id}"):
            return _patiently(lambda: self.client.get_run(self.run_id))

    def send(self, items: Iterable[Item]) -> None:
        """Log each item to the run, in the order given."""
        with typed("take the explanation"):
            for item in items:
                _patiently(lambda item=item: self._send(item))  # type: ignore[misc]

    def _send(self, item: Item) -> None:
        match item:
            case ArtifactItem(path, folder):
                self.client.log_artifact(self.run_id, str(path), folder)
            case TagItem(key, value):
                self.client.set_tag(self.run_id, key, value)
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
        tags = self.client.get_run(self.run_id).data.tags
        known = json.loads(tags.get(MLFLOW_LOGGED_ARTIFACTS, "[]"))
        table = {"path": artifact_path, "type": "table"}
        listed = json.dumps([*known, table])
        # MLflow cuts a longer tag off, and cannot read it again; the file shows as text then.
        if table not in known and len(listed) <= MAX_TAG:
            self.client.set_tag(self.run_id, MLFLOW_LOGGED_ARTIFACTS, listed)

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
