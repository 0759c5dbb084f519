"""The summary picture: the most important features as bars."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow_explain.explanation import Explanation

_BAR = "#2b6cb0"
_LONGEST_NAME = 32


def figure(explanation: Explanation, top_k: int = 10) -> Figure:
    """Return the `top_k` most important features as horizontal bars.

    Parameters
    ----------
    explanation : Explanation
        Any explanation.
    top_k : int, default=10
        Number of bars.

    Returns
    -------
    matplotlib.figure.Figure
        Made without pyplot: no window opens and no global state changes.
    """
    values = explanation.get_ranked_global_values(top_k)[::-1]
    names = [shortened(name) for name in explanation.get_ranked_global_names(top_k)[::-1]]
    made = Figure(figsize=(7.0, 1.2 + 0.34 * len(values)), layout="constrained")
    axes = made.subplots()
    places = range(len(values))
    bars = axes.barh(places, values, color=_BAR, height=0.7)
    # A literal dollar sign would start matplotlib's mathematics.
    axes.set_yticks(places, [name.replace("$", r"\$") for name in names])
    axes.bar_label(bars, labels=[f"{value:.3g}" for value in values], padding=3, fontsize=8)
    axes.margins(x=0.12)
    axes.set_xlabel(f"mean |importance| ({explanation.output_space})")
    shown = f"top {len(values)} of {explanation.num_features} features"
    axes.set_title(f"Global importance: {shown}", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    return made


def write(explanation: Explanation, path: Path, top_k: int = 10) -> None:
    """Write the summary as a PNG file."""
    with warnings.catch_warnings():
        # A character without a picture in the font is drawn as a box; the other forms have it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure(explanation, top_k).savefig(path, format="png", dpi=110)


def shortened(name: str) -> str:
    """Return a name that fits beside a bar."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
