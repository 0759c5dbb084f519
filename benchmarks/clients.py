"""Clients that ask a server over HTTP, many at once in one thread, and as cheaply as can be.

A library of HTTP would take more of the two cores it shares with a server than the server's answer.
"""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from dataclasses import dataclass

from benchmarks.workers import HOST

_CHUNK = 1 << 18
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Round:
    """What clients measured.

    Parameters
    ----------
    latencies : list of float
        Seconds of each request, from its sending to the end of its reply.
    seconds : float
        Between the first sending and the last reply.
    client_seconds : float
        Of the client's own processor time.
    """

    latencies: list[float]
    seconds: float
    client_seconds: float

    @property
    def rate(self) -> float:
        """Replies a second."""
        return len(self.latencies) / self.seconds

    @property
    def typical(self) -> float:
        """Median of the seconds that a reply took."""
        return statistics.median(self.latencies)

    @property
    def cost(self) -> float:
        """Seconds of the client's processor time that a request took."""
        return self.client_seconds / len(self.latencies)


class Client:
    """One open connection that sends one request again and again."""

    def __init__(self, port: int, body: bytes) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = (
            f"POST /invocations HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body
        self._got = bytearray()
        self._wanted = 0
        self.began = 0.0

    def send(self) -> None:
        """Send the request; a server on this machine takes it at once."""
        self._got.clear()
        self._wanted = 0
        self.began = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> bool:
        """Take what has come, and return whether the reply is complete."""
        part = self.socket.recv(_CHUNK)
        if not part:
            raise ConnectionError("The server closed a connection.")
        self._got += part
        if not self._wanted and (end := self._got.find(_END_OF_HEAD)) >= 0:
            self._wanted = end + len(_END_OF_HEAD) + self._length(bytes(self._got[:end]))
        return bool(self._wanted) and len(self._got) >= self._wanted

    def body(self) -> bytes:
        """Return the body of the reply that is complete."""
        return bytes(self._got).partition(_END_OF_HEAD)[2]

    @staticmethod
    def _length(head: bytes) -> int:
        """Return the length of the body that a head announces, of a reply that is no error."""
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(f"The server answered {head[:40]!r}.")
        return int(head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0])


def reply(port: int, body: bytes) -> bytes:
    """Ask once, and return the reply's body."""
    client = Client(port, body)
    with client.socket:
        client.send()
        while not client.receive():
            pass
        return client.body()


def asked(port: int, body: bytes, n_clients: int, seconds: float) -> Round:
    """Ask for some seconds, each client again as soon as it has its reply.

    Parameters
    ----------
    port : int
        Of a server on this machine.
    body : bytes
        Of every request, JSON.
    n_clients : int
        As many connections, opened and used once before the time starts.
    seconds : float
        After which no request is sent any more.
    """
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        everyone = [Client(port, body) for _ in range(n_clients)]
        for client in everyone:
            selector.register(client.socket, selectors.EVENT_READ, client)
        _run(selector, everyone, [], 0.0)
        began, used = time.perf_counter(), time.process_time()
        _run(selector, everyone, latencies, began + seconds)
        ended, used = time.perf_counter(), time.process_time() - used
        for client in everyone:
            client.socket.close()
    return Round(latencies, ended - began, used)


def _run(
    selector: selectors.BaseSelector, everyone: list[Client], latencies: list[float], until: float
) -> None:
    """Let each client ask until a time, at least once; keep how long each reply took."""
    for client in everyone:
        client.send()
    waiting = len(everyone)
    while waiting:
        for key, _ in selector.select():
            client = key.data
            if client.receive():
                now = time.perf_counter()
                latencies.append(now - client.began)
                if now < until:
                    client.send()
                else:
                    waiting -= 1
