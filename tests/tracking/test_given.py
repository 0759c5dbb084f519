"""What is given to `log_model` and `save_model`: refused, or taken, before anything is written."""

from __future__ import annotations

import warnings

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from mlflow.models import ModelSignature, infer_signature
from mlflow.types.schema import DataType, ParamSchema, ParamSpec
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlflow_explain import (
    KernelExplainer,
    ScoringExplainer,
    TabularExplainer,
    log_model,
    predict_and_explain,
    save_model,
)
from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.errors import ArtifactExistsError, ArtifactNotFoundError, InvalidInputError
from tests import small
from tests.serving import Endpoint, body_of

NAMES = ["age", "income"]
ROWS = pd.DataFrame(
    np.random.default_rng(0).normal([50.0, 5.0], [9.0, 2.0], (80, 2)), columns=NAMES
)
LABELS = np.where((ROWS["age"] > 50) ^ (ROWS["income"] > 5.5), "yes", "no")
TARGET = ROWS["age"] - ROWS["income"]


@pytest.fixture(scope="module")
def linear():
    return LinearRegression().fit(ROWS, TARGET)


@pytest.fixture(scope="module")
def trees():
    return LGBMClassifier(n_estimators=4, verbose=-1).fit(ROWS, LABELS)


@pytest.fixture(scope="module")
def explainer(linear):
    return TabularExplainer(linear, ROWS)


def kept(model, folder, **save):
    """Save a model by MLflow's own flavour."""
    flavor = mlflow.lightgbm if "lightgbm" in type(model).__module__ else mlflow.sklearn
    if not isinstance(model, lightgbm.Booster):
        save["skops_trusted_types"] = trusted_types(model)
        save["serialization_format"] = "skops"
    flavor.save_model(model, str(folder), pip_requirements=["mlflow"], **save)
    return folder


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["text", "path"])
def test_one_path_as_the_list_of_code_is_refused(tracking_store, tmp_path, linear, explainer, kind):
    module = tmp_path / "mine"
    module.mkdir()
    for wrong in (kind(module), [kind(module / "none")], [1], [None], 3, [""], ["/"], [tmp_path]):
        with pytest.raises((InvalidInputError, ArtifactNotFoundError), match="code_paths"):
            save_model(linear, tmp_path / "pair", scoring_explainer=explainer, code_paths=wrong)
        assert not (tmp_path / "pair").exists()
    with pytest.raises(InvalidInputError, match=r"one path. Pass \['.*mine'\]"):
        log_model(linear, scoring_explainer=explainer, code_paths=kind(module))
    with pytest.raises(ArtifactNotFoundError, match="which does not exist"):
        log_model(linear, scoring_explainer=explainer, code_paths=[kind(module / "none")])
    assert mlflow.search_logged_models(output_format="list") == []


def test_code_of_one_name_is_refused(tmp_path, linear, explainer):
    for name in ("a/mine", "b/mine", "mlflow_explain"):
        (tmp_path / name).mkdir(parents=True)
    for paths in (["a/mine", "b/mine"], ["mlflow_explain"]):
        with pytest.raises(InvalidInputError, match="code_paths"):
            save_model(
                linear, tmp_path / "pair", scoring_explainer=explainer,
                code_paths=[tmp_path / path for path in paths],
            )  # fmt: skip


def test_the_users_code_replaces_that_of_the_given_pair(tmp_path, linear, explainer):
    for place in ("old", "new"):
        (tmp_path / place / "mine").mkdir(parents=True)
        (tmp_path / place / "mine" / "x.py").write_text(place)
    save_model(
        linear, tmp_path / "a", scoring_explainer=explainer, code_paths=[tmp_path / "old" / "mine"]
    )
    save_model(
        tmp_path / "a", tmp_path / "b", scoring_explainer=explainer,
        code_paths=[str(tmp_path / "new" / "mine")],
    )  # fmt: skip
    assert (tmp_path / "b" / "code" / "mine" / "x.py").read_text() == "new"


def test_requirements_may_be_a_file(tracking_store, tmp_path, linear, explainer, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.txt").write_text("\ufeffmlflow  # ours\n-r more.txt\n-c bounds.txt\n")
    (tmp_path / "more.txt").write_text("# none\nleft-pad==1.0 \\\n  --hash=sha256:ab\n")
    (tmp_path / "bounds.txt").write_text("numpy<9\n")
    for name, given in (
        ("file", "all.txt"),
        ("list", iter(["mlflow", "-r more.txt", "-c bounds.txt"])),
    ):
        save_model(
            linear, tmp_path / name, scoring_explainer=explainer, pip_requirements=given,
            extra_pip_requirements="more.txt",
        )  # fmt: skip
        lines = (tmp_path / name / "requirements.txt").read_text().splitlines()
        pad = "left-pad==1.0 --hash=sha256:ab"
        assert lines == ["mlflow", pad, pad, "-c constraints.txt"]
        assert (tmp_path / name / "constraints.txt").read_text() == "numpy<9\n"
    for wrong in ("numpy", ["-r none.txt"], ["-c none.txt"]):
        for argument in ("pip_requirements", "extra_pip_requirements"):
            with pytest.raises(ArtifactNotFoundError, match=r"none.txt|no file. Pass \['numpy'\]"):
                log_model(linear, scoring_explainer=explainer, **{argument: wrong})
    with pytest.raises(InvalidInputError, match="pip_requirements"):
        log_model(linear, scoring_explainer=explainer, pip_requirements=[1])
    (tmp_path / "more.txt").write_text("-r all.txt\n")
    with pytest.raises(InvalidInputError, match="name themselves"):
        log_model(linear, scoring_explainer=explainer, pip_requirements="all.txt")
    assert mlflow.search_logged_models(output_format="list") == []


MERGED = {
    "-r other.txt\nnumpy==1.0": ["left-pad==1.0", "numpy==1.0"],
    "numpy==1.0 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd": ["numpy==1.0"],
    "  # indented\nleft-pad  # why": ["left-pad"],
    "\ufeffnumpy==1.0": ["numpy==1.0"],
    "mlflow-skinny==3.0": ["mlflow-skinny==3.0"],
    "mlflow-skinny": [],
}


@pytest.mark.parametrize("text", MERGED)
def test_requirements_are_read_as_pip_reads_them(tmp_path, linear, explainer, text):
    source = kept(linear, tmp_path / "plain")
    (source / "other.txt").write_text("left-pad==1.0\n")
    (source / "requirements.txt").write_text(text + "\n", encoding="utf-8")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        save_model(source, tmp_path / "pair", scoring_explainer=explainer)
    lines = (tmp_path / "pair" / "requirements.txt").read_text().splitlines()
    expected = MERGED[text]
    assert lines[: len(expected)] == expected
    names = [line.partition("==")[0] for line in lines]
    assert names.count("numpy") == 1
    assert len([name for name in names if name.startswith("mlflow")]) == 1
    said = " ".join(str(one.message) for one in told)
    assert ("mlflow-skinny==3.0 (here ==" in said) == (text == "mlflow-skinny==3.0")
    assert ("Hashes of requirements are left out" in said) == ("--hash" in text)


@pytest.mark.parametrize("line", ["-r none.txt", "-c none.txt"])
def test_a_file_that_requirements_name_is_missing(tmp_path, linear, explainer, line):
    source = kept(linear, tmp_path / "plain")
    (source / "requirements.txt").write_text(line + "\n")
    with pytest.raises(ArtifactNotFoundError, match=r"none at .*none\.txt"):
        save_model(source, tmp_path / "pair", scoring_explainer=explainer)


def test_a_path_that_is_taken_is_refused(tmp_path, linear, explainer):
    source = kept(linear, tmp_path / "plain")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    save_model(source, tmp_path / "pair", scoring_explainer=explainer)
    for given, path in (
        (source, source / "explained"), (source, source), (source, source / "a" / ".." / "b"),
        (tmp_path / "pair", tmp_path / "pair" / "b"), (str(source), str(source / "MLmodel" / "x")),
        (linear, source), (linear, source / "MLmodel"),
    ):  # fmt: skip
        with pytest.raises((InvalidInputError, ArtifactExistsError)):
            save_model(given, path, scoring_explainer=explainer)
    with pytest.raises(InvalidInputError, match="outside of the model"):
        save_model(source, source / "explained", scoring_explainer=explainer)
    with pytest.raises(InvalidInputError, match="outside of the model"):
        save_model(path=source / "why", scoring_explainer=explainer, explains=source)
    with pytest.raises(ArtifactExistsError, match="not empty"):
        save_model(linear, source, scoring_explainer=explainer)
    with pytest.raises(InvalidInputError, match="a path"):
        save_model(linear, scoring_explainer=explainer)
    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before
    (tmp_path / "empty").mkdir()
    save_model(source, tmp_path / "empty", scoring_explainer=explainer)
    assert (tmp_path / "empty" / "MLmodel").is_file()


def test_a_signature_in_another_order_is_refused(tracking_store, tmp_path, trees, linear):
    other = infer_signature(ROWS[["income", "age"]], np.array(["a"]))
    source = kept(trees, tmp_path / "plain", signature=other)
    explainer = TabularExplainer(trees, ROWS)
    message = "fitted and explained in, age, income; got income, age"
    again = explainer.create_scoring_explainer().save(tmp_path / "kept")
    for given in (explainer, ScoringExplainer.load(again)):
        with pytest.raises(InvalidInputError, match=message):
            log_model(source, scoring_explainer=given)
    with pytest.raises(InvalidInputError, match=message):
        log_model(trees, scoring_explainer=explainer, signature=other)
    with pytest.raises(InvalidInputError, match=message):
        save_model(path=tmp_path / "why", scoring_explainer=explainer, explains=source)
    with pytest.raises(InvalidInputError, match=message):
        log_model(linear, scoring_explainer=TabularExplainer(linear, ROWS), signature=other)
    assert mlflow.search_logged_models(output_format="list") == []


def test_a_model_that_goes_by_name_may_have_any_order(tmp_path):
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age"]), remainder="passthrough"),
        LogisticRegression(),
    ).fit(ROWS, LABELS)
    other = infer_signature(ROWS[["income", "age"]], np.array(["a"]))
    source = kept(model, tmp_path / "plain", signature=other)
    save_model(source, tmp_path / "pair", scoring_explainer=TabularExplainer(model, ROWS))
    pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    quiet = pair.predict(ROWS, params={"explain": False})
    assert pair.predict(ROWS)["prediction"].tolist() == list(quiet)


def test_what_mlflow_says_of_a_model_stands_for_it(tracking_store, linear, explainer):
    info = mlflow.sklearn.log_model(
        linear, name="m", registered_model_name="m", pip_requirements=["mlflow"],
        skops_trusted_types=trusted_types(linear), signature=infer_signature(ROWS, TARGET),
    )  # fmt: skip
    version = mlflow.MlflowClient().get_model_version("m", "1")
    for given in (mlflow.get_logged_model(info.model_id), info, version):
        pair = log_model(given, scoring_explainer=explainer)
        ours = pair.flavors["mlflow_explain"]
        assert ours["original_uri"].startswith("models:/")
    for name, given in (("a", "models:/m/1"), ("b", version), ("c", ("m", 1))):
        log_model(scoring_explainer=explainer, registered_model_name=name, model_version=given)
        tags = mlflow.MlflowClient().get_model_version(name, "1").tags
        assert "models:/m/1" in tags.values()
        rows = predict_and_explain(version, f"models:/{name}/1", ROWS.head(2))
        assert [row["prediction"] for row in rows] == linear.predict(ROWS.head(2)).tolist()
    for wrong in (f"models:/{info.model_id}", "m", ("m",), 3, ("m", None)):
        with pytest.raises((InvalidInputError, ArtifactNotFoundError)):
            log_model(scoring_explainer=explainer, model_version=wrong)


@pytest.fixture(scope="module")
def apart(tmp_path_factory, trees):
    folder = tmp_path_factory.mktemp("apart")
    kept(trees, folder / "model", signature=infer_signature(ROWS, np.array(["a"])))
    save_model(path=folder / "why", scoring_explainer=TabularExplainer(trees, ROWS))
    return folder / "model", folder / "why"


def test_56_columns_in_another_order_or_beside_answer_the_same(apart, trees):
    expected = predict_and_explain(*apart, ROWS.head(9))
    told = [list(row["probabilities"].values()) for row in expected]
    assert told == trees.predict_proba(ROWS.head(9)).tolist()
    beside = ROWS.head(9).assign(other="x")[["other", "income", "age"]]
    for rows in (beside[["income", "age"]], beside):
        assert predict_and_explain(*apart, rows) == expected


def test_56_rows_that_the_model_does_not_take_are_a_typed_error(apart):
    secret = 1234567.5
    bad = ROWS.head(2).assign(age=secret)
    for rows, said in (
        (bad[["age"]], "income"), ([[secret, 1.0]], "rows that the model takes"),
        (bad.assign(income="gold"), "income"), ({"age": [secret]}, "a DataFrame"),
        (f"{secret}", "a DataFrame"), ([[secret], [1.0, 2.0]], "two axes"),
    ):  # fmt: skip
        with pytest.raises(InvalidInputError, match=said) as caught:
            predict_and_explain(*apart, rows)
        assert "1234567" not in str(caught.value)
        assert "gold" not in str(caught.value)


def test_56_without_a_signature_the_models_own_error_is_behind_a_typed_one(tmp_path, trees, apart):
    bare = kept(trees, tmp_path / "bare")
    with pytest.raises(InvalidInputError, match="LightGBMError"):
        predict_and_explain(bare, apart[1], ROWS.head(2).assign(other=1.0))


def test_a_booster_of_several_classes_answers_as_its_pair(tmp_path):
    classes = np.digitize(ROWS["age"], [45.0, 55.0])
    booster = lightgbm.train(
        {"objective": "multiclass", "num_class": 3, "verbose": -1},
        lightgbm.Dataset(ROWS, classes), num_boost_round=3,
    )  # fmt: skip
    explainer = TabularExplainer(booster, ROWS)
    kept(booster, tmp_path / "model")
    save_model(path=tmp_path / "why", scoring_explainer=explainer)
    save_model(booster, tmp_path / "pair", scoring_explainer=explainer)
    for options in ({}, {"output": "all"}, {"output": "predicted"}):
        body = body_of(ROWS.head(6)) | {"params": options}
        expected = Endpoint(tmp_path / "pair").post(body)[1]["predictions"]
        rows = predict_and_explain(tmp_path / "model", tmp_path / "why", ROWS.head(6), **options)
        assert rows == expected
        assert len(rows[0]["prediction"]) == 3


class Scaled(mlflow.pyfunc.PythonModel):
    """A model with a parameter of its own."""

    def predict(self, model_input: pd.DataFrame, params=None):
        return model_input["age"].to_numpy() * (params or {}).get("by", 1.0)


def test_a_model_with_parameters_of_its_own_is_asked_by_them_without_reasons(tmp_path):
    signature = with_params(infer_signature(ROWS, TARGET), ParamSpec("by", DataType.double, 2.0))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*An input example was not provided")
        mlflow.pyfunc.save_model(
            str(tmp_path / "plain"), python_model=Scaled(), pip_requirements=["mlflow"],
            signature=signature,
        )  # fmt: skip
    plain = mlflow.pyfunc.load_model(str(tmp_path / "plain"))
    explainer = KernelExplainer(plain, ROWS.head(5), show_progress=False)
    save_model(tmp_path / "plain", tmp_path / "pair", scoring_explainer=explainer)
    pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    expected = (ROWS["age"].head(2) * 2.0).tolist()
    assert pair.predict(ROWS.head(2))["prediction"].tolist() == expected
    assert pair.predict(ROWS.head(2), params={"by": 2.0})["prediction"].tolist() == expected
    quiet = pair.predict(ROWS.head(2), params={"by": 3.0, "explain": False})
    assert quiet.tolist() == (ROWS["age"].head(2) * 3.0).tolist()
    with pytest.raises(mlflow.MlflowException, match="others for by") as caught:
        pair.predict(ROWS.head(2), params={"by": 3.0})
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def with_params(signature: ModelSignature, *specs: ParamSpec) -> ModelSignature:
    """Return a signature with parameters."""
    return ModelSignature(signature.inputs, signature.outputs, ParamSchema(list(specs)))


def test_predictions_of_another_method_are_no_predictions(tmp_path):
    model = LogisticRegression().fit(small.FRAME, small.LABELS)
    mlflow.sklearn.save_model(
        model, str(tmp_path / "chances"), pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle", pip_requirements=[],
    )  # fmt: skip
    explainer = TabularExplainer(model, small.FRAME)
    with pytest.raises(InvalidInputError, match="pyfunc_predict_fn='predict_proba'"):
        save_model(tmp_path / "chances", tmp_path / "pair", scoring_explainer=explainer)
    assert not (tmp_path / "pair").exists()
