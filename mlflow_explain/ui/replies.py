"""Replies: pages of ours, pages of explanations in a sandbox, JSON, and errors as either."""

from __future__ import annotations

import base64
import hashlib
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from mlflow_explain import errors
from mlflow_explain.dashboard import table
from mlflow_explain.ui import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Around = Callable[[str, str], str]

# Ours, and that of a comparison, which notebooks show, too.
_STYLES = " ".join(
    f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
    for style in (parts.STYLE, table.STYLE)
)
# Our own pages have no script at all.
POLICY = (
    f"default-src 'none'; style-src {_STYLES}; img-src data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OF_PAGES = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
# A page that somebody kept with a run may hold any script. It runs without an origin: no cookie,
# no request, no form, no window, nothing of the page around it.
SANDBOXED = f"sandbox allow-scripts; {_OF_PAGES}; connect-src 'none'"
# One that this server made of its own template, and that asks this server. Its own policy names the
# digests of its script and style besides.
LIVE = f"{_OF_PAGES}; connect-src 'self'"

# Class of error -> status. An error has the first row that names its class or one it derives from.
_STATUS: tuple[tuple[type[errors.ExplainError], HTTPStatus], ...] = (
    (errors.ArtifactNotFoundError, HTTPStatus.NOT_FOUND),
    (errors.CorruptArtifactError, HTTPStatus.BAD_GATEWAY),
    (errors.FormatVersionError, HTTPStatus.BAD_GATEWAY),
    (errors.StoreAccessError, HTTPStatus.BAD_GATEWAY),
    (errors.StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.InvalidInputError, HTTPStatus.BAD_REQUEST),
    (errors.ExplainError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
_TITLES = {
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.BAD_GATEWAY: "The store gave something else",
    HTTPStatus.SERVICE_UNAVAILABLE: "The store does not answer",
}


def page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return a page of ours."""
    # Another window that opened this one gets no hold of it.
    alone = {"cross-origin-opener-policy": "same-origin"}
    return HTMLResponse(_bytes(html), status, {**alone, **(headers or {})})


def shown(html: str, *, live: bool) -> HTMLResponse:
    """Return the page of an explanation, which stands in a frame of ours."""
    policy = {"content-security-policy": LIVE if live else SANDBOXED}
    return HTMLResponse(_bytes(html), headers=policy)


def _bytes(html: str) -> bytes:
    """Return UTF-8; half a character, which JSON can hold, becomes a question mark."""
    return html.encode(errors="replace")


def as_json(content: Any, status: int = 200) -> Response:
    """Return strict JSON."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def refused(
    status: int, says: str, *, as_json: bool = False, around: Around = parts.document
) -> Response:
    """Return a refusal, as a page or as JSON."""
    if as_json:
        return _told(says, status)
    phrase = HTTPStatus(status).phrase
    return page(around(phrase, f"<h1>{phrase}</h1>{parts.paragraph(says)}"), status)


def failed(
    error: errors.ExplainError, *, as_json: bool = False, around: Around = parts.document
) -> Response:
    """Return an error of the tree, as a page with its parts or as JSON.

    Parameters
    ----------
    error : ExplainError
        What failed.
    as_json : bool
        For a script.
    around : callable
        Makes a page of title and HTML.
    """
    status = status_of(error)
    if as_json:
        return _told(str(error), status)
    title = _TITLES.get(status, "This cannot be shown")
    known = {"Expected": error.expected, "Got": error.got, "What to do": error.fix}
    return page(
        around(title, f"<h1>{title}</h1>{parts.facts(known)}"),
        status,
    )


def unexpected(
    error: Exception, *, as_json: bool = False, around: Around = parts.document
) -> Response:
    """Return what is told of an error nobody expected: its class. The terminal has its trace."""
    says = f"An error nobody expected: {type(error).__name__}. The terminal shows its trace."
    return refused(HTTPStatus.INTERNAL_SERVER_ERROR, says, as_json=as_json, around=around)


def status_of(error: errors.ExplainError) -> HTTPStatus:
    """Return the status of an error."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def _told(says: str, status: int) -> Response:
    return as_json({"message": says}, status)
