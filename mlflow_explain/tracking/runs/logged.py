"""`LoggedExplanation`: where an explanation was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlflow_explain.tracking.runs.places import uri_of

if TYPE_CHECKING:
    from mlflow_explain.explanation import Explanation


@dataclass(frozen=True, slots=True)
class LoggedExplanation:
    """Where an explanation was kept.

    Parameters
    ----------
    explanation : Explanation
        As it was logged: with comment, outcomes and cohort columns.
    run_id : str
        The run.
    experiment_id : str
        The run's experiment.
    artifact_path : str
        Folder within the run's artifacts.
    digest : str
        sha256 of its manifest, which holds the sha256 of every file.
    """

    explanation: Explanation
    run_id: str
    experiment_id: str
    artifact_path: str
    digest: str

    @property
    def id(self) -> str:
        """The explanation's id."""
        return self.explanation.id

    @property
    def uri(self) -> str:
        """Address for `mlflow.artifacts.download_artifacts`."""
        return uri_of(self.run_id, self.id)
