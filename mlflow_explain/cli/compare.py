"""`mlflow-explain compare`: two explanations side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlflow_explain.cli import exits, text
from mlflow_explain.cli.command import command, engineered_option, place_argument, show_option
from mlflow_explain.cli.report import Report
from mlflow_explain.errors import ArtifactExistsError, InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain.explanation import Comparison

_SHARE = click.FloatRange(-1, 1)


@command("compare")
@place_argument("a", "REF_A")
@place_argument("b", "REF_B")
@show_option
@click.option("--top-k", type=click.IntRange(min=0), metavar="K",
              help="How many features count as the first ones; by default 5, "
              "0 for all.")  # fmt: skip
@engineered_option
@click.option("--output", metavar="FOLDER", help="Write table, picture and text to a new folder.")
@click.option("--log-to", metavar="RUN_ID", help="Keep the comparison with a run.")
@click.option("--min-tau", type=_SHARE, metavar="TAU",
              help="Exit with 1 where Kendall's tau of the two orders is below.")  # fmt: skip
def compare(
    *,
    a: str,
    b: str,
    shown: int,
    top_k: int | None,
    engineered: bool,
    output: str | None,
    log_to: str | None,
    min_tau: float | None,
) -> Report:
    """Compare two explanations: how far their orders agree, and what differs by how much."""
    from mlflow_explain.tracking.compare import compare as compared

    folder = None if output is None else _empty(Path(output))
    made = compared(a, b, top_k=top_k, engineered=engineered, run_id=log_to)
    if folder is not None:
        _write(made, folder)
    if min_tau is not None and made.num_known < len(made.features):
        raise InvalidInputError(
            "two explanations of all their features, to judge the order by --min-tau",
            f"{made.num_known} of {len(made.features)} known of both: one was cut to its top k",
            "Name explanations that were kept whole, by their addresses.",
        )
    tau = made.kendall_tau
    too_low = min_tau is not None and (tau is None or tau < min_tau)
    told = _told(made, shown)
    if too_low:
        told += f"\n\nKendall's tau is below {min_tau:g}."
    return Report(made.to_dict(), told, exits.FAILED if too_low else exits.DONE)


def _told(made: Comparison, shown: int) -> str:
    from mlflow_explain.dashboard.compared import heads_of, lines_of

    rows = lines_of(made, shown or None)
    table = text.table(heads_of(made), rows, right=(1, 2, 3, 4))
    left = len(made.features) - len(rows)
    parts = [text.plain(made.in_words()), "", table, *([f"and {left} more"] if left else [])]
    return "\n".join(parts)


def _empty(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArtifactExistsError("a new or empty folder", str(folder), "Choose another one.")
    return folder


def _write(made: Comparison, folder: Path) -> None:
    from mlflow_explain.tracking.compare import write
    from mlflow_explain.tracking.runs.failures import typed

    with typed(f"take {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        write(made, folder)
