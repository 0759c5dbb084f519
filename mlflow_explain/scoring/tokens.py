"""Importances of texts as replies tell them: a list per text, of its tokens with their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlflow_explain.data.views import listed
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation._arrays import largest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.explanation.tokens import TokenImportance

# One token, or one column beside the text.
Entry = dict[str, Any]

# What an entry says. Where there are columns beside the text it says of which column it is, too:
# all of one model have the same fields, as Spark needs them, and those of columns no place.
PLACE = ("token", "start", "end", "sentence")
FEATURE, IMPORTANCE = "feature", "importance"
Kind = Literal["text", "whole", "number"]


def fields(*, beside: bool) -> dict[str, Kind]:
    """Return the name of each field of an entry, and what it holds; any may be missing.

    Parameters
    ----------
    beside : bool
        There are columns beside the text.

    Examples
    --------
    >>> fields(beside=False)["sentence"]
    'whole'
    """
    token, *whole = PLACE
    named: dict[str, Kind] = {FEATURE: "text"} if beside else {}
    return {token: "text", **dict.fromkeys(whole, "whole"), **named, IMPORTANCE: "number"}


@dataclass(frozen=True, eq=False, slots=True)
class TokenForm:
    """How importances of texts are written.

    Parameters
    ----------
    names : tuple of str
        The columns.
    top_k : int
        Tokens and columns that are kept of each row, those of the largest absolute importances;
        0 for all.
    tokens : TokenImportance or None
        Of the rows; None where none is explained.
    texts : sequence of str
        The rows' texts.
    by_output : sequence of ndarray of shape (n_tokens,)
        Importances of the tokens for each output that replies know.
    rest_by_output : sequence of ndarray of shape (n_rows,)
        What no token of a row is attributed.
    """

    names: tuple[str, ...]
    top_k: int
    tokens: TokenImportance | None
    texts: Sequence[str]
    by_output: Sequence[FloatArray]
    rest_by_output: Sequence[FloatArray]

    def written(
        self, values: FloatArray, outputs: IntArray
    ) -> tuple[list[list[Entry]], list[float | None]]:
        """Return the entries of each row, and the sum of what none of them is attributed.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            Importances of the columns for each row's output.
        outputs : ndarray of int, shape (n_rows,)
            Which output that is.
        """
        rows, rest = [], np.zeros(len(values))
        for i, output in enumerate(outputs.tolist()):
            entries, rest[i] = self._of_row(i, output, values[i])
            rows.append(entries)
        return rows, listed(rest)

    def empty(self) -> list[Entry]:
        """Return what stands where a row is not explained."""
        return []

    def _of_row(self, row: int, output: int, values: FloatArray) -> tuple[list[Entry], float]:
        tokens = self.tokens
        assert tokens is not None  # noqa: S101 - `reasons` refuses other engines' answers
        at, whole = tokens.of_row(row), float(self.rest_by_output[output][row])
        beside = [j for j, name in enumerate(self.names) if name != tokens.column]
        mine = np.concatenate([self.by_output[output][at], values[beside]])
        kept = np.arange(len(mine))
        if 0 < self.top_k < len(mine):
            kept = np.sort(largest(mine[None], self.top_k)[0])
            whole += float(np.delete(mine, kept).sum())
        n_tokens = at.stop - at.start
        of_tokens, of_columns = kept[kept < n_tokens], kept[kept >= n_tokens]
        names: dict[str, Any] = {FEATURE: tokens.column} if beside else {}
        found = _entries(tokens, at.start + of_tokens, self.texts[row], mine[of_tokens])
        entries = [names | entry for entry in found]
        for position, value in zip(of_columns, listed(mine[of_columns]), strict=True):
            named = {FEATURE: self.names[beside[position - n_tokens]], **dict.fromkeys(PLACE)}
            entries.append(named | {IMPORTANCE: value})
        return entries, whole


def _entries(
    tokens: TokenImportance, at: IntArray, text: str, values: FloatArray
) -> Iterator[Entry]:
    """Yield what is told of tokens of one text."""
    places = (tokens.start[at], tokens.end[at], tokens.sentence[at])
    for start, end, sentence, value in zip(
        *(p.tolist() for p in places), listed(values), strict=True
    ):
        place = dict(zip(PLACE, (text[start:end], start, end, sentence), strict=True))
        yield place | {IMPORTANCE: value}


def missing() -> InvalidInputError:
    """Return the error that an engine of texts told nothing of their tokens."""
    return InvalidInputError(
        "importances of tokens", "those of columns only", "Make the explainer again."
    )
