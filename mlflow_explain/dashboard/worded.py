"""Which features of an explanation of texts are words: no columns, and told by the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlflow_explain.data.kinds import is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation import Explanation

WORD = "A word is no column, and has no cells: see the texts under Text."
# How methods of texts are named.
_METHODS = "text "


class Words(NamedTuple):
    """Which features of an explanation are words.

    Parameters
    ----------
    column : str or None
        The column of texts; None where it is not known any more.
    are : ndarray of bool, (n_features,)
        Whether a feature is a word.
    """

    column: str | None
    are: AnyArray


def is_of_texts(method: str) -> bool:
    """Whether a method explains texts, by what it is called."""
    return method.startswith(_METHODS)


def words_of(member: Explanation) -> Words | None:
    """Return which features are words; None where the explanation is not of texts."""
    tokens = None if member.local is None else member.local.tokens
    if tokens is None and not (member.kind == "raw" and is_of_texts(member.method)):
        return None
    data: Any = member.eval_data
    columns = [str(name) for name in data.columns] if is_frame(data) else []
    column = tokens.column if tokens is not None else _only_other(columns, member.features)
    are = np.array([name == column or name not in columns for name in member.features], dtype=bool)
    if tokens is not None and not tokens.n_tokens and set(member.features) <= {*columns}:
        # No text has a word: features are the columns.
        are[:] = False
    elif tokens is not None:
        # A word may be called like a column.
        are[tokens.feature[tokens.feature >= 0]] = True
    return Words(column, are)


def _only_other(columns: Sequence[str], features: Sequence[str]) -> str | None:
    """Return the column that is no feature, if it is the only one: words stand in its place."""
    if len(columns) == 1:
        return columns[0]
    found = [name for name in columns if name not in features]
    return found[0] if len(found) == 1 else None
