"""`Reasons`: importances of a request's rows, and of each row why it has none."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.texts.cells import texts_in
from mlflow_explain.data.texts.halves import TransformedRows
from mlflow_explain.errors import InvalidInputError, OutOfTimeError
from mlflow_explain.explanation.importance import concatenated
from mlflow_explain.scoring.tokens import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, IntArray, Rows
    from mlflow_explain.explanation import LocalImportance
    from mlflow_explain.scoring.scorer import Scorer

OK = "ok"
NOT_FINITE = "failed: importances of this row are not finite"
NOT_ASKED = "skipped: the row does not meet explain_when"
OUT_OF_TIME = "out of time: budget_ms is over"

# Rows explained before it is known how long one takes; a row for which a model is asked may take
# all the time there is.
_FIRST_ROWS, _FIRST_ASKING = 8, 1
# Share of the time left that a part of several rows may take: one that is not ready by then is
# lost, and the rest is for its first rows.
_LENT = 0.75


@dataclass(frozen=True, eq=False, slots=True)
class Reasons:
    """Importances of some of a request's rows.

    Parameters
    ----------
    local : LocalImportance or None
        Of the explained rows; None where there are none.
    at : ndarray of shape (n_explained,)
        Their positions among the rows of the request.
    status : sequence of str
        What became of each row of the request.
    texts : sequence of str, optional
        Of a model of texts: those of the explained rows.
    """

    local: LocalImportance | None
    at: IntArray
    status: Sequence[str]
    texts: Sequence[str] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows of the request."""
        return len(self.status)

    @property
    def is_whole(self) -> bool:
        """Whether each row is explained."""
        return len(self.at) == self.n_rows

    @classmethod
    def of(cls, local: LocalImportance, texts: Sequence[str] = ()) -> Reasons:
        """Return the reasons of a request whose rows are all explained."""
        return cls(local, np.arange(local.n_rows), [OK] * local.n_rows, texts)

    @classmethod
    def none(cls, n_rows: int, why: str) -> Reasons:
        """Return the reasons of a request without any."""
        return cls(None, np.arange(0), [why] * n_rows)


def reasons_of(
    scorer: Scorer,
    rows: Rows | TransformedRows,
    *,
    raw: bool = True,
    wanted: AnyArray | None = None,
) -> Reasons:
    """Explain the rows of a request that are wanted, as far as the time allows.

    Parameters
    ----------
    scorer : Scorer
        What explains.
    rows : DataFrame, ndarray, csr_matrix or TransformedRows of shape (n_rows, n_engineered)
        Rows as the estimator takes them; those of texts with what the model has made of them,
        where `scorer.shares_steps_of` it.
    raw : bool
        Importances of raw columns.
    wanted : ndarray of bool, shape (n_rows,), optional
        Which rows are to be explained; by default all.
    """
    if wanted is None and time_limit.current() is None:
        return Reasons.of(_explained(scorer, rows, raw), _texts(scorer, rows))
    n_rows = int(rows.shape[0])
    at = np.arange(n_rows) if wanted is None else np.flatnonzero(wanted)
    status = np.full(n_rows, NOT_ASKED, dtype=object)
    parts = list(_parts(scorer, taken(rows, at), raw))
    n_done = sum(part.n_rows for part in parts)
    status[at[:n_done]] = OK
    status[at[n_done:]] = OUT_OF_TIME
    done = at[:n_done]
    return Reasons(_joined(parts), done, status.tolist(), _texts(scorer, taken(rows, done)))


def _parts(scorer: Scorer, rows: Rows | TransformedRows, raw: bool) -> Iterator[LocalImportance]:
    """Yield the importances of rows, part by part, until they or the time are over."""
    limit, n_rows = time_limit.current(), int(rows.shape[0])
    if limit is None:
        if n_rows:
            yield _explained(scorer, rows, raw)
        return
    at, size, most = 0, _FIRST_ASKING if scorer.asks_model else _FIRST_ROWS, n_rows
    while at < n_rows and size > 0:
        begin, size = time_limit.clock(), min(size, n_rows - at)
        try:
            with nullcontext() if size == 1 else time_limit.within(limit.left * _LENT):
                time_limit.check()
                part = _explained(scorer, taken(rows, slice(at, at + size)), raw)
        except OutOfTimeError:
            if size == 1:
                return
            # Its rows take longer than those before them: one by one, as far as the time goes.
            size = most = 1
            continue
        yield part
        at += size
        size = min(most, limit.next_size(size, time_limit.clock() - begin))


def _explained(scorer: Scorer, rows: Rows | TransformedRows, raw: bool) -> LocalImportance:
    """Return the importances of rows; of another shape they would be told of other features."""
    local = scorer.local_of_engineered(rows, raw=raw)
    shape = (rows.shape[0], len(scorer.names(raw=raw)), len(scorer.engine.base_values))
    if local.values.shape != shape:
        raise InvalidInputError(
            f"importances of shape {shape}", f"{local.values.shape}", "Make the explainer again."
        )
    if scorer.texts is not None and local.tokens is None:
        raise missing()
    return local


def _texts(scorer: Scorer, rows: Rows | TransformedRows) -> Sequence[str]:
    """Return the texts of rows; none where the model has no texts."""
    if scorer.texts is None:
        return ()
    table = rows.rows if isinstance(rows, TransformedRows) else rows
    return texts_in(table, scorer.texts.name)


def taken(rows: Rows | TransformedRows, at: Any) -> Any:
    """Return some of the rows."""
    if isinstance(rows, TransformedRows):
        return rows.take(at)
    return rows.iloc[at] if is_frame(rows) else rows[at]


def _joined(parts: Sequence[LocalImportance]) -> LocalImportance | None:
    return concatenated(parts) if parts else None
