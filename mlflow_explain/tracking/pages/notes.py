"""Our part of a text that belongs to the user: found, replaced and removed, all else untouched."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# MLflow's lists show the raw start of a description, so ours begins with a sentence; the first
# marker ends that line. The last one tells what we wrote: what was edited since is the user's.
BEGIN = "<!-- mlflow-explain: begin -->"
_END = "<!-- mlflow-explain: end {length}-{digest} -->"
_PART = re.compile(
    rf"^(?P<line>[^\n]*){BEGIN}(?P<body>(?:(?!{BEGIN}).)*?)"
    r"<!-- mlflow-explain: end (?P<length>\d+)-(?P<digest>[0-9a-f]{12}) -->",
    re.MULTILINE | re.DOTALL,
)

# What every store keeps of a tag or of a version's description: PostgreSQL refuses a longer
# description, and MLflow cuts a longer tag off, our last marker with it.
LIMIT = 5000


def part(sentence: str, body: str = "") -> str:
    """Return our part: a sentence for lists, and what the page shows below it."""
    line, inner = f"{sentence} ", f"\n\n{body}\n\n" if body else "\n\n"
    end = _END.format(length=len(line), digest=_digest(line, inner))
    return f"{line}{BEGIN}{inner}{end}"


def merged(existing: str | None, ours: str) -> str:
    """Return a text with our part replaced or added; the user's words stay as they are.

    Parameters
    ----------
    existing : str or None
        What the page shows now. Our earlier part is replaced where it stands, if it is as we left
        it; one that was edited is the user's own text from then on.
    ours : str
        Our part, as `part` makes it; empty to remove it.

    Examples
    --------
    >>> once = merged("My words.", part("A sentence.", "A table."))
    >>> merged(once, "")
    'My words.'
    """
    before, *after = _around(existing or "")
    if not ours:
        words = (before.rstrip("\n"), *(text.lstrip("\n") for text in after))
        return "\n\n".join(text for text in words if text)
    if not after and before.rstrip("\n"):
        before = before.rstrip("\n") + "\n\n"
    return "".join((before, ours, *after))


def fitted(existing: str | None, forms: Iterable[str], limit: int = LIMIT) -> str:
    """Return the text with the first, so the fullest, of our forms that it has room for.

    Where it has room for none, our part is left out: the user's words are never cut.
    """
    for ours in forms:
        text = merged(existing, ours)
        if len(text) <= limit:
            return text
    return merged(existing, "")


def _around(text: str) -> list[str]:
    """Return the user's text before the first of our parts, and what follows it if there is one."""
    kept, done = [""], 0
    for found in _PART.finditer(text):
        start = _start(found)
        if start is None:
            continue
        kept[-1] += text[done:start]
        kept += [""] if len(kept) == 1 else []
        done = found.end()
    return [*kept[:-1], kept[-1] + text[done:]]


def _start(found: re.Match[str]) -> int | None:
    """Return where our part begins, or None where it was edited."""
    line, size = found["line"], int(found["length"])
    unchanged = size <= len(line) and _digest(line[-size:], found["body"]) == found["digest"]
    return found.start() + len(line) - size if unchanged else None


def _digest(line: str, body: str) -> str:
    """Return what tells our text from an edited one; editors may change white space."""
    words = " ".join(f"{line}\n{body}".split())
    return hashlib.sha256(words.encode()).hexdigest()[:12]
