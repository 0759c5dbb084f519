"""The page of an explanation: as it was kept with its run, or made anew from what is kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from mlflow_explain.artifact import explanations
from mlflow_explain.dashboard import page
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.tracking.runs.kept import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.kept import Kept

# As it was kept; made anew; made anew, and asking the model.
KEPT, NEW, LIVE = "kept", "new", "live"
REPORT = "report.html"
# Pages have up to some 30 MB.
_MOST_KEPT = 6
# What a page that holds its rows has in it, and reports of before such pages lack.
_WITH_ROWS = "application/octet-stream"


class Shown:
    """Pages of explanations; those shown last are at hand."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._lock = threading.Lock()

    def kinds(self, kept: Kept) -> list[str]:
        """Return which pages there are, the one to show first: a kept one may lack the rows."""
        if not kept.record.has_report:
            return [NEW]
        return [KEPT, NEW] if _WITH_ROWS in self.kept(kept) else [NEW, KEPT]

    def kept(self, kept: Kept) -> str:
        """Return the page as it was kept; its bytes are those that were sealed."""
        return self._at_hand((kept.record.digest, KEPT), lambda: _kept(kept))

    def new(self, kept: Kept, source: Source | None = None, live: str | None = None) -> str:
        """Return a page made of what is kept.

        Parameters
        ----------
        kept : Kept
            The explanation.
        source : Source, optional
            Its model, which goes into the page if it can.
        live : str, optional
            Path at which the page may ask the model.
        """
        key = (kept.record.digest, kept.entry.uri, live or "")
        return self._at_hand(key, lambda: _rendered(kept, source, live))

    def _at_hand(self, key: tuple[str, ...], made: Callable[[], str]) -> str:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        found = made()
        with self._lock:
            self._pages[key] = found
            while len(self._pages) > _MOST_KEPT:
                self._pages.popitem(last=False)
        return found


def _kept(kept: Kept) -> str:
    with opened(kept.store, kept.record) as sealed:
        return sealed.text(REPORT)


def whole(kept: Kept) -> Explanation:
    """Return the explanation with its rows; all files are verified."""
    with opened(kept.store, kept.record) as sealed:
        return explanations.read(sealed)


def _rendered(kept: Kept, source: Source | None, live: str | None) -> str:
    explanation = whole(kept)
    options = PageOptions(
        live=live, run_id=kept.entry.run_id, model_uri=kept.record.model_uri,
        title=explanation.comment,
    )  # fmt: skip
    return page.rendered(explanation, source, options)
