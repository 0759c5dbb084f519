"""Every kind of store, started when the first test asks for it and stopped after the last."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mlflow
import pytest

from tests.stores import servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.stores.servers import Server


@dataclass(frozen=True)
class Store:
    """A tracking store as users name it.

    Parameters
    ----------
    uri : str
        The tracking store.
    environment : mapping
        Variables its clients need.
    location : str or None
        Where artifacts go; by default where the store says.
    """

    uri: str
    environment: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make it the store of all that follows, by the environment only."""
        for name in [name for name in os.environ if name.startswith(("MLFLOW_", "AWS_"))]:
            monkeypatch.delenv(name)
        for name, value in {**self.environment, "MLFLOW_TRACKING_URI": self.uri}.items():
            monkeypatch.setenv(name, value)

    def new_run(self) -> str:
        """Return the id of a new run, in an experiment whose artifacts lie where they should."""
        client = mlflow.MlflowClient()
        name = f"artifacts in {self.location or 'the default place'}"
        found = client.get_experiment_by_name(name)
        experiment_id = (
            client.create_experiment(name, self.location) if found is None else found.experiment_id
        )
        run_id: str = client.create_run(experiment_id).info.run_id
        return run_id


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    if servers.postgres_tool("initdb") is None:
        why = "PostgreSQL is not installed: no `initdb` on the path or in /usr/lib/postgresql"
        # Continuous integration must not pass without it.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    with servers.postgres() as uri:
        yield uri


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Server]:
    with servers.s3() as server:
        yield server


@pytest.fixture(scope="session")
def database_server(postgres_uri, s3_server) -> Iterator[Server]:
    """MLflow's server before PostgreSQL and S3: it hands the artifacts on."""
    with servers.mlflow_server(
        "mlflow", "--backend-store-uri", postgres_uri, "--serve-artifacts",
        "--artifacts-destination", f"s3://{servers.BUCKET}/served", **s3_server.environment,
    ) as server:  # fmt: skip
        yield server


@pytest.fixture(scope="session")
def users_server(tmp_path_factory) -> Iterator[Server]:
    with servers.server_with_users(tmp_path_factory.mktemp("users")) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory) -> Store:
    folder = tmp_path_factory.mktemp("sqlite")
    return Store(f"sqlite:///{folder / 'mlflow.db'}", location=str(folder / "artifacts"))


@pytest.fixture(scope="session")
def file_store(tmp_path_factory) -> Store:
    # MLflow adds nothing to this kind of store any more, and asks its users to say so.
    folder = tmp_path_factory.mktemp("mlruns")
    return Store(folder.as_uri(), {"MLFLOW_ALLOW_FILE_STORE": "true"})


@pytest.fixture(scope="session")
def served_store(database_server) -> Store:
    return Store(database_server.url)


@pytest.fixture(scope="session")
def s3_store(database_server, s3_server) -> Store:
    """The same server, and artifacts that clients themselves bring to S3."""
    return Store(database_server.url, s3_server.environment, f"s3://{servers.BUCKET}/direct")


@pytest.fixture(scope="session")
def users_store(users_server) -> Store:
    return Store(users_server.url, users_server.environment)


NEED_SERVERS = ("served", "s3", "users")


@pytest.fixture(
    params=["sqlite", "file", *(pytest.param(n, marks=pytest.mark.server) for n in NEED_SERVERS)]
)
def store(request, tmp_path, monkeypatch) -> Iterator[Store]:
    """Each kind of store in turn."""
    made: Store = request.getfixturevalue(f"{request.param}_store")
    made.enter(monkeypatch)
    monkeypatch.chdir(tmp_path)
    yield made
    while mlflow.active_run():
        mlflow.end_run()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Show the ends of the servers' logs beside a failure."""
    report = yield
    if report.failed and item.get_closest_marker("server"):
        for name in servers.LOGS:
            report.sections.append((f"log of {name}", servers.tail(name)))
    return report
