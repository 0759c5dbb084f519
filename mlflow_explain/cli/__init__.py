"""The command line `mlflow-explain`. Commands import what they need when they run."""

from __future__ import annotations

from mlflow_explain.cli.program import main

__all__ = ["main"]
