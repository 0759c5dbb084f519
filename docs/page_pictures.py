"""Pictures of the explanation page, tab by tab: ``python -m docs.page_pictures``.

Writes ``docs/images/*.png``, which ``docs/page.md`` shows. ``--all FOLDER`` writes every tab of
several pages, narrow and wide, light and dark, to be looked at.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect

from examples.reviews import load, model
from mlflow_explain import ExplanationDashboard, TextExplainer
from tests.browser import chromium, pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser

    from tests.browser.chromium import Seen

OUT = Path(__file__).parent / "images"
_WIDTH, _HEIGHT, _MARGIN = 1200, 1100, 16
_COLORS = 256
# What the page says of what it computes after the first drawing.
_WORKING = re.compile(r"^(Searching|Computing)…")
_THEMES = ("light", "dark")
# Where a picture begins, if not at the tabs: the picked row, not the choice of rows.
_BEGINNING = {"single-rows": ".panel .card >> nth=1"}


def each_tab(it: Seen) -> Iterator[str]:
    """Open the tabs one after the other, and yield their names as names of files."""
    for title in it.titles():
        it.go(title)
        it.page.evaluate("() => scrollTo(0, 0)")
        yield title.lower().replace(" ", "-")


def kept(path: Path, seen: bytes) -> None:
    """Write a picture; a page has few colours, and a palette of them keeps the file small."""
    path.write_bytes(seen)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    sys.stdout.write(f"{path}\n")


def for_the_docs(browser: Browser, folder: Path, out: Path) -> None:
    """Make one picture of each tab of the mortgage model's page."""
    it = _opened(browser, folder, "mortgage", _WIDTH, "light")
    it.go("Single rows").get_by_role("button", name="Explain the first row").click()
    for tab in each_tab(it):
        expect(it.panel.get_by_text(_WORKING)).to_have_count(0)
        it.settle()
        place = _BEGINNING.get(tab, ".tabs")
        top = it.frame.locator(place).first.bounding_box()["y"] if tab != "overview" else 0
        clip = {"x": 0, "y": max(0, top - _MARGIN), "width": _WIDTH, "height": _HEIGHT}
        kept(out / f"page-{tab}.png", it.page.screenshot(clip=clip, full_page=True))
    it.page.context.close()


def of_a_text(browser: Browser, folder: Path, out: Path) -> None:
    """Make a picture of a review of the example, explained."""
    reviews = load()
    fitted = model().fit(reviews.train, reviews.train_y)
    explanation = TextExplainer(fitted, reviews.train).explain_global(reviews.test[:100])
    made = ExplanationDashboard(explanation, fitted, true_y=reviews.test_y[:100], title="Reviews")
    (folder / "reviews.html").write_text(made.html, encoding="utf-8")
    it = _opened(browser, folder, "reviews", _WIDTH, "light")
    panel = it.go("Text")
    panel.get_by_label("Find by id").fill("6")
    panel.get_by_role("button", name="Show", exact=True).click()
    it.settle()
    top = it.frame.locator(".tabs").first.bounding_box()["y"]
    clip = {"x": 0, "y": max(0, top - _MARGIN), "width": _WIDTH, "height": _HEIGHT}
    kept(out / "page-text.png", it.page.screenshot(clip=clip, full_page=True))
    it.page.context.close()


def everything(browser: Browser, folder: Path, out: Path, names: Iterable[str]) -> None:
    """Make pictures of the whole of every tab."""
    for name in names:
        for width in (chromium.NARROW, chromium.WIDE):
            for theme in _THEMES:
                it = _opened(browser, folder, name, width, theme)
                for tab in each_tab(it):
                    path = out / f"{name}-{tab}-{width}-{theme}.png"
                    kept(path, it.page.screenshot(full_page=True))
                for problem in it.problems:
                    sys.stdout.write(f"{name} {width} {theme}: {problem}\n")
                it.page.context.close()


def _opened(browser: Browser, folder: Path, name: str, width: int, theme: str) -> Seen:
    path = folder / f"{name}.html"
    if not path.exists():
        path.write_text(pages.PAGES[name](), encoding="utf-8")
    return chromium.opened(browser, path.resolve().as_uri(), width, theme)


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, help="a folder for every tab, width and theme")
    parser.add_argument("--pages", nargs="+", default=pages.EXAMPLES, choices=pages.PAGES)
    asked = parser.parse_args()
    out = asked.all or OUT
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium.running() as browser:
        if asked.all:
            everything(browser, Path(folder), out, asked.pages)
        else:
            for_the_docs(browser, Path(folder), out)
            of_a_text(browser, Path(folder), out)


if __name__ == "__main__":
    main()
