"""`mlflow-explain delete`: removes an explanation from a run, after asking."""

from __future__ import annotations

import click

from mlflow_explain.cli import exits
from mlflow_explain.cli.command import command
from mlflow_explain.cli.report import Report


@command("delete")
@click.argument("run_id", metavar="RUN_ID")
@click.argument("explanation_id", metavar="EXPLANATION_ID")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete(*, run_id: str, explanation_id: str, yes: bool) -> Report:
    """Delete an explanation of a run: its record and its files; its metrics stay."""
    from mlflow_explain.tracking.client import ExplanationClient

    client = ExplanationClient.from_run_id(run_id)
    data = {"run_id": client.run_id, "id": explanation_id}
    # Deleting what is not there says what there is instead; nobody needs to be asked.
    asks = not yes and explanation_id in {x["id"] for x in client.list_model_explanations()}
    if asks and not click.confirm(f"Delete {explanation_id} of run {client.run_id}?", err=True):
        return Report(data | {"deleted": False}, "Nothing was deleted.", exits.FAILED)
    client.delete_model_explanation(explanation_id)
    return Report(data | {"deleted": True}, f"Deleted {explanation_id}.")
