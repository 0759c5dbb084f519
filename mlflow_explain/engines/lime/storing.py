"""Columns with their samples as JSON and arrays, and back; cells keep their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines.base import nested, under
from mlflow_explain.engines.black_box import storing
from mlflow_explain.engines.lime.columns import (
    Bins,
    Categories,
    Column,
    Grouped,
    Number,
    one_by_one,
    taken,
)
from mlflow_explain.errors import CorruptArtifactError
from mlflow_explain.explanation._arrays import frozen, frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, Rows


def stored(columns: Sequence[Column]) -> tuple[list[dict[str, Any]], dict[str, AnyArray]]:
    """Return JSON and arrays from which `restored` makes the same columns."""
    settings: list[dict[str, Any]] = []
    arrays: dict[str, AnyArray] = {}
    for j, column in enumerate(columns):
        entry, own = _number(column) if isinstance(column, Number) else _grouped(column)
        settings.append(entry)
        arrays |= nested(f"{j}_", own)
    return settings, arrays


def restored(
    settings: Sequence[Mapping[str, Any]], arrays: Mapping[str, AnyArray], background: Rows
) -> tuple[Column, ...]:
    """Return the columns that `stored` described; numbers have the types of the background's."""
    return tuple(
        _read(entry, under(arrays, f"{j}_"), column)
        for j, (entry, column) in enumerate(zip(settings, one_by_one(background), strict=True))
    )


def _number(column: Number) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    settings = {
        "as": "number",
        "scale": column.scale,
        "mean": column.mean,
        "missing": column.missing,
    }
    return settings, {"noise": column.noise, "drawn": column.drawn}


def _grouped(column: Grouped) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    arrays = {"samples": column.samples, "share": column.share}
    if isinstance(column.reader, Bins):
        return {"as": "bins"}, arrays | {"edges": column.reader.edges}
    settings, cells = storing.stored(column.reader.cells)
    return {"as": "categories", "cells": settings}, arrays | nested("cells_", cells)


def _read(settings: Mapping[str, Any], arrays: Mapping[str, AnyArray], like: Rows) -> Column:
    kind = settings["as"]
    if kind == "number":
        return Number(
            scale=settings["scale"],
            mean=settings["mean"],
            missing=settings["missing"],
            noise=frozen_floats(arrays["noise"]),
            drawn=frozen_floats(arrays["drawn"]),
            like=taken(like, np.arange(0)),
        )
    if kind not in {"bins", "categories"}:
        raise CorruptArtifactError(
            "a column of a kind this version reads",
            repr(kind),
            "Read it with the version of mlflow-explain that wrote it, or a newer one.",
        )
    reader: Bins | Categories
    if kind == "bins":
        reader = Bins(frozen_floats(arrays["edges"]))
    else:
        reader = Categories(storing.restored(settings["cells"], under(arrays, "cells_")))
    return Grouped(reader, frozen(arrays["samples"]), frozen_floats(arrays["share"]))
