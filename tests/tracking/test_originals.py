"""The model of a pair as a logged model: its files are copied, and what they say is taken over."""

from __future__ import annotations

import shutil
import warnings

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml
from lightgbm import LGBMClassifier
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlflow_explain import (
    KernelExplainer,
    LIMEExplainer,
    LinearExplainableModel,
    MimicExplainer,
    TabularExplainer,
    load_model,
    log_model,
    save_model,
)
from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
    UnsupportedModelError,
)
from mlflow_explain.tracking.models import nested

NAMES = ["a", "b", "c"]
ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=NAMES)
TARGET = ROWS.to_numpy() @ [1.0, -2.0, 0.5]


@pytest.fixture(scope="module")
def linear():
    return LinearRegression().fit(ROWS, TARGET)


@pytest.fixture(scope="module")
def other():
    return LinearRegression().fit(ROWS, -TARGET)


def signature() -> ModelSignature:
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.double, name) for name in NAMES]),
        outputs=Schema([ColSpec(DataType.double, "price")]),
        params=ParamSchema([ParamSpec("unit", DataType.string, "euro")]),
    )


@pytest.fixture
def logged(tracking_store, linear):
    """A registered model of MLflow's own flavour, with all that a pair takes over."""
    module = tracking_store / "mine.py"
    module.write_text("x = 1\n")
    with mlflow.start_run():
        return mlflow.sklearn.log_model(
            linear, name="price", registered_model_name="price", signature=signature(),
            code_paths=[str(module)], metadata={"team": "credit", "of": "them"},
            pip_requirements=["mlflow", "scikit-learn==1.2.3", "left-pad==1.0"],
            skops_trusted_types=trusted_types(linear),
        )  # fmt: skip


def files_of(folder):
    """Return a folder's files with their contents."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


CONFLICT = pytest.mark.filterwarnings("ignore:The model's requirements stay:UserWarning")


@CONFLICT
@pytest.mark.parametrize(
    "address",
    [
        lambda info: info.model_uri,
        lambda info: f"runs:/{info.run_id}/price",
        lambda _: "models:/price/1",
        lambda _: "models:/price@best",
        lambda info: mlflow.get_logged_model(info.model_id).artifact_location,
        lambda _: mlflow.pyfunc.load_model("models:/price/1"),
    ],
    ids=["id", "run", "version", "alias", "artifacts", "loaded"],
)
def test_a_logged_model_is_copied_as_it_is(logged, linear, address):
    mlflow.MlflowClient().set_registered_model_alias("price", "best", "1")
    info = log_model(address(logged), scoring_explainer=TabularExplainer(linear, ROWS))
    theirs = nested.downloaded(logged.model_uri)
    pair = nested.downloaded(info.model_uri)
    copied = files_of(theirs)
    # Where a copy was registered is no part of a model.
    copied.pop("registered_model_meta", None)
    assert files_of(pair / "model") == copied
    assert info.flavors["mlflow_explain"]["model_digest"] == nested.digest_of(theirs)
    answer = mlflow.pyfunc.load_model(info.model_uri).predict(ROWS)
    assert answer["prediction"].tolist() == linear.predict(ROWS).tolist()
    assert answer["explained_output"].tolist() == ["price"] * 40
    both = load_model(info.model_uri)
    assert isinstance(both.model, LinearRegression)
    values = np.array(both.explainer.explain(ROWS))
    np.testing.assert_allclose(values, (ROWS - ROWS.mean()) * [1.0, -2.0, 0.5], atol=1e-9)


def test_what_a_model_was_logged_with_is_taken_over(logged, linear, tmp_path):
    explainer = TabularExplainer(linear, ROWS)
    with pytest.warns(UserWarning, match=r"stay as they are: scikit-learn==1.2.3 \(here =="):
        save_model(
            "models:/price/1", tmp_path / "pair", scoring_explainer=explainer,
            metadata={"of": "us"}, extra_pip_requirements=["right-pad==2.0"],
        )  # fmt: skip
    saved = mlflow.models.Model.load(str(tmp_path / "pair"))
    assert saved.metadata == {"team": "credit", "of": "us"}
    assert saved.signature.inputs == signature().inputs
    assert saved.signature.params.params[0].name == "unit"
    assert saved.flavors["mlflow_explain"]["original_uri"] == "models:/price/1"
    lines = (tmp_path / "pair" / "requirements.txt").read_text().splitlines()
    assert {"scikit-learn==1.2.3", "left-pad==1.0", "right-pad==2.0"} <= set(lines)
    assert sum(line.startswith("scikit-learn") for line in lines) == 1
    # The model did not say which, and the explainer does.
    assert [line for line in lines if line.startswith("mlflow==")]
    assert "mlflow" not in lines
    conda = yaml.safe_load((tmp_path / "pair" / "conda.yaml").read_text())
    assert conda["dependencies"][-1] == {"pip": lines}
    # Its own modules lie where its own flavour finds them.
    assert (tmp_path / "pair" / "model" / "code" / "mine.py").is_file()


def test_python_and_packages_of_conda_are_taken_over(linear, tmp_path):
    environment = {
        "name": "theirs", "channels": ["defaults"],
        "dependencies": ["python=3.12.1", "libgomp=13", {"pip": ["mlflow"]}],
    }  # fmt: skip
    mlflow.sklearn.save_model(linear, str(tmp_path / "plain"), conda_env=environment)
    (tmp_path / "plain" / "python_env.yaml").write_text("python: 3.12.1\n")
    (tmp_path / "plain" / "requirements.txt").write_text("mlflow\n-c constraints.txt\n")
    (tmp_path / "plain" / "constraints.txt").write_text("numpy<3\n")
    save_model(
        tmp_path / "plain", tmp_path / "pair", scoring_explainer=TabularExplainer(linear, ROWS)
    )
    ours = yaml.safe_load((tmp_path / "pair" / "conda.yaml").read_text())
    assert ours["channels"] == ["defaults"]
    assert ours["dependencies"][:2] == ["python=3.12.1", "libgomp=13"]
    python = yaml.safe_load((tmp_path / "pair" / "python_env.yaml").read_text())
    assert python["python"] == "3.12.1"
    assert python["dependencies"] == ["-r requirements.txt"]
    assert (tmp_path / "pair" / "constraints.txt").read_text() == "numpy<3\n"
    assert "-c constraints.txt" in (tmp_path / "pair" / "requirements.txt").read_text()


def test_of_a_pair_the_plain_model_is_taken(linear, tmp_path):
    module = tmp_path / "mine.py"
    module.write_text("x = 1\n")
    explainer = TabularExplainer(linear, ROWS)
    save_model(linear, tmp_path / "a", scoring_explainer=explainer, code_paths=[str(module)])
    save_model(tmp_path / "a", tmp_path / "b", scoring_explainer=explainer)
    assert files_of(tmp_path / "b" / "model") == files_of(tmp_path / "a" / "model")
    assert (tmp_path / "b" / "code" / "mine.py").read_text() == "x = 1\n"
    assert len(mlflow.pyfunc.load_model(str(tmp_path / "b")).predict(ROWS)) == 40


def test_what_a_page_shows_of_a_model_is_not_copied(linear, tmp_path):
    mlflow.sklearn.save_model(linear, str(tmp_path / "plain"), pip_requirements=["mlflow"])
    digest = nested.digest_of(tmp_path / "plain")
    shown = tmp_path / "plain" / "explanations" / "one" / "report.html"
    shown.parent.mkdir(parents=True)
    shown.write_text("<html>")
    save_model(
        tmp_path / "plain", tmp_path / "pair", scoring_explainer=TabularExplainer(linear, ROWS)
    )
    assert not (tmp_path / "pair" / "model" / "explanations").exists()
    assert nested.digest_of(tmp_path / "pair" / "model") == digest


@CONFLICT
def test_28_the_explainer_of_another_model_is_refused_for_an_address(logged, other, tmp_path):
    explainer = TabularExplainer(other, ROWS)
    with pytest.raises(InvalidInputError, match="one of another LinearRegression"):
        save_model("models:/price/1", tmp_path / "pair", scoring_explainer=explainer)
    of_predictions = KernelExplainer(other.predict, ROWS)
    with pytest.raises(InvalidInputError, match="one of another FunctionRegressor"):
        log_model("models:/price/1", scoring_explainer=of_predictions)
    of_others = KernelExplainer(lambda rows: rows["x"], ROWS.rename(columns={"a": "x"}))
    with pytest.raises(InvalidInputError, match="one of another FunctionRegressor"):
        log_model("models:/price/1", scoring_explainer=of_others)
    assert len(mlflow.search_logged_models(output_format="list")) == 1


def test_28_a_pair_whose_model_was_exchanged_does_not_load(linear, other, tmp_path):
    for name, model in (("mine", linear), ("theirs", other)):
        explainer = TabularExplainer(model, ROWS)
        save_model(model, tmp_path / name, scoring_explainer=explainer)
    shutil.rmtree(tmp_path / "mine" / "model")
    shutil.copytree(tmp_path / "theirs" / "model", tmp_path / "mine" / "model")
    with pytest.raises(CorruptArtifactError, match="their digest differs"):
        mlflow.pyfunc.load_model(str(tmp_path / "mine"))
    with pytest.raises(CorruptArtifactError, match="their digest differs"):
        save_model(
            tmp_path / "mine", tmp_path / "new", scoring_explainer=TabularExplainer(linear, ROWS)
        )


def test_28_files_that_are_not_those_of_the_version_are_refused(tracking_store, linear, other):
    explainer = TabularExplainer(linear, ROWS)
    info = log_model(linear, scoring_explainer=explainer, registered_model_name="pair")
    mlflow.MlflowClient().set_model_version_tag("pair", "1", "mlflow_explain.model_digest", "x")
    with pytest.raises(CorruptArtifactError, match=r"its tag mlflow_explain\.model_digest"):
        log_model("models:/pair/1", scoring_explainer=explainer)
    assert load_model(info.model_uri).model.coef_.tolist() == linear.coef_.tolist()


@pytest.mark.parametrize("address", ["models:/none/1", "runs:/none/model", "no/such/folder"])
def test_an_address_that_leads_nowhere_logs_nothing(tracking_store, linear, address):
    with pytest.raises(ArtifactNotFoundError):
        log_model(address, scoring_explainer=TabularExplainer(linear, ROWS))
    assert mlflow.search_logged_models(output_format="list") == []


def test_a_loaded_model_says_where_it_was_logged(tracking_store, linear, other, tmp_path):
    mlflow.sklearn.save_model(linear, str(tmp_path / "plain"), pip_requirements=["mlflow"])
    model = mlflow.pyfunc.load_model(str(tmp_path / "plain"))
    explainer = TabularExplainer(model, ROWS)
    with pytest.raises(InvalidInputError, match="Pass the folder itself"):
        log_model(model, scoring_explainer=explainer)
    model.metadata.model_id = "m-" + "0" * 32
    with pytest.raises(ArtifactNotFoundError, match="logged to another store"):
        log_model(model, scoring_explainer=explainer)
    model.metadata.model_id = log_model(linear, scoring_explainer=explainer).model_id
    with pytest.raises(CorruptArtifactError, match="its id differs"):
        log_model(model, scoring_explainer=explainer)


class Spread(mlflow.pyfunc.PythonModel):
    """A model of the user's own: nothing can be taken out of it."""

    def predict(self, model_input: pd.DataFrame, params=None):
        rows = model_input.to_numpy()
        return np.abs(rows[:, 0]) + rows[:, 1] * rows[:, 2]


class Likely(Spread):
    """The same, of two classes."""

    def predict(self, model_input: pd.DataFrame, params=None):
        share = 1.0 / (1.0 + np.exp(-Spread.predict(self, model_input)))
        return np.column_stack([1.0 - share, share])


@pytest.fixture(params=[Spread, Likely], ids=["numbers", "probabilities"])
def custom(request, tmp_path):
    inputs = Schema([ColSpec(DataType.double, name) for name in NAMES])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*An input example was not provided")
        mlflow.pyfunc.save_model(
            str(tmp_path / "plain"), python_model=request.param(), pip_requirements=["mlflow"],
            signature=ModelSignature(inputs=inputs),
        )  # fmt: skip
    return mlflow.pyfunc.load_model(str(tmp_path / "plain"))


MAKERS = {
    "kernel": KernelExplainer,
    "lime": LIMEExplainer,
    "mimic": lambda model, rows: MimicExplainer(model, rows, LinearExplainableModel),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_a_model_that_cannot_be_taken_apart_is_explained_by_its_predictions(
    custom, tmp_path, maker
):
    explainer = MAKERS[maker](custom, ROWS)
    save_model(tmp_path / "plain", tmp_path / "pair", scoring_explainer=explainer)
    pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    answer = pair.predict(ROWS.head(3))
    expected = custom.predict(ROWS.head(3))
    if expected.ndim == 1:
        assert answer["prediction"].tolist() == expected.tolist()
    else:
        told = [list(row.values()) for row in answer["probabilities"]]
        assert told == expected.tolist()
    assert answer["explanation_status"].tolist() == ["ok"] * 3
    given = pd.DataFrame(answer["local_importance_values"].tolist()).to_numpy()
    own = explainer.explain_local(ROWS.head(3)).local_importance_values
    np.testing.assert_allclose(given, own[1] if expected.ndim == 2 else own, atol=1e-12)
    quiet = pair.predict(ROWS.head(3), params={"explain": False})
    np.testing.assert_array_equal(quiet, expected)


def test_a_model_with_nothing_inside_needs_an_explainer_of_its_predictions(
    custom, linear, tmp_path
):
    explainer = TabularExplainer(linear, ROWS)
    with pytest.raises(UnsupportedModelError, match="KernelExplainer"):
        save_model(tmp_path / "plain", tmp_path / "pair", scoring_explainer=explainer)


def test_a_function_is_kept_by_mlflow(tmp_path, monkeypatch):
    def price(rows):
        return rows["a"].to_numpy() * 2.0 - rows["b"].to_numpy()

    explainer = KernelExplainer(price, ROWS)
    save_model(price, tmp_path / "pair", scoring_explainer=explainer)
    answer = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(ROWS.head(3))
    assert answer["prediction"].tolist() == price(ROWS.head(3)).tolist()
    own = explainer.explain_local(ROWS.head(3)).local_importance_values
    given = pd.DataFrame(answer["local_importance_values"].tolist()).to_numpy()
    np.testing.assert_allclose(given, own, atol=1e-12)


def test_a_method_of_a_model_is_a_function(tmp_path, iris):
    model = LogisticRegression(max_iter=500).fit(*iris)
    rows = iris[0]
    explainer = KernelExplainer(model.predict_proba, rows, classes=["x", "y", "z"])
    save_model(model.predict_proba, tmp_path / "pair", scoring_explainer=explainer)
    answer = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(rows.head(2))
    told = [list(row.values()) for row in answer["probabilities"]]
    assert told == model.predict_proba(rows.head(2)).tolist()


def test_28_the_explainer_of_another_function_is_refused(tmp_path):
    explainer = KernelExplainer(lambda rows: rows["a"] * 2.0, ROWS)
    with pytest.raises(InvalidInputError, match="one of another FunctionRegressor"):
        save_model(lambda rows: rows["b"] * 2.0, tmp_path / "pair", scoring_explainer=explainer)


def test_types_that_were_trusted_stay_trusted(tmp_path, iris):
    rows, labels = iris
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, labels)
    trusted = trusted_types(model)
    mlflow.lightgbm.save_model(
        model, str(tmp_path / "plain"), pip_requirements=["mlflow"],
        serialization_format="skops", skops_trusted_types=trusted,
    )  # fmt: skip
    explainer = TabularExplainer(model, rows)
    save_model(tmp_path / "plain", tmp_path / "pair", scoring_explainer=explainer)
    config = mlflow.models.Model.load(str(tmp_path / "pair" / "model")).flavors["lightgbm"]
    assert set(trusted) <= set(config["skops_trusted_types"])
    answer = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(rows)
    assert answer["prediction"].tolist() == [str(label) for label in model.predict(rows)]
