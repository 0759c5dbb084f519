"""Which players are worth nothing, as far as a few walks and questions can tell.

That a player changed no answer in a few walks is not enough: of many words each of which suffices,
only the first of a walk changes the answer. Players that seem silent are asked for together, and
apart only where together they are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.text.structure import Part

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.text.masked_rows import MaskedRow

# What a group is asked for: alone, taken from the whole, and in a context.
PER_GROUP = 3


def null_players(
    row: MaskedRow, is_silent: AnyArray, context: AnyArray, output: int, most: int, least: float
) -> AnyArray:
    """Return which players change no answer, alone, in a context, or taken from the whole.

    Groups of words are halved until they change nothing, or cannot be asked for: what is left then
    is not among them.

    Parameters
    ----------
    row : MaskedRow
        What to ask for; with one background row.
    is_silent : ndarray of bool, shape (n_players,)
        Players that may be null: all of a word, or none.
    context : ndarray of bool, shape (n_players,)
        Players that are present when the others come.
    output : int
        Whose answers count.
    most : int
        What `row` may have asked for in the end.
    least : float
        Changes up to this one are rounding.

    Returns
    -------
    ndarray of bool, shape (n_players,)
    """
    kinds, is_null = row.kinds, np.zeros_like(is_silent)
    if not is_silent.any():
        return is_null
    whole = np.ones_like(is_silent)
    before = _answers(row, np.stack([~whole, whole, context]))[:, None, output]
    groups = [np.unique(kinds[is_silent])]
    while groups and row.n_asked + PER_GROUP * len(groups) <= most:
        members = _members(groups, kinds)
        states = np.stack([members, ~members, members | context])
        after = _answers(row, states.reshape(-1, len(kinds))).reshape(*states.shape[:2], -1)
        changes = (np.abs(after[..., output] - before) > least).any(axis=0)
        is_null |= members[~changes].any(axis=0)
        several = [groups[i] for i in np.flatnonzero(changes) if len(groups[i]) > 1]
        groups = [half for group in several for half in np.array_split(group, 2)]
    return is_null


def _members(groups: list[IntArray], kinds: IntArray) -> AnyArray:
    """Return which players are of the words of each group, (n_groups, n_players)."""
    group_of = np.full(kinds.max() + 1, -1)
    group_of[np.concatenate(groups)] = np.repeat(np.arange(len(groups)), list(map(len, groups)))
    return np.asarray(group_of[kinds] == np.arange(len(groups))[:, None])


def _answers(row: MaskedRow, members: AnyArray) -> FloatArray:
    """Return answers for sets of players, (n_sets, n_outputs)."""
    parts = [Part(i, i + 1) for i in range(members.shape[1])]
    return row.answers(parts, members, np.zeros(len(members), dtype=np.int64))
