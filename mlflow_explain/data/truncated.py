"""An explanation of its most important features only, and the rows that go with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.explanation._arrays import largest
from mlflow_explain.explanation.ranking import kept

if TYPE_CHECKING:
    from mlflow_explain._typing import IntArray, Rows
    from mlflow_explain.explanation import Explanation


def top(explanation: Explanation, top_k: int | None) -> Explanation:
    """Return the explanation cut to its most important features; the rest is summed.

    Parameters
    ----------
    explanation : Explanation
        Raw or engineered; an engineered one behind it keeps as many features of its own.
    top_k : int or None
        How many features to keep, by absolute global importance; 0 and None keep all.
    """
    engineered = explanation.engineered
    if engineered is not None:
        explanation = replace(explanation, engineered=top(engineered, top_k))
    end = kept(top_k)
    if end is None or end >= explanation.num_features:
        return explanation
    positions = np.sort(largest(explanation.global_.values, end))
    local, rows = explanation.local, explanation.rows
    return replace(
        explanation,
        features=[explanation.features[i] for i in positions],
        global_=explanation.global_.only(positions),
        local=None if local is None else local.only(positions),
        rows=None
        if rows is None
        else replace(rows, data=_columns(explanation, rows.data, positions)),
        # A map of some features folds to wrong sums.
        feature_map=None,
        raw_features=None,
    )


def _columns(explanation: Explanation, data: Rows, positions: IntArray) -> Rows:
    """Return the columns of the rows that belong to features; none where that cannot be told."""
    if explanation.local is not None and explanation.local.tokens is not None:
        # Words are features, and their text is one column.
        wanted = {explanation.features[i] for i in positions} | {explanation.local.tokens.column}
        return data[[name for name in data.columns if name in wanted]]
    if is_frame(data):
        names = [str(name) for name in data.columns]
        kept_names = [explanation.features[i] for i in positions]
        if set(kept_names) <= set(names):
            return data.iloc[:, [names.index(name) for name in kept_names]]
    by_position = data.shape[1] == explanation.num_features
    chosen = positions if by_position else positions[:0]
    return data.iloc[:, chosen] if is_frame(data) else data[:, chosen]
