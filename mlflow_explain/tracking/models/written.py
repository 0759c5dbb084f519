"""Writes a model with its scoring explainer, or the explainer alone, into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow

from mlflow_explain._version import __version__
from mlflow_explain.scoring import store
from mlflow_explain.tracking.models import environment, nested
from mlflow_explain.tracking.models import signature as signatures
from mlflow_explain.tracking.models.nested import FLAVOR_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlflow.models import Model, ModelSignature

    from mlflow_explain.scoring.explainer import ScoringExplainer
    from mlflow_explain.tracking.models.nested import Serialization

# Part of the format: MLflow imports it to load a model, so it never moves.
LOADER_MODULE = "mlflow_explain"


def write(
    folder: Path,
    saved: Model,
    model: Any,
    explainer: ScoringExplainer,
    *,
    plain: ModelSignature,
    requirements: list[str],
    code_paths: Sequence[str],
    serialization: Serialization,
    explain_by_default: bool,
) -> None:
    """Write the files, and last the MLmodel file that describes them.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    saved : mlflow.models.Model
        What the MLmodel file will say; the flavours and the signature are set here.
    model : object or None
        The fitted model, if it is saved too.
    explainer : ScoringExplainer
        Checked against the model.
    plain : ModelSignature
        Of the model without its explainer.
    requirements : list of str
        Of the environment that serves it.
    code_paths, serialization, explain_by_default
        As of `save_model`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = None
    if model is not None:
        nested.save(model, folder / nested.MODEL_FOLDER, serialization, requirements, plain)
        digest = nested.digest_of(folder / nested.MODEL_FOLDER)
    elif explainer.preprocess is not None:
        kept = folder / nested.PREPROCESS_FOLDER
        nested.save_preprocess(explainer.preprocess, kept, serialization, requirements)
    sealed = store.save(explainer, folder / nested.EXPLAINER_FOLDER, model_digest=digest)
    saved.signature = signatures.explained_signature(
        plain,
        explainer,
        explain_by_default=explain_by_default,
        with_predictions=model is not None,
    )
    code = environment.copy_code(folder, code_paths)
    _add_flavors(saved, code, sealed, digest, explain_by_default=explain_by_default)
    environment.write(folder, requirements)
    saved.model_size_bytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    saved.save(str(folder / "MLmodel"))


def _add_flavors(
    saved: Model, code: str | None, explainer: str, model: str | None, *, explain_by_default: bool
) -> None:
    saved.add_flavor(
        FLAVOR_NAME,
        mlflow_explain_version=__version__,
        has_model=model is not None,
        explain_by_default=explain_by_default,
        explainer_digest=explainer,
        model_digest=model,
        code=code,
    )
    mlflow.pyfunc.add_to_model(
        saved,
        loader_module=LOADER_MODULE,
        conda_env="conda.yaml",
        python_env="python_env.yaml",
        code=code,
    )
