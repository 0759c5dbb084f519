"""Sends computed items to a run, in the order given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

from mlflow_explain.tracking.items import ArtifactItem, MetricItem, TableItem, TagItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow import MlflowClient

    from mlflow_explain.tracking.items import Item

# What every tracking store keeps of a tag.
MAX_TAG = 5000


def send(client: MlflowClient, run_id: str, items: Iterable[Item]) -> None:
    """Log each item to the run."""
    for item in items:
        match item:
            case ArtifactItem(path, folder):
                client.log_artifact(run_id, str(path), folder)
            case TagItem(key, value):
                client.set_tag(run_id, key, value)
            case MetricItem(key, value):
                client.log_metric(run_id, key, value)
            case TableItem(artifact_path):
                _show_as_table(client, run_id, artifact_path)


def _show_as_table(client: MlflowClient, run_id: str, artifact_path: str) -> None:
    """Add an artifact to the run's list of tables, by which MLflow's page knows them."""
    known = json.loads(client.get_run(run_id).data.tags.get(MLFLOW_LOGGED_ARTIFACTS, "[]"))
    table = {"path": artifact_path, "type": "table"}
    listed = json.dumps([*known, table])
    # MLflow cuts a longer tag off, and cannot read it again; the file shows as text then.
    if table not in known and len(listed) <= MAX_TAG:
        client.set_tag(run_id, MLFLOW_LOGGED_ARTIFACTS, listed)
