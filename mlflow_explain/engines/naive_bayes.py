"""Naive Bayes as a sum over features: each class's log-probability adds one term per feature.

Up to a constant that all classes share, log p(class | x) = log p(class) + sum_j log p(x_j | class).
Differences between classes lose that constant, and so are additive where probabilities are not.
Multinomial and complement terms: Rennie et al. 2003, https://dl.acm.org/doi/10.5555/3041838.3041916
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_a

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, Rows

NAMES = ("GaussianNB", "BernoulliNB", "ComplementNB", "MultinomialNB")


def threshold_of(model: Any) -> float | None:
    """Return the value above which BernoulliNB takes an input for one; None for other models."""
    if not is_a(model, "sklearn", "BernoulliNB") or model.binarize is None:
        return None
    return float(model.binarize)


def taylor(model: Any, mean: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return the model's terms as polynomials of degree two at most around a point.

    Around the background's mean rather than zero, columns far from zero lose no digits.

    Parameters
    ----------
    model : estimator
        A fitted naive Bayes model of scikit-learn, of `NAMES`.
    mean : ndarray of shape (n_features,)
        The point; of binarized inputs where the model binarizes.

    Returns
    -------
    level : ndarray of shape (n_outputs,)
        Outputs at the point: the log-odds of the second of two classes, or the log-probability of
        each of more, less their mean. Not finite where the model holds a probability of zero.
    slope : ndarray of shape (n_outputs, n_features)
        Factors of the distance from the point.
    curvature : ndarray of shape (n_outputs, n_features) or None
        Factors of the distance squared; None where all are zero.
    """
    # Probabilities of zero have no logarithm: whoever asks finds values that are not finite.
    with np.errstate(divide="ignore", invalid="ignore"):
        if is_a(model, "sklearn", "GaussianNB"):
            level, slope, curvature = _gaussian(model, mean)
            return _contrast(level), _contrast(slope), _contrast(curvature)
        constant, slope = _discrete(model)
        return _contrast(constant + slope @ mean), _contrast(slope), None


def scores(model: Any, rows: Rows) -> FloatArray:
    """Return the outputs that `taylor` expands, from the model's own prediction.

    Parameters
    ----------
    model : estimator
        A fitted naive Bayes model.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_features)
        Rows as the model takes them.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
    """
    joint = np.asarray(model.predict_joint_log_proba(rows), dtype=np.float64)
    if joint.shape[1] == 2:
        return joint[:, 1:] - joint[:, :1]
    return np.asarray(joint - joint.mean(axis=1, keepdims=True))


def _gaussian(model: Any, mean: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return level, slope and curvature of each class's logarithm of prior times density."""
    # Logarithms in the model's own width: fitted on float32 rows, it rounds them to that.
    prior = np.log(model.class_prior_).astype(np.float64)
    width = np.log(2.0 * np.pi * model.var_).sum(axis=1)
    away, variance = mean - model.theta_, model.var_.astype(np.float64)
    level = prior - 0.5 * width - 0.5 * (away**2 / variance).sum(axis=1)
    return level, -away / variance, -0.5 / variance


def _discrete(model: Any) -> tuple[FloatArray, FloatArray]:
    """Return constant and slope of each class's logarithm of prior times probability."""
    present = np.asarray(model.feature_log_prob_, dtype=np.float64)
    if is_a(model, "sklearn", "ComplementNB"):
        # The model itself leaves its prior out, unless it knows one class only.
        return np.zeros(len(present)), present
    if is_a(model, "sklearn", "MultinomialNB"):
        return np.asarray(model.class_log_prior_), present
    # The very expression of scikit-learn: near certainty, its rounding is part of the model.
    absent = np.log(1 - np.exp(present))
    return model.class_log_prior_ + absent.sum(axis=1), present - absent


def _contrast(of_classes: FloatArray) -> FloatArray:
    """Return the second of two classes less the first, or each of more less the mean of all.

    Classes are the first axis.
    """
    if len(of_classes) == 2:
        return of_classes[1:] - of_classes[:1]
    return np.asarray(of_classes - of_classes.mean(axis=0))
