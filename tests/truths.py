"""Shapley values by enumeration of all coalitions: slow, short, and independent of the engines."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def shapley(value: Callable[[frozenset[int]], float], n_features: int) -> np.ndarray:
    """Return the Shapley values of a game by its definition."""
    phi = np.zeros(n_features)
    for i in range(n_features):
        others = [j for j in range(n_features) if j != i]
        for size in range(n_features):
            weight = 1 / (n_features * math.comb(n_features - 1, size))
            for members in combinations(others, size):
                coalition = frozenset(members)
                phi[i] += weight * (value(coalition | {i}) - value(coalition))
    return phi


def lightgbm_game(booster: Any, row: np.ndarray, output: int) -> Callable[[frozenset[int]], float]:
    """Return the path-dependent game of a LightGBM booster, from its public dump."""
    dump = booster.dump_model()
    k = dump["num_tree_per_iteration"]
    trees = [t["tree_structure"] for t in dump["tree_info"] if t["tree_index"] % k == output]
    return lambda coalition: sum(_expected_lightgbm(tree, row, coalition) for tree in trees)


def _expected_lightgbm(node: dict[str, Any], row: np.ndarray, known: Iterable[int]) -> float:
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        chosen = left if row[node["split_feature"]] <= node["threshold"] else right
        return _expected_lightgbm(chosen, row, known)
    count = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    parts = [_expected_lightgbm(child, row, known) for child in (left, right)]
    return float(np.average(parts, weights=count))


def sklearn_game(tree: Any, row: np.ndarray, output: int) -> Callable[[frozenset[int]], float]:
    """Return the path-dependent game of one fitted tree of scikit-learn."""
    values = tree.value[:, 0, :] if tree.n_outputs == 1 else tree.value[:, :, 0]
    narrow = np.asarray(row, dtype=np.float32)

    def expected(node: int, known: Iterable[int]) -> float:
        left, right = tree.children_left[node], tree.children_right[node]
        if left < 0:
            return float(values[node, output])
        if tree.feature[node] in known:
            goes_left = narrow[tree.feature[node]] <= tree.threshold[node]
            return expected(left if goes_left else right, known)
        weights = tree.weighted_n_node_samples[[left, right]]
        return float(np.average([expected(left, known), expected(right, known)], weights=weights))

    return lambda coalition: expected(0, coalition)


def interventional_game(
    predict: Callable[[np.ndarray], np.ndarray], row: np.ndarray, background: np.ndarray
) -> Callable[[frozenset[int]], float]:
    """Return the game whose absent features are replaced by each background row."""

    def value(coalition: frozenset[int]) -> float:
        mixed = background.copy()
        known = list(coalition)
        mixed[:, known] = row[known]
        return float(predict(mixed).mean())

    return value
