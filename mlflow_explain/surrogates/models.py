"""`Surrogate`: what each of them can do; `SURROGATES`: those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from mlflow_explain.surrogates.linear import LinearExplainableModel, SGDExplainableModel
from mlflow_explain.surrogates.trees import DecisionTreeExplainableModel, LGBMExplainableModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, OutputSpace, Rows

__all__ = [
    "SURROGATES",
    "DecisionTreeExplainableModel",
    "LGBMExplainableModel",
    "LinearExplainableModel",
    "SGDExplainableModel",
    "Surrogate",
]

# A new surrogate is a class of this protocol and an entry here; what explains it, if none of the
# others has such an engine, is an entry of `_RESTORE` in `engines.mimic.engine`, too.
SURROGATES = (
    LGBMExplainableModel,
    LinearExplainableModel,
    SGDExplainableModel,
    DecisionTreeExplainableModel,
)


class Surrogate(Protocol):
    """A regression of several outputs on encoded columns, that one of the engines explains.

    Attributes
    ----------
    one_hot : bool
        Categories are columns of zeros and ones; otherwise codes.
    filled : bool
        Missing numbers are taken for the mean of their column.
    balanced : bool
        Synthetic rows weigh no more than the real ones, see `distillation`.
    measure : str
        What `importances` are.
    """

    one_hot: ClassVar[bool]
    filled: ClassVar[bool]
    balanced: ClassVar[bool]
    measure: ClassVar[str]

    def __init__(self, random_state: int = 0, **parameters: Any) -> None:
        """Take the library's arguments."""

    def fit(
        self,
        rows: Rows,
        targets: FloatArray,
        sample_weight: FloatArray | None = None,
        categorical: Sequence[int] = (),
    ) -> Surrogate:
        """Fit it to a teacher's answers."""

    def predict(self, rows: Rows) -> FloatArray:
        """Return its outputs, (n_rows, n_outputs)."""

    def importances(self) -> FloatArray:
        """Return its own importance of each encoded feature, (n_features, n_outputs or 1)."""

    def engine(self, background: Rows, output_space: OutputSpace) -> Any:
        """Return the engine that explains it."""

    @staticmethod
    def explainable_model_type() -> str:
        """Return the kind of the surrogate, by the original SDK's name."""
