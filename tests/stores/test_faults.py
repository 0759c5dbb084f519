"""Stores that are down, hang, refuse or are locked: typed errors after so many tries, and nothing
half-written is listed afterwards.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from mlflow.exceptions import MlflowException
from sklearn.linear_model import Ridge

from mlflow_explain import ExplanationClient, TabularExplainer, load_model, log_model
from mlflow_explain.errors import StoreAccessError, StoreError
from mlflow_explain.explanation import EvaluatedRows
from mlflow_explain.tracking.runs import store as run_store
from mlflow_explain.tracking.runs.items import ArtifactItem, TagItem
from mlflow_explain.tracking.runs.records import TAG_PREFIX
from mlflow_explain.tracking.runs.store import RunStore
from tests.explanation.test_value import made
from tests.stores import servers
from tests.stores.conftest import Store
from tests.stores.stub import Stub

ROOT = Path(__file__).parents[2]
RETRIES = 1
# How users bound what MLflow waits for.
BOUNDS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(RETRIES),
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    # And what Amazon's library does, tries in all.
    "AWS_MAX_ATTEMPTS": str(1 + RETRIES),
}


@pytest.fixture
def before_mlflow(database_server, monkeypatch):
    """A stub before MLflow's server, which the clients are told of."""
    stub = Stub(database_server.url)
    Store(stub.url, BOUNDS).enter(monkeypatch)
    yield stub
    stub.close()


@pytest.fixture
def before_s3(database_server, s3_server, monkeypatch):
    """A stub before S3, which the clients are told of."""
    stub = Stub(s3_server.url)
    environment = {**BOUNDS, **s3_server.environment, "MLFLOW_S3_ENDPOINT_URL": stub.url}
    Store(database_server.url, environment).enter(monkeypatch)
    yield stub
    stub.close()


def new_client(location: str | None = None) -> ExplanationClient:
    return ExplanationClient.from_run_id(Store("", location=location).new_run())


def hurried(monkeypatch, how: str) -> None:
    """Wait for a server that hangs for a few seconds, once it has opened all it answers from."""
    if how == "hang":
        new_client().upload_model_explanation(made())
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")


def whole_again(client: ExplanationClient) -> None:
    """Check that a failed upload is not there, and the next one is."""
    assert client.list_model_explanations() == []
    kept = client.upload_model_explanation(made())
    assert [entry["id"] for entry in client.list_model_explanations()] == [kept.id]
    assert client.download_model_explanation().id == kept.id


# -- the server of MLflow --------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.parametrize(
    ("how", "step"),
    [
        ("500", "PUT raw/global.npz"), ("500", "PUT manifest.json"), ("500", "POST runs/log-batch"),
        ("503", "POST runs/log-batch"), ("hang", "PUT manifest.json"),
    ],
)  # fmt: skip
def test_46_a_failing_or_hanging_server_is_asked_so_often_and_no_more(
    before_mlflow, monkeypatch, how, step
):
    hurried(monkeypatch, how)
    client = new_client()
    before_mlflow.seen.clear()
    with before_mlflow.failing(how, step), pytest.raises(StoreError) as raised:
        client.upload_model_explanation(made())
    assert not isinstance(raised.value, StoreAccessError)
    assert before_mlflow.count(step) == 1 + RETRIES
    whole_again(client)


@pytest.mark.server
@pytest.mark.parametrize("kind", [ArtifactItem, TagItem])
def test_46_a_server_that_goes_down_between_two_items(before_mlflow, monkeypatch, kind):
    client, send = new_client(), RunStore._send
    with contextlib.ExitStack() as until_back:

        def interrupted(self, item):
            if isinstance(item, kind):
                until_back.enter_context(before_mlflow.down())
            send(self, item)

        monkeypatch.setattr(RunStore, "_send", interrupted)
        with pytest.raises(StoreError, match="Connection refused"):
            client.upload_model_explanation(made())
        with pytest.raises(StoreError, match="Connection refused"):
            client.list_model_explanations()
        monkeypatch.setattr(RunStore, "_send", send)
    whole_again(client)


@pytest.mark.server
@pytest.mark.parametrize(
    ("how", "step"),
    [("500", "GET raw/global.npz"), ("500", "GET runs/get"), ("hang", "GET raw/global.npz")],
)
def test_46_reading_from_a_failing_server(before_mlflow, monkeypatch, how, step):
    hurried(monkeypatch, how)
    client = new_client()
    client.upload_model_explanation(made())
    before_mlflow.seen.clear()
    with before_mlflow.failing(how, step), pytest.raises(StoreError):
        client.download_model_explanation()
    assert before_mlflow.count(step) == 1 + RETRIES
    assert client.download_model_explanation().num_features == 3


@pytest.mark.server
def test_46_86_a_model_that_cannot_be_kept(before_mlflow):
    rows = pd.DataFrame(np.eye(4), columns=list("abcd"))
    model = Ridge().fit(rows, np.arange(4.0))
    explainer = TabularExplainer(model, rows)
    for how, error in {"403": StoreAccessError, "500": StoreError}.items():
        with before_mlflow.failing(how, "POST logged-models"), pytest.raises(error) as raised:
            log_model(model, scoring_explainer=explainer, pip_requirements=["mlflow"])
        assert type(raised.value) is error
    with pytest.raises(MlflowException, match="serialization format"):
        log_model(model, scoring_explainer=explainer, serialization_format="none known")


# -- S3 --------------------------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.parametrize(("how", "tries"), [("500", 1 + RETRIES), ("403", 1)])
def test_46_31_s3_that_fails_or_refuses(before_s3, how, tries):
    client = new_client(f"s3://{servers.BUCKET}/stubbed")
    with before_s3.failing(how, "PUT manifest.json"), pytest.raises(StoreError) as raised:
        client.upload_model_explanation(made())
    assert isinstance(raised.value, StoreAccessError) == (how == "403")
    assert before_s3.count("PUT manifest.json") == tries
    whole_again(client)
    with before_s3.failing(how, "GET raw/global.npz"), pytest.raises(StoreError) as raised:
        client.download_model_explanation()
    assert isinstance(raised.value, StoreAccessError) == (how == "403")


@pytest.mark.server
def test_46_s3_that_is_down(before_s3):
    client = new_client(f"s3://{servers.BUCKET}/stubbed")
    with before_s3.down(), pytest.raises(StoreError, match="Could not connect"):
        client.upload_model_explanation(made())
    whole_again(client)


@pytest.fixture
def read_only(s3_server):
    """Forbid, by a rule of the bucket, to write below a folder."""
    client = servers.s3_client(s3_server.url)

    def forbid(folder: str) -> None:
        rule = {
            "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:DeleteObject"],
            "Resource": f"arn:aws:s3:::{servers.BUCKET}/{folder}/*",
        }  # fmt: skip
        policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
        client.put_bucket_policy(Bucket=servers.BUCKET, Policy=policy)

    yield forbid
    client.delete_bucket_policy(Bucket=servers.BUCKET)
    client.close()


@pytest.mark.server
@pytest.mark.parametrize("kind", ["s3", "served"])
def test_31_a_read_only_bucket(request, kind, read_only, monkeypatch):
    store = request.getfixturevalue(f"{kind}_store")
    store.enter(monkeypatch)
    for name, value in BOUNDS.items():
        monkeypatch.setenv(name, value)
    client = ExplanationClient.from_run_id(store.new_run())
    kept = client.upload_model_explanation(made())
    read_only("direct" if kind == "s3" else "served")
    # A server between them says nothing of the refusal but that it failed.
    error = StoreAccessError if kind == "s3" else StoreError
    with pytest.raises(error) as raised:
        client.upload_model_explanation(made())
    assert type(raised.value) is error
    assert [entry["id"] for entry in client.list_model_explanations()] == [kept.id]
    assert client.download_model_explanation().id == kept.id


# -- names and passwords ---------------------------------------------------------------------------


@pytest.mark.server
def test_86_who_may_read_reads_and_does_not_write(users_store, monkeypatch):
    users_store.enter(monkeypatch)
    run_id = users_store.new_run()
    kept = ExplanationClient.from_run_id(run_id).upload_model_explanation(made(), comment="ours")
    Store(users_store.uri, servers.credentials(servers.READER)).enter(monkeypatch)
    reader = ExplanationClient.from_run_id(run_id)
    assert [entry["comment"] for entry in reader.list_model_explanations()] == ["ours"]
    assert reader.download_model_explanation().id == kept.id
    with pytest.raises(StoreAccessError, match="Permission denied"):
        reader.upload_model_explanation(made())
    with pytest.raises(StoreAccessError, match="Permission denied"):
        reader.delete_model_explanation(kept.id)
    assert [entry["id"] for entry in reader.list_model_explanations()] == [kept.id]
    assert reader.download_model_explanation().id == kept.id


@pytest.mark.server
@pytest.mark.parametrize("given", [{}, servers.credentials(("reader", "another password"))])
def test_86_who_is_not_known_is_refused(users_store, monkeypatch, given):
    users_store.enter(monkeypatch)
    run_id = users_store.new_run()
    kept = ExplanationClient.from_run_id(run_id).upload_model_explanation(made())
    Store(users_store.uri, given).enter(monkeypatch)
    stranger = ExplanationClient.from_run_id(run_id)
    for call in (
        stranger.list_model_explanations,
        stranger.download_model_explanation,
        lambda: stranger.upload_model_explanation(made()),
        lambda: stranger.delete_model_explanation(kept.id),
    ):
        with pytest.raises(StoreAccessError, match=r"401|[Uu]nauth|not authenticated"):
            call()


# -- two processes ---------------------------------------------------------------------------------


@pytest.mark.server
def test_83_two_processes_upload_to_one_run_and_register_one_name(served_store, monkeypatch):
    served_store.enter(monkeypatch)
    run_id = served_store.new_run()
    name = f"shared by two of {run_id}"
    command = [sys.executable, "-m", "tests.stores.writer", run_id, name]
    writers = [
        subprocess.Popen(
            [*command, who], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for who in ("one", "other")
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    # MLflow prints the address of the run before.
    told = [json.loads(writer.communicate(timeout=240)[0].splitlines()[-1]) for writer in writers]
    assert sorted(int(one["version"]) for one in told) == [1, 2]
    client = ExplanationClient.from_run_id(run_id)
    listed = client.list_model_explanations()
    assert {entry["comment"]: entry["id"] for entry in listed} == {
        who: one["id"] for who, one in zip(("one", "other"), told, strict=True)
    }
    for one in told:
        assert client.download_model_explanation(one["id"]).id == one["id"]
        pair = load_model(f"models:/{name}/{one['version']}")
        assert pair.model.coef_.tolist() == one["coef"]
        tags = mlflow.MlflowClient().get_model_version(name, str(one["version"])).tags
        assert tags["mlflow_explain.explanation"].endswith(one["id"])


# -- a database that is locked ---------------------------------------------------------------------

LOCK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


class Locker:
    """Another process that locks a database until it is told to let it go."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(path)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout.readline() == "locked\n"

    def release(self) -> None:
        self._process.communicate("\n")


@pytest.fixture
def short_waits():
    """MLflow lets sqlite wait twenty seconds for a lock; here, a twentieth of one."""

    def shortened(_connection, _cursor, statement, parameters, _context, _many):
        return statement.replace("busy_timeout = 20000", "busy_timeout = 50"), parameters

    sa.event.listen(sa.Engine, "before_cursor_execute", shortened, retval=True)
    yield
    sa.event.remove(sa.Engine, "before_cursor_execute", shortened)


@pytest.mark.parametrize("for_ever", [False, True])
def test_88_a_database_another_process_locks(tracking_store, short_waits, monkeypatch, for_ever):
    """It is locked when the record is written; in the first pause it is released, or never."""
    path = tracking_store / "mlflow.db"
    client = ExplanationClient.from_run_id(
        Store("", location=str(tracking_store / "artifacts")).new_run()
    )
    send, lockers, pauses = RunStore._send, [], []

    def locked(self, item):
        if isinstance(item, TagItem) and item.key.startswith(TAG_PREFIX) and not lockers:
            lockers.append(Locker(path))
        send(self, item)

    def paused(seconds):
        pauses.append(seconds)
        if not for_ever and len(pauses) == 1:
            lockers[0].release()

    with monkeypatch.context() as patched:
        patched.setattr(RunStore, "_send", locked)
        # Not `time.sleep` itself: threads that wait by it, of whatever else runs, would spin.
        patched.setattr(run_store, "time", SimpleNamespace(sleep=paused, time=time.time))
        if for_ever:
            with pytest.raises(StoreError, match="database is locked"):
                client.upload_model_explanation(made())
            assert len(pauses) == run_store._TRIES - 1
            lockers[0].release()
            assert client.list_model_explanations() == []
        else:
            kept = client.upload_model_explanation(made())
            assert len(pauses) == 1
            assert [entry["id"] for entry in client.list_model_explanations()] == [kept.id]
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


# -- large explanations ----------------------------------------------------------------------------


def test_44_memory_is_that_of_a_block_not_of_all_rows(tracking_store):
    n_rows, n_features = 60_000, 20
    values = np.random.default_rng(0).normal(size=(n_rows, n_features, 1))
    rows = EvaluatedRows(data=pd.DataFrame(values[:, :, 0]), ids=np.arange(n_rows))
    explanation = made(values=values, rows=rows)
    client = ExplanationClient.from_run_id(
        Store("", location=str(tracking_store / "artifacts")).new_run()
    )
    client.upload_model_explanation(made())  # what is imported and cached once does not count

    def peak(call) -> int:
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    whole = values.nbytes
    uploading = peak(lambda: client.upload_model_explanation(explanation))
    reading = peak(lambda: client.download_model_explanation(rows=slice(35_000, 35_010)))
    assert reading < whole
    # Those of one block, and what resampling takes for any number of rows.
    assert uploading < 90 * 2**20
