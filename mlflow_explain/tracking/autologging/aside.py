"""Explaining beside a training: MLflow's autologging keeps off, and finds its state as it was."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR
from mlflow.tracking import fluent
from mlflow.utils.autologging_utils import logging_and_warnings

from mlflow_explain.data.randomness import random_state_kept
from mlflow_explain.data.shared import Shared
from mlflow_explain.data.unlogged import unlogged

if TYPE_CHECKING:
    from collections.abc import Iterator

_muting: Any = logging_and_warnings
_last: Any = fluent._last_logged_model_id  # noqa: SLF001 - to put back what we change
# Says how safe the format of a scikit-learn model is, each time one is saved.
_sklearn_flavor = logging.getLogger("mlflow.sklearn")


@contextmanager
def aside(*, silent: bool) -> Iterator[None]:
    """Do something that MLflow does not log by itself, and that leaves no trace in its state.

    Parameters
    ----------
    silent : bool
        Mute warnings and log lines, too.
    """
    with ExitStack() as stack:
        stack.enter_context(_last_model_kept())
        stack.enter_context(random_state_kept())
        stack.enter_context(unlogged())
        stack.enter_context(
            _muting.MlflowEventsAndWarningsBehaviorGlobally(
                reroute_warnings=True, disable_event_logs=silent, disable_warnings=silent
            )
        )
        stack.enter_context(
            _muting.NonMlflowWarningsBehaviorForCurrentThread(
                reroute_warnings=True, disable_warnings=silent
            )
        )
        stack.enter_context(_said_once())
        stack.enter_context(_bars.entered())
        yield


@contextmanager
def _last_model_kept() -> Iterator[None]:
    """Keep `mlflow.last_logged_model` what the user's training logged."""
    last = _last.get()
    try:
        yield
    finally:
        _last.set(last)


@contextmanager
def _said_once() -> Iterator[None]:
    """Leave out what MLflow has said already, when it saved the user's own model."""
    thread = threading.get_ident()

    def others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    _sklearn_flavor.addFilter(others)
    try:
        yield
    finally:
        _sklearn_flavor.removeFilter(others)


@contextmanager
def _no_bars() -> Iterator[None]:
    """Show no progress of the small files that are read and written."""
    name = MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.name
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


# The environment is of all threads.
_bars = Shared(_no_bars)
