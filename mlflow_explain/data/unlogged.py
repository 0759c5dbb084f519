"""Fits of our own are no trainings of the user's: MLflow's autologging makes no runs of them."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class _Inside:
    """How many are inside, in all threads, and what turns autologging on again."""

    count: int = 0
    kept_off: AbstractContextManager[Any] = field(default_factory=nullcontext)


_lock = threading.Lock()
_inside = _Inside()


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep MLflow's autologging off what is done inside, where MLflow is loaded at all.

    MLflow has one switch for all threads, and its own context turns it on when it ends, also
    within another one: only the first in turns it off, and only the last out turns it on.
    """
    mlflows = sys.modules.get("mlflow.utils.autologging_utils")
    if mlflows is None:
        yield
        return
    with _lock:
        if _inside.count == 0 and not mlflows._AUTOLOGGING_GLOBALLY_DISABLED:  # noqa: SLF001
            _inside.kept_off = mlflows.disable_autologging()
            _inside.kept_off.__enter__()
        _inside.count += 1
    try:
        yield
    finally:
        with _lock:
            _inside.count -= 1
            if _inside.count == 0:
                kept_off, _inside.kept_off = _inside.kept_off, nullcontext()
                kept_off.__exit__(None, None, None)
