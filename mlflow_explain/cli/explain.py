"""`mlflow-explain explain`: explains a logged model, and keeps the explanation with a run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from mlflow_explain.cli import text
from mlflow_explain.cli.command import command, environment, place_argument, show_option
from mlflow_explain.cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain.tracking.runs.logged import LoggedExplanation


@command("explain")
@place_argument("model_uri", "MODEL")
@place_argument("data")
@click.option("--true-y", metavar="COLUMN", help="Column of DATA with observed outcomes.")
@click.option(
    "--background", metavar="FILE", help="Rows that stand for absent features; by default DATA."
)
@click.option("--classes", metavar="A,B,...", help="Names of the classes, in the model's order.")
@click.option("--comment", metavar="TEXT", help="Kept with the explanation.")
@click.option("--run-id", metavar="ID", help="Run to keep it with; by default a new one.")
@click.option("--experiment", metavar="NAME", help="Experiment of the new run.")
@click.option("--top-k", metavar="K", type=click.IntRange(min=0),
              help="Features kept, and the sum of the others; 0, as by default, "
              "keeps all.")  # fmt: skip
@click.option("--no-data", is_flag=True, help="Do not keep the explained rows.")
@show_option
def explain(
    *,
    model_uri: str,
    data: str,
    true_y: str | None,
    background: str | None,
    classes: str | None,
    comment: str | None,
    run_id: str | None,
    experiment: str | None,
    top_k: int | None,
    no_data: bool,
    shown: int,
) -> Report:
    """Explain MODEL on the rows of DATA.

    MODEL is the address or folder of a logged model, DATA a csv or parquet file.
    """
    if run_id is not None and experiment is not None:
        raise click.UsageError("--run-id and --experiment exclude each other.")
    # MLflow takes seconds to import: not before it is known that there is something to do.
    from mlflow_explain.tracking.explain import explain_model

    with _run_that_ends(experiment):
        logged = explain_model(
            model_uri,
            data,
            initialization_examples=background,
            classes=None if classes is None else classes.split(","),
            true_y=true_y,
            comment=comment,
            run_id=run_id,
            include_data=not no_data,
            top_k=top_k,
        )
    return _report(logged, shown)


@contextlib.contextmanager
def _run_that_ends(experiment: str | None) -> Iterator[None]:
    """Let a run start in an experiment, and end it as it went; one that fails before is none."""
    import mlflow

    from mlflow_explain.tracking.runs.failures import typed

    chosen = {"MLFLOW_EXPERIMENT_NAME": experiment, "MLFLOW_EXPERIMENT_ID": None}
    with environment(chosen if experiment is not None else {}):
        try:
            yield
        except BaseException:
            mlflow.end_run("FAILED")
            raise
        with typed("end the run"):
            mlflow.end_run()


def _report(logged: LoggedExplanation, shown: int) -> Report:
    from mlflow_explain.dashboard import words
    from mlflow_explain.tracking.pages.describe import importance_lines, importances_of

    found = logged.explanation
    kept = {"id": logged.id, "run_id": logged.run_id, "uri": logged.uri, "digest": logged.digest}
    told = [
        text.facts({"Explanation": logged.id, "Run": logged.run_id, "Address": logged.uri}),
        text.plain(words.headline(found)),
        "\n".join(importance_lines(found, shown)),
    ]
    return Report(kept | importances_of(found), "\n\n".join(told))
