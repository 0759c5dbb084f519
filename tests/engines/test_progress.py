"""Where a bar is drawn: on terminals and in notebooks."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from mlflow_explain.engines.progress import Progress


def shown(show: bool = True) -> None:
    with Progress(10, show=show, unit="row", advice="ask less") as bar:
        bar.update(10)


def in_shell(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Run as if in a shell of IPython whose class, and those above it, have these names."""
    kind: type = object
    for name in reversed(names):
        kind = type(name, (kind,), {})
    shell = kind()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_a_log_shows_no_bar(capsys: pytest.CaptureFixture[str]):
    shown()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("names", [("ZMQInteractiveShell",), ("Shell", "ZMQInteractiveShell")])
def test_a_notebook_shows_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
):
    in_shell(monkeypatch, *names)
    shown()
    assert "10/10" in capsys.readouterr().err
    shown(show=False)
    assert capsys.readouterr().err == ""


def test_ipython_in_a_pipe_shows_no_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    in_shell(monkeypatch, "TerminalInteractiveShell")
    shown()
    assert capsys.readouterr().err == ""
