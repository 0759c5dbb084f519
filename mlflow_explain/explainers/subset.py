"""Columns named in options, and `explain_subset`: some of the features only, in the result."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.data.table import Table
    from mlflow_explain.explainers.subject import Subject
    from mlflow_explain.explanation import EvaluatedRows, Explanation, GlobalImportance


def named(
    option: str, given: Any, columns: Sequence[str], fitted: Sequence[str] | None = None
) -> list[str]:
    """Return the names of columns that an option gives by name or position.

    Parameters
    ----------
    option : str
        The option's name, for the error.
    given : sequence of int or str
        Names, or positions among `columns`.
    columns : sequence of str
        Those of the initialization examples, in the order the user gave them.
    fitted : sequence of str, optional
        Those of them that the model takes.

    Raises
    ------
    InvalidInputError
        There is no such column, or the model does not take it.
    """
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise InvalidInputError(
            f"{option} to be a list of names or positions of columns",
            type(given).__name__,
            "Pass a list, of one column if need be.",
        )
    known: dict[int | str, str] = dict(enumerate(columns)) | {name: name for name in columns}
    items = list(given)
    unknown = [_shown(item) for item in items if not _names_a_column(item) or item not in known]
    if unknown:
        raise InvalidInputError(
            f"{option} among {', '.join(columns)}",
            ", ".join(unknown),
            "Name or number columns of the rows.",
        )
    names = [known[item] for item in items]
    left_out = [name for name in names if fitted is not None and name not in fitted]
    if fitted is not None and left_out:
        raise InvalidInputError(
            f"{option} among what the model was fitted on: {', '.join(fitted)}",
            ", ".join(left_out),
            "Leave out columns that the model does not take.",
        )
    return names


def _names_a_column(item: Any) -> bool:
    """Whether it is a word or a number; a truth value would count as 0 or 1."""
    return isinstance(item, str | int | np.integer) and not isinstance(item, bool)


def _shown(item: Any) -> str:
    """Return a name or number as it is, and of anything else its type: it may hold rows."""
    return str(item) if _names_a_column(item) else type(item).__name__


def subset_of(given: Any, columns: Sequence[str], fitted: Sequence[str]) -> list[int] | None:
    """Return the positions, among `fitted`, of the columns of `explain_subset`; None for all.

    Raises
    ------
    InvalidInputError
        There is no such column, none is given, or one is given twice.
    """
    if given is None:
        return None
    names = named("explain_subset", given, columns, fitted)
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled or not names:
        raise InvalidInputError(
            "explain_subset of at least one column, each once",
            f"{', '.join(doubled)} more than once" if doubled else "none",
            "Name each column once, or leave the option out to keep all.",
        )
    return [list(fitted).index(name) for name in names]


def categorical_of(given: Any, examples: Table, subject: Subject) -> frozenset[int]:
    """Return which columns the model is asked in are, or are made from, `categorical_features`."""
    template = subject.template.columns
    names = named("categorical_features", given, examples.columns, template)
    raw = [template.index(name) for name in names]
    fold = subject.feature_map
    if fold is None:
        return frozenset(raw)
    return frozenset(fold.engineered[np.isin(fold.raw, raw)].tolist())


def kept(explanation: Explanation, columns: list[int]) -> Explanation:
    """Return the explanation with some of its features only."""
    return replace(
        explanation,
        features=[explanation.features[i] for i in columns],
        local=explanation.local and _local(explanation.local, columns),
        global_=_global(explanation.global_, columns),
        rows=explanation.rows and _rows(explanation.rows, explanation.features, columns),
        is_partial=len(columns) < explanation.num_features,
    )


def _rows(rows: EvaluatedRows, features: Sequence[str], columns: list[int]) -> EvaluatedRows:
    """Return rows whose columns are found by name, or else the columns that are kept."""
    if is_frame(rows.data):
        is_named = {features[i] for i in columns} <= {str(name) for name in rows.data.columns}
        return rows if is_named else replace(rows, data=rows.data.iloc[:, columns])
    if is_sparse(rows.data):
        return replace(rows, data=rows.data[:, columns])
    return replace(rows, data=pd.DataFrame(rows.data, columns=list(features), index=rows.ids))


def _local(local: LocalImportance, columns: list[int]) -> LocalImportance:
    errors = local.standard_errors
    return LocalImportance(
        local.values[:, columns],
        local.base_values,
        None if errors is None else errors[:, columns],
    )


def _global(whole: GlobalImportance, columns: list[int]) -> GlobalImportance:
    spread = whole.standard_deviations
    return replace(
        whole,
        values=whole.values[columns],
        per_output=whole.per_output[columns],
        standard_deviations=None if spread is None else spread[columns],
    )
