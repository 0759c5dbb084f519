"""Where the terms of a text stand in it, for any vectoriser of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from mlflow_explain.data import time_limit
from mlflow_explain.data.kinds import is_a
from mlflow_explain.data.texts.alignment import aligned
from mlflow_explain.data.texts.grams import Grams, of_characters, of_padded_words, of_words
from mlflow_explain.data.texts.located import Words, in_order, located, same_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import IntArray
    from mlflow_explain.data.texts.alignment import Alignment


@dataclass(frozen=True, eq=False, slots=True)
class Occurrences:
    """Terms of a text that a vectoriser knows, and whose they are.

    Parameters
    ----------
    terms : ndarray of int, shape (n_terms,)
        Their numbers in the vectoriser, ascending.
    shares : csr_matrix of shape (n_tokens, n_terms)
        Share of each token of the text in what a term is attributed. Those of a term add up to 1,
        or less where it stands on nothing but space.
    """

    terms: IntArray
    shares: sparse.csr_matrix


class Terms:
    """A fitted vectoriser, asked where its terms stand.

    Parameters
    ----------
    vectorizer : CountVectorizer, TfidfVectorizer or HashingVectorizer
        The user's own, which has transformed texts already.
    """

    def __init__(self, vectorizer: Any) -> None:
        self.vectorizer = vectorizer
        self._analyze = vectorizer.build_analyzer()
        self._preprocess = vectorizer.build_preprocessor()
        self._hasher = None
        if is_a(vectorizer, "sklearn", "HashingVectorizer"):
            from sklearn.feature_extraction import FeatureHasher

            self._hasher = FeatureHasher(vectorizer.n_features, input_type="string")

    @property
    def ignores_case(self) -> bool:
        """Whether words that differ in capitals only are one term."""
        return list(self._analyze("Words")) == list(self._analyze("words"))

    def reason_against(self, texts: Sequence[str]) -> str | None:
        """Return why the terms of some texts cannot be found in them, or None."""
        own = self.vectorizer
        name = type(own).__name__
        if own.input != "content":
            return f"its {name} reads files that the texts name"
        if all(self.grams(text) is not None for text in texts):
            return None
        parts = [part for part in ("analyzer", "tokenizer", "preprocessor")
                 if callable(getattr(own, part))]  # fmt: skip
        by = f"its own {' and '.join(parts)} changes" if parts else "it changes"
        return f"terms of its {name} cannot be found in the texts, as {by} more than single words"

    def grams(self, text: str) -> Grams | None:
        """Return all terms of a text with their places, known to it or not.

        Returns
        -------
        Grams or None
            None where what was found is not what the vectoriser counts.
        """
        terms = list(self._analyze(text))
        for way in (self._by_places, self._by_parts):
            time_limit.check()
            found = way(text)
            if found is not None and same_words(found.terms, terms):
                return found
        return None

    def occurrences(self, grams: Grams, start: IntArray, end: IntArray) -> Occurrences:
        """Return the terms it knows, shared among the tokens they stand on.

        A term is shared equally among its occurrences, an n-gram of words among its words, a
        bucket of hashed terms among all that fall into it; what covers several tokens by the
        characters it has of each.

        Parameters
        ----------
        grams : Grams
            What `grams` found.
        start, end : ndarray of int, shape (n_tokens,)
            Places of the text's tokens.
        """
        time_limit.check()
        number = self._numbers(grams.terms)
        terms, code = np.unique(number, return_inverse=True)
        term = code[grams.gram]
        piece, token, part = _overlaps(grams.start, grams.end, start, end)
        shape = (len(start), len(terms))
        if not len(terms):
            return Occurrences(terms, sparse.csr_matrix(shape))
        count = np.bincount(code, minlength=len(terms))
        weight = part * grams.weight[piece] / count[term[piece]]
        shares = sparse.csr_matrix((weight, (token, term[piece])), shape=shape)
        known = terms >= 0
        return Occurrences(terms[known], shares[:, known])

    def _numbers(self, terms: list[str]) -> IntArray:
        """Return the number of each term; -1 for those it does not know."""
        if self._hasher is None:
            each = map(self.vectorizer.vocabulary_.get, terms, repeat(-1))
            return np.fromiter(each, dtype=np.int64, count=len(terms))
        place = {term: i for i, term in enumerate(dict.fromkeys(terms))}
        bucket = self._hasher.transform([[term] for term in place]).indices if place else None
        which = np.fromiter(map(place.__getitem__, terms), dtype=np.int64, count=len(terms))
        return which if bucket is None else bucket[which].astype(np.int64)

    def _by_places(self, text: str) -> Grams | None:
        """Return terms by following what the vectoriser does to characters."""
        own = self.vectorizer
        if callable(own.analyzer):
            return None
        changed = aligned(text, self._preprocess)
        if changed is None:
            return None
        if own.analyzer == "char":
            return of_characters(changed.with_single_spaces(), own.ngram_range)
        if own.analyzer == "char_wb":
            return of_padded_words(changed.with_single_spaces(), own.ngram_range)
        words = self._words(changed)
        return None if words is None else self._of_words(words)

    def _words(self, changed: Alignment) -> Words | None:
        """Return the words of a changed text, by their places in the original."""
        tokenizer = self.vectorizer.tokenizer
        if tokenizer is None:
            words = Words.matching(changed.text, self.vectorizer.token_pattern)
        else:
            found = located(changed.text, tokenizer) or in_order(changed.text, tokenizer)
            if found is None:
                return None
            words = found
        return Words(words.words, *changed.spans(words.start, words.end))

    def _by_parts(self, text: str) -> Grams | None:
        """Return terms by analysing each part of the text alone."""
        own = self.vectorizer
        if callable(own.analyzer):
            words = located(text, lambda part: list(self._analyze(part)))
            return None if words is None else of_words(words, (1, 1), None)
        if own.analyzer != "word":
            return None
        split = own.build_tokenizer()
        words = located(text, lambda part: list(split(self._preprocess(part))))
        return None if words is None else self._of_words(words)

    def _of_words(self, words: Words) -> Grams:
        own = self.vectorizer
        return of_words(words, own.ngram_range, own.get_stop_words())


def _overlaps(
    start: IntArray, end: IntArray, first: IntArray, last: IntArray
) -> tuple[IntArray, IntArray, Any]:
    """Return which pieces stand on which tokens, and by what share of their characters.

    Parameters
    ----------
    start, end : ndarray of int, shape (n_pieces,)
        Places of the pieces.
    first, last : ndarray of int, shape (n_tokens,)
        Places of the tokens, in order and apart.
    """
    low = np.searchsorted(last, start, side="right")
    high = np.maximum(np.searchsorted(first, end, side="left"), low)
    counts = np.where(end > start, high - low, 0)
    piece = np.repeat(np.arange(len(start)), counts)
    before = np.cumsum(counts) - counts
    token = np.arange(len(piece)) - before[piece] + low[piece]
    length = np.minimum(end[piece], last[token]) - np.maximum(start[piece], first[token])
    whole = np.bincount(piece, weights=length, minlength=len(start))
    return piece, token, length / whole[piece]
