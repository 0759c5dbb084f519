"""What a reader of a library's trees answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble
    from mlflow_explain.engines.trees.row_format import RowFormat


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """A model's trees, and how to ask them.

    Parameters
    ----------
    trees : TreeEnsemble
        Their sum is the model's output in `output_space`.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the sum.
    rows : RowFormat
        How rows become what the splits compare.
    tolerance : float
        Largest relative difference between the sum and the model's own arithmetic.
    """

    trees: TreeEnsemble
    output_space: OutputSpace
    rows: RowFormat
    tolerance: float = 1e-6


class Reader(Protocol):
    """A module that reads one library's trees."""

    def claims(self, model: Any) -> bool:
        """Whether the model is of this library, and made of trees."""

    def read(self, predictor: Predictor, background: Table) -> Reading | str:
        """Return the trees of a fitted model, or the reason why they cannot be read."""

    def scores(self, model: Any, rows: Rows) -> FloatArray:
        """Return the model's own output in the unit of its trees, (n_rows, n_outputs)."""
