"""Compiled kernels: cached on disk, and never compiled while a request waits.

Machine code is kept in the user's cache folder, found by its content (`kept_code`), or else in the
package's folder. Where neither can be written, each process would compile anew: then that happens
in a background thread, and the engine answers by a library meanwhile.
"""

from __future__ import annotations

import functools
import threading
import typing
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from mlflow_explain.engines import kept_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

# All of "fast" but `nnan` and `ninf`: those two delete the test for missing values.
FASTMATH = frozenset({"reassoc", "nsz", "arcp", "contract", "afn"})


@dataclass(frozen=True)
class Layout:
    """How an array lies in memory: ``Annotated[ndarray, Layout(...)]`` types a kernel's argument.

    Parameters
    ----------
    dtype : dtype
        Of the items; a structured one makes the array one of records.
    n_axes : int
        Number of axes, of a contiguous array in C's order.
    is_writable : bool
        False for what may be the user's own, and locked: a type of its own to the compiler, which
        arrays that can be written to are taken for, too.
    """

    dtype: npt.DTypeLike
    n_axes: int = 1
    is_writable: bool = True

    @property
    def type(self) -> Any:
        """The compiler's type."""
        item = numba.from_dtype(np.dtype(self.dtype))
        return numba.types.Array(item, self.n_axes, "C", readonly=not self.is_writable)


def dtype_of(record: type) -> np.dtype[Any]:
    """Return the dtype of a record: a class whose fields are ``Annotated[int, np.int32]``."""
    hints = typing.get_type_hints(record, include_extras=True)
    return np.dtype([(name, hint.__metadata__[0]) for name, hint in hints.items()], align=True)


# How functions are compiled is said in this file, so it takes part in what they become.
_OWN_TEXT = kept_code.text_of(__name__)

_SCALARS = {
    bool: numba.boolean, int: numba.int64, float: numba.float64, type(None): numba.void
}  # fmt: skip


def _type_of(annotation: Any) -> Any:
    """Return the compiler's type of an annotation."""
    layouts = [part for part in typing.get_args(annotation) if isinstance(part, Layout)]
    return layouts[0].type if layouts else _SCALARS[annotation]


def _annotated_signature(function: Callable[..., Any]) -> Any:
    """Return the types of a function's arguments and of what it returns, as annotated."""
    hints = typing.get_type_hints(function, include_extras=True)
    returned = _type_of(hints.pop("return"))
    return returned(*(_type_of(hint) for hint in hints.values()))


class Kernel:
    """A function compiled for one signature, without the interpreter's lock.

    Parameters
    ----------
    function : callable
        What numba compiles. It and the functions it calls belong into one file, because machine
        code is found by the text of that file only; of other files it may use constants, by name.
    signature : str, optional
        Types of the arguments; as they are annotated, if not given.
    """

    def __init__(self, function: Callable[..., Any], signature: str | None = None) -> None:
        self._signature = signature
        self._function = function
        # Read now: later, the file need not be what this process has imported.
        self._texts = (kept_code.text_of(function.__module__), _OWN_TEXT)
        self._is_kept: bool | None = None
        self.is_ready = False
        self._lock = threading.Lock()
        self._dispatcher = numba.njit(nogil=True, fastmath=set(FASTMATH), error_model="numpy")(
            function
        )
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code, compiling it first if nobody has."""
        if not self.is_ready:
            self.compile()
        return self._dispatcher(*arguments)

    def keep(self) -> bool:
        """Find where machine code is kept on disk, and return whether it can be."""
        if self._is_kept is None:
            self._is_kept = kept_code.keep(self._dispatcher, self._texts, self._types())
        return self._is_kept

    def compile(self) -> None:
        """Load the machine code from disk, or compile and keep it."""
        with self._lock:
            if not self.is_ready:
                self.keep()
                self._dispatcher.compile(self._types())
                self._dispatcher.disable_compile()
                self.is_ready = True

    def _types(self) -> Any:
        return self._signature or _annotated_signature(self._function)


@typing.overload
def kernel(of: str) -> Callable[[Callable[..., Any]], Kernel]: ...
@typing.overload
def kernel(of: Callable[..., Any]) -> Kernel: ...
def kernel(of: Any) -> Any:
    """Make a function a `Kernel`, of a signature or as its arguments are annotated.

    Parameters
    ----------
    of : str or callable
        A signature such as ``"void(float64[:, ::1], int64)"``; or the function itself, whose
        arguments are then annotated with ``bool``, ``int``, ``float`` or an array's `Layout`.
    """
    if isinstance(of, str):
        return lambda function: Kernel(function, of)
    return Kernel(of)


def inlined(function: Callable[..., Any]) -> Any:
    """Return a helper that kernels of the same file call, put in its place before types are known.

    For expressions, and for what makes or returns an array.
    """
    return numba.njit(nogil=True, fastmath=set(FASTMATH), error_model="numpy", inline="always")(
        function
    )


def part(function: Callable[..., Any]) -> Any:
    """Return a part of a kernel of the same file, which costs nothing to call.

    It is compiled once for all its calls, and put in place of each as machine code. It counts no
    references, of which slices and tuples of arrays would take many; so it can neither make an
    array, nor return one to a kernel.
    """
    options: dict[str, Any] = {
        "forceinline": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
        "nogil": True, "fastmath": set(FASTMATH), "error_model": "numpy",
    }  # fmt: skip
    return numba.njit(**options)(function)


def prepare(kernels: Sequence[Kernel]) -> bool:
    """Make kernels ready, and return whether they are.

    Where machine code can be kept on disk it is loaded, or compiled once and for all (seconds).
    Where it cannot, a warning says so once, a background thread compiles, and the answer is False
    until it is done.
    """
    waiting = [k for k in kernels if not k.is_ready]
    if not waiting:
        return True
    kept = [k for k in waiting if k.keep()]
    for k in kept:
        k.compile()
    if len(kept) < len(waiting):
        _compile_in_background([k for k in waiting if not k.keep()])
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
