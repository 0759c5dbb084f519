"""A model of texts taken apart: what makes terms of them, and the estimator behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from mlflow_explain.data.texts.halves import halves_of
from mlflow_explain.data.texts.occurrences import Terms
from mlflow_explain.data.texts.sources import sources_of

if TYPE_CHECKING:
    from mlflow_explain._typing import IntArray
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.texts.halves import Halves
    from mlflow_explain.data.texts.sources import Sources


class Shares(NamedTuple):
    """Which features a text has terms of, and what of each its tokens share.

    Parameters
    ----------
    features : ndarray of int, shape (n_features,)
        Positions among the engineered features, each once.
    shares : csr_matrix of shape (n_tokens, n_features)
        Shares of the tokens.
    is_placed : bool
        Whether all its terms were found in it.
    """

    features: IntArray
    shares: sparse.csr_matrix
    is_placed: bool


@dataclass(frozen=True, eq=False, slots=True)
class Vectorized:
    """A model whose estimator sees terms of texts.

    Parameters
    ----------
    halves : Halves
        Its preprocessing and its estimator.
    sources : Sources
        What each engineered feature is made of.
    terms : tuple of Terms
        Those of the vectorisers, in the order of `sources`.
    """

    halves: Halves
    sources: Sources
    terms: tuple[Terms, ...]

    @property
    def lowercase(self) -> bool:
        """Whether all vectorisers take words that differ in capitals only for one."""
        return all(terms.ignores_case for terms in self.terms)

    def reason_against(self, texts: list[str]) -> str | None:
        """Return why terms of texts cannot be found in them, or None."""
        each = (terms.reason_against(texts) for terms in self.terms)
        return next((reason for reason in each if reason is not None), None)

    def shares(self, text: str, start: IntArray, end: IntArray) -> Shares:
        """Return the features that a text has terms of, and what of each its tokens share.

        Parameters
        ----------
        text : str
            The text.
        start, end : ndarray of int, shape (n_tokens,)
            Places of its tokens.

        """
        features, shares = [np.zeros(0, dtype=np.int64)], [sparse.csr_matrix((len(start), 0))]
        is_placed = True
        for number, terms in enumerate(self.terms):
            grams = terms.grams(text)
            if grams is None:
                # Terms without places: what they are attributed is no token's.
                is_placed = False
                continue
            found = terms.occurrences(grams, start, end)
            made, which = self.sources.made_of(number, found.terms)
            features.append(made)
            shares.append(found.shares[:, which])
        return Shares(np.concatenate(features), sparse.hstack(shares, format="csr"), is_placed)


def vectorized(
    predictor: Predictor, column: str, columns: list[Any], n_engineered: int
) -> Vectorized:
    """Return a model with what its engineered features are made of.

    Parameters
    ----------
    predictor : Predictor
        The model of the table; one that has transformed rows knows its vocabulary.
    column : str
        The column of texts.
    columns : list
        Labels of all columns.
    n_engineered : int
        Number of engineered features.

    Raises
    ------
    UnsupportedModelError
        It is no Pipeline, has no vectoriser, or mixes terms.
    """
    halves = halves_of(predictor)
    given = columns if halves.column is None else [column]
    sources = sources_of(halves.preprocess, given, given.index(column), n_engineered)
    return Vectorized(halves, sources, tuple(map(Terms, sources.vectorizers)))
