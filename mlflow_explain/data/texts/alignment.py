"""A text that was changed, to lower case say: where its characters stand in the original."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import IntArray

_SPACES = re.compile(r"\s\s+")
# The only letter whose lower case depends on what stands beside it.
_FINAL_SIGMA, _SIGMA = "\u03c2", "\u03c3"


@dataclass(frozen=True, eq=False, slots=True)
class Alignment:
    """A changed text, and the place of each of its characters in the text it was made of.

    Parameters
    ----------
    text : str
        The changed text.
    start, end : ndarray of int, shape (n_characters,)
        From which character of the original to before which; they never decrease.
    """

    text: str
    start: IntArray
    end: IntArray

    def spans(self, first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
        """Return places in the original of parts of the changed text.

        Parameters
        ----------
        first, last : ndarray of int, shape (n_parts,)
            From character `first` to before `last`; none of it where they are equal.
        """
        if not len(self.text):
            return np.zeros_like(first), np.zeros_like(first)
        starts = self.start[np.minimum(first, len(self.text) - 1)]
        ends = self.end[np.maximum(last - 1, 0)]
        return starts, np.where(last > first, ends, starts)

    def with_single_spaces(self) -> Alignment:
        """Return the text in which a run of two white spaces or more is one space."""
        runs = [match.span() for match in _SPACES.finditer(self.text)]
        if not runs:
            return self
        stays = np.ones(len(self.text), dtype=bool)
        end = self.end.copy()
        for first, last in runs:
            stays[first + 1 : last] = False
            end[first] = self.end[last - 1]
        return Alignment(_SPACES.sub(" ", self.text), self.start[stays], end[stays])


def aligned(text: str, change: Callable[[str], str]) -> Alignment | None:
    """Return what a function makes of a text, aligned with it.

    Parameters
    ----------
    text : str
        The original.
    change : callable
        What lower-cases it, or strips accents; of each character by itself.

    Returns
    -------
    Alignment or None
        None where the function looks at more than single characters.
    """
    changed = change(text)
    if _same_places(text, changed):
        places = np.arange(len(text))
        return Alignment(changed, places, places + 1)
    made = {character: change(character) for character in set(text)}
    pieces = [made[character] for character in text]
    whole = "".join(pieces)
    if whole.replace(_FINAL_SIGMA, _SIGMA) != changed.replace(_FINAL_SIGMA, _SIGMA):
        return None
    lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
    places = np.repeat(np.arange(len(text)), lengths)
    return Alignment(changed, places, places + 1)


def _same_places(text: str, changed: str) -> bool:
    """Whether two texts differ in capitals only, and no letter has become two."""
    if changed == text:
        return True
    lower = text.lower()
    return len(lower) == len(text) == len(changed) and changed.lower() == lower
