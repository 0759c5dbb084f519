"""Connections of the server: one that sends no whole request is closed, and makes room."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

# Seconds in which a request, with its body, has to be there.
PATIENCE = 20.0
# Connections, of which the oldest that sends nothing is closed for another one; and those at which
# requests are refused. Browsers have six to a server.
MOST_OPEN, MOST_BUSY = 48, 64


class Connection(H11Protocol):
    """A connection of uvicorn's that does not wait for ever.

    Whoever is on this machine may connect without a token, and uvicorn counts connections that
    say nothing among those that it answers.
    """

    _deadline: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether a request, or the rest of one, has still to come."""
        cycle = self.cycle
        return cycle is None or cycle.response_complete or cycle.more_body

    def waits_until(self) -> float:
        """Return when it is closed, in the loop's time."""
        return inf if self._deadline is None else self._deadline.when()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._look()
        _make_room(self.connections)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Count from when it began to wait: a byte now and then is no request."""
        if not self.waits:
            self._stop()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(PATIENCE, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _make_room(connections: set[Any]) -> None:
    """Close the connection that has waited longest, where there are many."""
    there = [each for each in connections if not each.transport.is_closing()]
    waiting = [each for each in there if each.waits]
    if len(there) > MOST_OPEN and waiting:
        min(waiting, key=Connection.waits_until).transport.close()
