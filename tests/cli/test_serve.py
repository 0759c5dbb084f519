from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from mlflow_explain.cli import serve
from tests import small
from tests.serving import body_of

BIN = Path(sys.executable).parent / "mlflow-explain"
START_SECONDS = 120


@pytest.fixture
def becomes(monkeypatch):
    """Keep the process from being replaced; what it would have become."""
    seen = {}

    def execve(path, arguments, environment):
        seen.update(path=path, arguments=arguments, environment=environment)
        sys.exit(0)

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    return seen


def test_it_is_mlflows_own_server(cli, becomes, shop):
    code, out, err = cli(
        "serve", "models:/pair/1", "--port", 5002, "--workers", 2, "--env-manager", "uv"
    )
    assert (code, err) == (0, "")
    assert out == "Serving models:/pair/1 at http://127.0.0.1:5002/invocations; Ctrl-C ends it.\n"
    assert becomes["arguments"] == [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", "models:/pair/1",
        "--host", "127.0.0.1", "--port", "5002", "--workers", "2", "--env-manager", "uv",
    ]  # fmt: skip
    assert becomes["environment"]["MLFLOW_TRACKING_URI"] == shop.uri
    assert becomes["environment"]["PATH"].startswith(str(BIN.parent))
    # What is quiet for other commands is as the user set it for the server.
    assert "MLFLOW_LOGGING_LEVEL" not in becomes["environment"]


def test_its_store_may_be_an_option(cli, becomes, shop, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    answer = cli("serve", "models:/pair/1", "--tracking-uri", shop.uri, "--json")
    told = json.loads(answer.out)
    assert told["url"] == "http://127.0.0.1:5000"
    assert told["command"] == becomes["arguments"]
    assert becomes["environment"]["MLFLOW_TRACKING_URI"] == shop.uri


def test_a_plain_model_is_served_with_a_warning(cli, becomes):
    code, _, err = cli("serve", "models:/plain/1")
    assert code == 0
    assert err.startswith("Warning: models:/plain/1 answers without reasons")
    assert becomes


def test_what_makes_replies_late_is_told(cli, becomes, monkeypatch):
    monkeypatch.setattr(serve, "find_spec", lambda _: None)
    command = ("serve", "models:/pair/1", "--workers", 2, "--env-manager")
    told = cli(*command, "local").err
    assert told.startswith("Warning: without uvloop and httptools in this environment")
    assert "with 2 workers" in told
    # An environment of the model's own has both.
    assert cli(*command, "uv").err == ""


def test_no_model_no_server(cli, becomes):
    assert cli("serve", "models:/nosuch/1").code == 3
    assert cli("serve", "./nosuch").code == 3
    assert becomes == {}


@pytest.mark.server
def test_a_pair_is_served_and_ends_with_the_command(shop):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [BIN, "--tracking-uri", shop.uri, "serve", "models:/pair/1", "-p", str(port),
               "--env-manager", "local", "--json"]  # fmt: skip
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait(port, server)
        reply = _asked(port)
        assert [row["explanation_status"] for row in reply["predictions"]] == ["ok", "ok"]
        assert set(reply["predictions"][0]["local_importance_values"]) == {"a", "b", "c"}
    finally:
        server.send_signal(signal.SIGTERM)
        out, _ = server.communicate(timeout=START_SECONDS)
    # The server's own lines are elsewhere.
    assert json.loads(out)["url"] == f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while _answers(port):
        assert time.monotonic() < deadline, "the server did not end with the command"


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        assert server.poll() is None, "the server stopped"
        assert time.monotonic() < deadline, "the server is silent"
        time.sleep(0.2)


def _answers(port: int) -> bool:
    with (
        contextlib.suppress(urllib.error.URLError, ConnectionError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=START_SECONDS) as reply,
    ):
        return reply.status == 200
    return False


def _asked(port: int) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations",
        data=json.dumps(body_of(small.FRAME.head(2))).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - our own server
        return json.load(reply)
