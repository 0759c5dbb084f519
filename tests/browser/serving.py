"""`mlflow-explain ui` with live models, in a thread of the test."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

from mlflow_explain.ui.app import application
from mlflow_explain.ui.server import Opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Route

    from tests.browser.chromium import Seen


@contextlib.contextmanager
def live_ui() -> Iterator[Opened]:
    """Serve the tracking store until the end of the block."""
    opened = Opened.at(0)
    app = application(opened.access, "sqlite", allow_model_load=True)
    server = uvicorn.Server(
        uvicorn.Config(app, access_log=False, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened.listening]})
    thread.start()
    try:
        yield opened
    finally:
        server.should_exit = True
        thread.join()


class Held:
    """What a page asks its model from now on, held until it is let go.

    Parameters
    ----------
    it : Seen
        The page.
    """

    def __init__(self, it: Seen) -> None:
        self._context = it.page.context
        self._asked: list[tuple[str, Any]] = []
        self._waiting: list[Route] | None = []
        self._context.route("**/live/**", self._take)

    def _take(self, route: Route) -> None:
        self._asked.append((route.request.url.rpartition("/")[2], route.request.post_data_json))
        if self._waiting is None:
            route.continue_()
        else:
            self._waiting.append(route)

    def release(self) -> None:
        """Let it go, and what is asked later, too."""
        waiting, self._waiting = self._waiting or [], None
        for route in waiting:
            route.continue_()

    def texts(self) -> dict[str, list[str]]:
        """Return the last text of each question, by what was asked."""
        found: dict[str, list[str]] = {}
        for what, body in self._asked:
            found.setdefault(what, []).append(body["columns"]["text"][-1])
        return found
