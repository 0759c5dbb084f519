"""Numbers of a column as a page keeps them: small, and on the same side of every threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.payload.block import codes_type

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray

# Numbers of more digits are no whole numbers for a browser.
WIDEST = 2.0**53
# More distinct values than a dictionary of u16 holds, the last code being "missing".
_MOST_CODES = 2**16 - 1


@dataclass(frozen=True, slots=True)
class Precision:
    """What may become of a column's numbers.

    Parameters
    ----------
    thresholds : ndarray, optional
        Sorted numbers of which each cell stays on its side; none where no model compares cells.
    float32 : bool
        The model rounds cells to single precision before it compares them: so may the page.
    exact : bool
        Cells stay what they are, to the last digit: the model calculates with them.
    """

    thresholds: FloatArray | None = None
    float32: bool = False
    exact: bool = False


ANY = Precision()


def encoded(values: FloatArray, precision: Precision) -> tuple[AnyArray, FloatArray | None]:
    """Return numbers as codes and their dictionary, or as they are in the smallest safe type.

    Parameters
    ----------
    values : ndarray of float64, (n_rows,)
        NaN is missing.
    precision : Precision
        What may become of them.

    Returns
    -------
    tuple of ndarray and (ndarray or None)
        Codes into the dictionary, the largest of their type being missing; or numbers and None.
    """
    # A zero below zero is shown as one, and would be all zeros of a dictionary.
    values = values + 0.0
    missing = np.isnan(values)
    dictionary, codes = np.unique(values[~missing], return_inverse=True)
    single = None if precision.exact else _single(values, precision)
    width = 4 if single is not None else 8
    kind = codes_type(len(dictionary))
    size = len(values) * np.dtype(kind).itemsize + 8 * len(dictionary)
    if len(dictionary) <= _MOST_CODES and size < width * len(values):
        found = np.full(len(values), np.iinfo(kind).max, kind)
        found[~missing] = codes
        return found, dictionary
    return (values if single is None else single), None


def _single(values: FloatArray, precision: Precision) -> AnyArray | None:
    """Return numbers in single precision, or None where one would cross a threshold."""
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float32)
    if (np.isinf(rounded) & ~np.isinf(values)).any():
        return None
    thresholds = precision.thresholds
    if precision.float32 or thresholds is None or not len(thresholds):
        return rounded
    return _nudged(values, rounded, thresholds)


def _nudged(values: FloatArray, rounded: AnyArray, thresholds: FloatArray) -> AnyArray | None:
    """Return rounded numbers, moved by one step where that puts them back on their side."""
    wanted = ranks(values, thresholds)
    made = rounded.copy()
    found = ranks(made, thresholds)
    high, low = found > wanted, found < wanted
    made[high] = np.nextafter(made[high], np.float32(-np.inf))
    made[low] = np.nextafter(made[low], np.float32(np.inf))
    # Thresholds nearer to each other than two numbers in single precision.
    return made if np.array_equal(ranks(made, thresholds), wanted) else None


def ranks(values: AnyArray, thresholds: FloatArray) -> Any:
    """Return how many thresholds lie below each number: it goes left where it is <= one."""
    # NaN is sorted behind all numbers, before and after rounding.
    return np.searchsorted(thresholds, values.astype(np.float64), side="left")


def is_whole(values: FloatArray) -> bool:
    """Whether all numbers are whole, and some are known."""
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((known == np.floor(known)).all())


def extent(values: FloatArray) -> list[float] | None:
    """Return the smallest and the largest finite number, or None where there is none."""
    known = values[np.isfinite(values)]
    return [float(known.min()) + 0.0, float(known.max()) + 0.0] if len(known) else None
