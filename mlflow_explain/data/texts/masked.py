"""Texts with some of their tokens taken out."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.cells import objects
from mlflow_explain.data.texts.segments import begins_with_word, ends_with_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, IntArray

_SPACE = re.compile(r"\s")


@dataclass(frozen=True, eq=False, slots=True)
class Maskable:
    """A text cut into pieces, one per token.

    Parameters
    ----------
    pieces : tuple of str
        Each token with what follows it up to the next; the first one with what comes before it.
        Together they are the text.
    gaps : tuple of str
        What stands for each piece where its token is taken out.
    """

    pieces: tuple[str, ...]
    gaps: tuple[str, ...]

    @classmethod
    def of(cls, text: str, start: IntArray, end: IntArray, mask: str = "") -> Maskable:
        """Cut a text.

        Parameters
        ----------
        text : str
            The text.
        start, end : ndarray of int, shape (n_tokens,)
            Places of its tokens, in order.
        mask : str, default=""
            What stands for a token that is taken out, followed by the token's own space; by
            default nothing does, and its space goes, too.
        """
        first, last = start.tolist(), end.tolist()
        cuts = [0, *first[1:], len(text)] if first else []
        pieces = tuple(text[a:b] for a, b in pairwise(cuts))
        if not mask:
            return cls(pieces, ("",) * len(pieces))
        after = zip(last, cuts[1:], strict=True)
        return cls(pieces, tuple(mask + text[a:b] for a, b in after))

    @property
    def most_bytes(self) -> int:
        """Bytes of the longest text there is, and of choosing its tokens, at most."""
        return sys.getsizeof("".join((*self.pieces, *self.gaps))) + 9 * len(self.pieces)

    def in_parts(
        self, members: AnyArray, max_bytes: int, unit: IntArray | None = None
    ) -> Iterator[tuple[slice, list[str]]]:
        """Yield texts, as many at a time as memory allows.

        Parameters
        ----------
        members : ndarray of bool, shape (n_texts, n_units)
            Units that stay.
        max_bytes : int
            Bytes of the texts at a time; there is at least one.
        unit : ndarray of int, shape (n_tokens,), optional
            The unit of each token; by default each is one.

        Yields
        ------
        part : slice
            Which of the texts.
        texts : list of str
            Those.
        """
        step = max(1, max_bytes // self.most_bytes)
        for at in range(0, len(members), step):
            part = slice(at, at + step)
            yield part, self.texts(members[part] if unit is None else members[part][:, unit])

    def texts(self, members: AnyArray) -> list[str]:
        """Return the texts of some tokens each: all members give the text itself.

        Parameters
        ----------
        members : ndarray of bool, shape (n_texts, n_tokens)
            Tokens that stay. Words between which all else is taken out stay two words.
        """
        pieces, gaps = objects(self.pieces), objects(self.gaps)
        if any(self.gaps):
            return ["".join(np.where(row, pieces, gaps)) for row in members]
        seams = _Seams.of(self.pieces)
        spaced = objects([piece + " " for piece in self.pieces])
        texts = []
        for row in members:
            kept = np.flatnonzero(row)
            apart = seams.are_apart(kept)
            texts.append("".join(np.where(apart, spaced[kept], pieces[kept])))
        return texts


@dataclass(frozen=True, eq=False, slots=True)
class _Seams:
    """Where pieces may meet that did not, each of shape (n_pieces,).

    Parameters
    ----------
    open_end : ndarray of bool
        Nothing but the piece's own characters is at its end.
    begins, ends : ndarray of bool
        It does so with a letter or digit of a script with spaces.
    n_spaced : ndarray of int, shape (n_pieces + 1,)
        How many of the pieces before have space in them.
    """

    open_end: AnyArray
    begins: AnyArray
    ends: AnyArray
    n_spaced: IntArray

    @classmethod
    def of(cls, pieces: Sequence[str]) -> _Seams:
        """Look at pieces, none of which is empty."""
        spaced = [_SPACE.search(piece) is not None for piece in pieces]
        return cls(
            np.array([not piece[-1:].isspace() for piece in pieces], dtype=bool),
            np.array([begins_with_word(piece) for piece in pieces], dtype=bool),
            np.array([ends_with_word(piece) for piece in pieces], dtype=bool),
            np.cumsum([0, *spaced]),
        )

    def are_apart(self, kept: IntArray) -> AnyArray:
        """Whether a piece needs space after it, for what was there before the next is out."""
        left, right = kept[:-1], kept[1:]
        spaced = self.n_spaced[right] > self.n_spaced[left + 1]
        words = self.ends[left] & self.begins[right]
        needed = self.open_end[left] & (right > left + 1) & (spaced | words)
        return np.append(needed, [False] * (len(kept) > 0))
