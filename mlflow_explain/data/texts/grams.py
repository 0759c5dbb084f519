"""n-grams of a text, of words or characters, in scikit-learn's order and with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data import time_limit

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.data.texts.alignment import Alignment
    from mlflow_explain.data.texts.located import Words

_WORD = re.compile(r"\S+")
# Words between two looks at the time.
_POLLED = 4096


@dataclass(frozen=True, eq=False, slots=True)
class Grams:
    """Terms of a text, one by one, and the pieces of the text each stands on.

    Parameters
    ----------
    terms : list of str
        The terms; one that stands there twice is there twice.
    gram : ndarray of int, shape (n_pieces,)
        Position in `terms` of what each piece is of.
    start, end : ndarray of int, shape (n_pieces,)
        Places of the pieces in the text.
    weight : ndarray of shape (n_pieces,)
        Share of each piece in its term: an n-gram of words has as many equal pieces as words.
    """

    terms: list[str]
    gram: IntArray
    start: IntArray
    end: IntArray
    weight: FloatArray

    @classmethod
    def of(cls, terms: list[str], pieces: AnyArray) -> Grams:
        """Return terms with pieces of (gram, start, end, number of the gram's pieces)."""
        gram, start, end, n = np.asarray(pieces, dtype=np.int64).T
        return cls(terms, gram, start, end, 1.0 / n)


def of_words(
    words: Words, ngram_range: tuple[int, int], stop_words: Collection[str] | None
) -> Grams:
    """Return n-grams of words.

    Parameters
    ----------
    words : Words
        Words of the text in order.
    ngram_range : (int, int)
        Fewest and most words of a term.
    stop_words : collection of str or None
        Words that are left out before terms are made.
    """
    texts, start, end = words.words, words.start, words.end
    if stop_words is not None:
        stay = [i for i, word in enumerate(texts) if word not in stop_words]
        texts, start, end = [texts[i] for i in stay], start[stay], end[stay]
    fewest, most = ngram_range
    # scikit-learn's vectorisers look at the fewest only where the most are more than one.
    fewest = 1 if most == 1 else fewest
    terms: list[str] = []
    parts = [np.zeros((0, 4), dtype=np.int64)]
    for n in range(fewest, min(most, len(texts)) + 1):
        time_limit.check()
        first = np.arange(len(texts) - n + 1)
        at = (first[:, None] + np.arange(n)).ravel()
        gram = np.repeat(first + len(terms), n)
        parts.append(np.column_stack([gram, start[at], end[at], np.full(len(at), n)]))
        terms += texts if n == 1 else _joined(texts, n)
    return Grams.of(terms, np.concatenate(parts))


def of_characters(changed: Alignment, ngram_range: tuple[int, int]) -> Grams:
    """Return n-grams of characters of a text in which white space is single."""
    text, length = changed.text, len(changed.text)
    fewest, most = ngram_range
    terms: list[str] = []
    first = [np.zeros(0, dtype=np.int64)]
    last = [np.zeros(0, dtype=np.int64)]
    for n in range(fewest, min(most, length) + 1):
        time_limit.check()
        begin = np.arange(length - n + 1)
        terms += [text[i : i + n] for i in range(len(begin))]
        first.append(begin)
        last.append(begin + n)
    return _of_spans(changed, terms, np.concatenate(first), np.concatenate(last))


def of_padded_words(changed: Alignment, ngram_range: tuple[int, int]) -> Grams:
    """Return n-grams of characters of each word between two spaces, which are the word's own."""
    # Windows are those of a word's length, and terms those of a word: each is made once.
    windows: dict[int, IntArray] = {}
    known: dict[str, list[str]] = {}
    terms: list[str] = []
    spans = [match.span() for match in _WORD.finditer(changed.text)]
    for number, (low, high) in enumerate(spans):
        if number % _POLLED == 0:
            time_limit.check()
        word = changed.text[low:high]
        if word not in known:
            if len(word) not in windows:
                windows[len(word)] = _windows(len(word) + 2, ngram_range)
            padded = f" {word} "
            known[word] = [padded[a:b] for a, b in windows[len(word)].tolist()]
        terms += known[word]
    if not spans:
        none = np.zeros(0, dtype=np.int64)
        return _of_spans(changed, terms, none, none)
    low, high = np.array(spans, dtype=np.int64).T
    length = high - low
    each = np.concatenate([windows[n] for n in length.tolist()])
    counts = {n: len(found) for n, found in windows.items()}
    word_of = np.repeat(np.arange(len(spans)), [counts[n] for n in length.tolist()])
    within = np.clip(each - 1, 0, length[word_of][:, None])
    # A window of nothing but a space around the word stands on all of it.
    is_space = within[:, 0] == within[:, 1]
    within[is_space, 0], within[is_space, 1] = 0, length[word_of][is_space]
    return _of_spans(changed, terms, low[word_of] + within[:, 0], low[word_of] + within[:, 1])


def _windows(length: int, ngram_range: tuple[int, int]) -> IntArray:
    """Return first and last character of each window of a padded word, (n_windows, 2)."""
    fewest, most = ngram_range
    found: list[tuple[int, int]] = []
    for n in range(fewest, most + 1):
        n_windows = max(length - n, 0) + 1
        found += [(i, i + n) for i in range(n_windows)]
        if n_windows == 1:
            break
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _joined(words: list[str], n: int) -> list[str]:
    """Return each run of n words, with spaces between them."""
    return [" ".join(run) for run in zip(*(words[i:] for i in range(n)), strict=False)]


def _of_spans(changed: Alignment, terms: list[str], low: IntArray, high: IntArray) -> Grams:
    start, end = changed.spans(low, high)
    each = np.arange(len(terms))
    return Grams.of(terms, np.column_stack([each, start, end, np.ones_like(each)]))
