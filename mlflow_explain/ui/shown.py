"""The page of an explanation: as it was kept with its run, or made anew from what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.artifact import explanations
from mlflow_explain.dashboard import page
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.errors import ArtifactNotFoundError, CorruptArtifactError
from mlflow_explain.tracking.runs.kept import opened
from mlflow_explain.ui.latest import Latest

if TYPE_CHECKING:
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.kept import Kept

# As it was kept; made anew; made anew, and asking the model.
KEPT, NEW, LIVE = "kept", "new", "live"
REPORT = "report.html"
# Pages have up to some 30 MB.
_MOST_KEPT = 6
# What every page with data in it has, and what reports of before, and plain ones, lack.
_WITH_DATA = f'id="{page.DATA_ID}"'


class Shown:
    """Pages of explanations; those shown last are at hand."""

    def __init__(self) -> None:
        self._pages: Latest[str] = Latest(_MOST_KEPT)

    def kinds(self, kept: Kept) -> tuple[list[str], str]:
        """Return which pages there are, the one to show first; and why the kept one is none.

        That is the kept one, unless it is a plain table: of before pages held data, or of a page
        that failed. One that is not what was kept takes nothing from the one made anew.
        """
        if not kept.record.has_report:
            return [NEW], ""
        try:
            page_kept = self.kept(kept)
        except (ArtifactNotFoundError, CorruptArtifactError) as error:
            return [NEW], f"The page that was kept is not shown: {error}"
        return ([KEPT, NEW] if _WITH_DATA in page_kept else [NEW, KEPT]), ""

    def kept(self, kept: Kept) -> str:
        """Return the page as it was kept; its bytes are those that were sealed."""
        return self._pages.of((kept.record.digest, KEPT), lambda: _kept(kept))

    def new(self, kept: Kept, source: Source | None = None, live: str | None = None) -> str:
        """Return a page made of what is kept.

        Parameters
        ----------
        kept : Kept
            The explanation.
        source : Source, optional
            Its model, which goes into the page if it can, or why there is none.
        live : str, optional
            Path at which the page may ask the model.
        """
        # Why there is no model may change while the server runs.
        why = None if source is None else source.refused
        key = (kept.record.digest, kept.entry.uri, live or "", why or "")
        return self._pages.of(key, lambda: _rendered(kept, source, live))


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
    return page.render_or_plain(explanation, source, options)
