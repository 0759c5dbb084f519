"""What a user is told when an explanation beside a training fails: one warning, never an error."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.utils.autologging_utils.logging_and_warnings import (
    NonMlflowWarningsBehaviorForCurrentThread,
)

from mlflow_explain.errors import in_one_line, warn_or_log
from mlflow_explain.tracking.autologging import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_logger = logging.getLogger("mlflow_explain.autolog")
# Folders with their last separator: a user's own may begin with the same letters.
_OTHERS = (
    f"{Path(mlflow.__file__).parent}{os.sep}",
    f"{Path(__file__).parents[2]}{os.sep}",
    contextlib.__file__,
)
_seen: Any = NonMlflowWarningsBehaviorForCurrentThread


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn any error into one warning: nothing that happens inside costs the user a training.

    Parameters
    ----------
    what : str
        What is done, after "did not": ``"explain LogisticRegression"``.
    """
    try:
        yield
    except Exception as error:
        _logger.debug("Did not %s", what, exc_info=True)
        warn(f"did not {what}. {in_one_line(error)}")


def warn(message: str) -> None:
    """Warn the user, unless `silent` was asked for; MLflow's own rerouting is stepped around."""
    asked = settings.current()
    if asked is not None and asked.silent:
        return
    with _seen(disable_warnings=False, reroute_warnings=False):
        warn_or_log(f"mlflow_explain.autolog {message}", _logger, _users_level())


def note(message: str, *values: object) -> None:
    """Say what is not worth a warning, as a debug line of the logger ``mlflow_explain.autolog``."""
    _logger.debug(message, *values)


def _users_level() -> int:
    """Return how far up the stack the user's own line is, from where this is called."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - the public way reads every source file
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OTHERS):
        level, frame = level + 1, frame.f_back
    return level
