"""The most important features as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.plots.picture import FAINT, FIRST, SECOND, labels, literal, picture, shown

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.plots.picture import Picture


def figure(explanation: Explanation, top_k: int | None = 10) -> Picture:
    """Return the `top_k` most important features as horizontal bars.

    Parameters
    ----------
    explanation : Explanation
        Any explanation. Where its values were measured repeatedly, lines show one standard
        deviation to both sides.
    top_k : int, default=10
        Number of bars; 0 draws all.

    Returns
    -------
    Picture
        A matplotlib figure.
    """
    values = np.array(explanation.get_ranked_global_values(top_k))
    names = explanation.get_ranked_global_names(top_k)
    _, features = shown(top_k, explanation.num_features)
    measured = explanation.global_.standard_deviations
    rank = explanation.global_importance_rank[: len(values)]
    spread = None if measured is None else measured[rank]
    made, axes = picture(
        1.3 + 0.34 * len(values),
        "Global importance",
        f"{features}{'; lines: ± one standard deviation' if spread is not None else ''}",
    )
    places = np.arange(len(values))
    drawn = np.where(np.isfinite(values), values, 0.0)
    colours = [SECOND if value < 0 else FIRST for value in drawn]
    axes.barh(places, drawn, color=colours, height=0.7, xerr=spread, ecolor="#1a202c", capsize=2)
    ends = drawn if spread is None else drawn + np.copysign(np.nan_to_num(spread), drawn)
    for place, end, value in zip(places, ends, values, strict=True):
        axes.annotate(
            f"{value:.3g}", (end, place), (4 if end >= 0 else -4, 0), va="center", fontsize=8,
            textcoords="offset points", ha="left" if end >= 0 else "right",
        )  # fmt: skip
    axes.set_yticks(places, labels(names))
    axes.invert_yaxis()
    axes.margins(x=0.12)
    if (drawn < 0).any():
        axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.set_xlabel(literal(explanation.global_measure))
    return made
