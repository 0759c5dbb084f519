"""The command: its port, its address, and that it ends when it is interrupted."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from mlflow_explain.cli.program import run
from mlflow_explain.errors import StoreError
from mlflow_explain.ui import server
from mlflow_explain.ui.server import Opened

BIN = Path(sys.executable).parent / "mlflow-explain"
SECONDS = 120


@pytest.fixture
def taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_it_listens_on_this_machine_only():
    opened = Opened.at(0)
    with opened.listening:
        assert opened.listening.getsockname()[0] == "127.0.0.1"
        assert opened.url == f"http://127.0.0.1:{opened.port}/?token={opened.access.token}"


def test_a_port_that_is_taken_is_told_where_it_was_asked_for(taken, monkeypatch):
    with pytest.raises(StoreError, match=f"port {taken}"):
        Opened.at(taken)
    monkeypatch.setattr(server, "PORT", taken)
    opened = Opened.at(None)
    with opened.listening:
        assert opened.port != taken


def test_a_port_that_is_taken_ends_the_command(taken, store, capsys):
    assert run(["ui", "--port", str(taken)]) == 5
    assert f"port {taken} of this machine" in capsys.readouterr().err


def test_no_other_address_is_offered(store, capsys):
    assert run(["ui", "--host", "0.0.0.0"]) == 2  # noqa: S104 - refused
    assert "--host" in capsys.readouterr().err


def test_the_browser_is_opened_only_when_asked(store, monkeypatch, capsys):
    shown, served = [], []

    def opened(uri):
        page = Path(url2pathname(urlsplit(uri).path))
        # Whoever else is on this machine sees the path, and cannot read the file.
        assert page.parent.stat().st_mode & 0o077 == 0
        shown.append(page.read_text())

    monkeypatch.setattr("webbrowser.open", opened)
    monkeypatch.setattr("uvicorn.Server.run", lambda _, sockets: served.append(sockets))
    for options in ([], ["--open"]):
        assert run(["ui", "--port", "0", *options]) == 0
        served[-1][0].close()
    assert len(served) == 2
    assert len(shown) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Explanations at http://127.0.0.1:")
    assert printed[2].removeprefix("Explanations at ") in shown[0]


def asked(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read().decode()
    finally:
        connection.close()


@pytest.fixture
def interruptible():
    """Programs that tests start in the background would be deaf to interrupts, as these are."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.server
@pytest.mark.usefixtures("interruptible")
def test_the_command_serves_until_it_is_interrupted(store, tmp_path):
    command = [str(BIN), "ui", "--port", "0", "--json", "--tracking-uri", store.uri]
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    with (
        (tmp_path / "err").open("w+") as err,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=err, env=environment, cwd=tmp_path
        ) as process,
    ):
        try:
            document = b""
            for line in process.stdout:
                document += line
                if line == b"}\n":
                    break
            told = json.loads(document)
            url = urlsplit(told["url"])
            assert asked(told["port"], "/")[0] == 403
            status, headers, text = asked(told["port"], f"/?{url.query}")
            assert status == 200
            assert "server" not in headers
            cookie = headers["set-cookie"].partition(";")[0]
            place = text.partition("url=")[2].partition("'")[0]
            status, _, text = asked(told["port"], place, Cookie=cookie)
            assert status == 200
            assert store.credit.id in text
            assert asked(told["port"], place)[0] == 403
            assert asked(told["port"], place, Cookie=cookie, Host="evil.example")[0] == 421
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 130
        finally:
            process.kill()
        err.seek(0)
        said = err.read()
    assert said.rstrip().endswith("Interrupted.")
    # Neither a line per request nor the token.
    assert url.query.partition("=")[2] not in said
    assert "Traceback" not in said
