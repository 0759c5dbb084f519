"""`mlflow-explain serve`: MLflow's own `mlflow models serve`, in this process's place."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import click

from mlflow_explain.cli.command import TRACKING_URI, command, place_argument
from mlflow_explain.cli.report import Report

# What uvicorn uses when it is there. A model's own requirements name both.
_SERVER = ("uvloop", "httptools")


@command("serve")
@place_argument("model_uri", "MODEL")
@click.option("-h", "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("-p", "--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("-w", "--workers", type=click.IntRange(min=1), metavar="N", help="Server processes.")
@click.option("-t", "--timeout", type=click.IntRange(min=1), metavar="SECONDS",
              help="Longest time of a request.")  # fmt: skip
@click.option("--env-manager", type=click.Choice(["local", "virtualenv", "uv", "conda"]),
              help="local serves from this environment; all others, and MLflow's default, build "
              "one of the requirements logged with the model.")  # fmt: skip
def serve(
    *,
    model_uri: str,
    host: str,
    port: int,
    workers: int | None,
    timeout: int | None,
    env_manager: str | None,
) -> Report:
    """Answer predictions with their reasons over HTTP.

    MODEL is what log_model logged: a model with its explainer, or an explainer alone. This is
    `mlflow models serve`, and ends when that ends; its other settings are those of MLflow.
    """
    _note_a_plain_model(model_uri)
    if env_manager == "local":
        _note_missing(workers)
    options = {
        "--model-uri": model_uri, "--host": host, "--port": port, "--workers": workers,
        "--timeout": timeout, "--env-manager": env_manager,
    }  # fmt: skip
    given = [str(x) for pair in options.items() if pair[1] is not None for x in pair]
    arguments = [sys.executable, "-m", "mlflow", "models", "serve", *given]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    data = {"url": url, "model": model_uri, "command": arguments}
    text = f"Serving {model_uri} at {url}/invocations; Ctrl-C ends it."
    return Report(data, text, then=partial(_become, arguments, os.environ.get(TRACKING_URI)))


def _note_a_plain_model(model_uri: str) -> None:
    """Say so where a model will answer without reasons; of none at all this is the error."""
    from mlflow.models import get_model_info

    from mlflow_explain.tracking.models import addresses
    from mlflow_explain.tracking.models.nested import FLAVOR_NAME
    from mlflow_explain.tracking.runs.failures import typed
    from mlflow_explain.tracking.runs.store import connected

    target = addresses.resolved(model_uri, connected())
    with typed(f"give the model {model_uri}"):
        flavors = get_model_info(target.uri).flavors
    if FLAVOR_NAME not in flavors:
        click.echo(
            f"Warning: {model_uri} answers without reasons: it was not logged by "
            "mlflow_explain.log_model(model, scoring_explainer=...).",
            err=True,
        )


def _note_missing(workers: int | None) -> None:
    missing = [name for name in _SERVER if find_spec(name) is None and sys.platform != "win32"]
    if missing:
        matters = f"with {workers} workers" if workers and workers > 1 else "with several workers"
        click.echo(
            f"Warning: without {' and '.join(missing)} in this environment replies are some 40 ms "
            f"late on connections that are kept open, {matters}: "
            "pip install 'mlflow-explain[serve]'.",
            err=True,
        )


def _become(arguments: list[str], tracking_uri: str | None, as_json: bool) -> int:  # noqa: RET503 - execve ends it
    """Put MLflow's server in this process's place, so that signals are its own."""
    found = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    # MLflow starts uvicorn by its name, also where no environment is activated.
    environment = dict(os.environ, PATH=found)
    if tracking_uri is not None:
        environment[TRACKING_URI] = tracking_uri
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        output = sys.stderr if as_json else None
        return subprocess.call(arguments, env=environment, stdout=output)  # noqa: S603 - as below
    if as_json:
        # The one document is printed; the server's lines go with all else.
        os.dup2(2, 1)
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - our own interpreter
