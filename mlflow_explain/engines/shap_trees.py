"""Path-dependent TreeSHAP of any `TreeEnsemble`, by the shap library.

Lundberg et al. 2020, https://doi.org/10.1038/s42256-019-0138-9
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_sparse
from mlflow_explain.engines import sklearn_trees
from mlflow_explain.engines.base import EngineState, Refusal
from mlflow_explain.engines.tree_ensemble import NODE_ARRAYS, TreeEnsemble
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

NAME = "tree"


@dataclass(frozen=True, eq=False, repr=False)
class ShapTreeEngine:
    """Attributions of a sum of trees, exact for the path-dependent game.

    Parameters
    ----------
    trees : TreeEnsemble
        The trees; values are compared in float32, as scikit-learn does.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the sum.
    """

    trees: TreeEnsemble
    output_space: OutputSpace
    name: str = NAME
    feature_perturbation: FeaturePerturbation = "tree_path_dependent"

    @cached_property
    def base_values(self) -> FloatArray:
        """Expected output, (n_outputs,)."""
        return frozen_floats(self.trees.base_values())

    @cached_property
    def _explainer(self) -> Any:
        import shap  # takes seconds to import: not for who explains no trees

        model = {
            "trees": [_shap_tree(self.trees, i) for i in range(self.trees.n_trees)],
            "base_offset": self.trees.offset,
            "input_dtype": np.float32,
            "internal_dtype": np.float64,
        }
        return shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        dense = np.asarray(rows.toarray() if is_sparse(rows) else rows, dtype=np.float32)
        values = np.asarray(self._explainer.shap_values(dense, check_additivity=False))
        values = values.reshape(*dense.shape, len(self.base_values))
        return LocalImportance(values=values, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the trees' arrays."""
        names = ("starts", *NODE_ARRAYS, "offset")
        return EngineState(
            settings={"output_space": self.output_space},
            arrays={name: getattr(self.trees, name) for name in names},
        )


def build(predictor: Predictor, background: Table) -> ShapTreeEngine | Refusal:
    """Return the engine for trees of scikit-learn, or the reason why not."""
    reason = sklearn_trees.refusal(predictor.model)
    if reason is not None:
        return Refusal(NAME, reason)
    trees = sklearn_trees.read(predictor.model, background.data)
    return ShapTreeEngine(trees, sklearn_trees.output_space(predictor.model))


def restore(state: EngineState) -> ShapTreeEngine:
    """Return the engine of a stored state."""
    return ShapTreeEngine(TreeEnsemble(**state.arrays), state.settings["output_space"])


def scores(_: ShapTreeEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own output, (n_rows, n_outputs)."""
    return sklearn_trees.scores(predictor.model, rows)


def _shap_tree(trees: TreeEnsemble, index: int) -> dict[str, Any]:
    tree = trees.tree(index)
    return {
        "children_left": tree["left"],
        "children_right": tree["right"],
        "children_default": tree["default"],
        "features": tree["feature"],
        "thresholds": tree["threshold"],
        "values": tree["value"],
        "node_sample_weight": tree["cover"],
    }
