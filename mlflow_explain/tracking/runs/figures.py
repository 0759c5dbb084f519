"""The figures of an explanation that become metrics of its run, so that runs can be compared."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from mlflow_explain.explanation import MEAN_ABSOLUTE
from mlflow_explain.explanation.stability import stability

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation

# Metrics' names have at most 250 characters.
_LONGEST = 100
_TOP = 5


def metrics(explanation: Explanation) -> dict[str, float]:
    """Return the figures by which explanations of different runs are compared.

    A run may keep several explanations, made by different methods. ``explain/<method>/<name>`` is
    of each method, ``explain/<name>`` of the last explanation that has this figure: not every
    method has every figure. MLflow keeps the history. Names are those of `Explanation.quality`, and

    - ``share_of_top_5``: part of all importance that the five most important features have;
    - ``stability``: mean Kendall tau-b of the order of features in resamples of the explained rows
      with that in all rows, where there are local values of two rows or more.

    Figures that are not known, or not finite, are left out.
    """
    found = {
        **explanation.quality,
        "share_of_top_5": share_of_top(explanation),
        "stability": None if explanation.local is None else stability(explanation.local),
    }
    known = {k: float(v) for k, v in found.items() if v is not None and math.isfinite(v)}
    method = _plain(explanation.method) or "method"
    return {
        f"{folder}/{_plain(name) or 'figure'}": value
        for folder in ("explain", f"explain/{method}")
        for name, value in known.items()
    }


def _plain(name: str) -> str:
    """Return a name that an adapter may have chosen as it may stand in that of a metric."""
    return re.sub(r"[^\w-]", "_", str(name))[:_LONGEST]


def share_of_top(explanation: Explanation, n_first: int = _TOP) -> float | None:
    """Return which part of all importance the first features have, from 0 to 1.

    None where importances are no parts of one whole: they are if they are means of absolute values;
    what permutation costs may be below 0.
    """
    values = explanation.get_ranked_global_values()
    total = sum(values) + (explanation.other_importance or 0.0)
    if explanation.global_.measure != MEAN_ABSOLUTE or not total > 0:
        return None
    return sum(values[:n_first]) / total
