"""`mlflow-explain ui`: the explanations of a tracking store in a browser, on this machine only."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import click

from mlflow_explain.cli import exits
from mlflow_explain.cli.command import TRACKING_URI, command, surroundings
from mlflow_explain.cli.report import Report

if TYPE_CHECKING:
    from mlflow_explain.ui.server import Opened


@command("ui")
@click.option("-p", "--port", type=click.IntRange(0, 65535), metavar="PORT",
              help="By default 5055, or a free one if that is taken; 0: a free one.")  # fmt: skip
@click.option("--allow-model-load", is_flag=True,
              help="Load logged models, which runs code that came with them, and answer what-if "
              "in their pages.")  # fmt: skip
@click.option("--open", "open_browser", is_flag=True, help="Open a browser.")
def ui(*, port: int | None, allow_model_load: bool, open_browser: bool) -> Report:
    """Show the explanations of a tracking store in a browser.

    Lists runs and model versions, opens the page of an explanation, and compares two. It answers
    on 127.0.0.1 only, and only whoever opens the address that is printed. Ctrl-C ends it.
    """
    from mlflow_explain.tracking.runs.store import connected
    from mlflow_explain.ui.server import Opened

    # A store that is not there is told before an address is.
    connected()
    opened = Opened.at(port)
    text = f"Explanations at {opened.url}\nCtrl-C ends it."
    serve = partial(_serve, opened, os.environ.get(TRACKING_URI), allow_model_load, open_browser)
    return Report({"url": opened.url, "port": opened.port}, text, then=serve)


def _serve(
    opened: Opened, tracking_uri: str | None, allow_model_load: bool, open_browser: bool, _: bool
) -> int:
    """Answer until the process is interrupted."""
    with surroundings(tracking_uri):
        opened.serve(allow_model_load=allow_model_load, open_browser=open_browser)
    return exits.DONE
