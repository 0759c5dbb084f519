"""The methods of an `Explanation` that reach upward, in one place.

They are what a user expects to find on the value; each imports its layer only when called. The
import contract names exactly these edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from mlflow_explain.explanation.value import Explanation


class Conveniences:
    """Tables, pictures and other libraries' forms of an explanation."""

    def _explanation(self) -> Explanation:
        return cast("Explanation", self)

    def to_frame(self, output: Any = None) -> pd.DataFrame:
        """Return a table: one line per row with the attributions, or one per feature without them.

        Parameters
        ----------
        output : class label, optional
            Whose attributions; by default the last class of two, the first of more.

        Returns
        -------
        DataFrame
            Attributions (n_rows, n_features) indexed by row id; or a table with columns
            ``feature`` and ``importance`` when there are no local values.
        """
        from mlflow_explain.data import views

        return views.to_frame(self._explanation(), output)

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dictionary of names, values and settings, fit for strict JSON."""
        from mlflow_explain.data import views

        return views.to_dict(self._explanation())

    def to_shap(self) -> Any:
        """Return a ``shap.Explanation`` with the same values, base values and rows."""
        from mlflow_explain.engines import to_shap

        return to_shap.to_shap(self._explanation())

    def plot(self, top_k: int = 10) -> Figure:
        """Return a matplotlib figure of the `top_k` most important features."""
        from mlflow_explain.plots import summary

        return summary.figure(self._explanation(), top_k)

    def _repr_html_(self) -> str:
        from mlflow_explain.dashboard import table

        return table.fragment(self._explanation())

    def __repr__(self) -> str:
        """Say what it is in one line."""
        it = self._explanation()
        names: Sequence[str] = it.get_ranked_global_names(3)
        return (
            f"<Explanation {it.id[:8]}: {it.kind}, {it.method}, {it.num_examples} rows x "
            f"{it.num_features} features, {it.output_space}; most important: {', '.join(names)}>"
        )
