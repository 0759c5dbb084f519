"""An explanation as shap's own value, for shap's plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.evaluated import all_columns

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation


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
        out.
    """
    local = explanation.require_local()
    import shap  # takes seconds to import: only for who asks for it

    single = local.n_outputs == 1
    base = np.broadcast_to(local.base_values, (local.n_rows, local.n_outputs))
    classes = explanation.classes
    return shap.Explanation(
        values=np.array(local.values[:, :, 0] if single else local.values),
        base_values=np.array(base[:, 0] if single else base),
        data=all_columns(explanation),
        feature_names=list(explanation.features),
        output_names=None if single or classes is None else [str(label) for label in classes],
    )
