"""Some of the rows of an explanation, with all that is known of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.kinds import is_frame

if TYPE_CHECKING:
    from mlflow_explain._typing import IntArray
    from mlflow_explain.explanation import EvaluatedRows, Explanation, LocalImportance


def taken(explanation: Explanation, rows: IntArray) -> Explanation:
    """Return an explanation of some of its rows; its global importance stays that of all.

    Parameters
    ----------
    explanation : Explanation
        With the engineered one behind it, if there is one.
    rows : ndarray
        Positions, in order.
    """
    if len(rows) == explanation.num_examples:
        return explanation
    engineered = explanation.engineered
    return replace(
        explanation,
        local=None if explanation.local is None else _local(explanation.local, rows),
        rows=None if explanation.rows is None else _rows(explanation.rows, rows),
        engineered=None if engineered is None else taken(engineered, rows),
    )


def _local(local: LocalImportance, rows: IntArray) -> LocalImportance:
    errors, rest = local.standard_errors, local.rest
    return replace(
        local,
        values=local.values[rows],
        standard_errors=None if errors is None else errors[rows],
        rest=None if rest is None else rest[rows],
        # Those of all rows, and no model in a page is asked for texts.
        tokens=None,
    )


def _rows(known: EvaluatedRows, rows: IntArray) -> EvaluatedRows:
    def some(part: Any) -> Any:
        if part is None:
            return None
        return part.iloc[rows] if is_frame(part) else part[rows]

    names = ("data", "ids", "predicted", "probabilities", "true_y", "cohort_data")
    return replace(known, **{name: some(getattr(known, name)) for name in names})
