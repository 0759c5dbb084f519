"""`Reasons`: importances of a request's rows, and of each row why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError, OutOfTimeError
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import AnyArray, IntArray, Rows
    from mlflow_explain.scoring.scorer import Scorer

OK = "ok"
NOT_FINITE = "failed: importances of this row are not finite"
NOT_ASKED = "skipped: the row does not meet explain_when"
OUT_OF_TIME = "out of time: budget_ms is over"

# Rows explained before it is known how long one takes.
_FIRST_ROWS = 8


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
    """

    local: LocalImportance | None
    at: IntArray
    status: Sequence[str]

    @property
    def n_rows(self) -> int:
        """Number of rows of the request."""
        return len(self.status)

    @property
    def is_whole(self) -> bool:
        """Whether each row is explained."""
        return len(self.at) == self.n_rows

    @classmethod
    def of(cls, local: LocalImportance) -> Reasons:
        """Return the reasons of a request whose rows are all explained."""
        return cls(local, np.arange(local.n_rows), [OK] * local.n_rows)

    @classmethod
    def none(cls, n_rows: int, why: str) -> Reasons:
        """Return the reasons of a request without any."""
        return cls(None, np.arange(0), [why] * n_rows)


def reasons_of(
    scorer: Scorer, rows: Rows, *, raw: bool = True, wanted: AnyArray | None = None
) -> Reasons:
    """Explain the rows of a request that are wanted, as far as the time allows.

    Parameters
    ----------
    scorer : Scorer
        What explains.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_engineered)
        Rows as the estimator takes them.
    raw : bool
        Importances of raw columns.
    wanted : ndarray of bool, shape (n_rows,), optional
        Which rows are to be explained; by default all.
    """
    if wanted is None and time_limit.current() is None:
        return Reasons.of(_explained(scorer, rows, raw))
    n_rows = int(rows.shape[0])
    at = np.arange(n_rows) if wanted is None else np.flatnonzero(wanted)
    status = np.full(n_rows, NOT_ASKED, dtype=object)
    parts = list(_parts(scorer, taken(rows, at), raw))
    n_done = sum(part.n_rows for part in parts)
    status[at[:n_done]] = OK
    status[at[n_done:]] = OUT_OF_TIME
    return Reasons(_joined(parts), at[:n_done], status.tolist())


def _parts(scorer: Scorer, rows: Rows, raw: bool) -> Iterator[LocalImportance]:
    """Yield the importances of rows, part by part, until they or the time are over."""
    limit, n_rows = time_limit.current(), int(rows.shape[0])
    at, size = 0, n_rows if limit is None else _FIRST_ROWS
    while at < n_rows and size > 0:
        begin = time_limit.clock()
        part = taken(rows, slice(at, at + size))
        try:
            if limit is not None:
                limit.check()
            yield _explained(scorer, part, raw)
        except OutOfTimeError:
            return
        at += size
        if limit is not None:
            size = limit.next_size(size, time_limit.clock() - begin)


def _explained(scorer: Scorer, rows: Rows, raw: bool) -> LocalImportance:
    """Return the importances of rows; of another shape they would be told of other features."""
    local = scorer.local_of_engineered(rows, raw=raw)
    shape = (rows.shape[0], len(scorer.names(raw=raw)), len(scorer.engine.base_values))
    if local.values.shape != shape:
        raise InvalidInputError(
            f"importances of shape {shape}", f"{local.values.shape}", "Make the explainer again."
        )
    return local


def taken(rows: Rows, at: Any) -> Any:
    """Return some of the rows."""
    return rows.iloc[at] if is_frame(rows) else rows[at]


def _joined(parts: Sequence[LocalImportance]) -> LocalImportance | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    return LocalImportance(
        np.concatenate([part.values for part in parts]), base_values=parts[0].base_values
    )
