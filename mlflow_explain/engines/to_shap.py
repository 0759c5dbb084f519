"""An explanation as shap's own value, for shap's plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.evaluated import all_columns
from mlflow_explain.data.views import others

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation import Explanation


def _with_gap(data: AnyArray) -> AnyArray:
    """Return rows with one more column, of which nothing is known."""
    kind = np.float64 if data.dtype.kind in "fiub" else object
    return np.hstack([data.astype(kind), np.full((len(data), 1), np.nan, dtype=kind)])


def to_shap(explanation: Explanation) -> Any:
    """Return a ``shap.Explanation``: (n_rows, n_features), with a last axis of classes if several.

    Parameters
    ----------
    explanation : Explanation
        One with local values.

    Returns
    -------
    shap.Explanation
        A binary margin is that of the second class. Rows that lack one of the features are left
        out. What `Explanation.top` left out is a feature of its own.
    """
    local = explanation.require_local()
    import shap  # takes seconds to import: only for who asks for it

    values, names, data = local.values, list(explanation.features), all_columns(explanation)
    if local.rest is not None:
        values = np.concatenate([values, local.rest[:, None]], axis=1)
        names.append(others(explanation.num_left_out))
        data = None if data is None else _with_gap(data)
    single = local.n_outputs == 1
    base = np.broadcast_to(local.base_values, (local.n_rows, local.n_outputs))
    classes = explanation.classes
    return shap.Explanation(
        values=np.array(values[:, :, 0] if single else values),
        base_values=np.array(base[:, 0] if single else base),
        data=data,
        feature_names=names,
        output_names=None if single or classes is None else [str(label) for label in classes],
    )
