"""A logged model, or an explainer on its own, as MLflow's server calls it."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models import Model

# Private, and pinned by a test.
from mlflow.utils.model_utils import _add_code_from_conf_to_system_path

from mlflow_explain.data import libraries
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.engines.deep.model import NetworkModel, Told
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.scoring import store
from mlflow_explain.tracking.models import nested, warming
from mlflow_explain.tracking.models.nested import FLAVOR_NAME
from mlflow_explain.tracking.models.served import ServedExplainer, ServedModel
from mlflow_explain.tracking.models.settings import Serving
from mlflow_explain.tracking.models.texts import function_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain.tracking.models.nested import Loaded


def load(path: str | Path) -> ServedModel | ServedExplainer:
    """Load the model for `mlflow.pyfunc`; refuse one that is incomplete or damaged.

    What the first request would wait for is done before it comes.
    """
    folder = Path(path)
    config = _config_of(folder)
    with libraries.needed_by("the scoring explainer"):
        served = _pair(folder, config) if config["has_model"] else _alone(folder, config)
        warming.warm(served)
    return served


def load_with_code(folder: Path) -> ServedModel | ServedExplainer:
    """Load a pair or an explainer with the code that was logged with it on the path.

    As MLflow does before it calls `load`; its own way in reads `#` in a folder's name as a part
    of an address.

    Raises
    ------
    UnsupportedModelError
        It was not logged by this package.
    ModelLoadError
        MLflow refuses the model inside.
    """
    found = Model.load(str(folder)).flavors
    _add_code_from_conf_to_system_path(  # type: ignore[no-untyped-call]
        str(folder), found.get("python_function", {})
    )
    with nested.refusals():
        return load(folder)


def _config_of(folder: Path) -> Mapping[str, Any]:
    """Return what MLmodel says of this package's flavour."""
    flavors = Model.load(str(folder)).flavors
    if FLAVOR_NAME not in flavors:
        raise UnsupportedModelError(
            "a model logged by mlflow_explain.log_model",
            f"one of the flavours {', '.join(sorted(flavors))}",
            "Load it with MLflow itself; `explain_model` explains it as it is.",
        )
    ours: Mapping[str, Any] = flavors[FLAVOR_NAME]
    return ours


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
    if not config.get("asks_predictions", False):
        return loaded.fitted
    return function_of(loaded.plain, config.get("list_of"))


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
