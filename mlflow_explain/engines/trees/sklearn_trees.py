"""Reads scikit-learn's trees, forests, gradient boosting and isolation forests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import class_names, full_name, package_of
from mlflow_explain.data.table import dense
from mlflow_explain.engines.trees.ensemble import joined
from mlflow_explain.engines.trees.reading import Reading
from mlflow_explain.engines.trees.row_format import RowFormat

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble

_SINGLE = "BaseDecisionTree"
_FOREST = "BaseForest"
_BOOSTED = "BaseGradientBoosting"
_ISOLATION = "IsolationForest"
_CONSTANT = {"DummyClassifier", "DummyRegressor"}

# scikit-learn compares single precision rows with double precision thresholds.
_ROWS = RowFormat(single=True)


def claims(model: Any) -> bool:
    """Whether the model is a tree or a sum of trees of scikit-learn."""
    known = {_SINGLE, _FOREST, _BOOSTED, _ISOLATION}
    return package_of(model) == "sklearn" and bool(class_names(model) & known)


def read(predictor: Predictor, background: Table) -> Reading | str:
    """Return the trees of a fitted model, or the reason why they cannot be read."""
    model = predictor.model
    names = class_names(model)
    if "RandomTreesEmbedding" in names:
        return f"{full_name(model)} predicts no outcome"
    if _ISOLATION in names:
        return Reading(_isolation(model), "margin", _ROWS)
    n_targets = getattr(model, "n_outputs_", 1)
    if n_targets > 1 and "ClassifierMixin" in names:
        return f"{full_name(model)} predicts {n_targets} targets of classes"
    initial = getattr(model, "init_", "zero")
    if _BOOSTED in names and initial != "zero" and not class_names(initial) & _CONSTANT:
        return f"its initial score is a {full_name(initial)}, which differs from row to row"
    space = output_space(model)
    if _BOOSTED in names:
        return Reading(_boosting(model, background.data), space, _ROWS)
    members = model.estimators_ if _FOREST in names else [model]
    trees = [_tree(member.tree_, 1.0 / len(members)) for member in members]
    return Reading(joined(trees, np.zeros(trees[0]["value"].shape[1])), space, _ROWS)


def output_space(model: Any) -> OutputSpace:
    """Return the unit of the sum of the trees."""
    names = class_names(model)
    if _ISOLATION in names:
        return "margin"
    if "ClassifierMixin" not in names:
        return "raw"
    if _BOOSTED not in names:
        return "probability"
    return "log-odds" if model.loss == "log_loss" and model.n_classes_ == 2 else "margin"


def scores(model: Any, rows: Rows) -> FloatArray:
    """Return the model's own output in the unit of the trees, (n_rows, n_outputs).

    Of an isolation forest that is the mean length of a row's paths, which its score is a function
    of: ``score = -2 ** (-length / c)``.
    """
    if _ISOLATION in class_names(model):
        score = model.score_samples(rows)
        length = -np.log2(-score) * _unsuccessful_search(np.array([model.max_samples_]))[0]
        return np.asarray(length).reshape(-1, 1)
    space = output_space(model)
    predict = {"raw": "predict", "probability": "predict_proba"}.get(space, "decision_function")
    return np.asarray(getattr(model, predict)(rows)).reshape(rows.shape[0], -1)


def _boosting(model: Any, rows: Rows) -> TreeEnsemble:
    rate = model.learning_rate
    n_outputs = model.estimators_.shape[1]
    trees = []
    for stage in model.estimators_:
        for output, member in enumerate(stage):
            tree = _tree(member.tree_, rate)
            spread = np.zeros((len(tree["value"]), n_outputs))
            spread[:, output] = tree["value"][:, 0]
            trees.append(tree | {"value": spread})
    first = rows[:1]
    # The members were fitted without the names of columns.
    bare = dense(first, np.float32)
    members = model.estimators_.T
    grown = [sum(rate * member.predict(bare)[0] for member in column) for column in members]
    return joined(trees, scores(model, first)[0] - np.array(grown))


def _isolation(model: Any) -> TreeEnsemble:
    """Return trees whose leaves hold path lengths, of which the forest's score is a function."""
    n_members = len(model.estimators_)
    trees = []
    for member, features in zip(model.estimators_, model.estimators_features_, strict=True):
        tree = _tree(member.tree_, 1.0)
        size = member.tree_.n_node_samples
        depth = _depths(tree["left"], tree["right"])
        length = (depth + _unsuccessful_search(size)) / n_members
        inner = tree["left"] >= 0
        feature = np.where(inner, np.asarray(features)[np.maximum(tree["feature"], 0)], -1)
        trees.append(tree | {"value": length[:, None], "feature": feature})
    return joined(trees, np.zeros(1))


def _depths(left: IntArray, right: IntArray) -> IntArray:
    """Return the number of edges above each node; children come after their parents."""
    depth = np.zeros(len(left), dtype=np.int64)
    level = np.array([0])
    while len(level):
        level = level[left[level] >= 0]
        depth[left[level]] = depth[right[level]] = depth[level] + 1
        level = np.concatenate([left[level], right[level]])
    return depth


def _unsuccessful_search(size: IntArray) -> FloatArray:
    """Return the mean path length of a binary search tree of `size` rows that misses.

    Liu, Ting and Zhou 2008, https://doi.org/10.1109/ICDM.2008.17
    """
    n = np.maximum(size, 2).astype(np.float64)
    length = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(size > 2, length, np.where(size == 2, 1.0, 0.0))


def _tree(tree: Any, scale: float) -> dict[str, AnyArray]:
    """Return the arrays of one fitted tree, its values scaled."""
    left, right = tree.children_left, tree.children_right
    goes_left = getattr(tree, "missing_go_to_left", np.ones(len(left), dtype=bool)).astype(bool)
    value = tree.value[:, 0, :] if tree.n_outputs == 1 else tree.value[:, :, 0]
    return {
        "left": left.astype(np.int64),
        "right": right.astype(np.int64),
        "default": np.where(goes_left, left, right).astype(np.int64),
        "feature": tree.feature.astype(np.int64),
        "threshold": tree.threshold.astype(np.float64),
        "value": value.astype(np.float64) * scale,
        "cover": tree.weighted_n_node_samples.astype(np.float64),
    }
