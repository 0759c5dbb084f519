"""What a local model of a text is fitted to: its words, and samples without some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import comb

from mlflow_explain.engines.lime.limits import MAX_ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

# Characters of all samples of one document: longer documents have fewer samples.
MAX_CHARACTERS = 100_000_000
LEAST_SAMPLES = 200
# Samples per feature: words of a document that has more of them are put together.
SAMPLES_PER_FEATURE = 5
# Copies of the samples that a fit holds.
_COPIES = 4


@dataclass(frozen=True, eq=False, slots=True)
class Samples:
    """Which features a document keeps, sample by sample.

    Parameters
    ----------
    present : ndarray of bool, shape (n_samples, n_features)
        False where a feature is taken out.
    weights : ndarray of shape (n_samples,)
        How near a sample is to the document, times how often it stands for a draw.
    are_all : bool
        All subsets there are: nothing is left to chance.
    """

    present: AnyArray
    weights: FloatArray
    are_all: bool


def size_for(n_characters: int, n_samples: int) -> int:
    """Return how many samples a document of some length has, at most `n_samples`."""
    allowed = MAX_CHARACTERS // max(1, n_characters)
    return min(n_samples, max(LEAST_SAMPLES, allowed))


def most_features(n_samples: int) -> int:
    """Return how many features so many samples tell apart, and memory holds."""
    return max(1, min(n_samples // SAMPLES_PER_FEATURE, MAX_ROW_BYTES // (8 * _COPIES * n_samples)))


def features_of(words: Sequence[str], most: int) -> IntArray:
    """Return the feature of each token: its word, as it is written.

    Of more words than `most`, the more frequent ones are half of the features; the others are put
    together in the order of their first appearance, about as many in each.

    Parameters
    ----------
    words : sequence of str
        Tokens of one document.
    most : int
        Features, at most.

    Returns
    -------
    ndarray of int, shape (n_tokens,)
        Numbers from 0, without gaps.
    """
    code, distinct = pd.factorize(np.array(words, dtype=object))
    n_words = len(distinct)
    if n_words <= most:
        return np.asarray(code, dtype=np.int64)
    n_own = most // 2
    by_count = np.argsort(-np.bincount(code), kind="stable")
    feature = np.empty(n_words, dtype=np.int64)
    feature[by_count[:n_own]] = np.arange(n_own)
    others = np.sort(by_count[n_own:])
    feature[others] = n_own + np.arange(len(others)) * (most - n_own) // len(others)
    return np.asarray(feature[code])


def drawn(
    n_features: int, n_samples: int, kernel_width: float, seed: int, *, all_of_few: bool
) -> Samples:
    """Return the samples of a document: it itself, and ones without 1 to all of its features.

    How many are taken out is drawn uniformly, then which. Where there are no more subsets than
    samples, each of them stands for as many draws as it would be expected in.

    Parameters
    ----------
    n_features : int
        At least one.
    n_samples : int
        At least two.
    kernel_width : float
        Distance at which a weight has fallen to ``exp(-1/2)``: a hundred times the cosine distance
        between the features kept and all of them.
    seed : int
        Seed of the draw.
    all_of_few : bool
        Take all subsets where they are few enough.
    """
    are_all = all_of_few and n_features < n_samples.bit_length() and 2**n_features <= n_samples
    if are_all:
        number = np.arange(2**n_features)[:, None]
        present = (number >> np.arange(n_features)) & 1 == 1
        taken = n_features - present.sum(axis=1)
        times = np.where(taken == 0, 1.0, (n_samples - 1) / (n_features * comb(n_features, taken)))
    else:
        present = _at_random(n_features, n_samples, np.random.default_rng(seed))
        taken = n_features - present.sum(axis=1)
        times = np.ones(n_samples)
    # Both are vectors of 0 and 1: their cosine is the root of the share kept.
    distance = 100.0 * (1.0 - np.sqrt(1.0 - taken / n_features))
    nearness = np.exp(-(distance**2) / (2.0 * kernel_width**2))
    return Samples(present, np.asarray(times * nearness), are_all)


def _at_random(n_features: int, n_samples: int, random: np.random.Generator) -> AnyArray:
    """Return which features stay; all of them in the first sample."""
    taken = random.integers(1, n_features + 1, n_samples)
    taken[0] = 0
    present = np.empty((n_samples, n_features), dtype=bool)
    for row, n_taken in zip(present, taken.tolist(), strict=True):
        row[:] = random.permutation(n_features) >= n_taken
    return present
