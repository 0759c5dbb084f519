"""Attributions of the tokens of texts in format 1: files of their own beside those of the rows.

A reader that knows nothing of texts reads the words' attributions, and passes these files by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.artifact.sealed import write_arrays
from mlflow_explain.artifact.tables import BLOCK_ROWS
from mlflow_explain.data.arranged import tokens_at
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import CorruptArtifactError, InvalidInputError
from mlflow_explain.explanation.tokens import NO_FEATURE, PLACES, TokenImportance, joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlflow_explain._typing import AnyArray, FeatureKind
    from mlflow_explain.artifact.sealed import Sealed
    from mlflow_explain.artifact.tables import Window
    from mlflow_explain.explanation import Explanation, LocalImportance

# Of sums of the same numbers in another order.
_ROUNDING = 1e-6
_PARTS = {*PLACES, "values", "rest"}


def stage(tokens: TokenImportance | None, kind: FeatureKind, folder: Path) -> dict[str, Any]:
    """Write tokens, those of 10,000 rows a file, and return what the manifest says of them."""
    if tokens is None:
        return {}
    for number, first in enumerate(range(0, max(tokens.n_rows, 1), BLOCK_ROWS)):
        part = tokens.take(slice(first, first + BLOCK_ROWS))
        write_arrays(folder, f"{kind}/tokens-{number:05d}.npz", part.arrays())
    return {"tokens": {"column": tokens.column}}


def read(
    sealed: Sealed, kind: FeatureKind, about: Mapping[str, Any], local: LocalImportance, at: Window
) -> TokenImportance | None:
    """Return the tokens of the rows that are read, or None where none were kept.

    Parameters
    ----------
    sealed : Sealed
        The folder.
    kind : {"raw", "engineered"}
        Of the member.
    about : mapping
        Its entry in the manifest.
    local : LocalImportance
        The attributions of these rows.
    at : Window
        Which rows they are.

    Raises
    ------
    CorruptArtifactError
        They are no tokens of these rows.
    """
    noted = about.get("tokens")
    if noted is None:
        return None
    column = noted["column"] if isinstance(noted, dict) else None
    if not isinstance(column, str):
        raise _odd("the name of a column of texts", "another entry")
    files = sealed.names(f"{kind}/tokens-")[at.blocks]
    if not files:
        raise _odd("files of tokens", "none")
    parts = [_part(column, sealed.arrays(name), local, len(about["features"])) for name in files]
    whole = joined(parts)
    found = tokens_at(whole, np.arange(whole.n_rows)[at.inside])
    if found.n_rows != local.n_rows:
        raise _odd(f"tokens of {local.n_rows} rows", f"those of {found.n_rows}")
    _check_words(found, local)
    return found


def _check_words(tokens: TokenImportance, local: LocalImportance) -> None:
    """Refuse tokens that sum to something else than the words they are counted under."""
    of_words = np.unique(tokens.feature[tokens.feature != NO_FEATURE])
    told = tokens.by_feature(local.n_features)[:, of_words]
    kept = local.values[:, of_words]
    largest = max(1.0, float(np.abs(tokens.values).max(initial=0.0)))
    if not np.allclose(told, kept, rtol=_ROUNDING, atol=_ROUNDING * largest, equal_nan=True):
        raise _odd("tokens that sum to their words' attributions", "others")


def check_places(explanation: Explanation) -> None:
    """Refuse tokens that stand beyond the texts which were kept with them."""
    local, rows = explanation.local, explanation.rows
    tokens = None if local is None else local.tokens
    if tokens is None or rows is None or not is_frame(rows.data):
        return
    if tokens.column not in rows.data.columns:
        # Of the columns only those of the largest importance were kept.
        return
    texts = rows.data[tokens.column].tolist()
    lengths = np.array([len(t) if isinstance(t, str) else 0 for t in texts], dtype=np.int64)
    if (tokens.end > lengths[tokens.row]).any():
        raise _odd("tokens within their texts", "some beyond the end")


def _part(
    column: str, arrays: Mapping[str, AnyArray], local: LocalImportance, n_features: int
) -> TokenImportance:
    """Return the tokens of one file, or refuse what cannot be tokens."""
    if not _PARTS <= set(arrays) <= {*_PARTS, "standard_errors"}:
        raise _odd(f"the arrays {', '.join(sorted(_PARTS))}", "others")
    if any(arrays[n].dtype.kind != "i" or arrays[n].ndim != 1 for n in PLACES):
        raise _odd("whole numbers for the places of tokens", "other arrays")
    if any(part.dtype.kind != "f" for name, part in arrays.items() if name not in PLACES):
        raise _odd("floating-point numbers for the values of tokens", "other arrays")
    try:
        made = TokenImportance(column, **arrays)
    except InvalidInputError as error:
        raise _odd(error.expected, error.got) from error
    if made.n_outputs != local.n_outputs:
        raise _odd(f"tokens of {local.n_outputs} outputs", f"those of {made.n_outputs}")
    _check_order(made)
    if ((made.feature < NO_FEATURE) | (made.feature >= n_features)).any():
        raise _odd(f"tokens counted under {n_features} features", "some under another")
    return made


def _check_order(tokens: TokenImportance) -> None:
    """Refuse tokens that overlap, or stand in no order."""
    start, end, sentence = tokens.start, tokens.end, tokens.sentence
    if ((start < 0) | (end < start) | (sentence < 0)).any():
        raise _odd("tokens that begin before they end", "some that do not")
    after = tokens.row[1:] == tokens.row[:-1]
    if (after & (start[1:] < end[:-1])).any():
        raise _odd("tokens in the order of their texts", "some that overlap")
    # A sentence has a character at least.
    if (after & (sentence[1:] < sentence[:-1])).any() or (sentence > start).any():
        raise _odd("sentences in the order of their texts", "others")


def _odd(expected: str, got: str) -> CorruptArtifactError:
    return CorruptArtifactError(expected, got, "It was edited, or is damaged; log it again.")
