"""The model that a user gives to be logged with its explainer: an object, or an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlflow.models import Model

from mlflow_explain.data.kinds import is_a
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
)
from mlflow_explain.tracking.models import addresses, originals
from mlflow_explain.tracking.models.originals import Original
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.store import connected


def original_of(model: Any) -> Original | None:
    """Return the model a pair is made of; None for an explainer on its own.

    Parameters
    ----------
    model : object, str or Path, optional
        A fitted object or a function of rows; the address or the folder of a logged model, what
        MLflow says of one (`LoggedModel`, `ModelInfo`, `ModelVersion`), or one that it loaded.

    Raises
    ------
    ArtifactNotFoundError
        There is no such model.
    CorruptArtifactError
        Its files are not those that were logged, or not those that were loaded.
    UnsupportedModelError
        MLflow has no flavour for the object that we know.
    UnfittedModelError
        It was never fitted.
    """
    if model is None or isinstance(model, Original):
        return model
    model = addresses.address_of(model)
    if isinstance(model, str | Path):
        return _at(model)
    if is_a(model, "mlflow", "PyFuncModel"):
        return _of_loaded(model)
    return originals.of_fitted(model)


def _at(address: str | Path, uuid: str | None = None) -> Original:
    """Return the model of an address; with `uuid`, that very one."""
    target = addresses.resolved(address, connected())
    folder = registry.verified(target)
    with typed(f"give the model {target.uri}"):
        if uuid is not None and Model.load(str(folder)).model_uuid != uuid:
            raise CorruptArtifactError(
                f"the loaded model at {address}",
                "another one: its id differs",
                "Pass the address it was loaded from.",
            )
        return originals.of_folder(folder, target.uri)


def _of_loaded(model: Any) -> Original:
    """Return a loaded model with the files it was loaded from."""
    meta = model.metadata
    if meta.model_id is not None:
        address = f"models:/{meta.model_id}"
    elif meta.run_id is not None and meta.artifact_path is not None:
        address = f"runs:/{meta.run_id}/{meta.artifact_path}"
    else:
        raise InvalidInputError(
            "a loaded model that says where it was logged",
            "one that was saved to a folder only",
            "Pass the folder itself as the model.",
        )
    try:
        return _at(address, meta.model_uuid)
    except ArtifactNotFoundError as error:
        raise ArtifactNotFoundError(
            f"the files of the loaded model, at {address}",
            "none: it was logged to another store, or deleted",
            "Pass the address it was loaded from.",
        ) from error
