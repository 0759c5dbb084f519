"""`explain_subset`: some of the features only, in the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.explanation import Explanation, GlobalImportance


def positions(subset: Sequence[int | str] | None, features: tuple[str, ...]) -> list[int] | None:
    """Return the positions of a subset of features given by name or position."""
    if subset is None:
        return None
    known = dict(enumerate(features)) | {name: name for name in features}
    unknown = [str(item) for item in subset if item not in known]
    if unknown:
        raise InvalidInputError(
            f"explain_subset of the features {', '.join(features)}",
            ", ".join(unknown),
            "Name or number columns of the initialization examples.",
        )
    return [features.index(known[item]) for item in subset]


def kept(explanation: Explanation, columns: list[int]) -> Explanation:
    """Return the explanation with some of its features only."""
    return replace(
        explanation,
        features=[explanation.features[i] for i in columns],
        local=explanation.local and _local(explanation.local, columns),
        global_=_global(explanation.global_, columns),
    )


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
