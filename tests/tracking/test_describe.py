"""`describe`: what a page shows, in a terminal."""

from __future__ import annotations

import json
import re

import mlflow
import pytest

from mlflow_explain import TabularExplainer, describe, describe_version, log_explanation, log_model
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
    StoreError,
    in_one_line,
)
from mlflow_explain.explanation import GlobalImportance
from mlflow_explain.tracking.pages.describe import described
from tests import small
from tests.explanation.test_value import made


@pytest.fixture
def kept(tracking_store, on_frames):
    """A model with two explanations, a pair and an explainer beside it."""
    explainer = TabularExplainer(on_frames, small.FRAME)
    with mlflow.start_run(run_name="training") as run:
        old = log_explanation(explainer.explain_global(small.FRAME[:5]), comment="five rows")
        pair = log_model(
            on_frames, scoring_explainer=explainer, name="pair", registered_model_name="pair"
        )
        logged = log_explanation(
            explainer.explain_global(small.FRAME), comment="all rows", model_uri=pair.model_uri
        )
        describe_version("pair", 1, logged)
        log_model(
            scoring_explainer=explainer, name="explainer", registered_model_name="explainer",
            model_version=("pair", "1"),
        )  # fmt: skip
    return {"run": run.info.run_id, "logged": logged, "old": old, "pair": pair}


def printed(uri, capsys) -> str:
    capsys.readouterr()
    assert describe(uri) is None
    return capsys.readouterr().out


def test_a_version_prints_what_its_page_shows(kept, capsys):
    lines = printed("models:/pair/1", capsys).splitlines()
    explanation = kept["logged"].explanation
    names, values = (
        explanation.get_ranked_global_names(),
        explanation.get_ranked_global_values(),
    )
    assert lines[0] == "pair version 1  (models:/pair/1)"
    assert lines[2].startswith(f"LogisticRegression relies most on “{names[0]}”")
    assert lines[4].split() == ["rank", "column", "mean", "|importance|,", "log-odds"]
    assert lines[5].split() == ["1", names[0], f"{values[0]:.4g}"]
    assert lines[7].split() == ["3", names[2], f"{values[2]:.4g}"]
    facts = dict(line.split("  ", 1) for line in lines[9:] if "  " in line)
    facts = {name: value.strip() for name, value in facts.items()}
    assert facts["Comment"] == "all rows"
    assert facts["Rows explained"] == "90"
    assert facts["Kept at"] == kept["logged"].uri
    assert facts["Digest"] == kept["logged"].digest
    assert facts["Explained by"] == "models:/explainer/1"
    ours = kept["pair"].flavors["mlflow_explain"]
    assert facts["Explainer digest"] == ours["explainer_digest"]
    assert facts["Model digest"] == ours["model_digest"]


def test_all_addresses_of_a_model_show_its_explanation(kept, capsys):
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("pair", "champion", "1")
    model_id = kept["pair"].model_id
    for uri, title in {
        "models:/pair@champion": "pair version 1  (models:/pair/1)",
        "models:/pair/latest": "pair version 1  (models:/pair/1)",
        f"models:/{model_id}": f"Model pair  (models:/{model_id})",
        f"runs:/{kept['run']}/pair": f"Model pair  (models:/{model_id})",
    }.items():
        text = printed(uri, capsys)
        assert text.startswith(title)
        assert "all rows" in text


def test_a_run_shows_its_newest_and_lists_the_others(kept, capsys):
    for uri in (kept["run"], f"runs:/{kept['run']}"):
        text = printed(uri, capsys)
        assert text.startswith(f"Run training  (runs:/{kept['run']})")
        assert re.search(r"^Comment +all rows$", text, re.MULTILINE)
        others = text[text.index("Other explanations") :]
        assert f"{kept['old'].uri}  “five rows”, linear, 5 rows, 3 columns" in others


def test_an_explanation_shows_itself(kept, capsys):
    text = printed(kept["old"].uri, capsys)
    assert "five rows" in text
    assert "all rows" not in text


def test_an_explainers_version_shows_its_link_without_an_explanation(kept, capsys):
    text = printed("models:/explainer/1", capsys)
    assert "Explains          models:/pair/1" in text
    assert "rank" not in text
    assert text.rstrip().splitlines()[-1].startswith("No explanation is shown here. Keep one with")


def test_the_same_as_json(kept):
    made = described("models:/pair/1").to_dict()
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    explanation = kept["logged"].explanation
    assert made["explained_by"] == "models:/explainer/1"
    assert made["explanation"]["uri"] == kept["logged"].uri
    assert made["explanation"]["digest"] == kept["logged"].digest
    assert made["explanation"]["importances"] == explanation.get_feature_importance_dict()
    assert made["explanation"]["other_importance"] is None
    assert [other["id"] for other in described(kept["run"]).to_dict()["others"]] == [kept["old"].id]


def test_43_figures_that_are_no_numbers_are_none_in_json(tracking_store):
    nothing = GlobalImportance(values=[float("nan"), 1.0], per_output=[[float("nan")], [1.0]])
    with mlflow.start_run() as run:
        log_explanation(
            made(features=["a", "b"], global_=nothing, local=None, quality={"q": float("inf")})
        )
    told = described(run.info.run_id).to_dict()["explanation"]
    assert told["importances"] == {"a": None, "b": 1.0}
    assert told["quality"] == {"q": None}


def test_what_was_left_out_is_said(tracking_store, capsys):
    with mlflow.start_run() as run:
        log_explanation(made(), top_k=1)
    text = printed(run.info.run_id, capsys)
    assert [line.split() for line in text.splitlines()[5:7]] == [
        ["1", "f1", "2.5"],
        ["(2", "others)", "1.25"],
    ]
    assert described(run.info.run_id).to_dict()["explanation"]["other_importance"] == 1.25
    assert described(run.info.run_id).text(None).count("others)") == 1


def test_nothing_commands_the_terminal(tracking_store, capsys):
    names = ["\x1b[2Jred", "a\nb", "\u202egnp"]
    with mlflow.start_run() as run:
        log_explanation(made(features=names), comment="bell\x07\r\nnext")
    text = printed(run.info.run_id, capsys)
    assert r"\x1b[2Jred" in text
    assert r"\u202egnp" in text
    assert r"bell\x07\r\nnext" in text
    assert not set(text) & {"\x1b", "\x07", "\r", "\u202e"}
    assert "**" not in text
    assert "<!--" not in text


def test_where_nothing_is_explained_is_a_typed_error(tracking_store):
    with mlflow.start_run() as run:
        mlflow.log_param("a", 1)
    missing = {
        run.info.run_id: "an explanation of",
        f"runs:/{run.info.run_id}/nothing": "an explanation of",
        f"runs:/{run.info.run_id}/explanations/gone": "may have been deleted",
        "0" * 32: "show run 000",
        "models:/nothing/1": "find models:/nothing/1",
        "models:/nothing@champion": "find models:/nothing@champion",
        f"models:/m-{'0' * 32}": "find models:/m-",
    }
    for uri, message in missing.items():
        with pytest.raises(ArtifactNotFoundError, match=message):
            describe(uri)
    for uri in ("", " ", None, 5, str(tracking_store), tracking_store):
        with pytest.raises(InvalidInputError, match="models:/name/1"):
            describe(uri)


def test_a_model_nobody_explained_is_a_typed_error(tracking_store, on_frames):
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(on_frames, name="plain", pip_requirements=["mlflow"])
    with pytest.raises(ArtifactNotFoundError, match="log_explanation"):
        describe(info.model_uri)


@pytest.mark.filterwarnings("ignore:.*get_latest_versions.*:FutureWarning")
def test_what_is_no_address_of_a_version_is_named(kept):
    for uri in ("models:/pair/x", "models:/pair/-1", "models:/pair@"):
        with pytest.raises(InvalidInputError, match="models:/name/version, models:/name@alias"):
            describe(uri)


def test_copies_of_versions_are_described_whatever_their_models_name(kept, on_frames, capsys):
    client = mlflow.MlflowClient()
    mlflow.register_model(kept["pair"].model_uri, "m-foo")
    client.copy_model_version("models:/m-foo/1", "prod")
    client.copy_model_version("models:/prod/1", "m-bar")
    assert client.get_model_version("m-bar", "1").source == "models:/prod/1"
    for name in ("m-foo", "prod", "m-bar"):
        text = printed(f"models:/{name}/1", capsys)
        assert text.startswith(f"{name} version 1  (models:/{name}/1)")
        assert kept["logged"].uri in text
    client.delete_registered_model("m-foo")
    with pytest.raises(ArtifactNotFoundError, match="an explanation of models:/prod/1"):
        describe("models:/prod/1")


def test_an_explanation_that_was_deleted_is_passed_over(kept, capsys):
    mlflow.MlflowClient().delete_tag(kept["run"], f"mlflow_explain.explanation.{kept['logged'].id}")
    assert "five rows" in printed(kept["run"], capsys)
    # The version still tells its links; the explanation is not there any more.
    assert "Explained by" in printed("models:/pair/1", capsys)


def test_33_a_changed_explanation_is_not_described(kept, tracking_store):
    files = list(tracking_store.rglob(f"explanations/{kept['logged'].id}/raw/global.npz"))
    files[0].write_bytes(files[0].read_bytes()[:-1] + b"x")
    with pytest.raises(CorruptArtifactError, match=r"global\.npz"):
        describe("models:/pair/1")


def test_46_a_store_that_is_away_is_a_typed_error(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for uri in ("models:/pair/1", "0" * 32):
        with pytest.raises(StoreError, match="the store to"):
            describe(uri)


def test_errors_hold_no_password_of_a_store(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:s3cr@t@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(StoreError, match=r"http://\*\*\*@127\.0\.0\.1:9/api") as raised:
        describe("0" * 32)
    for told in (str(raised.value), in_one_line(raised.value)):
        assert "s3cr" not in told
        assert "user" not in told
        assert "half-written" not in told


def test_what_logging_returned_and_a_run_are_described_as_their_addresses(kept, capsys):
    run = mlflow.get_run(kept["run"])
    assert printed(run, capsys) == printed(kept["run"], capsys)
    assert printed(kept["old"], capsys) == printed(kept["old"].uri, capsys)
    with pytest.raises(InvalidInputError, match=r"a run or its id, .*models:/.*explanations/<id>"):
        describe(5)


def test_a_drive_is_no_address(tracking_store):
    with pytest.raises(ArtifactNotFoundError, match=r"C:/data.*no folder"):
        describe("C:/data")
