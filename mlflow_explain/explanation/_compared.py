"""The methods of a `Comparison` that reach upward, in one place, as those of an `Explanation`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from mlflow_explain.explanation.comparison import Comparison


class ComparisonConveniences:
    """Tables, pictures and words of a comparison."""

    def _comparison(self) -> Comparison:
        return cast("Comparison", self)

    def to_frame(self) -> pd.DataFrame:
        """Return a table of one line per feature, by the mean of its shares, largest first.

        Returns
        -------
        DataFrame
            Columns ``feature``, ``importance_a``, ``importance_b``, ``difference`` and
            ``difference_standard_error`` (in the explanations' unit; missing where units differ),
            ``share_a``, ``share_b``, ``share_difference`` and ``share_difference_standard_error``
            (from 0 to 1), ``rank_a``, ``rank_b`` and ``rank_change`` (places gained in ``b``),
            ``beyond_noise``.
        """
        from mlflow_explain.data import compared

        return compared.to_frame(self._comparison())

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dictionary of figures and names, fit for strict JSON."""
        from mlflow_explain.data import compared

        return compared.to_dict(self._comparison())

    def plot(self, top_k: int | None = 10) -> Figure:
        """Return a picture of both shares of each feature as a matplotlib figure.

        Parameters
        ----------
        top_k : int, default=10
            Features drawn, those with the largest mean share; 0 draws all.
        """
        from mlflow_explain.plots import comparison

        return comparison.figure(self._comparison(), top_k)

    def in_words(self) -> str:
        """Return the comparison as one paragraph of plain text."""
        from mlflow_explain.dashboard import compared

        return compared.paragraph(self._comparison())

    def _repr_html_(self) -> str:
        from mlflow_explain.dashboard import compared

        return compared.fragment(self._comparison())

    def __repr__(self) -> str:
        """Say what it is in one line."""
        it = self._comparison()
        figures = {
            "Kendall tau": it.kendall_tau,
            "NDCG": it.ndcg,
            f"overlap of top {it.top_k}": it.top_k_overlap,
        }
        told = [f"{name} {value:.3f}" for name, value in figures.items() if value is not None]
        names = " / ".join(" ".join(side.name.split()) for side in (it.a, it.b))
        return f"<Comparison {names}: {', '.join(told)}; {len(it.features)} features>"
