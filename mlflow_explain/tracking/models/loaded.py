"""A logged model, or an explainer on its own, as MLflow's server calls it."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.models import Model

from mlflow_explain.data import libraries
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.engines.deep.model import NetworkModel, Told
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.scoring import store
from mlflow_explain.tracking.models import nested, warming
from mlflow_explain.tracking.models.nested import FLAVOR_NAME
from mlflow_explain.tracking.models.served import ServedExplainer, ServedModel
from mlflow_explain.tracking.models.settings import Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain.tracking.models.nested import Loaded


def load(path: str | Path) -> ServedModel | ServedExplainer:
    """Load the model for `mlflow.pyfunc`; refuse one that is incomplete or damaged.

    What the first request would wait for is done before it comes.
    """
    folder = Path(path)
    flavors = Model.load(str(folder)).flavors
    if FLAVOR_NAME not in flavors:
        raise UnsupportedModelError(
            "a model logged by mlflow_explain.log_model",
            f"one of the flavours {', '.join(sorted(flavors))}",
            "Load it with MLflow itself; `explain_model` explains it as it is.",
        )
    config = flavors[FLAVOR_NAME]
    with libraries.needed_by("the scoring explainer"):
        served = _pair(folder, config) if config["has_model"] else _alone(folder, config)
        warming.warm(served)
    return served


def opened(folder: Path) -> Any:
    """Return the `PyFuncModel` of a logged pair or explainer: MLflow puts its code on the path.

    Raises
    ------
    ModelLoadError
        MLflow refuses it.
    """
    with nested.refusals():
        return mlflow.pyfunc.load_model(str(folder))


def served_of(opened: Any) -> ServedModel | ServedExplainer:
    """Return what `load` made, from what MLflow made of it."""
    served: ServedModel | ServedExplainer = opened._model_impl  # noqa: SLF001 - what MLflow calls a stable developer API
    return served


def _alone(folder: Path, config: Mapping[str, Any]) -> ServedExplainer:
    preprocess = nested.load_preprocess(folder / nested.PREPROCESS_FOLDER)
    inside = nested.checked_asked(folder, config)
    alone = store.load(
        folder / nested.EXPLAINER_FOLDER,
        preprocess=preprocess,
        digest=config["explainer_digest"],
        model=None if inside is None else lambda: _asked(nested.load(inside), config),
    )
    return ServedExplainer(alone, Serving.of(config))


def _asked(loaded: Loaded, config: Mapping[str, Any]) -> Any:
    """Return what an explainer asks: of a function, MLflow's predictions of it."""
    # What was logged before there were explainers of predictions says nothing of it.
    return loaded.plain.predict if config.get("asks_predictions", False) else loaded.fitted


def _pair(folder: Path, config: Mapping[str, Any]) -> ServedModel:
    inside = nested.checked_model(folder, config)
    # The explainer is verified first: a damaged one stops the start before the model is loaded.
    loaded = functools.cache(lambda: nested.load(inside))

    def whole() -> Any:
        return _asked(loaded(), config)

    explainer = store.load(
        folder / nested.EXPLAINER_FOLDER, digest=config["explainer_digest"], model=whole
    )
    parts = explainer.estimator_of(whole())
    estimator = Predictor(
        _predicting(parts.estimator, loaded()), explainer.model_task, explainer.labels
    )
    complete = replace(explainer, preprocess=parts.preprocess)
    return ServedModel(loaded().plain, loaded().fitted, estimator, complete, Serving.of(config))


def _predicting(estimator: Any, loaded: Loaded) -> Any:
    """Return an estimator whose predictions are those of MLflow's flavour, to the last digit."""
    if not isinstance(estimator, NetworkModel):
        return estimator
    # The signature was enforced before the rows came here.
    answers = loaded.plain._model_impl.predict  # noqa: SLF001 - what MLflow calls a stable developer API
    return replace(estimator, network=Told(estimator.network, answers))


# By this name MLflow's loader calls it.
_load_pyfunc = load
