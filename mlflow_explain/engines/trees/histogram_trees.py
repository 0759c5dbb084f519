"""Reads scikit-learn's histogram gradient boosting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_a
from mlflow_explain.engines.trees.ensemble import CATEGORY, NUMERIC, joined
from mlflow_explain.engines.trees.reading import Reading
from mlflow_explain.engines.trees.row_format import RowFormat

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

_LOG_LINK = {"poisson", "gamma"}


def claims(model: Any) -> bool:
    """Whether the model is a histogram gradient boosting."""
    return is_a(model, "sklearn", "BaseHistGradientBoosting")


def read(predictor: Predictor, background: Table) -> Reading | str:
    """Return the trees of a fitted model, or the reason why they cannot be read."""
    del background
    model = predictor.model
    # The trees have no public form: these attributes are the ones scikit-learn predicts with.
    stages = model._predictors  # noqa: SLF001
    n_outputs = len(stages[0])
    sets: list[IntArray] = []
    position, categories = _inputs(model)
    trees = [
        _tree(member, output, n_outputs, position, sets)
        for stage in stages
        for output, member in enumerate(stage)
    ]
    offset = np.ravel(model._baseline_prediction).astype(np.float64)  # noqa: SLF001
    rows = RowFormat(categories=categories, encodes_numbers=True)
    return Reading(joined(trees, offset, sets), _output_space(model), rows)


def scores(model: Any, rows: Rows) -> FloatArray:
    """Return the model's own output in the unit of the trees, (n_rows, n_outputs)."""
    if hasattr(model, "decision_function"):
        answer = np.asarray(model.decision_function(rows))
    elif model.loss in _LOG_LINK:
        answer = np.log(model.predict(rows))
    else:
        answer = np.asarray(model.predict(rows))
    return answer.reshape(rows.shape[0], -1)


def _output_space(model: Any) -> OutputSpace:
    if hasattr(model, "decision_function"):
        return "log-odds" if len(model.classes_) == 2 else "margin"
    return "margin" if model.loss in _LOG_LINK else "raw"


def _inputs(model: Any) -> tuple[IntArray, dict[int, list[Any]]]:
    """Return the feature behind each input of the trees, and the categories of features.

    Categories are encoded first, and their columns come before the numeric ones.
    """
    is_categorical = getattr(model, "is_categorical_", None)
    encoder = getattr(model, "_preprocessor", None)
    if is_categorical is None or encoder is None:
        return np.arange(model.n_features_in_), {}
    first, rest = np.flatnonzero(is_categorical), np.flatnonzero(~np.asarray(is_categorical))
    known = encoder.named_transformers_["encoder"].categories_
    categories = {
        int(feature): [value for value in values.tolist() if not pd.isna(value)]
        for feature, values in zip(first, known, strict=True)
    }
    return np.concatenate([first, rest]), categories


def _tree(
    member: Any, output: int, n_outputs: int, position: IntArray, sets: list[IntArray]
) -> dict[str, AnyArray]:
    """Return the arrays of one tree."""
    nodes = member.nodes
    inner = nodes["is_leaf"] == 0
    left = np.where(inner, nodes["left"].astype(np.int64), -1)
    right = np.where(inner, nodes["right"].astype(np.int64), -1)
    is_category = inner & (nodes["is_categorical"] == 1)
    category_set = np.full(len(nodes), -1)
    category_set[is_category] = len(sets) + np.arange(is_category.sum())
    sets += [_members(member.raw_left_cat_bitsets[i]) for i in nodes["bitset_idx"][is_category]]
    value = np.zeros((len(nodes), n_outputs))
    value[:, output] = nodes["value"]
    feature = position[nodes["feature_idx"].astype(np.int64)]
    return {
        "left": left,
        "right": right,
        "default": np.where(nodes["missing_go_to_left"] == 1, left, right),
        "feature": np.where(inner, feature, -1),
        "threshold": nodes["num_threshold"].astype(np.float64),
        "value": value,
        "cover": nodes["count"].astype(np.float64),
        "kind": np.where(is_category, CATEGORY, NUMERIC),
        "category_set": category_set,
    }


def _members(words: FloatArray) -> IntArray:
    """Return the positions of the bits set in 32-bit words."""
    return np.flatnonzero(np.unpackbits(np.ascontiguousarray(words).view(np.uint8),
                                        bitorder="little"))  # fmt: skip
