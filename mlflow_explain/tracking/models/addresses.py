"""What a model's address leads to: a registered version, a logged model, or a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.models_artifact_repo import ModelsArtifactRepository
from mlflow.store.artifact.utils.models import get_model_name_and_version

from mlflow_explain.errors import ArtifactNotFoundError, StoreAccessError, StoreError
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.runs.store import typed

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.entities.model_registry import ModelVersion


# As `models:/m-...`, or as the folder of its artifacts.
_OF_MODEL = re.compile(r"(?:^models:|/models)/(m-[0-9a-f]{32})(?:/|$)")


# MLflow has no code of its own for these.
_NOT_FOUND = re.compile(r"No versions of model|alias .* not found")


@dataclass(frozen=True, slots=True)
class Target:
    """What an address leads to.

    Parameters
    ----------
    uri : str
        The address; of an alias or a stage the version it stood for when it was looked up.
    version : ModelVersion, optional
        The registered version.
    model : LoggedModel, optional
        The logged model it names.
    """

    uri: str
    version: ModelVersion | None = None
    model: LoggedModel | None = None

    @property
    def model_id(self) -> str | None:
        """Id of the logged model, of which a version may be one."""
        if self.model is not None:
            return str(self.model.model_id)
        if self.version is None:
            return None
        # MLflow's `register_model("models:/m-...")` leaves the version's own `model_id` empty.
        named = (self.version.source or "").partition("models:/")[2]
        return self.version.model_id or (named if named.startswith("m-") else None)

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the version or of the logged model."""
        found = self.version or self.model
        return {} if found is None else dict(found.tags)


def resolved(uri: str, client: MlflowClient) -> Target:
    """Return what a model's address leads to.

    Raises
    ------
    ArtifactNotFoundError
        The registry has no such model, version or alias; no folder is there.
    """
    if uri.startswith("models:/"):
        return _of_models(uri, client)
    if uri.startswith("runs:/"):
        return Target(uri, model=_of_run(uri, client))
    if ":/" not in uri and not Path(uri).exists():
        raise ArtifactNotFoundError(
            "a model's address or folder", f"{uri}, which does not exist", "Check the path."
        )
    return Target(uri)


def fetched(target: Target) -> Path:
    """Return the local folder of a model's files.

    Raises
    ------
    ArtifactNotFoundError
        The files are gone, whatever this kind of store says of that.
    """
    try:
        with typed(f"give {target.uri}"):
            return nested.downloaded(target.uri)
    except StoreAccessError:
        raise
    except StoreError as error:
        with typed(f"list {target.uri}"):
            if mlflow.artifacts.list_artifacts(artifact_uri=target.uri):
                raise
        raise ArtifactNotFoundError(
            f"the files of {target.uri}", "none: they were deleted", "Log the model again."
        ) from error


def _of_models(uri: str, client: MlflowClient) -> Target:
    base, inside = ModelsArtifactRepository.split_models_uri(uri)  # type: ignore[no-untyped-call]
    with typed(f"find {uri}"):
        name, version = _name_and_version(base, client)
        if version is None:
            return Target(uri, model=client.get_logged_model(name))
        fixed = f"models:/{name}/{version}"
        whole = f"{fixed}/{inside}" if inside else fixed
        return Target(whole, version=client.get_model_version(name, version))


def _name_and_version(uri: str, client: MlflowClient) -> tuple[str, str | None]:
    """Return the name and version an address stands for now, or the id of a logged model."""
    try:
        found = get_model_name_and_version(client, uri)  # type: ignore[no-untyped-call]
    except MlflowException as error:
        if not _NOT_FOUND.search(str(error)):
            raise
        raise ArtifactNotFoundError(f"a version for {uri}", "none", "Check the name.") from error
    return found[0], found[1] if len(found) > 1 else None


def _of_run(uri: str, client: MlflowClient) -> LoggedModel | None:
    """Return the logged model of ``runs:/<run id>/<name>``; of several of the name the last."""
    run_id, _, name = uri.removeprefix("runs:/").strip("/").partition("/")
    named = [model for model in models_of(run_id, client) if model.name == name.split("/")[0]]
    return max(named, key=lambda model: model.creation_timestamp, default=None)


def models_of(run_id: str, client: MlflowClient) -> list[LoggedModel]:
    """Return the models a run logged."""
    with typed(f"find the models of run {run_id}"):
        experiment_id = client.get_run(run_id).info.experiment_id
        return list(
            client.search_logged_models([experiment_id], filter_string=f"source_run_id='{run_id}'")
        )
