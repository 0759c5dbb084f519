"""What a page is given of a model: the model, what explained it, and whether it may be asked."""

from __future__ import annotations

from typing import Any, NamedTuple

from mlflow_explain.data import origins


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
    """

    model: Any = None
    engine: Any = None
    may_ask: bool = True
    transformations: Any = None

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
