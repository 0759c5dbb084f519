"""What all commands have in common: their options, the store they speak to, where they print."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlflow_explain.cli.report import Report

TRACKING_URI = "MLFLOW_TRACKING_URI"
# What MLflow would print beside the answer, unless the user set it.
_QUIET = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line asks for, before anything is done.

    Parameters
    ----------
    work : callable
        Does it.
    as_json : bool
        How the answer is printed.
    tracking_uri : str or None
        The store it speaks to, where an option names one.
    """

    work: Callable[[], Report]
    as_json: bool
    tracking_uri: str | None

    def answer(self) -> Report:
        """Do it; nothing is printed to stdout meanwhile."""
        with surroundings(self.tracking_uri):
            return self.work()


tracking_uri_option = click.option(
    "--tracking-uri", metavar="URI", help=f"Tracking store; by default {TRACKING_URI}."
)
show_option = click.option(
    "--show", "shown", type=click.IntRange(min=0), default=10, show_default=True, metavar="K",
    help="Features shown; 0 shows all.",
)  # fmt: skip
engineered_option = click.option(
    "--engineered", is_flag=True, help="What a Pipeline's preprocessing makes, not raw columns."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def command(name: str) -> Callable[[Callable[..., Report]], click.Command]:
    """Make a function that returns a `Report` a command; its docstring is the help."""

    def made(function: Callable[..., Report]) -> click.Command:
        @functools.wraps(function)
        def asked(*, as_json: bool, tracking_uri: str | None, **given: Any) -> Asked:
            of_group = click.get_current_context().find_root().params.get("tracking_uri")
            work = functools.partial(function, **given)
            return Asked(work, as_json, tracking_uri or of_group)

        return click.command(name)(_json_option(tracking_uri_option(asked)))

    return made


def place_argument(name: str, metavar: str | None = None) -> Callable[[Any], Any]:
    """Return an argument that may be the path of a file or folder; shells complete it as one."""
    return click.argument(name, metavar=metavar or name.upper(), shell_complete=_paths)


def _paths(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


@contextlib.contextmanager
def surroundings(tracking_uri: str | None) -> Iterator[None]:
    """Speak to a store; what is printed goes to stderr, and warnings are one line each."""
    wanted: dict[str, str | None] = {k: v for k, v in _QUIET.items() if k not in os.environ}
    if tracking_uri is not None:
        wanted[TRACKING_URI] = tracking_uri
    # MLflow and libraries below it print to stdout, too.
    with (
        environment(wanted),
        contextlib.redirect_stdout(sys.stderr),
        warnings.catch_warnings(),
    ):
        warnings.showwarning = _show_warning
        yield


@contextlib.contextmanager
def environment(wanted: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables of the environment for a while; None unsets one."""
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(wanted: Mapping[str, str | None]) -> None:
    for name, value in wanted.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"Warning: {' '.join(str(message).split())}", err=True)
