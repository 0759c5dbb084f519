"""`mlflow-explain export`: takes an explanation out of its store, as a file or a folder."""

from __future__ import annotations

from pathlib import Path

import click

from mlflow_explain.cli import formats
from mlflow_explain.cli.command import command, engineered_option, place_argument
from mlflow_explain.cli.report import Report
from mlflow_explain.cli.text import plain


@command("export")
@place_argument("reference", "REF")
@place_argument("destination", "DEST")
@click.option("--format", "format_", type=click.Choice(list(formats.FORMATS)),
              help="By default the suffix of DEST, or else folder.")  # fmt: skip
@click.option("--output", metavar="LABEL", help="Class of a csv or parquet table, or target.")
@engineered_option
@click.option("-f", "--force", is_flag=True, help="Replace DEST.")
def export(
    *,
    reference: str,
    destination: str,
    format_: str | None,
    output: str | None,
    engineered: bool,
    force: bool,
) -> Report:
    """Write an explanation to DEST, once every file it is made of is verified.

    \b
    folder       all files as they are kept, sealed: load_explanation reads it
    csv, parquet attributions per row and feature, or importance per feature
    json         names, values and settings
    html         the report
    png          the picture of the global importance
    """  # noqa: D301 - the character by which click keeps the lines as they are
    from mlflow_explain.tracking.runs.failures import typed
    from mlflow_explain.tracking.sides import sealed_at

    target = Path(destination)
    name = format_ or _by_suffix(target)
    chosen = formats.Choice(output=output, engineered=engineered, force=force)
    formats.check_free(target, name, force=force)
    with sealed_at(reference) as sealed, typed(f"take {target}"):
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        formats.FORMATS[name](sealed, target, chosen)
        explanation_id = sealed.manifest["id"]
    data = {"id": explanation_id, "format": name, "path": str(target)}
    return Report(data, f"Explanation {explanation_id} written to {plain(target)} ({name}).")


def _by_suffix(target: Path) -> str:
    suffix = target.suffix.lower().removeprefix(".")
    if suffix in formats.FORMATS and suffix != formats.FOLDER:
        return suffix
    if suffix:
        known = ", ".join(f".{name}" for name in formats.FORMATS if name != formats.FOLDER)
        raise click.UsageError(
            f"No format has the suffix .{suffix} ({known} have one). Pass --format folder to write "
            "a folder of this name."
        )
    return formats.FOLDER
