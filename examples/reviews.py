"""Reviews of five products, with what people made of every sentence: documents to classify.

Each sentence was rated by twenty readers, so a sentence has a truth of its own, which no model
was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

DATA = Path(__file__).parent / "data" / "reviews.csv.gz"
# Sentences of a document.
LENGTH = 4
POSITIVE, NEGATIVE = "positive", "negative"


@dataclass(frozen=True)
class Reviews:
    """Documents in two parts, none with sentences of a review of the other.

    Parameters
    ----------
    train, test : list of str
        Documents, a few consecutive sentences of a review each.
    train_y, test_y : list of str
        ``"positive"`` where the mean rating of the sentences is above zero, else ``"negative"``.
    train_ratings, test_ratings : list of ndarray
        Of each document the mean human rating of its sentences, from -4 to 4, in their order.
    train_spans, test_spans : list of ndarray of shape (n_sentences, 2)
        Of each document the places of its sentences: from one character to before the other.
    """

    train: list[str]
    test: list[str]
    train_y: list[str]
    test_y: list[str]
    train_ratings: list[np.ndarray]
    test_ratings: list[np.ndarray]
    train_spans: list[np.ndarray]
    test_spans: list[np.ndarray]


def load(
    path: str | Path = DATA, length: int = LENGTH, test_size: float = 0.25, seed: int = 0
) -> Reviews:
    """Read the sentences, put them together to documents, and split these by review.

    Parameters
    ----------
    path : str or Path
        The file.
    length : int
        Sentences of a document; the last one of a review may have fewer, but not one.
    test_size : float
        Share of the reviews that are tested.
    seed : int
        Of the split.
    """
    table = pd.read_csv(path).sort_values(["review", "sentence"])
    names = table["review"].unique()
    order = np.random.default_rng(seed).permutation(names)
    held = set(order[: round(test_size * len(names))].tolist())
    parts: dict[bool, list[tuple[str, np.ndarray, np.ndarray]]] = {True: [], False: []}
    for review, sentences in table.groupby("review"):
        parts[review in held] += documents(sentences, length)
    train, test = (_columns(parts[is_test]) for is_test in (False, True))
    pairs = zip(train, test, strict=True)
    return Reviews(*(part for pair in pairs for part in pair))


def documents(
    sentences: pd.DataFrame, length: int = LENGTH
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return a review in pieces: text, ratings of its sentences, and their places."""
    found = []
    texts, ratings = sentences["text"].tolist(), sentences["rating"].to_numpy()
    cuts = list(range(0, len(texts), length))
    if len(cuts) > 1 and len(texts) - cuts[-1] == 1:
        cuts.pop()
    for at, first in enumerate(cuts):
        last = cuts[at + 1] if at + 1 < len(cuts) else len(texts)
        part = texts[first:last]
        ends = np.cumsum([len(text) + 1 for text in part]) - 1
        spans = np.column_stack([ends - [len(text) for text in part], ends])
        found.append((" ".join(part), ratings[first:last], spans))
    return found


def model(seed: int = 0) -> Pipeline:
    """Return the unfitted model: weights of words, and a logistic regression."""
    return make_pipeline(
        TfidfVectorizer(min_df=2, sublinear_tf=True),
        LogisticRegression(C=10.0, random_state=seed, max_iter=1_000),
    )


def _columns(
    found: list[tuple[str, np.ndarray, np.ndarray]],
) -> tuple[list[str], list[str], list[np.ndarray], list[np.ndarray]]:
    texts, ratings, spans = (list(column) for column in zip(*found, strict=True))
    labels = [POSITIVE if rating.mean() > 0 else NEGATIVE for rating in ratings]
    return texts, labels, ratings, spans
