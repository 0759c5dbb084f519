"""Two explanations side by side: both shares of each feature, joined by a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from mlflow_explain.plots.picture import (
    FAINT,
    FIRST,
    SECOND,
    UNKNOWN,
    labels,
    literal,
    picture,
    shortened,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.explanation.comparison import Comparison
    from mlflow_explain.plots.picture import Picture

# Half the height between the lines of both errors, so that neither hides the other.
_APART = 0.16
# Longest name in the legend, and longest that stands beside the other.
_LEGEND, _BESIDE = 80, 36


def figure(comparison: Comparison, top_k: int | None = 10) -> Picture:
    """Return two dots per feature, its share in either explanation, joined by a line.

    Parameters
    ----------
    comparison : Comparison
        Where local values were compared, thin lines show two standard errors to both sides, of
        drawing rows.
    top_k : int, default=10
        Features drawn, those with the largest mean share; 0 draws all.

    Returns
    -------
    Picture
        A matplotlib figure. At its right stand the ranks in both.
    """
    n_shown, features = shown(top_k, len(comparison.features))
    if comparison.num_known < len(comparison.features):
        features += f", {comparison.num_known} known of both"
    sides = (comparison.a, comparison.b)
    has_errors = any(side.share_standard_error is not None for side in sides)
    said = "; lines: ± two standard errors of drawing rows" if has_errors else ""
    made, axes = picture(2.0 + 0.36 * n_shown, _title(comparison), f"{features}{said}")
    places = np.arange(n_shown, dtype=np.float64)
    shares = [side.share[:n_shown] for side in sides]
    axes.hlines(places, shares[0], shares[1], color="#cbd5e0", linewidth=3.5, zorder=1)
    for side, colour, up in zip(sides, (FIRST, SECOND), (-_APART, _APART), strict=True):
        if side.share_standard_error is not None:
            errors = 2 * side.share_standard_error[:n_shown]
            _lines(axes, side.share[:n_shown], errors, np.asarray(places + up), colour)
    # A ring and a smaller diamond: where both stand at one place, both are seen.
    names = [literal(shortened(side.name, _LEGEND)) for side in sides]
    axes.scatter(shares[0], places, s=64, color="white", edgecolors=FIRST, linewidths=2.2,
                 zorder=3, label=names[0])  # fmt: skip
    axes.scatter(shares[1], places, s=26, color=SECOND, marker="D", zorder=4, label=names[1])
    axes.set_yticks(places, labels(comparison.features[:n_shown]))
    axes.set_ylim(n_shown - 0.4, -0.6)
    longest = max(float(np.nanmax(each, initial=0.01)) for each in shares)
    axes.set_xlim(left=-0.02 * longest)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if longest > 0.08 else 1))
    axes.set_xlabel("share of the importance")
    axes.grid(axis="y", color="#e2e8f0", linewidth=0.6)
    axes.set_axisbelow(True)
    _ranks(axes, comparison, n_shown)
    made.legend(loc="outside lower center", frameon=False, fontsize=9,
                ncols=2 if max(map(len, names)) <= _BESIDE else 1)  # fmt: skip
    return made


def _title(comparison: Comparison) -> str:
    tau = comparison.kendall_tau
    return "Importance compared" + ("" if tau is None else f": Kendall's tau {tau:.2f}")


def _lines(
    axes: Axes, shares: FloatArray, errors: FloatArray, places: FloatArray, colour: str
) -> None:
    """Draw errors to both sides, none below 0."""
    starts = np.maximum(shares - errors, 0.0)
    axes.hlines(places, starts, shares + errors, color=colour, linewidth=1.1, zorder=2)


def _ranks(axes: Axes, comparison: Comparison, n_shown: int) -> None:
    """Write at the right how each feature's rank changes; faint where it does not."""
    a, b = comparison.a.rank, comparison.b.rank
    axis = axes.secondary_yaxis("right")
    axis.set_yticks(
        range(n_shown), [f"{a[i] or '-'} → {b[i] or '-'}" for i in range(n_shown)], fontsize=8
    )
    axis.tick_params(length=0)
    axis.spines["right"].set_visible(False)
    for text, i in zip(axis.get_yticklabels(), range(n_shown), strict=True):
        text.set_color(UNKNOWN if a[i] == b[i] else FAINT)
    axes.annotate("rank", (1.0, 1.0), (6, 6), xycoords="axes fraction", fontsize=8, color=FAINT,
                  textcoords="offset points")  # fmt: skip
