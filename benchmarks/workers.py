"""`mlflow models serve` of a folder on a free port, and the worker processes behind it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
START_SECONDS, STOP_SECONDS = 180, 10
_PAUSE = 0.1
# uvicorn's line about a process that has loaded the model and answers from now on.
_STARTED = re.compile(rb"Started server process \[(\d+)\]")
_KIB = 1024


class ServerError(Exception):
    """A server did not start, or a worker did not come back."""


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Parameters
    ----------
    port : int
        On `HOST`.
    process : subprocess.Popen
        Leader of the process group that all its workers are in.
    log : Path
        What it prints.
    """

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def workers(self) -> list[int]:
        """Return the ids of the processes that answer now, the oldest first."""
        return [worker for worker in self.started() if _is_running(worker)]

    def started(self) -> list[int]:
        """Return the ids of all that ever answered."""
        return [int(found) for found in _STARTED.findall(self.log.read_bytes())]

    def answers(self) -> bool:
        """Whether it takes connections, and says that it is well."""
        try:
            with urllib.request.urlopen(f"{self.url}/ping"):  # noqa: S310 - our own server
                return True
        except OSError:
            return False

    def wait(self, ready: Callable[[], bool]) -> None:
        """Return as soon as a condition holds that the server brings about."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if ready():
                return
            # A pause that ends when the server does.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_PAUSE)
        raise ServerError(self.log.read_text(errors="replace")[-3000:])


@contextlib.contextmanager
def serving(folder: Path, n_workers: int = 1) -> Iterator[Server]:
    """Serve a model until the end of the block, from when all its workers answer.

    Parameters
    ----------
    folder : Path
        Of the model.
    n_workers : int, default=1
        How many processes answer.
    """
    port = _free_port()
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder),
        "--env-manager", "local", "-p", str(port), "--workers", str(n_workers),
    ]  # fmt: skip
    # MLflow starts uvicorn by its name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as temporary:
        log = Path(temporary) / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - MLflow's own command
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True, env=os.environ | {"PATH": path},
            )  # fmt: skip
        server = Server(port, process, log)
        try:
            server.wait(lambda: len(server.workers()) == n_workers and server.answers())
            yield server
        finally:
            _stop(process)


def resident_mib(worker: int) -> float | None:
    """Return how much memory a process has now; None if there is no such process any more."""
    try:
        status = Path(f"/proc/{worker}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / _KIB if found else None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and those of its group: uvicorn, which it started, and the workers."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        # It may have stopped by itself.
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, how)
            process.wait(STOP_SECONDS)


def _is_running(process: int) -> bool:
    # One that was killed stays without memory until the one that started it has noticed.
    return resident_mib(process) is not None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    return port
