"""Whether two models of terms make the same of texts, and rows to tell their estimators by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame
from mlflow_explain.data.texts.cells import with_texts
from mlflow_explain.data.texts.made_up import texts_for

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.engines.text.vectorized import Vectorized

_TOLERANCE = 1e-9
# Made-up engineered rows, half of which have a few features and the others all between them.
_N_ROWS, _FEW = 64, 8
_DENSE_BYTES = 2**27


def rows_to_tell(
    mine: Vectorized, theirs: Vectorized, rows: pd.DataFrame, column: str
) -> list[Rows]:
    """Return engineered rows to ask two models' estimators; none if their terms differ.

    Parameters
    ----------
    mine, theirs : Vectorized
        The models.
    rows : DataFrame
        Some rows of the table; texts of all terms of `mine` are put in their place, too.
    column : str
        The column of texts.
    """
    if not _alike_named(mine, theirs):
        return []
    texts = texts_for(list(mine.sources.vectorizers), len(rows))
    tried: list[Rows] = []
    for given in (rows, with_texts(rows, column, texts)):
        try:
            made = mine.halves.transform(given)
        except MODEL_ERRORS:
            # Cells beside the text that nobody has seen tell nothing; its own terms do.
            if _alike_vectorized(mine, theirs, given[column].tolist()):
                continue
            return []
        if not _alike(made, theirs.halves.transform(given)):
            return []
        tried.append(made)
    return [*tried, *_made_up(tried[0] if tried else None, mine.sources.n_engineered)]


def _alike_named(mine: Vectorized, theirs: Vectorized) -> bool:
    """Whether each engineered feature is the same term of both."""
    ours, others = mine.sources, theirs.sources
    return (
        len(ours.vectorizers) == len(others.vectorizers)
        and all(
            np.array_equal(getattr(ours, part), getattr(others, part))
            for part in ("column", "source", "term")
        )
        and all(
            getattr(a, "vocabulary_", None) == getattr(b, "vocabulary_", None)
            for a, b in zip(ours.vectorizers, others.vectorizers, strict=True)
        )
    )


def _alike_vectorized(mine: Vectorized, theirs: Vectorized, texts: list[str]) -> bool:
    pairs = zip(mine.sources.vectorizers, theirs.sources.vectorizers, strict=True)
    return all(_alike(a.transform(texts), b.transform(texts)) for a, b in pairs)


def _alike(mine: Any, theirs: Any) -> bool:
    """Whether two transformations have made the same rows."""
    if sparse.issparse(mine) and sparse.issparse(theirs):
        if mine.shape != theirs.shape:
            return False
        different = abs(mine - theirs)
        return bool(different.max() <= _TOLERANCE * max(1.0, abs(mine).max()))
    if sparse.issparse(mine) or sparse.issparse(theirs) or np.shape(mine) != np.shape(theirs):
        return False
    left, right = pd.DataFrame(np.asarray(mine)), pd.DataFrame(np.asarray(theirs))
    if not all(map(pd.api.types.is_numeric_dtype, left.dtypes)):
        return left.equals(right)
    return bool(np.allclose(left, right, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True))


def _made_up(like: Any, n_features: int) -> list[Rows]:
    """Return made-up rows of the kind that the estimator is given; none of words."""
    if is_frame(like) and not all(map(pd.api.types.is_numeric_dtype, like.dtypes)):
        return []
    if isinstance(like, np.ndarray) and like.dtype.kind not in "fiu":
        return []
    random = np.random.default_rng(0)
    n_short = _N_ROWS // 2
    few = random.integers(0, n_features, (n_short, _FEW))
    of_few = np.repeat(np.arange(n_short), _FEW)
    of_all = random.integers(n_short, _N_ROWS, n_features)
    at = np.concatenate([of_few, of_all]), np.concatenate([few.ravel(), np.arange(n_features)])
    numbers = random.uniform(0.1, 1.0, len(at[0]))
    made = sparse.coo_matrix((numbers, at), shape=(_N_ROWS, n_features)).tocsr()
    is_small = 8 * _N_ROWS * n_features <= _DENSE_BYTES
    if sparse.issparse(like) or not is_small:
        return [made] if like is None or sparse.issparse(like) else []
    dense = made.toarray()
    return [pd.DataFrame(dense, columns=like.columns) if is_frame(like) else dense]
