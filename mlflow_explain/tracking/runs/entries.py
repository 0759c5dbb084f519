"""A run's explanation as it is listed: its address, its links, and a few words about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from mlflow_explain.tracking.runs.places import place_of, uri_of

if TYPE_CHECKING:
    from mlflow_explain.tracking.runs.records import Record

_LONGEST_COMMENT = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """An explanation as pages list it.

    Parameters
    ----------
    experiment_id, run_id : str
        The run that keeps it.
    record : Record
        What the run's tag says of it.
    """

    experiment_id: str
    run_id: str
    record: Record

    @property
    def artifact_path(self) -> str:
        """Folder within the run's artifacts."""
        return place_of(self.record.id)

    @property
    def uri(self) -> str:
        """Address for `mlflow.artifacts.download_artifacts`."""
        return uri_of(self.run_id, self.record.id)

    @property
    def report(self) -> str:
        """Link to its report, the same on all of MLflow's pages."""
        page = run_page(self.experiment_id, self.run_id)
        name = "report.html" if self.record.has_report else "report.md"
        return f"{page}/artifacts/{quote(self.artifact_path)}/{name}"

    @property
    def picture(self) -> str:
        """Address of its picture, which MLflow's pages show inline; below any prefix of theirs."""
        path = quote(f"{self.artifact_path}/summary.png", safe="")
        return f"get-artifact?path={path}&run_uuid={self.run_id}"

    @property
    def about(self) -> str:
        """What tells it from others, in a few words."""
        told = self.record
        parts = [
            f"“{_cut(told.comment)}”" if told.comment else "",
            told.method,
            f"{told.num_examples:,} rows" if told.num_examples else "no single rows",
            f"{told.num_features:,} columns",
            self.created,
        ]
        return ", ".join(part for part in parts if part)

    @property
    def created(self) -> str:
        """When it was kept, to the minute."""
        day, _, time = self.record.created.partition("T")
        return f"{day} {time[:5]} UTC" if time else day


def run_page(experiment_id: str, run_id: str) -> str:
    """Return the link to a run's page."""
    return f"#/experiments/{experiment_id}/runs/{run_id}"


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_COMMENT else f"{plain[: _LONGEST_COMMENT - 1]}…"
