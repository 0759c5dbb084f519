"""How near a surrogate is to its teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray

# Residuals below it, relative to the outputs, are rounding.
_ROUNDING = 1e-9


def r2(teacher: FloatArray, surrogate: FloatArray) -> float | None:
    """Return the share of the teacher's variance that the surrogate explains, over all outputs.

    Parameters
    ----------
    teacher, surrogate : ndarray of shape (n_rows, n_outputs)
        Outputs of both for the same rows.

    Returns
    -------
    float or None
        1 minus the sum of squared residuals over the sum of squared deviations from the teacher's
        mean; below 0 where the mean is nearer. None where the teacher always answers the same and
        the surrogate does not: no share of nothing can be told.
    """
    residual = float(((teacher - surrogate) ** 2).sum())
    total = float(((teacher - teacher.mean(axis=0)) ** 2).sum()) if len(teacher) else 0.0
    least = teacher.size * (_ROUNDING * max(1.0, float(np.abs(teacher).max(initial=0.0)))) ** 2
    if total > least:
        return 1.0 - residual / total
    return 1.0 if len(teacher) and residual <= least else None


def agreement(teacher: IntArray, surrogate: IntArray) -> float | None:
    """Return the share of rows for which both predict the same class; None of no rows."""
    return float((teacher == surrogate).mean()) if len(teacher) else None
