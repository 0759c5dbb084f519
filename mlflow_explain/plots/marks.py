"""What pictures of rows are drawn with: dots, their colours, and words in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.plots.picture import LOW_TO_HIGH, UNKNOWN, literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.plots.picture import Picture

# Words beyond the most frequent ones are drawn together.
_MAX_WORDS = 12
_MISSING = "missing"
# Whether values lie below and above the colours' limits -> matplotlib's word for it.
_EXTENDED = {
    (False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both",
}  # fmt: skip


def dots(
    axes: Axes,
    x: AnyArray,
    y: AnyArray,
    colour: str,
    *,
    size: float = 14,
    label: str | None = None,
) -> None:
    """Draw one dot per row, all of one colour."""
    axes.scatter(
        x, y, s=size, color=colour, label=label, linewidths=0, alpha=0.8, rasterized=True, zorder=2
    )


def coloured_dots(
    axes: Axes,
    x: AnyArray,
    y: AnyArray,
    values: FloatArray,
    limits: tuple[float, float],
    *,
    size: float = 14,
) -> ScalarMappable:
    """Draw one dot per row, coloured from low to high values; grey where they are missing."""
    known = np.isfinite(values)
    dots(axes, x[~known], y[~known], UNKNOWN, size=size)
    return axes.scatter(
        x[known], y[known], s=size, c=values[known], cmap=LOW_TO_HIGH, vmin=limits[0],
        vmax=limits[1], linewidths=0, rasterized=True, zorder=3,
    )  # fmt: skip


def limits_of(values: FloatArray) -> tuple[float, float]:
    """Return the values that are drawn as low and as high: outliers must not take all colours."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.05, 0.95])
    return (low, high) if low < high else (float(known.min()), float(known.max()))


def colour_scale(made: Picture, axes: Axes, scale: ScalarMappable, name: str) -> Axes:
    """Draw the legend of colours beside the plot, and return its axes."""
    known = scale.get_array()
    low, high = scale.get_clim()
    beyond = known is not None and (np.min(known) < low, np.max(known) > high)
    extend = _EXTENDED[beyond] if beyond else "neither"
    bar = made.colorbar(scale, ax=axes, aspect=30, pad=0.02, extend=extend)
    bar.set_label(literal(name), fontsize=9)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8)
    return bar.ax


def levels(column: pd.Series, most: int = _MAX_WORDS) -> tuple[list[str], IntArray]:
    """Return the `most` frequent words of a column, and which one each row has.

    All others together are one more.
    """
    words = column.astype(object).where(column.notna(), _MISSING).map(str)
    counts = words.value_counts()
    ranked = sorted(counts.index, key=lambda word: (-counts[word], word))
    names = ranked[:most]
    places = {word: place for place, word in enumerate(names)}
    codes = words.map(lambda word: places.get(word, len(places))).to_numpy(dtype=np.int64)
    if len(ranked) > len(names):
        names = [*names, f"{len(ranked) - most} others"]
    return names, codes
