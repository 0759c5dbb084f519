"""An explanation as HTML tables with bars; they need no script and no other file."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard import coloured, words
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.evaluated import attributions_to, column_of, told
from mlflow_explain.data.views import others
from mlflow_explain.explanation._arrays import largest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow_explain.explanation import Explanation

TOP_K = 20
_LONGEST = 60

STYLE = (
    """
.mlx{font:14px/1.45 system-ui,sans-serif;color:#1a202c;max-width:44rem}
.mlx table{border-collapse:collapse;width:100%}
.mlx caption{text-align:left;font-weight:600;padding:.4rem 0}
.mlx th{text-align:left;font-weight:600}
.mlx td,.mlx th{padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e2e8f0;
 overflow-wrap:anywhere;vertical-align:top}
.mlx tbody th{font-weight:400;width:30%}
.mlx .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:6rem}
.mlx .bar{height:.9rem;margin-top:.2rem;background:#2b6cb0;border-radius:2px}
.mlx .low{background:#c05621}
.mlx table+table{margin-top:1.4rem}
.mlx .note{color:#4a5568}
@media (prefers-color-scheme:dark){.mlx{color:#e2e8f0}.mlx td,.mlx th{border-color:#4a5568}
 .mlx .bar{background:#63b3ed}.mlx .low{background:#f6ad55}.mlx .note{color:#cbd5e0}}
"""
    + coloured.STYLE
)


def fragment(explanation: Explanation) -> str:
    """Return a sentence and a table for a notebook cell: one row's attributions, or the global."""
    local = explanation.local
    is_row = local is not None and local.n_rows == 1
    body = _row(explanation) if is_row else _whole(explanation)
    return f"<div class='mlx'><style>{STYLE}</style>{body}</div>"


def importance_table(explanation: Explanation, top_k: int = TOP_K) -> str:
    """Return the most important features as rows of name, bar and number."""
    ranked = explanation.get_feature_importance_dict(top_k)
    spread = explanation.global_.standard_deviations
    order = explanation.global_importance_rank[: len(ranked)]
    deviations = [None] * len(order) if spread is None else [float(spread[i]) for i in order]
    bars = _bars(ranked.values())
    rows = "".join(
        f"<tr>{_name(name)}<td>{bar}</td>{_number(value, deviation)}</tr>"
        for (name, value), bar, deviation in zip(ranked.items(), bars, deviations, strict=True)
    )
    caption = f"Global importance, {words.kind(explanation)}"
    n_all = explanation.num_features + explanation.num_left_out
    if len(ranked) < n_all:
        caption += f" (top {len(ranked)} of {n_all})"
    if explanation.other_importance is not None and len(ranked) == explanation.num_features:
        rows += _others(explanation.num_left_out, explanation.other_importance, "<td></td>")
    measure = html.escape(explanation.global_measure)
    return _table(caption, ("Column", "Share of the largest", measure), rows)


def row_table(explanation: Explanation, top_k: int = TOP_K) -> str:
    """Return the attributions of the only row, largest first, as name, value, bar and number."""
    values, _, unit, left_out = attributions_to(explanation)
    own = values[0]
    order = [int(i) for i in largest(np.nan_to_num(own), top_k)]
    shown = [float(own[i]) for i in order]
    worded = words_of(explanation)
    columns = [
        None if worded is not None and worded.are[i] else column_of(explanation, i) for i in order
    ]
    cells = ["" if column is None else _cell(column.iloc[0]) for column in columns]
    rows = "".join(
        f"<tr>{_name(explanation.features[i])}<td>{cell}</td><td>{bar}</td>{_number(value)}</tr>"
        for i, cell, bar, value in zip(order, cells, _bars(shown), shown, strict=True)
    )
    caption = f"Attributions of one row, {words.kind(explanation)}"
    n_all = len(own) + explanation.num_left_out
    if len(order) < n_all:
        caption += f" (top {len(order)} of {n_all})"
        rest = float(np.delete(own, order).sum() + left_out[0])
        rows += _others(n_all - len(order), rest, "<td></td><td></td>")
    return _table(caption, ("Column", "Value", "Share of the largest", html.escape(unit)), rows)


def _whole(explanation: Explanation) -> str:
    return f"<p>{html.escape(words.headline(explanation))}</p>{importance_table(explanation)}"


def _row(explanation: Explanation) -> str:
    """Return what became of one row: its output, its base value, and what each feature added."""
    sentence = f"<p>{html.escape(words.of_row(explanation))}</p>"
    return f"{sentence}{coloured.text_of(explanation)}{row_table(explanation)}"


def _table(caption: str, heads: tuple[str, ...], rows: str) -> str:
    """Return a table whose last column holds numbers; heads are HTML."""
    columns = "".join(f"<th scope='col'>{head}</th>" for head in heads[:-1])
    return (
        f"<table><caption>{caption}</caption><thead><tr>{columns}"
        f"<th scope='col' class='n'>{heads[-1]}</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _name(name: str) -> str:
    return f"<th scope='row'>{html.escape(name)}</th>"


def _others(n_rest: int, value: float, empty: str) -> str:
    """Return the last row of a table: the sum of what it does not show."""
    return f"<tr><th scope='row'>sum of {others(n_rest)}</th>{empty}{_number(value)}</tr>"


def _cell(value: Any) -> str:
    """Return a value of a row as text, cut to what a cell holds."""
    text = told(value)
    return html.escape(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _number(value: float, deviation: float | None = None) -> str:
    """Return the last cell of a row: a number, with its standard deviation, or a dash."""
    text = f"{value:.4g}" if math.isfinite(value) else "-"
    if deviation is not None and math.isfinite(deviation):
        text += f" ± {deviation:.2g}"
    return f"<td class='n'>{text}</td>"


def _bars(values: Iterable[float]) -> list[str]:
    """Return bars by absolute value, in another colour below zero; no number has no bar."""
    finite = [value if math.isfinite(value) else 0.0 for value in values]
    longest = max((abs(value) for value in finite), default=0.0) or 1.0
    return [
        f"<div class='bar{' low' if value < 0 else ''}' "
        f"style='width:{100 * abs(value) / longest:.1f}%'></div>"
        for value in finite
    ]
