"""`load_model`: a pair, or an explainer on its own, from where it was logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow_explain.scoring.explainers import ScoringExplainer, around
from mlflow_explain.tracking.models import addresses, loaded
from mlflow_explain.tracking.models.served import ServedExplainer
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, eq=False, slots=True)
class ExplainedModel:
    """A loaded pair.

    Parameters
    ----------
    model : object
        The original fitted model.
    explainer : ScoringExplainer
        Its explainer.
    """

    model: Any
    explainer: ScoringExplainer


def load_model(model_uri: str | Path) -> ExplainedModel | ScoringExplainer:
    """Load what `log_model` or `save_model` wrote.

    Parameters
    ----------
    model_uri : str or Path
        ``models:/name/version``, ``models:/id``, ``runs:/...`` or a local path.

    Returns
    -------
    ExplainedModel or ScoringExplainer
        The pair; or the explainer that was logged on its own.

    Raises
    ------
    ArtifactNotFoundError
        The registry has no such model, version or alias, or its files are gone.
    CorruptArtifactError
        A file is not what was logged, or what the version was registered with. (MLflow's own
        `mlflow.pyfunc.load_model` does not ask the registry: it verifies the files only among
        themselves.)
    InvalidInputError
        It is no address that MLflow knows.
    ModelLoadError
        A setting of MLflow, or its flavour, refuses the model inside.
    MissingLibraryError
        A library that the model is made of is not installed.
    StoreError
        The registry or the store of artifacts failed, or refused.
    """
    path = registry.verified(addresses.resolved(model_uri, connected()))
    served = loaded.load_with_code(path)
    explainer = around(served.scorer)
    if isinstance(served, ServedExplainer):
        return explainer
    return ExplainedModel(served.model, explainer)
