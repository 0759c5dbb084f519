"""How much a black box is asked, and when that would be too little or too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines.black_box.asking import has_probabilities
from mlflow_explain.engines.black_box.coalitions import n_all

if TYPE_CHECKING:
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.base import Options

# With so many varying features or fewer all coalitions are asked: 2,046 at most.
MAX_EXACT = 11
# Coalitions beyond two per feature where the user asks for no number.
DEFAULT_COALITIONS = 2_048
# Coalitions per feature below which standard errors would be too small to believe.
LEAST_COALITIONS = 4
# Synthetic rows given to the model at a time.
MAX_BYTES = 64 * 2**20
# The linear map from coalitions to attributions.
MAX_OPERATOR_BYTES = 512 * 2**20


def refusal(predictor: Predictor, n_features: int, options: Options) -> str | None:
    """Return why the engine cannot do what is asked for, or None."""
    model = predictor.model
    reason = no_function(predictor)
    if reason is not None:
        return reason
    if options.feature_perturbation == "tree_path_dependent":
        return f"{full_name(model)} is not looked into: there are no trees whose paths to follow"
    wants = options.wants_probability(predictor)
    if wants and hasattr(model, "decision_function") and not has_probabilities(predictor):
        return f"{full_name(model)} is not a model that tells probabilities"
    budget = budget_for(n_features, options.n_coalitions)
    least = LEAST_COALITIONS * n_features
    if not is_exact(n_features, budget) and budget < least:
        return (
            f"{full_name(model)} is not explained with {budget} coalitions: its {n_features} "
            f"features need {least} or more"
        )
    held = 4 * n_features * (n_all(n_features) if is_exact(n_features, budget) else budget)
    asked = f"{n_features} of them and {budget} coalitions"
    return too_many_features(predictor, asked, held, MAX_OPERATOR_BYTES)


def no_function(predictor: Predictor) -> str | None:
    """Return why a model cannot be asked at all, or None."""
    model = predictor.model
    if callable(getattr(model, "predict", model)):
        return None
    return f"{full_name(model)} is not a function and has no `predict`"


def too_many_features(predictor: Predictor, asked: str, held: int, most: int) -> str | None:
    """Return why what is asked for would take too much memory, in bytes, or None."""
    if held <= most:
        return None
    return (
        f"{full_name(predictor.model)} is not a model of few enough features: {asked} need "
        f"{held / 2**20:.0f} MB, more than {most // 2**20} MB"
    )


def budget_for(n_features: int, n_coalitions: int | None) -> int:
    """Return how many coalitions to ask for, where they are not all."""
    if n_coalitions is not None:
        return n_coalitions
    return max(DEFAULT_COALITIONS + 2 * n_features, LEAST_COALITIONS * n_features)


def is_exact(n_features: int, budget: int) -> bool:
    """Whether all coalitions of so many features are asked."""
    return n_features <= MAX_EXACT or n_all(n_features) <= budget
