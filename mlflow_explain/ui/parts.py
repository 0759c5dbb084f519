"""Parts of our own pages: the document, tables, facts, links. All text is escaped here."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CHOOSE = "Choose"
STYLE = (files("mlflow_explain.ui") / "style.css").read_text(encoding="utf-8")


def document(title: str, body: str, top: str = "", kind: str = "") -> str:
    """Return a page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    top : str
        HTML of the bar above it.
    kind : str
        Class of the main part.
    """
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{text(title)} - mlflow-explain</title><link rel='icon' href='data:,'>"
        f"<style>{STYLE}</style></head><body>"
        f"<a class='skip' href='#main'>Skip to the content</a>{top}"
        f"<main id='main'{_class(kind)}>{body}</main></body></html>"
    )


def text(given: object) -> str:
    """Return text as HTML; what comes from a store is kept apart from the direction around it."""
    return html.escape(str(given), quote=True)


def name(given: object) -> str:
    """Return a name from a store as HTML: its direction does not turn what stands beside it."""
    return f"<bdi>{text(given)}</bdi>"


def paragraph(says: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f"<p{_class(kind)}>{text(says)}</p>"


def _class(kind: str) -> str:
    return f" class='{kind}'" if kind else ""


def link(path: str, called: str, **query: str) -> str:
    """Return a link; what it is called is HTML."""
    return f"<a href='{address(path, query)}'>{called}</a>"


def address(path: str, query: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """Return an address as the value of an attribute."""
    pairs = query.items() if hasattr(query, "items") else query
    given = urlencode([(key, value) for key, value in pairs if value])
    return text(f"{path}?{given}" if given else path)


def facts(known: Mapping[str, str]) -> str:
    """Return names and what they are as a table."""
    rows = "".join(
        f"<tr><th scope='row'>{text(key)}</th><td>{name(value)}</td></tr>"
        for key, value in known.items()
        if value
    )
    return f"<table class='facts'><tbody>{rows}</tbody></table>"


def table(caption: str, heads: Sequence[str], rows: Iterable[str]) -> str:
    """Return a list of lines under their heads; rows are HTML."""
    columns = "".join(f"<th scope='col'{_pick(head)}>{text(head)}</th>" for head in heads)
    return (
        f"<table class='list'><caption>{text(caption)}</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _pick(head: str) -> str:
    return _class("pick" if head == CHOOSE else "")


def options(known: Iterable[tuple[str, str]], chosen: str) -> str:
    """Return the options of a select, by value and name."""
    return "".join(
        f"<option value='{text(value)}'{' selected' if value == chosen else ''}>{text(called)}"
        "</option>"
        for value, called in known
    )


def frame(path: str, title: str, kind: str, *, sandboxed: bool) -> str:
    """Return a frame that shows the page of an explanation."""
    # The reply's own policy says the same, for whoever opens its address outside of the frame.
    kept_in = " sandbox='allow-scripts'" if sandboxed else ""
    return (
        f"<iframe class='{kind}' title='{text(title)}' src='{text(path)}'{kept_in}"
        " referrerpolicy='no-referrer' loading='lazy'></iframe>"
    )
