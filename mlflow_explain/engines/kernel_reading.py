"""Reads fitted kernel machines of scikit-learn into sums of product kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlflow_explain.data.kinds import full_name, is_a
from mlflow_explain.data.table import dense
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray

# Sums whose factors depend on one feature each, by the distance's power.
PRODUCT_KERNELS: dict[str, Literal[1, 2]] = {"rbf": 2, "laplacian": 1}
CLASSIFIERS = ("SVC", "NuSVC")


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class KernelSum:
    """f(x) = offset + sum_mi a_mi prod_j exp(-abs(inverse_lengths_mj (x_j - s_ij))^power).

    Parameters
    ----------
    support_vectors : ndarray of shape (n_support, n_features)
        The s_i.
    coefficients : ndarray of shape (n_terms, n_support, n_outputs)
        The a_mi, in units of the output.
    inverse_lengths : ndarray of shape (n_terms, n_features)
        In units of one over the feature; 0 where a term does not depend on it.
    offset : ndarray of shape (n_outputs,)
        Output far from all support vectors.
    power : {1, 2}
        2 for a Gaussian, 1 for a Laplacian kernel.
    """

    support_vectors: FloatArray
    coefficients: FloatArray
    inverse_lengths: FloatArray
    offset: FloatArray
    power: Literal[1, 2]

    def __post_init__(self) -> None:
        for name in ("support_vectors", "coefficients", "inverse_lengths", "offset"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))


def read(model: Any) -> KernelSum | str:
    """Return the sum that a fitted model is, or the reason why it is none."""
    for names, reader in _READERS.items():
        if is_a(model, "sklearn", *names):
            return reader(model)
    return f"{full_name(model)} is not a kernel machine of scikit-learn"


def has_margin(model: Any) -> bool:
    """Whether the sum is the model's `decision_function`; else it is what it predicts."""
    return is_a(model, "sklearn", *CLASSIFIERS, "OneClassSVM")


def _support_vector_machine(model: Any) -> KernelSum | str:
    """Read libsvm's models; the public coefficients have the decision function's sign."""
    if is_a(model, "sklearn", *CLASSIFIERS) and len(model.classes_) != 2:
        return (
            f"{full_name(model)} has {len(model.classes_)} classes, and chooses by votes between "
            "pairs of them"
        )
    return _reason(model) or _single(
        model,
        support_vectors=_copied(model.support_vectors_),
        coefficients=_copied(model.dual_coef_).T,
        # The number that gamma="scale" stood for when the model was fitted is kept here only.
        gamma=model._gamma,  # noqa: SLF001
        offset=model.intercept_,
    )


def _kernel_ridge(model: Any) -> KernelSum | str:
    gamma = 1.0 / model.n_features_in_ if model.gamma is None else model.gamma
    return _reason(model) or _single(
        model,
        support_vectors=_copied(model.X_fit_),
        coefficients=model.dual_coef_.reshape(len(model.dual_coef_), -1),
        gamma=gamma,
        offset=0.0,
    )


def _reason(model: Any) -> str | None:
    """Return why a model's kernel is no product, or None if it is."""
    kernel = model.kernel
    if callable(kernel):
        return f"{full_name(model)} has a kernel function of the user's own"
    if kernel == "linear":
        return f"{full_name(model)} has a linear kernel, which the linear engine explains"
    if kernel not in PRODUCT_KERNELS:
        return f"{full_name(model)} has kernel {kernel!r}, which is not a product over features"
    return None


def _single(
    model: Any, support_vectors: FloatArray, coefficients: FloatArray, gamma: float, offset: Any
) -> KernelSum:
    """Return a sum of one term, whose kernel is exp(-gamma distance^power)."""
    power = PRODUCT_KERNELS[model.kernel]
    n_features = support_vectors.shape[1]
    return KernelSum(
        support_vectors=support_vectors,
        coefficients=np.asarray(coefficients, dtype=np.float64)[None],
        inverse_lengths=np.full((1, n_features), float(gamma) ** (1.0 / power)),
        offset=np.broadcast_to(np.asarray(offset, dtype=np.float64), coefficients.shape[1]),
        power=power,
    )


def _gaussian_process(model: Any) -> KernelSum | str:
    """Read a Gaussian process's posterior mean."""
    if not hasattr(model, "alpha_"):
        return f"{full_name(model)} is not fitted, and predicts its prior's mean everywhere"
    vectors = _copied(model.X_train_)
    terms = _terms(model.kernel_, vectors.shape[1])
    if isinstance(terms, str):
        return f"{full_name(model)} has a kernel with {terms}"
    # With normalize_y the process is one of standardised targets; else the two are 0 and 1.
    mean, deviation = model._y_train_mean, model._y_train_std  # noqa: SLF001
    alpha = np.asarray(model.alpha_, dtype=np.float64).reshape(len(vectors), -1) * deviation
    # What depends on no feature is a constant at all rows.
    offset = np.broadcast_to(mean, alpha.shape[1]).astype(np.float64)
    offset += sum(amplitude for amplitude, scale in terms if not scale.any()) * alpha.sum(axis=0)
    terms = [term for term in terms if term[1].any()]
    return KernelSum(
        support_vectors=vectors,
        coefficients=np.array([amplitude * alpha for amplitude, _ in terms]).reshape(
            len(terms), *alpha.shape
        ),
        inverse_lengths=np.sqrt([scale for _, scale in terms]).reshape(len(terms), -1),
        offset=offset,
        power=2,
    )


def _terms(kernel: Any, n_features: int) -> list[tuple[float, FloatArray]] | str:
    """Return a kernel as a sum of amplitude times exp(-sum_j scale_j (x_j - s_j)^2), or why not.

    Products of Gaussians are Gaussians again: their scales add up.
    """
    name = type(kernel).__name__ if type(kernel).__module__.startswith("sklearn.") else ""
    if name in {"Sum", "Product"}:
        first, second = _terms(kernel.k1, n_features), _terms(kernel.k2, n_features)
        if isinstance(first, str) or isinstance(second, str):
            return first if isinstance(first, str) else second
        product = [(a * b, s + t) for a, s in first for b, t in second]
        return first + second if name == "Sum" else product
    if name == "RBF":
        scale = 0.5 / np.square(np.asarray(kernel.length_scale, dtype=np.float64))
        return [(1.0, np.broadcast_to(scale, n_features))]
    if name == "ConstantKernel":
        return [(float(kernel.constant_value), np.zeros(n_features))]
    # Noise has no covariance with a new row's.
    others = f"{full_name(kernel)}, which is not among RBF, ConstantKernel and WhiteKernel"
    return [] if name == "WhiteKernel" else others


def _copied(rows: Any) -> FloatArray:
    """Return a copy, because some models keep the user's own array."""
    return dense(rows, np.float64).copy()


_READERS: dict[tuple[str, ...], Callable[[Any], KernelSum | str]] = {
    (*CLASSIFIERS, "SVR", "NuSVR", "OneClassSVM"): _support_vector_machine,
    ("KernelRidge",): _kernel_ridge,
    ("GaussianProcessRegressor",): _gaussian_process,
}
