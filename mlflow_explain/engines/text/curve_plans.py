"""What deletion and insertion curves are of: the output looked at, and the texts to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.cells import with_texts
from mlflow_explain.data.texts.masked import Maskable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.black_box.asking import Question
    from mlflow_explain.explanation.tokens import TokenImportance

# Parts of the tokens that go, or come, one after the other.
N_PARTS = 10
# Texts given to the model at a time, in bytes.
MAX_BYTES = 16 * 2**20
KINDS = ("deletion", "insertion", "deletion_random", "insertion_random")


@dataclass(frozen=True, eq=False, slots=True)
class LookedAt:
    """The output that each document's curves are of.

    Parameters
    ----------
    output : ndarray of int, shape (n_documents,)
        Its position.
    sign, base : ndarray of shape (n_documents,)
        Whether it is looked at upside down, and what it is counted from.
    n_outputs : int
        Outputs of the model.
    """

    output: IntArray
    sign: FloatArray
    base: FloatArray
    n_outputs: int

    @classmethod
    def of(cls, whole: FloatArray, empty: FloatArray, *, is_class: bool) -> LookedAt:
        """Choose from the answers for whole documents and for empty ones, (n_documents, ...)."""
        n, n_outputs = whole.shape
        if is_class and n_outputs > 1:
            return cls(whole.argmax(axis=1), np.ones(n), np.zeros(n), n_outputs)
        # A margin is counted from 0, where the classes meet; a regression has no such place.
        base = np.zeros(n) if is_class else empty[:, 0]
        sign = np.where(whole[:, 0] < base, -1.0, 1.0)
        return cls(np.zeros(n, dtype=np.int64), sign, base, n_outputs)

    def importance(self, tokens: TokenImportance, row: int, i: int) -> FloatArray:
        """Return what the tokens of document `i` are worth to it, (n_tokens,)."""
        values = tokens.values[tokens.of_row(row)]
        if values.shape[1] < self.n_outputs:
            # One margin speaks for two classes: for the second, and against the first.
            return values[:, 0] if self.output[i] == 1 else -values[:, 0]
        return np.asarray(self.sign[i] * values[:, self.output[i]])

    def answers(self, answers: FloatArray, i: int) -> FloatArray:
        """Return the output looked at, for texts made of document `i`, (n_texts,)."""
        return np.asarray(self.sign[i] * (answers[:, self.output[i]] - self.base[i]))


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """The texts made of one document.

    Parameters
    ----------
    cut : Maskable
        The document.
    counts : ndarray of int, shape (n_steps,)
        Tokens that have gone, or come, at each step; all numbers where they are few.
    members : ndarray of bool, shape (n_texts, n_tokens)
        Tokens that each text has.
    place : ndarray of int, shape (4, n_steps)
        Text of each step of each kind of curve.
    """

    cut: Maskable
    counts: IntArray
    members: AnyArray
    place: IntArray

    @classmethod
    def of(
        cls,
        text: str,
        tokens: TokenImportance,
        row: int,
        importance: FloatArray,
        random: np.random.Generator,
    ) -> Plan:
        """Make the plan of a document from what its tokens are worth, (n_tokens,)."""
        here, n = tokens.of_row(row), len(importance)
        counts = np.unique(np.rint(np.linspace(0, n, min(n, N_PARTS) + 1)).astype(np.int64))
        by_chance = random.permutation(n)
        # What goes last backwards comes first: both ways share their texts, but for rounding.
        first, chance, back = (
            _rank(order)
            for order in (np.argsort(-importance, kind="stable"), by_chance, by_chance[::-1])
        )
        gone = counts[:, None]
        members = np.concatenate([first >= gone, first < gone, chance >= gone, back < gone])
        _, at, place = np.unique(
            np.packbits(members, axis=1), axis=0, return_index=True, return_inverse=True
        )
        cut = Maskable.of(text, tokens.start[here], tokens.end[here])
        return cls(cut, counts, members[at], place.reshape(len(KINDS), -1))

    def at(self, shares: FloatArray, answers: FloatArray) -> FloatArray:
        """Return the curves at shares of the tokens, (4, n_shares), from answers for the texts."""
        known = self.counts / self.counts[-1]
        return np.stack([np.interp(shares, known, answers[of]) for of in self.place])


def _rank(order: IntArray) -> IntArray:
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def asked(ask: Question, own: pd.DataFrame, column: str, plans: Sequence[Plan]) -> list[FloatArray]:
    """Return the answers for the texts of each document, (n_texts, n_outputs).

    Parameters
    ----------
    ask : Question
        What to ask.
    own : DataFrame of shape (n_documents, n_columns)
        The documents.
    column : str
        Their column of texts.
    plans : sequence of Plan
        What is made of each.
    """
    found = [
        ask(with_texts(own.iloc[[i for i, _ in batch]], column, [text for _, text in batch]))
        for batch in _batches(plans)
    ]
    ends = np.cumsum([len(plan.members) for plan in plans])
    return np.split(np.concatenate(found), ends[:-1])


def _batches(plans: Sequence[Plan]) -> Iterator[list[tuple[int, str]]]:
    """Yield documents' numbers and texts made of them, as many as memory allows."""
    batch: list[tuple[int, str]] = []
    held = 0
    for i, plan in enumerate(plans):
        for _, texts in plan.cut.in_parts(plan.members, MAX_BYTES):
            size = plan.cut.most_bytes * len(texts)
            if batch and held + size > MAX_BYTES:
                yield batch
                batch, held = [], 0
            batch += [(i, text) for text in texts]
            held += size
    yield batch
