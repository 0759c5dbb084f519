"""Work on many rows in pieces, on all cores; kernels run without the interpreter's lock."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Fewer rows than this are not worth a second thread.
_ROWS_PER_THREAD = 64

_SERIAL: ContextVar[bool] = ContextVar("mlflow_explain_serial", default=False)


@contextmanager
def serially() -> Iterator[None]:
    """Work in the calling thread alone: many requests at once share the cores already."""
    token = _SERIAL.set(True)
    try:
        yield
    finally:
        _SERIAL.reset(token)


def in_chunks(
    n_rows: int, size: int, work: Callable[[slice], None], per_thread: int = _ROWS_PER_THREAD
) -> None:
    """Call `work` for slices of at most `size` rows, in threads unless it is within `serially`.

    Parameters
    ----------
    n_rows : int
        Rows in all; a few are worked on in the calling thread.
    size : int
        Most rows of a slice.
    work : callable
        What is done to a slice; it writes to rows of its own.
    per_thread : int
        Rows that are worth a thread of their own.
    """
    threads = 1 if _SERIAL.get() else min(n_cores(), n_rows // per_thread)
    if threads <= 1:
        for start in range(0, n_rows, size):
            work(slice(start, min(start + size, n_rows)))
        return
    size = min(size, -(-n_rows // threads))
    slices = [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
    pool = ThreadPoolExecutor(threads)
    try:
        for done in [pool.submit(work, at) for at in slices]:
            done.result()
    finally:
        # After an interrupt only the slices under way are waited for.
        pool.shutdown(cancel_futures=True)


def n_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
