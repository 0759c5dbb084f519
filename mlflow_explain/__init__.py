"""mlflow-explain: explanations of models, first-class in MLflow.

Importing it loads nothing heavy: each public name is looked up when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mlflow_explain._version import __version__

if TYPE_CHECKING:
    from mlflow_explain.artifact import load_explanation, save_explanation
    from mlflow_explain.dashboard.explanation_dashboard import ExplanationDashboard
    from mlflow_explain.data.sampling import SamplingPolicy
    from mlflow_explain.explainers.adapter import ExplanationAdapter
    from mlflow_explain.explainers.deep import DeepExplainer
    from mlflow_explain.explainers.forced import KernelExplainer, LinearExplainer, TreeExplainer
    from mlflow_explain.explainers.han import HANTextExplainer
    from mlflow_explain.explainers.lime import LIMEExplainer
    from mlflow_explain.explainers.mimic import MimicExplainer
    from mlflow_explain.explainers.pfi import PFIExplainer
    from mlflow_explain.explainers.tabular import TabularExplainer
    from mlflow_explain.explainers.text import TextExplainer
    from mlflow_explain.explanation import Comparison, Explanation
    from mlflow_explain.scoring.explainers import (
        DeepScoringExplainer,
        EnsembleScoringExplainer,
        KernelMachineScoringExplainer,
        KernelScoringExplainer,
        LIMEScoringExplainer,
        LinearScoringExplainer,
        ScoringExplainer,
        TextScoringExplainer,
        TreeScoringExplainer,
    )
    from mlflow_explain.scoring.saving import load, save
    from mlflow_explain.surrogates.models import (
        DecisionTreeExplainableModel,
        LGBMExplainableModel,
        LinearExplainableModel,
        SGDExplainableModel,
    )
    from mlflow_explain.tracking.apart import predict_and_explain
    from mlflow_explain.tracking.autolog import autolog
    from mlflow_explain.tracking.batch.explain import explain_batch
    from mlflow_explain.tracking.client import ExplanationClient
    from mlflow_explain.tracking.compare import compare
    from mlflow_explain.tracking.explain import explain_model
    from mlflow_explain.tracking.flavor import log_model, save_model
    from mlflow_explain.tracking.log import log_explanation
    from mlflow_explain.tracking.pages.describe import describe
    from mlflow_explain.tracking.pages.registry import describe_version
    from mlflow_explain.tracking.pairs import load_model

__all__ = [
    "Comparison",
    "DecisionTreeExplainableModel",
    "DeepExplainer",
    "DeepScoringExplainer",
    "EnsembleScoringExplainer",
    "Explanation",
    "ExplanationAdapter",
    "ExplanationClient",
    "ExplanationDashboard",
    "HANTextExplainer",
    "KernelExplainer",
    "KernelMachineScoringExplainer",
    "KernelScoringExplainer",
    "LGBMExplainableModel",
    "LIMEExplainer",
    "LIMEScoringExplainer",
    "LinearExplainableModel",
    "LinearExplainer",
    "LinearScoringExplainer",
    "MimicExplainer",
    "PFIExplainer",
    "SGDExplainableModel",
    "SamplingPolicy",
    "ScoringExplainer",
    "TabularExplainer",
    "TextExplainer",
    "TextScoringExplainer",
    "TreeExplainer",
    "TreeScoringExplainer",
    "__version__",
    "autolog",
    "compare",
    "describe",
    "describe_version",
    "explain_batch",
    "explain_model",
    "load",
    "load_explanation",
    "load_model",
    "log_explanation",
    "log_model",
    "predict_and_explain",
    "save",
    "save_explanation",
    "save_model",
]

# Public name -> module that defines it.
_HOMES = {
    "Comparison": "mlflow_explain.explanation",
    "DecisionTreeExplainableModel": "mlflow_explain.surrogates.models",
    "DeepExplainer": "mlflow_explain.explainers.deep",
    "Explanation": "mlflow_explain.explanation",
    "ExplanationAdapter": "mlflow_explain.explainers.adapter",
    "ExplanationClient": "mlflow_explain.tracking.client",
    "ExplanationDashboard": "mlflow_explain.dashboard.explanation_dashboard",
    "HANTextExplainer": "mlflow_explain.explainers.han",
    "KernelExplainer": "mlflow_explain.explainers.forced",
    "LGBMExplainableModel": "mlflow_explain.surrogates.models",
    "LIMEExplainer": "mlflow_explain.explainers.lime",
    "LinearExplainableModel": "mlflow_explain.surrogates.models",
    "LinearExplainer": "mlflow_explain.explainers.forced",
    "MimicExplainer": "mlflow_explain.explainers.mimic",
    "PFIExplainer": "mlflow_explain.explainers.pfi",
    "SGDExplainableModel": "mlflow_explain.surrogates.models",
    "SamplingPolicy": "mlflow_explain.data.sampling",
    "DeepScoringExplainer": "mlflow_explain.scoring.explainers",
    "EnsembleScoringExplainer": "mlflow_explain.scoring.explainers",
    "KernelMachineScoringExplainer": "mlflow_explain.scoring.explainers",
    "KernelScoringExplainer": "mlflow_explain.scoring.explainers",
    "LIMEScoringExplainer": "mlflow_explain.scoring.explainers",
    "LinearScoringExplainer": "mlflow_explain.scoring.explainers",
    "ScoringExplainer": "mlflow_explain.scoring.explainers",
    "TextScoringExplainer": "mlflow_explain.scoring.explainers",
    "TreeScoringExplainer": "mlflow_explain.scoring.explainers",
    "load": "mlflow_explain.scoring.saving",
    "save": "mlflow_explain.scoring.saving",
    "TabularExplainer": "mlflow_explain.explainers.tabular",
    "TextExplainer": "mlflow_explain.explainers.text",
    "TreeExplainer": "mlflow_explain.explainers.forced",
    "compare": "mlflow_explain.tracking.compare",
    "autolog": "mlflow_explain.tracking.autolog",
    "describe": "mlflow_explain.tracking.pages.describe",
    "describe_version": "mlflow_explain.tracking.pages.registry",
    "explain_batch": "mlflow_explain.tracking.batch.explain",
    "explain_model": "mlflow_explain.tracking.explain",
    "load_explanation": "mlflow_explain.artifact",
    "load_model": "mlflow_explain.tracking.pairs",
    "log_explanation": "mlflow_explain.tracking.log",
    "log_model": "mlflow_explain.tracking.flavor",
    "predict_and_explain": "mlflow_explain.tracking.apart",
    "save_explanation": "mlflow_explain.artifact",
    "save_model": "mlflow_explain.tracking.flavor",
    # MLflow's loader looks it up on the flavour's module; that module is named in every logged
    # model, so it stays here wherever the code moves.
    "_load_pyfunc": "mlflow_explain.tracking.models.loaded",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
