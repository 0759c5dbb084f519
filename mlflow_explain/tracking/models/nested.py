"""The user's model inside ours: saved and loaded by its own MLflow flavour, untouched."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION
from mlflow.exceptions import MlflowException

from mlflow_explain.artifact.explanations import IMPORTANCE_TABLE
from mlflow_explain.data import libraries
from mlflow_explain.data.kinds import is_a
from mlflow_explain.data.pyfuncs import inside
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
    ModelLoadError,
    UnsupportedModelError,
)
from mlflow_explain.scoring.scorer import PICKLE_SETTING
from mlflow_explain.tracking.models.flavors import FLAVORS, Serialization
from mlflow_explain.tracking.runs.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FLAVOR_NAME = "mlflow_explain"
MODEL_FOLDER, EXPLAINER_FOLDER, PREPROCESS_FOLDER = "model", "explainer", "preprocess"
# The model that an explainer on its own asks.
ASKED_FOLDER = "asked"
# What a logged model's page shows of an explanation; the values stay with the run.
SMALL_SET = ("report.html", "report.md", "summary.png", IMPORTANCE_TABLE)

# Written by MLflow, with times and ids: not part of what the model computes.
_NOT_MODEL = {
    "MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "constraints.txt",
    "registered_model_meta",
}  # fmt: skip


def downloaded(uri: str) -> Path:
    """Return the local path of a folder or file, fetched if it lies elsewhere."""
    local = Path(uri)
    if local.exists():
        # MLflow's own download reads `#` and `%20` in names as parts of an address.
        return local
    try:
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
    except ValueError as error:
        raise InvalidInputError(
            "an address of artifacts that MLflow knows",
            uri,
            "Pass models:/..., runs:/..., the address of a store of artifacts, or a path.",
        ) from error


def ours_of(folder: Path) -> dict[str, Any] | None:
    """Return what MLmodel says of this package's flavour, or None where it is another's model."""
    ours: dict[str, Any] | None = mlflow.models.Model.load(str(folder)).flavors.get(FLAVOR_NAME)
    return ours


def plain_folder(folder: Path) -> Path:
    """Return the folder of the user's model itself, also where it lies within ours.

    Raises
    ------
    CorruptArtifactError
        Its files are not those that were logged.
    """
    ours = ours_of(folder)
    if ours is None:
        return folder
    if not ours["has_model"]:
        raise UnsupportedModelError(
            "a model that predicts", "a scoring explainer", "Name the model it explains."
        )
    return checked_model(folder, ours)


def checked_model(folder: Path, ours: Mapping[str, Any]) -> Path:
    """Return the folder of the model inside ours; refuse one whose files were changed."""
    return _checked(folder / MODEL_FOLDER, ours["model_digest"])


def checked_asked(folder: Path, ours: Mapping[str, Any]) -> Path | None:
    """Return the folder of the model that an explainer on its own asks; None if it asks none."""
    digest = ours.get("asked_digest")
    return None if digest is None else _checked(folder / ASKED_FOLDER, digest)


def _checked(path: Path, digest: str) -> Path:
    if digest_of(path) != digest:
        raise CorruptArtifactError(
            f"the model files as they were logged, in {path.name}/",
            "other content: their digest differs",
            "A file is missing, damaged or was changed; log the model again.",
        )
    return path


@dataclass(frozen=True, eq=False, slots=True)
class Loaded:
    """The original model, as MLflow loads it.

    Parameters
    ----------
    plain : mlflow.pyfunc.PyFuncModel
        What makes the predictions.
    fitted : object or None
        The fitted object inside it; None where the flavour has none to give.
    """

    plain: Any
    fitted: Any


def load(path: Path) -> Loaded:
    """Return the original model of a folder.

    Raises
    ------
    ArtifactNotFoundError
        A file is missing.
    ModelLoadError
        MLflow's setting forbids loading Python objects, and the model is made of them; or its
        flavour refuses it.
    MissingLibraryError
        A library it is made of is not installed.
    """
    found = mlflow.models.Model.load(str(path)).flavors
    flavor = next((f for f in FLAVORS if f.name in found), None)
    if flavor is not None and flavor.pickles(found[flavor.name]) and not may_deserialize():
        raise ModelLoadError(
            f"{PICKLE_SETTING} to allow loading the {flavor.name} model",
            f"{PICKLE_SETTING}=false",
            "Set it to true if you trust the model. MLflow refuses its scikit-learn flavour "
            "without it, whatever the format. A native LightGBM Booster, XGBoost and CatBoost "
            "load, and so does an explainer on its own whose engine asks no model.",
        )
    try:
        with libraries.needed_by("the model"), refusals():
            plain = mlflow.pyfunc.load_model(str(path))
    except FileNotFoundError as error:
        raise ArtifactNotFoundError(
            "every file that the model is made of, or that its requirements name",
            f"none at {error.filename}",
            "Log the model again, with all of them.",
        ) from error
    return Loaded(plain, _fitted(plain))


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what MLflow refuses to load as `ModelLoadError`."""
    try:
        yield
    except MlflowException as error:
        raise ModelLoadError(
            "a model that MLflow loads",
            f"{type(error).__name__}: {error}",
            "MLflow's own flavour refused the model inside.",
        ) from error


def _fitted(plain: Any) -> Any:
    found = inside(plain)
    # What a user wrote for MLflow to call takes other arguments than a model's `predict`.
    return None if is_a(found, "mlflow", "PythonModel") else found


def save_preprocess(
    transformer: Any, path: Path, serialization: Serialization, requirements: list[str]
) -> None:
    """Write fitted transformers, which predict nothing, in MLflow's scikit-learn flavour."""
    mlflow.sklearn.save_model(
        transformer,
        str(path),
        pip_requirements=requirements,
        pyfunc_predict_fn="transform",
        **serialization.arguments(transformer),
    )


def load_preprocess(path: Path) -> Any:
    """Return fitted transformers, or None where MLflow's setting forbids loading them."""
    if not path.is_dir() or not may_deserialize():
        return None
    return mlflow.sklearn.load_model(str(path))


def may_deserialize() -> bool:
    """Whether MLflow's setting allows loading Python objects."""
    return bool(MLFLOW_ALLOW_PICKLE_DESERIALIZATION.get())  # type: ignore[no-untyped-call]


def _is_shown(file: Path, path: Path) -> bool:
    """Whether a file was put beside a model afterwards, to be looked at on its page."""
    return file.relative_to(path).parts[0] == ROOT and file.name in SMALL_SET


def remove_shown(path: Path) -> None:
    """Remove from a copy what is shown of its original on a page."""
    for file in [file for file in path.rglob("*") if file.is_file() and _is_shown(file, path)]:
        file.unlink()
        for parent in file.relative_to(path).parents[:-1]:
            if not any((path / parent).iterdir()):
                (path / parent).rmdir()


def digest_of(path: Path) -> str:
    """Return the sha256 over the sorted (path, bytes) of a saved model's own files."""
    total = hashlib.sha256()
    files = (file for file in path.rglob("*") if file.is_file())
    for file in sorted(files, key=lambda file: file.relative_to(path).as_posix()):
        name = file.relative_to(path).as_posix()
        if file.name in _NOT_MODEL or "__pycache__" in file.parts or _is_shown(file, path):
            continue
        content = file.read_bytes()
        total.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()
