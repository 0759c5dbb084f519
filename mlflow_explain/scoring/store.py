"""A scoring explainer as a sealed folder, and back.

manifest.json        engine, names, classes, task, digests; written last
engine.npz           the engine's arrays
engine-*.txt         models in their library's own text format
feature_map.npz      from engineered features to raw columns
template.*           no rows: the raw columns with their types
preprocess.skops     fitted transformers, where it is kept by itself: else MLflow keeps them
model.skops          the model, likewise, for an engine that asks it
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from mlflow_explain.artifact.fitted import dumped, restored
from mlflow_explain.artifact.sealed import (
    Sealed,
    open_sealed,
    prepare,
    seal,
    write_arrays,
    write_bytes,
    write_text,
)
from mlflow_explain.artifact.tables import read_table, write_table
from mlflow_explain.data import functions
from mlflow_explain.data.pipeline import split
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.data.table import Table
from mlflow_explain.data.texts.models import inside
from mlflow_explain.data.views import plain_labels
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import EngineState
from mlflow_explain.errors import CorruptArtifactError
from mlflow_explain.explanation import Background, FeatureMap
from mlflow_explain.scoring import entries
from mlflow_explain.scoring.scorer import Scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mlflow_explain.data.texts.reading import TextColumn

KIND = "scoring-explainer"
PREPROCESS, MODEL = "preprocess.skops", "model.skops"


def save(
    explainer: Scorer,
    path: str | Path,
    *,
    model_digest: str | None = None,
    made_as: str | None = None,
    with_fitted: bool = False,
) -> str:
    """Write a scoring explainer to a folder and return its digest.

    Parameters
    ----------
    explainer : Scorer
        What to write.
    path : str or Path
        A new or empty folder.
    model_digest : str, optional
        Digest of the model it belongs to.
    made_as : str, optional
        Name of the public class around it.
    with_fitted : bool, default=False
        Keep the fitted transformers, and the model that the engine asks, too.

    Raises
    ------
    UnsupportedModelError
        One of these is nothing that skops holds.
    """
    # Refused before anything is written.
    fitted = _fitted(explainer) if with_fitted else {}
    folder = prepare(path, exist_ok=False)
    state = explainer.engine.state()
    write_arrays(folder, "engine.npz", state.arrays, bounded=True)
    for name, text in state.texts.items():
        write_text(folder, f"engine-{name}.txt", text)
    fold = explainer.feature_map
    if fold is not None:
        write_arrays(folder, "feature_map.npz", fold.arrays(), bounded=True)
    for name, content in fitted.items():
        write_bytes(folder, name, content)
    manifest = {
        "engine": explainer.engine.name,
        "engine_settings": dict(state.settings),
        "engine_texts": sorted(state.texts),
        "features": list(explainer.features),
        "engineered_features": list(explainer.engineered_features),
        "classes": plain_labels(explainer.classes),
        "labels": plain_labels(explainer.labels),
        "model_task": explainer.model_task,
        "model_type": explainer.model_type,
        "background": asdict(explainer.background),
        "template": write_table(folder, "template", explainer.template.data),
        "target": explainer.target,
        "texts": explainer.texts and asdict(explainer.texts),
        "model_digest": model_digest,
        "made_as": made_as,
    }
    return seal(folder, KIND, manifest)


def _fitted(explainer: Scorer) -> dict[str, bytes]:
    """Return the user's fitted objects that it needs, as the files to keep them in."""
    asked = registry.asked_by(explainer.engine)
    if explainer.texts is not None:
        # What makes a table of its texts is ours, and made again.
        asked = inside(asked)
    found = {PREPROCESS: explainer.preprocess, MODEL: asked}
    return {name: dumped(part) for name, part in found.items() if part is not None}


def load(
    path: str | Path,
    *,
    preprocess: Any = None,
    digest: str | None = None,
    model: Callable[[], Any] | None = None,
) -> Scorer:
    """Read a scoring explainer from a folder, verifying digests; nothing is unpickled.

    Parameters
    ----------
    path : str or Path
        The folder.
    preprocess : transformer, optional
        The fitted steps before the estimator; without them rows are given engineered.
    digest : str, optional
        What `save` returned; another explainer in its place is refused.
    model : callable, optional
        Returns the model; called, once all files are verified, by engines that ask it.

    Returns
    -------
    Scorer
    """
    sealed = open_sealed(path, KIND)
    if digest is not None and sealed.digest != digest:
        raise CorruptArtifactError(
            "the scoring explainer that was logged with this model",
            "another one: its digest differs",
            "Log the model and its explainer again.",
        )
    return opened(sealed, preprocess=preprocess, model=model)


def opened(
    sealed: Sealed, *, preprocess: Any = None, model: Callable[[], Any] | None = None
) -> Scorer:
    """Return the scoring explainer of a sealed folder; fitted objects that lie there are its own.

    Parameters
    ----------
    sealed : Sealed
        The folder, of this kind.
    preprocess, model
        As of `load`.
    """
    if preprocess is None and sealed.has(PREPROCESS):
        preprocess = restored(PREPROCESS, sealed.read(PREPROCESS))
    if model is None and sealed.has(MODEL):
        model = partial(restored, MODEL, sealed.read(MODEL))
    manifest = entries.complete(sealed.manifest)
    with entries.as_saved("the columns and the map between them"):
        template, fold = _columns(sealed, manifest)
    return _assembled(sealed, manifest, template, fold, preprocess, model)


def _columns(sealed: Sealed, manifest: Mapping[str, Any]) -> tuple[Table, FeatureMap | None]:
    """Return the raw columns with their types, and how engineered features come from them."""
    features, engineered = manifest["features"], manifest["engineered_features"]
    rows = read_table(sealed, "template", manifest["template"])
    if rows.shape != (0, len(features)):
        raise entries.odd(f"no rows of {len(features)} columns", "a table of another shape")
    if not sealed.has("feature_map.npz"):
        if len(engineered) != len(features):
            raise entries.odd("names of the columns", f"{len(engineered)} engineered ones")
        return Table(rows, tuple(features)), None
    parts = sealed.arrays("feature_map.npz", bounded=True)
    fold = FeatureMap(**parts, n_engineered=len(engineered), n_raw=len(features))
    return Table(rows, tuple(features)), fold


def _assembled(
    sealed: Sealed,
    manifest: Mapping[str, Any],
    template: Table,
    fold: FeatureMap | None,
    preprocess: Any,
    model: Callable[[], Any] | None,
) -> Scorer:
    state = EngineState(
        settings=manifest["engine_settings"],
        arrays=sealed.arrays("engine.npz", bounded=True),
        texts={name: sealed.text(f"engine-{name}.txt") for name in manifest["engine_texts"]},
    )
    classes, labels = _tuple(manifest["classes"]), _tuple(manifest["labels"])
    predictor, texts = None, entries.text_column(manifest)
    if model is not None:
        model = partial(_whole, model, texts, manifest["model_type"], labels)
        estimator = partial(_estimator, model, taken_apart=fold is not None)
        predictor = partial(_predictor, estimator, manifest["model_task"], classes, labels)
    engine = registry.restore(manifest["engine"], state, predictor)
    entries.check_outputs(manifest, len(engine.base_values))
    target = manifest["target"]
    return Scorer(
        engine=engine,
        template=template,
        engineered_features=tuple(manifest["engineered_features"]),
        feature_map=fold,
        classes=classes,
        labels=labels,
        model_task=manifest["model_task"],
        model_type=manifest["model_type"],
        background=Background(**manifest["background"]),
        preprocess=preprocess,
        target=target if isinstance(target, str) else tuple(target),
        texts=texts,
    )


def _whole(model: Callable[[], Any], texts: TextColumn | None, model_type: str, labels: Any) -> Any:
    asked = model() if texts is None else texts.asked(model())
    return functions.restored(asked, model_type, labels)


def _estimator(model: Callable[[], Any], *, taken_apart: bool) -> Any:
    """Return what the engine asks: behind a feature map the last step, else the model whole."""
    whole = model()
    return split(whole).estimator if taken_apart else whole


def _predictor(model: Callable[[], Any], task: Any, classes: Any, labels: Any) -> Predictor:
    return Predictor(model(), task, classes, labels)


def _tuple(labels: list[Any] | None) -> tuple[Any, ...] | None:
    return None if labels is None else tuple(labels)
