"""Cells that a page does not show: left out, or as ranges only."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.dashboard.payload.cells import Cells, absent
from mlflow_explain.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.explanation import Explanation

_PARTS = 10


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

    None where it is not known which raw columns an engineered feature is made of.
    """
    names: list[set[str] | None] = [{name} for name in member.features]
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
    """Return numbers and times as ranges that hold a tenth of the rows each; labels not at all."""
    if cells.absent is not None or cells.type in {"boolean", "category"}:
        return absent("Its cells are masked.")
    known = cells.values[np.isfinite(cells.values)]
    # Neither the smallest nor the largest cell is told.
    edges = np.unique(np.quantile(known, np.arange(1, _PARTS) / _PARTS)) if len(known) else known
    places = np.searchsorted(edges, cells.values, side="right").astype(np.float64)
    values = np.where(np.isnan(cells.values), np.nan, places)
    texts = [_text(edge, cells) for edge in edges]
    return Cells("category", values, tuple(_ranges(texts)))


def _text(edge: float, cells: Cells) -> str:
    if cells.type == "time":
        return str(np.datetime64(int(edge), "ms").astype("datetime64[s]"))
    return f"{edge:.4g}"


def _ranges(edges: list[str]) -> list[str]:
    if not edges:
        return ["any"]
    inner = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *inner, f"{edges[-1]} or more"]
