"""How many samples a local model needs, and how much memory they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines.black_box.limits import no_function, too_many_features

if TYPE_CHECKING:
    from mlflow_explain.data.predictor import Predictor

# Samples that a row's local model is fitted to, where the user asks for no number.
DEFAULT_SAMPLES = 5_000
# Samples per feature below which a fit follows the draw rather than the model.
LEAST_SAMPLES = 2
# Samples and fits of the rows explained together: about what a processor keeps near.
MAX_BYTES = 16 * 2**20
# The fit of a single row.
MAX_ROW_BYTES = 512 * 2**20


def refusal(predictor: Predictor, n_features: int, n_samples: int) -> str | None:
    """Return why the engine cannot do what is asked for, or None."""
    reason = no_function(predictor)
    if reason is not None:
        return reason
    least = LEAST_SAMPLES * (n_features + 1)
    if n_samples < least:
        return (
            f"{full_name(predictor.model)} is not explained with {n_samples} samples: its "
            f"{n_features} features need {least} or more"
        )
    asked = f"{n_features} of them and {n_samples} samples"
    held = bytes_of_fit(n_features, n_samples, 1)
    return too_many_features(predictor, asked, held, MAX_ROW_BYTES)


def bytes_of_fit(n_features: int, n_samples: int, n_outputs: int) -> int:
    """Return about how many bytes the fit of one row takes."""
    # Interpretable features; outputs, what is left of them, its square; weights and distances.
    return 8 * (n_samples * (n_features + 3 * n_outputs + 4) + 3 * n_features**2)
