"""What the evaluator is told by `evaluator_config` and by the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from mlflow_explain.data.arguments import one_of, seconds, shown, truth, whole, whole_or_none
from mlflow_explain.errors import InvalidInputError

NAME = "mlflow_explain"
SWITCH = "MLFLOW_EXPLAIN_EVALUATOR"

EXPLAINERS = ("auto", "kernel", "mimic", "pfi")

_OFF = {"0", "false", "no", "off"}

# A configuration without evaluators' names is given to all of them: these keys are for MLflow's.
_OF_MLFLOW = {
    "average", "col_mapping", "eval_results_mode", "eval_results_path",
    "explainability_algorithm", "explainability_kernel_link", "explainability_nsamples",
    "ignore_exceptions", "label_list", "log_explainer", "log_metrics_with_dataset_info",
    "log_model_explainability", "max_classes_for_multiclass_roc_pr", "metric_prefix", "pos_label",
    "sample_weights",
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class EvaluatorOptions:
    """Options of the evaluator, checked.

    Parameters
    ----------
    enabled, explainer, max_rows, max_seconds, max_predictions, initialization_examples
        As of `ExplainEvaluator`.
    log_explanations, include_data, top_k, comment
        As of `ExplainEvaluator`.

    Raises
    ------
    InvalidInputError
        One of them is not of its kind.
    """

    enabled: bool = True
    explainer: str = "auto"
    max_rows: int = 1_000
    max_seconds: float = 30.0
    max_predictions: int = 1_000_000
    initialization_examples: Any = None
    log_explanations: bool = True
    include_data: bool = True
    top_k: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("enabled", "log_explanations", "include_data"):
            truth(name, getattr(self, name))
        one_of("explainer", self.explainer, EXPLAINERS)
        whole("max_rows", self.max_rows, 1)
        whole("max_predictions", self.max_predictions, 1)
        whole_or_none("top_k", self.top_k, 0)
        seconds("max_seconds", self.max_seconds)
        if not isinstance(self.comment, str | None):
            raise InvalidInputError("comment to be text", shown(self.comment), "Pass a text.")


KNOWN = tuple(field.name for field in fields(EvaluatorOptions))


def read(config: Any) -> tuple[EvaluatorOptions, list[str]]:
    """Return the options of a configuration, and its keys that nobody knows.

    Parameters
    ----------
    config : mapping or None
        What MLflow hands to the evaluator: its own part of `evaluator_config`, or all of it where
        that names no evaluator.

    Raises
    ------
    InvalidInputError
        The configuration is no mapping, or an option is not of its kind.
    """
    given = {} if config is None else config
    if isinstance(given, Mapping) and isinstance(given.get(NAME), Mapping):
        # By its name, where the only evaluator has one: MLflow hands that on as it is.
        given = given[NAME]
    if not isinstance(given, Mapping):
        raise InvalidInputError("a mapping of options", shown(given), "Pass a dict.")
    chosen = {"enabled": _unless_switched_off(given), **{k: given[k] for k in KNOWN if k in given}}
    unknown = [str(key) for key in given if key not in KNOWN and key not in _OF_MLFLOW]
    return EvaluatorOptions(**chosen), unknown


def _unless_switched_off(given: Mapping[str, Any]) -> bool:
    """Whether to explain where `enabled` does not say: neither switch is off."""
    off = os.environ.get(SWITCH, "").strip().lower() in _OFF
    # What turns off MLflow's own explanations turns off ours where it reaches both.
    return not off and given.get("log_model_explainability", True) is not False
