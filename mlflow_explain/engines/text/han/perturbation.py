"""Made-up texts to ask a model about: some lack words, some are put together of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.masked import Maskable
from mlflow_explain.data.texts.segments import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, IntArray

# Words of a piece.
_SPAN = 10


def recombined(texts: Sequence[str], n_copies: int, random: np.random.Generator) -> list[str]:
    """Return texts put together of pieces of all of them, so many for each, text by text.

    A piece is ten words that follow one another, from anywhere. For each text every second one
    has as many words as the text itself, the others a number that is drawn uniformly up to that.
    A text without words has copies like itself.

    A model often knows the documents it was fitted to by heart, and what is left of one where
    words are taken out. What it answers for pieces of many is more like what it answers for
    documents it has not seen.

    Parameters
    ----------
    texts : sequence of str
        The texts.
    n_copies : int
        Texts to make for each.
    random : numpy.random.Generator
        Draws the pieces.
    """
    tokens = tokens_of(texts)
    words: list[str] = []
    for row, text in enumerate(texts):
        at = tokens.of_row(row)
        words += Maskable.of(f"{text} ", tokens.start[at], tokens.end[at]).pieces
    found = []
    counts = np.bincount(tokens.row, minlength=len(texts))
    for text, count in zip(texts, counts.tolist(), strict=True):
        for copy in range(n_copies):
            if not count:
                found.append(text)
                continue
            length = 1 + int(random.integers(count)) if copy % 2 else count
            first = random.integers(len(words), size=-(-length // _SPAN))
            place = (first[:, None] + np.arange(_SPAN)).ravel()[:length] % len(words)
            found.append("".join([words[i] for i in place.tolist()]))
    return found


def perturbed(texts: Sequence[str], n_copies: int, random: np.random.Generator) -> list[str]:
    """Return copies of texts, as many of each: all of the first one, then of the second.

    How much of a text stays is drawn uniformly for each copy; every second copy loses whole
    sentences, where there are several. A text without words has copies like itself.

    Parameters
    ----------
    texts : sequence of str
        The texts.
    n_copies : int
        Copies of each.
    random : numpy.random.Generator
        Draws what stays.
    """
    tokens = tokens_of(texts)
    found = []
    for row, text in enumerate(texts):
        at = tokens.of_row(row)
        if not n_copies or at.start == at.stop:
            found += [text] * n_copies
            continue
        cut = Maskable.of(text, tokens.start[at], tokens.end[at])
        found += cut.texts(_members(tokens.sentence[at], n_copies, random))
    return found


def _members(sentence: IntArray, n_copies: int, random: np.random.Generator) -> AnyArray:
    """Return which words stay in each copy, (n_copies, n_words)."""
    share = random.random((n_copies, 1))
    members = random.random((n_copies, len(sentence))) < share
    n_sentences = int(sentence[-1]) + 1
    if n_sentences > 1:
        whole = random.random((n_copies, n_sentences)) < share
        members[::2] = whole[::2, sentence]
    # A word stays in each: of a text without any, nothing is to be learnt.
    none = np.flatnonzero(~members.any(axis=1))
    members[none, random.integers(len(sentence), size=len(none))] = True
    return members
