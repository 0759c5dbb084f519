"""Native boosters of LightGBM and XGBoost, whose objective decides what they answer."""

from __future__ import annotations

import json
import math
import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_a, is_frame

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, Rows

# Objectives whose prediction is a probability.
_PROBABLE = {
    "binary:logistic", "reg:logistic", "multi:softprob",
    "binary", "cross_entropy", "multiclass", "multiclassova",
}  # fmt: skip
# LightGBM's names for the number of threads, in the order it looks for them.
_THREADS = ("num_threads", "n_jobs", "nthread", "nthreads", "num_thread")
# To ask a booster what it is takes longer than to ask it for a row.
_KINDS: weakref.WeakKeyDictionary[Any, tuple[str, bool]] = weakref.WeakKeyDictionary()


def is_booster(model: Any) -> bool:
    """Whether the model is a native booster, whose answer its objective decides."""
    return is_a(model, "lightgbm", "Booster") or is_a(model, "xgboost", "Booster")


def tells_probabilities(model: Any) -> bool:
    """Whether the model is a native booster whose prediction is a probability."""
    return is_booster(model) and _kind_of(model)[0] in _PROBABLE


def tells_class_numbers(model: Any) -> bool:
    """Whether the model is a native booster whose prediction is the number of a class."""
    return is_booster(model) and _kind_of(model)[0] == "multi:softmax"


def lightgbm_threads(model: Any) -> dict[str, int]:
    """Return the number of threads a scikit-learn style LightGBM model predicts with, if it says.

    LightGBM keeps the number for the whole process, and writes out of bounds when calls at once
    ask for different ones: whoever asks a model's booster asks for the model's own.
    """
    if not hasattr(model, "_process_n_jobs"):
        return {}
    given = model.get_params()
    named = [given[name] for name in _THREADS if given.get(name) is not None]
    return {"num_threads": model._process_n_jobs(named[0] if named else model.n_jobs)}  # noqa: SLF001 - the only one to tell it


def lightgbm_objective(booster: Any) -> str:
    """Return a LightGBM booster's objective with its parameters, ``"binary sigmoid:1"`` say."""
    return str(booster.dump_model(num_iteration=1).get("objective", "none"))


def predicted_by_xgboost(booster: Any, rows: Rows) -> AnyArray:
    """Return the predictions of an XGBoost booster, whose `predict` takes a matrix of its own."""
    _, is_linear = _kind_of(booster)
    if is_linear:
        # The one kind that answers for nothing but that matrix. The library is loaded, or there
        # were no booster; the rows of an array have no names to check.
        matrix = sys.modules["xgboost"].DMatrix(rows)
        return np.asarray(booster.predict(matrix, validate_features=is_frame(rows)))
    return np.asarray(booster.inplace_predict(rows))


def own_classes(booster: Any) -> tuple[int, ...] | None:
    """Return the class numbers of a native booster, or None for any other objective."""
    if is_a(booster, "xgboost", "Booster"):
        return _xgboost_classes(booster)
    kind = lightgbm_objective(booster).split()[0]
    if kind in {"binary", "cross_entropy"}:
        return (0, 1)
    count = int(booster.num_model_per_iteration())
    return tuple(range(count)) if kind.startswith("multiclass") else None


def own_missing(model: Any) -> float:
    """Return the number that XGBoost's estimator takes for missing beside NaN, or NaN for none."""
    value = getattr(model, "missing", None) if is_a(model, "xgboost", "XGBModel") else None
    return math.nan if value is None else float(value)


def _xgboost_classes(booster: Any) -> tuple[int, ...] | None:
    learner = _xgboost_learner(booster)
    kind = learner["objective"]["name"]
    if kind == "binary:logistic":
        return (0, 1)
    count = int(learner["learner_model_param"]["num_class"])
    return tuple(range(count)) if kind in {"multi:softprob", "multi:softmax"} else None


def _kind_of(booster: Any) -> tuple[str, bool]:
    """Return a booster's objective, and whether it is XGBoost's linear one."""
    if booster not in _KINDS:
        if is_a(booster, "xgboost", "Booster"):
            learner = _xgboost_learner(booster)
            is_linear = learner["gradient_booster"]["name"] == "gblinear"
            _KINDS[booster] = learner["objective"]["name"], is_linear
        else:
            _KINDS[booster] = lightgbm_objective(booster).split()[0], False
    return _KINDS[booster]


def _xgboost_learner(booster: Any) -> dict[str, Any]:
    learner: dict[str, Any] = json.loads(booster.save_config())["learner"]
    return learner
