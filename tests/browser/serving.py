"""`mlflow-explain ui` with live models, in a thread of the test."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from mlflow_explain.ui.app import application
from mlflow_explain.ui.server import Opened
from tests.browser import chromium
from tests.browser.chromium import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route


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


class Asked:
    """What a page asks its model: let through, held until it is let go, or refused.

    It is there before the page is: requests of a page that is open may pass one that comes later.

    Parameters
    ----------
    page : Page
        A window in which no page is open yet.
    """

    def __init__(self, page: Page) -> None:
        self._asked: list[tuple[str, Any]] = []
        self._waiting: list[Route] | None = None
        self._is_refused = False
        page.context.route("**/live/**", self._take)

    def _take(self, route: Route) -> None:
        self._asked.append((route.request.url.rpartition("/")[2], route.request.post_data_json))
        if self._is_refused:
            route.abort()
        elif self._waiting is None:
            route.continue_()
        else:
            self._waiting.append(route)

    def hold(self) -> None:
        """Hold what is asked from now on."""
        self._asked.clear()
        self._waiting = []

    def release(self) -> None:
        """Let it go, and what is asked later, too."""
        waiting, self._waiting = self._waiting or [], None
        for route in waiting:
            route.continue_()

    def refuse(self) -> None:
        """Break the connection to what is asked from now on."""
        self._is_refused = True

    def texts(self) -> dict[str, list[str]]:
        """Return the last text of each question since they were held, by what was asked."""
        found: dict[str, list[str]] = {}
        for what, body in self._asked:
            found.setdefault(what, []).append(body["columns"]["text"][-1])
        return found


@dataclass(kw_only=True)
class Live(Seen):
    """An explanation page with a live model."""

    asked: Asked


def open_live(
    browser: Browser, opened: Opened, kept: str, width: int, theme: str = "light"
) -> Live:
    """Open the page of an explanation by the address its server has in it."""
    seen = chromium.seen(browser, width, theme)
    page, asked = seen.page, Asked(seen.page)
    page.goto(opened.url)
    page.wait_for_url(f"**/{opened.access.place}/")
    page.goto(f"http://127.0.0.1:{opened.port}/{opened.access.place}/{kept}")
    frame = page.wait_for_selector("iframe").content_frame()
    frame.wait_for_function(chromium.READY)
    return Live(page, frame, seen.problems, seen.requests, asked=asked)
