"""The server: a socket of 127.0.0.1, its address with the token, uvicorn until Ctrl-C."""

from __future__ import annotations

import html
import socket
import tempfile
import webbrowser
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow_explain.errors import StoreError, without_passwords
from mlflow_explain.ui.access import HOST, Access

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

PORT = 5055


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """A socket that listens, and who may ask at it.

    Parameters
    ----------
    listening : socket
        Of 127.0.0.1.
    access : Access
        The secrets of this start.
    """

    listening: socket.socket
    access: Access = field(default_factory=Access)

    @classmethod
    def at(cls, port: int | None) -> Opened:
        """Listen at a port; without one at the usual one, or at a free one where that is taken.

        Raises
        ------
        StoreError
            The port is taken.
        """
        try:
            return cls(_bound(PORT if port is None else port))
        except OSError as error:
            if port is None:
                return cls(_bound(0))
            raise StoreError(
                f"port {port} of this machine", error.strerror or "an error", "Choose another one."
            ) from error

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self.listening.getsockname()[1])

    @property
    def url(self) -> str:
        """The address to open, which holds the token."""
        return f"http://{HOST}:{self.port}/?token={self.access.token}"

    def serve(self, *, allow_model_load: bool, open_browser: bool) -> None:
        """Answer until the process is interrupted."""
        server = self.server(allow_model_load=allow_model_load)
        with tempfile.TemporaryDirectory(prefix="mlflow-explain-") as folder:
            if open_browser:
                # The socket listens already: the browser waits until the server accepts.
                webbrowser.open(self._leading_here(Path(folder)).as_uri())
            server.run(sockets=[self.listening])

    def server(self, *, allow_model_load: bool) -> uvicorn.Server:
        """Return what answers."""
        import uvicorn

        from mlflow_explain.ui.connections import MOST_BUSY, Connection

        config = uvicorn.Config(
            self._application(allow_model_load=allow_model_load),
            http=Connection,
            ws="none",
            # Lines of access would hold the token.
            access_log=False,
            log_level="warning",
            lifespan="off",
            server_header=False,
            limit_concurrency=MOST_BUSY,
            timeout_graceful_shutdown=2,
        )
        return uvicorn.Server(config)

    def _leading_here(self, folder: Path) -> Path:
        """Write a page that leads to the address: others see what a browser is started with."""
        page = folder / "open.html"
        url = html.escape(self.url)
        page.write_text(
            f"<!doctype html><meta http-equiv='refresh' content='0;url={url}'>"
            f"<a href='{url}'>mlflow-explain</a>",
            encoding="utf-8",
        )
        return page

    def _application(self, *, allow_model_load: bool) -> ASGIApp:
        from mlflow_explain.tracking.runs.store import connected
        from mlflow_explain.ui.app import application

        store = without_passwords(str(connected().tracking_uri))
        return application(self.access, store, allow_model_load=allow_model_load)


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.bind((HOST, port))
        made.listen(64)
    except OSError:
        made.close()
        raise
    return made
