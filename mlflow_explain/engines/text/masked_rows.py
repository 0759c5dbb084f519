"""A row of a table with a text, asked for with some of its tokens and cells only."""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.texts.cells import with_texts
from mlflow_explain.data.texts.masked import Maskable
from mlflow_explain.engines.black_box.masking import column_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows
    from mlflow_explain.engines.black_box.masking import Pool
    from mlflow_explain.engines.text.structure import Part


class MaskedRow:
    """One row, whose answers for what is taken out of it are kept.

    Parameters
    ----------
    ask : callable
        What to ask, ``rows -> (n_rows, n_outputs)``.
    cells : Pool
        Background rows, then the row.
    column : str
        Column of the text.
    cut : Maskable
        The text, cut into tokens.
    whole : ndarray of shape (n_outputs,)
        The answer for the row itself.
    max_bytes : int
        Texts given to the model at a time, in bytes; at least one.

    Notes
    -----
    Its players are the tokens, then the columns beside the text in which the row differs from a
    background row.

    Its `kinds` are numbers of the players' words, in whichever capitals: equal for tokens that are
    likely to act alike. Each column has its own.

    Answers and `n_asked` grow while it is asked; `owen_values` takes the latter off its budget.
    """

    def __init__(
        self,
        ask: Callable[[Rows], FloatArray],
        cells: Pool,
        column: str,
        cut: Maskable,
        whole: FloatArray,
        max_bytes: int,
    ) -> None:
        self._ask, self._cells, self._column = ask, cells, column
        self._max_bytes = max_bytes
        varying = cells.varying[0].copy()
        varying[cells.like.columns.get_loc(column)] = False
        self.beside = np.flatnonzero(varying)
        # Absent cells are the same in all background rows.
        self.n_background = cells.n_background if len(self.beside) else 1
        self.n_tokens = len(cut.pieces)
        text = str(column_of(cells.rows[column])[0])
        # A text without tokens is there in any case.
        self._cut = cut if self.n_tokens else Maskable((text,), (text,))
        self.n_players = self.n_tokens + len(self.beside)
        self.kinds = _kinds(cut.pieces, len(self.beside))
        self.n_asked = 0
        own = np.full((1, len(self.beside)), cells.n_background)
        self._known = {self._keys([text], own)[0]: whole}

    @property
    def bare(self) -> str:
        """What is left of the text without its tokens."""
        return "".join(self._cut.gaps)

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the model."""
        return len(next(iter(self._known.values())))

    def empty(self) -> FloatArray:
        """Return the mean answer over the background without any player, (n_outputs,)."""
        bare = Maskable(("",), (self.bare,))
        absent = np.zeros((self.n_background, 1 + len(self.beside)), dtype=bool)
        found = self._answers(bare, absent[:, :1], absent[:, 1:], np.arange(self.n_background))
        return np.asarray(found.mean(axis=0))

    def answers(self, parts: Sequence[Part], members: AnyArray, background: IntArray) -> FloatArray:
        """Return answers for unions of parts.

        Parameters
        ----------
        parts : sequence of Part
            All players, in parts of which each is present or absent as one.
        members : ndarray of bool, shape (n_unions, n_parts)
            Parts that are present.
        background : ndarray of int, shape (n_unions,)
            Positions of the background rows whose cells stand for absent columns.

        Returns
        -------
        ndarray of shape (n_unions, n_outputs)
        """
        order = sorted(range(len(parts)), key=lambda i: parts[i].start)
        n_of_text = len(order) - len(self.beside)
        of_text, beside = members[:, order[:n_of_text]], members[:, order[n_of_text:]]
        if not n_of_text:
            return self._answers(
                self._cut, np.zeros((len(members), 1), dtype=bool), beside, background
            )
        # What is present or absent as one is one piece.
        cuts = list(pairwise([0, *(parts[i].stop for i in order[:n_of_text])]))
        both = (self._cut.pieces, self._cut.gaps)
        pieces, gaps = (tuple("".join(each[a:b]) for a, b in cuts) for each in both)
        return self._answers(Maskable(pieces, gaps), of_text, beside, background)

    def _answers(
        self, cut: Maskable, tokens: AnyArray, beside: AnyArray, background: IntArray
    ) -> FloatArray:
        found = np.empty((len(tokens), self.n_outputs))
        for part, texts in cut.in_parts(tokens, self._max_bytes):
            # Which row of the pool each cell is of.
            rows = np.where(beside[part], self._cells.n_background, background[part, None])
            keys = self._keys(texts, rows)
            self._ask_for(keys, texts, rows, background[part])
            found[part] = [self._known[key] for key in keys]
        return found

    def _ask_for(
        self, keys: list[bytes], texts: list[str], rows: IntArray, background: IntArray
    ) -> None:
        """Ask for what is not known, each text once."""
        first = {key: i for i, key in reversed(list(enumerate(keys))) if key not in self._known}
        chosen = np.array(sorted(first.values()), dtype=np.int64)
        if not len(chosen):
            return
        width = self._cells.like.shape[1]
        members = np.ones((len(chosen), width), dtype=bool)
        members[:, self.beside] = rows[chosen] == self._cells.n_background
        table = self._cells.synthetic(np.zeros_like(chosen), background[chosen], members)
        own = [texts[i] for i in chosen.tolist()]
        answers = self._ask(with_texts(table, self._column, own))
        self._known |= dict(zip((keys[i] for i in chosen.tolist()), answers, strict=True))
        self.n_asked += len(chosen)

    def _keys(self, texts: list[str], rows: IntArray) -> list[bytes]:
        """Return what is equal for equal texts beside equal cells."""
        codes = np.ascontiguousarray(self._cells.codes[rows, self.beside])
        each = zip(texts, codes, strict=True)
        return [_digest(text) + code.tobytes() for text, code in each]


def _kinds(pieces: Sequence[str], n_beside: int) -> IntArray:
    """Return numbers of tokens' words from 0, then of columns."""
    words = [piece.strip().casefold() for piece in pieces]
    code, distinct = pd.factorize(np.array(words, dtype=object))
    return np.concatenate([code, len(distinct) + np.arange(n_beside)])


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
