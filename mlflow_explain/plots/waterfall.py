"""One row: from the base value to the output, feature by feature."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.evaluated import (
    attributions_to,
    column_of,
    own_answer,
    own_outputs,
    sum_name,
    told,
    total_of,
)
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.explanation._arrays import largest
from mlflow_explain.explanation.ranking import kept
from mlflow_explain.plots.picture import (
    FAINT,
    LOWERS,
    RAISES,
    UNIT,
    UNKNOWN,
    literal,
    picture,
    shortened,
)

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.plots.picture import Picture

# Keeps the line of the base value off the numbers.
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}


def figure(
    explanation: Explanation, row: int = 0, top_k: int | None = 10, output: Any = None
) -> Picture:
    """Return how the features of one row lead from the base value to the output.

    Parameters
    ----------
    explanation : Explanation
        One with local values.
    row : int, default=0
        Position of the row.
    top_k : int, default=10
        Features drawn one by one, by absolute attribution; the rest is summed. 0 draws all.
    output : class label or number of a target, optional
        By default the last of two classes, the first of more.

    Returns
    -------
    Picture
        A matplotlib figure. Where attributions do not sum to the model's own output, that stands
        below their sum, if it was kept.
    """
    values, base, unit, rest = attributions_to(explanation, output)
    if not isinstance(row, Integral) or not 0 <= row < len(values):
        raise InvalidInputError(
            f"`row`, a position from 0 to {len(values) - 1}", repr(row), "Number a row."
        )
    own = values[row]
    if not (np.isfinite(base) and np.isfinite(own).all()):
        raise MissingPartError(
            "a base value and attributions that are numbers",
            "NaN or infinity among them",
            "Pass `expected_values` to the adapter, or draw another row.",
        )
    order = largest(own, kept(top_k))
    names = [_label(explanation, int(i), row) for i in order]
    steps = list(own[order])
    n_rest = len(own) - len(order) + explanation.num_left_out
    if n_rest:
        names.append(f"{n_rest} other feature{'s' if n_rest > 1 else ''}")
        steps.append(float(own.sum() - np.sum(steps) + rest[row]))
    end = sum_name(explanation)
    points = {"base value": base, end: total_of(base, own, float(rest[row]))}
    subtitle = f"{shortened(unit, UNIT)}; pink raises it, blue lowers it"
    if end != "output":
        answer = _own_output(explanation, row, output)
        points |= answer
        told_so = "" if answer else own_answer(explanation, row, output)
        subtitle += f"; {shortened(told_so, UNIT)}" if told_so else ""
    made, axes = picture(
        1.6 + 0.34 * (len(steps) + len(points) - 1),
        f"Row {row}{_id(explanation, row)}: from base value to {end}",
        subtitle,
    )
    _draw(axes, np.array(steps), list(points.values()))
    first, *last = points
    lines = [first, *[literal(name) for name in names], *last]
    axes.set_yticks(range(len(lines)), lines)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    # Bars would hold the margin at their own ends, where the labels stand.
    axes.use_sticky_edges = False
    axes.margins(x=0.14)
    axes.set_xlabel(literal(shortened(unit, UNIT)))
    return made


def _draw(axes: Any, steps: Any, points: list[float]) -> None:
    """Draw the base value, one floating bar per step, and the points they lead to."""
    base = points[0]
    ends = base + np.cumsum(steps)
    starts = np.concatenate([[base], ends[:-1]]) if len(steps) else ends
    places = np.arange(1, len(steps) + 1)
    colours = [RAISES if step >= 0 else LOWERS for step in steps]
    axes.barh(places, steps, left=starts, color=colours, height=0.66, zorder=2)
    for place, step, end in zip(places.tolist(), steps, ends, strict=True):
        # Beside the end the bar points to, so that no label lies on its own bar.
        axes.annotate(
            f"{step:+.3g}", (end, place), (4 if step >= 0 else -4, 0), va="center", fontsize=8,
            textcoords="offset points", ha="left" if step >= 0 else "right", bbox=_PAPER,
        )  # fmt: skip
    below = range(len(steps) + 1, len(steps) + len(points))
    for place, value in zip((0, *below), points, strict=True):
        axes.plot([value], [place], marker="D", color=FAINT, markersize=6, zorder=3)
        axes.annotate(
            f"{value:.4g}", (value, place), (8, 0), va="center", fontsize=9, fontweight="bold",
            textcoords="offset points",
        )  # fmt: skip
    levels = np.concatenate([[base], ends])
    # From the end of each step down to the start of the next.
    axes.vlines(
        levels, np.arange(len(levels)), np.arange(1, len(levels) + 1), color=UNKNOWN, linewidth=0.8
    )
    axes.axvline(base, color=FAINT, linewidth=0.7, linestyle=":", zorder=0)


def _own_output(explanation: Explanation, row: int, output: Any) -> dict[str, float]:
    """Return the model's own output by name, if it is known in the unit of the attributions."""
    own = own_outputs(explanation, output)
    known = own is not None and np.isfinite(own[row])
    return {"model's own output": float(own[row])} if own is not None and known else {}


def _id(explanation: Explanation, row: int) -> str:
    """Return the row's name in brackets, if it has one beside its position."""
    if explanation.rows is None or str(explanation.rows.ids[row]) == str(row):
        return ""
    return f" (id {shortened(explanation.rows.ids[row], 20)})"


def _label(explanation: Explanation, feature: int, row: int) -> str:
    """Return the feature with its value in the row, where the rows were kept."""
    column = column_of(explanation, feature)
    name = shortened(explanation.features[feature])
    if column is None:
        return name
    return f"{name} = {shortened(told(column.iloc[row]), 16)}"
