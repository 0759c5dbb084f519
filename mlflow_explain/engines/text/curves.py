"""Deletion and insertion curves: what a model answers while a text loses its tokens, or gains them.

Petsiuk, Das and Saenko 2018, https://doi.org/10.48550/arXiv.1806.07421, whose pixels are tokens
here; kin to the comprehensiveness and sufficiency of DeYoung et al. 2020,
https://doi.org/10.18653/v1/2020.acl-main.408. Tokens go, or come, in the order of their importance
for what the model predicts: the sooner the answer falls, or rises, the better the order. Beside
them stands a random order of the same tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data import time_limit
from mlflow_explain.data.texts.cells import texts_in, with_texts
from mlflow_explain.engines.black_box.asking import question
from mlflow_explain.engines.text.curve_plans import KINDS, N_PARTS, LookedAt, Plan, asked
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation._arrays import frozen, frozen_floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.explanation.tokens import TokenImportance

# Documents that curves are measured on, and characters of all of them.
MAX_DOCUMENTS = 50
MAX_CHARACTERS = 500_000


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """What a model answers for documents with shares of their tokens.

    An answer is the probability of the class predicted for the whole document; the margin's
    distance from 0 towards that class, of a classifier without probabilities; and of a regression
    the prediction's distance from that for the empty text, towards that for the whole one (of
    several targets, the first).

    Parameters
    ----------
    shares : ndarray of shape (n_shares,)
        Shares of the tokens taken out (deletion) or put in (insertion), from 0 to 1.
    documents : ndarray of int, shape (n_documents,)
        Positions of the rows measured.
    deletion, insertion : ndarray of shape (n_documents, n_shares)
        Answers, the most important tokens first.
    deletion_random, insertion_random : ndarray of shape (n_documents, n_shares)
        Answers in a random order: one per document, forwards and backwards.
    """

    shares: FloatArray
    documents: IntArray
    deletion: FloatArray
    insertion: FloatArray
    deletion_random: FloatArray
    insertion_random: FloatArray

    def areas(self) -> dict[str, FloatArray]:
        """Return the areas under the curves of each document, (n_documents,), by their kind.

        The lower the better for deletion, the higher the better for insertion.
        """
        width = np.diff(self.shares)
        each = {kind: getattr(self, kind) for kind in KINDS}
        return {kind: (c[:, 1:] + c[:, :-1]) @ width / 2.0 for kind, c in each.items()}

    def quality(self) -> dict[str, float]:
        """Return mean areas, ``deletion_auc`` and so on, and how many documents they are of."""
        areas = self.areas()
        found = {
            f"{way}_auc{end}": float(areas[f"{way}{end}"].mean())
            for way in ("deletion", "insertion")
            for end in ("", "_random")
        }
        return {**found, "curve_documents": float(len(self.documents))}


def quality_of(
    predictor: Predictor, rows: pd.DataFrame, tokens: TokenImportance, *, seed: int = 0
) -> dict[str, float]:
    """Return the areas under the curves of documents, for an explanation's `quality`.

    There are none where time is bounded, no document has a token, or the model does not answer for
    texts that lack some.

    Parameters
    ----------
    predictor, rows, tokens, seed
        As of `deletion_curves`.
    """
    if time_limit.current() is not None:
        return {}
    try:
        found = deletion_curves(predictor, rows, tokens, seed=seed)
    except InvalidInputError:
        return {}
    return {} if found is None else found.quality()


def deletion_curves(
    predictor: Predictor,
    rows: pd.DataFrame,
    tokens: TokenImportance,
    *,
    seed: int = 0,
    documents: int = MAX_DOCUMENTS,
) -> Curves | None:
    """Return deletion and insertion curves of an explanation of texts.

    The model is asked in two calls, for the documents and for about 30 texts made of each of them;
    in more calls beyond 16 MB of text.

    Parameters
    ----------
    predictor : Predictor
        The model, of a table with a column of texts.
    rows : DataFrame of shape (n_rows, n_columns)
        The rows explained.
    tokens : TokenImportance
        Their tokens' attributions, of any method, to the model's outputs.
    seed : int
        Seed of the documents drawn, and of the random order.
    documents : int
        Documents to measure, at most; fewer where they are long.

    Returns
    -------
    Curves or None
        None where no document has a token, or attributions are of other outputs.

    Raises
    ------
    InvalidInputError
        The model does not answer finite numbers for texts without some of their tokens.
    """
    random = np.random.default_rng(seed)
    texts = texts_in(rows, tokens.column)
    chosen = _chosen(texts, tokens, documents, random)
    if not len(chosen):
        return None
    own, n = rows.iloc[chosen].reset_index(drop=True), len(chosen)
    both = pd.concat([own, with_texts(own, tokens.column, [""] * n)], ignore_index=True)
    ask, answers = question(predictor, both, "default")
    if not (tokens.n_outputs == answers.shape[1] or (tokens.n_outputs, answers.shape[1]) == (1, 2)):
        return None
    looked_at = LookedAt.of(answers[:n], answers[n:], is_class=predictor.task != "regression")
    plans = [
        Plan.of(texts[row], tokens, row, looked_at.importance(tokens, row, i), random)
        for i, row in enumerate(chosen.tolist())
    ]
    shares = np.linspace(0.0, 1.0, N_PARTS + 1)
    found = enumerate(asked(ask, own, tokens.column, plans))
    each = [plans[i].at(shares, looked_at.answers(part, i)) for i, part in found]
    curves = np.stack(each, axis=1)
    return Curves(frozen_floats(shares), frozen(chosen), *(frozen_floats(c) for c in curves))


def _chosen(
    texts: Sequence[str], tokens: TokenImportance, most: int, random: np.random.Generator
) -> IntArray:
    """Return which documents to measure, in order: drawn among those with tokens."""
    drawn = random.permutation(np.unique(tokens.row))[:most]
    length = np.cumsum([len(texts[row]) for row in drawn.tolist()])
    # One at least, however long it is.
    return np.sort(drawn[: max(1, int(np.searchsorted(length, MAX_CHARACTERS, side="right")))])
