"""The user's model inside ours: saved and loaded by its own MLflow flavour, untouched."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION

from mlflow_explain.artifact.explanations import IMPORTANCE_TABLE
from mlflow_explain.data.kinds import full_name, is_a, package_of
from mlflow_explain.errors import (
    CorruptArtifactError,
    InvalidInputError,
    ModelLoadError,
    UnsupportedModelError,
)
from mlflow_explain.scoring.explainer import PICKLE_SETTING
from mlflow_explain.tracking.runs.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLAVOR_NAME = "mlflow_explain"
MODEL_FOLDER, EXPLAINER_FOLDER, PREPROCESS_FOLDER = "model", "explainer", "preprocess"
# What a logged model's page shows of an explanation; the values stay with the run.
SMALL_SET = ("report.html", "report.md", "summary.png", IMPORTANCE_TABLE)

# Types of these packages are what a fitted model of theirs is made of.
# skops writes what a partial calls as a type of its own, which has to be trusted, too.
_TRUSTED_PACKAGES = (
    "sklearn.", "lightgbm.", "xgboost.", "catboost.", "numpy.", "scipy.", "collections.", "pandas.",
    "functools.partial",
)  # fmt: skip

# Written by MLflow, with times and ids: not part of what the model computes.
_NOT_MODEL = {
    "MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "constraints.txt",
    "registered_model_meta",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Serialization:
    """How MLflow's scikit-learn flavour writes a model.

    Parameters
    ----------
    serialization_format : str or None
        ``"skops"``, ``"cloudpickle"`` or ``"pickle"``; None for MLflow's default.
    skops_trusted_types : list of str or None
        Types skops may load, and no others. None trusts those of scikit-learn, LightGBM, XGBoost,
        CatBoost, numpy, scipy, pandas and Python's collections and partial functions that are in
        the model.
    """

    serialization_format: str | None = None
    skops_trusted_types: list[str] | None = None

    def arguments(self, model: Any) -> dict[str, Any]:
        """Return the keyword arguments of MLflow's own `save_model`."""
        if self.serialization_format not in {None, "skops"}:
            return {"serialization_format": self.serialization_format}
        trusted = self.skops_trusted_types
        return {
            "serialization_format": "skops",
            "skops_trusted_types": trusted_types(model) if trusted is None else trusted,
        }


@dataclass(frozen=True, slots=True)
class NestedFlavor:
    """A row of the table of flavours a user's model may have.

    Parameters
    ----------
    name : str
        MLflow's flavour.
    claims : callable
        Whether a fitted object is of this flavour.
    pickles : callable
        Whether loading the object deserializes Python objects.
    """

    name: str
    claims: Callable[[Any], bool]
    pickles: Callable[[Any], bool]


FLAVORS: tuple[NestedFlavor, ...] = (
    NestedFlavor(
        "lightgbm",
        lambda model: package_of(model) == "lightgbm",
        lambda model: not is_a(model, "lightgbm", "Booster"),
    ),
    NestedFlavor("xgboost", lambda model: package_of(model) == "xgboost", lambda _: False),
    NestedFlavor("catboost", lambda model: package_of(model) == "catboost", lambda _: False),
    NestedFlavor("sklearn", lambda model: package_of(model) == "sklearn", lambda _: True),
)


def flavor_of(model: Any) -> NestedFlavor:
    """Return the flavour that saves a fitted object."""
    for flavor in FLAVORS:
        if flavor.claims(model):
            return flavor
    raise UnsupportedModelError(
        f"a model of MLflow's flavours {', '.join(f.name for f in FLAVORS)}",
        full_name(model),
        "Keep its explanations with `log_explanation`, or log the explainer alone with "
        "`log_model(scoring_explainer=...)` if it does not ask the model. A function can be "
        "wrapped in a scikit-learn estimator.",
    )


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
    path = folder / MODEL_FOLDER
    if digest_of(path) != ours["model_digest"]:
        raise CorruptArtifactError(
            f"the model files as they were logged, in {MODEL_FOLDER}/",
            "other content: their digest differs",
            "A file is missing, damaged or was changed; log the model again.",
        )
    return path


def save(
    model: Any, path: Path, serialization: Serialization, requirements: list[str], signature: Any
) -> None:
    """Write a fitted object in its own flavour."""
    flavor = flavor_of(model)
    keywords: dict[str, Any] = {"pip_requirements": requirements, "signature": signature}
    if flavor.pickles(model):
        keywords |= serialization.arguments(model)
    getattr(mlflow, flavor.name).save_model(model, str(path), **keywords)


def load(path: Path) -> tuple[Any, Any]:
    """Return the plain MLflow model and the fitted object inside it.

    Raises
    ------
    ModelLoadError
        MLflow's setting forbids loading Python objects, and the model is made of them.
    """
    config = mlflow.models.Model.load(str(path))
    flavor = next((f.name for f in FLAVORS if f.name in config.flavors), None)
    native = flavor in {"xgboost", "catboost"}
    native |= config.flavors.get("lightgbm", {}).get("data", "").endswith(".lgb")
    if not native and not may_deserialize():
        raise ModelLoadError(
            f"{PICKLE_SETTING} to allow loading the {flavor} model",
            f"{PICKLE_SETTING}=false",
            "Set it to true if you trust the model. MLflow refuses its scikit-learn flavour "
            "without it, whatever the format; a native LightGBM Booster, XGBoost and CatBoost "
            "load, and so does the scoring explainer on its own.",
        )
    plain = mlflow.pyfunc.load_model(str(path))
    return plain, plain.get_raw_model()


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


def trusted_types(model: Any) -> list[str]:
    """Return the types of well-known libraries that skops would refuse in this model."""
    import skops.io

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skops"
        skops.io.dump(model, path)
        found = skops.io.get_untrusted_types(file=path)
    return sorted(name for name in found if name.startswith(_TRUSTED_PACKAGES))


def _is_shown(file: Path, path: Path) -> bool:
    """Whether a file was put beside a model afterwards, to be looked at on its page."""
    return file.relative_to(path).parts[0] == ROOT and file.name in SMALL_SET


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
