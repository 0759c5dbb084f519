"""`python -m mlflow_explain.cli`: the same as `mlflow-explain`."""

from __future__ import annotations

from mlflow_explain.cli.program import main

main()
