"""What a model's address leads to: a registered version, a logged model, or a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.models_artifact_repo import ModelsArtifactRepository
from mlflow.store.artifact.utils.models import get_model_name_and_version

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_a
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    InvalidInputError,
    StoreAccessError,
    StoreError,
)
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.places import is_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.entities.model_registry import ModelVersion


# A version's source: `models:/m-...`, or the folder of the model's artifacts.
_OF_MODEL = re.compile(r"(?:^models:|/models)/(m-[0-9a-f]{32})(?:/artifacts|/?$)")
# The source of a copy.
_OF_VERSION = re.compile(r"models:/(?P<name>[^/]+)/(?P<version>\d+)")

# MLflow has no code of its own for these.
_NOT_FOUND = re.compile(r"No versions of model|alias .* not found")
_NO_ADDRESS = re.compile(r"Not a proper models:/ URI|Invalid Model Version stage")
_FORMS = "models:/name/version, models:/name@alias, models:/m-... or runs:/<run id>/<model's name>"


@dataclass(frozen=True, slots=True)
class Target:
    """What an address leads to.

    Parameters
    ----------
    uri : str
        The address. What it names may be another one tomorrow: of an alias or a stage this is the
        version, and of a run's model its id, that it stood for when it was looked up.
    version : ModelVersion, optional
        The registered version.
    model : LoggedModel, optional
        The logged model it names.
    model_id : str, optional
        Id of the logged model, of which a version may be one.
    """

    uri: str
    version: ModelVersion | None = None
    model: LoggedModel | None = None
    model_id: str | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the version or of the logged model."""
        found = self.version or self.model
        return {} if found is None else dict(found.tags)


def address_of(given: Any) -> Any:
    """Return the address of what MLflow says of a model; anything else stays what it is.

    Parameters
    ----------
    given : object
        MLflow's `LoggedModel`, `ModelInfo` or `ModelVersion`, or anything else.
    """
    if is_a(given, "mlflow", "LoggedModel"):
        return f"models:/{given.model_id}"
    if is_a(given, "mlflow", "ModelInfo"):
        return given.model_uri
    if is_a(given, "mlflow", "ModelVersion"):
        return f"models:/{given.name}/{given.version}"
    return given


def version_of(given: Any, client: MlflowClient) -> tuple[str, str]:
    """Return name and number of a registered version.

    Parameters
    ----------
    given : (name, version), str or ModelVersion
        The version, or its address.
    client : MlflowClient
        Knows the registry.

    Raises
    ------
    ArtifactNotFoundError
        The registry has no such version.
    InvalidInputError
        It is none.
    """
    if isinstance(given, tuple | list) and len(given) == 2 and all(map(_is_word, given)):
        given = f"models:/{given[0]}/{given[1]}"
    given = address_of(given)
    found = resolved(given, client).version if isinstance(given, str) else None
    if found is None:
        raise InvalidInputError(
            "`model_version`: name and version of a registered model, or its address, "
            "models:/name/version",
            shown(given),
            "Pass (name, version).",
        )
    return found.name, str(found.version)


def _is_word(given: Any) -> bool:
    return isinstance(given, str | int) and bool(str(given)) and "/" not in str(given)


def resolved(given: str | Path, client: MlflowClient) -> Target:
    """Return what a model's address leads to.

    Raises
    ------
    ArtifactNotFoundError
        The registry has no such model, version or alias; no folder is there.
    InvalidInputError
        It is no address.
    """
    uri = _text(given)
    if uri.startswith("models:/"):
        return _of_models(uri, client)
    if uri.startswith("runs:/"):
        return _of_run(uri, client)
    if not is_uri(uri) and not Path(uri).exists():
        raise ArtifactNotFoundError(
            "a model's address or folder", f"{uri}, which does not exist", "Check the path."
        )
    return Target(uri)


def _text(given: Any) -> str:
    if isinstance(given, str | Path) and str(given).strip():
        return str(given)
    raise InvalidInputError(f"{_FORMS}, or a folder", shown(given), "Pass one of these.")


def fetched(target: Target) -> Path:
    """Return the local folder of a model's files.

    Raises
    ------
    ArtifactNotFoundError
        The files are gone, whatever this kind of store says of that.
    InvalidInputError
        MLflow cannot read the folder's path.
    """
    try:
        with typed(f"give {target.uri}"):
            return _readable(nested.downloaded(target.uri))
    except StoreAccessError:
        raise
    except StoreError as error:
        with typed(f"list {target.uri}"):
            if mlflow.artifacts.list_artifacts(artifact_uri=target.uri):
                raise
        raise ArtifactNotFoundError(
            f"the files of {target.uri}", "none: they were deleted", "Log the model again."
        ) from error


def _readable(folder: Path) -> Path:
    """Return a folder whose path MLflow's loaders take as it is."""
    path = str(folder.absolute())
    if unquote(path) == path:
        return folder
    raise InvalidInputError(
        "a folder whose path MLflow reads as it is",
        f"{folder}: MLflow takes {unquote(path)} for it",
        "Rename it: without % and two digits.",
    )


def _of_models(uri: str, client: MlflowClient) -> Target:
    base, inside = ModelsArtifactRepository.split_models_uri(uri)  # type: ignore[no-untyped-call]
    with typed(f"find {uri}"):
        name, version = _name_and_version(base, client)
        if version is None:
            return Target(uri, model=client.get_logged_model(name), model_id=name)
        found = client.get_model_version(name, version)
    whole = _joined(f"models:/{name}/{version}", inside)
    return Target(whole, version=found, model_id=_model_id_of(found, client))


def _model_id_of(version: ModelVersion, client: MlflowClient) -> str | None:
    """Return the id of the logged model a version is of; of a copy that of its source."""
    if version.model_id:
        return str(version.model_id)
    # MLflow's `register_model("models:/m-...")` leaves the version's own `model_id` empty.
    source = version.source or ""
    if found := _OF_MODEL.search(source):
        return found[1]
    if copied := _OF_VERSION.fullmatch(source):
        try:
            with typed(f"find {source}"):
                origin = client.get_model_version(copied["name"], copied["version"])
        except ArtifactNotFoundError:
            # A copy outlives its source.
            return None
        return _model_id_of(origin, client)
    return None


def _joined(uri: str, inside: str) -> str:
    return f"{uri}/{inside}" if inside else uri


def _name_and_version(uri: str, client: MlflowClient) -> tuple[str, str | None]:
    """Return the name and version an address stands for now, or the id of a logged model."""
    try:
        found = get_model_name_and_version(client, uri)  # type: ignore[no-untyped-call]
    except MlflowException as error:
        if _NO_ADDRESS.search(str(error)):
            raise InvalidInputError(_FORMS, uri, "Correct the address.") from error
        if not _NOT_FOUND.search(str(error)):
            raise
        raise ArtifactNotFoundError(f"a version for {uri}", "none", "Check the name.") from error
    return found[0], found[1] if len(found) > 1 else None


def _of_run(uri: str, client: MlflowClient) -> Target:
    """Return the logged model of ``runs:/<run id>/<name>``; of several of the name the last."""
    run_id, _, path = uri.removeprefix("runs:/").strip("/").partition("/")
    name, _, inside = path.partition("/")
    named = [model for model in models_of(run_id, client) if model.name == name]
    if not named:
        return Target(uri)
    last = max(named, key=lambda model: model.creation_timestamp)
    # MLflow finds no folder inside `models:/m-...`.
    fixed = uri if inside else f"models:/{last.model_id}"
    return Target(fixed, model=last, model_id=str(last.model_id))


def models_of(run_id: str, client: MlflowClient) -> list[LoggedModel]:
    """Return the models a run logged."""
    with typed(f"find the models of run {run_id}"):
        experiment_id = client.get_run(run_id).info.experiment_id
        return all_pages(
            lambda token: client.search_logged_models(
                [experiment_id], filter_string=f"source_run_id='{run_id}'", page_token=token
            )
        )


def all_pages(search: Callable[[str | None], Any]) -> list[Any]:
    """Return what a search of MLflow's finds, however many pages it answers with."""
    found, token = [], None
    while True:
        page = search(token)
        found += page
        token = page.token
        if not token:
            return found
