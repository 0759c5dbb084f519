"""An explanation with what its keeper adds to it: comment, outcomes, cohort columns; checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.explanation import Explanation

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation import EvaluatedRows


def completed(given: Any, comment: str | None, true_y: Any, cohort_data: Any) -> Explanation:
    """Return an explanation with what the user adds to it.

    Parameters
    ----------
    given : Explanation
        What is kept.
    comment : str or None
        Instead of its own, if given.
    true_y : array-like or None
        Observed outcomes of its rows.
    cohort_data : DataFrame or None
        Columns beside those of its rows.

    Raises
    ------
    InvalidInputError
        One of them is not what it should be, or in an order that cannot be told.
    MissingPartError
        The explanation has no rows for outcomes to belong to.
    """
    if not isinstance(given, Explanation):
        raise InvalidInputError(
            "an Explanation", type(given).__name__, "Pass what an explainer returned."
        )
    explanation: Explanation = given
    if comment is not None:
        explanation = replace(explanation, comment=comment)
    _check_comment(explanation.comment)
    if true_y is None and cohort_data is None:
        return explanation
    rows = explanation.rows
    if rows is None:
        raise MissingPartError(
            "an explanation that holds its rows",
            "one without",
            "Leave out `true_y` and `cohort_data`.",
        )
    outcomes = rows.true_y if true_y is None else _outcomes(true_y, rows)
    cohorts = rows.cohort_data if cohort_data is None else _cohorts(cohort_data, rows)
    return replace(explanation, rows=replace(rows, true_y=outcomes, cohort_data=cohorts))


def _check_comment(comment: Any) -> None:
    if comment is not None and not isinstance(comment, str):
        raise InvalidInputError("comment to be text", type(comment).__name__, "Pass a str.")
    if any("\ud800" <= char <= "\udfff" for char in comment or ""):
        raise InvalidInputError(
            "a comment that UTF-8 can encode",
            "one with half of a surrogate pair",
            "Remove what `comment.encode()` complains of.",
        )


def _outcomes(given: Any, rows: EvaluatedRows) -> AnyArray:
    """Return observed outcomes in the order of the rows."""
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


def _cohorts(given: Any, rows: EvaluatedRows) -> pd.DataFrame:
    """Return cohort columns in the order of the rows."""
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
