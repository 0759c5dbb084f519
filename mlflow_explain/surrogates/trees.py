"""Surrogates made of trees: LightGBM's boosting, and one decision tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.data.kinds import is_sparse
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import Table
from mlflow_explain.engines.trees import engine as trees_engine
from mlflow_explain.engines.trees import lightgbm_trees, sklearn_trees
from mlflow_explain.engines.trees.ensemble import weighted_sum
from mlflow_explain.surrogates import arguments
from mlflow_explain.surrogates.fitted import check_fitted, outputs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, OutputSpace, Rows
    from mlflow_explain.engines.trees.reading import Reader, Reading

# What was found to follow other models closely, see `tests/surrogates/test_distillation.py`.
_LIGHTGBM: dict[str, Any] = {
    "n_estimators": 300, "learning_rate": 0.07, "num_leaves": 31, "min_child_samples": 3,
    "feature_fraction_bynode": 0.5, "min_data_in_bin": 1, "verbose": -1, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip
# Below, threads wait for each other longer than they work where other work is going on; and once
# LightGBM has threads, it hangs in processes that are forked after that.
_CELLS_FOR_ONE_THREAD = 2_000_000
# Columns a tree is grown on, drawn for each of them: bounds the time that wide rows take.
_COLUMNS_OF_A_TREE = 1_000
_TYPE = "tree_explainable_model_type"


class LGBMExplainableModel:
    """Gradient boosted trees of LightGBM; categories are split as such.

    Parameters
    ----------
    random_state : int, default=0
        Seed.
    **parameters
        Arguments of ``lightgbm.LGBMRegressor``, by its names or LightGBM's own.

    Raises
    ------
    InvalidInputError
        An argument that LightGBM does not know.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import LGBMExplainableModel
    >>> rows = np.arange(40.0)[:, None]
    >>> surrogate = LGBMExplainableModel(n_estimators=50).fit(rows, rows > 19)
    >>> np.round(surrogate.predict(rows[[0, 39]]), 2).ravel().tolist()
    [0.01, 0.99]
    """

    one_hot = False
    filled = False
    balanced = False
    measure = "split gain of the surrogate"

    def __init__(self, random_state: int = 0, **parameters: Any) -> None:
        from lightgbm import LGBMRegressor

        given = arguments.checked_of_lightgbm(type(self).__name__, LGBMRegressor, parameters)
        self.parameters = {**_LIGHTGBM, "random_state": random_state, **given}
        self.models: list[Any] = []

    def fit(
        self,
        rows: Rows,
        targets: FloatArray,
        sample_weight: FloatArray | None = None,
        categorical: Sequence[int] = (),
    ) -> LGBMExplainableModel:
        """Fit one regression per output.

        Parameters
        ----------
        rows : ndarray or csr_matrix of shape (n_rows, n_features)
            Numbers; codes of categories.
        targets : ndarray of shape (n_rows, n_outputs) or (n_rows,)
            The teacher's outputs.
        sample_weight : ndarray of shape (n_rows,), optional
            What each row counts.
        categorical : sequence of int
            Features that hold codes.
        """
        from lightgbm import LGBMRegressor

        some = {"colsample_bytree": min(1.0, _COLUMNS_OF_A_TREE / rows.shape[1])}
        self.models = [
            LGBMRegressor(**{**some, **_threads("n_jobs", rows), **self.parameters}).fit(
                rows, output, sample_weight=sample_weight,
                categorical_feature=list(categorical) or "auto",
            )
            for output in outputs_of(targets).T
        ]  # fmt: skip
        return self

    def predict(self, rows: Rows) -> FloatArray:
        """Return its outputs, (n_rows, n_outputs)."""
        threads = _threads("num_threads", rows)
        return np.column_stack([booster.predict(rows, **threads) for booster in self._boosters()])

    def importances(self) -> FloatArray:
        """Return the gain of each feature's splits, (n_features, n_outputs)."""
        gains = [booster.feature_importance("gain") for booster in self._boosters()]
        return np.column_stack(gains).astype(np.float64)

    def engine(self, background: Rows, output_space: OutputSpace) -> trees_engine.TreeEngine:
        """Return the engine of its trees, path-dependent."""
        return _tree_engine(lightgbm_trees, self._boosters(), background, output_space)

    @staticmethod
    def explainable_model_type() -> str:
        """Return the kind of the surrogate, by the original SDK's name."""
        return _TYPE

    def _boosters(self) -> list[Any]:
        check_fitted(self, is_fitted=bool(self.models))
        return [model.booster_ for model in self.models]


def _threads(argument: str, rows: Rows) -> dict[str, int]:
    """Return LightGBM's argument for one thread where more are not worth it.

    Beside a user's training or evaluation, of which the bound on time tells, none are: the user
    may fork processes after it.
    """
    cells = rows.nnz if is_sparse(rows) else rows.size
    alone = cells < _CELLS_FOR_ONE_THREAD or time_limit.current() is not None
    return {argument: 1} if alone else {}


class DecisionTreeExplainableModel:
    """One decision tree, small enough to be read.

    Parameters
    ----------
    random_state : int, default=0
        Seed.
    max_depth : int or None, default=8
        Longest path from the root.
    **parameters
        Further arguments of ``sklearn.tree.DecisionTreeRegressor``.

    Raises
    ------
    InvalidInputError
        An argument that scikit-learn does not know.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import DecisionTreeExplainableModel
    >>> rows = np.arange(4.0)[:, None]
    >>> DecisionTreeExplainableModel().fit(rows, rows > 1).predict(rows).ravel().tolist()
    [0.0, 0.0, 1.0, 1.0]
    """

    one_hot = True
    filled = False
    balanced = False
    measure = "impurity decrease of the surrogate"

    def __init__(self, random_state: int = 0, max_depth: int | None = 8, **parameters: Any) -> None:
        from sklearn.tree import DecisionTreeRegressor

        given = {"random_state": random_state, "max_depth": max_depth, **parameters}
        known = arguments.checked(type(self).__name__, DecisionTreeRegressor, given)
        self.model = DecisionTreeRegressor(**known)

    def fit(
        self,
        rows: Rows,
        targets: FloatArray,
        sample_weight: FloatArray | None = None,
        categorical: Sequence[int] = (),
    ) -> DecisionTreeExplainableModel:
        """Fit one tree for all outputs; see `LGBMExplainableModel.fit`."""
        del categorical
        self.model.fit(rows, outputs_of(targets), sample_weight=sample_weight)
        return self

    def predict(self, rows: Rows) -> FloatArray:
        """Return its outputs, (n_rows, n_outputs)."""
        return outputs_of(self._tree().predict(rows))

    def importances(self) -> FloatArray:
        """Return the share of each feature in the decrease of impurity, (n_features, 1)."""
        return np.asarray(self._tree().feature_importances_)[:, None]

    def engine(self, background: Rows, output_space: OutputSpace) -> trees_engine.TreeEngine:
        """Return the engine of its tree, path-dependent."""
        return _tree_engine(sklearn_trees, [self._tree()], background, output_space)

    @staticmethod
    def explainable_model_type() -> str:
        """Return the kind of the surrogate, by the original SDK's name."""
        return _TYPE

    def _tree(self) -> Any:
        check_fitted(self, is_fitted=hasattr(self.model, "tree_"))
        return self.model


def _tree_engine(
    reader: Reader, models: Sequence[Any], background: Rows, output_space: OutputSpace
) -> trees_engine.TreeEngine:
    """Return the engine of models of one output each, or of a single one of several."""
    table = Table(background[:1], tuple(str(i) for i in range(background.shape[1])))
    readings = [cast("Reading", reader.read(predictor_of(model), table)) for model in models]
    eye = np.eye(len(models))
    trees = readings[0].trees
    if len(models) > 1:
        trees = weighted_sum([(r.trees, eye[[i]], None) for i, r in enumerate(readings)])
    engine = trees_engine.TreeEngine(
        trees, readings[0].rows, output_space, tolerance=readings[0].tolerance
    )
    trees_engine.warm(engine)
    return engine
