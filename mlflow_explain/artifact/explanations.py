"""An `Explanation` as a sealed folder, and back.

manifest.json                 names, classes, task, method, output space, digests; written last
local-00000.npz ...           under raw/ and engineered/: values of 10,000 rows, base values
tokens-00000.npz ...          under raw/ and engineered/, of texts: places and values of tokens
global.npz                    under raw/ and engineered/: importance, and per output
rows-*.parquet | rows-*.npz   under raw/ and engineered/: the evaluation rows, 10,000 a file
feature_map.npz               under engineered/: from engineered features to raw columns
outcomes-*.parquet            predictions, probabilities and observed outcomes
cohort_data-*.parquet         columns the model never sees
global_importance.json        a table MLflow's page shows
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlflow_explain.artifact import format_1, tokens
from mlflow_explain.artifact.sealed import (
    Sealed,
    open_sealed,
    prepare,
    seal,
    write_arrays,
    write_json,
)
from mlflow_explain.artifact.tables import blocks, write_table
from mlflow_explain.data.views import finite, others, plain_labels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow_explain._typing import AnyArray, FeatureKind
    from mlflow_explain.explanation import EvaluatedRows, Explanation

KIND = "explanation"
IMPORTANCE_TABLE = "global_importance.json"


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
    InvalidInputError
        A column of the rows, their index, or a class would not come back as it is: cells of mixed
        types, lists or mappings, several time zones, classes that are dates.

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
        Write the evaluation rows, their outcomes and cohort columns too, and of texts the values
        of each row.
    """
    plain_labels([explanation.comment], "a comment")
    explanation = explanation if include_data else without_words_of_rows(explanation)
    members = [explanation, *([explanation.engineered] if explanation.engineered else [])]
    content = {
        "id": explanation.id,
        **{name: getattr(explanation, name) for name in format_1.PLAIN},
        "classes": plain_labels(explanation.classes),
        "background": explanation.background and asdict(explanation.background),
        "quality": {name: finite(value) for name, value in explanation.quality.items()},
        "n_rows": explanation.num_examples,
        "members": {m.kind: _stage_member(m, folder, include_data) for m in members},
        **_stage_rows(explanation.rows if include_data else None, folder),
    }
    write_json(folder, IMPORTANCE_TABLE, _importance_table(explanation))
    return content


def without_words_of_rows(explanation: Explanation) -> Explanation:
    """Return an explanation of texts without values per row, which tell the words of each text.

    Any other explanation is returned as it is. Words stay as names of features.
    """
    of_texts = explanation.local is not None and explanation.local.tokens is not None
    return replace(explanation, local=None) if of_texts else explanation


def load_explanation(
    path: str | Path, *, kind: FeatureKind | None = None, rows: slice | None = None
) -> Explanation:
    """Read an explanation from a folder, verifying the digest of every file it needs.

    Parameters
    ----------
    path : str or Path
        A folder written by `save_explanation` or kept with a run.
    kind : {"raw", "engineered"}, optional
        Read this one alone; by default both, the engineered one behind the raw one.
    rows : slice, optional
        Read these rows alone, from the files they lie in. The global importance is that of all
        rows, as it was kept.

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
    return read(open_sealed(path, KIND), kind=kind, rows=rows)


def read(
    sealed: Sealed, *, kind: FeatureKind | None = None, rows: slice | None = None
) -> Explanation:
    """Read an explanation, or a part of it, from a sealed folder."""
    return READERS[sealed.manifest["format_version"]](sealed, kind, rows)


def _stage_member(member: Explanation, folder: Path, include_data: bool) -> dict[str, Any]:
    kind = member.kind
    whole, local = member.global_, member.local
    importance = {"values": whole.values, "per_output": whole.per_output}
    importance |= _known(standard_deviations=whole.standard_deviations, rest=whole.rest)
    write_arrays(folder, f"{kind}/global.npz", importance)
    if local is not None:
        optional = _known(standard_errors=local.standard_errors, rest=local.rest)
        parts = {name: blocks(part) for name, part in ({"values": local.values} | optional).items()}
        for number, block in enumerate(zip(*parts.values(), strict=True)):
            arrays = dict(zip(parts, block, strict=True)) | {"base_values": local.base_values}
            write_arrays(folder, f"{kind}/local-{number:05d}.npz", arrays)
    fold = member.feature_map
    if fold is not None:
        write_arrays(folder, f"{kind}/feature_map.npz", fold.arrays())
    return {
        "features": plain_labels(member.features, "names of features"),
        "measure": whole.measure,
        "n_rest": whole.n_rest,
        "raw_features": plain_labels(member.raw_features, "names of features"),
        "is_partial": member.is_partial,
        **tokens.stage(local.tokens if local else None, kind, folder),
        "rows": (
            write_table(folder, f"{kind}/rows", member.rows.data)
            if include_data and member.rows is not None
            else None
        ),
    }


def _known(**parts: AnyArray | None) -> dict[str, AnyArray]:
    """Return the parts that are there."""
    return {name: part for name, part in parts.items() if part is not None}


def _stage_rows(rows: EvaluatedRows | None, folder: Path) -> dict[str, Any]:
    if rows is None:
        return {"outcomes": None, "cohort_data": None}
    # The ids of a MultiIndex are tuples, which no column holds; the rows themselves keep them.
    tuples = rows.n_rows and isinstance(rows.ids[0], tuple)
    table = pd.DataFrame({"row_id": [str(i) for i in rows.ids] if tuples else rows.ids})
    for name, column in format_1.OUTCOMES.items():
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
    lines = [[i + 1, name, finite(v)] for i, (name, v) in enumerate(ranked.items())]
    other = explanation.other_importance
    if other is not None:
        lines.append([None, f"sum of {others(explanation.num_left_out)}", finite(other)])
    return {"columns": ["rank", "feature", "importance"], "data": lines}


# Format version -> reader. Readers of released versions are never changed.
READERS: dict[int, Callable[[Sealed, FeatureKind | None, slice | None], Explanation]] = {
    1: format_1.read,
}
