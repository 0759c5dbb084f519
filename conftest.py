"""Before any test: telemetry is off, and torch is not imported where it is deselected."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# Before MLflow is imported: its telemetry asks a server of its own, and changes the environment
# from a thread while requests read it.
os.environ["DO_NOT_TRACK"] = "true"

# A process that shares the tests was started from no file, and PySpark, which MLflow imports, takes
# such a one for its own doctests and ends it.
if "PYTEST_XDIST_WORKER" in os.environ:
    sys.modules["__main__"].__spec__ = find_spec("pytest.__main__")

# TensorFlow's log closes the stream it was made with, which is pytest's, where another library sets
# up logging while a test has taken standard error; the process's own it never closes.
with contextlib.suppress(ImportError):
    from absl import logging as absl

    absl.get_absl_handler().python_handler.setStream(sys.__stderr__)

ROOT = Path(__file__).parent
NETWORKS = (
    ROOT / "tests" / "engines" / "deep",
    ROOT / "tests" / "explainers" / "test_deep.py",
    ROOT / "tests" / "explainers" / "test_pfi_networks.py",
    ROOT / "mlflow_explain" / "explainers" / "deep.py",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave networks out where ``-m "not networks"`` is asked for."""
    is_deselected = "not networks" in config.getoption("markexpr")
    return True if is_deselected and collection_path in NETWORKS else None
