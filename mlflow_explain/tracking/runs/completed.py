"""An explanation with what its keeper adds to it: comment, outcomes, cohort columns; checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlflow_explain.data.added import with_added
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import Explanation


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
    return with_added(explanation, true_y, cohort_data, fix="Leave out `true_y` and `cohort_data`.")


def _check_comment(comment: Any) -> None:
    if comment is not None and not isinstance(comment, str):
        raise InvalidInputError("comment to be text", type(comment).__name__, "Pass a str.")
    if any("\ud800" <= char <= "\udfff" for char in comment or ""):
        raise InvalidInputError(
            "a comment that UTF-8 can encode",
            "one with half of a surrogate pair",
            "Remove what `comment.encode()` complains of.",
        )
