"""`main`: reads the command line, does what it asks, turns errors into messages and exit codes."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mlflow_explain._version import __version__
from mlflow_explain.cli import exits
from mlflow_explain.cli.command import Asked, tracking_uri_option
from mlflow_explain.cli.compare import compare
from mlflow_explain.cli.delete import delete
from mlflow_explain.cli.explain import explain
from mlflow_explain.cli.export import export
from mlflow_explain.cli.listing import list_
from mlflow_explain.cli.report import error_document
from mlflow_explain.cli.serve import serve
from mlflow_explain.cli.show import show
from mlflow_explain.cli.text import plain
from mlflow_explain.cli.ui import ui
from mlflow_explain.cli.verify import verify
from mlflow_explain.errors import ExplainError, cause_of

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "mlflow-explain"

COMMANDS = (explain, list_, show, compare, export, verify, serve, ui, delete)

_EPILOG = f"""
REF stands for an explanation: a run's id (its newest), runs:/RUN_ID/explanations/ID, a model
(models:/NAME/VERSION, models:/NAME@ALIAS, runs:/RUN_ID/NAME) or a folder.

With --json one JSON document is printed to stdout, {{"error": ...}} where it fails. All else goes
to stderr.

\b
Exit codes:
{exits.listed()}

\b
Completion in bash (zsh and fish alike):
  eval "$(_MLFLOW_EXPLAIN_COMPLETE=bash_source {NAME})"
"""


class _InOrder(click.Group):
    """Lists commands in the order of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return list(self.commands)


@click.group(
    NAME,
    cls=_InOrder,
    epilog=_EPILOG,
    commands={str(command.name): command for command in COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@tracking_uri_option
@click.version_option(__version__, prog_name=NAME)
def program(**_: object) -> None:
    """Explanations of models in MLflow: make, find, show, compare, export, verify, serve them."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a character shows its code instead.
        sys.stdout.reconfigure(errors="backslashreplace")
    # MLflow would draw a bar for every file of a model.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line, and return the exit code."""
    try:
        asked = parsed(arguments)
        if isinstance(asked, int):
            return asked
        return _done(asked)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return exits.INTERRUPTED


def parsed(arguments: Sequence[str]) -> Asked | int:
    """Return what is asked for, or the exit code where that was help, or cannot be understood."""
    try:
        asked: Any = program.main(list(arguments), prog_name=NAME, standalone_mode=False)
    except click.ClickException as error:
        return _misused(error, as_json="--json" in arguments)
    return asked if isinstance(asked, Asked) else int(asked or exits.DONE)


def _done(asked: Asked) -> int:
    """Do what is asked, print the answer, and return the exit code."""
    try:
        report = asked.answer()
        told = report.told(as_json=asked.as_json)
    except click.ClickException as error:
        return _misused(error, as_json=asked.as_json)
    except ExplainError as error:
        code = exits.code_of(error)
        parts = {"expected": error.expected, "got": error.got, "fix": error.fix}
        cause = cause_of(error)
        parts |= {} if cause is None else {"cause": cause}
        return _failed(error, code, as_json=asked.as_json, **parts)
    except click.Abort:
        raise
    except Exception as error:  # noqa: BLE001 - the end of the process: all of it is printed
        traceback.print_exc()
        return _failed(error, exits.UNEXPECTED, as_json=asked.as_json)
    code = _printed(told, report.exit_code)
    return report.then(asked.as_json) if report.then and code == report.exit_code else code


def _failed(error: Exception, code: int, *, as_json: bool, **parts: str) -> int:
    click.echo(f"Error: {plain(error)}", err=True)
    if "cause" in parts:
        click.echo(f"Cause: {plain(parts['cause'])}", err=True)
    return _printed(error_document(type(error).__name__, str(error), code, **parts), code, as_json)


def _misused(error: click.ClickException, *, as_json: bool) -> int:
    error.show()
    message = error.format_message()
    return _printed(error_document("UsageError", message, exits.USAGE), exits.USAGE, as_json)


def _printed(text: str, code: int, wanted: bool = True) -> int:
    """Print to stdout, and return the exit code: the one given, if somebody reads."""
    try:
        if wanted:
            click.echo(text)
    except BrokenPipeError:
        # Python would complain when it flushes what nobody reads.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.NO_READER
    return code
