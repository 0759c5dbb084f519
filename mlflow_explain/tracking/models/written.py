"""Writes a model with its scoring explainer, or the explainer alone, into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
from mlflow.models import ModelSignature
from mlflow.types.schema import Schema, TensorSpec

from mlflow_explain._version import __version__
from mlflow_explain.data.functions import is_of_function
from mlflow_explain.scoring import store
from mlflow_explain.tracking.models import environment, inherited, nested, originals
from mlflow_explain.tracking.models import signature as signatures
from mlflow_explain.tracking.models.flavors import Saving
from mlflow_explain.tracking.models.nested import FLAVOR_NAME
from mlflow_explain.tracking.models.texts import list_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlflow.models import Model

    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.flavors import Serialization
    from mlflow_explain.tracking.models.originals import Original
    from mlflow_explain.tracking.models.settings import Serving

# Part of the format: MLflow imports it to load a model, so it never moves.
LOADER_MODULE = "mlflow_explain"


def write(
    folder: Path,
    saved: Model,
    original: Original | None,
    explainer: Scorer,
    *,
    explains: str | None,
    plain: ModelSignature,
    requirements: list[str],
    code_paths: Sequence[Path],
    serialization: Serialization,
    serving: Serving,
) -> None:
    """Write the files, and last the MLmodel file that describes them.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    saved : mlflow.models.Model
        What the MLmodel file will say; the flavours and the signature are set here.
    original : Original or None
        The model, if it is saved too.
    explainer : Scorer
        Checked against the model.
    explains : str or None
        Digest of the model that an explainer on its own explains, if it is known.
    plain : ModelSignature
        Of the model without its explainer.
    requirements : list of str
        Of the environment that serves it.
    code_paths, serialization
        As of `save_model`.
    serving : Serving
        How requests are answered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = folder / nested.MODEL_FOLDER
    code = [*code_paths]
    digest, source, more = explains, None, {}
    if original is not None:
        width = len(explainer.template.columns)
        kept = Saving(
            original.fitted, inside, plain, requirements, serialization, width, list_of(explainer)
        )
        original.write(kept)
        digest, source = nested.digest_of(inside), original.folder
        code = [*original.code, *code]
        if original.config is not None:
            inherited.describe(saved, original.config)
    else:
        more = _write_asked(folder, explainer, plain, requirements, serialization)
    sealed = store.save(explainer, folder / nested.EXPLAINER_FOLDER, model_digest=digest)
    saved.signature = signatures.explained_signature(
        plain,
        explainer,
        serving,
        estimator=None if original is None else _estimator(original, explainer),
    )
    copied = environment.copy_code(folder, code)
    settings = serving.kept() | _source_of(original, explainer) | more
    settings |= {"has_model": original is not None, "model_digest": digest}
    _add_flavors(saved, copied, sealed, settings)
    environment.write(folder, requirements, source)
    saved.model_size_bytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    saved.save(str(folder / "MLmodel"))


def _write_asked(
    folder: Path,
    explainer: Scorer,
    plain: ModelSignature,
    requirements: list[str],
    serialization: Serialization,
) -> dict[str, Any]:
    """Write what of the user's an explainer on its own needs, and return what is kept of it."""
    if explainer.preprocess is not None:
        kept = folder / nested.PREPROCESS_FOLDER
        nested.save_preprocess(explainer.preprocess, kept, serialization, requirements)
    asked = originals.asked_by(explainer)
    if asked is None:
        return {}
    inside, width = folder / nested.ASKED_FOLDER, len(explainer.engineered_features)
    if explainer.feature_map is not None:
        plain = ModelSignature(Schema([TensorSpec(np.dtype(np.float64), (-1, width))]))
    of = list_of(explainer)
    asked.write(Saving(asked.fitted, inside, plain, requirements, serialization, width, of))
    return {"asked_digest": nested.digest_of(inside), **_asking(explainer)}


def _source_of(original: Original | None, explainer: Scorer) -> dict[str, Any]:
    """Return what is kept of where a model comes from, and of how its explainer knows it."""
    if original is None:
        return {}
    of_uri = {} if original.uri is None else {"original_uri": original.uri}
    return of_uri | _asking(explainer)


def _asking(explainer: Scorer) -> dict[str, Any]:
    """Return what is kept of how the model is asked."""
    column = list_of(explainer)
    asking = {"asks_predictions": is_of_function(explainer.model_type)}
    return asking if column is None else asking | {"list_of": column}


def _estimator(original: Original, explainer: Scorer) -> Any:
    """Return what predicts: the model's last step, or the model whole."""
    return explainer.estimator_of(original.asked_by(explainer)).estimator


def _add_flavors(saved: Model, code: str | None, explainer: str, settings: dict[str, Any]) -> None:
    saved.add_flavor(
        FLAVOR_NAME,
        mlflow_explain_version=__version__,
        **settings,
        explainer_digest=explainer,
        code=code,
    )
    mlflow.pyfunc.add_to_model(
        saved,
        loader_module=LOADER_MODULE,
        conda_env="conda.yaml",
        python_env="python_env.yaml",
        code=code,
    )
