"""Which class a label is: of predictions and of outcomes, whatever the classes are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

# Label, and its text -> number of its class.
Naming: TypeAlias = dict[Any, int]


class Labels(NamedTuple):
    """Labels of rows.

    Parameters
    ----------
    distinct : list
        Each once, none of them missing.
    codes : ndarray of int, (n_rows,)
        Positions among these; -1 where missing.
    """

    distinct: list[Any]
    codes: IntArray

    @classmethod
    def of(cls, values: AnyArray | None) -> Labels | None:
        """Return the labels of rows, if there are any; those of the first target."""
        if values is None:
            return None
        codes, distinct = pd.factorize(pd.Series(values if values.ndim == 1 else values[:, 0]))
        return cls(list(distinct), codes)

    def found(self, naming: Naming) -> FloatArray:
        """Return the number of each distinct label, NaN for those that are none."""
        found = [naming.get(_key(each), naming.get(str(each), np.nan)) for each in self.distinct]
        return np.asarray(found, np.float64)

    def are_all(self, naming: Naming) -> bool:
        """Whether each label is one of a naming."""
        return bool(self.distinct) and not np.isnan(self.found(naming)).any()

    def numbered(self, naming: Naming | None) -> FloatArray:
        """Return the number of each row's class, NaN where unknown."""
        if naming is None:
            return np.full(len(self.codes), np.nan)
        return np.append(self.found(naming), np.nan)[self.codes]


def naming_of(names: Iterable[Any]) -> Naming:
    """Return the number of each class by its label, and by its text."""
    listed = list(names)
    texts = {str(name): i for i, name in enumerate(listed)}
    return texts | {_key(name): i for i, name in enumerate(listed)}


def of_predictions(
    predicted: Labels | None,
    actual: Labels | None,
    known: Sequence[Naming],
    n_classes: int,
    probabilities: FloatArray | None,
) -> Naming | None:
    """Return what predictions call the classes, if all of them fit; else None.

    Labels may be among the known names; or be as many as there are classes, and then have their
    order, as classifiers sort them; or each go with the probability that is largest; or be numbers
    of classes.
    """
    if predicted is None:
        return None
    for naming in known:
        if predicted.are_all(naming):
            return naming
    if len(predicted.distinct) > n_classes or not all(map(_may_be_label, predicted.distinct)):
        return None
    both = [] if actual is None else actual.distinct
    for found in (
        _in_order([*predicted.distinct, *both], n_classes),
        _in_order(predicted.distinct, n_classes),
        _by_probability(predicted, probabilities),
        naming_of(range(n_classes)),
    ):
        if found is not None and predicted.are_all(found):
            return found
    return None


def of_outcomes(actual: Labels, known: Sequence[Naming], n_classes: int) -> Naming | None:
    """Return what observed outcomes call the classes; None where it is not known.

    One of the known names of which some label is one; of several that which has the most. Numbers
    of classes are taken for these only if all labels are: labels that count from 1 are others.
    """
    counts = [int((~np.isnan(actual.found(naming))).sum()) for naming in known]
    if max(counts, default=0) > 0:
        return known[int(np.argmax(counts))]
    numbers = naming_of(range(n_classes))
    return numbers if actual.are_all(numbers) else None


def _in_order(labels: list[Any], n_classes: int) -> Naming | None:
    distinct = list(dict.fromkeys(map(_key, labels)))
    if len(distinct) != n_classes:
        return None
    try:
        return naming_of(sorted(distinct))
    except TypeError:
        # Numbers and words have no order.
        return None


def _by_probability(predicted: Labels, probabilities: FloatArray | None) -> Naming | None:
    """Return labels by the class that is the likeliest in most of their rows, if these differ."""
    if probabilities is None:
        return None
    likeliest = probabilities.argmax(axis=1)
    places = [
        int(np.bincount(likeliest[predicted.codes == code]).argmax())
        for code in range(len(predicted.distinct))
    ]
    if len(set(places)) < len(places):
        return None
    return {_key(label): i for label, i in zip(predicted.distinct, places, strict=True)}


def _may_be_label(value: Any) -> bool:
    """Whether a prediction may be a label: of a native booster it is a probability."""
    return not isinstance(value, float | np.floating) or float(value).is_integer()


def _key(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    try:
        hash(plain)
    except TypeError:
        return str(plain)
    return plain
