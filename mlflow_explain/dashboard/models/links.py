"""From a core's outputs to predictions: which function each class of models applies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard.models.values import CannotExportError
from mlflow_explain.data.boosters import lightgbm_objective
from mlflow_explain.data.kinds import full_name, is_a
from mlflow_explain.engines.trees.lightgbm_trees import booster_of as lightgbm_booster
from mlflow_explain.engines.trees.xgboost_trees import booster_of as xgboost_booster

if TYPE_CHECKING:
    from mlflow_explain.dashboard.models.values import Json
    from mlflow_explain.data.predictor import Predictor

_IDENTITY: Json = {"kind": "identity"}
_EXP: Json = {"kind": "exp"}
_LOGISTIC: Json = {"kind": "logistic"}
_SOFTMAX: Json = {"kind": "softmax"}
_DECISION: Json = {"kind": "decision"}

# Objectives by what becomes of their raw scores.
_LIGHTGBM: dict[str, Json] = {
    "binary": _LOGISTIC, "cross_entropy": _LOGISTIC, "multiclass": _SOFTMAX,
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape",
                     "lambdarank", "rank_xendcg"), _IDENTITY),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), _EXP),
}  # fmt: skip
_XGBOOST: dict[str, Json] = {
    "binary:logistic": _LOGISTIC, "reg:logistic": _LOGISTIC,
    "multi:softprob": _SOFTMAX, "multi:softmax": _SOFTMAX,
    **dict.fromkeys(("reg:squarederror", "reg:linear", "reg:squaredlogerror",
                     "reg:pseudohubererror", "reg:absoluteerror", "reg:quantileerror", "rank:ndcg",
                     "rank:map", "rank:pairwise"), _IDENTITY),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), _EXP),
}  # fmt: skip


def of_trees(predictor: Predictor, output_space: str) -> Json:
    """Return the link of a model of trees.

    Parameters
    ----------
    predictor : Predictor
        The model.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the sum of its trees.
    """
    link = _of_trees(predictor, output_space)
    if predictor.task == "regression" and link["kind"] not in {"identity", "exp"}:
        raise CannotExportError(
            f"{full_name(predictor.model)} predicts numbers by the {link['kind']} function, which "
            "a page has for classes only"
        )
    return link


def _of_trees(predictor: Predictor, output_space: str) -> Json:
    model = predictor.model
    if is_a(model, "lightgbm", "LGBMModel", "Booster"):
        return _of_lightgbm(model)
    if is_a(model, "xgboost", "XGBModel", "Booster"):
        config = json.loads(xgboost_booster(model).save_config())
        return _known(_XGBOOST, config["learner"]["objective"]["name"], model)
    if is_a(model, "sklearn", "IsolationForest"):
        raise CannotExportError(f"{full_name(model)} predicts by a function of the paths' lengths")
    if predictor.task == "regression":
        return _IDENTITY if output_space == "raw" else _EXP
    if output_space == "probability":
        return {"kind": "probabilities"}
    if len(predictor.classes or ()) > 2:
        return _SOFTMAX
    # Exponential loss fits half of the log-odds.
    return {**_LOGISTIC, "scale": 2.0} if output_space == "margin" else _LOGISTIC


def of_linear(predictor: Predictor, output_space: str) -> Json:
    """Return the link of a linear model of scikit-learn."""
    model, two = predictor.model, len(predictor.classes or ()) == 2
    if predictor.task == "regression":
        return _IDENTITY if output_space == "raw" else _EXP
    if not hasattr(model, "predict_proba"):
        return _DECISION
    if output_space == "log-odds":
        return _LOGISTIC
    if is_a(model, "sklearn", "SGDClassifier") and model.loss == "log_loss":
        return {"kind": "logistic-each"}
    if is_a(model, "sklearn", "LogisticRegression", "LinearDiscriminantAnalysis"):
        each = getattr(model, "solver", "") == "liblinear"
        each = each or getattr(model, "multi_class", "") == "ovr"
        if two:
            # A softmax of plus and minus the score.
            return {**_LOGISTIC, "scale": 2.0}
        return {"kind": "logistic-each"} if each else _SOFTMAX
    raise CannotExportError(f"the probabilities of {full_name(model)} follow no link it knows")


def of_kernel(predictor: Predictor, *, has_margin: bool) -> Json:
    """Return the link of a kernel machine."""
    if predictor.task == "regression":
        if has_margin:
            raise CannotExportError(f"{full_name(predictor.model)} predicts no number")
        return _IDENTITY
    if hasattr(predictor.model, "predict_proba"):
        raise CannotExportError(
            f"the probabilities of {full_name(predictor.model)} only roughly follow its margin"
        )
    return _DECISION


def _of_lightgbm(model: Any) -> Json:
    if callable(getattr(model, "_objective", None)):
        raise CannotExportError(f"{full_name(model)} has an objective of the user's own")
    name, *options = lightgbm_objective(lightgbm_booster(model)).split()
    if "sqrt" in options:
        raise CannotExportError(f"{full_name(model)} predicts squares of its scores")
    link = _known(_LIGHTGBM, name, model)
    sigmoid = [float(o.split(":")[1]) for o in options if o.startswith("sigmoid:")]
    return {**link, "scale": sigmoid[0]} if sigmoid and sigmoid[0] != 1.0 else link


def _known(table: dict[str, Json], objective: str, model: Any) -> Json:
    if objective not in table:
        raise CannotExportError(f"{full_name(model)} has the objective {objective!r}")
    return table[objective]
