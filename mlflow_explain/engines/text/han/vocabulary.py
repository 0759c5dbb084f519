"""Words by number, and texts as sentences of such numbers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.segments import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import IntArray
    from mlflow_explain.data.texts.segments import Tokens

# What fills up a sentence that is shorter than others, and any word that is not known.
PADDING, UNKNOWN = 0, 1
_SPECIAL = 2
# Words that are known, at most: the most frequent ones.
MAX_WORDS = 50_000


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that a network knows, in lower case.

    Parameters
    ----------
    words : tuple of str
        In the order of their numbers, of which the first is 2.
    """

    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """Numbers there are, with those of the padding and of unknown words."""
        return len(self.words) + _SPECIAL

    def ids(self, words: Sequence[str]) -> IntArray:
        """Return the numbers of words, (n_words,)."""
        number = self._number
        return np.array([number.get(word.lower(), UNKNOWN) for word in words], dtype=np.int64)

    def text(self) -> str:
        """Return the words as JSON."""
        return json.dumps(self.words, ensure_ascii=True)

    @classmethod
    def of_text(cls, text: str) -> Vocabulary:
        """Return what `text` was made of."""
        return cls(tuple(str(word) for word in json.loads(text)))

    @cached_property
    def _number(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words, start=_SPECIAL)}


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """A text as sentences of numbers; a long sentence is cut into several.

    Parameters
    ----------
    ids : ndarray of int, shape (n_words,)
        Numbers of the words.
    sentence : ndarray of int, shape (n_words,)
        Number of the sentence, or of the piece of one, from 0 and without gaps.
    place : ndarray of int, shape (n_words,)
        Of each word in its sentence, from 0.
    """

    ids: IntArray
    sentence: IntArray
    place: IntArray

    @property
    def n_sentences(self) -> int:
        """Number of sentences, long ones counted by their pieces."""
        return int(self.sentence[-1]) + 1 if len(self.sentence) else 0

    @property
    def longest(self) -> int:
        """Words of its longest sentence."""
        return int(self.place.max(initial=-1)) + 1


def vocabulary_of(texts: Sequence[str], min_count: int) -> Vocabulary:
    """Return the words that stand in texts so many times, the most frequent first."""
    words = [word.lower() for word in tokens_of(texts).words(texts)]
    frequent = Counter(words).most_common(MAX_WORDS)
    return Vocabulary(tuple(word for word, count in frequent if count >= min_count))


def documents_of(
    texts: Sequence[str], tokens: Tokens, vocabulary: Vocabulary, max_words: int
) -> list[Document]:
    """Return texts as the network reads them, whole.

    Parameters
    ----------
    texts : sequence of str
        The texts.
    tokens : Tokens
        Their tokens.
    vocabulary : Vocabulary
        The words known.
    max_words : int
        Words of a sentence, before it is cut.
    """
    ids = vocabulary.ids(tokens.words(texts))
    found = []
    for row in range(len(texts)):
        at = tokens.of_row(row)
        sentence, place = _cut(tokens.sentence[at], max_words)
        found.append(Document(ids[at], sentence, place))
    return found


def shortened(text: str, max_sentences: int, max_words: int) -> str:
    """Return the beginning of a text, of so many sentences or pieces of sentences."""
    tokens = tokens_of([text])
    sentence, _ = _cut(tokens.sentence, max_words)
    stay = int(np.searchsorted(sentence, max_sentences))
    return text if stay == len(sentence) else text[: int(tokens.end[stay - 1])]


def _cut(sentence: IntArray, max_words: int) -> tuple[IntArray, IntArray]:
    """Return each word's piece of a sentence, in order, and its place there."""
    if not len(sentence):
        return sentence, sentence
    begins = np.flatnonzero(np.diff(sentence, prepend=-1))
    place = np.arange(len(sentence)) - np.repeat(begins, np.diff(begins, append=len(sentence)))
    is_first = place % max_words == 0
    return np.cumsum(is_first) - 1, place % max_words
