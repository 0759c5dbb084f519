"""`log_explanation`: keeps an explanation with a run."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np

from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.tracking import items
from mlflow_explain.tracking.send import send

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
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
        return f"runs:/{self.run_id}/{self.artifact_path}"


def log_explanation(
    explanation: Explanation,
    *,
    run_id: str | None = None,
    comment: str | None = None,
    true_y: Any = None,
    cohort_data: Rows | None = None,
    model_uri: str | None = None,
    model_digest: str | None = None,
    include_data: bool = True,
) -> LoggedExplanation:
    """Keep an explanation with a run: values, rows, report, picture, table, metrics.

    Parameters
    ----------
    explanation : Explanation
        What to keep.
    run_id : str, optional
        The run; by default the active one, or a new one.
    comment : str, optional
        Free text kept with it.
    true_y : array-like of shape (n_rows,), optional
        Observed outcomes of the explained rows.
    cohort_data : DataFrame of n_rows rows, optional
        Columns the model never sees, kept to compare groups of rows.
    model_uri : str, optional
        The logged model it explains.
    model_digest : str, optional
        Digest of that model's files.
    include_data : bool, default=True
        Keep the explained rows and the cohort columns. Without them the values are kept alone.

    Returns
    -------
    LoggedExplanation

    Raises
    ------
    LengthMismatchError
        Outcomes or cohort columns are not of the explained rows.
    """
    complete = _completed(explanation, comment, true_y, cohort_data)
    client = mlflow.MlflowClient()
    run = client.get_run(run_id) if run_id else mlflow.active_run() or mlflow.start_run()
    with tempfile.TemporaryDirectory(prefix="mlflow-explain-") as temporary:
        folder = Path(temporary)
        digest = items.staged(
            complete,
            folder,
            model_uri=model_uri,
            model_digest=model_digest,
            include_data=include_data,
        )
        send(client, run.info.run_id, items.of(complete, folder, digest))
    return LoggedExplanation(
        complete,
        run.info.run_id,
        run.info.experiment_id,
        f"{items.ROOT}/{complete.id}",
        digest,
    )


def _completed(
    explanation: Explanation, comment: str | None, true_y: Any, cohort_data: Rows | None
) -> Explanation:
    """Return the explanation with what the user adds to it."""
    if not hasattr(explanation, "global_importance_values"):
        raise InvalidInputError(
            "an Explanation", type(explanation).__name__, "Pass what an explainer returned."
        )
    if comment is not None:
        explanation = replace(explanation, comment=comment)
    if true_y is None and cohort_data is None:
        return explanation
    if explanation.rows is None:
        raise MissingPartError(
            "an explanation that holds its rows",
            "one without",
            "Leave out `true_y` and `cohort_data`.",
        )
    rows = explanation.rows
    outcomes = rows.true_y if true_y is None else np.asarray(true_y)
    cohorts = rows.cohort_data if cohort_data is None else cohort_data
    return replace(explanation, rows=replace(rows, true_y=outcomes, cohort_data=cohorts))
