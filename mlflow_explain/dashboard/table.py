"""Global importance as an HTML table with bars; needs no script and no other file."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from mlflow_explain.dashboard import words

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation

TOP_K = 20

STYLE = """
.mlx{font:14px/1.45 system-ui,sans-serif;color:#1a202c;max-width:44rem}
.mlx table{border-collapse:collapse;width:100%}
.mlx caption{text-align:left;font-weight:600;padding:.4rem 0}
.mlx th{text-align:left;font-weight:600}
.mlx td,.mlx th{padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e2e8f0;
 overflow-wrap:anywhere;vertical-align:top}
.mlx tbody th{font-weight:400;width:30%}
.mlx .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:6rem}
.mlx .bar{height:.9rem;margin-top:.2rem;background:#2b6cb0;border-radius:2px}
.mlx table+table{margin-top:1.4rem}
.mlx .note{color:#4a5568}
@media (prefers-color-scheme:dark){.mlx{color:#e2e8f0}.mlx td,.mlx th{border-color:#4a5568}
 .mlx .bar{background:#63b3ed}.mlx .note{color:#cbd5e0}}
"""


def fragment(explanation: Explanation) -> str:
    """Return the headline and the importance table, for a notebook cell."""
    return f"<div class='mlx'><style>{STYLE}</style>{_body(explanation)}</div>"


def importance_table(explanation: Explanation, top_k: int = TOP_K) -> str:
    """Return the most important features as rows of name, bar and number."""
    ranked = explanation.get_feature_importance_dict(top_k)
    largest = max(ranked.values(), default=0.0) or 1.0
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(name)}</th>"
        f"<td><div class='bar' style='width:{100 * value / largest:.1f}%'></div></td>"
        f"<td class='n'>{value:.4g}</td></tr>"
        for name, value in ranked.items()
    )
    caption = f"Global importance, {words.KINDS[explanation.kind]}"
    if len(ranked) < explanation.num_features:
        caption += f" (top {len(ranked)} of {explanation.num_features})"
    return (
        f"<table><caption>{caption}</caption><thead><tr><th scope='col'>Column</th>"
        "<th scope='col'>Share of the largest</th>"
        "<th scope='col' class='n'>Mean |importance|</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _body(explanation: Explanation) -> str:
    sentence = html.escape(words.headline(explanation))
    return f"<p>{sentence}</p>{importance_table(explanation)}"
