"""Words that a function makes of a text, found in the text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.segments import tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow_explain._typing import IntArray

_CHUNK = re.compile(r"\S+")
_CORE = re.compile(r"\w(?:.*\w)?", re.DOTALL)


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """Words of a text in their order, and where they stand.

    Parameters
    ----------
    words : list of str
        The words; they may be written otherwise in the text.
    start, end : ndarray of int, shape (n_words,)
        Their places.
    """

    words: list[str]
    start: IntArray
    end: IntArray

    @classmethod
    def of(cls, words: list[str], places: list[tuple[int, int]]) -> Words:
        """Return words with a place each."""
        flat = np.fromiter(chain.from_iterable(places), dtype=np.int64, count=2 * len(places))
        start, end = flat.reshape(-1, 2).T
        return cls(words, start, end)

    @classmethod
    def matching(cls, text: str, pattern: str) -> Words:
        """Return what matches a regular expression, or its only group."""
        compiled = re.compile(pattern)
        group = min(compiled.groups, 1)
        spans = [match.span(group) for match in compiled.finditer(text)]
        words = [text[start:end] for start, end in spans]
        if group and (-1, -1) in spans:
            # A group that takes no part in a match is an empty word, in the place of the match.
            whole = (match.span() for match in compiled.finditer(text))
            pairs = list(zip(spans, whole, strict=True))
            words = ["" if own[0] < 0 else text[slice(*own)] for own, _ in pairs]
            spans = [match if own[0] < 0 else own for own, match in pairs]
        return cls.of(words, spans)


def located(text: str, split: Callable[[str], list[str]]) -> Words | None:
    """Return the words of a text, in its order, where those of its parts are the same.

    Words are looked for in their part, and stand for all of it where they are written otherwise,
    as stems are.

    Parameters
    ----------
    text : str
        The text.
    split : callable
        Returns the words of a text.

    Returns
    -------
    Words or None
        None where words change with what stands beside them.
    """
    whole = list(split(text))
    for parts in (_chunks, _tokens):
        spans = list(parts(text))
        known = {part: list(split(part)) for part in {text[a:b] for a, b in spans}}
        each = [known[text[a:b]] for a, b in spans]
        found = [word for words in each for word in words]
        if not same_words(found, whole):
            continue
        places = [
            (start + a, start + b)
            for (start, end), words in zip(spans, each, strict=True)
            for a, b in _inside(text[start:end], words)
        ]
        return Words.of(found, places)
    return None


def same_words(found: list[str], words: list[str]) -> bool:
    """Whether two lists hold the same words as often, in any order."""
    return found == words or (len(found) == len(words) and Counter(found) == Counter(words))


def in_order(text: str, split: Callable[[str], list[str]]) -> Words | None:
    """Return the words of a text where each stands in it, after the one before."""
    places, at = [], 0
    words = list(split(text))
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return None
        places.append((at, at + len(word)))
        at += len(word)
    return Words.of(words, places)


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places between white space."""
    return (match.span() for match in _CHUNK.finditer(text))


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of tokens."""
    found = tokens_of([text])
    return zip(found.start.tolist(), found.end.tolist(), strict=True)


def _inside(part: str, words: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the place of each word in a part."""
    lower, at = part.lower(), 0
    core = _CORE.search(part)
    for word in words:
        found = part.find(word, at)
        if found < 0 and len(lower) == len(part):
            found = max(lower.find(word.lower(), at), lower.find(word.lower()))
        if found >= 0 and word:
            at = found + len(word)
            yield found, at
        else:
            yield core.span() if core else (0, len(part))
