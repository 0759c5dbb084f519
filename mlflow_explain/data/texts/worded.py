"""From attributions of columns, with the tokens of a text, to those of words: an explanation's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation.tokens import NO_FEATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.explanation.tokens import TokenImportance

# The feature that has what a text is attributed and none of its tokens is: what the words that it
# does not have would change, or a feature made of the text's length.
ABSENT = "(absent words)"
# Smaller attributions of it, as a share of the largest, are rounding.
_ROUNDING = 1e-12
# Words that are features of an explanation, at most, and attributions of all of them; the other
# words are summed.
MAX_WORDS = 5_000
MAX_VALUES = 2**26


def worded(
    local: LocalImportance,
    columns: Sequence[str],
    texts: Sequence[str],
    *,
    lowercase: bool,
    most: int = MAX_WORDS,
) -> tuple[LocalImportance, list[str], int]:
    """Return attributions in which the words of the texts stand in place of their column.

    Parameters
    ----------
    local : LocalImportance
        Of columns, with tokens.
    columns : sequence of str
        Names of the columns.
    texts : sequence of str
        The texts, one per row.
    lowercase : bool
        Words that differ in capitals only are one.
    most : int
        Words to keep, those of the largest attributions; the others are summed.

    Returns
    -------
    local : LocalImportance
        Of the columns beside the text, then of words in the order of their first appearance, then
        of absent words, if they are attributed anything. Words that are summed are `rest`.
    names : list of str
        Of these features. Beside other columns, words are named ``"column: word"``.
    n_left_out : int
        Words that are summed.
    """
    tokens = local.tokens
    assert tokens is not None  # noqa: S101 - an engine of texts answers them
    at = list(columns).index(tokens.column)
    others = [i for i in range(len(columns)) if i != at]
    code, words = _numbered(tokens, texts, lowercase=lowercase)
    most = min(most, max(1, MAX_VALUES // max(1, local.n_rows * local.n_outputs)))
    kept = _largest(code, tokens.values, len(words), most)
    place = np.full(len(words) + 1, NO_FEATURE)
    place[kept] = len(others) + np.arange(len(kept))
    counted = tokens.counted(place[code])
    prefix = f"{tokens.column}: " if others else ""
    while any(columns[i].startswith(prefix) for i in others if prefix):
        # A column is called as a word would be.
        prefix = f"{prefix[:-2]}': "
    names = [columns[i] for i in others] + [f"{prefix}{words[i]}" for i in kept.tolist()]
    known = np.abs(tokens.rest).max(initial=0.0) > _ROUNDING * np.abs(local.values).max(initial=0.0)
    if known:
        names.append(f"{prefix}{ABSENT}")
    values = counted.by_feature(len(names))
    values[:, : len(others)] = local.values[:, others]
    if known:
        values[:, -1] = tokens.rest
    errors = counted.errors_by_feature(len(names))
    if errors is not None and local.standard_errors is not None:
        errors[:, : len(others)] = local.standard_errors[:, others]
    n_left_out = len(words) - len(kept)
    rest = local.values[:, at] - values[:, len(others) :].sum(axis=1) if n_left_out else None
    return LocalImportance(values, local.base_values, errors, rest, counted), names, n_left_out


def _numbered(
    tokens: TokenImportance, texts: Sequence[str], *, lowercase: bool
) -> tuple[IntArray, list[str]]:
    """Return each token's word, (n_tokens,), and the words in the order of their appearance."""
    each = zip(tokens.row.tolist(), tokens.start.tolist(), tokens.end.tolist(), strict=True)
    found = np.empty(tokens.n_tokens, dtype=object)
    found[:] = [texts[row][start:end] for row, start, end in each]
    if lowercase:
        found[:] = [word.lower() for word in found]
    code, words = pd.factorize(found)
    return code, [str(word) for word in words]


def _largest(code: IntArray, values: FloatArray, n_words: int, most: int) -> IntArray:
    """Return which words to keep, in order: those of the largest attributions."""
    if n_words <= most:
        return np.arange(n_words)
    size = np.bincount(code, weights=np.abs(values).sum(axis=1), minlength=n_words)
    return np.sort(np.argpartition(-size, most)[:most])
