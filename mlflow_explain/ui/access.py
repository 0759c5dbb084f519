"""Who may ask: the token of the printed address, the cookie it is exchanged for, what is refused.

The server answers on 127.0.0.1, where any page a browser shows, and any process of any user of
this machine, can send requests to it. So each request has to hold a cookie that only the printed
address gives; it has to name this machine (a name that was bound to 127.0.0.1 meanwhile is
refused); and what changes or computes something has to come from a page of ours.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"
# Largest body of a request.
MOST_BYTES = 4 * 2**20

_NAMES = {HOST, "localhost"}
_COOKIE = "mlflow-explain"
_READS = {"GET", "HEAD"}


def _random() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    says : str
        A sentence.
    """

    status: int
    says: str


@dataclass(frozen=True, slots=True)
class Access:
    """The secrets of one start of the server.

    Parameters
    ----------
    token : str
        Stands in the printed address.
    key : str
        The cookie's value, which is never part of an address.
    place : str
        First part of every path but that of the printed address. Browsers send a cookie to all
        ports of a machine, but below its path alone: servers of others there never see it.
    """

    token: str = field(default_factory=_random, repr=False)
    key: str = field(default_factory=_random, repr=False)
    place: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def cookie(self) -> str:
        """The header that sets the cookie."""
        return f"{_COOKIE}={self.key}; Path=/{self.place}; HttpOnly; SameSite=Strict"

    def opens(self, token: str) -> bool:
        """Whether this is the token of the printed address."""
        return secrets.compare_digest(token.encode(), self.token.encode())

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> Refusal | None:
        """Return why a request is not answered, or None if it is.

        Parameters
        ----------
        method, path : str
            What is asked for.
        headers : mapping
            By lower-case names.
        """
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in _NAMES and host not in _NAMES:
            return Refusal(421, f"This server answers to {HOST} and localhost only.")
        from_elsewhere = _from_elsewhere(method, host, headers)
        if from_elsewhere is not None:
            return from_elsewhere
        if path == "/":
            # Whose answer depends on the token, and on nothing else.
            return None if method in _READS else Refusal(405, "Only GET is answered here.")
        if not self._has_key(headers.get("cookie", "")):
            return Refusal(403, "Open the address that `mlflow-explain ui` printed: it has a key.")
        return None

    def _has_key(self, cookies: str) -> bool:
        try:
            found = SimpleCookie(cookies).get(_COOKIE)
        except CookieError:
            return False
        return found is not None and secrets.compare_digest(found.value.encode(), self.key.encode())


def _from_elsewhere(method: str, host: str, headers: Mapping[str, str]) -> Refusal | None:
    """Return the refusal of what another page sends."""
    another = Refusal(403, "Another page asked for this.")
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    if site in {"cross-site", "same-site"} and mode != "navigate":
        return another
    if method in _READS:
        return None
    return another if headers.get("origin") != f"http://{host}" else _bad_body(headers)


def _bad_body(headers: Mapping[str, str]) -> Refusal | None:
    """Return the refusal of a body that is too large, or that a form could send."""
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return Refusal(415, "Send application/json.")
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        return Refusal(411, "Send a body with its length.")
    if len(length) > 12 or int(length) > MOST_BYTES:
        return Refusal(413, f"Send at most {MOST_BYTES // 2**20} MB.")
    return None
