"""A logged model, or an explainer on its own, as MLflow's server calls it."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from mlflow.models import Model

from mlflow_explain.data.predictor import Predictor
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.scoring import store
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.models.nested import FLAVOR_NAME
from mlflow_explain.tracking.models.served import ServedExplainer, ServedModel


def load(path: str | Path) -> ServedModel | ServedExplainer:
    """Load the model for `mlflow.pyfunc`; refuse one that is incomplete or damaged."""
    folder = Path(path)
    flavors = Model.load(str(folder)).flavors
    if FLAVOR_NAME not in flavors:
        raise UnsupportedModelError(
            "a model logged by mlflow_explain.log_model",
            f"one of the flavours {', '.join(sorted(flavors))}",
            "Load it with MLflow itself; `explain_model` explains it as it is.",
        )
    config = flavors[FLAVOR_NAME]
    digest = config["explainer_digest"]
    if not config["has_model"]:
        preprocess = nested.load_preprocess(folder / nested.PREPROCESS_FOLDER)
        alone = store.load(folder / nested.EXPLAINER_FOLDER, preprocess=preprocess, digest=digest)
        return ServedExplainer(alone)
    inside = nested.checked_model(folder, config)
    # The explainer is verified first: a damaged one stops the start before the model is loaded.
    loaded = functools.cache(lambda: nested.load(inside))
    explainer = store.load(
        folder / nested.EXPLAINER_FOLDER, digest=digest, model=lambda: loaded()[1]
    )
    plain, model = loaded()
    parts = explainer.estimator_of(model)
    complete = replace(explainer, preprocess=parts.preprocess)
    estimator = Predictor(parts.estimator, explainer.model_task, explainer.labels)
    return ServedModel(plain, model, estimator, complete, bool(config["explain_by_default"]))


# By this name MLflow's loader calls it.
_load_pyfunc = load
