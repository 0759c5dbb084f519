"""The values: what an explanation is, and pure functions of it. Needs numpy only."""

from __future__ import annotations

from mlflow_explain.explanation.comparison import Comparison
from mlflow_explain.explanation.feature_map import FeatureMap
from mlflow_explain.explanation.importance import (
    MEAN_ABSOLUTE,
    GlobalImportance,
    LocalImportance,
    aggregate,
)
from mlflow_explain.explanation.value import Background, EvaluatedRows, Explanation

__all__ = [
    "MEAN_ABSOLUTE",
    "Background",
    "Comparison",
    "EvaluatedRows",
    "Explanation",
    "FeatureMap",
    "GlobalImportance",
    "LocalImportance",
    "aggregate",
]
