"""The explanations of a run: uploaded whole or not at all, found, read in parts, deleted."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, TEMPORARILY_UNAVAILABLE

from mlflow_explain import (
    ExplanationClient,
    compare,
    describe,
    explain_model,
    load_model,
    log_explanation,
)
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
    MissingPartError,
    StoreAccessError,
    StoreError,
)
from mlflow_explain.explanation import EvaluatedRows
from mlflow_explain.tracking.runs import figures, items, store
from mlflow_explain.tracking.runs.records import TAG_PREFIX
from mlflow_explain.tracking.runs.store import RunStore
from tests.explanation.test_value import made

PLACE = "explanations"


@pytest.fixture
def run(tracking_store):
    with mlflow.start_run() as run:
        pass
    return mlflow.get_run(run.info.run_id)


@pytest.fixture
def client(run) -> ExplanationClient:
    return ExplanationClient.from_run(run)


def folder_of(run) -> Path:
    return Path(run.info.artifact_uri.removeprefix("file://")) / PLACE


def with_rows(n_rows=2, **changes):
    values = np.random.default_rng(n_rows).normal(size=(n_rows, 3, 1))
    rows = EvaluatedRows(data=pd.DataFrame(values[:, :, 0]), ids=np.arange(n_rows))
    return made(values=values, rows=rows, **changes)


# -- which run --------------------------------------------------------------------------------


def test_a_run_is_given_as_what_stands_for_it(run):
    run_id = run.info.run_id
    with mlflow.start_run(run_id=run_id) as active:
        assert ExplanationClient.from_run().run_id == run_id
        assert ExplanationClient.from_run(active).run_id == run_id
    assert ExplanationClient.from_run(run).run_id == run_id
    assert ExplanationClient.from_run(run_id).run_id == run_id
    assert ExplanationClient.from_run_id(run_id).run_id == run_id
    assert ExplanationClient.from_run_id(run_id=run_id).run_id == run_id
    workspace = object()
    assert ExplanationClient.from_run_id(workspace, "Default", run_id).run_id == run_id
    with pytest.raises(InvalidInputError, match=r"'churn'.*'Default'"):
        ExplanationClient.from_run_id(workspace, "churn", run_id)


@pytest.mark.parametrize("nothing", [None, "", 3])
def test_what_is_no_run_is_refused(tracking_store, nothing):
    with pytest.raises(InvalidInputError, match="a run of MLflow"):
        ExplanationClient.from_run(nothing)


def test_no_id_and_an_empty_one_are_named(tracking_store):
    with mlflow.start_run():
        with pytest.raises(InvalidInputError, match="got no id"):
            ExplanationClient.from_run_id()
        with pytest.raises(InvalidInputError, match="got no id"):
            ExplanationClient.from_run_id(object(), "Default")
        with pytest.raises(InvalidInputError, match="got an empty text"):
            ExplanationClient.from_run("")
        with pytest.raises(InvalidInputError, match="got 'runs:/a/b'"):
            ExplanationClient.from_run("runs:/a/b")


def test_a_runs_address_stands_for_it(run):
    run_id = run.info.run_id
    assert ExplanationClient.from_run(f"runs:/{run_id}").run_id == run_id
    assert ExplanationClient.from_run_id(f"runs:/{run_id}/").run_id == run_id


def test_a_run_that_is_not_there_is_not_found(run):
    client = ExplanationClient.from_run_id("0" * 32)
    with pytest.raises(ArtifactNotFoundError, match="0000"):
        client.list_model_explanations()
    with pytest.raises(ArtifactNotFoundError):
        client.upload_model_explanation(made())


def test_a_client_stays_with_the_store_it_was_made_for(
    client, run, tmp_path, monkeypatch, on_frames
):
    with mlflow.start_run(run_id=run.info.run_id):
        info = mlflow.sklearn.log_model(
            on_frames, name="model", skops_trusted_types=[], pip_requirements=["mlflow"]
        )
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other.db")
        kept = client.upload_model_explanation(made(), comment="here")
        beside = client.upload_model_explanation(run, made())
        assert client.download_model_explanation(kept.id).comment == "here"
        # MLflow reads models of the store that is set, which may have others of the same name.
        with pytest.raises(InvalidInputError, match="to be set while its models are read"):
            client.upload_model_explanation(made(), model_uri=info.model_uri)
        patch.setenv("MLFLOW_TRACKING_URI", "http://user:s3cr3t@127.0.0.1:9")
        with pytest.raises(InvalidInputError, match=r"got http://\*\*\*@127") as raised:
            client.upload_model_explanation(made(), model_uri=info.model_uri)
        assert "s3cr3t" not in str(raised.value)
    listed = ExplanationClient(run.info.run_id).list_model_explanations()
    assert [entry["id"] for entry in listed] == [kept.id, beside.id]


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("unknown://place", InvalidInputError),
        ("postgresql+psycopg2://u@127.0.0.1:9/x", StoreError),
    ],
)
def test_a_store_that_cannot_be_opened_is_a_typed_error(monkeypatch, uri, error):
    from mlflow.store.db import utils

    monkeypatch.setattr(utils, "MAX_RETRY_COUNT", 0)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    for call in (
        lambda: ExplanationClient("0" * 32),
        lambda: log_explanation(made()),
        lambda: describe("models:/x/1"),
        lambda: compare("models:/x/1", made()),
        lambda: load_model("models:/x/1"),
        lambda: explain_model("models:/x/1", pd.DataFrame({"a": [1.0]})),
    ):
        with pytest.raises(error, match="the store to open"):
            call()


def test_a_deleted_run_is_refused_before_anything_is_sent(client, run):
    mlflow.delete_run(run.info.run_id)
    with pytest.raises(InvalidInputError, match="not deleted"):
        client.upload_model_explanation(made())
    with pytest.raises(InvalidInputError, match="not deleted"):
        compare(made(), made(), run_id=run.info.run_id)
    assert not folder_of(run).exists()


def test_what_the_store_does_not_take_is_not_called_its_failure(client, run, monkeypatch):
    with pytest.raises(ArtifactNotFoundError, match="show the model no model"):
        log_explanation(made(), run_id=client.run_id, model_id="no model")
    with pytest.raises(ArtifactNotFoundError, match="show run nope"):
        compare(made(), made(), run_id="nope")
    assert not folder_of(run).exists()
    monkeypatch.setattr(figures, "metrics", lambda _: {"//": 1.0})
    with pytest.raises(StoreError, match="Check the names, ids and values") as raised:
        client.upload_model_explanation(made())
    assert "nothing half-written is shown to anyone." in str(raised.value)


def test_an_id_that_no_store_would_take_is_no_failure_of_it(tracking_store):
    with pytest.raises(InvalidInputError, match=r"show run a/b.*it was given\.$") as raised:
        RunStore("a/b").run()
    assert not isinstance(raised.value, OSError)
    assert ".." not in str(raised.value)


def test_what_a_page_does_not_take_costs_a_warning_and_not_the_explanation(
    client, run, monkeypatch, caplog
):
    def refuses(*_, **__):
        raise MlflowException("too long", error_code=INVALID_PARAMETER_VALUE)

    model = client._store.client.create_logged_model(run.info.experiment_id, name="model")
    monkeypatch.setattr(mlflow.MlflowClient, "set_logged_model_tags", refuses)
    kept = log_explanation(made(), run_id=client.run_id, model_id=model.model_id)
    assert "InvalidInput" in caplog.text
    assert client.list_model_explanations()[0]["id"] == kept.id


@pytest.mark.parametrize(
    "bad",
    [
        {"top_k": "2"}, {"top_k": float("nan")}, {"top_k": 2.5}, {"top_k": -1}, {"top_k": True},
        {"comment": 5}, {"comment": b"text"}, {"comment": "half \ud800"},
        {"true_ys": "ab"}, {"true_ys": 5}, {"true_ys": iter([1, 2])}, {"true_ys": {0: 1, 1: 2}},
        {"true_ys": {1, 2}}, {"true_ys": [[1], [1, 2]]},
    ],
)  # fmt: skip
def test_arguments_of_other_kinds_are_refused_before_anything_is_sent(client, run, bad):
    with pytest.raises(InvalidInputError, match=next(iter(bad)).rstrip("s")):
        client.upload_model_explanation(with_rows(), **bad)
    assert not folder_of(run).exists()
    if "top_k" in bad:
        with pytest.raises(InvalidInputError, match="top_k"):
            client.download_model_explanation(**bad)


# -- what is kept and found --------------------------------------------------------------------


def test_many_are_kept_and_the_newest_is_found(client):
    first = client.upload_model_explanation(made(), comment="first")
    second = client.upload_model_explanation(binary_like(), comment="second")
    listed = client.list_model_explanations()
    assert [entry["id"] for entry in listed] == [first.id, second.id]
    table = pd.DataFrame(listed)
    assert table.comment.tolist() == ["first", "second"]
    assert table.created.is_monotonic_increasing
    assert table.uri[0] == first.uri
    assert client.download_model_explanation().id == second.id
    assert client.download_model_explanation(first.id).id == first.id
    assert client.download_model_explanation(comment="first").comment == "first"
    assert [e["id"] for e in client.list_model_explanations(comment="second")] == [second.id]


def binary_like():
    return made(classes=["no", "yes"], model_task="classification", output_space="log-odds")


def test_what_is_downloaded_is_what_was_uploaded(client, explanation, applications):
    client.upload_model_explanation(explanation, true_ys=applications.test_y)
    found = client.download_model_explanation()
    assert found.id == explanation.id
    np.testing.assert_array_equal(
        found.local_importance_values, explanation.local_importance_values
    )
    np.testing.assert_array_equal(found.expected_values, explanation.expected_values)
    assert found.true_y.tolist() == applications.test_y.tolist()
    pd.testing.assert_frame_equal(found.eval_data, explanation.eval_data)
    assert found.engineered.features == explanation.engineered.features


def test_raw_and_engineered_are_asked_for(client, explanation):
    both = client.upload_model_explanation(explanation.top(3))
    client.upload_model_explanation(made())  # newer, and raw only
    assert client.download_model_explanation(raw=True).id != both.id
    engineered = client.download_model_explanation(engineered=True)
    assert (engineered.id, engineered.is_engineered) == (both.id, True)
    raw = client.download_model_explanation(both.id, raw=True)
    assert (raw.is_raw, raw.engineered) == (True, None)
    whole = client.download_model_explanation(raw=True, engineered=True)
    assert (whole.is_raw, whole.engineered.is_engineered) == (True, True)
    assert [e["id"] for e in client.list_model_explanations(engineered=True)] == [both.id]


@pytest.mark.parametrize("asked", [{"explanation_id": "x"}, {"comment": "x"}, {"engineered": True}])
def test_what_is_not_there_is_said_with_what_is(client, asked):
    with pytest.raises(ArtifactNotFoundError, match="got none"):
        client.download_model_explanation(**asked)
    kept = client.upload_model_explanation(made())
    with pytest.raises(ArtifactNotFoundError, match=f"1 others \\({kept.id}\\)"):
        client.download_model_explanation(**asked)


def test_long_comments_are_found_by_all_of_them(client):
    text = "é" * 4000
    client.upload_model_explanation(made(), comment=text)
    assert client.download_model_explanation(comment=text).comment == text
    assert client.list_model_explanations(comment=text)[0]["comment"] == text[:1500]


def test_comments_that_begin_alike_are_told_apart(client):
    start = "x" * 1500
    kept = {text: client.upload_model_explanation(made(), comment=text).id
            for text in (start + "a", start + "b", start)}  # fmt: skip
    for text, name in kept.items():
        assert client.download_model_explanation(comment=text).id == name
    with pytest.raises(ArtifactNotFoundError):
        client.download_model_explanation(comment=start[:-1])


def test_a_comment_of_control_characters_fits_into_the_record(client):
    text = "\x1b" * 1400
    kept = client.upload_model_explanation(made(), comment=text)
    (listed,) = client.list_model_explanations(comment=text)
    assert listed["id"] == kept.id
    assert text.startswith(listed["comment"])
    assert client.download_model_explanation().comment == text


def test_a_run_may_stand_before_the_explanation(client, tracking_store):
    with mlflow.start_run() as other:
        pass
    client.upload_model_explanation(other, made(), top_k=2, comment="theirs")
    assert client.list_model_explanations() == []
    found = ExplanationClient.from_run(other).download_model_explanation()
    assert (found.num_features, found.comment) == (2, "theirs")
    with pytest.raises(InvalidInputError, match="an Explanation"):
        client.upload_model_explanation(other)


# -- the top k ---------------------------------------------------------------------------------


def test_cohort_columns_are_kept_in_the_order_of_the_rows(client, explanation, applications):
    cohorts = applications.test_cohorts
    client.upload_model_explanation(explanation, cohort_data=cohorts.iloc[::-1])
    found = client.download_model_explanation()
    pd.testing.assert_frame_equal(found.cohort_data, cohorts)


def test_top_k_keeps_nothing_of_the_rest(client, run, explanation):
    metrics = log_explanation(explanation, run_id=run.info.run_id) and run_metrics(run)
    logged = client.upload_model_explanation(explanation, top_k=2)
    again = client.download_model_explanation()
    assert again.features == logged.explanation.features
    assert again.features == explanation.top(2).features
    assert set(again.features) == set(explanation.get_ranked_global_names(2))
    np.testing.assert_array_equal(
        again.other_importance_values, explanation.top(2).other_importance_values
    )
    folder = folder_of(run) / logged.id
    for path in folder.rglob("local-*.npz"):
        with np.load(path) as kept:
            assert kept["values"].shape[1] == 2
    kept_rows = pd.read_parquet(folder / "raw" / "rows-00000.parquet")
    assert sorted(kept_rows.columns) == sorted(again.features)
    # Figures of quality are those of the whole.
    assert run_metrics(run) == metrics
    assert pd.DataFrame(client.list_model_explanations()).num_left_out.tolist() == [
        0, explanation.num_features - 2,
    ]  # fmt: skip


def run_metrics(run):
    return mlflow.get_run(run.info.run_id).data.metrics


def test_top_k_of_a_download_works_above_a_hundred_features(client):
    values = np.random.default_rng(0).normal(size=(5, 150, 1))
    whole = made(values=values)
    client.upload_model_explanation(whole)
    found = client.download_model_explanation(top_k=120)
    assert found.num_features == 120
    np.testing.assert_allclose(found.local.outputs(), whole.local.outputs())
    assert found.get_ranked_global_names() == whole.get_ranked_global_names(120)


# -- some of the rows --------------------------------------------------------------------------


def test_44_a_slice_fetches_its_own_files_only(client, monkeypatch):
    whole = with_rows(25_000)
    client.upload_model_explanation(whole)
    fetched = []
    fetch = RunStore.fetch
    monkeypatch.setattr(
        RunStore,
        "fetch",
        lambda self, path, target: fetched.append(path) or fetch(self, path, target),
    )
    found = client.download_model_explanation(rows=slice(12_000, 12_010))
    np.testing.assert_array_equal(
        found.local_importance_values, whole.local_importance_values[12_000:12_010]
    )
    place = f"{PLACE}/{whole.id}"
    assert sorted(fetched) == [
        f"{place}/manifest.json", f"{place}/outcomes-00001.parquet", f"{place}/raw/global.npz",
        f"{place}/raw/local-00001.npz", f"{place}/raw/rows-00001.parquet",
    ]  # fmt: skip


# -- whole or not at all -----------------------------------------------------------------------

# One process per step, forked before anything is connected: each uploads, and is killed there.
_UPLOADS = """
import os, signal, sys
from mlflow_explain import ExplanationClient
from mlflow_explain.tracking.runs.store import RunStore
from tests.tracking.test_client import with_rows
send, done = RunStore._send, 0
def counted(self, item):
    global done
    if done == step:
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    send(self, item)
RunStore._send = counted
for step in range(int(sys.argv[2])):
    if not os.fork():
        ExplanationClient(sys.argv[1]).upload_model_explanation(with_rows(3), comment="new")
        os._exit(0)
    _, status = os.wait()
    if not status:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
print(step)
"""
_ROOT = Path(__file__).parents[2]
_MOST = 30
N_STEPS_AFTER_THE_RECORD = 1


def killed_at_each_step(run) -> int:
    """Return how many uploads were killed, one at each step, before one came to its end."""
    ended = subprocess.run(
        [sys.executable, "-c", _UPLOADS, run.info.run_id, str(_MOST)], text=True, check=False,
        capture_output=True, env=os.environ | {"PYTHONPATH": str(_ROOT)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout.split()[-1])


def test_29_killed_at_any_step_it_is_there_whole_or_not_at_all(client, run):
    client.upload_model_explanation(made(), comment="old")
    n_killed = killed_at_each_step(run)
    # The mark of the writer, all files, the manifest, the table, the metrics, the record: half
    # uploads of all lengths lie there, and are in nobody's way.
    assert len(list(folder_of(run).iterdir())) == n_killed + 1
    old, *new = client.list_model_explanations()
    assert old["comment"] == "old"
    # Who is killed after the record has but the pages left to write.
    assert 1 <= len(new) <= 1 + N_STEPS_AFTER_THE_RECORD
    for entry in new:
        found = client.download_model_explanation(entry["id"])
        np.testing.assert_array_equal(
            found.local_importance_values, with_rows(3).local_importance_values
        )


def failing_at(step, error):
    send, count = RunStore._send, iter(range(10**6))

    def counted(self, item):
        if next(count) == step:
            raise error
        send(self, item)

    return counted


@pytest.mark.parametrize("step", [0, 3, 8])
def test_27_an_interrupted_upload_leaves_nothing_to_find(client, run, monkeypatch, step):
    with monkeypatch.context() as patch:
        patch.setattr(RunStore, "_send", failing_at(step, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            client.upload_model_explanation(with_rows())
    assert client.list_model_explanations() == []
    assert mlflow.get_run(run.info.run_id).info.status == run.info.status


def temporary_folders(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_30_a_full_disk_is_a_typed_error_and_leaves_no_files(client, tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    folder = temporary_folders(tmp_path, monkeypatch)

    def write(*_):
        raise full

    for owner, name, fails in (
        (items, "write_text", write),
        (RunStore, "_send", failing_at(4, full)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fails)
            with pytest.raises(StoreError, match="No space left"):
                client.upload_model_explanation(with_rows())
        assert list(folder.iterdir()) == []
    assert client.list_model_explanations() == []


def test_31_a_store_that_refuses_is_a_typed_error(client, monkeypatch):
    refused = PermissionError(errno.EROFS, "Read-only file system")
    monkeypatch.setattr(RunStore, "_send", failing_at(0, refused))
    with pytest.raises(StoreAccessError, match="Read-only file system"):
        client.upload_model_explanation(with_rows())


def busy(times):
    """A call that finds the database locked so many times."""
    count = iter(range(10**6))
    answer = mlflow.MlflowClient.log_batch

    def log_batch(self, *arguments, **named):
        if next(count) < times:
            raise MlflowException("database is locked", TEMPORARILY_UNAVAILABLE)
        answer(self, *arguments, **named)

    return log_batch, lambda: next(count)


def test_88_a_locked_database_is_tried_again_and_then_typed(client, monkeypatch):
    pauses = []
    # Not `time.sleep` itself: threads that wait by it, of whatever else runs, would spin.
    monkeypatch.setattr(store, "time", SimpleNamespace(sleep=pauses.append, time=time.time))
    log_batch, _ = busy(2)
    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", log_batch)
    kept = client.upload_model_explanation(made())
    assert [e["id"] for e in client.list_model_explanations()] == [kept.id]
    assert pauses == [0.25, 0.5]
    log_batch, calls = busy(10**6)
    monkeypatch.setattr(mlflow.MlflowClient, "log_batch", log_batch)
    with pytest.raises(StoreError, match="database is locked"):
        client.upload_model_explanation(made())
    assert calls() == store._TRIES


def test_other_failures_are_not_repeated(client, monkeypatch):
    calls = []

    def fails(*_):
        calls.append(1)
        raise MlflowException("broken")

    monkeypatch.setattr(mlflow.MlflowClient, "log_artifact", fails)
    with pytest.raises(StoreError, match="broken"):
        client.upload_model_explanation(made())
    assert len(calls) == 1


def test_faults_of_our_own_are_not_called_the_stores(client, monkeypatch):
    monkeypatch.setattr(RunStore, "_send", failing_at(0, TypeError("a fault")))
    with pytest.raises(TypeError, match="a fault"):
        client.upload_model_explanation(made())


# -- two writers -------------------------------------------------------------------------------


def test_two_writers_of_one_explanation_never_mix(client, run):
    explanation, kept, start = with_rows(50), [], threading.Barrier(4)

    def write(number):
        start.wait()
        outcomes = np.full(50, number)
        mine = ExplanationClient.from_run(run.info.run_id)
        kept.append((mine.upload_model_explanation(explanation, true_ys=outcomes), number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({logged.id for logged, _ in kept}) == 4
    assert len(client.list_model_explanations()) == 4
    for logged, number in kept:
        found = client.download_model_explanation(logged.id)
        assert set(found.true_y) == {number}


def test_a_writer_who_sees_another_takes_a_new_id(client, run):
    explanation = made()
    folder = folder_of(run) / explanation.id
    folder.mkdir(parents=True)
    (folder / "writer-0123").write_text("half an upload of somebody else")
    kept = client.upload_model_explanation(explanation)
    assert kept.id != explanation.id
    assert [path.name for path in folder.iterdir()] == ["writer-0123"]


@pytest.mark.parametrize("name", ["../x", "/abs", "a\\b", "%2e%2e", "a\0b", "x" * 300, "", "a/b"])
def test_37_ids_that_lead_elsewhere_are_refused(client, run, name):
    with pytest.raises(InvalidInputError, match="id of letters"):
        client.upload_model_explanation(made(id=name))
    assert not folder_of(run).exists()


# -- what was changed --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["manifest.json", "raw/global.npz", "raw/local-00000.npz"])
def test_32_33_what_was_changed_in_the_store_is_refused(client, run, name):
    kept = client.upload_model_explanation(made())
    path = folder_of(run) / kept.id / name
    path.write_bytes(path.read_bytes()[:-2] + b"\n\n")
    with pytest.raises(CorruptArtifactError, match=r"differs|sha256|JSON"):
        client.download_model_explanation()


def test_42_another_manifest_than_the_tag_names_is_refused(client, run):
    kept = client.upload_model_explanation(made())
    other = client.upload_model_explanation(binary_like())
    shutil.copytree(folder_of(run) / other.id, folder_of(run) / kept.id, dirs_exist_ok=True)
    with pytest.raises(CorruptArtifactError, match="differs from the run's tag"):
        client.download_model_explanation(kept.id)


@pytest.mark.parametrize(
    ("name", "error"),
    [("manifest.json", ArtifactNotFoundError), ("raw/global.npz", ArtifactNotFoundError)],
)
def test_41_files_that_were_deleted_are_not_found(client, run, name, error):
    kept = client.upload_model_explanation(made())
    (folder_of(run) / kept.id / name).unlink()
    with pytest.raises(error, match=name):
        client.download_model_explanation()


def test_38_other_files_in_the_folder_are_never_opened(client, run):
    kept = client.upload_model_explanation(made())
    (folder_of(run) / kept.id / "model.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert client.download_model_explanation().id == kept.id


def test_a_tag_that_somebody_changed_is_said_and_left_out(client, run):
    client.upload_model_explanation(made(), comment="good")
    bad = client.upload_model_explanation(made())
    mlflow.MlflowClient().set_tag(run.info.run_id, f"{TAG_PREFIX}{bad.id}", "mine")
    with pytest.warns(UserWarning, match="not as mlflow-explain wrote it"):
        assert [e["comment"] for e in client.list_model_explanations()] == ["good"]


@pytest.mark.parametrize(
    "changes",
    [{"created": None}, {"comment": 5}, {"num_features": None}, {"raw": "yes"}, {"id": "../../x"},
     {"id": "other"}, {"num_examples": True}],
)  # fmt: skip
def test_a_record_that_somebody_changed_is_in_nobodys_way(client, run, changes):
    kept = client.upload_model_explanation(made())
    key = f"{TAG_PREFIX}{kept.id}"
    record = json.loads(mlflow.get_run(run.info.run_id).data.tags[key]) | changes
    mlflow.MlflowClient().set_tag(run.info.run_id, key, json.dumps(record))
    with pytest.warns(UserWarning, match="not as mlflow-explain wrote it"):
        good = client.upload_model_explanation(made())
    with pytest.warns(UserWarning, match="not listed"):
        assert [entry["id"] for entry in client.list_model_explanations()] == [good.id]


# -- deleting ----------------------------------------------------------------------------------


def test_what_is_deleted_is_gone_and_the_others_stay(client, run):
    first, second = (client.upload_model_explanation(made()) for _ in range(2))
    client.delete_model_explanation(second.id)
    assert [e["id"] for e in client.list_model_explanations()] == [first.id]
    assert [path.name for path in folder_of(run).iterdir()] == [first.id]
    assert client.download_model_explanation().id == first.id
    with pytest.raises(ArtifactNotFoundError):
        client.delete_model_explanation(second.id)


def test_a_deletion_that_stops_halfway_hides_it_already(client, monkeypatch):
    kept = client.upload_model_explanation(made())

    def fails(*_):
        raise StoreError("a", "b", "c")

    monkeypatch.setattr(RunStore, "remove", fails)
    with pytest.raises(StoreError):
        client.delete_model_explanation(kept.id)
    assert client.list_model_explanations() == []


def test_a_deletion_that_stopped_halfway_is_ended_by_the_next_call(client, run, monkeypatch):
    kept = client.upload_model_explanation(made())
    other = client.upload_model_explanation(made())

    def fails(*_):
        raise StoreError("a", "b", "c")

    with monkeypatch.context() as patch:
        patch.setattr(RunStore, "remove", fails)
        with pytest.raises(StoreError):
            client.delete_model_explanation(kept.id)
    assert kept.id not in mlflow.get_run(run.info.run_id).data.tags["mlflow.note.content"]
    client.delete_model_explanation(kept.id)
    assert [path.name for path in folder_of(run).iterdir()] == [other.id]
    with pytest.raises(ArtifactNotFoundError, match=kept.id):
        client.delete_model_explanation(kept.id)


@pytest.mark.parametrize("nothing", [None, "", 5, slice(1)])
def test_nothing_is_deleted_without_an_id(client, nothing):
    kept = client.upload_model_explanation(made())
    with pytest.raises(InvalidInputError, match="an explanation's id"):
        client.delete_model_explanation(nothing)
    assert client.download_model_explanation().id == kept.id


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "."])
def test_37_only_folders_of_explanations_are_deleted(client, run, name):
    client.upload_model_explanation(made())
    mlflow.MlflowClient().set_tag(run.info.run_id, f"{TAG_PREFIX}{name}", "mine")
    with (
        pytest.warns(UserWarning, match="not listed"),
        pytest.raises(ArtifactNotFoundError),
    ):
        client.delete_model_explanation(name)
    assert len(list(folder_of(run).iterdir())) == 1


def test_what_is_deleted_is_among_the_tables_no_more(client, run):
    first, second = (client.upload_model_explanation(made()) for _ in range(2))
    client.delete_model_explanation(first.id)
    tables = json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert [table["path"] for table in tables] == [
        f"{PLACE}/{second.id}/global_importance.json"
    ]  # fmt: skip


@pytest.mark.parametrize("mine", ["not JSON", "5", '{"path": "x"}'])
def test_a_list_of_tables_that_somebody_changed_is_left_alone(client, run, mine):
    mlflow.MlflowClient().set_tag(run.info.run_id, "mlflow.loggedArtifacts", mine)
    kept = client.upload_model_explanation(made())
    client.delete_model_explanation(kept.id)
    assert mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"] == mine


# -- other things users do ---------------------------------------------------------------------


def test_a_global_explanation_says_which_views_lack_data(client):
    whole = made()
    client.upload_model_explanation(replace(whole, local=None))
    found = client.download_model_explanation()
    np.testing.assert_array_equal(found.global_importance_values, whole.global_importance_values)
    with pytest.raises(MissingPartError, match="local values"):
        _ = found.local_importance_values


def test_explaining_and_keeping_on_disk_contacts_no_server(monkeypatch, tmp_path, on_frames):
    from mlflow_explain import TabularExplainer, load_explanation, save_explanation
    from tests import small

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    def refused(*_, **__):
        raise AssertionError("a server was contacted")

    monkeypatch.setattr("socket.socket.connect", refused)
    explanation = TabularExplainer(on_frames, small.FRAME).explain_global(small.FRAME)
    assert load_explanation(save_explanation(explanation, tmp_path / "kept")).id == explanation.id


def test_the_record_is_small_and_plain(client, run):
    features = [f"column {i} " + "x" * 200 for i in range(300)]
    explanation = made(values=np.ones((2, 300, 1)), features=features)
    kept = client.upload_model_explanation(explanation, comment="ü" * 9000)
    tags = mlflow.get_run(run.info.run_id).data.tags
    value = tags[f"{TAG_PREFIX}{kept.id}"]
    assert len(value) < store.MAX_TAG
    assert json.loads(value)["digest"] == kept.digest
