"""A text with its tokens coloured, as HTML that needs no script: for the cell of a notebook."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.views import to_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.explanation import Explanation

LEVELS = 5
# Tokens that are shown: a cell is no place for a book.
MOST_TOKENS = 1000
# What is so small beside the largest is what rounding leaves of a difference.
_NOTHING = 1e-6
# What would turn the direction of all that stands behind it.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SHARES = (16, 36, 56, 78, 100)
_THICK = (1, 2, 2.5, 3, 4)


def _rules(sign: str, line: str, colour: str) -> str:
    each = zip(range(1, LEVELS + 1), _SHARES, _THICK, strict=True)
    return "".join(
        f".mlx .{sign}{level}{{background:rgba({colour},{share / 200:g});"
        f"text-decoration:{line} {thick}px rgb({colour})}}"
        for level, share, thick in each
    )


# Sign by where the line is and whether it is broken, size by its thickness: not by colour alone.
STYLE = (
    "\n.mlx .text{white-space:pre-wrap;overflow-wrap:anywhere;line-height:2.1;"
    "unicode-bidi:plaintext;max-height:24rem;overflow:auto;border:1px solid #cbd5e0;"
    "border-radius:6px;padding:.5rem .8rem}"
    ".mlx .text span{text-decoration-skip-ink:none}.mlx .alone{unicode-bidi:isolate}\n"
    + _rules("r", "underline solid", "194,37,92")
    + _rules("l", "overline dashed", "43,108,176")
    + "\n"
)


def text_of(explanation: Explanation) -> str:
    """Return the text of the only row as HTML; nothing where the explanation is not of a text.

    Parameters
    ----------
    explanation : Explanation
        Of one row. The class or target is that of its table.
    """
    local = explanation.local
    data: Any = explanation.eval_data
    if local is None or local.tokens is None or local.n_rows != 1:
        return ""
    if not is_frame(data) or local.tokens.column not in data.columns:
        return ""
    text: str = data[local.tokens.column].iloc[0]
    if not text:
        return "<p class='note'>The text is empty.</p>"
    tokens = to_tokens(explanation)
    some = tokens.iloc[:MOST_TOKENS]
    end = len(text) if len(some) == len(tokens) else int(some["end"].iloc[-1])
    values = some["importance"].tolist()
    pieces = _pieces(text[:end], some["start"].tolist(), some["end"].tolist(), values)
    more = "…" if len(some) < len(tokens) else ""
    note = "Line below: raises the output. Broken line above: lowers it. The thicker, the more."
    if more:
        note += f" The first {len(some):,} of {len(tokens):,} tokens."
    return f"<div class='text' dir='auto'>{pieces}{more}</div><p class='note'>{note}</p>"


def _pieces(text: str, starts: Sequence[int], ends: Sequence[int], values: Sequence[float]) -> str:
    finite = [abs(value) for value in values if math.isfinite(value)]
    largest = max(finite, default=0.0)
    found, at = [], 0
    for start, end, value in zip(starts, ends, values, strict=True):
        # Whatever tokens overlap, no character is shown twice.
        first = max(at, start)
        last = max(first, end)
        found += [_piece(text[at:first], ""), _piece(text[first:last], _name(value, largest))]
        at = last
    return "".join([*found, _piece(text[at:], "")])


def _name(value: float, largest: float) -> str:
    """Return the class of a value: its sign, and its size in steps."""
    if not math.isfinite(value) or abs(value) <= _NOTHING * largest:
        return ""
    level = min(LEVELS, math.ceil(LEVELS * abs(value) / largest))
    return f"{'r' if value > 0 else 'l'}{level}"


def _piece(text: str, name: str) -> str:
    if not text:
        return ""
    names = [name] if name else []
    if _TURNS.search(text):
        names.append("alone")
    shown = _visible(text)
    plain = html.escape(shown.encode("utf-8", "replace").decode("utf-8"))
    return f"<span class='{' '.join(names)}'>{plain}</span>" if names else plain


def _visible(text: str) -> str:
    """Return characters that have no shape, and stand alone, by their numbers."""
    if all(unicodedata.category(char) in {"Cc", "Cf"} and not char.isspace() for char in text):
        return " ".join(f"U+{ord(char):04X}" for char in text)
    return text
