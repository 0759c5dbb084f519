"""What is added to explained rows, in their order: observed outcomes, and columns beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError, MissingPartError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation import EvaluatedRows, Explanation


def with_added(explanation: Explanation, true_y: Any, cohort_data: Any, *, fix: str) -> Explanation:
    """Return an explanation with observed outcomes and cohort columns of its rows.

    Parameters
    ----------
    explanation : Explanation
        What they are added to.
    true_y, cohort_data : array-like and DataFrame, or None
        As of `outcomes_of` and `cohorts_of`; None leaves what is there.
    fix : str
        What to do where it has no rows for them to belong to.

    Raises
    ------
    InvalidInputError
        They are not what they should be, or in an order that cannot be told.
    LengthMismatchError
        They are not as many as the rows.
    MissingPartError
        The explanation has no rows.
    """
    if true_y is None and cohort_data is None:
        return explanation
    rows = explanation.rows
    if rows is None:
        raise MissingPartError(
            "rows that `true_y` and `cohort_data` belong to", "an explanation without", fix
        )
    outcomes = rows.true_y if true_y is None else outcomes_of(true_y, rows)
    cohorts = rows.cohort_data if cohort_data is None else cohorts_of(cohort_data, rows)
    return replace(explanation, rows=replace(rows, true_y=outcomes, cohort_data=cohorts))


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
        given = ordered("true_y", given, rows)
        try:
            found = np.asarray(given)
        except ValueError:
            # The cause may repeat values, so it is not chained.
            found = np.empty(())
        if found.ndim in {1, 2}:
            _check_targets(found, rows)
            return found
    raise InvalidInputError(
        "true_y: a Series, an array or a list, with one entry per explained row",
        shown(given),
        "Pass the outcomes themselves.",
    )


def _check_targets(found: AnyArray, rows: EvaluatedRows) -> None:
    """Refuse several columns of outcomes for a model of one target."""
    n_targets = 1 if found.ndim == 1 else found.shape[1]
    if n_targets > 1 and rows.predicted is not None and rows.predicted.ndim == 1:
        raise InvalidInputError(
            "true_y of one column, as the model predicts one",
            f"{n_targets} columns",
            "Pass the column of the outcomes alone.",
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
    frame: pd.DataFrame = ordered("cohort_data", given, rows)
    return frame


def ordered(name: str, given: Any, rows: EvaluatedRows) -> Any:
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
