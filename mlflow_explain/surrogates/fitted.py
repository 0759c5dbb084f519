"""What all surrogates do alike: say that they are not fitted yet, and give outputs an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.errors import UnfittedModelError

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray


def check_fitted(surrogate: object, *, is_fitted: bool) -> None:
    """Raise `UnfittedModelError` unless a surrogate is fitted."""
    if not is_fitted:
        raise UnfittedModelError(
            "a fitted surrogate", f"an unfitted {type(surrogate).__name__}", "Call `fit` first."
        )


def outputs_of(values: FloatArray) -> FloatArray:
    """Return values with an axis of outputs, (n_rows, n_outputs)."""
    array = np.asarray(values, dtype=np.float64)
    return array[:, None] if array.ndim == 1 else array
