"""The methods of explainers that reach upward, in one place; each imports its layer when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.scoring.explainers import ScoringExplainer


class Conveniences:
    """What users expect to find on an explainer."""

    def create_scoring_explainer(self, examples: Any = None) -> ScoringExplainer:
        """Return the light explainer that is registered and served.

        Parameters
        ----------
        examples : optional
            Accepted for the original SDK's call; the engine has what it needs.

        Returns
        -------
        ScoringExplainer
            A `TreeScoringExplainer` for trees, and so on: by the engine. It answers all columns,
            also where this explainer keeps those of `explain_subset` only.
        """
        from mlflow_explain.scoring.explainers import scoring_explainer_of

        del examples
        return scoring_explainer_of(cast("Explainer", self))
