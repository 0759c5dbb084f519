"""Where machine code is kept: found by what it is made of, wherever the package lies.

numba looks for it by the path of the source file. The code folder of a logged model has another
path in each process that MLflow or Spark copies it for, and each would compile anew. So the file's
name is a digest here of all that the machine code is made of; one folder in the user's cache serves
every copy of the package, and two different sources, libraries or processors never share a file.

numba has no public way for that before its setting ``NUMBA_CACHE_LOCATOR_CLASSES``, which holds for
everybody's functions in a process. So its cache is given a place of ours here; and where numba has
changed so that it takes none, its own way remains.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pickle
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = "mlflow_explain"
_PLAIN = (bool, int, float, complex, str, bytes, np.generic)


def text_of(module: str) -> str | None:
    """Return a module's source, or None where there is none: of the file as it is now."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    read = getattr(getattr(spec, "loader", None), "get_source", None)
    try:
        return read(module) if read else None
    except (ImportError, OSError):
        return None


def keep(dispatcher: Any, texts: tuple[str | None, ...], signature: Any) -> bool:
    """Let numba keep what it compiles, and return whether it can.

    Parameters
    ----------
    dispatcher : Dispatcher
        numba's function, which is not compiled yet.
    texts : tuple of str or None
        Sources that the code is made of, as they were when they were imported; one that is None is
        not known, and numba is left to look at the file.
    signature : str or Signature
        What it is compiled for.
    """
    if None not in texts:
        try:
            if _keep_by_content(dispatcher, texts, signature):
                return True
        except (ImportError, AttributeError, TypeError, RuntimeError):
            # Not the numba we know, or it finds no folder for its part either.
            pass
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        # numba finds no folder it may write to.
        return False
    return True


def _keep_by_content(dispatcher: Any, texts: tuple[str | None, ...], signature: Any) -> bool:
    """Put a cache of ours in place of numba's, and return whether it is asked."""
    digest = _digest(dispatcher, texts, signature)
    function = dispatcher.py_func
    folder = next((f for f in _folders(function) if _holds(f, digest) or _is_writable(f)), None)
    if folder is None:
        return False
    dispatcher._cache = _cache(function, _Place(str(folder), digest, inspect.getfile(function)))  # noqa: SLF001
    return bool(dispatcher.stats.cache_path == str(folder))


def _digest(dispatcher: Any, texts: tuple[str | None, ...], signature: Any) -> str:
    """Return a digest of all that takes part in compiling.

    Of what other files define, those constants that the file imports by name, and the types of
    arguments, which are in the signature.
    """
    function = dispatcher.py_func
    made_of = (
        texts, function.__module__, function.__qualname__, _constants(function), str(signature),
        # The libraries; the interpreter; the processor, with what it can do.
        numba.__version__, np.__version__, sys.implementation.cache_tag,
        dispatcher.targetctx.codegen().magic_tuple(),
    )  # fmt: skip
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:40]


def _constants(function: Callable[..., Any]) -> list[tuple[str, str]]:
    """Return the names and values of the constants that a function's file knows.

    Machine code holds their values, also of those that another file defines.
    """
    known = list(function.__globals__.items())
    return sorted(
        (name, repr(value))
        for name, value in known
        if _is_constant(value) and not name.startswith("__")
    )


def _is_constant(value: object) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return all(isinstance(part, _PLAIN) for part in parts)


def _folders(function: Callable[..., Any]) -> Iterator[Path]:
    """Yield where machine code may be kept: what the user named, the user's cache, the package."""
    named = getattr(numba.config, "CACHE_DIR", "")
    if named:
        yield Path(named) / FOLDER
    appdirs: Any = importlib.import_module("numba.misc.appdirs")
    yield Path(appdirs.AppDirs("numba", appauthor=False).user_cache_dir) / FOLDER
    yield Path(inspect.getfile(function)).parent / "__pycache__"


def _holds(folder: Path, digest: str) -> bool:
    """Return whether a folder has the code already: then it need not be writable."""
    try:
        return any(folder.glob(f"*{digest}*.nbi"))
    except OSError:
        return False


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class _Place:
    """What numba calls a locator: where the files of one function are, and their name.

    Each name belongs to one digest, so processes that write at once write the same; and numba
    writes beside the file and renames.
    """

    folder: str
    digest: str
    _py_file: str

    def from_function(self, _function: Callable[..., Any], _file: str) -> _Place:
        return self

    def get_cache_path(self) -> str:
        return self.folder

    def get_source_stamp(self) -> str:
        return self.digest

    def get_disambiguator(self) -> str:
        return self.digest

    def ensure_cache_path(self) -> None:
        Path(self.folder).mkdir(parents=True, exist_ok=True)


def _cache(function: Callable[..., Any], place: _Place) -> _Cache:
    """Return a cache of a function at a place: numba's own, but for where it is."""
    caching: Any = importlib.import_module("numba.core.caching")
    files = type("Files", (caching.CompileResultCacheImpl,), {"_locator_classes": [place]})
    return _Cache(type("Cache", (caching.FunctionCache,), {"_impl_class": files})(function))


class _Cache:
    """numba's cache, but a disk that fails costs time, not the answer.

    Parameters
    ----------
    cache : FunctionCache
        What numba asks for the rest.
    """

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return machine code, or None: what cannot be read is compiled again, and replaced."""
        try:
            return self._cache.load_overload(sig, target_context)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            _say("read", error)
        try:
            self._cache.flush()
        except OSError as error:
            _say("replaced", error)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Write machine code, which this process has in any case."""
        try:
            self._cache.save_overload(sig, data)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            _say("kept", error)


def _say(what: str, error: Exception) -> None:
    # Without the file's name, so that it is shown once for all functions.
    reason = getattr(error, "strerror", None) or error
    warnings.warn(f"Compiled code cannot be {what}: {type(error).__name__}: {reason}", stacklevel=2)
