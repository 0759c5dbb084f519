"""Real servers on free ports of 127.0.0.1: PostgreSQL, S3 by moto, MLflow's own, with and without
users. Each is a context manager that stops what it started, by its id.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg2
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

START_SECONDS, STOP_SECONDS = 300, 20
HOST = "127.0.0.1"
BUCKET = "explanations"
# moto asks for no real ones.
AWS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
ADMIN, READER = ("admin", "password-of-admin"), ("reader", "password-of-reader")
# Of the servers' log files, for the reports of tests that fail.
LOGS: dict[str, Path] = {}


class ServerError(Exception):
    """A server did not start."""


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Parameters
    ----------
    url : str
        Where.
    environment : mapping
        What its clients need beside the address.
    process : subprocess.Popen
        Leader of its own process group.
    """

    url: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    return port


def clean_environment() -> dict[str, str]:
    """Return the environment without what belongs to the tests' own clients.

    MLflow's stores behave in another way where they find pytest's variable.
    """
    ours = ("MLFLOW_", "PYTEST_", "AWS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@contextlib.contextmanager
def running(
    name: str,
    command: list[str],
    ready: Callable[[], Any],
    *,
    stop: signal.Signals = signal.SIGKILL,
    **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server from when it answers until the end of the block.

    By default it is killed then: what it keeps is of no more use.
    """
    handle, path = tempfile.mkstemp(prefix=f"{name}-", suffix=".log")
    LOGS[name] = Path(path)
    with os.fdopen(handle, "wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True, **options,
        )  # fmt: skip
    try:
        _wait(name, process, ready)
        yield process
    finally:
        _stop(process, stop)
        del LOGS[name]
        Path(path).unlink()


def _wait(name: str, process: subprocess.Popen[bytes], ready: Callable[[], Any]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, psycopg2.OperationalError):
            ready()
            return
        # A pause that ends when the server does.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            break
    why = "is silent" if process.poll() is None else f"ended with {process.returncode}"
    raise ServerError(f"{name} {why}:\n{tail(name)}")


def _stop(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """End the process and its children, all of one group; those that do not heed are killed."""
    for sent in (stop, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return


def tail(name: str, lines: int = 40) -> str:
    """Return the last lines of a server's log."""
    text = LOGS[name].read_text(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def answers(url: str) -> Callable[[], Any]:
    def ready() -> None:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - our own server
            reply.read()

    return ready


# -- PostgreSQL ------------------------------------------------------------------------------------


def postgres_tool(name: str) -> str | None:
    """Return where one of PostgreSQL's programs is; Debian keeps them off the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(kept[-1]) if kept else None)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run PostgreSQL and yield the address of an empty database."""
    # Not below pytest's folder, into which no other user may look.
    folder = Path(tempfile.mkdtemp(prefix="mlflow-explain-postgres-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses to be run by
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data, port = folder / "data", free_port()
    try:
        subprocess.run(
            [str(postgres_tool("initdb")), "-D", str(data), "-U", "mlflow", "-A", "trust",
             "-E", "UTF8", "--locale", "C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **user,
        )  # fmt: skip
        address = f"host={HOST} port={port} user=mlflow dbname=postgres"
        command = [
            str(postgres_tool("postgres")), "-D", str(data), "-h", HOST, "-p", str(port),
            "-k", str(folder), "-c", "fsync=off",
        ]  # fmt: skip
        # At SIGINT it ends without waiting for its clients, and leaves no shared memory.
        with running(
            "postgres", command, lambda: psycopg2.connect(address).close(),
            stop=signal.SIGINT, cwd=folder, **user,
        ):  # fmt: skip
            # SQLAlchemy 2.1 takes a bare `postgresql://` for another driver.
            yield f"postgresql+psycopg2://mlflow@{HOST}:{port}/postgres"
    finally:
        shutil.rmtree(folder)


# -- S3 --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def s3() -> Iterator[Server]:
    """Run moto's S3, with one bucket."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    environment = {**AWS, "MLFLOW_S3_ENDPOINT_URL": url}
    command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
    with running(
        "s3", command, answers(f"{url}/moto-api/data.json"), env=clean_environment() | AWS
    ) as process:
        with contextlib.closing(s3_client(url)) as client:
            client.create_bucket(Bucket=BUCKET)
        yield Server(url, environment, process)


def s3_client(url: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
        region_name=AWS["AWS_DEFAULT_REGION"],
    )


# -- MLflow ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def mlflow_server(name: str, *options: str, **environment: str) -> Iterator[Server]:
    """Run `mlflow server` with options and variables of its own."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port),
        "--workers", "1", *options,
    ]  # fmt: skip
    env = clean_environment() | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"} | environment
    with running(name, command, answers(f"{url}/health"), env=env) as process:
        yield Server(url, {}, process)


@contextlib.contextmanager
def server_with_users(folder: Path) -> Iterator[Server]:
    """Run MLflow's app that asks for a name: `ADMIN` may do all, `READER` may read."""
    config = folder / "users.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = READ\n"
        f"database_uri = sqlite:///{folder / 'users.db'}\n"
        f"admin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
        # A password is compared by a function made to be slow; once a minute is enough.
        "auth_cache_ttl_seconds = 60\n"
    )
    with mlflow_server(
        "mlflow-with-users", "--app-name", "basic-auth",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
        MLFLOW_AUTH_CONFIG_PATH=str(config), MLFLOW_FLASK_SERVER_SECRET_KEY=config.stem,
    ) as server:  # fmt: skip
        # Not by MLflow's own client of users, whose module starts the app on import.
        requests.post(
            f"{server.url}/api/2.0/mlflow/users/create",
            json={"username": READER[0], "password": READER[1]}, auth=ADMIN, timeout=30,
        ).raise_for_status()  # fmt: skip
        yield Server(server.url, credentials(ADMIN), server.process)


def credentials(user: tuple[str, str]) -> dict[str, str]:
    return dict(zip(("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"), user, strict=True))
