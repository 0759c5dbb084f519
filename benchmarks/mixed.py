"""Clients of a served model, in threads: they ask what they know the answer of, or hang up."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.workers import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = 300
# A reset connection, or one that was closed before an answer came.
_LOST = (ConnectionError, http.client.IncompleteRead, http.client.BadStatusLine)
_PAUSE = 0.05
# Longer than MLflow lets a request take.
_TIMEOUT = 120.0


@dataclass(frozen=True)
class Asked:
    """A request and its answer.

    Parameters
    ----------
    kind : str
        In the summary.
    name : str
        In complaints.
    body : bytes
        Of the request.
    headers : mapping
        Of the request.
    status : int
        Of the answer.
    answer : bytes or None
        All of it; None where only status and code are compared.
    code : str or None
        `error_code` of a refusal.
    """

    kind: str
    name: str
    body: bytes
    headers: Mapping[str, str]
    status: int
    answer: bytes | None
    code: str | None = None

    def complaint(self, status: int, answer: bytes) -> str | None:
        """Return what is wrong about an answer, if anything is."""
        if status != self.status:
            return f"{self.name}: {status} for {self.status}, {answer[:_SHOWN]!r}"
        if self.answer is None:
            code = json.loads(answer)["error_code"] if self.code else None
            return None if code == self.code else f"{self.name}: {code} for {self.code}"
        if answer == self.answer:
            return None
        at = next(
            (i for i, (a, b) in enumerate(zip(answer, self.answer, strict=False)) if a != b), 0
        )
        found, right = (text[max(at - 80, 0) : at + 80] for text in (answer, self.answer))
        return f"{self.name}: {found!r} for {right!r}"


@dataclass
class Tally:
    """What clients have seen; each method is one step, whichever thread calls it.

    Parameters
    ----------
    statuses : dict of str to Counter
        How often each status came, by kind of request.
    seconds : dict of str to list
        How long answers took, by kind of request.
    complaints : list of str
        What was wrong.
    lost : int
        Requests that died with a worker.
    """

    statuses: dict[str, Counter[int | str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    complaints: list[str] = field(default_factory=list)
    lost: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, asked: Asked, status: int, answer: bytes, seconds: float) -> None:
        """Note an answer."""
        complaint = asked.complaint(status, answer)
        with self._lock:
            self.statuses[asked.kind][status] += 1
            self.seconds[asked.kind].append(seconds)
            if complaint:
                self.complaints.append(complaint)

    def hung_up(self, kind: str) -> None:
        """Note a request whose answer nobody waited for."""
        with self._lock:
            self.statuses[kind]["-"] += 1

    def is_lost(self, asked: Asked, error: Exception, *, excused: bool) -> None:
        """Note a request without an answer."""
        with self._lock:
            self.lost += 1
            if not excused:
                self.complaints.append(f"{asked.name}: {type(error).__name__}, {error}")


@dataclass
class Load:
    """What all clients share.

    Parameters
    ----------
    port : int
        Of the server.
    tally : Tally
        What they note.
    done : threading.Event
        When to stop.
    killed : threading.Event
        Set before a worker is killed: each client may lose one request to that.
    """

    port: int
    tally: Tally = field(default_factory=Tally)
    done: threading.Event = field(default_factory=threading.Event)
    killed: threading.Event = field(default_factory=threading.Event)

    def ask_on(self, requests: Iterator[Asked]) -> None:
        """Ask on one connection, one request after the other, until it is time to stop."""
        may_lose = 1
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_TIMEOUT)
        with contextlib.closing(connection):
            while not self.done.is_set():
                asked = next(requests)
                try:
                    self._ask(connection, asked)
                except (*_LOST, TimeoutError) as error:
                    connection.close()
                    dead = isinstance(error, _LOST) and self.killed.is_set()
                    excused = dead and may_lose > 0
                    may_lose -= excused
                    self.tally.is_lost(asked, error, excused=excused)

    def _ask(self, connection: http.client.HTTPConnection, asked: Asked) -> None:
        begin = time.perf_counter()
        connection.request("POST", "/invocations", asked.body, dict(asked.headers))
        reply = connection.getresponse()
        answer = reply.read()
        self.tally.answered(asked, reply.status, answer, time.perf_counter() - begin)
        if reply.status == http.HTTPStatus.INTERNAL_SERVER_ERROR:
            connection.close()  # as uvicorn does after an error that nobody handled

    def hang_up_on(self, asked: Asked) -> None:
        """Send a part of a request, or take a part of its answer, and hang up; again and again."""
        lines = [f"{name}: {value}" for name, value in asked.headers.items()]
        first = (
            "POST /invocations HTTP/1.1",
            f"Host: {HOST}",
            f"Content-Length: {len(asked.body)}",
        )
        head = "\r\n".join([*first, *lines])
        whole = f"{head}\r\n\r\n".encode() + asked.body
        ways = itertools.cycle(((len(head) // 2, 0), (len(whole) // 2, 0), (None, 0), (None, 64)))
        while not self.done.wait(_PAUSE):
            n_sent, n_read = next(ways)
            # A connection that dies with the worker is hung up, too.
            with contextlib.suppress(*_LOST), _reset(self.port) as connection:
                connection.sendall(whole[:n_sent])
                connection.recv(n_read)
            self.tally.hung_up(asked.kind)


@contextlib.contextmanager
def _reset(port: int) -> Iterator[Any]:
    """Open a connection that is reset in the end: what was on its way is dropped."""
    with socket.create_connection((HOST, port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        yield connection
