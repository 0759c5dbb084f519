"""Parts whose values are known, and what has to be asked to tell their own parts apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.black_box.coalitions import n_all
from mlflow_explain.engines.text import contexts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.engines.text.structure import Part

# Coalitions per part, or walks, below which standard errors would be too small to believe.
LEAST = 4
# Times the least that all contexts have to be affordable for: with fewer coalitions in each, walks
# through the whole text are nearer to the truth.
ENOUGH = 2
# Share of what may still be asked that a level gets, at least, if there are levels below it.
LEVEL_SHARE = 0.15


@dataclass(frozen=True, eq=False, slots=True)
class Whole:
    """A part whose value is known, and those of its own parts are not.

    Parameters
    ----------
    part : Part
        Two players or more.
    levels : tuple of tuple of Part
        Its siblings, and those of each part around it, from the outermost in.
    value, error : ndarray of shape (n_outputs,)
        Its value, and the standard error of that.
    n_background : int
        Background rows whose cells stand for absent columns.
    """

    part: Part
    levels: tuple[tuple[Part, ...], ...]
    value: FloatArray
    error: FloatArray
    n_background: int

    @property
    def n_parts(self) -> int:
        """Number of its own parts."""
        return len(self.part.children)

    @property
    def siblings(self) -> tuple[int, ...]:
        """Number of siblings at each level."""
        return tuple(map(len, self.levels))

    @property
    def n_contexts(self) -> int:
        """Number of contexts."""
        return contexts.n_contexts(self.siblings, self.n_background)

    @property
    def most(self) -> int:
        """What is asked for all coalitions in all contexts."""
        return n_all(self.n_parts) * self.n_contexts

    @property
    def of_walk(self) -> int:
        """What is asked for a walk there and back."""
        return 2 * (self.n_parts + 1)

    @property
    def least(self) -> int:
        """What has to be asked for values that are worth something."""
        return min(self.least_everywhere, LEAST * self.of_walk)

    @property
    def least_everywhere(self) -> int:
        """What has to be asked for that in all contexts."""
        return min(n_all(self.n_parts), LEAST * self.n_parts) * self.n_contexts

    def of_part(self, at: int, value: FloatArray, error: FloatArray) -> Whole:
        """Return one of its parts."""
        children = self.part.children
        beside = (*children[:at], *children[at + 1 :])
        levels = (*self.levels, beside)
        return Whole(children[at], levels, value, error, self.n_background)


def enough(whole: Whole) -> int:
    """Return what has to be asked for a whole and all within it, not to be worse than by walks."""
    if not whole.part.children:
        return 0
    parts = (whole.of_part(i, whole.value, whole.error) for i in range(whole.n_parts))
    return min(whole.most, ENOUGH * whole.least_everywhere) + sum(map(enough, parts))


def chosen(level: Sequence[Whole], left: int) -> list[int]:
    """Return how much to ask for each whole of a level; 0 for those not to be told apart."""
    size = [float(np.abs(whole.value).sum()) for whole in level]
    several = [i for i, whole in enumerate(level) if whole.part.children]
    several.sort(key=lambda i: -size[i])
    if not several:
        return [0] * len(level)
    # Levels share what is left by their numbers of parts; the first whole gets its least anyway.
    here = sum(level[i].n_parts for i in several)
    inside = sum(level[i].part.n_inside for i in several)
    share = 1.0 if here == inside else max(LEVEL_SHARE, here / inside)
    total = min(left, max(int(left * share), level[several[0]].least))
    taken, cost = [], 0
    for i in several:
        if cost + level[i].least <= total:
            taken.append(i)
            cost += level[i].least
    given = _in_proportion(taken, level, total)
    return [given.get(i, 0) for i in range(len(level))]


def _in_proportion(taken: Sequence[int], level: Sequence[Whole], total: int) -> dict[int, int]:
    """Return how much to ask for each: in proportion to its least, but not more than its most."""
    given: dict[int, int] = {}
    waiting = list(taken)
    while waiting:
        scale = (total - sum(given.values())) / sum(level[i].least for i in waiting)
        full = {i: level[i].most for i in waiting if level[i].most <= scale * level[i].least}
        # What is left of those that have their most goes to the others. No whole number is lost
        # in rounding.
        given |= full or {i: int(scale * level[i].least + 1e-9) for i in waiting}
        waiting = [i for i in waiting if i not in given]
    return given
