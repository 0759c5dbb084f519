"""What goes wrong between the registry and the files: refused with a type, or served right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, PERMISSION_DENIED
from sklearn.linear_model import LogisticRegression

from mlflow_explain import (
    TabularExplainer,
    explain_model,
    load_model,
    log_explanation,
    log_model,
    save_model,
)
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    FormatVersionError,
    InvalidInputError,
    ModelLoadError,
    StoreAccessError,
    StoreError,
    UnsupportedModelError,
)
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.pages import registry
from tests import small
from tests.explanation.test_value import made


def registered(model, name="pair"):
    with mlflow.start_run():
        return log_model(
            model, scoring_explainer=TabularExplainer(model, small.FRAME), name=name,
            registered_model_name=name,
        )  # fmt: skip


@pytest.fixture
def pair(tracking_store, on_frames):
    return registered(on_frames)


@pytest.fixture
def client():
    return mlflow.MlflowClient()


def folder_of(info) -> Path:
    location = mlflow.MlflowClient().get_logged_model(info.model_id).artifact_location
    return Path(location.removeprefix("file://"))


def other_model() -> LogisticRegression:
    return LogisticRegression(C=0.01).fit(small.FRAME, small.LABELS[::-1])


# -- digests ----------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", [registry.TAG_DIGEST, registry.TAG_MODEL_DIGEST])
def test_42_a_version_whose_tag_differs_from_its_files_is_refused(pair, client, tag):
    assert load_model("models:/pair/1").explainer.features == ("a", "b", "c")
    client.set_model_version_tag("pair", "1", tag, "0" * 64)
    client.set_registered_model_alias("pair", "champion", "1")
    for uri in ("models:/pair/1", "models:/pair/latest", "models:/pair@champion"):
        with pytest.raises(CorruptArtifactError, match=f"models:/pair/1 .* {tag}"):
            load_model(uri)
    # The logged model has tags of its own, which are right.
    assert load_model(pair.model_uri).explainer.features == ("a", "b", "c")
    client.set_logged_model_tags(pair.model_id, {tag: "0" * 64})
    with pytest.raises(CorruptArtifactError, match=tag):
        load_model(pair.model_uri)


def test_42_a_whole_other_pair_in_the_folder_is_refused(pair, client):
    # Consistent in itself, so only the registry tells that it is not what was registered.
    folder = folder_of(pair)
    other = folder_of(registered(other_model(), "other"))
    shutil.rmtree(folder)
    shutil.copytree(other, folder)
    for uri in ("models:/pair/1", pair.model_uri):
        with pytest.raises(CorruptArtifactError, match="was registered with"):
            load_model(uri)
    # MLflow's own loader asks no registry: the folder is whole, and it serves it.
    served = mlflow.pyfunc.load_model("models:/pair/1")
    expected = other_model().predict(small.FRAME)
    assert served.predict(small.FRAME)["prediction"].tolist() == [str(y) for y in expected]


@pytest.mark.parametrize("what", ["all", "model", "plain"])
def test_42_what_load_model_refuses_is_not_explained_either(pair, what, tracking_store):
    folder, other = folder_of(pair), tracking_store / "other"
    exchanged = other_model()
    save_model(exchanged, other, scoring_explainer=TabularExplainer(exchanged, small.FRAME))
    names = ("MLmodel", "model", "explainer") if what == "all" else ("model",)
    if what == "plain":
        shutil.rmtree(folder)
        shutil.copytree(other / "model", folder)
    else:
        for name in names:
            source, target = other / name, folder / name
            (shutil.rmtree if target.is_dir() else Path.unlink)(target)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    with mlflow.start_run() as run:
        for uri in ("models:/pair/1", pair.model_uri):
            with pytest.raises(CorruptArtifactError):
                load_model(uri)
            with pytest.raises(CorruptArtifactError):
                explain_model(uri, small.FRAME)
            with pytest.raises(CorruptArtifactError):
                log_explanation(made(), model_uri=uri)
    assert mlflow.artifacts.list_artifacts(run_id=run.info.run_id) == []


def test_the_model_inside_a_pair_is_explained_by_its_own_address(pair):
    with mlflow.start_run():
        kept = explain_model("models:/pair/1/model", small.FRAME)
    assert kept.explanation.features == ("a", "b", "c")


def test_42_a_version_registered_without_tags_is_served(pair, client):
    mlflow.register_model(pair.model_uri, "copied")
    assert client.get_model_version("copied", "1").tags == {}
    assert load_model("models:/copied/1").explainer.features == ("a", "b", "c")


def test_33_one_changed_byte_is_refused_whatever_the_address(pair):
    path = folder_of(pair) / "explainer" / "engine.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for uri in ("models:/pair/1", pair.model_uri):
        with pytest.raises(CorruptArtifactError, match=r"engine\.npz"):
            load_model(uri)


# -- what is gone -----------------------------------------------------------------------------


def test_85_a_deleted_version_is_a_typed_error(pair, client):
    client.set_registered_model_alias("pair", "champion", "1")
    client.delete_model_version("pair", "1")
    for uri in ("models:/pair/1", "models:/pair@champion", "models:/pair/latest"):
        with pytest.raises(ArtifactNotFoundError, match="models:/pair"):
            load_model(uri)
    # The logged model is still there.
    assert load_model(pair.model_uri).explainer.features == ("a", "b", "c")


@pytest.mark.filterwarnings("ignore:.*transition_model_version_stage.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*get_latest_versions.*:FutureWarning")
@pytest.mark.parametrize("stage", ["Staging", "Production", "Archived"])
def test_85_a_staged_or_archived_version_loads(pair, client, stage):
    client.transition_model_version_stage("pair", "1", stage)
    for uri in ("models:/pair/1", f"models:/pair/{stage}"):
        assert load_model(uri).explainer.features == ("a", "b", "c")


def test_85_the_explainer_of_a_deleted_model_version_still_loads(pair, client, on_frames):
    with mlflow.start_run():
        log_model(
            scoring_explainer=TabularExplainer(on_frames, small.FRAME), name="alone",
            registered_model_name="alone", model_version=("pair", "1"),
        )  # fmt: skip
    client.delete_model_version("pair", "1")
    assert load_model("models:/alone/1").features == ("a", "b", "c")


def test_41_a_version_whose_files_were_deleted_is_a_typed_error(pair):
    shutil.rmtree(folder_of(pair))
    for uri in ("models:/pair/1", pair.model_uri):
        with pytest.raises(ArtifactNotFoundError, match=r"models:/"):
            load_model(uri)


@pytest.mark.parametrize("gone", ["MLmodel", "explainer", "explainer/manifest.json"])
def test_75_a_version_without_a_part_is_a_typed_error(pair, gone):
    path = folder_of(pair) / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ArtifactNotFoundError):
        load_model("models:/pair/1")


def test_75_a_version_without_its_model_is_refused(pair):
    shutil.rmtree(folder_of(pair) / "model")
    with pytest.raises(CorruptArtifactError, match="model files as they were logged"):
        load_model("models:/pair/1")


@pytest.mark.parametrize(
    "uri",
    [
        "models:/nothing/1", "models:/nothing@champion", "models:/m-" + "0" * 32,
        "runs:/" + "0" * 32 + "/pair", "/nowhere/at/all", "nowhere",
    ],
)  # fmt: skip
def test_41_what_was_never_there_is_a_typed_error(tracking_store, uri):
    with pytest.raises(ArtifactNotFoundError):
        load_model(uri)


@pytest.mark.filterwarnings("ignore:.*get_latest_versions.*:FutureWarning")
@pytest.mark.parametrize("uri", ["models:/pair/x", "models:/", "http://x/y", "", None])
def test_what_is_no_address_is_a_typed_error(pair, uri):
    with pytest.raises(InvalidInputError, match="models:/"):
        load_model(uri)


def test_a_folder_mlflow_would_take_for_another_is_named(tracking_store, on_frames):
    explainer = TabularExplainer(on_frames, small.FRAME)
    for name in ("m#1", "100% mine", "m%20"):
        save_model(on_frames, tracking_store / name, scoring_explainer=explainer)
    for name in ("m#1", "100% mine"):
        assert load_model(tracking_store / name).explainer.features == ("a", "b", "c")
    with pytest.raises(InvalidInputError, match=r"m%20: MLflow takes .*/m  for it.* Rename it"):
        load_model("m%20")


def test_another_flavour_is_refused_by_name(tracking_store, on_frames):
    with mlflow.start_run():
        mlflow.sklearn.log_model(
            on_frames, name="plain", registered_model_name="plain", pip_requirements=["mlflow"]
        )
    with pytest.raises(UnsupportedModelError, match="sklearn"):
        load_model("models:/plain/1")


# -- stores that fail -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"), [(PERMISSION_DENIED, StoreAccessError), (INTERNAL_ERROR, StoreError)]
)
def test_86_what_the_registry_refuses_has_a_type(pair, monkeypatch, code, error):
    def refusing(*_):
        raise MlflowException("no", error_code=code)

    monkeypatch.setattr(mlflow.MlflowClient, "get_model_version", refusing)
    with pytest.raises(error, match="find models:/pair/1"):
        load_model("models:/pair/1")


def test_what_mlflow_refuses_to_load_has_a_type(pair, monkeypatch):
    def refusing(*_):
        raise MlflowException("untrusted types")

    monkeypatch.setattr(nested, "load", refusing)
    with pytest.raises(ModelLoadError, match="untrusted types"):
        load_model("models:/pair/1")


# -- tampering --------------------------------------------------------------------------------


def resealed(pair, change) -> None:
    """Change an explainer's manifest, and MLmodel with it: consistent in itself."""
    folder = folder_of(pair)
    path = folder / "explainer" / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest, folder / "explainer")
    path.write_text(json.dumps(manifest))


def test_34_an_explainer_of_a_newer_format_is_refused_by_name(pair):
    resealed(pair, lambda manifest, _: manifest.update(format_version=999))
    with pytest.raises(FormatVersionError, match="999"):
        load_model("models:/pair/1")


@pytest.mark.parametrize("name", ["../x", "/abs", "a\\b", "%2e%2e/x", "a\0b"])
def test_37_names_that_lead_outside_are_refused(pair, name):
    resealed(pair, lambda manifest, _: manifest["files"].update({name: "0" * 64}))
    with pytest.raises(CorruptArtifactError, match="inside the folder"):
        load_model("models:/pair/1")


def test_38_a_pickle_in_the_folder_is_never_opened(pair, tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "opened",)

    for name in ("model.pkl", "engine.pkl"):
        (folder_of(pair) / "explainer" / name).write_bytes(pickle.dumps(Bomb()))
    assert load_model("models:/pair/1").explainer.features == ("a", "b", "c")
    assert not (tmp_path / "opened").exists()


# -- two at once ------------------------------------------------------------------------------

REGISTER = """
import sys
import mlflow
from sklearn.linear_model import LogisticRegression
from mlflow_explain import TabularExplainer, log_model
from tests import small

model = LogisticRegression(C=float(sys.argv[1])).fit(small.FRAME, small.LABELS)
explainer = TabularExplainer(model, small.FRAME).create_scoring_explainer()
with mlflow.start_run():
    print("ready", flush=True)
    sys.stdin.readline()
    pair = log_model(model, scoring_explainer=explainer, registered_model_name="credit")
    alone = log_model(
        scoring_explainer=explainer, name="explainer", registered_model_name="credit-explainer",
        model_version=("credit", pair.registered_model_version),
    )
print(pair.registered_model_version, alone.registered_model_version, flush=True)
print(pair.flavors["mlflow_explain"]["explainer_digest"], pair.model_id, flush=True)
"""


def test_83_two_who_register_at_once_get_versions_of_their_own(tracking_store, client):
    # Both wait until the other is ready; the store is made before, as servers' are.
    client.search_experiments()
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, strength], text=True, cwd=tracking_store,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(root),
        )
        for strength in ("1.0", "0.01")
    ]  # fmt: skip
    try:
        for process in started:
            assert process.stdout.readline() == "ready\n"
        for process in started:
            process.stdin.write("\n")
            process.stdin.flush()
        told = [process.communicate(timeout=240)[0].split() for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0]
    assert {versions[0] for versions in told} == {"1", "2"}
    assert {versions[1] for versions in told} == {"1", "2"}
    strengths = []
    for number, alone, digest, model_id in told:
        version = client.get_model_version("credit", number)
        assert version.tags[registry.TAG_DIGEST] == digest
        assert version.tags[registry.TAG_EXPLAINER] == f"models:/credit-explainer/{alone}"
        assert version.source == f"models:/{model_id}"
        explainer = client.get_model_version("credit-explainer", alone)
        assert explainer.tags[registry.TAG_MODEL] == f"models:/credit/{number}"
        # The same explainer of the same files.
        assert explainer.tags[registry.TAG_DIGEST] == digest
        assert explainer.tags[registry.TAG_MODEL_DIGEST] == version.tags[registry.TAG_MODEL_DIGEST]
        assert f"#/models/credit-explainer/versions/{alone})" in version.description
        strengths.append(load_model(f"models:/credit/{number}").model.C)
    assert strengths == [1.0, 0.01]


def _environment(root: Path) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(root)}


def test_a_served_model_imports_no_pictures():
    code = "import sys, mlflow_explain.tracking.flavor; print('matplotlib' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert printed == "False\n"
