"""Files of an explanation as MLflow's results of an evaluation hold them.

Results that are saved name these classes by their module, and are read again by that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models.evaluation.artifacts import (
    ImageEvaluationArtifact,
    JsonEvaluationArtifact,
    TextEvaluationArtifact,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class PictureArtifact(ImageEvaluationArtifact):
    """A picture in the run, fetched when it is first looked at or saved."""

    def _save(self, output_artifact_path: str) -> None:
        self.content.save(output_artifact_path)


class ReportArtifact(TextEvaluationArtifact):
    """A page in the run, fetched when it is first looked at or saved."""

    def _save(self, output_artifact_path: str) -> None:
        Path(output_artifact_path).write_text(self.content, encoding="utf-8")

    def _load_content_from_file(self, local_artifact_path: str) -> str:
        # What MLflow's own would read in the encoding of the machine.
        text = Path(local_artifact_path).read_text(encoding="utf-8")
        self._content = text
        return text


class ImportanceArtifact(JsonEvaluationArtifact):
    """The table of global importances in the run, fetched when first looked at or saved."""

    def _save(self, output_artifact_path: str) -> None:
        # MLflow's own writes what was not fetched as null.
        Path(output_artifact_path).write_text(json.dumps(self.content), encoding="utf-8")


# Name -> class, and file of an explanation.
KINDS: Mapping[str, tuple[Any, str]] = {
    "explanation_report": (ReportArtifact, "report.html"),
    "explanation_summary": (PictureArtifact, "summary.png"),
    "explanation_importance": (ImportanceArtifact, "global_importance.json"),
}
