"""Attributions of log-odds, scaled row by row so that they sum to a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray


def probability(log_odds: FloatArray) -> FloatArray:
    """Return the logistic function."""
    return np.asarray(expit(log_odds))


def both(second: FloatArray) -> FloatArray:
    """Return the probabilities of two classes, along the last axis."""
    return np.concatenate([1.0 - second, second], axis=-1)


def slope(log_odds: FloatArray, base: FloatArray) -> FloatArray:
    """Return the slope of the chord of the logistic function between base and each row."""
    away = log_odds - base
    start = probability(base)
    flat = np.abs(away) < 1e-9
    chord = (probability(log_odds) - start) / np.where(flat, 1.0, away)
    return np.where(flat, start * (1.0 - start), chord)
