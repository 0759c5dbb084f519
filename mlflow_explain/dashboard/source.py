"""What a page is given of a model: the model, what explained it, and whether it may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data import origins, pyfuncs
from mlflow_explain.data.kinds import is_a, is_frame
from mlflow_explain.data.texts import models

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.explanation import Explanation

# Rows to compare predictions for.
_FEW = 100


class Source(NamedTuple):
    """A model for a page.

    Parameters
    ----------
    model : object or None
        The user's.
    engine : Engine or None
        What explained it, which has the background.
    may_ask : bool
        It may be asked for predictions of rows that the explanation does not know.
    transformations : transformer or None
        What stands before an estimator, where these two were explained.
    refused : str, optional
        Why a model that was given is not put into the page: a sentence.
    """

    model: Any = None
    engine: Any = None
    may_ask: bool = True
    transformations: Any = None
    refused: str | None = None

    @classmethod
    def of(cls, explanation_id: str, model: Any) -> Source:
        """Return what is known of an explanation's model.

        Parameters
        ----------
        explanation_id : str
            Of the explanation.
        model : object, False or None
            As the user gave it, who may then be asked; by default what made the explanation, as
            long as it is there; False for none.
        """
        if model is False:
            return cls()
        known = origins.origin_of(explanation_id)
        if model is None:
            # Nobody said that it may be asked, which may take long.
            return cls(known.model, known.engine, False, known.transformations)
        # Another model than the one explained may be a Pipeline, which has its own.
        front = known.transformations if model is known.model else None
        return cls(model, known.engine, transformations=front)

    def of_tables(self, explanation: Explanation) -> Source:
        """Return the same with a model of a list of texts as one of a table with their column.

        Parameters
        ----------
        explanation : Explanation
            Of texts, or of anything else: then nothing changes.
        """
        found = words_of(explanation)
        if found is None or self.model is None:
            return self
        known = origins.origin_of(explanation.id).model
        if known is not None and self.model in (known, models.inside(known)):
            return self._replace(model=known)
        data: Any = explanation.eval_data
        if found.column is not None and models.takes_texts(self.model):
            return self._replace(model=models.of_table(self.model, found.column))
        # Of a single column nothing tells whether a model takes it as a table or as a list.
        takes_table = is_frame(data) and data.shape[1] > 1
        return self if takes_table else self._replace(may_ask=False)

    def unwrapped(self, rows: Rows | None) -> Source:
        """Return the same with the model inside an MLflow pyfunc, where that predicts the same.

        Parameters
        ----------
        rows : DataFrame, array or csr_matrix, or None
            To compare their predictions for.
        """
        may_compare = self.may_ask and rows is not None and self.transformations is None
        if rows is None or not may_compare or not is_a(self.model, "mlflow", "PyFuncModel"):
            return self
        inner = pyfuncs.unwrapped(self.model, rows[:_FEW])
        return self if inner is None else self._replace(model=inner)
