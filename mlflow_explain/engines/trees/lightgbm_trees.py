"""Reads LightGBM's trees from its text format, into a `TreeEnsemble`."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.boosters import lightgbm_objective, lightgbm_threads
from mlflow_explain.data.kinds import is_a, is_frame
from mlflow_explain.engines.trees.ensemble import CATEGORY, NUMERIC, ZERO_MISSING, joined
from mlflow_explain.engines.trees.reading import Reading
from mlflow_explain.engines.trees.row_format import RowFormat

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble

# Bits of `decision_type`.
_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_MISSING_NONE, _MISSING_ZERO = 0, 1

# Objectives whose prediction is the raw score itself.
_IDENTITY = {
    "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg",
}  # fmt: skip


def claims(model: Any) -> bool:
    """Whether the model is a LightGBM estimator or booster."""
    return is_a(model, "lightgbm", "LGBMModel") or is_a(model, "lightgbm", "Booster")


def read(predictor: Predictor, background: Table) -> Reading | str:
    """Return the trees of a fitted model, or the reason why they cannot be read."""
    booster = booster_of(predictor.model)
    text = booster.model_to_string()
    if is_linear(text):
        return "its trees have linear leaves (linear_tree=True), whose slopes no split explains"
    if predictor.labels is not None and len(predictor.labels) < 2:
        return "it knows one class only"
    categories = dict(zip(_category_columns(background.data), categories_of(text), strict=False))
    space = output_space(lightgbm_objective(booster), int(booster.num_model_per_iteration()))
    return Reading(trees_of(text), space, RowFormat(categories=categories))


def scores(model: Any, rows: Rows) -> FloatArray:
    """Return the booster's raw scores, (n_rows, n_outputs)."""
    booster = booster_of(model)
    raw = np.asarray(booster.predict(rows, raw_score=True, **lightgbm_threads(model)))
    raw = raw * _scale(booster)
    return raw.reshape(rows.shape[0], -1)


def booster_of(model: Any) -> Any:
    """Return the booster inside a scikit-learn style LightGBM estimator, or the booster itself."""
    return model if is_a(model, "lightgbm", "Booster") else model.booster_


def output_space(objective: str, n_outputs: int) -> OutputSpace:
    """Return the unit of raw scores under an objective such as ``"binary sigmoid:1"``."""
    name, *options = objective.split()
    sigmoid = next((o.split(":")[1] for o in options if o.startswith("sigmoid:")), "1")
    if name in {"binary", "cross_entropy"} and n_outputs == 1:
        return "log-odds" if float(sigmoid) == 1 else "margin"
    return "raw" if name in _IDENTITY and "sqrt" not in options else "margin"


def _scale(booster: Any) -> float:
    """Return one over the number of trees per output that a random forest averages, else 1."""
    if "\naverage_output" not in booster.model_to_string(num_iteration=1):
        return 1.0
    used = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
    return 1.0 / float(used)


def _category_columns(rows: Rows) -> list[int]:
    """Return the positions of a DataFrame's columns of type category."""
    if not is_frame(rows):
        return []
    return [i for i, t in enumerate(rows.dtypes) if isinstance(t, pd.CategoricalDtype)]


def trees_of(text: str) -> TreeEnsemble:
    """Return the trees of a model text.

    Parameters
    ----------
    text : str
        What ``Booster.model_to_string()`` answers; without linear leaves.

    Returns
    -------
    TreeEnsemble
        Its output is the booster's raw score, averaged where a random forest averages.
    """
    head, *blocks = text.split("\nTree=")
    blocks[-1] = blocks[-1].split("\nend of trees")[0]
    n_outputs = int(_entries(head)["num_tree_per_iteration"])
    n_rounds = len(blocks) // n_outputs
    scale = 1.0 / n_rounds if "\naverage_output" in head else 1.0
    sets: list[IntArray] = []
    trees = [
        _tree(_entries(block), i % n_outputs, n_outputs, scale, sets)
        for i, block in enumerate(blocks)
    ]
    return joined(trees, np.zeros(n_outputs), sets)


def categories_of(text: str) -> list[list[Any]]:
    """Return the values of each category column of the training DataFrame, in its order."""
    found = text.rfind("\npandas_categorical:")
    if found < 0:
        return []
    line = text[found:].split("\n")[1]
    return json.loads(line.removeprefix("pandas_categorical:")) or []


def categories_by_feature(text: str) -> dict[int, list[Any]]:
    """Return the categories of each feature that the model's header lists as categorical."""
    header = _entries(text.partition("\nTree=")[0])
    ranges = header.get("feature_infos", "").split()
    positions = [i for i, r in enumerate(ranges) if r != "none" and not r.startswith("[")]
    return dict(zip(positions, categories_of(text), strict=False))


def is_linear(text: str) -> bool:
    """Whether the leaves hold linear models."""
    return "\nis_linear=1" in text


def _entries(block: str) -> dict[str, str]:
    """Return the ``name=value`` lines of a block."""
    return dict(line.split("=", 1) for line in block.split("\n") if "=" in line)


def _numbers(entries: dict[str, str], name: str, dtype: type = np.float64) -> AnyArray:
    words = entries.get(name, "").split()
    return np.array(words, dtype=np.float64).astype(dtype)


def _tree(
    entries: dict[str, str], output: int, n_outputs: int, scale: float, sets: list[IntArray]
) -> dict[str, AnyArray]:
    """Return the arrays of one tree: its inner nodes, then its leaves."""
    n_leaves = int(entries["num_leaves"])
    inner = max(n_leaves - 1, 0)
    leaf_value = _numbers(entries, "leaf_value") * scale
    value = np.zeros((inner + n_leaves, n_outputs))
    value[inner:, output] = leaf_value
    blank = np.full(n_leaves, -1)
    if n_leaves == 1:
        one = np.ones(1)
        return {
            "left": blank, "right": blank, "default": blank, "feature": blank,
            "threshold": one, "value": value, "cover": one,
            "kind": np.zeros(1, np.int64), "category_set": blank,
        }  # fmt: skip
    decision = _numbers(entries, "decision_type", np.int64)
    threshold = _numbers(entries, "threshold")
    # A negative child is a leaf: -1 is leaf 0.
    children = [_numbers(entries, name, np.int64) for name in ("left_child", "right_child")]
    left, right = (np.where(child < 0, inner - child - 1, child) for child in children)
    missing = (decision >> _MISSING_SHIFT) & 3
    goes_left = (decision & _DEFAULT_LEFT) > 0
    # Where training saw no missing values, LightGBM takes them for zero.
    goes_left = np.where(missing == _MISSING_NONE, threshold >= 0.0, goes_left)
    kind = np.where(missing == _MISSING_ZERO, ZERO_MISSING, NUMERIC)
    category_set = np.full(inner, -1)
    is_category = (decision & _CATEGORICAL) > 0
    if is_category.any():
        kind[is_category] = CATEGORY
        goes_left[is_category] = False
        category_set[is_category] = len(sets) + threshold[is_category].astype(np.int64)
        sets += _sets(entries)
    covers = [_numbers(entries, name) for name in ("internal_count", "leaf_count")]
    return {
        "left": np.concatenate([left, blank]),
        "right": np.concatenate([right, blank]),
        "default": np.concatenate([np.where(goes_left, left, right), blank]),
        "feature": np.concatenate([_numbers(entries, "split_feature", np.int64), blank]),
        "threshold": np.concatenate([threshold, np.zeros(n_leaves)]),
        "value": value,
        "cover": np.concatenate(covers),
        "kind": np.concatenate([kind, np.zeros(n_leaves, dtype=np.int64)]),
        "category_set": np.concatenate([category_set, blank]),
    }


def _sets(entries: dict[str, str]) -> list[IntArray]:
    """Return the members of a tree's sets of categories."""
    starts = _numbers(entries, "cat_boundaries", np.int64)
    words = _numbers(entries, "cat_threshold", np.int64).astype(np.uint32)
    bits = np.unpackbits(words.view(np.uint8), bitorder="little").reshape(len(words), 32)
    return [np.flatnonzero(bits[a:b].ravel()) for a, b in pairwise(starts)]
