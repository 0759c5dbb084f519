"""What to log, as values: computed first, sent by `store` afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from mlflow_explain.artifact.explanations import (
    IMPORTANCE_TABLE,
    KIND,
    stage,
    without_words_of_rows,
)
from mlflow_explain.artifact.sealed import MANIFEST, seal, write_text
from mlflow_explain.dashboard import markdown, page
from mlflow_explain.tracking.runs.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.records import Record


@dataclass(frozen=True, slots=True)
class ArtifactItem:
    """A local file and the folder of the run's artifacts it goes to."""

    path: Path
    folder: str


@dataclass(frozen=True, slots=True)
class TagItem:
    """A tag of the run."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class MetricsItem:
    """Metrics of the run, logged together; of a logged model of its experiment, too."""

    values: Mapping[str, float]
    model_id: str | None = None


@dataclass(frozen=True, slots=True)
class TableItem:
    """A logged artifact that MLflow's page shows as a table, as it does those of `log_table`."""

    artifact_path: str


Item: TypeAlias = ArtifactItem | TagItem | MetricsItem | TableItem


def staged(
    explanation: Explanation,
    folder: Path,
    *,
    model_uri: str | None,
    model_digest: str | None,
    include_data: bool,
    include_report: bool = True,
    source: Source | None = None,
    run_id: str | None = None,
) -> str:
    """Write everything that is kept of an explanation to a folder, and return its digest."""
    # Served models import this module, too, and draw nothing.
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.plots import summary

    explanation = explanation if include_data else without_words_of_rows(explanation)
    content: dict[str, Any] = stage(explanation, folder, include_data=include_data)
    summary.write(explanation, folder / "summary.png")
    write_text(folder, "report.md", markdown.report(explanation))
    if include_report:
        options = PageOptions(include_data=include_data, model_uri=model_uri, run_id=run_id)
        write_text(folder, "report.html", page.render_or_plain(explanation, source, options))
    return seal(folder, KIND, content | {"model_uri": model_uri, "model_digest": model_digest})


def of(
    explanation: Explanation,
    folder: Path,
    record: Record,
    metrics: Mapping[str, float],
    model_id: str | None = None,
) -> Iterator[Item]:
    """Yield what is sent for a staged explanation.

    The manifest comes after all other files, and the tag that makes the explanation known after
    everything: whatever is interrupted before is not there for any reader.
    """
    root = place_of(explanation.id)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            parent = path.parent.relative_to(folder).as_posix()
            yield ArtifactItem(path, root if parent == "." else f"{root}/{parent}")
    yield ArtifactItem(folder / MANIFEST, root)
    yield TableItem(f"{root}/{IMPORTANCE_TABLE}")
    yield MetricsItem(metrics, model_id)
    yield TagItem(record.key, record.to_json())
