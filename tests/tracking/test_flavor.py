"""The flavour: what is saved, what is loaded, and what is refused."""

from __future__ import annotations

import json
import shutil

import lightgbm
import mlflow
import numpy as np
import pytest
import yaml
from sklearn.linear_model import LogisticRegression

from examples import mortgage
from mlflow_explain import TabularExplainer, load_model, log_explanation, log_model, save_model
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
    ModelLoadError,
    PreprocessingUnavailableError,
    UnfittedModelError,
    UnsupportedModelError,
)
from mlflow_explain.scoring import store
from mlflow_explain.scoring.scorer import PICKLE_SETTING
from mlflow_explain.tracking.models import environment, nested
from mlflow_explain.tracking.pages import notes, registry


def test_the_saved_folder(saved):
    config = yaml.safe_load((saved["pair"] / "MLmodel").read_text())
    ours = config["flavors"]["mlflow_explain"]
    # Part of the format: MLflow imports this module to load every model that was ever logged.
    assert config["flavors"]["python_function"]["loader_module"] == "mlflow_explain"
    assert ours["model_digest"] == nested.digest_of(saved["pair"] / "model")
    assert not list((saved["pair"] / "explainer").glob("*.pkl"))
    manifest = json.loads((saved["pair"] / "explainer" / "manifest.json").read_text())
    assert manifest["model_digest"] == ours["model_digest"]
    requirements = (saved["pair"] / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("uvloop") for line in requirements)
    assert any(line.startswith("mlflow==") for line in requirements)
    params = {spec["name"] for spec in json.loads(config["signature"]["params"])}
    assert params == {"explain", "top_k", "output", "raw", "budget_ms"}


def test_the_plain_model_inside_is_the_plain_model(saved):
    config = yaml.safe_load((saved["pair"] / "model" / "MLmodel").read_text())
    assert set(config["flavors"]) == {"python_function", "sklearn"}


def test_load_model_brings_both_back(saved, applications, pipeline, explanation):
    pair = load_model(str(saved["pair"]))
    rows = applications.test
    np.testing.assert_array_equal(pair.model.predict(rows), pipeline.predict(rows))
    values = pair.explainer.explain(rows)
    np.testing.assert_array_equal(values, explanation.local_importance_values)
    np.testing.assert_array_equal(load_model(str(saved["alone"])).explain(rows), values)


def test_development_code_travels_with_the_model(monkeypatch, tmp_path, explainer):
    assert environment.is_development()
    save_model(path=tmp_path / "development", scoring_explainer=explainer)
    code = tmp_path / "development" / "code"
    assert (code / "mlflow_explain" / "__init__.py").is_file()
    assert not list(code.rglob("__pycache__"))
    monkeypatch.setattr(environment, "is_development", lambda: False)
    save_model(path=tmp_path / "released", scoring_explainer=explainer)
    assert not (tmp_path / "released" / "code").exists()
    assert "mlflow-explain==" in (tmp_path / "released" / "requirements.txt").read_text()


def test_the_users_code_and_requirements_are_kept(tmp_path, explainer):
    module = tmp_path / "mine.py"
    module.write_text("x = 1\n")
    save_model(
        path=tmp_path / "m", scoring_explainer=explainer, code_paths=[str(module)],
        extra_pip_requirements=["left-pad==1.0"], metadata={"team": "credit"},
    )  # fmt: skip
    assert (tmp_path / "m" / "code" / "mine.py").read_text() == "x = 1\n"
    assert "left-pad==1.0" in (tmp_path / "m" / "requirements.txt").read_text()
    assert mlflow.models.Model.load(str(tmp_path / "m")).metadata == {"team": "credit"}
    save_model(path=tmp_path / "n", scoring_explainer=explainer, pip_requirements=["only==1"])
    assert (tmp_path / "n" / "requirements.txt").read_text() == "only==1\n"


def test_without_a_signature_the_columns_make_one(tmp_path, explainer, pipeline, applications):
    save_model(pipeline, tmp_path / "m", scoring_explainer=explainer)
    model = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    types = {spec.name: spec.type.name for spec in model.metadata.get_input_schema()}
    assert (types["dir"], types["pbcr"], types["comdominiom"]) == ("double", "string", "long")
    assert len(model.predict(applications.test.head(2))) == 2


def test_without_pickle_the_explainer_alone_loads_and_explains(
    saved, monkeypatch, applications, explanation
):
    monkeypatch.setenv(PICKLE_SETTING, "false")
    explainer = load_model(str(saved["alone"]))
    engineered = explanation.engineered
    np.testing.assert_array_equal(
        explainer.explain(engineered.eval_data), explanation.local_importance_values
    )
    with pytest.raises(PreprocessingUnavailableError, match=f"{PICKLE_SETTING}=true"):
        explainer.explain(applications.test)
    served = mlflow.pyfunc.load_model(str(saved["alone"]))
    with pytest.raises(mlflow.exceptions.MlflowException, match=PICKLE_SETTING):
        served.predict(applications.test)


def test_without_pickle_an_explainer_of_raw_columns_is_whole(tmp_path, monkeypatch, iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    explainer = TabularExplainer(model, rows)
    save_model(path=tmp_path / "m", scoring_explainer=explainer)
    monkeypatch.setenv(PICKLE_SETTING, "false")
    found = load_model(str(tmp_path / "m")).explain(rows)
    np.testing.assert_array_equal(found, explainer.explain_local(rows).local_importance_values)


def test_without_pickle_a_booster_is_served_whole(tmp_path, monkeypatch, iris):
    rows, labels = iris
    settings = {"objective": "multiclass", "num_class": 3, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, labels), 3)
    save_model(booster, tmp_path / "m", scoring_explainer=TabularExplainer(booster, rows))
    monkeypatch.setenv(PICKLE_SETTING, "false")
    answer = mlflow.pyfunc.load_model(str(tmp_path / "m")).predict(rows.head(2))
    assert answer["prediction"].tolist() == booster.predict(rows.head(2)).tolist()
    assert answer["explanation_status"].tolist() == ["ok", "ok"]


def test_without_pickle_a_pipeline_is_refused_with_the_setting(saved, monkeypatch):
    monkeypatch.setenv(PICKLE_SETTING, "false")
    with pytest.raises(ModelLoadError, match=f"{PICKLE_SETTING}=false.*Booster, XGBoost"):
        load_model(str(saved["pair"]))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda folder: shutil.rmtree(folder / "explainer"), ArtifactNotFoundError),
        (lambda folder: (folder / "explainer" / "manifest.json").unlink(), ArtifactNotFoundError),
        (lambda folder: append(folder / "explainer" / "engine.npz"), CorruptArtifactError),
        (lambda folder: append(folder / "model" / "model.skops"), CorruptArtifactError),
    ],
)
def test_75_incomplete_or_damaged_models_do_not_start(saved, tmp_path, damage, error):
    folder = tmp_path / "copy"
    shutil.copytree(saved["pair"], folder)
    damage(folder)
    with pytest.raises(error):
        mlflow.pyfunc.load_model(str(folder))


def append(path):
    path.write_bytes(path.read_bytes() + b" ")


def test_a_swapped_explainer_does_not_start(saved, tmp_path, applications):
    folder = tmp_path / "copy"
    shutil.copytree(saved["pair"], folder)
    other = mortgage.pipeline(5, 0.1, 4, 0).fit(applications.train, applications.train_y)
    scoring = TabularExplainer(other, applications.train).create_scoring_explainer()
    shutil.rmtree(folder / "explainer")
    store.save(scoring.scorer, folder / "explainer")
    with pytest.raises(CorruptArtifactError, match="logged with this model"):
        mlflow.pyfunc.load_model(str(folder))


def test_28_the_explainer_of_another_model_of_the_class_is_refused(
    tmp_path, explainer, applications
):
    other = mortgage.pipeline(5, 0.1, 4, 0).fit(applications.train, applications.train_y)
    with pytest.raises(InvalidInputError, match="another LGBMClassifier"):
        save_model(other, tmp_path / "m", scoring_explainer=explainer)


def test_28_the_explainer_of_another_model_is_refused(tmp_path, explainer, iris):
    model = LogisticRegression(max_iter=500).fit(*iris)
    with pytest.raises(InvalidInputError, match="explainer of this LogisticRegression"):
        save_model(model, tmp_path / "m", scoring_explainer=explainer)
    with pytest.raises(InvalidInputError, match="create_scoring_explainer"):
        save_model(model, tmp_path / "m", scoring_explainer=object())


def test_1_nothing_is_logged_for_an_unfitted_model(tracking_store, explainer):
    with mlflow.start_run(), pytest.raises(UnfittedModelError):
        log_model(LogisticRegression(), scoring_explainer=explainer)
    assert mlflow.search_logged_models(output_format="list") == []


def test_a_path_is_needed(explainer):
    with pytest.raises(InvalidInputError, match="Name a new folder"):
        save_model(scoring_explainer=explainer)


def test_models_without_a_flavour_are_refused(tmp_path, explainer):
    class LGBMClassifier:
        def predict(self, rows):
            return rows

    with pytest.raises(UnsupportedModelError, match="log_model"):
        save_model(LGBMClassifier(), tmp_path / "m", scoring_explainer=explainer)


def test_serialization_is_the_users_choice(tmp_path, explainer, pipeline):
    save_model(
        pipeline, tmp_path / "m", scoring_explainer=explainer, serialization_format="cloudpickle"
    )
    assert (tmp_path / "m" / "model" / "model.pkl").is_file()
    with pytest.raises(mlflow.exceptions.MlflowException, match="skops_trusted_types"):
        save_model(pipeline, tmp_path / "n", scoring_explainer=explainer, skops_trusted_types=[])


def test_logged_and_registered(tracking_store, pipeline, explainer, explanation, applications):
    client = mlflow.MlflowClient()
    with mlflow.start_run():
        logged = log_explanation(explanation)
        client.create_registered_model("mortgage")
        pair = log_model(
            pipeline, scoring_explainer=explainer, registered_model_name="mortgage",
            explanation=logged,
        )  # fmt: skip
        log_model(
            scoring_explainer=explainer, name="explainer", registered_model_name="explainer",
            model_version=("mortgage", pair.registered_model_version),
        )  # fmt: skip
    version = client.get_model_version("mortgage", "1")
    assert notes.BEGIN in version.description
    assert version.tags[registry.TAG_EXPLAINER] == "models:/explainer/1"
    assert version.tags[registry.TAG_EXPLANATION] == logged.uri
    ours = pair.flavors["mlflow_explain"]
    assert version.tags[registry.TAG_DIGEST] == ours["explainer_digest"]
    other = client.get_model_version("explainer", "1")
    assert other.tags[registry.TAG_MODEL] == "models:/mortgage/1"
    assert load_model("models:/explainer/1").features == explanation.features
    answer = mlflow.pyfunc.load_model("models:/mortgage/1").predict(applications.test)
    assert answer["prediction"].tolist() == pipeline.predict(applications.test).tolist()


@pytest.mark.parametrize("store", ["sqlite", "files"])
def test_a_model_is_logged_into_the_experiment_of_its_run(store, tracking_store, monkeypatch, iris):
    if store == "files":
        monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", (tracking_store / "files").as_uri())
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    elsewhere = mlflow.create_experiment("elsewhere")
    with mlflow.start_run(experiment_id=elsewhere) as run:
        mlflow.log_param("rate", 0.1)
    explainer = TabularExplainer(model, rows)
    info = log_model(model, scoring_explainer=explainer, run_id=run)
    logged = mlflow.get_logged_model(info.model_id)
    assert (logged.experiment_id, logged.source_run_id) == (elsewhere, run.info.run_id)
    assert logged.params == {"rate": "0.1"}
    assert str(logged.status) == "READY"
    (output,) = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert output.model_id == info.model_id
    assert mlflow.last_logged_model().model_id == info.model_id
    assert mlflow.active_run() is None
