from __future__ import annotations

import json
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from mlflow_explain import explain_model, load_explanation, log_explanation
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
    StoreError,
    UnsupportedModelError,
)
from mlflow_explain.explanation import EvaluatedRows
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.pages import notes
from mlflow_explain.tracking.runs import items, store
from mlflow_explain.tracking.runs.items import ArtifactItem, MetricsItem, TagItem
from mlflow_explain.tracking.runs.records import TAG_PREFIX, Record, records_of
from tests.explanation.test_value import made


def downloaded(logged) -> Path:
    return Path(mlflow.artifacts.download_artifacts(logged.uri))


def test_everything_is_kept_with_the_run(tracking_store, explanation, applications, saved):
    with mlflow.start_run() as run:
        logged = log_explanation(
            explanation, comment="test rows", true_y=applications.test_y,
            cohort_data=applications.test_cohorts, model_uri=str(saved["pair"]),
        )  # fmt: skip
    folder = downloaded(logged)
    assert {p.name for p in folder.iterdir()} >= {
        "manifest.json", "report.html", "report.md", "summary.png", "global_importance.json",
        "raw", "engineered",
    }  # fmt: skip
    found = load_explanation(folder)
    np.testing.assert_array_equal(
        found.local_importance_values, explanation.local_importance_values
    )
    assert found.comment == "test rows"
    assert found.true_y.tolist() == applications.test_y.tolist()
    pd.testing.assert_frame_equal(found.cohort_data, applications.test_cohorts)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["model_uri"] == str(saved["pair"])
    assert manifest["model_digest"] == nested.digest_of(saved["pair"] / "model")
    assert manifest["versions"]["python"].startswith("3.")
    run = mlflow.get_run(run.info.run_id)
    assert run.data.metrics["explain/additivity_error_max"] <= 1e-9
    assert 0 < run.data.metrics["explain/share_of_top_5"] <= 1
    (record,) = records_of(run.data.tags)
    assert (record.id, record.digest) == (explanation.id, logged.digest)
    assert (record.raw, record.engineered, record.comment) == (True, True, "test rows")


def test_the_table_is_one_mlflow_can_show(tracking_store, explanation):
    with mlflow.start_run():
        logged = log_explanation(explanation)
        mlflow.log_table({"mine": [1]}, "mine.json")
    shown = mlflow.load_table(
        f"{logged.artifact_path}/global_importance.json", run_ids=[logged.run_id]
    )
    assert shown["feature"].tolist() == explanation.get_ranked_global_names()
    assert mlflow.load_table("mine.json", run_ids=[logged.run_id])["mine"].tolist() == [1]


def test_a_full_list_of_tables_loses_nothing(tracking_store, monkeypatch):
    monkeypatch.setattr(store, "MAX_TAG", 200)
    with mlflow.start_run() as run:
        kept = [log_explanation(made()) for _ in range(4)]
    tags = mlflow.get_run(run.info.run_id).data.tags
    assert len(json.loads(tags["mlflow.loggedArtifacts"])) == 2
    assert all(f"{TAG_PREFIX}{logged.id}" in tags for logged in kept)


def test_rows_can_be_left_out(tracking_store, explanation):
    with mlflow.start_run():
        logged = log_explanation(explanation, include_data=False)
    folder = downloaded(logged)
    assert list(folder.rglob("*.parquet")) == []
    found = load_explanation(folder)
    assert found.eval_data is None
    assert found.local_importance_values.shape == explanation.local_importance_values.shape


def test_what_was_kept_is_not_touched_by_keeping_it_again(
    tracking_store, explanation, applications
):
    with mlflow.start_run():
        first = log_explanation(explanation, true_y=applications.test_y)
        second = log_explanation(explanation, include_data=False)
    assert first.id == explanation.id != second.id
    assert second.explanation.engineered.id == second.id
    assert load_explanation(downloaded(first)).true_y is not None
    assert list(downloaded(second).rglob("*.parquet")) == []


def test_outcomes_in_another_order_are_put_right_by_their_index(
    tracking_store, explanation, applications
):
    with mlflow.start_run():
        logged = log_explanation(
            explanation,
            true_y=applications.test_y.iloc[::-1],
            cohort_data=applications.test_cohorts.iloc[::-1],
        )
        plain = log_explanation(explanation, true_y=applications.test_y.reset_index(drop=True))
    assert logged.explanation.true_y.tolist() == applications.test_y.tolist()
    pd.testing.assert_frame_equal(logged.explanation.cohort_data, applications.test_cohorts)
    assert plain.explanation.true_y.tolist() == applications.test_y.tolist()


Y = pd.Series([0, 10, 20, 30, 40, 50], index=[3, 1, 0, 2, 5, 4])
COHORTS = pd.DataFrame({"group": list("abcdef")}, index=Y.index)


def of_rows(data, ids):
    return made(values=np.ones((6, 2, 1)), features=["a", "b"], rows=EvaluatedRows(data, ids))


@pytest.mark.parametrize("rows", [np.arange(12.0).reshape(6, 2), csr_matrix(np.eye(6, 2))])
def test_outcomes_of_rows_without_an_index_are_taken_by_position(tracking_store, rows):
    with mlflow.start_run():
        logged = log_explanation(of_rows(rows, np.arange(6)), true_y=Y, cohort_data=COHORTS)
    assert logged.explanation.true_y.tolist() == Y.tolist()
    assert logged.explanation.cohort_data["group"].tolist() == list("abcdef")


def test_an_order_that_cannot_be_told_is_refused(tracking_store):
    # As of a table of polars, or of a file: the index was made up.
    rows = of_rows(pd.DataFrame(np.ones((6, 2)), columns=["a", "b"]), np.arange(6))
    with mlflow.start_run():
        with pytest.raises(InvalidInputError, match=r"true_y.*cannot be told"):
            log_explanation(rows, true_y=Y)
        with pytest.raises(InvalidInputError, match=r"cohort_data.*cannot be told"):
            log_explanation(rows, cohort_data=COHORTS)
        logged = log_explanation(
            rows, true_y=Y.to_numpy(), cohort_data=COHORTS["group"].sort_index()
        )
    assert logged.explanation.true_y.tolist() == Y.tolist()
    assert logged.explanation.cohort_data["group"].tolist() == list("cbdafe")


def test_rows_with_an_index_of_their_own_put_the_outcomes_right(tracking_store):
    frame = pd.DataFrame(np.ones((6, 2)), columns=["a", "b"], index=Y.index)
    with mlflow.start_run():
        logged = log_explanation(of_rows(frame, Y.index.to_numpy()), true_y=Y.sort_index())
    assert logged.explanation.true_y.tolist() == Y.tolist()


def test_cohort_columns_are_a_table(tracking_store):
    rows = of_rows(np.ones((6, 2)), np.arange(6))
    with mlflow.start_run(), pytest.raises(InvalidInputError, match="cohort_data: a DataFrame"):
        log_explanation(rows, cohort_data=["a"] * 6)


UNFIT = [{"top_k": -1}, {"comment": 5}, {"model_uri": "models:/nope/1"}, {"true_y": "y"}]


@pytest.mark.parametrize("bad", UNFIT)
def test_what_is_refused_starts_no_run(tracking_store, bad):
    rows = of_rows(np.ones((6, 2)), np.arange(6))
    with pytest.raises((InvalidInputError, ArtifactNotFoundError)):
        log_explanation(rows, **bad)
    assert mlflow.active_run() is None
    assert mlflow.search_runs(output_format="list") == []


def test_a_run_that_was_started_in_vain_is_ended_as_failed(tracking_store, monkeypatch):
    def fails(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(items, "write_text", fails)
        with pytest.raises(StoreError, match="No space left"):
            log_explanation(made())
    assert mlflow.active_run() is None
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.status == "FAILED"
    kept = log_explanation(made())
    assert mlflow.active_run().info.run_id == kept.run_id
    mlflow.end_run()


def test_another_run_can_be_named(tracking_store):
    with mlflow.start_run() as first:
        pass
    assert log_explanation(made(), run_id=first.info.run_id).run_id == first.info.run_id


def test_outcomes_of_other_rows_are_refused_before_anything_is_written(tracking_store, explanation):
    with mlflow.start_run() as run, pytest.raises(LengthMismatchError, match="true_y with 596"):
        log_explanation(explanation, true_y=[1, 2])
    assert mlflow.artifacts.list_artifacts(run_id=run.info.run_id) == []
    with pytest.raises(InvalidInputError, match="an Explanation"):
        log_explanation("not one", run_id=run.info.run_id)


def test_the_manifest_is_sent_after_all_files_and_the_tag_last(tmp_path):
    explanation = made()
    digest = items.staged(
        explanation, tmp_path, model_uri=None, model_digest=None, include_data=True
    )
    record = Record.of(explanation, digest, None)
    sent = list(items.of(explanation, tmp_path, record, {"explain/mine": 1.0}))
    files = [item.path.name for item in sent if isinstance(item, ArtifactItem)]
    assert files[-1] == "manifest.json"
    assert len(files) == len([p for p in tmp_path.rglob("*") if p.is_file()])
    assert isinstance(sent[-1], TagItem)
    assert MetricsItem({"explain/mine": 1.0}) in sent


def test_methods_in_one_run_keep_their_own_metrics(tracking_store):
    with mlflow.start_run() as run:
        quality = {"additivity_error_max": 0.5, "fidelity_r2": 0.9}
        log_explanation(made(method="mimic", quality=quality))
        log_explanation(made(method="my net: v1/2", quality={"additivity_error_max": 0.0}))
    metrics = mlflow.get_run(run.info.run_id).data.metrics
    assert metrics["explain/fidelity_r2"] == metrics["explain/mimic/fidelity_r2"] == 0.9
    assert metrics["explain/mimic/additivity_error_max"] == 0.5
    assert metrics["explain/my_net__v1_2/additivity_error_max"] == 0.0
    assert metrics["explain/additivity_error_max"] == 0.0  # of the last one


def test_figures_with_names_that_mlflow_refuses_are_renamed(tracking_store):
    with mlflow.start_run() as run:
        log_explanation(made(method="mine", quality={"error (max) 50%": 0.5, "": 1.0, "../x": 2.0}))
    metrics = mlflow.get_run(run.info.run_id).data.metrics
    assert metrics["explain/mine/error__max__50_"] == 0.5
    assert metrics["explain/figure"] == 1.0
    assert metrics["explain/___x"] == 2.0


@pytest.mark.parametrize(
    ("existing", "kept"), [(None, ""), ("", ""), ("My words.\n\nMore.", "My words.\n\nMore.\n\n")]
)
def test_a_description_keeps_the_users_words(existing, kept):
    ours = notes.part("Sentence.", "body")
    once = notes.merged(existing, ours)
    assert once == kept + ours
    again = notes.merged(once + "\n\nAdded below.", notes.part("Sentence.", "new"))
    assert "new" in again
    assert "body" not in again
    assert "Added below." in again
    assert again.count(notes.BEGIN) == 1
    if kept:
        assert again.startswith("My words.\n\nMore.\n\n")


def test_explain_model_explains_what_was_logged(tracking_store, saved, applications, tmp_path):
    table = applications.test.assign(deny=applications.test_y)
    path = tmp_path / "rows.csv"
    table.to_csv(path, index=False)
    for name in ("plain", "pair"):
        with mlflow.start_run():
            logged = explain_model(str(saved[name]), str(path), true_y="deny", comment="again")
        assert logged.explanation.num_examples == len(table)
        assert logged.explanation.features == tuple(applications.test.columns)
        assert logged.explanation.true_y.tolist() == table.deny.tolist()
    with pytest.raises(FeatureError, match="without lvr"):
        explain_model(str(saved["plain"]), table.drop(columns="lvr"))
    with pytest.raises(FeatureError, match="without nowhere"):
        explain_model(str(saved["plain"]), table, true_y="nowhere")
    with pytest.raises(UnsupportedModelError, match="Name the model it explains"):
        explain_model(str(saved["alone"]), table)


def test_a_run_may_be_named_by_itself_or_its_address(tracking_store):
    with mlflow.start_run() as run:
        pass
    for given in (run, mlflow.get_run(run.info.run_id), f"runs:/{run.info.run_id}"):
        assert log_explanation(made(), run_id=given).run_id == run.info.run_id
    for wrong, told in ((3, "3"), ("", "an empty text")):
        with pytest.raises(InvalidInputError, match=f"a run of MLflow, or its id; got {told}"):
            log_explanation(made(), run_id=wrong)
