"""Plain sentences about an explanation, the same on the page, in the report and in the registry."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.explanation import Explanation

CAUTION = (
    "Importances describe what the model does, not what causes the outcome, and many ways to "
    "compute them are approximations. Use them to understand and debug a model; do not base "
    "decisions about people on them alone."
)

_UNITS = {
    "log-odds": "log-odds of the outcome",
    "probability": "probability",
    "margin": "the model's score before it is turned into a prediction",
    "raw": "the unit of the prediction",
}

KINDS = {"raw": "raw columns", "engineered": "engineered features"}

_GAMES = {
    "tree_path_dependent": "absent features follow the training rows in each node of the trees",
    "interventional": "absent features are replaced by background rows",
}


def headline(explanation: Explanation) -> str:
    """Return one sentence that names the most important features."""
    names = explanation.get_ranked_global_names(3)
    return f"{explanation.model_type} relies most on {_listed(names)}."


def facts(explanation: Explanation) -> dict[str, str]:
    """Return the settings a reader needs to read the numbers, by name."""
    background = explanation.background
    rows = f"{explanation.num_examples:,}" if explanation.num_examples else "not kept"
    made = {
        "Model": f"{explanation.model_type} ({explanation.model_task})",
        "Rows explained": rows,
        "Features": f"{explanation.num_features} {KINDS[explanation.kind]}",
        "Importance": explanation.global_measure,
        "Method": explanation.method,
    }
    if explanation.output_space is not None:
        made["Unit"] = f"{explanation.output_space}: {_UNITS[explanation.output_space]}"
    if explanation.feature_perturbation is not None:
        made["Method"] += f"; {_GAMES[explanation.feature_perturbation]}"
    if explanation.classes is not None:
        made["Classes"] = ", ".join(str(label) for label in explanation.classes)
    if background is not None:
        made["Background"] = f"{background.n_rows} rows ({background.method})"
    if explanation.local is not None:
        base = [f"{v:.4g}" if isfinite(v) else "not known" for v in explanation.expected_values]
        made["Expected value"] = ", ".join(base)
    error = explanation.quality.get("additivity_error_max")
    if error is not None:
        made["Largest additivity error"] = f"{error:.2g}"
    made["Explanation"] = explanation.id
    if explanation.comment:
        made["Comment"] = explanation.comment
    return made


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
