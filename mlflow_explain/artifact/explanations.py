"""An `Explanation` as a sealed folder, and back.

manifest.json                 names, classes, task, method, output space, digests; written last
local-00000.npz ...           under raw/ and engineered/: values of 10,000 rows, base values
global.npz                    under raw/ and engineered/: importance, and per output
rows.parquet | rows-*.npz     under raw/ and engineered/: the evaluation rows
feature_map.npz               under engineered/: from engineered features to raw columns
outcomes.parquet              predictions, probabilities and observed outcomes
cohort_data.parquet           columns the model never sees
global_importance.json        a table MLflow's page shows
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.artifact.sealed import (
    Sealed,
    open_sealed,
    prepare,
    seal,
    write_arrays,
    write_json,
)
from mlflow_explain.artifact.tables import blocks, read_table, write_table
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.views import finite, plain_labels
from mlflow_explain.errors import CorruptArtifactError
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
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mlflow_explain._typing import AnyArray, FeatureKind

KIND = "explanation"
IMPORTANCE_TABLE = "global_importance.json"
# Part of the evaluated rows -> its column, or the start of its columns' names.
_OUTCOMES = {"predicted": "predicted", "probabilities": "probability", "true_y": "true_y"}
_PLAIN = ("method", "model_task", "model_type", "output_space", "feature_perturbation", "comment")


def save_explanation(explanation: Explanation, path: str | Path, exist_ok: bool = False) -> Path:
    """Write an explanation to a folder: JSON, plain arrays and parquet, no pickle.

    Parameters
    ----------
    explanation : Explanation
        What to write.
    path : str or Path
        A new or empty folder.
    exist_ok : bool, default=False
        Replace an explanation that lies there.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ArtifactExistsError
        The folder holds something.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from mlflow_explain import TabularExplainer, load_explanation, save_explanation
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> explanation = TabularExplainer(Ridge().fit(X, y), X).explain_global(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load_explanation(save_explanation(explanation, folder))
    >>> again.get_ranked_global_names(2)
    ['bmi', 's5']
    """
    folder = prepare(path, exist_ok=exist_ok)
    seal(folder, KIND, stage(explanation, folder))
    return folder


def stage(explanation: Explanation, folder: Path, *, include_data: bool = True) -> dict[str, Any]:
    """Write all data files of an explanation and return the manifest's content.

    Parameters
    ----------
    explanation : Explanation
        What to write.
    folder : Path
        Where to; `seal` it afterwards.
    include_data : bool, default=True
        Write the evaluation rows, their outcomes and cohort columns too.
    """
    members = [explanation, *([explanation.engineered] if explanation.engineered else [])]
    content = {
        "id": explanation.id,
        **{name: getattr(explanation, name) for name in _PLAIN},
        "classes": plain_labels(explanation.classes),
        "background": explanation.background and asdict(explanation.background),
        "quality": {name: finite(value) for name, value in explanation.quality.items()},
        "n_rows": explanation.num_examples,
        "members": {m.kind: _stage_member(m, folder, include_data) for m in members},
        **_stage_rows(explanation.rows if include_data else None, folder),
    }
    write_json(folder, IMPORTANCE_TABLE, _importance_table(explanation))
    return content


def load_explanation(path: str | Path) -> Explanation:
    """Read an explanation from a folder, verifying the digest of every file it needs.

    Parameters
    ----------
    path : str or Path
        A folder written by `save_explanation` or kept with a run.

    Returns
    -------
    Explanation

    Raises
    ------
    ArtifactNotFoundError
        There is no manifest: nothing was written, or not to the end.
    FormatVersionError
        A newer version of the package wrote it.
    CorruptArtifactError
        A file is missing, damaged, or was changed.
    """
    sealed = open_sealed(path, KIND)
    return READERS[sealed.manifest["format_version"]](sealed)


def _stage_member(member: Explanation, folder: Path, include_data: bool) -> dict[str, Any]:
    kind = member.kind
    whole, local = member.global_, member.local
    importance = {"values": whole.values, "per_output": whole.per_output}
    if whole.standard_deviations is not None:
        importance["standard_deviations"] = whole.standard_deviations
    write_arrays(folder, f"{kind}/global.npz", importance)
    if local is not None:
        parts = {"values": blocks(local.values)}
        if local.standard_errors is not None:
            parts["standard_errors"] = blocks(local.standard_errors)
        for number, block in enumerate(zip(*parts.values(), strict=True)):
            arrays = dict(zip(parts, block, strict=True)) | {"base_values": local.base_values}
            write_arrays(folder, f"{kind}/local-{number:05d}.npz", arrays)
    fold = member.feature_map
    if fold is not None:
        write_arrays(folder, f"{kind}/feature_map.npz", fold.arrays())
    return {
        "features": list(member.features),
        "measure": whole.measure,
        "raw_features": member.raw_features and list(member.raw_features),
        "rows": (
            write_table(folder, f"{kind}/rows", member.rows.data)
            if include_data and member.rows is not None
            else None
        ),
    }


def _stage_rows(rows: EvaluatedRows | None, folder: Path) -> dict[str, Any]:
    if rows is None:
        return {"outcomes": None, "cohort_data": None}
    # The ids of a MultiIndex are tuples, which no column holds; the rows themselves keep them.
    tuples = rows.n_rows and isinstance(rows.ids[0], tuple)
    table = pd.DataFrame({"row_id": [str(i) for i in rows.ids] if tuples else rows.ids})
    for name, column in _OUTCOMES.items():
        values = getattr(rows, name)
        if values is None:
            continue
        if values.ndim == 1:
            table[column] = values
        else:
            for output in range(values.shape[1]):
                table[f"{column}_{output}"] = values[:, output]
    outcomes = write_table(folder, "outcomes", table)
    kept = rows.cohort_data
    cohort = None if kept is None else write_table(folder, "cohort_data", kept)
    return {"outcomes": outcomes, "cohort_data": cohort}


def _importance_table(explanation: Explanation) -> dict[str, Any]:
    """Return the global importance as the table MLflow's artifact page shows."""
    ranked = explanation.get_feature_importance_dict()
    return {
        "columns": ["rank", "feature", "importance"],
        "data": [[i + 1, name, finite(v)] for i, (name, v) in enumerate(ranked.items())],
    }


def _read_1(sealed: Sealed) -> Explanation:
    manifest = sealed.manifest
    try:
        return _assembled(sealed, manifest)
    except (KeyError, TypeError, IndexError) as error:
        raise CorruptArtifactError(
            "a manifest with all its entries", f"{type(error).__name__}: {error}", "Log it again."
        ) from error


def _assembled(sealed: Sealed, manifest: Mapping[str, Any]) -> Explanation:
    common = {name: manifest[name] for name in _PLAIN} | {
        "id": manifest["id"],
        "classes": manifest["classes"],
        "background": manifest["background"] and Background(**manifest["background"]),
        "quality": {k: np.nan if v is None else v for k, v in manifest["quality"].items()},
    }
    made: Explanation | None = None
    order: tuple[FeatureKind, ...] = ("engineered", "raw")
    for kind in order:
        about = manifest["members"].get(kind)
        if about is not None:
            made = _read_member(sealed, kind, about, common, made)
    if made is None:
        raise CorruptArtifactError("a raw or engineered member", "none", "Log it again.")
    return made


def _read_member(
    sealed: Sealed,
    kind: FeatureKind,
    about: Mapping[str, Any],
    common: Mapping[str, Any],
    engineered: Explanation | None,
) -> Explanation:
    importance = sealed.arrays(f"{kind}/global.npz")
    parts = [sealed.arrays(name) for name in sealed.names(f"{kind}/local-")]
    local = None
    if parts:
        values = np.concatenate([part["values"] for part in parts])
        errors = [part["standard_errors"] for part in parts if "standard_errors" in part]
        known = np.concatenate(errors) if len(errors) == len(parts) else None
        local = LocalImportance(values, parts[0]["base_values"], known)
    fold = None
    if sealed.has(f"{kind}/feature_map.npz"):
        arrays = sealed.arrays(f"{kind}/feature_map.npz")
        fold = FeatureMap(
            **arrays, n_engineered=len(about["features"]), n_raw=len(about["raw_features"])
        )
    return Explanation(
        **common,
        kind=kind,
        features=about["features"],
        raw_features=about["raw_features"],
        global_=GlobalImportance(**importance, measure=about.get("measure", MEAN_ABSOLUTE)),
        local=local,
        rows=_read_rows(sealed, kind, about),
        engineered=engineered,
        feature_map=fold,
    )


def _read_rows(sealed: Sealed, kind: FeatureKind, about: Mapping[str, Any]) -> EvaluatedRows | None:
    manifest = sealed.manifest
    if about["rows"] is None or manifest["outcomes"] is None:
        return None
    data = read_table(sealed, f"{kind}/rows", about["rows"])
    outcomes = read_table(sealed, "outcomes", manifest["outcomes"])
    known = {name: _outcome(outcomes, column) for name, column in _OUTCOMES.items()}
    cohort = manifest["cohort_data"]
    return EvaluatedRows(
        data=data,
        ids=data.index.to_numpy() if is_frame(data) else outcomes["row_id"].to_numpy(),
        **known,
        cohort_data=None if cohort is None else read_table(sealed, "cohort_data", cohort),
    )


def _outcome(table: pd.DataFrame, column: str) -> AnyArray | None:
    """Return an outcome of one column, or of several that are numbered."""
    if column in table:
        return table[column].to_numpy()
    several = [name for name in table if str(name).startswith(f"{column}_")]
    return table[several].to_numpy() if several else None


# Format version -> reader. Readers of released versions are never changed.
READERS: dict[int, Callable[[Sealed], Explanation]] = {1: _read_1}
