"""`mlflow-explain list`: the explanations of a run, or of the newest runs of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mlflow_explain.cli import text
from mlflow_explain.cli.command import command
from mlflow_explain.cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADS = ("created", "id", "method", "rows", "features", "model", "comment")
_NUMBERS = (3, 4)


@command("list")
@click.argument("run_id", required=False, metavar="[RUN_ID]")
@click.option("--experiment", metavar="NAME", help="List those of an experiment's newest runs.")
@click.option("--max-runs", type=click.IntRange(1, 1000), default=100, show_default=True,
              metavar="N", help="Look at so many runs of the experiment.")  # fmt: skip
@click.option("--comment", metavar="TEXT", help="Only those with this comment.")
def list_(
    *, run_id: str | None, experiment: str | None, max_runs: int, comment: str | None
) -> Report:
    """List explanations of a run or an experiment, the newest last."""
    if (run_id is None) == (experiment is None):
        raise click.UsageError("Name a run, or an --experiment.")
    # MLflow takes seconds to import: not before it is known that there is something to do.
    from mlflow_explain.tracking.client import ExplanationClient
    from mlflow_explain.tracking.listing import of_experiment

    if run_id is not None:
        client = ExplanationClient.from_run_id(run_id)
        found = [
            {**each, "run_id": client.run_id}
            for each in client.list_model_explanations(comment=comment)
        ]
        return Report({"explanations": found}, _table(found, _HEADS))
    found = of_experiment(experiment or "", max_runs=max_runs, comment=comment)
    return Report({"explanations": found}, _table(found, ("run", *_HEADS)))


def _table(found: Sequence[dict[str, Any]], heads: Sequence[str]) -> str:
    if not found:
        return "No explanations."
    shift = len(heads) - len(_HEADS)
    rows = [[_cells(each)[head] for head in heads] for each in found]
    return text.table(heads, rows, right=[place + shift for place in _NUMBERS])


def _cells(each: dict[str, Any]) -> dict[str, object]:
    return {
        "run": each["run_id"],
        # To the second: what follows only orders uploads.
        "created": str(each["created"])[:19].replace("T", " "),
        "id": each["id"],
        "method": each["method"],
        "rows": each["num_examples"] or "-",
        "features": each["num_features"],
        "model": each["model_type"],
        "comment": each["comment"],
    }
