"""Cells that a page does not show: left out, or as ranges only."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload.cells import Cells, absent
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.explanation import Explanation

# Ranges of masked numbers, and rows in each of them, at least.
_PARTS, _LEAST_ROWS = 10, 5


def check_known(options: PageOptions, columns: Collection[str]) -> None:
    """Refuse to leave out a column that is not there: it may be misspelt, and would be shown."""
    unknown = [name for name in (*options.drop_columns, *options.mask) if name not in columns]
    if unknown:
        raise FeatureError(
            "`drop_columns` and `mask` of columns of the rows or of the cohort data",
            f"{', '.join(unknown[:5])}, which they do not have",
            "Name columns as they are called there.",
        )


def origins_of(member: Explanation) -> list[set[str] | None]:
    """Return the names by which each feature may be left out: its own, and of raw columns it is of.

    None where it is not known which raw columns an engineered feature is made of. A word is made of
    the column of its texts.
    """
    names: list[set[str] | None] = [{name} for name in member.features]
    found = words_of(member)
    if found is not None:
        own_column = None if found.column is None else {found.column}
        names = [
            own_column if is_one else own for own, is_one in zip(names, found.are, strict=True)
        ]
    if member.kind == "raw":
        return names
    fold = member.feature_map
    if fold is None or member.raw_features is None:
        return [None] * len(names)
    for feature, raw in zip(fold.engineered, fold.raw, strict=True):
        known = names[int(feature)]
        if known is not None:
            known.add(member.raw_features[int(raw)])
    return names


def is_hidden(origins: set[str] | None, options: PageOptions) -> bool:
    """Whether cells of a column are not shown, or not as they are; see `shown`."""
    hidden = {*options.drop_columns, *options.mask}
    if not options.include_data or (origins is None and hidden):
        return True
    return bool(hidden & (origins or set()))


def shown(origins: set[str] | None, cells: Cells, options: PageOptions) -> Cells:
    """Return the cells of a column as far as they are shown.

    Parameters
    ----------
    origins : set of str or None
        Names by which it may be left out; None where these are not known.
    cells : Cells
        Of all rows.
    options : PageOptions
        What is left out.
    """
    if not options.include_data:
        return absent("The page was made without the cells of the rows.")
    hidden = {*options.drop_columns, *options.mask}
    if origins is None and hidden:
        return absent("It may be made of a column whose cells are not shown.")
    if origins is None or not hidden & origins:
        return cells
    if origins & {*options.drop_columns}:
        return absent("Its cells were left out when the page was made.")
    return masked(cells)


def masked(cells: Cells) -> Cells:
    """Return numbers and times as ranges of a tenth of the rows each; labels not at all."""
    if cells.absent is not None or cells.type in {"boolean", "category"}:
        return absent("Its cells are masked.")
    known = cells.values[np.isfinite(cells.values)]
    edges = _edges(known)
    places = np.searchsorted(edges, cells.values, side="right").astype(np.float64)
    values = np.where(np.isnan(cells.values), np.nan, places)
    return Cells("category", values, tuple(_ranges(_texts(edges, cells))))


def _edges(known: FloatArray) -> FloatArray:
    """Return where ranges end, each of which holds rows enough that it tells none of them."""
    # Neither the smallest nor the largest cell is told.
    parts = max(1, min(_PARTS, len(known) // _LEAST_ROWS))
    found: list[float] = []
    left = 0
    for edge in np.unique(np.quantile(known, np.arange(1, parts) / parts)) if parts > 1 else ():
        below = int((known < edge).sum())
        if below - left >= _LEAST_ROWS <= len(known) - below:
            found.append(float(edge))
            left = below
    return np.array(found)


def ids_are_hidden(explanation: Explanation, options: PageOptions) -> bool:
    """Whether what rows are called is a column whose cells are not shown."""
    rows, hidden = explanation.rows, {*options.drop_columns, *options.mask}
    if rows is None or not hidden:
        return False
    if hidden & set(index_names(explanation)):
        return True
    ids = pd.Index(rows.ids)
    levels = [ids.get_level_values(i).map(str) for i in range(ids.nlevels)]
    frames: tuple[Any, ...] = (rows.data, rows.cohort_data)
    for frame in frames:
        if not is_frame(frame):
            continue
        for i, name in enumerate(frame.columns):
            if str(name) in hidden:
                # Objects: not all texts fit into pandas' own type of them.
                texts = np.array([*map(str, frame.iloc[:, i]), None], dtype=object)[:-1]
                if any(np.array_equal(level, texts) for level in levels):
                    return True
    return False


def index_names(explanation: Explanation) -> list[str]:
    """Return the names of the index of the rows, where it has some."""
    data: Any = explanation.eval_data
    return [str(name) for name in data.index.names if name is not None] if is_frame(data) else []


def _texts(edges: FloatArray, cells: Cells) -> list[str]:
    """Return edges for readers; of numbers as few digits as tell them apart, four at least."""
    if cells.type == "time":
        return [str(np.datetime64(int(edge), "ms").astype("datetime64[s]")) for edge in edges]
    for digits in range(4, 18):
        rounded = [f"{edge:.{digits}g}" for edge in edges]
        if len({*rounded}) == len(edges):
            break
    return [_plain(text) for text in rounded]


def _plain(text: str) -> str:
    """Return a number without an exponent, and in groups of three digits; unless it is extreme."""
    number = Decimal(text)
    if number and not -5 < number.adjusted() < 15:
        return text
    # Numbers of four digits may be years.
    return f"{number:,f}" if number.adjusted() > 3 else f"{number:f}"


def _ranges(edges: list[str]) -> list[str]:
    if not edges:
        return ["any"]
    inner = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *inner, f"{edges[-1]} or more"]
