"""Rows as numbers, for distances between them; and rows that stand for clusters of others."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.unlogged import unlogged

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows

# Rows that are clustered: of more, a sample, so that their numbers take at most some 40 MB.
MAX_ROWS = 5_000
MAX_CELLS = 5_000_000
# Words of a column that are told apart; rarer ones are alike.
MAX_WORDS = 20


def drawn(n_rows: int, size: int, seed: int) -> IntArray:
    """Return `size` positions of rows, drawn without replacement and in order; all if not more."""
    if n_rows <= size:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, size=size, replace=False))


def n_clustered(n_columns: int) -> int:
    """Return how many rows are clustered at most, so that memory is bounded."""
    return max(100, min(MAX_ROWS, MAX_CELLS // max(1, n_columns)))


def nearest_to_centres(rows: Rows, n_clusters: int, seed: int) -> IntArray:
    """Return the positions of the rows nearest to the centres of k-means clusters, in order.

    Fewer than `n_clusters` where fewer rows are distinct. Of more than 5,000 rows, a sample is
    clustered.
    """
    of_sample = drawn(rows.shape[0], max(n_clustered(rows.shape[1]), n_clusters), seed)
    part = rows.iloc[of_sample] if is_frame(rows) else rows[of_sample]
    distance, _ = kmeans(as_numbers(part), n_clusters, seed)
    return np.asarray(of_sample[np.unique(distance.argmin(axis=0))])


def kmeans(numbers: AnyArray, n_clusters: int, seed: int) -> tuple[FloatArray, IntArray]:
    """Return distances to the centres (n_rows, n_clusters), and each row's cluster."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    model = KMeans(n_clusters, random_state=seed, n_init=1)
    with warnings.catch_warnings(), unlogged():
        # Equal rows make fewer clusters than asked for: that is no fault of theirs.
        warnings.simplefilter("ignore", ConvergenceWarning)
        distance = model.fit_transform(numbers)
    return distance, model.labels_


def as_numbers(rows: Rows) -> AnyArray:
    """Return rows as finite numbers in which Euclidean distances mean something.

    Numbers and times are scaled to unit variance, missing ones are the column's mean. A column of
    words (or categories, or truths) becomes indicators of its 20 most frequent ones: rows of
    different words are as far apart as numbers usually are. Sparse rows stay sparse.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        Rows as the user gave them.

    Returns
    -------
    ndarray or csr_matrix of shape (n_rows, n_numbers)
    """
    if is_sparse(rows):
        finite = sparse.csr_matrix(rows, dtype=np.float64, copy=True)
        finite.data[~np.isfinite(finite.data)] = 0.0
        mean = np.asarray(finite.mean(axis=0)).ravel()
        square = np.asarray(finite.multiply(finite).mean(axis=0)).ravel()
        spread = np.sqrt(np.maximum(square - mean**2, 0.0))
        scaled: AnyArray = finite @ sparse.diags_array(1.0 / _scale(spread))
        return scaled
    if not is_frame(rows):
        array = np.asarray(rows)
        if array.dtype.kind in "biuf":
            return _scaled(np.asarray(array, dtype=np.float64))
        rows = pd.DataFrame(array).infer_objects()
    columns = [_of_column(rows.iloc[:, j]) for j in range(rows.shape[1])]
    # Where nothing is known of any row all are alike.
    return np.column_stack([*columns, np.zeros((len(rows), 1))])


def _of_column(column: pd.Series) -> FloatArray:
    dtype = column.dtype
    if getattr(dtype, "kind", "O") in "mM":
        column = column.astype("int64").where(column.notna())
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(dtype):
        numbers: FloatArray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return _scaled(numbers[:, None])
    # As text, so that lists and other cells without a hash can be told apart, too.
    codes, words = pd.factorize(column.astype(object).where(column.notna()).map(str, "ignore"))
    known = codes[codes >= 0]
    frequent = np.argsort(-np.bincount(known, minlength=len(words)), kind="stable")[:MAX_WORDS]
    return np.asarray(codes[:, None] == frequent, dtype=np.float64)


def _scaled(numbers: FloatArray) -> FloatArray:
    """Return columns with the mean in place of what is not finite, of unit variance."""
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    count = np.maximum((~np.isnan(numbers)).sum(axis=0), 1)
    numbers = np.where(np.isnan(numbers), np.nansum(numbers, axis=0) / count, numbers)
    centred = numbers - numbers.mean(axis=0)
    return np.asarray(centred / _scale(numbers.std(axis=0)))


def _scale(spread: FloatArray) -> FloatArray:
    return np.where(spread > 0, spread, 1.0)
