"""How near a surrogate is to its teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray

# Residuals below it, relative to the largest of an output, are rounding.
_ROUNDING = 64 * float(np.finfo(np.float64).eps)


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
        the surrogate does not: no share of nothing can be told. None, too, where the surrogate is
        further off than a number can say, and of no rows.
    """
    if not len(teacher):
        return None
    # Squares of the outputs themselves may be beyond what a number can be, or below.
    unit = float(np.abs(teacher).max(initial=0.0)) or 1.0
    with np.errstate(over="ignore"):
        teacher, surrogate = teacher / unit, surrogate / unit
        residual = float(((teacher - surrogate) ** 2).sum())
    total = float(((teacher - teacher.mean(axis=0)) ** 2).sum())
    least = float(((_ROUNDING * np.abs(teacher).max(axis=0)) ** 2).sum()) * len(teacher)
    if not np.isfinite(residual):
        return None
    if total > least:
        return 1.0 - residual / total
    return 1.0 if residual <= least else None


def agreement(teacher: IntArray, surrogate: IntArray) -> float | None:
    """Return the share of rows for which both predict the same class; None of no rows."""
    return float((teacher == surrogate).mean()) if len(teacher) else None
