"""Reads XGBoost's trees from its JSON format."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.boosters import own_missing
from mlflow_explain.data.kinds import full_name, is_a, is_frame
from mlflow_explain.engines.trees.ensemble import CATEGORY, NUMERIC, joined
from mlflow_explain.engines.trees.reading import Reading
from mlflow_explain.engines.trees.row_format import RowFormat

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

# Objectives by the unit of their margin; all others transform it in some way.
_LOG_ODDS = {"binary:logistic", "binary:logitraw", "reg:logistic"}
_IDENTITY = {
    "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror",
    "reg:absoluteerror", "reg:quantileerror", "rank:ndcg", "rank:map", "rank:pairwise",
}  # fmt: skip
_LOG_LINK = {"count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"}


def claims(model: Any) -> bool:
    """Whether the model is an XGBoost estimator or booster."""
    return is_a(model, "xgboost", "XGBModel") or is_a(model, "xgboost", "Booster")


def read(predictor: Predictor, background: Table) -> Reading | str:
    """Return the trees of a fitted model, or the reason why they cannot be read."""
    model = predictor.model
    learner = json.loads(bytes(booster_of(model).save_raw("json")))["learner"]
    booster = learner["gradient_booster"]
    inner = booster.get("gbtree", booster)
    if "model" not in inner or "trees" not in inner["model"]:
        return f"{full_name(model)} has a booster without trees ({booster.get('name')})"
    trees = inner["model"]["trees"]
    if not trees:
        return f"{full_name(model)} has no trees"
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees):
        return f"{full_name(model)} has leaves of several targets (multi_strategy)"
    encodings = _encodings(model, inner["model"])
    categories = _categories(encodings, background.data)
    if not encodings and _has_categories(learner, background.data):
        categories = "has categories whose names it does not keep"
    if isinstance(categories, str):
        return f"{full_name(model)} {categories}"
    parameters, objective = learner["learner_model_param"], learner["objective"]["name"]
    n_outputs = max(1, int(parameters["num_class"]), int(parameters.get("num_target", 1)))
    weights = booster.get("weight_drop") or [1.0] * len(trees)
    sets: list[IntArray] = []
    parts = [
        _tree(tree, output, weight, n_outputs, sets)
        for tree, output, weight in zip(trees, inner["model"]["tree_info"], weights, strict=True)
    ]
    return Reading(
        joined(parts, _offset(parameters["base_score"], objective, n_outputs), sets),
        _output_space(objective, n_outputs),
        RowFormat(
            single=True,
            categories=categories,
            unknown_is_missing=False,
            absent_is_missing=True,
            missing=own_missing(model),
        ),
        tolerance=1e-5,
    )


def scores(model: Any, rows: Rows) -> FloatArray:
    """Return the booster's margins, (n_rows, n_outputs)."""
    if is_a(model, "xgboost", "Booster"):
        answer = model.inplace_predict(rows, predict_type="margin")
    else:
        answer = model.predict(rows, output_margin=True)
    return np.asarray(answer, dtype=np.float64).reshape(rows.shape[0], -1)


def booster_of(model: Any) -> Any:
    """Return the booster a model predicts with: after early stopping, its best iterations."""
    if is_a(model, "xgboost", "Booster"):
        return model
    booster = model.get_booster()
    # An attribute that is there only after early stopping.
    best = getattr(model, "best_iteration", None)
    return booster if best is None else booster[: best + 1]


def _output_space(objective: str, n_outputs: int) -> OutputSpace:
    if objective in _LOG_ODDS and n_outputs == 1:
        return "log-odds"
    return "raw" if objective in _IDENTITY else "margin"


def _offset(base_score: str, objective: str, n_outputs: int) -> FloatArray:
    """Return the margin of the base score, which is kept as a prediction."""
    score = np.atleast_1d(np.asarray(json.loads(base_score), dtype=np.float64))
    if objective in _LOG_ODDS and objective != "binary:logitraw":
        score = np.log(score / (1.0 - score))
    elif objective in _LOG_LINK:
        score = np.log(score)
    return np.array(np.broadcast_to(score, n_outputs))


def _encodings(model: Any, trees: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is kept of each feature's categories.

    A booster that is cut to its best iterations has none: those of the whole one are its own.
    """
    kept: list[dict[str, Any]] = trees.get("cats", {}).get("enc", [])
    if kept or getattr(model, "best_iteration", None) is None or is_a(model, "xgboost", "Booster"):
        return kept
    whole = json.loads(bytes(model.get_booster().save_raw("json")))["learner"]["gradient_booster"]
    found: list[dict[str, Any]] = whole.get("gbtree", whole)["model"].get("cats", {}).get("enc", [])
    return found


def _has_categories(learner: dict[str, Any], rows: Rows) -> bool:
    """Whether rows have categories where a model without their names asks for some."""
    asked = [i for i, kind in enumerate(learner.get("feature_types", [])) if kind == "c"]
    return is_frame(rows) and any(hasattr(rows.dtypes.iloc[i], "categories") for i in asked)


def _categories(encodings: list[dict[str, Any]], rows: Rows) -> dict[int, list[Any]] | str:
    """Return the values of each category feature in the order of their codes, or a reason."""
    found: dict[int, list[Any]] = {}
    for feature, known in enumerate(encodings):
        if "offsets" not in known:
            found[feature] = known["values"]
        elif len(known["offsets"]) > 1:
            # Words are kept as the bytes of all of them, and where each begins.
            text = bytes(value % 256 for value in known["values"])
            named = _named(text, known["offsets"], rows, feature)
            if named is None:
                return f"has categories in column {feature} that are not kept as they were named"
            found[feature] = named
    return found


def _named(text: bytes, offsets: list[int], rows: Rows, feature: int) -> list[str] | None:
    """Return words by their bytes, or None if they cannot be told.

    XGBoost 3.2 counts letters where it should count bytes: with letters of several bytes the end
    is cut off, and no word begins where it says. The background's own categories are taken then,
    if they would be kept as these are.
    """
    if text.isascii():
        return [text[a:b].decode() for a, b in pairwise(offsets)]
    dtype = rows.dtypes.iloc[feature] if is_frame(rows) else None
    given = [str(value) for value in getattr(dtype, "categories", ())]
    lengths = [b - a for a, b in pairwise(offsets)]
    alike = [len(word) for word in given] == lengths
    return given if alike and "".join(given).encode()[: len(text)] == text else None


def _tree(
    tree: dict[str, Any], output: int, weight: float, n_outputs: int, sets: list[IntArray]
) -> dict[str, AnyArray]:
    """Return the arrays of one tree, without the nodes that pruning took out."""
    left, right = np.asarray(tree["left_children"]), np.asarray(tree["right_children"])
    by_set = np.full(len(left), -1)
    for node, start, size in zip(
        tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
    ):
        by_set[node] = len(sets)
        sets.append(np.asarray(tree["categories"][start : start + size], dtype=np.int64))
    goes_left = np.asarray(tree["default_left"]) == 1
    default = np.where(goes_left, left, right)
    # XGBoost sends members of a set right, an ensemble left.
    left, right = np.where(by_set >= 0, right, left), np.where(by_set >= 0, left, right)
    alive = _reachable(left, right)
    place = np.cumsum(alive) - 1
    left, right, default = (np.where(c >= 0, place[c], -1)[alive] for c in (left, right, default))
    inner = left >= 0
    # Thresholds and leaf values share an array.
    condition = np.asarray(tree["split_conditions"], dtype=np.float32)[alive]
    value = np.zeros((len(left), n_outputs))
    value[:, output] = condition.astype(np.float64) * weight
    by_set = by_set[alive]
    return {
        "left": left,
        "right": right,
        "default": default,
        "feature": np.where(inner, np.asarray(tree["split_indices"])[alive], -1),
        # Left below the threshold: at most the number before it, in single precision.
        "threshold": np.nextafter(condition, np.float32(-np.inf)).astype(np.float64),
        "value": value,
        "cover": np.asarray(tree["sum_hessian"], dtype=np.float64)[alive],
        "kind": np.where(by_set >= 0, CATEGORY, NUMERIC),
        "category_set": by_set,
    }


def _reachable(left: AnyArray, right: AnyArray) -> AnyArray:
    """Return which nodes the root leads to."""
    alive = np.zeros(len(left), dtype=bool)
    level = np.array([0])
    while len(level):
        alive[level] = True
        inner = level[left[level] >= 0]
        level = np.concatenate([left[inner], right[inner]])
    return alive
