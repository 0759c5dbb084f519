"""What several threads are inside of at once: the first in enters it, the last out leaves it."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Shared:
    """A context for all threads, of something that there is once in a process.

    Parameters
    ----------
    make : callable
        Makes the context, each time somebody is the first in.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[Any]]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._count = 0
        self._made: AbstractContextManager[Any] = nullcontext()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside."""
        with self._lock:
            if self._count == 0:
                made = self._make()
                made.__enter__()
                self._made = made
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
                if self._count == 0:
                    made, self._made = self._made, nullcontext()
                    made.__exit__(None, None, None)
