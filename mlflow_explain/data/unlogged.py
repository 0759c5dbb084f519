"""Fits of our own are no trainings of the user's: MLflow's autologging makes no runs of them."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Iterator

_MLFLOWS = "mlflow.utils.autologging_utils"


def _kept_off() -> AbstractContextManager[Any]:
    mlflows: Any = sys.modules[_MLFLOWS]
    is_off = mlflows._AUTOLOGGING_GLOBALLY_DISABLED  # noqa: SLF001 - there is no public way
    kept: AbstractContextManager[Any] = nullcontext() if is_off else mlflows.disable_autologging()
    return kept


_off = Shared(_kept_off)


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep MLflow's autologging off what is done inside, where MLflow is loaded at all.

    MLflow has one switch for all threads, and its own context turns it on when it ends, also
    within another one: only the first in turns it off, and only the last out turns it on.
    """
    if _MLFLOWS not in sys.modules:
        yield
        return
    with _off.entered():
        yield
