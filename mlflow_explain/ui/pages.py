"""The page around an explanation's page, and that of two explanations compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.dashboard import compared
from mlflow_explain.ui import parts
from mlflow_explain.ui.site import about, called, plainly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.explanation import Comparison
    from mlflow_explain.tracking.runs.entries import Entry
    from mlflow_explain.ui.site import Site

DELETED = "Its run was deleted; its files are there until MLflow cleans them up."
_KINDS = {"kept": "as it was kept", "new": "made anew"}


def explanation(
    site: Site,
    entry: Entry,
    shown: str,
    kinds: Sequence[str],
    notes: Sequence[str] = (),
    *,
    asks: bool = False,
) -> str:
    """Return the page around an explanation's page.

    Parameters
    ----------
    site : Site
        Where it is.
    entry : Entry
        The explanation.
    shown : {"kept", "new", "live"}
        Which of its pages is shown; the last asks the model, or says why there is none.
    kinds : sequence of str
        Which ones there are.
    notes : sequence of str
        What to say above it.
    asks : bool, default=False
        It asks the model, which no page in a sandbox can.
    """
    run_id, one = entry.run_id, entry.record.id
    path = site.explanation(run_id, one)
    others = [
        parts.link(path, f"Show the page {_KINDS[each]}", show=each)
        for each in kinds
        if each != ("new" if shown == "live" else shown)
    ]
    links = [
        parts.link(site.run(run_id), "Its run"),
        parts.link(f"{site.root}/", "Compare with another", **{"with": f"{run_id}/{one}"}),
        *others,
    ]
    body = (
        f"<h1>{called(entry)}</h1><div class='bar'><span class='soft'>{about(entry)}, "
        f"{parts.text(entry.created)}</span>"
        f"{''.join(f'<span>{each}</span>' for each in links)}</div>"
        + "".join(parts.paragraph(note, "note") for note in notes if note)
        + parts.frame(
            site.document(run_id, one, shown),
            f"Page of {plainly(entry)}", "whole",
            sandboxed=not asks,
        )
    )  # fmt: skip
    return site.page(plainly(entry), body, kind="wide")


def comparison(site: Site, made: Comparison, sides: Sequence[tuple[Entry, str, str]]) -> str:
    """Return two explanations side by side.

    Parameters
    ----------
    site : Site
        Where it is.
    made : Comparison
        Of the two.
    sides : sequence of (Entry, str, str)
        Both, which of its pages is shown of each, and what to say above that.
    """
    links = "".join(
        f"<li>{letter}: {parts.link(site.explanation(each.run_id, each.record.id), called(each))}"
        f" <span class='soft small'>{about(each)}, {parts.text(each.created)}</span></li>"
        for letter, (each, *_) in zip("ab", sides, strict=True)
    )
    frames = "".join(
        "<div>"
        + (parts.paragraph(note, "note") if note else "")
        + parts.frame(
            site.document(each.run_id, each.record.id, kind),
            f"Page of {letter}: {plainly(each)}", "half", sandboxed=True,
        )
        + "</div>"
        for letter, (each, kind, note) in zip("ab", sides, strict=True)
    )  # fmt: skip
    body = (
        f"<h1>Two explanations</h1><ul>{links}</ul>{compared.fragment(made)}"
        f"<h2>Their pages</h2><div class='pair'>{frames}</div>"
    )
    return site.page("Two explanations", body, kind="both")
