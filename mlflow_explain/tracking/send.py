"""Sends computed items to a run, in the order given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.tracking.items import ArtifactItem, MetricItem, TagItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow import MlflowClient

    from mlflow_explain.tracking.items import Item


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
