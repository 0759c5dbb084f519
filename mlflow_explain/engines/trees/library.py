"""The same attributions by the shap library, for the time until the kernels are compiled.

shap is given ranks instead of values, and thresholds between them: no value is ever on a threshold,
where its interventional values would be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines.trees.columns import ZERO_BAND
from mlflow_explain.engines.trees.ensemble import ZERO_MISSING

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Library:
    """shap's explainer of an ensemble without category splits.

    Parameters
    ----------
    explainer : shap.TreeExplainer
        Explains ranks.
    cuts : dict of int to ndarray
        Feature -> its thresholds, sorted.
    zero_missing : frozenset of int
        Features whose zeros count as missing.
    single : bool
        Values are compared in single precision.
    base_values : ndarray of shape (n_outputs,)
        Expected output of the game.
    """

    explainer: Any
    cuts: dict[int, FloatArray]
    zero_missing: frozenset[int]
    single: bool
    base_values: FloatArray

    def attributions(self, rows: FloatArray) -> FloatArray:
        """Return attributions of rows, (n_rows, n_features, n_outputs)."""
        ranks = _ranks(rows, self.cuts, self.zero_missing, single=self.single)
        values = np.asarray(self.explainer.shap_values(ranks, check_additivity=False))
        return values.reshape(*rows.shape, -1)


def library_of(trees: TreeEnsemble, background: FloatArray | None, *, single: bool) -> Library:
    """Return shap's explainer of an ensemble.

    Parameters
    ----------
    trees : TreeEnsemble
        Without splits by categories.
    background : ndarray of shape (n_background, n_features) or None
        Rows of the interventional game; None for the path-dependent one.
    single : bool
        Values are compared in single precision.
    """
    import shap  # takes seconds to import: not for who never needs it

    inner = trees.left >= 0
    cuts = {int(f): np.unique(trees.threshold[inner & (trees.feature == f)])
            for f in np.unique(trees.feature[inner])}  # fmt: skip
    zero = trees.feature[trees.kind == ZERO_MISSING] if len(trees.kind) else trees.kind
    zero_missing = frozenset(np.unique(zero[zero >= 0]).tolist())
    model = {
        "trees": [_tree(trees, i, cuts) for i in range(trees.n_trees)],
        "base_offset": trees.offset,
        "input_dtype": np.float64,
        "internal_dtype": np.float64,
    }
    if background is None:
        explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
        return Library(explainer, cuts, zero_missing, single, trees.base_values())
    ranks = _ranks(background, cuts, zero_missing, single=single)
    masker = shap.maskers.Independent(ranks, max_samples=len(ranks))
    explainer = shap.TreeExplainer(model, masker, feature_perturbation="interventional")
    base = np.asarray(explainer.expected_value, dtype=np.float64).reshape(-1)
    return Library(explainer, cuts, zero_missing, single, base)


def _ranks(
    rows: FloatArray, cuts: dict[int, FloatArray], zero_missing: frozenset[int], *, single: bool
) -> FloatArray:
    """Return how many thresholds of its feature each value is above; missing values stay so."""
    ranks = np.zeros(rows.shape)
    for feature, of_feature in cuts.items():
        x = rows[:, feature]
        if single:
            x = x.astype(np.float32).astype(np.float64)
        missing = np.isnan(x)
        if feature in zero_missing:
            missing |= np.abs(x) <= ZERO_BAND
        ranks[:, feature] = np.where(missing, np.nan, np.searchsorted(of_feature, x))
    return ranks


def _tree(trees: TreeEnsemble, index: int, cuts: dict[int, FloatArray]) -> dict[str, Any]:
    """Return one tree as shap takes it, its thresholds between ranks."""
    at = slice(int(trees.starts[index]), int(trees.starts[index + 1]))
    feature, threshold = trees.feature[at], trees.threshold[at].copy()
    for f in np.unique(feature[trees.left[at] >= 0]):
        asks = (feature == f) & (trees.left[at] >= 0)
        threshold[asks] = np.searchsorted(cuts[int(f)], threshold[asks]) + 0.5
    return {
        "children_left": trees.left[at],
        "children_right": trees.right[at],
        "children_default": trees.default[at],
        "features": feature,
        "thresholds": threshold,
        "values": trees.value[at],
        "node_sample_weight": trees.cover[at],
    }
