"""Text for terminals: aligned tables, numbers, and names that cannot steer the terminal."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LONGEST = 60
_GAP = "  "


def plain(text: object) -> str:
    r"""Return text on one line with everything that is not printed, or steers a terminal, escaped.

    Examples
    --------
    >>> print(plain("income\x1b[31m"))
    income\x1b[31m
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text)
    )


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def number(value: float | None) -> str:
    """Return a number in four digits, or a dash where there is none."""
    return "-" if value is None or not isfinite(value) else f"{value:.4g}"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> str:
    """Return rows under their heads, in columns.

    Parameters
    ----------
    heads : sequence of str
        Names of the columns.
    rows : iterable of sequences
        Cells as they are; they are escaped, and cut where they are long.
    right : sequence of int
        Positions of the columns that hold numbers, and are set to the right.

    Examples
    --------
    >>> print(table(["feature", "share"], [["age", "0.5"], ["income", "10"]], right=[1]))
    feature  share
    age        0.5
    income      10
    """
    return columns([list(map(_cut, row)) for row in (heads, *rows)], right)


def columns(rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> str:
    """Return rows in columns, without heads; no cell is cut."""
    lines = [[plain(cell) for cell in row] for row in rows]
    n_columns = len(lines[0]) if lines else 0
    widths = [max(width(line[i]) for line in lines) for i in range(n_columns)]
    to_right = [place in right for place in range(n_columns)]
    return "\n".join(_line(line, widths, to_right) for line in lines)


def facts(known: Mapping[str, object]) -> str:
    """Return names and what they are, one a line; what is None is left out."""
    there = {name: value for name, value in known.items() if value is not None}
    longest = max(map(width, there), default=0)
    return "\n".join(_line([name, plain(there[name])], [longest, 0], [False] * 2) for name in there)


def _line(cells: Sequence[str], widths: Sequence[int], to_right: Sequence[bool]) -> str:
    padded = (
        f"{' ' * (size - width(cell))}{cell}" if right else f"{cell}{' ' * (size - width(cell))}"
        for cell, size, right in zip(cells, widths, to_right, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _cut(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
