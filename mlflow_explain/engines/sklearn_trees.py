"""Reads trees, forests and gradient boosting of scikit-learn into a `TreeEnsemble`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import class_names, full_name, is_sparse, package_of
from mlflow_explain.engines.tree_ensemble import TreeEnsemble, joined

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, OutputSpace, Rows

SINGLE = {"BaseDecisionTree"}
FORESTS = {"BaseForest"}
BOOSTED = {"BaseGradientBoosting"}
CONSTANT = {"DummyClassifier", "DummyRegressor"}


def refusal(model: Any) -> str | None:
    """Return why the model cannot be read, or None if it can."""
    names = class_names(model)
    if package_of(model) != "sklearn" or not names & (SINGLE | FORESTS | BOOSTED):
        return f"{full_name(model)} is not a tree, forest or gradient boosting of scikit-learn"
    if "RandomTreesEmbedding" in names:
        return f"{full_name(model)} predicts no outcome"
    if getattr(model, "n_outputs_", 1) != 1:
        return f"{full_name(model)} predicts {model.n_outputs_} targets"
    initial = getattr(model, "init_", "zero")
    if names & BOOSTED and initial != "zero" and not class_names(initial) & CONSTANT:
        return f"its initial score is a {full_name(initial)}, which differs from row to row"
    return None


def output_space(model: Any) -> OutputSpace:
    """Return the unit of the sum of the trees."""
    names = class_names(model)
    if "ClassifierMixin" not in names:
        return "raw"
    if not names & BOOSTED:
        return "probability"
    return "log-odds" if model.loss == "log_loss" and model.n_classes_ == 2 else "margin"


def scores(model: Any, rows: Rows) -> FloatArray:
    """Return the model's own output in the unit of the trees, (n_rows, n_outputs)."""
    space = output_space(model)
    predict = {"raw": "predict", "probability": "predict_proba"}.get(space, "decision_function")
    return np.asarray(getattr(model, predict)(rows)).reshape(rows.shape[0], -1)


def read(model: Any, rows: Rows) -> TreeEnsemble:
    """Return the trees of a fitted model.

    Parameters
    ----------
    model : estimator
        One for which `refusal` is None.
    rows : array
        At least one row, to tell gradient boosting's initial score from its trees.

    Returns
    -------
    TreeEnsemble
        Its output is `scores` of the same rows.
    """
    names = class_names(model)
    if names & BOOSTED:
        return _boosting(model, rows)
    members = model.estimators_ if names & FORESTS else [model]
    trees = [_tree(member.tree_, 1.0 / len(members)) for member in members]
    return joined(trees, np.zeros(trees[0]["value"].shape[1]))


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
    bare = np.asarray(first.toarray() if is_sparse(first) else first, dtype=np.float32)
    members = model.estimators_.T
    grown = [sum(rate * member.predict(bare)[0] for member in column) for column in members]
    return joined(trees, scores(model, first)[0] - np.array(grown))


def _tree(tree: Any, scale: float) -> dict[str, AnyArray]:
    """Return the arrays of one fitted tree, its values scaled."""
    left, right = tree.children_left, tree.children_right
    goes_left = getattr(tree, "missing_go_to_left", np.ones(len(left), dtype=bool)).astype(bool)
    return {
        "left": left.astype(np.int64),
        "right": right.astype(np.int64),
        "default": np.where(goes_left, left, right).astype(np.int64),
        "feature": tree.feature.astype(np.int64),
        "threshold": tree.threshold.astype(np.float64),
        "value": tree.value[:, 0, :].astype(np.float64) * scale,
        "cover": tree.weighted_n_node_samples.astype(np.float64),
    }
