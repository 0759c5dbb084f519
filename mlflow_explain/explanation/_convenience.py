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

    def top(self, top_k: int | None) -> Explanation:
        """Return the explanation of its most important features only; the rest is summed.

        Parameters
        ----------
        top_k : int or None
            How many features, by the absolute value of their global importance; 0 and None keep
            all. An engineered explanation keeps as many of its own.

        Returns
        -------
        Explanation
            With the values, and the columns of the rows, of these features alone.
            `other_importance` and `other_importance_values` are the sums of what was left out,
            so that base value plus attributions plus other are the model's output as before.
            Texts keep all their tokens.
        """
        from mlflow_explain.data import truncated

        return truncated.top(self._explanation(), top_k)

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

    def to_tokens(self, row: int = 0, output: Any = None) -> pd.DataFrame:
        """Return the tokens of one explained text, in its order.

        Parameters
        ----------
        row : int, default=0
            Position of the text among those explained.
        output : class label, optional
            As of `to_frame`.

        Returns
        -------
        DataFrame
            Columns ``token``; ``start`` and ``end``, its place in Unicode code points;
            ``sentence``, the number of its sentence; ``importance``; and ``standard_error`` where
            values are estimated. With `expected_values` and the importance of absent words, and of
            columns beside the text, importances add up to the output. All tokens are there, those
            of words that `top` has left out, too.

        Raises
        ------
        MissingPartError
            It is no explanation of texts.
        InvalidInputError
            There is no such row or class.

        Examples
        --------
        >>> from mlflow_explain import TextExplainer
        >>> explainer = TextExplainer(lambda texts: [float(t.count("!")) for t in texts], ["", "a"])
        >>> explainer.explain_local("Well done!").to_tokens()["importance"].tolist()
        [0.0, 0.0, 1.0]
        """
        from mlflow_explain.data import views

        return views.to_tokens(self._explanation(), row, output)

    def to_sentences(self, row: int = 0, output: Any = None) -> pd.DataFrame:
        """Return the sentences of one explained text, in its order.

        Parameters
        ----------
        row, output
            As of `to_tokens`.

        Returns
        -------
        DataFrame
            Columns ``sentence``, ``start``, ``end``, ``importance``, the sum of its tokens', and
            ``text``, where the texts were kept.
        """
        from mlflow_explain.data import views

        return views.to_sentences(self._explanation(), row, output)

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dictionary of names, values and settings, fit for strict JSON."""
        from mlflow_explain.data import views

        return views.to_dict(self._explanation())

    def to_shap(self) -> Any:
        """Return a ``shap.Explanation`` with the same values, base values and rows."""
        from mlflow_explain.engines import to_shap

        return to_shap.to_shap(self._explanation())

    def plot(
        self,
        kind: str = "bar",
        *,
        top_k: int | None = None,
        output: Any = None,
        row: int | None = None,
        feature: str | None = None,
        color_by: str | None = None,
    ) -> Figure:
        """Return a picture as a matplotlib figure, made without pyplot.

        Parameters
        ----------
        kind : {"bar", "beeswarm", "waterfall", "dependence"}, default="bar"
            The global importance; one dot per row and feature; one row from base value to output;
            one feature's values against its attributions.
        top_k : int, optional
            Of all but "dependence": features drawn, by default 10; 0 draws all.
        output : class label or number of a target, optional
            Of all but "bar": by default the last of two classes, the first of more.
        row : int, optional
            Of "waterfall": position of the row, by default the first.
        feature : str, optional
            Of "dependence": the feature, by default the most important one.
        color_by : str, optional
            Of "dependence": another feature, which colours the dots.

        Returns
        -------
        matplotlib.figure.Figure
            Save it with ``savefig(path)``; a notebook shows it.

        Raises
        ------
        InvalidInputError
            There is no such kind, feature, row or class, or the kind takes no such option.
        MissingPartError
            The explanation has no local values, or not the rows, that the kind needs.
        """
        from mlflow_explain.plots import kinds

        options = {
            "top_k": top_k,
            "output": output,
            "row": row,
            "feature": feature,
            "color_by": color_by,
        }
        return kinds.figure(self._explanation(), kind, options)

    def _repr_html_(self) -> str:
        from mlflow_explain.dashboard import table

        return table.fragment(self._explanation())

    def __repr__(self) -> str:
        """Say what it is in one line."""
        it = self._explanation()
        names: Sequence[str] = it.get_ranked_global_names(3)
        rows = f"{it.num_examples} rows x " if it.local is not None or it.rows is not None else ""
        return (
            f"<Explanation {it.id[:8]}: {it.kind}, {it.method}, {rows}{it.num_features} features, "
            f"{it.output_space or it.global_measure}; most important: {', '.join(names)}>"
        )
