"""What to log, as values: computed first, sent by `send` afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from mlflow_explain.artifact.explanations import IMPORTANCE_TABLE, KIND, stage
from mlflow_explain.artifact.sealed import MANIFEST, seal, write_text
from mlflow_explain.dashboard import markdown, page
from mlflow_explain.explanation import MEAN_ABSOLUTE
from mlflow_explain.plots import summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlflow_explain.explanation import Explanation

ROOT = "explanations"
# Metrics' names have at most 250 characters.
_LONGEST_METHOD = 100
TAG_PREFIX = "mlflow_explain.explanation."


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
class MetricItem:
    """A metric of the run."""

    key: str
    value: float


@dataclass(frozen=True, slots=True)
class TableItem:
    """A logged artifact that MLflow's page shows as a table, as it does those of `log_table`."""

    artifact_path: str


Item: TypeAlias = ArtifactItem | TagItem | MetricItem | TableItem


def staged(
    explanation: Explanation,
    folder: Path,
    *,
    model_uri: str | None,
    model_digest: str | None,
    include_data: bool,
) -> str:
    """Write everything that is kept of an explanation to a folder, and return its digest."""
    content: dict[str, Any] = stage(explanation, folder, include_data=include_data)
    summary.write(explanation, folder / "summary.png")
    write_text(folder, "report.md", markdown.report(explanation))
    write_text(folder, "report.html", page.render(explanation))
    return seal(folder, KIND, content | {"model_uri": model_uri, "model_digest": model_digest})


def of(explanation: Explanation, folder: Path, digest: str) -> Iterator[Item]:
    """Yield what is sent for a staged explanation.

    The manifest comes after all other files, and the tag that makes the explanation known after
    the manifest: whatever is interrupted before is not there for any reader.
    """
    root = f"{ROOT}/{explanation.id}"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            parent = path.parent.relative_to(folder).as_posix()
            yield ArtifactItem(path, root if parent == "." else f"{root}/{parent}")
    yield ArtifactItem(folder / MANIFEST, root)
    yield TableItem(f"{root}/{IMPORTANCE_TABLE}")
    for name, value in metrics(explanation).items():
        yield MetricItem(name, value)
    yield TagItem(f"{TAG_PREFIX}{explanation.id}", digest)


def metrics(explanation: Explanation) -> dict[str, float]:
    """Return the figures by which explanations of different runs are compared.

    A run may keep several explanations, made by different methods. ``explain/<method>/<name>`` is
    of each method, ``explain/<name>`` of the explanation logged last; MLflow keeps the history.
    """
    values = explanation.get_ranked_global_values()
    total = sum(values)
    # Parts of one whole are only means of absolute values; what permutation costs may be negative.
    has_shares = total > 0 and explanation.global_.measure == MEAN_ABSOLUTE
    share = {"share_of_top_5": sum(values[:5]) / total} if has_shares else {}
    known = {k: v for k, v in explanation.quality.items() if v == v} | share  # noqa: PLR0124
    # Whatever an adapter was told made its values must be a part of a metric's name.
    method = re.sub(r"[^\w-]", "_", explanation.method)[:_LONGEST_METHOD] or "method"
    return {
        f"{folder}/{name}": value
        for folder in ("explain", f"explain/{method}")
        for name, value in known.items()
    }
