"""Compiled kernels: cached on disk, and never compiled while a request waits.

numba keeps machine code beside the source file, or in the user's cache folder. Where neither can be
written, each process would compile anew: then that happens in a background thread, and the engine
answers by a library meanwhile.
"""

from __future__ import annotations

import functools
import threading
import warnings
from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# All of "fast" but `nnan` and `ninf`: those two delete the test for missing values.
FASTMATH = frozenset({"reassoc", "nsz", "arcp", "contract", "afn"})


class Kernel:
    """A function compiled for one signature, without the interpreter's lock.

    Parameters
    ----------
    function : callable
        What numba compiles; it and the functions it calls belong into one file, because numba
        looks for changes in the caller's file only.
    signature : str
        Types of the arguments.
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        self.signature = signature
        self.is_ready = False
        self._lock = threading.Lock()
        options: dict[str, Any] = {
            "nogil": True,
            "fastmath": set(FASTMATH),
            "error_model": "numpy",
        }
        try:
            self._dispatcher = numba.njit(cache=True, **options)(function)
            self.is_cached = True
        except RuntimeError:
            # numba finds no folder it may write to.
            self._dispatcher = numba.njit(**options)(function)
            self.is_cached = False
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code, compiling it first if nobody has."""
        if not self.is_ready:
            self.compile()
        return self._dispatcher(*arguments)

    def compile(self) -> None:
        """Load the machine code from disk, or compile and keep it."""
        with self._lock:
            if not self.is_ready:
                self._dispatcher.compile(self.signature)
                self._dispatcher.disable_compile()
                self.is_ready = True


def kernel(signature: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Make a function a `Kernel` of a signature such as ``"void(float64[:, ::1], int64)"``."""
    return lambda function: Kernel(function, signature)


def inlined(function: Callable[..., Any]) -> Any:
    """Return a helper that kernels of the same file call."""
    return numba.njit(nogil=True, fastmath=set(FASTMATH), error_model="numpy", inline="always")(
        function
    )


def prepare(kernels: Sequence[Kernel]) -> bool:
    """Make kernels ready, and return whether they are.

    Where machine code can be kept on disk it is loaded, or compiled once and for all (seconds).
    Where it cannot, a warning says so once, a background thread compiles, and the answer is False
    until it is done.
    """
    waiting = [k for k in kernels if not k.is_ready]
    kept = [k for k in waiting if k.is_cached]
    for k in kept:
        k.compile()
    if len(kept) < len(waiting):
        _compile_in_background([k for k in waiting if not k.is_cached])
    return all(k.is_ready for k in kernels)


_background = threading.Lock()
_queued: set[int] = set()


def _compile_in_background(kernels: Sequence[Kernel]) -> None:
    """Start a thread for those kernels that have none yet."""
    with _background:
        new = [k for k in kernels if id(k) not in _queued]
        if new and not _queued:
            warnings.warn(
                "Compiled code cannot be kept: neither the package's folder nor the user's cache "
                "folder is writable. Each process compiles for some seconds, and explains by a "
                "library meanwhile. Set NUMBA_CACHE_DIR to a writable folder.",
                stacklevel=2,
            )
        _queued.update(id(k) for k in new)
    if new:
        threading.Thread(target=_compile_all, args=(new,), daemon=True).start()


def _compile_all(kernels: Sequence[Kernel]) -> None:
    for k in kernels:
        k.compile()
