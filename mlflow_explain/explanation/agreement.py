"""How far two orders of the same features agree: Kendall's tau-b, NDCG, overlap of the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.explanation._arrays import descending

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two orders agree; None where a figure is not defined."""

    kendall_tau: float | None
    ndcg: float | None
    ndcg_a: float | None
    ndcg_b: float | None
    top_k_overlap: float | None


def of(a: FloatArray, b: FloatArray, top_k: int) -> Agreement:
    """Return the figures of two importances of the same features; NaN marks what is not known.

    That is ranked with 0. What is below 0 has no relevance.
    """
    unknown = (np.isnan(a), np.isnan(b))
    a, b = (np.where(mask, 0.0, each) for mask, each in zip(unknown, (a, b), strict=True))
    of_b, of_a = ndcg(np.maximum(a, 0.0), b), ndcg(np.maximum(b, 0.0), a)
    return Agreement(
        kendall_tau=_defined(kendall_tau(a, b[None], unknown)[0]),
        ndcg=_defined((of_b + of_a) / 2),
        ndcg_a=_defined(of_b),
        ndcg_b=_defined(of_a),
        top_k_overlap=_defined(overlap(a, b, top_k)),
    )


def kendall_tau(
    a: FloatArray, b: FloatArray, left_out: tuple[AnyArray, AnyArray] | None = None
) -> FloatArray:
    """Return Kendall's tau-b of one order with each of several: 1 the same, -1 the reverse.

    Pairs of features in the same order, less those in opposite orders, over the geometric mean of
    the numbers of pairs that either tells apart. Pairs are counted by merging, not one by one.

    Parameters
    ----------
    a : ndarray of shape (n_features,)
        Importances.
    b : ndarray of shape (n_orders, n_features)
        Others of the same features.
    left_out : tuple of two bool ndarrays of shape (n_features,), optional
        Which features are not known in `a`, and which in `b`, where all have one value, 0. Nothing
        tells in which order two of them are, so such pairs are not counted.

    Returns
    -------
    ndarray of shape (n_orders,)
        NaN where `a` or the other tells no two features apart.

    References
    ----------
    M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945),
    https://doi.org/10.1093/biomet/33.3.239; counted as by W. R. Knight, J. Am. Stat. Assoc. 61
    (1966), https://doi.org/10.1080/01621459.1966.10480879.

    Examples
    --------
    >>> import numpy as np
    >>> others = np.array([[9.0, 5.0, 7.0], [1.0, 2.0, 3.0]])
    >>> kendall_tau(np.array([3.0, 2.0, 1.0]), others).round(3)
    array([ 0.333, -1.   ])
    """
    n_features = len(a)
    theirs = _dense(b)
    own = np.broadcast_to(_dense(a[None])[0], theirs.shape)
    told_a, told_b = _told_apart(own), _told_apart(theirs)
    # In the order of `a`, and of the other where `a` ties: what is upside down then is discordant.
    joint = np.sort(own * n_features + theirs, axis=1)
    discordant = _inversions(joint % max(n_features, 1))
    difference = told_a + told_b - _told_apart(joint) - 2 * discordant
    if left_out is not None:
        told_a = told_a - _told_apart(own[:, left_out[1]])
        told_b = told_b - _told_apart(theirs[:, left_out[0]])
    most = np.sqrt(told_a.astype(np.float64) * told_b)
    tau = np.divide(difference, most, out=np.full(len(b), np.nan), where=most > 0)
    return np.asarray(np.clip(tau, -1.0, 1.0))


def ndcg(relevance: FloatArray, scores: FloatArray) -> float:
    """Return the normalised discounted cumulative gain of an order, from 0 to 1, the best.

    The gain of a feature is its relevance, divided by log2(1 + rank) of the rank the scores give
    it; the sum is divided by the largest there could be. Features with equal scores share the mean
    of their gains, so that the result does not depend on the order of the columns.

    Parameters
    ----------
    relevance : ndarray of shape (n_features,)
        Importances, 0 or more.
    scores : ndarray of shape (n_features,)
        What orders the features, largest first.

    Returns
    -------
    float
        NaN where nothing has relevance.

    References
    ----------
    K. Jarvelin and J. Kekalainen, ACM Trans. Inf. Syst. 20 (2002),
    https://doi.org/10.1145/582415.582418; ties by F. McSherry and M. Najork, ECIR 2008,
    https://doi.org/10.1007/978-3-540-78646-7_38.

    Examples
    --------
    >>> import numpy as np
    >>> round(ndcg(np.array([3.0, 1.0, 0.0]), np.array([1.0, 2.0, 0.0])), 3)
    0.797
    """
    discounts = 1.0 / np.log2(np.arange(2, len(relevance) + 2))
    best = float(np.sort(relevance)[::-1] @ discounts)
    if not best > 0:
        return float("nan")
    order = descending(scores)
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    sizes = np.diff(starts, append=len(scores))
    gains = np.add.reduceat(relevance[order], starts) / sizes
    return min(1.0, float(gains @ np.add.reduceat(discounts, starts)) / best)


def overlap(a: FloatArray, b: FloatArray, top_k: int) -> float:
    """Return which part of the first `top_k` features is the same; only those above 0 count.

    NaN where neither has a feature above 0.
    """
    first = [{int(i) for i in descending(each)[:top_k] if each[i] > 0} for each in (a, b)]
    longest = max(map(len, first))
    return len(first[0] & first[1]) / longest if longest else float("nan")


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _dense(values: FloatArray) -> IntArray:
    """Return ranks along the last axis from 0, equal values having one."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    is_new = np.diff(ordered, axis=1, prepend=ordered[:, :1]) > 0
    ranks = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, np.cumsum(is_new, axis=1), axis=1)
    return ranks


def _told_apart(ranks: IntArray) -> IntArray:
    """Return how many pairs along the last axis differ."""
    ordered = np.sort(ranks, axis=1)
    places = np.arange(ordered.shape[1])
    is_new = np.diff(ordered, axis=1, prepend=-1) != 0
    # Of each place, the first one that holds the same: all before that one differ.
    starts = np.maximum.accumulate(np.where(is_new, places, 0), axis=1)
    return np.asarray(starts.sum(axis=1), dtype=np.int64)


def _inversions(values: IntArray) -> IntArray:
    """Return how many pairs along the last axis stand in descending order, halves merged."""
    n_orders, length = values.shape
    width = 1
    # Filled up to a power of two by values that are in order.
    size = 1 << max(length - 1, 0).bit_length()
    filled = np.full((n_orders, size), length, dtype=np.int64)
    filled[:, :length] = values
    found = np.zeros(n_orders, dtype=np.int64)
    while width < size:
        halves = filled.reshape(n_orders, -1, 2 * width)
        order = np.argsort(halves, axis=2, kind="stable")
        is_left = order < width
        # Of each value of the right half, those of the left one that are larger.
        later = width - np.cumsum(is_left, axis=2)
        found += np.where(is_left, 0, later).sum(axis=(1, 2))
        filled = np.take_along_axis(halves, order, axis=2)
        width *= 2
    return found
