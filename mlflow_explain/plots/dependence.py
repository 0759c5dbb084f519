"""One feature: its value against its attribution, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.evaluated import attributions_to, column_of, numbers_of
from mlflow_explain.errors import FeatureError, MissingPartError
from mlflow_explain.explanation._arrays import descending
from mlflow_explain.plots.marks import colour_scale, coloured_dots, dots, levels, limits_of
from mlflow_explain.plots.picture import (
    FIRST,
    PALETTE,
    UNIT,
    UNKNOWN,
    both_ends,
    labels,
    literal,
    picture,
    shortened,
    thinned,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.plots.picture import Picture


def figure(
    explanation: Explanation,
    feature: str | None = None,
    color_by: str | None = None,
    output: Any = None,
) -> Picture:
    """Return the values of one feature against its attributions.

    Parameters
    ----------
    explanation : Explanation
        One with local values and its evaluation rows.
    feature : str, optional
        Its name; by default the most important one. Numbers are drawn along an axis, words side
        by side.
    color_by : str, optional
        Another feature that colours the dots.
    output : class label or number of a target, optional
        By default the last of two classes, the first of more.

    Returns
    -------
    Picture
        A matplotlib figure; of more than 5,000 rows it shows as many, and says so.
    """
    values, _, unit, _ = attributions_to(explanation, output)
    if feature is None:
        feature = explanation.features[int(descending(np.abs(values).mean(axis=0))[0])]
    position, column = _column(explanation, feature)
    by = None if color_by is None else _column(explanation, color_by)[1]
    rows, told = thinned(len(values))
    column, y = column.iloc[rows], values[rows, position]
    numbers = numbers_of(column)
    missing = 0 if numbers is None else int((~np.isfinite(numbers)).sum())
    if missing:
        told += f"; {missing:,} of them without a value, not shown"
    made, axes = picture(4.2, f"Attribution of {shortened(feature)}", told)
    axes.axhline(0, color=UNKNOWN, linewidth=0.8, zorder=0)
    x = _words_axis(axes, column) if numbers is None else numbers
    if by is None:
        dots(axes, x, y, FIRST)
    else:
        _coloured(made, axes, x, y, by.iloc[rows], str(color_by))
    axes.set_xlabel(literal(shortened(feature, 60)))
    axes.set_ylabel(literal(f"attribution ({shortened(unit, UNIT)})"))
    return made


def _column(explanation: Explanation, feature: str) -> tuple[int, pd.Series]:
    """Return the position and the values of a feature in all rows."""
    if str(feature) not in explanation.features:
        raise FeatureError(
            f"one of the features {', '.join(explanation.features)}",
            repr(feature),
            "Name a feature of the explanation.",
        )
    position = explanation.features.index(str(feature))
    column = column_of(explanation, position)
    words = explanation.local is not None and explanation.local.tokens is not None
    if column is None and words:
        raise MissingPartError(
            "a feature that is a column", f"{feature}, a word of texts", "Draw another picture."
        )
    if column is None:
        raise MissingPartError(
            f"evaluation rows with the column {feature}",
            "an explanation without them",
            "Explain rows and keep them; an adapter takes `evaluation_examples`.",
        )
    return position, column


def _words_axis(axes: Axes, column: pd.Series) -> FloatArray:
    """Name the words along the axis, and return where each row stands, spread a little."""
    names, codes = levels(column)
    short = [both_ends(name) for name in names]
    crowded = sum(map(len, short)) > 60
    axes.set_xticks(
        range(len(names)),
        labels(short),
        rotation=35 if crowded else 0,
        ha="right" if crowded else "center",
    )
    axes.set_xlim(-0.6, len(names) - 0.4)
    return codes + np.random.default_rng(0).uniform(-0.28, 0.28, len(codes))


def _coloured(
    made: Picture, axes: Axes, x: FloatArray, y: FloatArray, by: pd.Series, name: str
) -> None:
    """Draw the dots in the colours of another feature, with a legend."""
    numbers = numbers_of(by)
    if numbers is not None and np.isfinite(numbers).any():
        grey = "" if np.isfinite(numbers).all() else "; grey: missing"
        scale = coloured_dots(axes, x, y, numbers, limits_of(numbers))
        colour_scale(made, axes, scale, f"{shortened(name)}{grey}")
        return
    names, codes = levels(by, len(PALETTE))
    words = labels([both_ends(word) for word in names])
    for code, (word, colour) in enumerate(zip(words, (*PALETTE, UNKNOWN), strict=False)):
        here = codes == code
        dots(axes, x[here], y[here], colour, label=word)
    title = literal(shortened(name))
    axes.legend(
        title=title, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, markerscale=2
    )
