"""Names of engineered features, made up where transformers know none; and columns by name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import class_names, is_frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


def engineered_names(transformer: Any, columns: Sequence[str], n_engineered: int) -> list[str]:
    """Return distinct names of the engineered features.

    Where a part of a ColumnTransformer or mapper has no names for its outputs, those of one column
    are named after it.

    Parameters
    ----------
    transformer : object
        A fitted transformer.
    columns : sequence of str
        Names of its input columns.
    n_engineered : int
        Number of its outputs.

    Returns
    -------
    list of str
    """
    names = _names(transformer, list(columns), n_engineered)
    return _distinct(names or [f"feature {i}" for i in range(n_engineered)])


def _names(transformer: Any, columns: list[str], n_out: int) -> list[str] | None:
    """Return `n_out` names, or None where there are none."""
    if is_frozen(transformer):
        return _names(transformer.estimator, columns, n_out)
    kinds = class_names(transformer)
    names = _own(transformer, columns)
    if len(names) == n_out:
        return names
    if "ColumnTransformer" in kinds:
        return _of_columns(transformer, columns, n_out)
    if "Pipeline" in kinds:
        return _of_steps(transformer, columns, n_out)
    if len(columns) == 1:
        return columns if n_out == 1 else [f"{columns[0]}_{i}" for i in range(n_out)]
    return None


def _own(transformer: Any, columns: list[str]) -> list[str]:
    """Return the names a transformer gives its outputs, if it does."""
    if "DataFrameMapper" in class_names(transformer):
        # Known once it has transformed rows.
        return [str(name) for name in getattr(transformer, "transformed_names_", ())]
    for arguments in ((), (columns,)):
        try:
            return [str(name) for name in transformer.get_feature_names_out(*arguments)]
        except (AttributeError, ValueError, TypeError):
            # Some transformers cannot name their outputs, or were fitted on arrays.
            continue
    return []


def _of_steps(pipeline: Any, columns: list[str], n_out: int) -> list[str] | None:
    """Return names of a Pipeline's outputs, step by step."""
    names: list[str] | None = columns
    for step, count in counted_steps(pipeline, n_out):
        if names is None or count is None:
            return None
        names = _names(step, names, count)
    return names


def counted_steps(pipeline: Any, n_out: int | None) -> list[tuple[Any, int | None]]:
    """Return a Pipeline's steps with the number of outputs of each, where that is known.

    The next step tells, which was fitted on them.
    """
    steps = [step for _, step in pipeline.steps if step is not None and step != "passthrough"]
    counts = [getattr(step, "n_features_in_", None) for step in steps[1:]]
    return list(zip(steps, [*counts, n_out], strict=bool(steps)))


def _of_columns(transformer: Any, columns: list[str], n_out: int) -> list[str] | None:
    """Return names of a ColumnTransformer's outputs, member by member."""
    found = [""] * n_out
    for name, member, chosen in transformer.transformers_:
        where = transformer.output_indices_[name]
        width = where.stop - where.start
        if not width:
            continue
        given = [columns[i] for i in chosen_positions(chosen, tuple(columns))]
        names = given if member == "passthrough" else _names(member, given, width)
        found[where] = names or [f"{name} {i}" for i in range(width)]
    return found if all(found) else None


def chosen_positions(chosen: Any, columns: tuple[Any, ...]) -> list[int]:
    """Return the positions of the columns a ColumnTransformer's member was given."""
    if isinstance(chosen, slice):
        if isinstance(chosen.start, str) or isinstance(chosen.stop, str):
            start = 0 if chosen.start is None else columns.index(chosen.start)
            stop = len(columns) if chosen.stop is None else columns.index(chosen.stop) + 1
            return list(range(start, stop))
        return list(range(len(columns)))[chosen]
    chosen = [chosen] if isinstance(chosen, str | int | np.integer) else list(chosen)
    if chosen and all(isinstance(item, bool | np.bool_) for item in chosen):
        return [i for i, item in enumerate(chosen) if item]
    return [columns.index(c) if isinstance(c, str) else range(len(columns))[c] for c in chosen]


def _distinct(names: list[str]) -> list[str]:
    """Return names with a number behind each that stands there a second time."""
    seen: Counter[str] = Counter()
    made = []
    for name in names:
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
