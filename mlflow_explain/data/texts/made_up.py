"""Made-up texts, by which one model of texts is told from another."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_a, package_of
from mlflow_explain.data.texts.models import inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Where the model has no words of its own: a function, say, or hashed terms. The commonest words
# of English opinions, and syllables.
_COMMON = (
    "all", "bad", "best", "can", "cheap", "do", "easy", "fine", "for", "free", "good", "great",
    "hate", "how", "is", "it", "job", "just", "love", "me", "money", "more", "never", "new", "no",
    "not", "now", "poor", "problem", "quick", "see", "so", "the", "time", "to", "too", "very",
    "want", "well", "what", "when", "work", "worst", "would", "yes", "you",
)  # fmt: skip
_SYLLABLES = ["".join(letters) for letters in product("bdklmnrst", "aeiou", "nrst")]
_MOST_TERMS = 100_000


def texts_for(model: Any, n_texts: int) -> list[str]:
    """Return texts of the words a model knows, or of common ones.

    Parameters
    ----------
    model : object
        The user's own, or as a model of a table; None for one that is not at hand.
    n_texts : int
        Number of texts: half of a few words each, the others of all words between them.

    Returns
    -------
    list of str
        The same for the same model.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> texts = texts_for(CountVectorizer().fit(["good phone", "bad phone"]), 4)
    >>> sorted({word for text in texts[2:] for word in text.split()})
    ['bad', 'good', 'phone']
    """
    words = _known(inside(model)) or [*_COMMON, *_SYLLABLES]
    random = np.random.default_rng(0)
    n_short = n_texts // 2
    short = [_text([words[i] for i in random.integers(0, len(words), 8)]) for _ in range(n_short)]
    order = random.permutation(len(words))
    parts = np.array_split(order, n_texts - n_short)
    return short + [_text([words[i] for i in part]) for part in parts]


def _text(words: Sequence[str]) -> str:
    return " ".join(words)


def _known(model: Any) -> list[str]:
    """Return the terms of all vectorisers in a model, some of very many, in a fixed order."""
    words = sorted({str(term) for terms in _vocabularies(model) for term in terms})
    return words[:: -(-len(words) // _MOST_TERMS)] if words else []


def _vocabularies(model: Any) -> Iterator[Sequence[Any]]:
    """Yield the fitted vocabularies in a model."""
    for part in parts_of(model):
        if is_a(part, "sklearn", "CountVectorizer"):
            yield list(getattr(part, "vocabulary_", ()))


def parts_of(model: Any) -> Iterator[Any]:
    """Yield the models and steps in a model, whatever it is made of, in their order.

    Of a vectoriser nothing but itself is looked at.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> [type(part).__name__ for part in parts_of(make_pipeline(TfidfVectorizer(), Ridge()))]
    ['Pipeline', 'TfidfVectorizer', 'Ridge']
    """
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, list | tuple):
            # Names beside parts are passed by below.
            waiting += reversed(part if len(part) <= 1_000 else [])
        elif isinstance(part, dict):
            waiting += reversed(part.values() if len(part) <= 1_000 else [])
        elif is_a(part, "sklearn", "CountVectorizer"):
            yield part
        elif package_of(part) in {"sklearn", "imblearn"} or hasattr(part, "get_params"):
            yield part
            waiting += reversed(getattr(part, "__dict__", {}).values())
