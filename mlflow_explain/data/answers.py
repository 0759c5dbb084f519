"""What functions of rows answer: numbers, probabilities, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name, is_a
from mlflow_explain.data.pyfuncs import lined
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, Rows

# As much may a probability be below 0 or above 1, and those of a row away from adding up to 1.
_OFF = 1e-3
# And as much more for each class: probabilities may have been rounded to two decimals.
_ROUNDED = 0.005
_AS_LIST = "If it takes a list of texts, pass the texts as a list, not as a table."


def are_probabilities(answer: AnyArray) -> bool:
    """Whether each row, (n_rows, n_classes), holds a whole in parts: no score or margin.

    They may have been rounded to two decimals. Rows with NaN do not count.
    """
    if not (are_numbers(answer) and are_between_0_and_1(answer)):
        return False
    sums = answer.sum(axis=1, dtype=np.float64)
    return bool((np.abs(sums[~np.isnan(sums)] - 1.0) <= _OFF + _ROUNDED * answer.shape[1]).all())


def are_between_0_and_1(answer: AnyArray) -> bool:
    """Whether numbers may be probabilities, but for rounding and NaN."""
    known = answer[~np.isnan(answer)]
    return bool(((known >= -_OFF) & (known <= 1.0 + _OFF)).all())


def are_numbers(answer: AnyArray) -> bool:
    """Whether answers are numbers or truths."""
    return answer.dtype.kind in "biuf"


def are_labels(answer: AnyArray, model_task: str) -> bool:
    """Whether a function's answers are class labels: words, truths, or whole numbers of classes."""
    kind = answer.dtype.kind
    if answer.ndim != 1 or model_task == "regression":
        return False
    if kind == "O":
        # As of a column of words.
        return all(isinstance(item, str) for item in answer)
    return kind in "USb" or (kind in "iu" and model_task == "classification")


def tried(function: Callable[[Rows], Any], rows: Rows, of_texts: bool) -> AnyArray:
    """Return what a function answers, or say what it was given and what is expected."""
    of_list = is_a(function, "mlflow_explain", "TextFunction")
    given = "a list of texts" if of_list else f"a {full_name(rows)} of shape {rows.shape}"
    fix = f" {_AS_LIST}" if of_texts and not of_list else ""
    try:
        # A function may write to what it is given.
        answer = lined(function(rows.copy()))
    except MODEL_ERRORS as error:
        raise InvalidInputError(
            f"a function that takes {given}",
            f"{type(error).__name__} from it",
            f"Its own error is above; convert what it is given inside the function.{fix}",
        ) from error
    if answer.ndim not in {1, 2} or len(answer) != rows.shape[0] or 0 in answer.shape[1:]:
        raise InvalidInputError(
            "a function that answers one number, or one per class, for each "
            + (f"of {rows.shape[0]} texts in a list" if of_list else f"row of {given}"),
            f"an answer of shape {answer.shape}",
            f"Return an array with one entry per {'text' if of_list else 'row'}.{fix}",
        )
    return _inferred(answer) if answer.dtype.kind == "O" else answer


def _inferred(answer: AnyArray) -> AnyArray:
    """Return objects that all are numbers, as of pandas' nullable columns, as numbers."""
    known = np.where(pd.isna(answer), np.nan, answer)
    found = pd.DataFrame(known).infer_objects().to_numpy()
    return found.reshape(answer.shape) if are_numbers(found) else answer
