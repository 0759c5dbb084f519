"""Fits of our own are no trainings of the user's: MLflow's autologging makes no runs of them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def unlogged() -> AbstractContextManager[Any]:
    """Keep MLflow's autologging off what is fitted inside, where MLflow is loaded at all."""
    mlflows = sys.modules.get("mlflow.utils.autologging_utils")
    # MLflow's own context turns autologging on when it ends, also within another one.
    if mlflows is None or mlflows._AUTOLOGGING_GLOBALLY_DISABLED:  # noqa: SLF001
        return nullcontext()
    kept_off: AbstractContextManager[Any] = mlflows.disable_autologging()
    return kept_off
