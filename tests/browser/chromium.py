"""Chromium from the path, and a page in it: what it asked for and what it complained of."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Frame, Locator, Page

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
NARROW, WIDE = 700, 1400
_HEIGHT = 900
_PATIENCE = 60_000  # milliseconds
# Rules of WCAG 2.2 AA, and what axe calls good practice.
_AXE = {"resultTypes": ["violations"]}
# Preact draws what hangs on a frame by a timer behind it, observers of sizes a frame later.
_SETTLED = """async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  }
}"""
_DRAWN = """panel => [...panel.querySelectorAll('svg, canvas')].filter(mark => {
  const { width, height } = mark.getBoundingClientRect();
  if (width < 100 || height < 20) return false;
  if (mark.tagName !== 'CANVAS') return mark.querySelectorAll('rect, path, circle').length > 0;
  const seen = mark.getContext('2d').getImageData(0, 0, mark.width, mark.height).data;
  return seen.some((value, i) => i % 4 === 3 && value > 0);
}).length"""


def path_of_chromium() -> str | None:
    """Return where the browser is: Debian's name first."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Run the browser until the end of the block."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path_of_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Seen:
    """An explanation page as a reader has it before them.

    Parameters
    ----------
    page : Page
        The window.
    frame : Frame
        Where the explanation is: the window itself, or a frame in it.
    problems : list of str
        Errors and warnings of the console, errors of scripts, requests that failed; with addresses.
    requests : list of str
        Addresses asked for, of all frames.
    """

    page: Page
    frame: Frame
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    # -- the parts ---------------------------------------------------------------------------------

    @property
    def tabs(self) -> Locator:
        return self.frame.get_by_role("tablist", name="Parts of the explanation").get_by_role("tab")

    @property
    def panel(self) -> Locator:
        return self.frame.locator("main").get_by_role("tabpanel").first

    def titles(self) -> list[str]:
        """Return the tabs' titles in order."""
        return [text.strip() for text in self.tabs.all_inner_texts()]

    def go(self, title: str) -> Locator:
        """Open a tab, and return its panel once it is drawn."""
        self.frame.get_by_role("tab", name=title, exact=True).click()
        self.settle()
        return self.panel

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list by what both are called."""
        self.frame.get_by_label(label, exact=True).select_option(label=option)
        self.settle()

    def settle(self) -> None:
        """Wait for three frames: signals, effects and observers of sizes have then been heard."""
        self.frame.evaluate(_SETTLED)

    def drawn(self) -> int:
        """Return how many charts of the open tab have something on them."""
        return int(self.panel.evaluate(_DRAWN))

    def text(self) -> str:
        """Return what the page shows as text."""
        return self.frame.locator("body").inner_text()

    # -- how it is looked at -----------------------------------------------------------------------

    def look(self, width: int, theme: str = "light", **media: Any) -> None:
        """Set the width of the window, and the system's theme."""
        self.page.set_viewport_size({"width": width, "height": _HEIGHT})
        self.page.emulate_media(color_scheme=theme, **media)
        self.settle()

    def overflow(self) -> int:
        """Return how many pixels the page is wider than its window."""
        return int(
            self.frame.evaluate(
                "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"
            )
        )

    def violations(self) -> list[str]:
        """Return what axe finds against the page: rule, element, what to do."""
        if not self.frame.evaluate("() => 'axe' in window"):
            self.frame.evaluate(AXE_SCRIPT)
        found = self.frame.evaluate(
            "options => axe.run(document, options).then(it => it.violations)", _AXE
        )
        return [
            f"{rule['id']} {node['target']}: {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]

    def milliseconds(self, measure: str) -> list[float]:
        """Return how long what the page measures by this name took, each time."""
        durations: list[float] = self.frame.evaluate(
            "name => performance.getEntriesByName(name, 'measure').map(it => it.duration)", measure
        )
        return durations


def seen(browser: Browser, width: int = NARROW, theme: str = "light") -> Seen:
    """Return a new window of a profile of its own that notes all."""
    context = browser.new_context(
        viewport={"width": width, "height": _HEIGHT}, color_scheme=theme, locale="en-US"
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    it = Seen(page, page.main_frame)
    context.on("request", lambda request: it.requests.append(request.url))
    context.on("requestfailed", lambda request: it.problems.append(f"failed: {request.url}"))
    context.on("weberror", lambda told: it.problems.append(f"error: {told.error.stack}"))
    context.on("console", lambda said: _heard(it, said))
    return it


def _heard(it: Seen, said: ConsoleMessage) -> None:
    if said.type in ("error", "warning"):
        it.problems.append(f"{said.type}: {said.text} ({said.location['url']})")


# A document that is just being opened has no root element yet.
READY = "() => document.documentElement?.dataset.ready !== undefined"


def opened(browser: Browser, address: str, width: int = NARROW, theme: str = "light") -> Seen:
    """Open a page, and wait until it says that it is drawn."""
    it = seen(browser, width, theme)
    it.page.goto(address)
    it.page.wait_for_function(READY)
    it.settle()
    return it
