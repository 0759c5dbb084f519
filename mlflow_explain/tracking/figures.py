"""The figures of an explanation that become metrics of its run, so that runs can be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlflow_explain.explanation import MEAN_ABSOLUTE

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation

# Metrics' names have at most 250 characters.
_LONGEST_METHOD = 100


def metrics(explanation: Explanation) -> dict[str, float]:
    """Return the figures by which explanations of different runs are compared.

    A run may keep several explanations, made by different methods. ``explain/<method>/<name>`` is
    of each method, ``explain/<name>`` of the explanation logged last; MLflow keeps the history.
    """
    values = explanation.get_ranked_global_values()
    total = sum(values)
    # Parts of one whole are only means of absolute values; what permutation costs may be negative.
    has_shares = total > 0 and explanation.global_.measure == MEAN_ABSOLUTE
    share = {"share_of_top_5": sum(values[:5]) / total} if has_shares else {}
    known = {k: v for k, v in explanation.quality.items() if v == v} | share  # noqa: PLR0124
    # Whatever an adapter was told made its values must be a part of a metric's name.
    method = re.sub(r"[^\w-]", "_", explanation.method)[:_LONGEST_METHOD] or "method"
    return {
        f"{folder}/{name}": value
        for folder in ("explain", f"explain/{method}")
        for name, value in known.items()
    }
