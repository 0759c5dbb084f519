"""What is added to explained rows, in their order: observed outcomes, and columns beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation import EvaluatedRows


def outcomes_of(given: Any, rows: EvaluatedRows) -> AnyArray:
    """Return observed outcomes in the order of the rows.

    Parameters
    ----------
    given : Series, array or list
        One entry per row; a Series in another order is put right by its index.
    rows : EvaluatedRows
        The rows they are of.

    Raises
    ------
    InvalidInputError
        They are none of these, or in an order that cannot be told.
    """
    is_listed = isinstance(given, Sequence) and not isinstance(given, str | bytes | bytearray)
    if is_listed or hasattr(given, "__array__"):
        given = _ordered("true_y", given, rows)
        try:
            found = np.asarray(given)
        except ValueError:
            # The cause may repeat values, so it is not chained.
            found = np.empty(())
        if found.ndim in {1, 2}:
            return found
    raise InvalidInputError(
        "true_y: a Series, an array or a list, with one entry per explained row",
        shown(given),
        "Pass the outcomes themselves.",
    )


def cohorts_of(given: Any, rows: EvaluatedRows) -> pd.DataFrame:
    """Return cohort columns in the order of the rows.

    Parameters
    ----------
    given : DataFrame or Series
        One row per row; in another order it is put right by its index.
    rows : EvaluatedRows
        The rows they are of.

    Raises
    ------
    InvalidInputError
        They are none of these, or in an order that cannot be told.
    """
    if not is_frame(given) and callable(getattr(given, "to_pandas", None)):
        given = given.to_pandas()
    if isinstance(given, pd.Series):
        given = given.to_frame()
    if not is_frame(given):
        raise InvalidInputError(
            "cohort_data: a DataFrame", shown(given), "Pass one row per explained row."
        )
    frame: pd.DataFrame = _ordered("cohort_data", given, rows)
    return frame


def _ordered(name: str, given: Any, rows: EvaluatedRows) -> Any:
    """Return a Series or DataFrame in the order of the rows, if it has their index in another.

    Rows without an index of their own are numbered; the same numbers in another order may be the
    index of a table that was shuffled before, and then say nothing about these rows.
    """
    index = getattr(given, "index", None)
    if not isinstance(index, pd.Index) or not is_frame(rows.data):
        return given
    own = pd.Index(rows.ids)
    if index.equals(own) or not (index.is_unique and own.is_unique and len(index) == len(own)):
        return given
    if not own.isin(index).all():
        return given
    if own.equals(pd.RangeIndex(len(own))):
        raise InvalidInputError(
            f"{name} in the order of the explained rows, which are numbered 0, 1, 2, ...",
            "these numbers in another order as its index: where it belongs cannot be told",
            f"Pass `{name}.to_numpy()` if its order is that of the rows, else "
            f"`{name}.sort_index()`.",
        )
    return given.reindex(own)
