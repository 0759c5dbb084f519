"""Engineered features of columns whose cells are not shown: their names and values tell cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlflow_explain.dashboard.payload import masks
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.texts.worded import ABSENT

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.explanation import Explanation

# Columns named in the name of a feature made of them.
_FEW = 3


class Veil(NamedTuple):
    """What a page shows of the features of an explanation.

    Parameters
    ----------
    names : list of str
        Of all features; of an encoder's, which hold labels, neutral ones.
    telling : ndarray of bool
        Features whose attributions per row would tell which label each row has.
    """

    names: list[str]
    telling: AnyArray


def veil_of(member: Explanation, options: PageOptions) -> Veil:
    """Return what is shown of the features of an explanation.

    A feature that is all that is made of a column has the attributions of that column; each other
    one that is made of a column whose cells are not shown tells more than the column's.
    """
    names = [str(name) for name in member.features]
    telling = np.zeros(len(names), dtype=bool)
    if member.kind == "raw":
        return _of_words(member, names, telling, options)
    columns, counts = _columns_of(member), Counter[str]()
    number = Counter(raw for each in columns for raw in each)
    hidden = [masks.is_hidden(each, options) for each in masks.origins_of(member)]
    taken = {name for name, is_one in zip(names, hidden, strict=True) if not is_one}
    for i in np.flatnonzero(hidden):
        raws = columns[i]
        is_sole = len(raws) == 1 and number[raws[0]] == 1
        telling[i] = not is_sole
        if is_sole and (names[i] == raws[0] or names[i].endswith(f"__{raws[0]}")):
            # The column's own name, behind that of a step.
            taken.add(names[i])
            continue
        names[i] = _unique(raws[0] if is_sole else _neutral(raws, counts), taken)
    return Veil(names, telling)


def _of_words(
    member: Explanation, names: list[str], telling: AnyArray, options: PageOptions
) -> Veil:
    """Return what is shown of columns, and of words: these are numbered where texts are not shown.

    Which numbers a row has would be its text in a simple cipher.
    """
    found = words_of(member)
    if found is None:
        return Veil(names, telling)
    origins = masks.origins_of(member)
    hidden = np.array([masks.is_hidden(each, options) for each in origins], dtype=bool) & found.are
    taken = {name for name, is_one in zip(names, hidden, strict=True) if not is_one}
    number = 0
    for i in np.flatnonzero(hidden):
        if names[i].endswith(ABSENT):
            continue
        number += 1
        names[i] = _unique(f"{found.column or 'text'}: word {number}", taken)
    return Veil(names, hidden)


def veiled(explanation: Explanation, options: PageOptions) -> Explanation:
    """Return an explanation whose features have the names that are shown, for tables of these."""
    engineered = explanation.engineered
    return replace(
        explanation,
        features=veil_of(explanation, options).names,
        engineered=None if engineered is None else veiled(engineered, options),
    )


def _columns_of(member: Explanation) -> list[list[str]]:
    """Return the raw columns each feature is made of; none where that is not known."""
    found: list[list[str]] = [[] for _ in range(member.num_features)]
    fold, raws = member.feature_map, member.raw_features
    if fold is not None and raws is not None:
        for feature, raw in zip(fold.engineered, fold.raw, strict=True):
            found[int(feature)].append(str(raws[int(raw)]))
    return found


def _neutral(raws: list[str], counts: Counter[str]) -> str:
    if not raws:
        counts[""] += 1
        return f"engineered feature {counts['']}"
    more = len(raws) - _FEW
    of = ", ".join(raws[:_FEW]) + (f" and {more} more" if more > 0 else "")
    counts[of] += 1
    return f"{of}: {'category' if len(raws) == 1 else 'part'} {counts[of]}"


def _unique(name: str, taken: set[str]) -> str:
    """Return a name that no other feature has, and take it."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    taken.add(found)
    return found
