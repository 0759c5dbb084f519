"""Owen values of a text's parts: what each adds, in orders that keep parts together.

Sentences share what the text is worth, and the tokens of a sentence share what it is worth: Owen
1977, https://doi.org/10.1007/978-3-642-45494-3_7; over several levels Winter 1989,
https://doi.org/10.1007/BF01268081. The parts of a whole play the game v(T) = E[f(H and T)], where H
is what else is present, and their Shapley values add up to the whole's value.

A short text from the top down, level by level, in all contexts. A longer one by `walks` through all
of it. Where not even these are affordable, or several background rows stand for columns beside the
text, level by level in drawn contexts: the parts of largest value are told apart first, as long as
the model may be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.black_box.coalitions import n_all
from mlflow_explain.engines.black_box.regression import Regression, regression
from mlflow_explain.engines.black_box.surrogate import estimate
from mlflow_explain.engines.text import contexts
from mlflow_explain.engines.text.walks import n_walks, there_and_back, walked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.text.masked_rows import MaskedRow
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


def owen_values(
    row: MaskedRow, root: Part | None, gain: FloatArray, budget: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the values of all players, which add up to the gain, and their standard errors.

    Parameters
    ----------
    row : MaskedRow
        What to ask for.
    root : Part or None
        All players; None if there is none.
    gain : ndarray of shape (n_outputs,)
        Answer with all players minus that without any.
    budget : int
        What the model may be asked for, in rows.
    seed : int
        Seed of the contexts and coalitions drawn.

    Returns
    -------
    values, errors : ndarray of shape (n_players, n_outputs)
        Players of a part that is not told apart share its value evenly, and the error of each is
        no smaller than its value.
    """
    if root is None:
        none = np.zeros((0, len(gain)))
        return none, none
    whole = Whole(root, (), gain, np.zeros_like(gain), row.n_background)
    left = budget - row.n_asked
    may_walk = row.n_background == 1 and n_walks(row.n_players, left)[0] > 0
    if may_walk and _enough(whole) > left:
        return walked(row, root, gain, left, seed)
    return _by_levels(row, whole, budget, seed)


def _by_levels(row: MaskedRow, top: Whole, budget: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return values and errors as of `owen_values`, from the top down."""
    values = np.zeros((row.n_players, len(top.value)))
    errors = np.zeros_like(values)
    level = [top]
    while level:
        below: list[Whole] = []
        allowed = _chosen(level, budget - row.n_asked)
        for whole, n_asked in zip(level, allowed, strict=True):
            at = slice(whole.part.start, whole.part.stop)
            if not whole.part.children:
                values[at], errors[at] = whole.value, whole.error
            elif not n_asked:
                n_players = at.stop - at.start
                values[at] = whole.value / n_players
                errors[at] = np.maximum(np.abs(whole.value), whole.error) / n_players
            else:
                each = zip(*told_apart(row, whole, n_asked, seed), strict=True)
                below += [whole.of_part(i, *found) for i, found in enumerate(each)]
        level = below
    return values, errors


def _enough(whole: Whole) -> int:
    """Return what has to be asked for a whole and all within it, not to be worse than by walks."""
    if not whole.part.children:
        return 0
    parts = (whole.of_part(i, whole.value, whole.error) for i in range(whole.n_parts))
    return min(whole.most, ENOUGH * whole.least_everywhere) + sum(map(_enough, parts))


def told_apart(
    row: MaskedRow, whole: Whole, n_asked: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the values of a whole's parts and their standard errors, (n_parts, n_outputs).

    In all contexts, where the model may be asked for enough coalitions in each: all of them, or a
    regression. Otherwise from walks, each in contexts of its own.
    """
    n_coalitions = min(n_asked // whole.n_contexts, n_all(whole.n_parts))
    if n_coalitions >= min(LEAST * whole.n_parts, n_all(whole.n_parts)):
        game = regression(whole.n_parts, n_coalitions, seed)
        odd = _odd_parts(row, whole, game)
        if game.is_exact:
            values, errors = game.attributions(odd, whole.value), np.zeros((1, 1))
        else:
            values, errors = estimate(game, odd, whole.value, seed)
        share = game.share[:, None]
    else:
        values, errors = _walked(row, whole, n_asked // whole.of_walk, seed)
        share = np.full((whole.n_parts, 1), 1.0 / whole.n_parts)
    return values, np.sqrt(errors**2 + (share * whole.error) ** 2)


def _odd_parts(row: MaskedRow, whole: Whole, game: Regression) -> FloatArray:
    """Return the mean over all contexts of half of v(coalition) - v(complement).

    Returns
    -------
    ndarray of shape (n_pairs, n_outputs)
    """
    given, weights = contexts.every(whole.siblings, whole.n_background)
    both = np.stack([game.members, ~game.members], axis=1)[:, None]
    found = _answers(
        row, whole, given.members[None, :, None], given.background[None, :, None], both
    )
    return np.asarray(np.einsum("c,pck->pk", weights, found[:, :, 0] - found[:, :, 1]) / 2)


def _walked(row: MaskedRow, whole: Whole, n_walks: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return values and standard errors from walks: what each part adds when it comes.

    A walk goes through the parts in a random order, and backwards in the complement of its context.
    """
    rng = np.random.default_rng([seed, whole.part.start, whole.part.stop])
    given = contexts.drawn(rng, whole.siblings, whole.n_background, n_walks)
    order = rng.random((n_walks, whole.n_parts)).argsort(axis=1)
    orders = there_and_back(order)
    rank = orders.argsort(axis=2)
    members = rank[:, :, None] < np.arange(whole.n_parts + 1)[:, None]
    found = _answers(row, whole, given.members[:, :, None], given.background[:, :, None], members)
    added = np.take_along_axis(np.diff(found, axis=2), rank[..., None], axis=2).mean(axis=1)
    # What a walk is wrong about the whole, its parts share as they vary: none goes to those that
    # change no answer.
    own = added.var(axis=0)
    total = own.sum(axis=0)
    share = np.divide(own, total, out=np.full_like(own, 1.0 / whole.n_parts), where=total > 0)
    added += (whole.value - added.sum(axis=1))[:, None] * share
    # Few walks tell their own spread badly: the variance of Student's t makes up for it.
    spread = added.var(axis=0, ddof=1) * (n_walks - 1) / (n_walks - 3)
    return added.mean(axis=0), np.sqrt(spread / n_walks)


def _answers(
    row: MaskedRow, whole: Whole, siblings: AnyArray, background: IntArray, own: AnyArray
) -> FloatArray:
    """Return answers for members of a whole in contexts, (..., n_outputs).

    Parameters
    ----------
    row, whole
        What to ask for.
    siblings : ndarray of bool, shape (..., n_siblings)
        Who else is present.
    background : ndarray of int, shape (...)
        Positions of background rows.
    own : ndarray of bool, shape (..., n_parts)
        Parts that are present. Leading axes of all three are broadcast.
    """
    shape = np.broadcast_shapes(siblings.shape[:-1], own.shape[:-1])
    each = (np.broadcast_to(part, (*shape, part.shape[-1])) for part in (siblings, own))
    members = np.concatenate(list(each), axis=-1)
    parts = [part for level in whole.levels for part in level] + list(whole.part.children)
    rows = np.broadcast_to(background, shape).ravel()
    found = row.answers(parts, members.reshape(-1, len(parts)), rows)
    return found.reshape(*shape, -1)


def _chosen(level: Sequence[Whole], left: int) -> list[int]:
    """Return how much to ask for each whole of a level; 0 for those not to be told apart."""
    several = [i for i, whole in enumerate(level) if whole.part.children]
    if not several:
        return [0] * len(level)
    size = [float(np.abs(whole.value).sum()) for whole in level]
    several.sort(key=lambda i: -size[i])
    here = sum(level[i].n_parts for i in several)
    inside = sum(level[i].part.n_inside for i in several)
    share = 1.0 if here == inside else max(LEVEL_SHARE, here / inside)
    total = min(left, max(int(left * share), level[several[0]].least))
    taken, cost = [], 0
    for i in several:
        if cost + level[i].least <= total:
            taken.append(i)
            cost += level[i].least
    given = _shared(taken, level, total)
    return [given.get(i, 0) for i in range(len(level))]


def _shared(taken: Sequence[int], level: Sequence[Whole], total: int) -> dict[int, int]:
    """Return shares in proportion to the least, none of more than there is to ask."""
    given: dict[int, int] = {}
    waiting = list(taken)
    while waiting:
        scale = total / sum(level[i].least for i in waiting)
        full = [i for i in waiting if level[i].most <= scale * level[i].least]
        if not full:
            return given | {i: int(scale * level[i].least + 1e-9) for i in waiting}
        given |= {i: level[i].most for i in full}
        total -= sum(level[i].most for i in full)
        waiting = [i for i in waiting if i not in given]
    return given
