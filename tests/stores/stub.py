"""A server that stands before a real one, hands everything on, and fails when it is told to."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Of one connection alone, and therefore never handed on.
_HOP = {"connection", "expect", "keep-alive", "transfer-encoding"}


class Stub:
    """Hands requests on to a server, counts them, and fails as told.

    Parameters
    ----------
    url : str
        Of the real server.
    """

    def __init__(self, url: str) -> None:
        self.real = urlsplit(url)
        self.seen: list[tuple[str, str]] = []
        self._fault: tuple[str, str] | None = None
        self._hanging = threading.Event()
        self._port = 0
        self._start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def count(self, step: str) -> int:
        """Return how many requests came for a step, ``"PUT manifest.json"``."""
        return sum(_is_of(step, *request) for request in self.seen)

    @contextlib.contextmanager
    def failing(self, how: str, step: str) -> Iterator[None]:
        """Fail at each request of a step: with a status, or ``"hang"``."""
        self._fault = how, step
        self._hanging.clear()
        try:
            yield
        finally:
            self._fault = None
            self._hanging.set()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Be gone: nobody listens at the address."""
        self.close()
        try:
            yield
        finally:
            self._start()

    def close(self) -> None:
        self._hanging.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _start(self) -> None:
        stub = self

        class Handler(_Handler):
            owner = stub

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        # Asked ten times a second whether to stop.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,))
        self._thread.start()

    def fault_of(self, method: str, path: str) -> str | None:
        """Note a request, and return how to fail at it."""
        self.seen.append((method, path))
        if self._fault is None or not _is_of(self._fault[1], method, path):
            return None
        how = self._fault[0]
        if how == "hang":
            self._hanging.wait()
        return how


def _is_of(step: str, method: str, path: str) -> bool:
    asked, _, end = step.partition(" ")
    return method == asked and urlsplit(path).path.endswith(end)


class _Handler(BaseHTTPRequestHandler):
    """One request to the stub."""

    protocol_version = "HTTP/1.1"
    owner: Stub

    def _answer(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.fault_of(self.command, self.path)
        if fault == "hang":  # and is not waited for any more
            return
        status, headers, content = (
            self._handed_on(body) if fault is None else (int(fault), [], b"told to fail")
        )
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in {*_HOP, "content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _handed_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        real = http.client.HTTPConnection(self.owner.real.netloc, timeout=60)
        with contextlib.closing(real):
            real.request(self.command, self.path, body, headers)
            answer = real.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer ``do_GET``, ``do_PUT`` and all others alike."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
