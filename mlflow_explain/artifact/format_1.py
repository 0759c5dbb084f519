"""The reader of explanations of format 1, and the names that format gives to their parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.artifact import tokens
from mlflow_explain.artifact.tables import Window, read_table, window
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import CorruptArtifactError, MissingPartError
from mlflow_explain.explanation import (
    MEAN_ABSOLUTE,
    Background,
    EvaluatedRows,
    Explanation,
    FeatureMap,
    GlobalImportance,
    LocalImportance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mlflow_explain._typing import AnyArray, FeatureKind
    from mlflow_explain.artifact.sealed import Sealed

# Part of the evaluated rows -> its column, or the start of its columns' names.
OUTCOMES = {"predicted": "predicted", "probabilities": "probability", "true_y": "true_y"}
PLAIN = ("method", "model_task", "model_type", "output_space", "feature_perturbation", "comment")


def read(sealed: Sealed, kind: FeatureKind | None, rows: slice | None) -> Explanation:
    """Read an explanation, or a part of it, from a sealed folder."""
    chosen = window(rows, sealed.manifest.get("n_rows", 0))
    try:
        return _assembled(sealed, sealed.manifest, kind, chosen)
    except (KeyError, TypeError, IndexError) as error:
        raise CorruptArtifactError(
            "a manifest with all its entries", f"{type(error).__name__}: {error}", "Log it again."
        ) from error


def _assembled(
    sealed: Sealed, manifest: Mapping[str, Any], asked: FeatureKind | None, chosen: Window
) -> Explanation:
    common = {name: manifest[name] for name in PLAIN} | {
        "id": manifest["id"],
        "classes": manifest["classes"],
        "background": manifest["background"] and Background(**manifest["background"]),
        "quality": {k: np.nan if v is None else v for k, v in manifest["quality"].items()},
    }
    made: Explanation | None = None
    order: tuple[FeatureKind, ...] = ("engineered", "raw")
    for kind in order:
        about = manifest["members"].get(kind)
        if about is not None and asked in {None, kind}:
            made = _read_member(sealed, kind, about, common, made, chosen)
    if made is None and asked is not None and manifest["members"]:
        raise MissingPartError(
            f"an explanation with {asked} features",
            f"one with {' and '.join(manifest['members'])} features",
            "Ask for the other kind.",
        )
    if made is None:
        raise CorruptArtifactError("a raw or engineered member", "none", "Log it again.")
    return made


def _read_member(
    sealed: Sealed,
    kind: FeatureKind,
    about: Mapping[str, Any],
    common: Mapping[str, Any],
    engineered: Explanation | None,
    chosen: Window,
) -> Explanation:
    importance = sealed.arrays(f"{kind}/global.npz")
    fold = None
    if sealed.has(f"{kind}/feature_map.npz"):
        arrays = sealed.arrays(f"{kind}/feature_map.npz")
        fold = FeatureMap(
            **arrays, n_engineered=len(about["features"]), n_raw=len(about["raw_features"])
        )
    made = Explanation(
        **common,
        kind=kind,
        features=about["features"],
        raw_features=about["raw_features"],
        is_partial=about.get("is_partial", False),
        global_=GlobalImportance(
            importance["values"],
            importance["per_output"],
            importance.get("standard_deviations"),
            about.get("measure", MEAN_ABSOLUTE),
            importance.get("rest"),
            about.get("n_rest", 0),
        ),
        local=_read_local(sealed, kind, about, chosen),
        rows=_read_rows(sealed, kind, about, chosen),
        engineered=engineered,
        feature_map=fold,
    )
    tokens.check_places(made)
    return made


def _read_local(
    sealed: Sealed, kind: FeatureKind, about: Mapping[str, Any], chosen: Window
) -> LocalImportance | None:
    names = sealed.names(f"{kind}/local-")
    if not names:
        return None
    parts = [sealed.arrays(name) for name in names[chosen.blocks]]
    base = parts[0].pop("base_values")
    found = {
        name: np.concatenate([part[name] for part in parts])[chosen.inside] for name in parts[0]
    }
    if not set(found) <= {"values", "standard_errors", "rest"}:
        raise TypeError("arrays of other names")
    if any(part.dtype.kind != "f" for part in (base, *found.values())):
        raise TypeError("numbers of another type")
    local = LocalImportance(found["values"], base, found.get("standard_errors"), found.get("rest"))
    of_texts = tokens.read(sealed, kind, about, local, chosen)
    return local if of_texts is None else replace(local, tokens=of_texts)


def _read_rows(
    sealed: Sealed, kind: FeatureKind, about: Mapping[str, Any], chosen: Window
) -> EvaluatedRows | None:
    manifest = sealed.manifest
    if about["rows"] is None or manifest["outcomes"] is None:
        return None
    data = read_table(sealed, f"{kind}/rows", about["rows"], chosen)
    outcomes = read_table(sealed, "outcomes", manifest["outcomes"], chosen)
    known = {name: _outcome(outcomes, column) for name, column in OUTCOMES.items()}
    cohort = manifest["cohort_data"]
    known["cohort_data"] = (
        None if cohort is None else read_table(sealed, "cohort_data", cohort, chosen)
    )
    return EvaluatedRows(
        data=data,
        ids=data.index.to_numpy() if is_frame(data) else outcomes["row_id"].to_numpy(),
        **known,
    )


def _outcome(table: pd.DataFrame, column: str) -> AnyArray | None:
    """Return an outcome of one column, or of several that are numbered."""
    if column in table:
        return table[column].to_numpy()
    several = [name for name in table if str(name).startswith(f"{column}_")]
    return table[several].to_numpy() if several else None
