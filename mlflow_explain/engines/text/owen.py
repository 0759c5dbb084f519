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

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.black_box.coalitions import n_all
from mlflow_explain.engines.black_box.regression import Regression, regression
from mlflow_explain.engines.black_box.surrogate import estimate
from mlflow_explain.engines.text import contexts
from mlflow_explain.engines.text.walks import n_walks, there_and_back, variance_of_mean, walked
from mlflow_explain.engines.text.wholes import LEAST, Whole, chosen, enough

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.text.masked_rows import MaskedRow
    from mlflow_explain.engines.text.structure import Part

ROUNDING = 1e-14


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
        Players of a part that is not told apart share its value evenly, with errors as if one of
        them had all of it.
    """
    if root is None:
        none = np.zeros((0, len(gain)))
        return none, none
    whole = Whole(root, (), gain, np.zeros_like(gain), row.n_background)
    left = budget - row.n_asked
    may_walk = row.n_background == 1 and n_walks(row.n_players, left)[0] > 0
    if may_walk and enough(whole) > left:
        return walked(row, root, gain, left, seed)
    return _by_levels(row, whole, budget, seed)


def _by_levels(row: MaskedRow, top: Whole, budget: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return values and errors as of `owen_values`, from the top down."""
    values = np.zeros((row.n_players, len(top.value)))
    errors = np.zeros_like(values)
    level = [top]
    while level:
        below: list[Whole] = []
        allowed = chosen(level, budget - row.n_asked)
        for whole, n_asked in zip(level, allowed, strict=True):
            at = slice(whole.part.start, whole.part.stop)
            if not whole.part.children:
                values[at], errors[at] = whole.value, whole.error
            elif not n_asked:
                n_players = at.stop - at.start
                values[at] = whole.value / n_players
                # Their root mean square, if one has it all.
                errors[at] = np.maximum(np.abs(whole.value), whole.error) / np.sqrt(n_players)
            else:
                each = zip(*told_apart(row, whole, n_asked, seed), strict=True)
                below += [whole.of_part(i, *found) for i, found in enumerate(each)]
        level = below
    # What is lost in sums of answers, which are no smaller than the largest value, is none.
    values[np.abs(values) <= ROUNDING * np.abs(values).max(axis=0, initial=0.0)] = 0.0
    return values, errors


def told_apart(
    row: MaskedRow, whole: Whole, n_asked: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the values of a whole's parts and their standard errors, (n_parts, n_outputs).

    In all contexts, where the model may be asked for enough coalitions in each: all of them, or a
    regression. Otherwise from walks, each in contexts of its own.
    """
    all_coalitions = n_all(whole.n_parts)
    n_coalitions = min(n_asked // whole.n_contexts, all_coalitions)
    if n_coalitions >= min(LEAST * whole.n_parts, all_coalitions):
        game = regression(whole.n_parts, n_coalitions, seed)
        values, errors = _in_all_contexts(row, whole, game, seed)
        share = game.share[:, None]
    else:
        values, errors = _in_drawn_contexts(row, whole, n_asked // whole.of_walk, seed)
        share = np.full((whole.n_parts, 1), 1.0 / whole.n_parts)
    # Parts share what the whole's own value is wrong by.
    return values, np.sqrt(errors**2 + (share * whole.error) ** 2)


def _in_all_contexts(
    row: MaskedRow, whole: Whole, game: Regression, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return values and standard errors from the same coalitions in each context."""
    odd = _odd_parts(row, whole, game)
    if game.is_exact:
        values = game.attributions(odd, whole.value)
        return values, np.zeros_like(values)
    return estimate(game, odd, whole.value, seed)


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


def _in_drawn_contexts(
    row: MaskedRow, whole: Whole, n_walks: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return values and standard errors from walks: what each part adds when it comes.

    A walk goes through the parts in a random order in one context, and backwards in its complement.
    """
    rng = np.random.default_rng([seed, whole.part.start, whole.part.stop])
    given = contexts.drawn(rng, whole.siblings, whole.n_background, n_walks)
    orders = there_and_back(rng.random((n_walks, whole.n_parts)).argsort(axis=1))
    place = orders.argsort(axis=2)
    # Along a walk, of no part and all of them: those that have come.
    members = place[:, :, None] < np.arange(whole.n_parts + 1)[:, None]
    found = _answers(row, whole, given.members[:, :, None], given.background[:, :, None], members)
    by_part = np.take_along_axis(np.diff(found, axis=2), place[..., None], axis=2)
    return _mean_of_walks(by_part.mean(axis=1), whole.value)


def _mean_of_walks(added: FloatArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values that add up to the whole's, and standard errors, both (n_parts, n_outputs).

    Parameters
    ----------
    added : ndarray of shape (n_walks, n_parts, n_outputs)
        What each part added in each walk.
    value : ndarray of shape (n_outputs,)
        The whole's.
    """
    n_walks, n_parts, _ = added.shape
    own = added.var(axis=0)
    total = own.sum(axis=0)
    share = np.divide(own, total, out=np.full_like(own, 1.0 / n_parts), where=total > 0)
    # A walk adds up to what the whole adds in its contexts. The parts share what that is wrong by
    # as they vary: none goes to those that change no answer.
    added = added + (value - added.sum(axis=1))[:, None] * share
    own = added.var(axis=0, ddof=1)
    return added.mean(axis=0), np.sqrt(variance_of_mean(own, own.mean(axis=0), n_walks))


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
