"""A model and its explainer, each logged on its own, together."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from examples import demo
from mlflow_explain import (
    DeepExplainer,
    DeepScoringExplainer,
    KernelExplainer,
    LIMEExplainer,
    TabularExplainer,
    load_model,
    log_model,
    predict_and_explain,
    save_model,
)
from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.errors import (
    CorruptArtifactError,
    InvalidInputError,
    ModelLoadError,
    StoreError,
    UnsupportedModelError,
)
from mlflow_explain.tracking.pages import registry
from tests.engines.test_conformance import BINARY, X, Y
from tests.serving import Endpoint, body_of


def saved_apart(folder, model, explainer, **save):
    """Save a model, its explainer, and both as a pair."""
    flavor = "lightgbm" if isinstance(model, lightgbm.Booster) else "sklearn"
    skops = {} if flavor == "lightgbm" else {"skops_trusted_types": trusted_types(model)}
    getattr(mlflow, flavor).save_model(
        model, str(folder / "model"), pip_requirements=["mlflow"], **skops, **save
    )
    save_model(path=folder / "explainer", scoring_explainer=explainer)
    save_model(model, folder / "pair", scoring_explainer=explainer)
    return folder / "model", folder / "explainer", Endpoint(folder / "pair")


def _first_two(rows):
    return np.asarray(rows)[:, 0] + 2.0 * np.asarray(rows)[:, 1]


OPTIONS = [
    {}, {"output": "predicted"}, {"output": "all"}, {"top_k": 2}, {"raw": False},
    {"output": "all", "top_k": 1},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_both_give_the_pairs_reply(endpoint, saved, applications, options):
    rows = applications.test.head(6)
    pair = endpoint["pair"].post(body_of(rows) | {"params": options})[1]["predictions"]
    apart = predict_and_explain(saved["plain"], saved["alone"], rows, **options)
    assert apart == pair
    assert [list(row) for row in apart] == [list(row) for row in pair]


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    frame = pd.DataFrame(X, columns=list("abcdef"))
    words = np.array(["ham", "spam", "eggs"])[Y]
    model = LGBMClassifier(n_estimators=4, verbose=-1).fit(frame, words)
    return *saved_apart(folder, model, TabularExplainer(model, frame)), frame.head(9)


@pytest.mark.parametrize("options", [*OPTIONS, {"output": "ham"}], ids=str)
def test_of_several_classes_the_predicted_one_is_explained(classes, options):
    model, explainer, pair, rows = classes
    expected = pair.post(body_of(rows) | {"params": options})[1]["predictions"]
    assert predict_and_explain(model, explainer, rows, **options) == expected
    loaded = [mlflow.pyfunc.load_model(str(path)) for path in (model, explainer)]
    assert predict_and_explain(*loaded, rows, **options) == expected
    assert len({row["prediction"] for row in expected}) == 3


def test_arrays_regressions_and_several_targets(tmp_path):
    for name, target in (("one", Y), ("two", np.column_stack([Y, X[:, 0]]))):
        model = LinearRegression().fit(X, target)
        (tmp_path / name).mkdir()
        parts = saved_apart(tmp_path / name, model, TabularExplainer(model, X))
        expected = parts[2].post({"inputs": X[:3].tolist()})[1]["predictions"]
        assert predict_and_explain(*parts[:2], X[:3]) == expected
        assert predict_and_explain(*parts[:2], X[0]) == expected[:1]
        assert predict_and_explain(*parts[:2], X[:0]) == []


def test_a_model_that_answers_probabilities(tmp_path):
    model = LogisticRegression().fit(X, Y)
    parts = saved_apart(
        tmp_path, model, TabularExplainer(model, X), pyfunc_predict_fn="predict_proba"
    )
    expected = parts[2].post({"inputs": X[:5].tolist()})[1]["predictions"]
    assert predict_and_explain(*parts[:2], X[:5]) == expected


def test_a_booster_tells_a_probability(tmp_path):
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1}, lightgbm.Dataset(X, BINARY), num_boost_round=3
    )
    explainer = TabularExplainer(booster, X, classes=["no", "yes"])
    parts = saved_apart(tmp_path, booster, explainer)
    expected = parts[2].post({"inputs": X[:5].tolist()})[1]["predictions"]
    assert predict_and_explain(*parts[:2], X[:5]) == expected
    predicted = predict_and_explain(*parts[:2], X[:5], output="predicted")
    assert [row["explained_output"] for row in predicted] == [
        max(row["probabilities"], key=row["probabilities"].get) for row in expected
    ]


def test_an_explainer_that_asks_its_model_takes_it_along(tmp_path):
    model = KNeighborsClassifier().fit(X, Y)
    for name, made in (("kernel", KernelExplainer), ("lime", LIMEExplainer)):
        explainer = made(model, X[:20], nsamples=60, show_progress=False)
        (tmp_path / name).mkdir()
        parts = saved_apart(tmp_path / name, model, explainer)
        expected = parts[2].post({"inputs": X[:2].tolist()})[1]["predictions"]
        assert predict_and_explain(*parts[:2], X[:2]) == expected
        scoring = load_model(parts[1])
        local = explainer.explain_local(X[:2])
        np.testing.assert_array_equal(scoring.explain(X[:2]), local.local_importance_values)
        inside = sorted(path.name for path in parts[1].iterdir() if path.is_dir())
        assert inside[:2] == ["asked", "code"]
        (parts[1] / "asked" / "model.skops").write_bytes(b"other")
        with pytest.raises(CorruptArtifactError, match="in asked/"):
            load_model(parts[1])


def test_a_function_is_taken_along(tmp_path):
    explainer = KernelExplainer(_first_two, X[:5], show_progress=False)
    save_model(path=tmp_path / "alone", scoring_explainer=explainer)
    again = load_model(tmp_path / "alone")
    local = explainer.explain_local(X[5:7]).local_importance_values
    np.testing.assert_array_equal(again.explain(X[5:7]), local)


@pytest.mark.networks
def test_a_network_is_taken_along(tmp_path):
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3))
    rows = X.astype(np.float32)
    explainer = DeepExplainer(model, rows[:20])
    save_model(path=tmp_path / "alone", scoring_explainer=explainer)
    again = load_model(tmp_path / "alone")
    assert type(again) is DeepScoringExplainer
    local = explainer.explain_local(rows[:2]).local_importance_values
    np.testing.assert_allclose(again.explain(rows[:2]), local, atol=1e-6)


def test_where_pickle_is_forbidden_a_model_that_is_asked_is_not_loaded(tmp_path, monkeypatch):
    model = KNeighborsClassifier().fit(X, Y)
    explainer = KernelExplainer(model, X[:5], show_progress=False)
    save_model(path=tmp_path / "alone", scoring_explainer=explainer)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(ModelLoadError, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION"):
        load_model(tmp_path / "alone")


def test_predictions_of_a_logged_model_are_logged_with_it(tmp_path):
    class Sums(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return np.asarray(model_input).sum(axis=1)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.pyfunc.save_model(
            str(tmp_path / "sums"), python_model=Sums(), pip_requirements=["mlflow"]
        )
    logged = mlflow.pyfunc.load_model(str(tmp_path / "sums"))
    explainer = KernelExplainer(logged, X[:5], show_progress=False)
    with pytest.raises(UnsupportedModelError, match="logged as a pair"):
        save_model(path=tmp_path / "alone", scoring_explainer=explainer)


@pytest.fixture
def registered(tracking_store):
    """Versions 1 and 2 of a model, and the explainer of the first."""
    frame = pd.DataFrame(X, columns=list("abcdef"))
    models = [LogisticRegression(C=c).fit(frame, BINARY) for c in (1.0, 0.01)]
    for model in models:
        mlflow.sklearn.log_model(
            model, name="m", registered_model_name="credit", pip_requirements=["mlflow"],
            signature=mlflow.models.infer_signature(frame, BINARY.astype(float)),
            skops_trusted_types=trusted_types(model),
        )  # fmt: skip
    explainer = TabularExplainer(models[0], frame)
    log_model(
        scoring_explainer=explainer, registered_model_name="why", model_version=("credit", "1")
    )
    return explainer, frame


def test_28_the_versions_are_linked_by_digest(registered):
    explainer, frame = registered
    client = mlflow.MlflowClient()
    why, credit = client.get_model_version("why", "1"), client.get_model_version("credit", "1")
    assert why.tags[registry.TAG_MODEL] == "models:/credit/1"
    assert credit.tags[registry.TAG_EXPLAINER] == "models:/why/1"
    digest = why.tags[registry.TAG_MODEL_DIGEST]
    assert credit.tags[registry.TAG_MODEL_DIGEST] == digest
    rows = predict_and_explain("models:/credit/1", "models:/why/1", frame.head(2))
    np.testing.assert_array_equal(
        [list(row["local_importance_values"].values()) for row in rows],
        explainer.explain_local(frame.head(2)).local_importance_values[1],
    )
    load_model("models:/why/1")


def test_28_the_explainer_of_another_version_is_refused(registered):
    explainer, frame = registered
    with pytest.raises(CorruptArtifactError, match="another digest"):
        predict_and_explain("models:/credit/2", "models:/why/1", frame.head(2))
    with pytest.raises(InvalidInputError, match="one of another LogisticRegression"):
        log_model(scoring_explainer=explainer, model_version=("credit", "2"))
    client = mlflow.MlflowClient()
    client.set_model_version_tag("why", "1", registry.TAG_MODEL_DIGEST, "0" * 64)
    with pytest.raises(CorruptArtifactError, match=registry.TAG_MODEL_DIGEST):
        load_model("models:/why/1")


def test_arguments_that_cannot_be_used(classes, tmp_path):
    model, explainer, _, rows = classes
    for swapped in ((model, model), (explainer, explainer), (explainer, model)):
        with pytest.raises(InvalidInputError):
            predict_and_explain(*swapped, rows)
    for wrong in ({"output": "bacon"}, {"top_k": -1}, {"raw": "yes"}):
        with pytest.raises(InvalidInputError, match=next(iter(wrong))):
            predict_and_explain(model, explainer, rows, **wrong)
    with pytest.raises(InvalidInputError, match="address of a server"):
        predict_and_explain(LogisticRegression(), explainer, rows)
    with pytest.raises(StoreError, match=r"Expected an answer from http://\*\*\*@127.0.0.1:9"):
        predict_and_explain("http://me:secret@127.0.0.1:9", explainer, rows)


@pytest.mark.server
def test_two_servers_answer_as_the_pair(saved, endpoint, classes, applications, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with demo.served(str(saved["plain"])) as model, demo.served(str(saved["alone"])) as explainer:
        rows = applications.test.head(20)
        for options in ({}, {"output": "all", "top_k": 3}):
            expected = endpoint["pair"].post(body_of(rows) | {"params": options})[1]["predictions"]
            for row in expected:
                # MLflow's server of a scikit-learn model answers labels.
                del row["probabilities"]
            assert predict_and_explain(model, explainer, rows, **options) == expected
            both = predict_and_explain(saved["plain"], explainer, rows, **options)
            assert [{k: v for k, v in r.items() if k != "probabilities"} for r in both] == expected
        with pytest.raises(InvalidInputError, match=r"HTTP 400: .*dmi") as caught:
            predict_and_explain(model, explainer, rows.drop(columns="dmi"))
        assert str(rows.iloc[0, 0]) not in str(caught.value)
        with pytest.raises(InvalidInputError, match="each other's place"):
            predict_and_explain(explainer, model, rows)
