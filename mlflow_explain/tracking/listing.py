"""The explanations of an experiment's newest runs, by the tags of the runs alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mlflow_explain.errors import ArtifactNotFoundError
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.places import uri_of
from mlflow_explain.tracking.runs.records import records_of
from mlflow_explain.tracking.runs.store import connected


def of_experiment(
    name: str, *, max_runs: int = 100, comment: str | None = None
) -> list[dict[str, Any]]:
    """Return what is known of each explanation of an experiment's newest runs, the newest last.

    Parameters
    ----------
    name : str
        The experiment.
    max_runs : int, default=100
        So many runs are looked at, those started last.
    comment : str, optional
        Only explanations with this comment.

    Returns
    -------
    list of dict
        As of `ExplanationClient.list_model_explanations`, with ``run_id``.

    Raises
    ------
    ArtifactNotFoundError
        There is no such experiment.
    StoreError
        The store failed or refused.
    """
    client = connected()
    with typed(f"show the experiment {name!r}"):
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            raise ArtifactNotFoundError(f"the experiment {name!r}", "none", "Check the name.")
        runs = client.search_runs(
            [experiment.experiment_id], order_by=["start_time DESC"], max_results=max_runs
        )
    found = [
        asdict(record) | {"uri": uri_of(run.info.run_id, record.id), "run_id": run.info.run_id}
        for run in runs
        for record in records_of(run.data.tags)
        if comment is None or record.has_comment(comment)
    ]
    return sorted(found, key=lambda each: (each["created"], each["id"]))
