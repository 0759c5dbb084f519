"""Sentences and tokens of texts, as places in them: nothing of a text is changed or left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.marks import MARKS
from mlflow_explain.explanation._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import IntArray

# Scripts without spaces between words: each character is a token.
_IDEOGRAPHS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# What puts the next letter under the one before: of Burmese and Khmer.
_STACKING = "\u1039\u17d2"
_TONES = "\U0001f3fb-\U0001f3ff"
_FLAGS = "\U0001f1e6-\U0001f1ff"
_LETTER = rf"[^\W_{_IDEOGRAPHS}]"
_WORD = rf"[^\W{_IDEOGRAPHS}](?:[^\W{_IDEOGRAPHS}]+|[{MARKS}]+|['\u2019.,](?={_LETTER}))*"
_IDEOGRAPH = rf"[{_IDEOGRAPHS}](?:[{MARKS}]|(?<=[{_STACKING}])[{_IDEOGRAPHS}])*"
_SIGN = rf"[^\w\s](?:[{MARKS}{_TONES}]|(?<=\u200d)[^\w\s])*"
# A word, with its apostrophes and a number's points; two letters of a flag; one ideograph; one
# sign, with what is joined to it: an emoji of several characters is one token. Marks go with what
# they stand behind.
_TOKEN = re.compile(rf"{_WORD}|[{_FLAGS}]{{2}}[{MARKS}]*|{_IDEOGRAPH}|{_SIGN}")
_BEGINS = re.compile(_LETTER)
_ENDS = re.compile(rf"{_LETTER}[{MARKS}]*\Z")
# The end of a sentence: marks, quotes or brackets that close, and space or the end; or new lines.
_CLOSING = "\u201d\u2019\u300d\u300f\uff09"
_FULL_STOPS = "\u3002\uff01\uff1f\u0964\u061f\u06d4"
_END = re.compile(rf"[.!?…]+[\"'{_CLOSING})\]]*(?=\s|$)|[{_FULL_STOPS}]+[{_CLOSING}]*|\n\s*\n")


@dataclass(frozen=True, eq=False, slots=True)
class Tokens:
    """Places of the tokens of several texts, text by text and in their order.

    Parameters
    ----------
    row : ndarray of int, shape (n_tokens,)
        Number of the text.
    start, end : ndarray of int, shape (n_tokens,)
        From character `start` to before `end`, in Unicode code points.
    sentence : ndarray of int, shape (n_tokens,)
        Number of the sentence in its text, from 0 and without gaps.
    """

    row: IntArray
    start: IntArray
    end: IntArray
    sentence: IntArray

    def of_row(self, row: int) -> slice:
        """Return where the tokens of a text are."""
        first, last = np.searchsorted(self.row, [row, row + 1])
        return slice(int(first), int(last))

    def words(self, texts: Sequence[str]) -> list[str]:
        """Return the tokens as they stand in the texts."""
        each = zip(self.row.tolist(), self.start.tolist(), self.end.tolist(), strict=True)
        return [texts[row][start:end] for row, start, end in each]


def tokens_of(texts: Sequence[str]) -> Tokens:
    """Return the tokens of texts.

    A token is a word, a number, a character of a script without spaces, a mark or an emoji.
    Accents and vowel signs belong to the letter they stand behind. All characters but space are in
    some token.

    Examples
    --------
    >>> texts = ["It's fine. Really!"]
    >>> found = tokens_of(texts)
    >>> found.words(texts)
    ["It's", 'fine', '.', 'Really', '!']
    >>> found.sentence.tolist()
    [0, 0, 0, 1, 1]
    """
    each = [_places(text) for text in texts]
    counts = [len(places) for places in each]
    places = np.concatenate([np.zeros((0, 3), dtype=np.int64), *each])
    row = np.repeat(np.arange(len(texts)), counts)
    return Tokens(frozen(row), *(frozen(places[:, i].copy()) for i in range(3)))


def begins_with_word(text: str) -> bool:
    """Whether a text begins with a letter or digit of a script that has spaces between words."""
    return _BEGINS.match(text) is not None


def ends_with_word(text: str) -> bool:
    """Whether a text ends with such a letter or digit, and the marks that belong to it."""
    return _ENDS.search(text) is not None


def _places(text: str) -> IntArray:
    """Return start, end and sentence of each token of a text, (n_tokens, 3)."""
    found = [match.span() for match in _TOKEN.finditer(text)]
    if not found:
        return np.zeros((0, 3), dtype=np.int64)
    spans = np.array(found, dtype=np.int64)
    ends = np.array([match.end() for match in _END.finditer(text)], dtype=np.int64)
    sentence = np.searchsorted(ends, spans[:, 0], side="right")
    # Ends with nothing between them begin no sentence.
    number = np.cumsum(np.diff(sentence, prepend=sentence[0]) > 0)
    return np.column_stack([spans, number])
