"""The browser, and pages of every kind of model: each made once, opened by the tests that ask."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.chromium import Seen


def pytest_collection_modifyitems(items) -> None:
    here = os.path.dirname(__file__)  # noqa: PTH120 - many items: strings are quicker
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


# Not for longer than a module: while it runs, no other test can start a loop of asyncio.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium.path_of_chromium() is None:
        why = "chromium is not installed: none on the path"
        # Continuous integration must not pass without it.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="session")
def page_file(tmp_path_factory) -> Callable[[str], Path]:
    """Return the file of a page by its name in `pages.PAGES`."""
    made: dict[str, Path] = {}
    folder = tmp_path_factory.mktemp("pages")

    def file(name: str) -> Path:
        if name not in made:
            path = folder / f"{name}.html"
            path.write_text(pages.PAGES[name](), encoding="utf-8")
            made[name] = path
        return made[name]

    return file


@pytest.fixture
def show(browser, page_file) -> Iterator[Callable[..., Seen]]:
    """Open a page by name, as a file; all are closed after the test."""
    opened = []

    def open_page(name: str, width: int = chromium.NARROW, theme: str = "light") -> Seen:
        it = chromium.opened(browser, page_file(name).as_uri(), width, theme)
        opened.append(it)
        return it

    yield open_page
    for it in opened:
        it.page.context.close()
