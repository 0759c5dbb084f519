"""Weighted linear models of many rows at once: one small system of equations per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray

# Part of the total weight that is added to each variance: columns that never differ get 0, equal
# ones share, and what is determined stays what it is up to a millionth of a per cent.
RIDGE = 1e-9
# Products of matrices up to these sizes are not worth BLAS's threads, and do not start them: on a
# machine with other work, waiting for them costs a hundred times what they gain.
_SERIAL_CUBE = 2**18
_SERIAL_SQUARE = 2**13
# Features from which a row's product is worth them.
_MANY_FEATURES = 128


@dataclass(frozen=True, eq=False, slots=True)
class LocalModels:
    """A linear model of interpretable features for each row and output.

    Parameters
    ----------
    intercepts : ndarray of shape (n_rows, n_outputs)
        What the linear model answers where all interpretable features are 0.
    coefficients : ndarray of shape (n_rows, n_features, n_outputs)
        In units of the output, per unit of the interpretable feature.
    standard_errors : ndarray of the shape of `coefficients`
        What the draw of the samples leaves uncertain.
    r2 : ndarray of shape (n_rows, n_outputs)
        Local fidelity: the weighted share of the outputs' variance that the linear model explains;
        1 where they do not vary.
    """

    intercepts: FloatArray
    coefficients: FloatArray
    standard_errors: FloatArray
    r2: FloatArray


def fit(z: FloatArray, weights: FloatArray, outputs: FloatArray) -> LocalModels:
    """Return the weighted least-squares fits of all rows.

    Standard errors are those of a fit whose errors differ in size: White 1980,
    https://doi.org/10.2307/1912934, with the usual correction for the number of features.

    Parameters
    ----------
    z : ndarray of shape (n_rows, n_features, n_samples)
        Interpretable features; centred in place.
    weights : ndarray of shape (n_rows, n_samples)
        How near a sample is to the row.
    outputs : ndarray of shape (n_rows or 1, n_samples, n_outputs)
        The model's answers for the samples; in one plane where all rows have the same samples.
    """
    _, n_features, n_samples = z.shape
    n_outputs = outputs.shape[2]
    share = (weights / weights.sum(axis=1, keepdims=True))[:, None, :]
    blocks = _blocks(n_features, n_samples)
    average = _average(share, outputs, blocks)
    means = _average(share, z.transpose(0, 2, 1), blocks)
    z -= means.transpose(0, 2, 1)
    y = outputs - average
    matrix = np.zeros((len(z), n_features, n_features))
    target = np.zeros((len(z), n_features, n_outputs))
    for b in blocks:
        weighted = z[:, :, b] * share[:, :, b]
        matrix += weighted @ z[:, :, b].transpose(0, 2, 1)
        target += weighted @ y[:, b]
    matrix[:, np.arange(n_features), np.arange(n_features)] += RIDGE
    coefficients = np.asarray(np.linalg.solve(matrix, target), dtype=np.float64)
    inverse = np.linalg.inv(matrix)
    variance = np.zeros_like(coefficients)
    lost = np.zeros_like(average)
    for b in blocks:
        squared = (y[:, b] - z[:, :, b].transpose(0, 2, 1) @ coefficients) ** 2
        lost += share[:, :, b] @ squared
        reach = inverse @ (z[:, :, b] * share[:, :, b])
        variance += reach**2 @ squared
    variance *= n_samples / max(1, n_samples - n_features - 1)
    whole = _average(share, y**2, blocks)
    return LocalModels(
        intercepts=(average - means @ coefficients)[:, 0],
        coefficients=coefficients,
        standard_errors=np.sqrt(variance),
        r2=(1.0 - np.divide(lost, whole, out=np.zeros_like(lost), where=whole > 0))[:, 0],
    )


def _average(share: FloatArray, values: FloatArray, blocks: list[slice]) -> FloatArray:
    """Return the weighted mean over samples, (n_rows, 1, n_values)."""
    total = np.zeros((len(share), 1, values.shape[2]))
    for b in blocks:
        total += share[:, :, b] @ values[:, b]
    return total


def _blocks(n_features: int, n_samples: int) -> list[slice]:
    """Return slices of the samples whose products are small."""
    size = n_samples
    if n_features < _MANY_FEATURES:
        size = min(_SERIAL_CUBE // n_features**2, _SERIAL_SQUARE // n_features)
    return [slice(start, min(start + size, n_samples)) for start in range(0, n_samples, size)]
