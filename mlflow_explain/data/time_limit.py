"""A bound on the time spent on an explanation that something else waits for.

Nothing is interrupted: work is done in parts, the time of each is taken, and the next one is as
large as the time left allows. A part that was begun is finished.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import OutOfTimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow_explain._typing import AnyArray, Rows

clock = time.monotonic

# Rows a model is asked for first; and by how much a part may be larger than the one before it.
_FIRST_ROWS = 16
_GROWTH = 8
# Shares of the whole time: the most that one part should take, and when a forecast is believed.
_PART = 0.125
_BELIEVED = 0.2


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """Time that may be spent, from its making.

    Parameters
    ----------
    seconds : float
        How much.
    """

    seconds: float
    begin: float = field(init=False, default_factory=lambda: clock())  # noqa: PLW0108 - tests have their own

    @property
    def left(self) -> float:
        """Seconds left; negative when they are over."""
        return self.begin + self.seconds - clock()

    def check(self) -> None:
        """Raise `OutOfTimeError` when the time is over."""
        if self.left <= 0.0:
            raise self.over()

    def over(self) -> OutOfTimeError:
        """Return the error that says that the time does not suffice."""
        return OutOfTimeError(
            f"an explanation within {self.seconds:g} seconds",
            "a model or an engine that takes longer",
            "Allow more seconds or explain fewer rows.",
        )

    def next_size(self, size: int, took: float) -> int:
        """Return how many rows the next part may have, after one of `size` rows; 0 for none."""
        if self.left <= 0.0:
            return 0
        allowed = min(self.left / 2.0, self.seconds * _PART)
        fitting = int(size * allowed / took) if took > 0.0 else size * _GROWTH
        if fitting == 0 and took / size <= self.left:
            return 1
        return min(fitting, size * _GROWTH)


_CURRENT: ContextVar[TimeLimit | None] = ContextVar("mlflow_explain_time_limit", default=None)


@contextmanager
def within(seconds: float) -> Iterator[TimeLimit]:
    """Bound the time of what is explained inside, in this thread."""
    limit = TimeLimit(seconds)
    token = _CURRENT.set(limit)
    try:
        yield limit
    finally:
        _CURRENT.reset(token)


@contextmanager
def without() -> Iterator[None]:
    """Take the bound off what is computed inside: the model's own answer, which is never cut."""
    token = _CURRENT.set(None)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> TimeLimit | None:
    """Return the bound on time, if there is one."""
    return _CURRENT.get()


def check() -> None:
    """Raise `OutOfTimeError` where time is bounded, and over."""
    limit = _CURRENT.get()
    if limit is not None:
        limit.check()


def asked(function: Callable[[Rows], Any], rows: Rows) -> AnyArray:
    """Return what a function of the model answers for rows, in parts where time is bounded.

    Parameters
    ----------
    function : callable
        Answers one line per row.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        What it is asked for.

    Returns
    -------
    ndarray of shape (n_rows, ...)

    Raises
    ------
    OutOfTimeError
        The time is over, or will be before all rows are answered.
    """
    limit = _CURRENT.get()
    if limit is None:
        return np.asarray(function(rows))
    limit.check()
    if rows.shape[0] <= _FIRST_ROWS:
        return np.asarray(function(rows))
    return _in_parts(function, rows, limit)


def _in_parts(function: Callable[[Rows], Any], rows: Rows, limit: TimeLimit) -> AnyArray:
    begin, at, size, answers = clock(), 0, _FIRST_ROWS, []
    n_rows = int(rows.shape[0])
    while at < n_rows:
        part = rows.iloc[at : at + size] if is_frame(rows) else rows[at : at + size]
        started = clock()
        answers.append(np.asarray(function(part)))
        took = clock() - started
        at += int(part.shape[0])
        # Small parts tell little of large ones, so that the forecast is not believed at once.
        forecast = took / part.shape[0] * (n_rows - at)
        if clock() - begin > _BELIEVED * limit.seconds and forecast > limit.left:
            raise limit.over()
        size = limit.next_size(int(part.shape[0]), took)
        if size == 0 and at < n_rows:
            raise limit.over()
    return np.concatenate(answers)
