"""What is said of cohorts that are none, in the words of who wrote them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import InvalidInputError

_BY_MASK = 'Pass a boolean mask, as of {"old": X["age"] > 40}, or positions of rows.'


def rows_error(label: str, given: Any) -> InvalidInputError:
    """Return the error about what neither chooses rows nor counts them.

    Parameters
    ----------
    label : str
        Name of the cohort.
    given : object
        What came in the place of its rows.
    """
    expected = f"cohort {label!r}: truth values, one per explained row, or positions of rows"
    if isinstance(given, str):
        return InvalidInputError(
            expected,
            f"the text {shown(given)}",
            "Make a mask of it with X.eval(...), or write a filter: a list of "
            '{"name": ..., "filter": ...}.',
        )
    if callable(given):
        return InvalidInputError(expected, "a function", "Call it with the rows, and pass a mask.")
    if isinstance(given, Mapping):
        return InvalidInputError(
            expected,
            "a dictionary",
            'Filters come in a list: [{"name": ..., "filter": ...}].',
        )
    found = np.asarray(given)
    if found.ndim != 1:
        got = "a single value" if not found.ndim else f"a table of {found.ndim} dimensions"
        return InvalidInputError(expected, got, _BY_MASK)
    if found.dtype.kind in "UO":
        return InvalidInputError(
            expected,
            "words, or a mask with missing values",
            "Of ids of rows make a mask: X.index.isin(ids); fill a mask's gaps with False.",
        )
    return InvalidInputError(expected, "numbers with fractions", _BY_MASK)


def keys_error(
    expected: str, item: Mapping[Any, Any], known: Collection[str], example: str
) -> InvalidInputError:
    """Return the error about a dictionary whose keys are not those that it should have.

    Parameters
    ----------
    expected : str
        What it should be.
    item : mapping
        What came.
    known : collection of str
        The keys it may have.
    example : str
        A sentence with a right one.
    """
    odd = [repr(str(key)) for key in item if key not in known]
    missing = [repr(key) for key in known if key not in item]
    if odd:
        return InvalidInputError(expected, f"one with {', '.join(odd)}", example)
    return InvalidInputError(expected, f"one without {', '.join(missing)}", example)
