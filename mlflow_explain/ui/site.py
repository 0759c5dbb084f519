"""`Site`: paths and frame of our own pages; and what an explanation is called on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from mlflow_explain.ui import parts

if TYPE_CHECKING:
    from mlflow_explain.tracking.runs.entries import Entry

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Site:
    """Where our pages are, and of which store.

    Parameters
    ----------
    root : str
        What all paths begin with.
    store : str
        The store's address, without passwords.
    """

    root: str
    store: str

    def explanation(self, run_id: str, explanation_id: str) -> str:
        """Return the path of the page around an explanation's page."""
        return f"{self.root}/explanation/{quote(run_id, safe='')}/{quote(explanation_id, safe='')}"

    def document(self, run_id: str, explanation_id: str, kind: str) -> str:
        """Return the path of an explanation's page itself."""
        return f"{self.root}/page/{quote(run_id, safe='')}/{quote(explanation_id, safe='')}/{kind}"

    def run(self, run_id: str) -> str:
        """Return the path of the list of a run's explanations."""
        return f"{self.root}/run/{quote(run_id, safe='')}"

    def page(self, title: str, body: str, here: str = "", kind: str = "") -> str:
        """Return a page of ours under its bar."""
        links = (("Explanations", "/"), ("Model versions", "/models"))
        bar = "".join(
            f"<a href='{self.root}{path}'{' aria-current=page' if called == here else ''}>"
            f"{called}</a>"
            for called, path in links
        )
        top = (
            f"<header class='top'><strong>mlflow-explain</strong><nav aria-label='Lists'>{bar}"
            f"</nav><span class='store'>{parts.name(self.store)}</span></header>"
        )
        return parts.document(title, body, top, kind)


def entered(root: str) -> str:
    """Return the page that leads from the printed address to the list, without the token."""
    # Not a redirect: a browser that was sent here by another site would not send the cookie along.
    path = parts.text(f"{root}/")
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>mlflow-explain</title>"
        f"<meta http-equiv='refresh' content='0;url={path}'></head>"
        f"<body><p><a href='{path}'>Explanations</a></p></body></html>"
    )


def called(entry: Entry) -> str:
    """Return what an explanation is called, as HTML: by its comment, else by its model."""
    return parts.name(plainly(entry))


def plainly(entry: Entry) -> str:
    """Return the same as plain text."""
    told = " ".join((entry.record.comment or "").split())
    whole = told or entry.record.model_type or entry.record.id
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"


def about(entry: Entry) -> str:
    """Return what tells it from others, as HTML."""
    record = entry.record
    rows = f"{record.num_examples:,} rows" if record.num_examples else "no single rows"
    told = (record.model_type, record.method, rows, f"{record.num_features:,} columns")
    return ", ".join(parts.name(each) for each in told if each)
