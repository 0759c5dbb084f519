"""Reads models made of models, where the whole is a weighted sum of its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlflow_explain.data.kinds import class_names, full_name, is_a, package_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows

# What a member is asked for, and the output spaces in which it is a sum.
Method = Literal["predict", "predict_proba", "decision_function", "margin"]
SPACES: dict[Method, frozenset[str]] = {
    "predict": frozenset({"raw"}),
    "predict_proba": frozenset({"probability"}),
    "decision_function": frozenset({"log-odds", "margin"}),
    "margin": frozenset({"log-odds", "margin"}),
}


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """A member of a composition.

    Parameters
    ----------
    model : object
        The fitted member.
    method : str
        What the whole asks it for.
    weights : ndarray of shape (n_member_outputs, n_outputs)
        What its outputs count in the whole.
    columns : ndarray of int or None
        Features it sees; None for all.
    """

    model: Any
    method: Method
    weights: FloatArray
    columns: IntArray | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Composition:
    """A model as a weighted sum of members.

    Parameters
    ----------
    parts : list of Part
        Its members.
    offset : ndarray of shape (n_outputs,)
        Added to the sum.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the sum.
    scores : callable or None
        ``rows -> (n_rows, n_outputs)``: the whole's own answer in that unit; None where it is the
        weighted sum of what the members themselves answer.
    direct : ndarray of shape (n_features, n_outputs) or None
        Coefficients of the features themselves, where the whole sees them
        beside its members.
    """

    parts: list[Part]
    offset: FloatArray
    output_space: OutputSpace
    scores: Callable[[Rows], AnyArray] | None
    direct: FloatArray | None = None


def read(model: Any) -> Composition | str:
    """Return a model's members and their weights, or the reason why it is no sum of them."""
    if package_of(model) == "sklearn":
        for name, reader in _READERS.items():
            if name in class_names(model):
                return reader(model)
    return f"{full_name(model)} is not a composition whose members are known"


def _calibrated(model: Any) -> Composition | str:
    """One member and one sigmoid: the log-odds are a line of what the member answers.

    Platt 1999: p = 1 / (1 + exp(a f + b)).
    """
    if len(model.calibrated_classifiers_) > 1:
        return (
            f"{full_name(model)} averages the probabilities of "
            f"{len(model.calibrated_classifiers_)} calibrated members, which is no sum over "
            "features (ensemble=False calibrates one)"
        )
    inner = model.calibrated_classifiers_[0]
    if inner.method != "sigmoid" or len(model.classes_) > 2:
        return (
            f"{full_name(model)} calibrates {len(model.classes_)} classes by {inner.method}, "
            "which is no sum over features; a sigmoid of two classes is one in its log-odds"
        )
    member = inner.estimator
    while is_a(member, "sklearn", "FrozenEstimator"):
        member = member.estimator
    slope, shift = -float(inner.calibrators[0].a_), -float(inner.calibrators[0].b_)
    margin = hasattr(member, "decision_function")
    weights = np.array([[slope]]) if margin else np.array([[0.0], [slope]])
    part = Part(member, "decision_function" if margin else "predict_proba", weights)

    def scores(rows: Rows) -> AnyArray:
        # The probability itself is rounded to 1 where the log-odds are large.
        answer = member.decision_function(rows) if margin else member.predict_proba(rows)[:, 1]
        return slope * np.asarray(answer, dtype=np.float64) + shift

    return Composition([part], np.array([shift]), "log-odds", scores)


def _voting(model: Any) -> Composition | str:
    kept = [est for _, est in model.estimators]
    given = [1.0] * len(kept) if model.weights is None else model.weights
    used = [w for w, est in zip(given, kept, strict=True) if not isinstance(est, str)]
    share = np.asarray(used, dtype=np.float64) / np.sum(used)
    if "ClassifierMixin" not in class_names(model):
        parts = [Part(m, "predict", np.array([[s]]))
                 for m, s in zip(model.estimators_, share, strict=True)]  # fmt: skip
        return Composition(parts, np.zeros(1), "raw", model.predict)
    if model.voting != "soft":
        return f"{full_name(model)} counts votes (voting='hard'), which are no sum over features"
    eye = np.eye(len(model.classes_))
    parts = [Part(m, "predict_proba", s * eye)
             for m, s in zip(model.estimators_, share, strict=True)]  # fmt: skip
    return Composition(parts, np.zeros(len(eye)), "probability", model.predict_proba)


def _bagging(model: Any) -> Composition | str:
    share = 1.0 / len(model.estimators_)
    pairs = list(zip(model.estimators_, map(np.asarray, model.estimators_features_), strict=True))
    if "ClassifierMixin" not in class_names(model):
        if getattr(model, "n_outputs_", 1) > 1:
            return f"{full_name(model)} predicts several targets"
        parts = [Part(m, "predict", np.array([[share]]), columns) for m, columns in pairs]
        return Composition(parts, np.zeros(1), "raw", model.predict)
    if not hasattr(model.estimators_[0], "predict_proba"):
        return f"{full_name(model)} counts votes of members without probabilities"
    n_classes = len(model.classes_)
    parts = []
    for member, columns in pairs:
        # Members know their classes by number, and a sample may lack one.
        weights = np.zeros((len(member.classes_), n_classes))
        weights[np.arange(len(member.classes_)), np.asarray(member.classes_, dtype=int)] = share
        parts.append(Part(member, "predict_proba", weights, columns))
    return Composition(parts, np.zeros(n_classes), "probability", model.predict_proba)


def _stacking(model: Any) -> Composition | str:
    final = model.final_estimator_
    if not hasattr(final, "coef_") or package_of(final) != "sklearn":
        return f"{full_name(model)} joins its members by a {full_name(final)}, which is not linear"
    if is_a(final, "sklearn", "BaseLibSVM") and len(model.classes_) > 2:
        return f"{full_name(model)} joins its members by a {full_name(final)} of several classes"
    coefficients = np.atleast_2d(np.asarray(final.coef_, dtype=np.float64)).T
    classifies = "ClassifierMixin" in class_names(model)
    parts, at = [], 0
    for member, method in zip(model.estimators_, model.stack_method_, strict=True):
        n_member = 1 if method == "predict" else len(model.classes_)
        # Of two classes, one column says all.
        alone = classifies and len(model.classes_) == 2
        width = 1 if alone else n_member
        weights = coefficients[at : at + width]
        if alone and method == "predict_proba":
            weights = np.vstack([np.zeros_like(weights), weights])
        parts.append(Part(member, method, weights))
        at += width
    direct = coefficients[at:] if model.passthrough else None
    offset = np.ravel(np.asarray(final.intercept_, dtype=np.float64))
    offset = np.array(np.broadcast_to(offset, coefficients.shape[1]))
    if not classifies:
        return Composition(parts, offset, "raw", model.predict, direct)
    logistic = is_a(final, "sklearn", "LogisticRegression") and coefficients.shape[1] == 1
    space: OutputSpace = "log-odds" if logistic else "margin"
    return Composition(parts, offset, space, model.decision_function, direct)


def _one_versus_rest(model: Any) -> Composition | str:
    members = model.estimators_
    if any(is_a(m, "sklearn", "_ConstantPredictor") for m in members):
        return f"{full_name(model)} has a class that never occurred"
    if getattr(model, "multilabel_", False):
        return f"{full_name(model)} predicts several labels of a row"
    eye = np.eye(len(members))
    parts = [Part(m, "margin", eye[i : i + 1]) for i, m in enumerate(members)]
    return Composition(parts, np.zeros(len(members)), "margin", None)


def _transformed_target(model: Any) -> Composition | str:
    """Explain the target itself where it is a line of what the regressor predicts.

    Otherwise the transformed target, of which the prediction is a function.
    """
    if getattr(model.transformer_, "n_features_in_", 1) != 1:
        return f"{full_name(model)} predicts several targets"
    part = Part(model.regressor_, "predict", np.ones((1, 1)))
    probe = np.array([[0.0], [1.0], [0.5], [2.0]])
    with np.errstate(all="ignore"):
        back = np.ravel(model.transformer_.inverse_transform(probe)).astype(np.float64)
    slope = back[1] - back[0]
    line = back[0] + slope * probe[:, 0]
    if np.isfinite(back).all() and np.allclose(back, line, rtol=1e-12, atol=0):
        scaled = Part(model.regressor_, "predict", np.array([[slope]]))
        return Composition([scaled], back[:1], "raw", model.predict)
    # Transforming the prediction back again would lose digits.
    return Composition([part], np.zeros(1), "margin", model.regressor_.predict)


_READERS: dict[str, Callable[[Any], Composition | str]] = {
    "CalibratedClassifierCV": _calibrated,
    "VotingClassifier": _voting,
    "VotingRegressor": _voting,
    "BaggingClassifier": _bagging,
    "BaggingRegressor": _bagging,
    "StackingClassifier": _stacking,
    "StackingRegressor": _stacking,
    "OneVsRestClassifier": _one_versus_rest,
    "TransformedTargetRegressor": _transformed_target,
}
