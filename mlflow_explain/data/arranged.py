"""Rows of a sample, explained in the order they were drawn in, put back into their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.explanation.tokens import TokenImportance

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, IntArray
    from mlflow_explain.explanation import EvaluatedRows, Explanation, LocalImportance


def arranged(
    explanation: Explanation, positions: IntArray, index: AnyArray | None, n_rows: int
) -> Explanation:
    """Return an explanation whose rows are in the order, and have the ids, of the rows they are of.

    Parameters
    ----------
    explanation : Explanation
        Of rows in any order.
    positions : ndarray of shape (n_explained,)
        Of each explained row among all rows.
    index : ndarray of shape (n_explained,) or None
        Label of each explained row, where rows have labels; otherwise they go by position.
    n_rows : int
        All rows. Where not all were explained ``quality`` tells of how many how many were.
    """
    order = np.argsort(positions)
    ids = (positions if index is None else index)[order]
    counts = {"n_evaluation_rows": float(n_rows), "n_sampled_rows": float(len(positions))}
    figures = counts if len(positions) < n_rows else {}

    def finished(one: Explanation) -> Explanation:
        return replace(
            one,
            local=one.local and _ordered(one.local, order),
            rows=one.rows and _labelled(one.rows, order, ids),
            quality={**one.quality, **figures},
            engineered=one.engineered and finished(one.engineered),
        )

    return finished(explanation)


def tokens_at(tokens: TokenImportance, positions: IntArray) -> TokenImportance:
    """Return the tokens of some rows, in another order; rows are counted anew.

    Parameters
    ----------
    tokens : TokenImportance
        Of all rows.
    positions : ndarray of int, shape (n_kept,)
        Which rows, each once, in their new order.
    """
    place = np.full(tokens.n_rows, -1)
    place[positions] = np.arange(len(positions))
    row = place[tokens.row]
    # The order within a row is that of its text.
    at = np.argsort(row, kind="stable")
    at = at[row[at] >= 0]
    parts = {name: part[at] for name, part in tokens.arrays().items() if name != "rest"}
    parts["row"] = row[at]
    return TokenImportance(tokens.column, **parts, rest=tokens.rest[positions])


def _ordered(local: LocalImportance, order: IntArray) -> LocalImportance:
    return replace(
        local,
        values=local.values[order],
        standard_errors=_at(local.standard_errors, order),
        rest=_at(local.rest, order),
        tokens=local.tokens and tokens_at(local.tokens, order),
    )


def _labelled(rows: EvaluatedRows, order: IntArray, ids: AnyArray) -> EvaluatedRows:
    data = _at(rows.data, order)
    return replace(
        rows,
        data=data.set_axis(ids, axis=0) if is_frame(data) else data,
        ids=ids,
        predicted=_at(rows.predicted, order),
        probabilities=_at(rows.probabilities, order),
        true_y=_at(rows.true_y, order),
        cohort_data=_at(rows.cohort_data, order),
    )


def _at(rows: Any, order: IntArray) -> Any:
    if rows is None:
        return None
    return rows.iloc[order] if is_frame(rows) else rows[order]
