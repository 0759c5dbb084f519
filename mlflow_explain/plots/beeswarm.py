"""One dot per row and feature: how attributions spread, and with which values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable

from mlflow_explain.data.evaluated import attributions_to, column_of, numbers_of
from mlflow_explain.explanation._arrays import descending
from mlflow_explain.explanation.ranking import kept
from mlflow_explain.plots.marks import colour_scale, coloured_dots, dots, limits_of
from mlflow_explain.plots.picture import (
    LOW_TO_HIGH,
    UNIT,
    UNKNOWN,
    labels,
    literal,
    picture,
    shortened,
    shown,
    thinned,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.plots.picture import Picture

# Dots closer than one of so many steps of the picture's width are stacked.
_STEPS = 120
_HALF_HEIGHT = 0.4


def figure(explanation: Explanation, top_k: int | None = 10, output: Any = None) -> Picture:
    """Return one dot per row for each of the `top_k` features, coloured by the feature's value.

    Parameters
    ----------
    explanation : Explanation
        One with local values. Values that are no numbers, missing or not kept are grey.
    top_k : int, default=10
        Number of features, by their mean absolute attribution; 0 draws all.
    output : class label or number of a target, optional
        By default the last of two classes, the first of more.

    Returns
    -------
    Picture
        A matplotlib figure; of more than 5,000 rows it shows as many, and says so.
    """
    values, _, unit, _ = attributions_to(explanation, output)
    rows, told = thinned(len(values))
    _, features = shown(top_k, explanation.num_features)
    order = descending(np.abs(values).mean(axis=0))[: kept(top_k)]
    scaled = [_scaled(explanation, feature, rows) for feature in order]
    is_coloured = any(colour is not None for colour in scaled)
    why_grey = ""
    if not is_coloured:
        why_grey = "; grey: feature values are words or were not kept"
    elif any(colour is None or np.isnan(colour).any() for colour in scaled):
        why_grey = "; grey: words or missing"
    made, axes = picture(
        1.5 + 0.42 * len(order), "Attributions by row", f"{told}; {features}{why_grey}"
    )
    axes.axvline(0, color=UNKNOWN, linewidth=0.8, zorder=0)
    drawn = values[np.ix_(rows, order)]
    finite = drawn[np.isfinite(drawn)]
    width = float(np.ptp(finite)) if finite.size else 0.0
    for place, colour in enumerate(scaled):
        _strip(axes, place, drawn[:, place], colour, width / _STEPS)
    axes.set_yticks(range(len(order)), labels([explanation.features[i] for i in order]))
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_xlabel(literal(f"attribution ({shortened(unit, UNIT)})"))
    axes.grid(axis="y", color="#e2e8f0", linewidth=0.6)
    axes.set_axisbelow(True)
    if is_coloured:
        scale = ScalarMappable(cmap=LOW_TO_HIGH)
        scale.set_clim(0, 1)
        colour_scale(made, axes, scale, "feature value").set_yticks([0, 1], ["low", "high"])
    return made


def _scaled(explanation: Explanation, feature: int, rows: IntArray) -> FloatArray | None:
    """Return a feature's values from 0, low, to 1, high; outliers count as low or high."""
    column = column_of(explanation, feature)
    numbers = None if column is None else numbers_of(column)
    if numbers is None:
        return None
    if not np.isfinite(numbers).any():
        return None
    low, high = limits_of(numbers)
    at = numbers[rows]
    if low == high:
        return np.where(np.isfinite(at), 0.5, np.nan)
    scaled = np.clip((at - low) / (high - low), 0.0, 1.0)
    return np.where(np.isfinite(at), scaled, np.nan)


def _strip(
    axes: Axes, place: int, values: FloatArray, colour: FloatArray | None, step: float
) -> None:
    """Draw the dots of one feature, stacked where they are dense."""
    heights = place + _stacked(values, step)
    if colour is None:
        dots(axes, values, heights, UNKNOWN, size=9)
    else:
        coloured_dots(axes, values, heights, colour, (0.0, 1.0), size=9)


def _stacked(values: FloatArray, step: float) -> FloatArray:
    """Return heights within half a line: dots of one step stand around its middle, in turns."""
    bins = np.zeros(len(values), dtype=np.int64)
    finite = np.isfinite(values)
    if step > 0:
        bins[finite] = np.floor((values[finite] - values[finite].min(initial=np.inf)) / step)
    order = np.argsort(bins, kind="stable")
    _, starts, counts = np.unique(bins[order], return_index=True, return_counts=True)
    turn = np.empty(len(values))
    turn[order] = np.arange(len(values)) - np.repeat(starts, counts)
    side = np.where(turn % 2 == 0, 1.0, -1.0) * np.ceil(turn / 2)
    fullest = max(int(counts.max(initial=1)) / 2, 6.0)
    return np.asarray(_HALF_HEIGHT * side / fullest)
