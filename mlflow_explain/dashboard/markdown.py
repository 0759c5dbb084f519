"""Markdown for people and pages that show it: the report, and the registry's description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlflow_explain.dashboard import words
from mlflow_explain.data.views import others

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation

# Words of texts in a report, at most.
_MOST_WORDS = 100

# Backslashes are not understood alike: MLflow's pages show some, and make links, mentions and
# pictures of what they stand before. References are. An underscore within a word stays readable.
_SPECIAL = re.compile(
    r"[\\`*\[\]<>|$~&@]|(?<!\d):(?=\S)|:(?=\S*:|//)|(?<=www)\.|(?<![^\W_])_+|_+(?![^\W_])",
    re.IGNORECASE,
)


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line, anywhere but at a line's start."""
    return _SPECIAL.sub(_referred, " ".join(text.split()))


def _referred(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in found[0])


def importance_table(explanation: Explanation, top_k: int | None = None) -> str:
    """Return the global importance as a Markdown table, with standard deviations if measured."""
    ranked = explanation.get_feature_importance_dict(top_k)
    measure = escaped(explanation.global_.measure)
    spread = explanation.global_.standard_deviations
    ends = [""] * len(ranked)
    lines = [f"| rank | {words.head(explanation)} | {measure} |", "| ---: | :--- | ---: |"]
    if spread is not None:
        ends = [f" {spread[i]:.2g} |" for i in explanation.global_importance_rank]
        lines = [f"{lines[0]} standard deviation |", f"{lines[1]} ---: |"]
    lines += [
        f"| {rank} | {escaped(name)} | {value:.4g} |{end}"
        for rank, ((name, value), end) in enumerate(zip(ranked.items(), ends, strict=False), 1)
    ]
    other = explanation.other_importance
    if other is not None and len(ranked) == explanation.num_features:
        empty = "" if spread is None else " |"
        lines.append(f"| | sum of {others(explanation.num_left_out)} | {other:.4g} |{empty}")
    return "\n".join(lines)


def report(explanation: Explanation) -> str:
    """Return the whole report: sentence, table, picture, settings, caution."""
    most, note = None, ""
    if words.kind(explanation) != words.KINDS[explanation.kind]:
        # Texts have thousands of words.
        most = min(_MOST_WORDS, explanation.num_features)
        if most < explanation.num_features:
            note = f"\n\nThe first {most} of {explanation.num_features:,} are listed."
    facts = "\n".join(
        f"- **{name}**: {escaped(value)}" for name, value in words.facts(explanation).items()
    )
    return (
        "# Why the model predicts what it predicts\n\n"
        f"{escaped(words.headline(explanation))}\n\n"
        f"{importance_table(explanation, most)}{note}\n\n"
        "![Global importance](summary.png)\n\n"
        f"## How it was made\n\n{facts}\n\n{words.CAUTION}\n"
    )
