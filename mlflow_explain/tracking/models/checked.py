"""The explainer that is logged: checked against the model it is logged with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

from mlflow_explain.data.functions import is_of_function
from mlflow_explain.data.kinds import full_name, is_a
from mlflow_explain.data.predictor import Predictor, answers_probabilities
from mlflow_explain.engines.registry import explains
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.explainers import ScoringExplainer
from mlflow_explain.scoring.scorer import Scorer
from mlflow_explain.tracking.models import order, originals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow.models import ModelSignature

    from mlflow_explain.data.pipeline import Split
    from mlflow_explain.tracking.models.originals import Original
    from mlflow_explain.tracking.models.settings import Serving

# What a regression's target is called, or each of several.
Target = str | tuple[str, ...]


def scoring_explainer(
    given: Any,
    original: Original | None,
    signature: ModelSignature | None,
    target: str | Sequence[str] | None,
    *,
    apart: Original | None = None,
) -> Scorer:
    """Return the scorer of what was given, after checking it against the model.

    Parameters
    ----------
    given : ScoringExplainer or an explainer
        What the user passed.
    original : Original or None
        The model it is logged with.
    signature, target
        As of `save_model`.
    apart : Original, optional
        The model that an explainer on its own explains.
    """
    if isinstance(given, Scorer):
        # `log_model` has checked it, and MLflow hands it on to `save_model`.
        return given
    if hasattr(given, "create_scoring_explainer"):
        given = given.create_scoring_explainer()
    if not isinstance(given, ScoringExplainer):
        raise InvalidInputError(
            "a ScoringExplainer, or an explainer that makes one",
            full_name(given),
            "Pass `explainer.create_scoring_explainer()`.",
        )
    explainer = given.scorer
    if original is not None:
        _check_predicts(original)
        _check_explains(explainer, explainer.estimator_of(original.asked_by(explainer)))
        order.check(explainer, original, signature)
        signature = signature or original.signature
    else:
        # Refused here if it asks a model that cannot travel with it.
        originals.asked_by(explainer)
        if apart is not None:
            _check_same(explainer, explainer.estimator_of(apart.asked_by(explainer)))
            order.check(explainer, apart, None)
            signature = signature or apart.signature
    return replace(
        explainer, target=_targets(target, explainer) or _target_of(signature, explainer)
    )


def _check_predicts(original: Original) -> None:
    """Refuse a logged model whose predictions are another method's: a reply has both apart."""
    flavors = {} if original.config is None else original.config.flavors
    method = flavors.get("python_function", {}).get("predict_fn", "predict")
    if method != "predict":
        raise InvalidInputError(
            "a logged model whose predictions are those of its `predict`",
            f"one that was logged with pyfunc_predict_fn='{method}'",
            "Log the fitted object: replies tell its probabilities beside its predictions.",
        )


def check_serving(serving: Serving, explainer: Scorer, original: Original | None) -> None:
    """Refuse a condition on rows that the model does not answer so, and a form texts have not."""
    if serving.format != "dict" and explainer.texts is not None:
        raise InvalidInputError(
            "`format` left out for a model of texts, whose importances are lists of tokens",
            f"'{serving.format}'",
            "A token without its place tells nothing; leave `format` out.",
        )
    condition = serving.condition
    if condition is None:
        return
    if original is None:
        raise InvalidInputError(
            "a model beside its explainer, whose predictions `explain_when` compares",
            "the explainer alone",
            "Log both, or leave `explain_when` out.",
        )
    estimator = explainer.estimator_of(original.asked_by(explainer)).estimator
    classifies = explainer.labels is not None
    condition.check_names(
        explainer.output_names if classifies else (),
        predicts=explainer.prediction_of(estimator),
        has_probabilities=classifies and answers_probabilities(estimator),
    )


def _check_explains(explainer: Scorer, parts: Split) -> None:
    """Refuse the explainer of another model, and of a Pipeline whose estimator alone is given."""
    _check_same(explainer, parts)
    if parts.preprocess is None and explainer.preprocess is not None:
        raise InvalidInputError(
            "a Pipeline of the explainer's transformations and the model",
            f"a {type(parts.estimator).__name__} alone, which would be served rows nobody "
            "transforms",
            "Log make_pipeline(transformations, model): both are fitted already.",
        )


def _check_same(explainer: Scorer, parts: Split) -> None:
    """Refuse the explainer of another model, even of one of the same class."""
    predictor = Predictor(parts.estimator, explainer.model_task, explainer.labels)
    mine = _is_of(explainer, predictor)
    bare = parts.preprocess is None and explainer.preprocess is not None
    if not (mine and (bare or explainer.preprocesses_as(parts.preprocess))):
        raise InvalidInputError(
            f"the explainer of this {predictor.model_type}",
            f"one of another {explainer.model_type}",
            "Make it from the model that is logged.",
        )


def _is_of(explainer: Scorer, predictor: Predictor) -> bool:
    """Whether an explainer's values are this very model's."""
    # A network that was exported is of another class than the user's own.
    may_be = is_a(predictor.model, "mlflow_explain", "NetworkModel")
    # Of texts, a search and the Pipeline it found are one model: the answers tell.
    are_functions = [is_of_function(each.model_type) for each in (explainer, predictor)]
    may_be |= explainer.texts is not None and not any(are_functions)
    if not may_be and predictor.model_type != explainer.model_type:
        return False
    try:
        return explains(explainer.engine, predictor, explainer.probe_rows())
    except MlflowException:
        # A logged model is asked through its signature, which is of other columns.
        return False


def _targets(given: str | Sequence[str] | None, explainer: Scorer) -> Target | None:
    """Return what the user calls the targets, each by a name of its own."""
    if not given:
        return None
    if isinstance(given, str):
        return given
    names = tuple(str(name) for name in given)
    n_targets = len(explainer.engine.base_values)
    if len(set(names)) != n_targets:
        raise InvalidInputError(
            f"`target` of {n_targets} names, one per target", ", ".join(names), "Name each once."
        )
    return names if n_targets > 1 else names[0]


def _target_of(signature: ModelSignature | None, explainer: Scorer) -> Target:
    """Return the names of the signature's outputs, if there are as many as targets."""
    outputs = None if signature is None else signature.outputs
    n_targets = 1 if explainer.labels is not None else len(explainer.engine.base_values)
    if outputs is None or not outputs.has_input_names() or len(outputs.input_names()) != n_targets:
        return explainer.target
    names = tuple(str(name) for name in outputs.input_names())
    return names if n_targets > 1 else names[0]
