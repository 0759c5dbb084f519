"""Linear models and kernel machines as the page holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.dashboard.models.values import CannotExportError, Core

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray
    from mlflow_explain.engines.kernel_reading import KernelSum


def linear(coefficients: FloatArray, offset: FloatArray) -> Core:
    """Return ``slots @ coefficients.T + offset`` as a core.

    Parameters
    ----------
    coefficients : ndarray of shape (n_outputs, n_slots)
        Weights.
    offset : ndarray of shape (n_outputs,)
        Added to each output.
    """
    n_outputs, n_slots = coefficients.shape
    return Core(
        {
            "kind": "linear",
            "weights": "model.weights",
            "offset": [float(value) for value in offset],
            "outputs": n_outputs,
        },
        {"model.weights": np.array(coefficients, dtype=np.float64, order="C")},
        f"linear in {n_slots:,} number{'s' * (n_slots != 1)}",
    )


def kernel(sums: KernelSum) -> Core:
    """Return a sum of Gaussians as a core.

    Raises
    ------
    CannotExportError
        It has several terms or outputs, other distances, or a length of its own per feature.
    """
    n_terms, n_vectors, n_outputs = sums.coefficients.shape
    lengths = sums.inverse_lengths[0] if n_terms else np.zeros(0)
    if sums.power != 2 or n_terms != 1 or n_outputs != 1 or np.ptp(lengths) > 0:
        raise CannotExportError("its kernel is not one Gaussian of a single width")
    return Core(
        {
            "kind": "rbf",
            "gamma": float(lengths[0] ** 2),
            "vectors": "model.vectors",
            "coefficients": "model.coefficients",
            "offset": [float(sums.offset[0])],
            "outputs": 1,
        },
        {
            "model.vectors": np.ascontiguousarray(sums.support_vectors),
            "model.coefficients": np.array(sums.coefficients[0, :, 0]),
        },
        f"{n_vectors:,} Gaussians",
    )
