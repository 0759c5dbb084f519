"""A comparison in plain words, as HTML, and as the Markdown kept with a run."""

from __future__ import annotations

import html
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard import table
from mlflow_explain.dashboard.markdown import escaped
from mlflow_explain.dashboard.words import CAUTION, GAMES, counted, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.explanation.comparison import Comparison

TOP_K = 20
_LONGEST_LIST = 5
# Longest name at the head of a column.
_LONGEST_NAME = 24
# Kendall's tau at least this -> what it is called.
_DEGREES = ((1.0, "is the same"), (0.8, "is nearly the same"), (0.5, "is similar"),
            (0.2, "differs much"))  # fmt: skip
_UNLIKE = "is another one"


def paragraph(comparison: Comparison) -> str:
    """Return what a reader should know first, as plain text with names in quotation marks."""
    parts = [
        _who(comparison), _order(comparison), _first(comparison), _largest(comparison),
        _noise(comparison),
    ]  # fmt: skip
    return " ".join([part for part in parts if part] + notes(comparison))


def notes(comparison: Comparison) -> list[str]:
    """Return what limits the comparison, one sentence each."""
    a, b = comparison.a, comparison.b
    named = list(zip(_names(comparison), (a, b), strict=True))
    made = []
    for (name, _), only in zip(named, (comparison.only_a, comparison.only_b), strict=True):
        if only:
            made.append(f"Only “{name}” has {_listed(only)}.")
    if not comparison.same_unit:
        units = f"({a.measure}; {b.measure})"
        if a.measure == b.measure:
            units = f"(scores of {a.model_type} and {b.model_type})"
        made.append(f"Units differ {units}: shares and ranks are compared, values are not.")
    if a.feature_perturbation != b.feature_perturbation and a.measure == b.measure:
        games = [
            f"in “{name}” {GAMES.get(str(side.feature_perturbation), 'no game is known')}"
            for name, side in named
        ]
        made.append(f"The games differ: {'; '.join(games)}.")
    made += [
        f"“{name}” keeps its {side.num_features} most important features only; "
        f"{side.num_left_out} others have {_percent(side.other_share)} of the importance together."
        for name, side in named
        if side.num_left_out
    ]
    return made


def fragment(comparison: Comparison) -> str:
    """Return the paragraph and a table for a notebook cell."""
    it = comparison
    lines = lines_of(it, TOP_K)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(line[0])}</th>"
        + "".join(f"<td class='n'>{html.escape(cell)}</td>" for cell in line[1:])
        + "</tr>"
        for line in lines
    )
    heads = "".join(
        f"<th scope='col'{' class=n' if place else ''}>{html.escape(head)}</th>"
        for place, head in enumerate(heads_of(it))
    )
    caption = f"Shares of the importance{_of_all(it, len(lines))}"
    return (
        f"<div class='mlx'><style>{table.STYLE}</style><p>{html.escape(paragraph(it))}</p>"
        f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def report(comparison: Comparison) -> str:
    """Return the Markdown kept with a run: paragraph, table, picture, what the figures are."""
    it = comparison
    lines = lines_of(it, TOP_K)
    heads = [escaped(head) for head in heads_of(it)]
    body = [f"| {' | '.join(heads)} |", f"| :--- |{' ---: |' * (len(heads) - 1)}"]
    body += [f"| {' | '.join(escaped(cell) for cell in line)} |" for line in lines]
    figures = "\n".join(f"- **{name}**: {escaped(said)}" for name, said in _figures(it).items())
    return (
        f"# {escaped(it.a.name)} and {escaped(it.b.name)}\n\n{escaped(paragraph(it))}\n\n"
        f"Shares of the importance{_of_all(it, len(lines))}:\n\n" + "\n".join(body) + "\n\n"
        "![Both shares of each feature](comparison.png)\n\n"
        f"## Figures\n\n{figures}\n\n{CAUTION}\n"
    )


def _names(it: Comparison) -> tuple[str, str]:
    """Return what the two are called in tables and sentences: by letters where names are long."""
    a, b = (" ".join(side.name.split()) for side in (it.a, it.b))
    return (a, b) if max(len(a), len(b)) <= _LONGEST_NAME and a != b else ("a", "b")


def _who(it: Comparison) -> str:
    """Return what the letters stand for, if names are too long to repeat them."""
    if _names(it) in {("a", "b")} - {(it.a.name, it.b.name)}:
        return " ".join(f"a is “{it.a.name}”, b is “{it.b.name}”.".split())
    return ""


def _order(it: Comparison) -> str:
    a, b = _names(it)
    names = f"“{a}” and “{b}”"
    if it.kendall_tau is None:
        return f"Between {names} no order can be compared: one of them tells no features apart."
    degree = next((said for least, said in _DEGREES if it.kendall_tau >= least), _UNLIKE)
    gain = "" if it.ndcg is None else f", NDCG {it.ndcg:.3f}"
    n_all = len(it.features)
    of_all = f"{n_all} features"
    if it.num_known < n_all:
        of_all = f"the {it.num_known} features that are known of both, of {n_all},"
    return f"The order of {of_all} {degree} in {names} (Kendall's tau {it.kendall_tau:.3f}{gain})."


def _first(it: Comparison) -> str:
    if it.top_k_overlap is None:
        return ""
    if it.top_k == 1:
        return f"The most important feature is {'the same' if it.top_k_overlap else 'another'}."
    return f"{it.top_k_overlap:.0%} of the {it.top_k} most important features are the same."


def _largest(it: Comparison) -> str:
    if np.isnan(it.share_difference).all():
        return "No feature is known of both."
    differences = np.nan_to_num(it.share_difference)
    place = int(np.argmax(np.abs(differences)))
    if abs(differences[place]) < 0.0005:
        return "No feature's share of the importance differs."
    a, b = _names(it)
    return (
        f"“{it.features[place]}” differs most: {_percent(it.a.share[place])} of the importance in "
        f"“{a}”, {_percent(it.b.share[place])} in “{b}”."
    )


def _noise(it: Comparison) -> str:
    beyond = it.beyond_noise
    if beyond is None:
        return ""
    return (
        f"Shares of {int(beyond.sum())} of {len(beyond)} features differ by more than drawing "
        "other rows would explain (two standard errors)."
    )


def heads_of(it: Comparison) -> list[str]:
    """Return the heads of the columns of `lines_of`."""
    heads = ["column", *_names(it), "difference, points", "ranks"]
    return heads if it.beyond_noise is None else [*heads, "beyond noise"]


def lines_of(it: Comparison, top_k: int | None) -> list[list[str]]:
    """Return a line of text per feature: name, both shares, difference, ranks, beyond noise."""
    errors, beyond = it.share_difference_standard_error, it.beyond_noise
    lines = []
    for i, name in enumerate(it.features[:top_k]):
        error = None if errors is None else float(errors[i])
        line = [
            name,
            _percent(it.a.share[i]),
            _percent(it.b.share[i]),
            _points(float(it.share_difference[i]), error),
            f"{it.a.rank[i] or '-'} → {it.b.rank[i] or '-'}",
        ]
        lines.append(line if beyond is None else [*line, "yes" if beyond[i] else "no"])
    return lines


def _of_all(it: Comparison, n_shown: int) -> str:
    n_all = len(it.features)
    return f" (top {n_shown} of {n_all})" if n_shown < n_all else ""


def _percent(share: Any) -> str:
    return "not known" if isnan(share) else f"{share:.1%}"


def _points(difference: float, error: float | None) -> str:
    """Return a difference of shares in percentage points, with its standard error."""
    if isnan(difference):
        return "not known"
    spread = "" if error is None or isnan(error) else f" ± {100 * error:.1f}"
    # What rounds to 0 has no sign of its own.
    return f"{round(100 * difference, 1) + 0.0:+.1f}{spread}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LONGEST_LIST
    shown = listed(names[:_LONGEST_LIST])
    return f"{shown} and {more} more" if more > 0 else shown


def _figures(it: Comparison) -> dict[str, str]:
    """Return the figures of agreement by name, with what they are."""
    every = "every pair of features counts alike; 1 is the same order, -1 the reverse"
    told = {
        "Kendall's tau-b": (it.kendall_tau, every),
        "NDCG": (it.ndcg, "what is important counts most; 1 is the best order"),
        f"Overlap of the top {it.top_k}": (it.top_k_overlap, "which part is the same"),
    }
    made = {
        name: f"{'not defined' if value is None else f'{value:.3f}'} ({what})"
        for name, (value, what) in told.items()
    }
    for letter, side in (("a", it.a), ("b", it.b)):
        rows = f", {counted(side.num_examples, 'row')}" if side.num_examples else ""
        made[f"Explanation {letter}"] = (
            f"{side.name}: {side.explanation_id}, {side.model_type}, {side.method}{rows}"
        )
    if it.beyond_noise is not None:
        same = "the same rows" if it.same_rows else "rows drawn apart"
        made["±"] = f"standard error of the difference, of {same}; training again is not in it"
    return made
