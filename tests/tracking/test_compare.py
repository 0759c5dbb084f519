"""`compare`: what it takes, what it keeps with a run; and the figures that are metrics."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pytest
from scipy import stats

from mlflow_explain import (
    ExplanationClient,
    compare,
    describe_version,
    log_explanation,
    save_explanation,
)
from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.explanation import FeatureMap
from mlflow_explain.tracking.compare import TABLE, place_of
from mlflow_explain.tracking.runs import figures
from tests.explanation.test_comparison import of, permuted

ROWS = np.random.default_rng(0).normal(size=(60, 4)) * [8, 4, 2, 1]
OLD, NEW = of(ROWS), of(ROWS[:, ::-1])


class Constant(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[str]) -> list[str]:
        return model_input


def logged_model():
    return mlflow.pyfunc.log_model(
        name="constant", python_model=Constant(), pip_requirements=["mlflow"]
    )


def test_everything_that_stands_for_an_explanation(tracking_store, tmp_path):
    with mlflow.start_run(run_name="old") as run:
        log_explanation(NEW)
        logged = log_explanation(OLD, comment="of January")
    folder = save_explanation(OLD, tmp_path / "kept")
    given = {
        f"Ridge {OLD.id[:8]}": OLD,
        "of January": logged,
        "old": run,
        str(folder): folder,
        logged.uri: logged.uri,
    }
    for name, each in given.items():
        comparison = compare(each, NEW)
        assert comparison.a.name == name
        assert comparison.a.explanation_id == OLD.id
        np.testing.assert_array_equal(np.sort(comparison.a.importance), np.sort(OLD.global_.values))
    for each in (run.info.run_id, f"runs:/{run.info.run_id}", mlflow.get_run(run.info.run_id)):
        assert compare(each, NEW).a.name == "old"
        assert compare(each, NEW).a.explanation_id == OLD.id
    assert compare(str(folder), NEW).a.explanation_id == OLD.id
    twice = compare(run, run)
    assert (twice.a.name, twice.b.name) == ("old (a)", "old (b)")
    assert twice.kendall_tau == 1
    assert compare(OLD, NEW, names=("x", 2)).b.name == "2"
    for names in (("x",), 5, "ab", {"a", "b"}):
        with pytest.raises(InvalidInputError, match="two `names`"):
            compare(OLD, NEW, names=names)
    for top_k in ("2", 2.5, True, -1, float("nan")):
        with pytest.raises(InvalidInputError, match="top_k to be a whole number of at least 0"):
            compare(OLD, NEW, top_k=top_k)
    with pytest.raises(InvalidInputError, match=r"address of a model \(models:/...\).*got int"):
        compare(3, NEW)


@pytest.mark.filterwarnings("ignore:.*type hint:UserWarning")
def test_a_models_explanation_is_found_by_tag_page_and_run(tracking_store):
    with mlflow.start_run():
        info = logged_model()
        other = logged_model()
        plain = log_explanation(OLD, model_uri=f"models:/{info.model_id}")
        log_explanation(NEW, model_uri=f"models:/{other.model_id}")
    for name, model in (("credit", info), ("other", other)):
        mlflow.register_model(f"models:/{model.model_id}", name)
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("credit", "champion", "1")
    addresses = [f"models:/{info.model_id}", "models:/credit/1", "models:/credit@champion",
                 "models:/credit/latest"]  # fmt: skip
    for address in addresses:
        comparison = compare(address, "models:/other/1")
        assert comparison.a.name == address
        assert comparison.a.explanation_id == plain.id
        assert comparison.b.explanation_id == NEW.id
    with mlflow.start_run():
        tagged = log_explanation(NEW)
    describe_version("credit", 1, tagged)
    assert compare("models:/credit@champion", OLD).a.explanation_id == tagged.id


@pytest.mark.filterwarnings("ignore:.*type hint:UserWarning")
def test_an_alias_that_moved_takes_no_other_versions_explanation(tracking_store):
    with mlflow.start_run() as run:
        infos = [logged_model(), logged_model()]
        for info in infos:
            mlflow.register_model(f"models:/{info.model_id}", "credit")
        client = mlflow.MlflowClient()
        client.set_registered_model_alias("credit", "champion", "1")
        kept = log_explanation(OLD, model_uri="models:/credit@champion")
    assert compare("models:/credit@champion", NEW).a.explanation_id == kept.id
    client.set_registered_model_alias("credit", "champion", "2")
    with pytest.raises(ArtifactNotFoundError, match="an explanation of models:/credit@champion"):
        compare("models:/credit@champion", NEW)
    assert compare("models:/credit/1", NEW).a.explanation_id == kept.id
    # Of several models of a name the run's last is meant.
    with pytest.raises(ArtifactNotFoundError, match="an explanation of runs:/"):
        compare(f"runs:/{run.info.run_id}/constant", NEW)


@pytest.mark.filterwarnings("ignore:.*type hint:UserWarning")
def test_41_what_is_not_there_is_named(tracking_store, tmp_path):
    with mlflow.start_run() as run:
        info = logged_model()
        logged = log_explanation(OLD)
    looked_for = (
        rf"an explanation of models:/{info.model_id}: in the tag `mlflow_explain.explanation` of "
        r"its version.* in its run, logged with `model_uri`; got none"
    )
    with pytest.raises(ArtifactNotFoundError, match=looked_for):
        compare(f"models:/{info.model_id}", NEW)
    for missing in ("models:/nowhere/3", "models:/m-0123", "0" * 32, "no/such/folder",
                    f"runs:/{run.info.run_id}/nothing"):  # fmt: skip
        with pytest.raises(ArtifactNotFoundError):
            compare(missing, NEW)
    with pytest.raises(ArtifactNotFoundError, match="id 'gone' in run"):
        compare(f"runs:/{run.info.run_id}/explanations/gone", NEW)
    ExplanationClient.from_run(run).delete_model_explanation(logged.id)
    with pytest.raises(ArtifactNotFoundError, match=f"in run {run.info.run_id}; got none"):
        compare(run, NEW)
    with pytest.raises(ArtifactNotFoundError):
        compare(tmp_path, NEW)


def test_raw_columns_or_engineered_features_are_read(tracking_store):
    fold = FeatureMap.from_matrix(np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]))
    engineered = of(ROWS, ("a=1", "a=2", "b=1", "b=2"), kind="engineered", feature_map=fold,
                    raw_features=("a", "b"))  # fmt: skip
    raw = engineered.get_raw_explanation()
    with mlflow.start_run() as run:
        log_explanation(raw)
    assert set(compare(run, run).features) == {"a", "b"}
    both = compare(run, run, engineered=True)
    assert set(both.features) == {"a=1", "a=2", "b=1", "b=2"}
    with mlflow.start_run() as alone:
        log_explanation(engineered)
    assert compare(alone, run).kendall_tau == 1
    assert set(compare(alone, run).features) == {"a", "b"}


def test_nothing_is_logged_unless_asked(tracking_store):
    with mlflow.start_run() as run:
        compare(OLD, NEW)
    assert mlflow.artifacts.list_artifacts(run_id=run.info.run_id) == []
    assert mlflow.get_run(run.info.run_id).data.metrics == {}


@pytest.mark.parametrize("by_id", [True, False])
def test_a_comparison_is_kept_with_a_run(tracking_store, by_id):
    with mlflow.start_run() as run:
        if not by_id:
            comparison = compare(OLD, NEW, names=("old", "new"), log=True)
    if by_id:
        comparison = compare(OLD, NEW, names=("old", "new"), run_id=run.info.run_id)
    place = place_of(comparison.id)
    assert place == f"comparisons/{comparison.id}"
    folder = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=place))
    assert {path.name for path in folder.iterdir()} == {
        "comparison.json", "comparison.md", "comparison.png", TABLE
    }  # fmt: skip
    assert json.loads((folder / "comparison.json").read_text()) == comparison.to_dict()
    assert "in “old” and “new”" in (folder / "comparison.md").read_text()
    assert (folder / "comparison.png").read_bytes().startswith(b"\x89PNG")
    shown = mlflow.load_table(f"{place}/{TABLE}", run_ids=[run.info.run_id])
    assert shown["feature"].tolist() == list(comparison.features)
    np.testing.assert_allclose(shown["share_difference"], comparison.share_difference)
    metrics = mlflow.get_run(run.info.run_id).data.metrics
    assert metrics == {
        "explain/compare/kendall_tau": comparison.kendall_tau,
        "explain/compare/ndcg": comparison.ndcg,
        "explain/compare/top_k_overlap": 1.0,
        "explain/compare/share_difference_max": np.abs(comparison.share_difference).max(),
    }


def test_figures_that_are_not_defined_are_no_metrics(tracking_store):
    with mlflow.start_run() as run:
        compare(of([[0.0]]), of([[0.0]]), log=True)
    kept = mlflow.get_run(run.info.run_id).data.metrics
    assert kept == {"explain/compare/share_difference_max": 0.0}
    with mlflow.start_run() as run:
        comparison = compare(OLD.top(1), NEW.top(2), log=True)
    assert "No feature is known of both." in comparison.in_words()
    assert set(mlflow.get_run(run.info.run_id).data.metrics) == {
        "explain/compare/kendall_tau", "explain/compare/ndcg", "explain/compare/top_k_overlap"
    }  # fmt: skip


def test_metrics_of_an_explanation(tracking_store):
    rows = np.abs(ROWS)
    made = figures.metrics(replace(OLD, quality={"fidelity_r2": 0.9, "other": float("nan")}))
    assert set(made) == {
        f"{folder}/{name}"
        for folder in ("explain", "explain/linear")
        for name in ("fidelity_r2", "share_of_top_5", "stability")
    }
    rng = np.random.default_rng(5)
    taus = [
        stats.kendalltau(rows.mean(axis=0), rows[rng.integers(60, size=60)].mean(axis=0)).statistic
        for _ in range(500)
    ]
    assert made["explain/stability"] == pytest.approx(np.mean(taus), abs=0.03)
    with mlflow.start_run() as run:
        log_explanation(OLD)
    assert (
        mlflow.get_run(run.info.run_id).data.metrics["explain/stability"]
        == (made["explain/stability"])
    )


def test_shares_count_what_was_left_out_and_permutation_has_none():
    wide = of(np.arange(1.0, 11)[None], tuple("abcdefghij"))
    assert figures.share_of_top(wide) == pytest.approx(40 / 55)
    assert figures.share_of_top(wide.top(7)) == pytest.approx(40 / 55)
    assert figures.metrics(permuted([0.3, -0.1])) == {}


def test_any_number_of_slashes_leads_to_a_run_and_its_explanation(tracking_store):
    with mlflow.start_run(run_name="old") as run:
        logged = log_explanation(OLD)
    for given in (f"runs:///{run.info.run_id}/", f"{run.info.run_id}/"):
        assert compare(given, NEW).a.name == "old"
    for given in (f"runs://{run.info.run_id}/explanations/{logged.id}", f"{logged.uri}/"):
        assert compare(given, NEW).a.explanation_id == logged.id


def test_a_folder_goes_before_a_run_and_never_before_an_address(
    tracking_store, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with mlflow.start_run(run_name="old") as run:
        logged = log_explanation(OLD)
    save_explanation(NEW, tmp_path / run.info.run_id)
    save_explanation(NEW, tmp_path / logged.uri)
    assert compare(run.info.run_id, NEW).a.explanation_id == NEW.id
    assert compare(f"runs:/{run.info.run_id}", NEW).a.name == "old"
    assert compare(logged.uri, NEW).a.explanation_id == logged.id


@pytest.mark.parametrize("missing", ["C:/data/kept", "kept.csv", "a folder", "/kept"])
def test_a_path_with_nothing_there_is_no_run_and_no_model(tracking_store, missing):
    with pytest.raises(ArtifactNotFoundError, match=f"got '{missing}', which is no folder"):
        compare(missing, NEW)


def test_an_explanation_is_read_with_one_look_at_its_run(tracking_store, monkeypatch):
    with mlflow.start_run():
        logged = log_explanation(OLD)
    looks = []
    get_run = mlflow.MlflowClient.get_run
    monkeypatch.setattr(
        mlflow.MlflowClient, "get_run", lambda *given: looks.append(given) or get_run(*given)
    )
    compare(logged.uri, NEW)
    # One for the tags, and one for where the files lie.
    assert len(looks) == 2


def test_a_comparison_is_kept_with_a_run_however_it_is_named(tracking_store):
    with mlflow.start_run() as run:
        pass
    for given in (run, mlflow.get_run(run.info.run_id), f"runs:/{run.info.run_id}"):
        made = compare(OLD, NEW, run_id=given)
        kept = mlflow.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="comparisons")
        assert place_of(made.id) in {file.path for file in kept}
    with pytest.raises(InvalidInputError, match="a run of MLflow, or its id; got 3"):
        compare(OLD, NEW, run_id=3)
