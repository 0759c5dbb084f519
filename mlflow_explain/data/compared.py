"""A comparison as a pandas table or a plain dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.views import finite, listed

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation.comparison import Comparison, Side

_FIGURES = ("kendall_tau", "ndcg", "ndcg_a", "ndcg_b", "top_k", "top_k_overlap")
_SIDE = (
    "name", "explanation_id", "model_type", "method", "measure", "feature_perturbation",
    "num_features", "num_left_out", "num_examples",
)  # fmt: skip


def to_frame(comparison: Comparison) -> pd.DataFrame:
    """Return one line per feature, in the order of the comparison."""
    it, n_features = comparison, len(comparison.features)
    unknown = np.full(n_features, np.nan)
    errors, of_shares = it.difference_standard_error, it.share_difference_standard_error
    ranked = (it.a.rank > 0) & (it.b.rank > 0)
    beyond = it.beyond_noise
    return pd.DataFrame(
        {
            "feature": list(it.features),
            "importance_a": it.a.importance,
            "importance_b": it.b.importance,
            "difference": it.difference,
            "difference_standard_error": unknown if errors is None else errors,
            "share_a": it.a.share,
            "share_b": it.b.share,
            "share_difference": it.share_difference,
            "share_difference_standard_error": unknown if of_shares is None else of_shares,
            "rank_a": _where(it.a.rank > 0, it.a.rank, "Int64"),
            "rank_b": _where(it.b.rank > 0, it.b.rank, "Int64"),
            "rank_change": _where(ranked, it.rank_change, "Int64"),
            "beyond_noise": _where(
                np.full(n_features, beyond is not None),
                np.zeros(n_features, dtype=bool) if beyond is None else beyond,
                "boolean",
            ),
        }
    )


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return figures and lines as plain Python objects; what is not known becomes None."""
    it = comparison
    table = to_frame(it)
    columns = {name: plain_cells(table[name]) for name in table}
    lines = [
        dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
    ]
    return {
        "id": it.id,
        "a": _side(it.a),
        "b": _side(it.b),
        **{name: getattr(it, name) for name in _FIGURES},
        "same_unit": it.same_unit,
        "same_rows": it.same_rows,
        "only_a": list(it.only_a),
        "only_b": list(it.only_b),
        "features": lines,
    }


def to_table(comparison: Comparison) -> dict[str, Any]:
    """Return the lines as the table MLflow's artifact page shows."""
    table = to_frame(comparison)
    cells = [plain_cells(table[name]) for name in table]
    return {"columns": list(table), "data": [list(line) for line in zip(*cells, strict=True)]}


def plain_cells(column: pd.Series) -> list[Any]:
    """Return a column's cells as Python's own objects, with None for what is not known."""
    if column.dtype == np.float64:
        return listed(column.to_numpy())
    return [None if cell is pd.NA else cell for cell in column.tolist()]


def _where(known: AnyArray, values: AnyArray, dtype: Any) -> Any:
    """Return a column that is missing where something is not known."""
    cells: Any = pd.array(values, dtype=dtype)
    cells[~known] = pd.NA
    return cells


def _side(side: Side) -> dict[str, Any]:
    return {name: getattr(side, name) for name in _SIDE} | {"other_share": finite(side.other_share)}
