"""Which raw column each engineered feature comes from, and the fold of attributions along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.errors import FeatureError
from mlflow_explain.explanation._arrays import frozen, frozen_floats
from mlflow_explain.explanation.importance import LocalImportance
from mlflow_explain.explanation.remade import Remade

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False, slots=True)
class FeatureMap(Remade):
    """A sparse matrix of shape (n_engineered, n_raw), as coordinates sorted by raw column.

    Attributions are additive, so a raw column's attribution is the sum of those of the
    engineered features made from it. An entry of 1 moves the whole attribution; a feature
    made from several columns has entries that sum to 1.

    Parameters
    ----------
    engineered : ndarray of int, shape (n_entries,)
        Position of the engineered feature of each entry.
    raw : ndarray of int, shape (n_entries,)
        Position of the raw column of each entry.
    weights : ndarray of shape (n_entries,)
        Share of the engineered feature's attribution that goes to the raw column.
    n_engineered, n_raw : int
        Shape of the matrix.
    """

    engineered: IntArray
    raw: IntArray
    weights: FloatArray
    n_engineered: int
    n_raw: int

    def __post_init__(self) -> None:
        order = np.lexsort((self.engineered, self.raw))
        for name in ("engineered", "raw"):
            index = np.asarray(getattr(self, name), dtype=np.int64)[order]
            bound = self.n_engineered if name == "engineered" else self.n_raw
            if index.size and (index.min() < 0 or index.max() >= bound):
                raise FeatureError(
                    f"positions of {name} features from 0 to {bound - 1}",
                    f"{index.min()} to {index.max()}",
                    "Build the map from the fitted transformers of this very model.",
                )
            object.__setattr__(self, name, frozen(index))
        object.__setattr__(self, "weights", frozen_floats(np.asarray(self.weights)[order]))

    @classmethod
    def from_matrix(cls, matrix: Any) -> FeatureMap:
        """Build the map from a dense or scipy sparse matrix of shape (n_engineered, n_raw)."""
        dense = matrix.tocoo() if hasattr(matrix, "tocoo") else None
        if dense is None:
            matrix = np.asarray(matrix, dtype=np.float64)
            rows, columns = np.nonzero(matrix)
            weights = matrix[rows, columns]
        else:
            rows, columns, weights = dense.row, dense.col, dense.data
        return cls(rows, columns, weights, int(matrix.shape[0]), int(matrix.shape[1]))

    def arrays(self) -> dict[str, AnyArray]:
        """Return the coordinates by name, to store them."""
        return {"engineered": self.engineered, "raw": self.raw, "weights": self.weights}

    def fold(self, local: LocalImportance) -> LocalImportance:
        """Return attributions per raw column: the sums of the engineered ones.

        Parameters
        ----------
        local : LocalImportance
            Attributions of shape (n_rows, n_engineered, n_outputs).

        Returns
        -------
        LocalImportance
            Attributions of shape (n_rows, n_raw, n_outputs); the base values are the same.
        """
        if local.n_features != self.n_engineered:
            raise FeatureError(
                f"attributions of {self.n_engineered} engineered features",
                f"{local.n_features}",
                "Use the map of the Pipeline that made these features.",
            )
        folded = np.zeros((local.n_rows, self.n_raw, local.n_outputs))
        if self.raw.size:
            columns, starts = np.unique(self.raw, return_index=True)
            parts = local.values[:, self.engineered, :] * self.weights[:, None]
            folded[:, columns, :] = np.add.reduceat(parts, starts, axis=1)
        return LocalImportance(folded, local.base_values, self._errors(local), local.rest)

    def _errors(self, local: LocalImportance) -> FloatArray | None:
        """Return standard errors of the sums: at most the sum of those of the parts."""
        if local.standard_errors is None:
            return None
        folded = np.zeros((local.n_rows, self.n_raw, local.n_outputs))
        if self.raw.size:
            columns, starts = np.unique(self.raw, return_index=True)
            weights = np.abs(self.weights)[:, None]
            parts = local.standard_errors[:, self.engineered, :] * weights
            folded[:, columns, :] = np.add.reduceat(parts, starts, axis=1)
        return folded
