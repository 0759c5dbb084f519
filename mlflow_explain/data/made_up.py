"""Made-up columns of a template's types, for rows that nobody sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray


def column_of(dtype: Any, numbers: FloatArray, word: str) -> pd.Series:
    """Return a column of a type that may stand in the template of an explainer.

    Parameters
    ----------
    dtype : dtype
        The type. Categories take turns, times are missing.
    numbers : ndarray of shape (n_rows,)
        What a column of numbers holds, as it is given here.
    word : str
        What a column of texts holds.
    """
    n_rows = len(numbers)
    if isinstance(dtype, pd.CategoricalDtype):
        n_codes = len(dtype.categories)
        codes = np.arange(n_rows) % n_codes if n_codes else np.full(n_rows, -1)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
    if pd.api.types.is_numeric_dtype(dtype):
        return pd.Series(numbers)
    is_time = isinstance(dtype, pd.PeriodDtype) or getattr(dtype, "kind", "O") in "mM"
    return pd.Series([None if is_time else word] * n_rows, dtype=dtype)
