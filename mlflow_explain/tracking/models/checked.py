"""The explainer that is logged: checked against the model it is logged with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.kinds import full_name
from mlflow_explain.data.predictor import Predictor, check_fitted
from mlflow_explain.engines.registry import explains
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.explainer import ScoringExplainer
from mlflow_explain.tracking.models import nested

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

    from mlflow_explain.data.pipeline import Split


def scoring_explainer(
    given: Any, model: Any, signature: ModelSignature | None, target: str | None
) -> ScoringExplainer:
    """Return the scoring explainer that was given, after checking it against the model."""
    explainer = given if isinstance(given, ScoringExplainer) else None
    if explainer is None and hasattr(given, "create_scoring_explainer"):
        explainer = given.create_scoring_explainer()
    if explainer is None:
        raise InvalidInputError(
            "a ScoringExplainer, or an explainer that makes one",
            full_name(given),
            "Pass `explainer.create_scoring_explainer()`.",
        )
    if model is not None:
        nested.flavor_of(model)
        check_fitted(model)
        _check_explains(explainer, explainer.estimator_of(model))
    elif explainer.asks_model:
        raise InvalidInputError(
            "the model beside its explainer, which explains by asking it",
            "the explainer alone",
            "Pass the model, too: both are logged as a pair.",
        )
    return replace(explainer, target=target or _target_of(signature) or explainer.target)


def _check_explains(explainer: ScoringExplainer, parts: Split) -> None:
    """Refuse the explainer of another model, even of one of the same class."""
    estimator = parts.estimator
    mine = type(estimator).__name__ == explainer.model_type and explains(
        explainer.engine,
        Predictor(estimator, explainer.model_task, explainer.labels),
        explainer.probe_rows(),
    )
    if mine and parts.preprocess is None and explainer.preprocess is not None:
        raise InvalidInputError(
            "a Pipeline of the explainer's transformations and the model",
            f"a {type(estimator).__name__} alone, which would be served rows nobody transforms",
            "Log make_pipeline(transformations, model): both are fitted already.",
        )
    mine = mine and explainer.preprocesses_as(parts.preprocess)
    if not mine:
        raise InvalidInputError(
            f"the explainer of this {type(estimator).__name__}",
            f"one of another {explainer.model_type}",
            "Make it from the model that is logged.",
        )


def _target_of(signature: ModelSignature | None) -> str | None:
    outputs = None if signature is None else signature.outputs
    if outputs is None or not outputs.has_input_names() or len(outputs.input_names()) != 1:
        return None
    return str(outputs.input_names()[0])
