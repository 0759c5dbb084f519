"""Explanations and scoring explainers on disk: sealed folders that anyone can read."""

from __future__ import annotations

from mlflow_explain.artifact.explanations import load_explanation, save_explanation

__all__ = ["load_explanation", "save_explanation"]
