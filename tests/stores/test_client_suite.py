"""One suite for every kind of store: what is uploaded is found, whole, in parts, and by nobody else
until it is complete.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from sklearn.linear_model import Ridge

from mlflow_explain import ExplanationClient, TabularExplainer, load_model, log_model
from mlflow_explain.errors import ArtifactNotFoundError, CorruptArtifactError
from mlflow_explain.explanation import EvaluatedRows
from mlflow_explain.tracking.models import environment
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.store import RunStore
from tests.explanation.test_value import made


@pytest.fixture
def client(store) -> ExplanationClient:
    return ExplanationClient.from_run_id(store.new_run())


def with_rows(n_rows: int = 4, n_features: int = 3, **changes):
    values = np.random.default_rng(n_rows).normal(size=(n_rows, n_features, 1))
    data = pd.DataFrame(values[:, :, 0], columns=[f"f{i}" for i in range(n_features)])
    rows = EvaluatedRows(data=data, ids=np.arange(n_rows), predicted=np.zeros(n_rows))
    return made(values=values, rows=rows, **changes)


def folded():
    """Return an explanation of raw columns with that of the engineered features behind it."""
    engineered = replace(made(kind="engineered"), raw_features=None)
    return engineered.get_raw_explanation([np.array([[1, 1, 0], [0, 0, 1]])], ["a", "b"])


def overwrite(client: ExplanationClient, explanation_id: str, name: str, content: bytes, tmp_path):
    folder, _, file = f"explanations/{explanation_id}/{name}".rpartition("/")
    changed = tmp_path / file
    changed.write_bytes(content)
    mlflow.MlflowClient().log_artifact(client.run_id, str(changed), folder)


def delete(run_id: str, path: str) -> None:
    uri = mlflow.get_run(run_id).info.artifact_uri
    get_artifact_repository(uri).delete_artifacts(path)


def test_what_is_uploaded_is_what_comes_back(client, monkeypatch):
    given = with_rows(quality={"additivity_error_max": 0.0})
    kept = client.upload_model_explanation(
        given, comment="größer < 3 rows & more", true_ys=[1.0, 0.0, 1.0, 0.0], model_uri=None
    )
    found = client.download_model_explanation()
    assert (found.id, found.comment) == (kept.id, "größer < 3 rows & more")
    np.testing.assert_array_equal(found.local_importance_values, given.local_importance_values)
    np.testing.assert_array_equal(found.expected_values, given.expected_values)
    assert found.true_y.tolist() == [1.0, 0.0, 1.0, 0.0]
    pd.testing.assert_frame_equal(found.eval_data, given.eval_data)
    run = mlflow.get_run(client.run_id)
    assert run.data.metrics["explain/additivity_error_max"] == 0.0
    # Where MLflow looks for tables.
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", run.info.experiment_id)
    table = mlflow.load_table(
        f"{kept.artifact_path}/global_importance.json", run_ids=[client.run_id]
    )
    assert table["feature"].tolist() == given.get_ranked_global_names()


def test_40_many_are_kept_and_each_is_found(client):
    first = client.upload_model_explanation(with_rows(), comment="first", top_k=1)
    second = client.upload_model_explanation(folded(), comment="second")
    again = client.upload_model_explanation(with_rows(), comment="first")
    same = client.upload_model_explanation(again.explanation)
    assert len({first.id, second.id, again.id, same.id}) == 4
    table = pd.DataFrame(client.list_model_explanations())
    assert table.id.tolist() == [first.id, second.id, again.id, same.id]
    assert table.comment.tolist() == ["first", "second", "first", "first"]
    assert table.num_left_out.tolist() == [2, 0, 0, 0]
    assert table.engineered.tolist() == [False, True, False, False]
    assert client.download_model_explanation().id == same.id
    truncated = client.download_model_explanation(first.id)
    assert (truncated.num_features, truncated.num_left_out) == (1, 2)
    assert client.download_model_explanation(comment="second").id == second.id
    engineered = client.download_model_explanation(engineered=True)
    assert (engineered.id, engineered.features) == (second.id, ("f0", "f1", "f2"))
    raw = client.download_model_explanation(second.id, raw=True)
    assert (raw.features, raw.engineered) == (("a", "b"), None)
    client.delete_model_explanation(second.id)
    assert [e["id"] for e in client.list_model_explanations()] == [first.id, again.id, same.id]
    assert mlflow.MlflowClient().list_artifacts(client.run_id, second.artifact_path) == []
    assert client.download_model_explanation(first.id).id == first.id


def test_44_a_slice_reads_the_files_it_lies_in(client, monkeypatch):
    given = with_rows(25_000, 2)
    client.upload_model_explanation(given)
    fetched = []
    fetch = RunStore.fetch

    def counted(self, path, target):
        fetched.append(path.split("/", 2)[2])
        fetch(self, path, target)

    monkeypatch.setattr(RunStore, "fetch", counted)
    part = client.download_model_explanation(rows=slice(12_000, 12_005))
    np.testing.assert_array_equal(
        part.local_importance_values, given.local_importance_values[12_000:12_005]
    )
    pd.testing.assert_frame_equal(part.eval_data, given.eval_data.iloc[12_000:12_005])
    assert sorted(fetched) == [
        "manifest.json", "outcomes-00001.parquet", "raw/global.npz", "raw/local-00001.npz",
        "raw/rows-00001.parquet",
    ]  # fmt: skip


def test_two_writers_never_mix(client):
    """Both bring the same explanation at the same time, each with its own comment."""
    given, kept, start = with_rows(), {}, threading.Barrier(2)

    def write(comment: str) -> None:
        mine = ExplanationClient.from_run_id(client.run_id)
        start.wait()
        kept[comment] = mine.upload_model_explanation(given, comment=comment)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept["one"].id != kept["other"].id
    assert len(client.list_model_explanations()) == 2
    for comment, logged in kept.items():
        found = client.download_model_explanation(logged.id)
        assert (found.id, found.comment) == (logged.id, comment)
        assert client.download_model_explanation(comment=comment).id == logged.id


def test_32_34_42_what_was_changed_in_the_store_is_refused(client, tmp_path):
    changed = client.upload_model_explanation(with_rows(), comment="changed")
    other = client.upload_model_explanation(with_rows(), comment="other manifest")
    gone = client.upload_model_explanation(with_rows(), comment="no manifest")
    overwrite(client, changed.id, "raw/local-00000.npz", b"not what was sealed", tmp_path)
    with pytest.raises(CorruptArtifactError, match=r"raw/local-00000\.npz as it was sealed"):
        client.download_model_explanation(changed.id)
    path = mlflow.artifacts.download_artifacts(f"{changed.uri}/manifest.json")
    with open(path, "rb") as manifest:  # noqa: PTH123
        overwrite(client, other.id, "manifest.json", manifest.read(), tmp_path)
    with pytest.raises(CorruptArtifactError, match="differs from the run's tag"):
        client.download_model_explanation(other.id)
    delete(client.run_id, f"{gone.artifact_path}/manifest.json")
    with pytest.raises(ArtifactNotFoundError, match=r"manifest\.json"):
        client.download_model_explanation(gone.id)


def test_40_41_42_versions_are_bound_to_their_files(store, monkeypatch):
    # A development build brings its own code along with every model: hundreds of files.
    monkeypatch.setattr(environment, "is_development", lambda: False)
    rows = pd.DataFrame(np.eye(4), columns=list("abcd"))
    model = Ridge().fit(rows, [0.0, 1.0, 2.0, 3.0])
    explainer = TabularExplainer(model, rows)
    run_id = store.new_run()
    name = f"ridge of {run_id}"
    kept = ExplanationClient.from_run_id(run_id).upload_model_explanation(
        explainer.explain_global(rows)
    )
    with mlflow.start_run(run_id=run_id):
        infos = [
            log_model(
                model, scoring_explainer=explainer, registered_model_name=name,
                explanation=kept, pip_requirements=["mlflow"],
            )
            for _ in range(2)
        ]  # fmt: skip
    assert [str(info.registered_model_version) for info in infos] == ["1", "2"]
    client = mlflow.MlflowClient()
    version = client.get_model_version(name, "2")
    assert version.tags[registry.TAG_EXPLANATION] == kept.uri
    assert (
        version.tags[registry.TAG_DIGEST] == infos[1].flavors["mlflow_explain"]["explainer_digest"]
    )
    assert version.description.startswith("Ridge relies most on ")
    pair = load_model(f"models:/{name}/2")
    assert pair.model.coef_.tolist() == model.coef_.tolist()
    client.set_model_version_tag(name, "1", registry.TAG_DIGEST, "0" * 64)
    with pytest.raises(CorruptArtifactError, match=registry.TAG_DIGEST):
        load_model(f"models:/{name}/1")
    files = client.get_logged_model(infos[1].model_id).artifact_location
    get_artifact_repository(files).delete_artifacts("")
    with pytest.raises(ArtifactNotFoundError):
        load_model(f"models:/{name}/2")
    with pytest.raises(ArtifactNotFoundError):
        load_model(f"models:/{name}/3")
