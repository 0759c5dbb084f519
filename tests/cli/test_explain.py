from __future__ import annotations

import json

import mlflow
import pytest

from mlflow_explain import ExplanationClient
from mlflow_explain.tracking import explain
from tests import small


def told(answer) -> dict:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_it_explains_a_file_and_ends_the_run_it_started(cli, shop):
    made = told(
        cli(
            "explain", "models:/plain/1", shop.rows, "--true-y", "bought", "--comment", "shop",
            "--experiment", "shop", "--json",
        )
    )  # fmt: skip
    run = mlflow.get_run(made["run_id"])
    assert (run.info.status, run.info.experiment_id) == ("FINISHED", shop.experiment_id)
    assert mlflow.active_run() is None
    kept = ExplanationClient(made["run_id"]).download_model_explanation(made["id"])
    assert kept.true_y.tolist() == small.LABELS.tolist()
    assert kept.comment == "shop"
    assert made["importances"] == kept.get_feature_importance_dict()
    assert made["uri"] == f"runs:/{made['run_id']}/explanations/{made['id']}"


def test_its_text_names_the_run_and_the_first_features(cli, shop):
    code, out, err = cli(
        "explain", "models:/pair/1", shop.rows, "--show", 2, "--experiment", "shop"
    )
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["Explanation", "Run", "Address"]
    assert lines[4].startswith("LogisticRegression relies most on “a”")
    assert lines[6].split() == ["rank", "column", "mean", "|importance|,", "log-odds"]
    assert lines[7].split()[:2] == ["1", "a"]
    assert lines[9].split()[0] == "(1"


def test_it_keeps_what_is_asked_for_with_a_run_that_is_there(cli, shop):
    client = mlflow.MlflowClient()
    run_id = client.create_run(shop.experiment_id).info.run_id
    background = shop.folder / "background.csv"
    small.FRAME.head(5).assign(bought=0).to_csv(background, index=False)
    made = told(
        cli(
            "explain", "models:/plain/1", shop.rows, "--run-id", run_id, "--background", background,
            "--classes", "no,yes", "--top-k", 1, "--no-data", "--json",
        )
    )  # fmt: skip
    assert made["run_id"] == run_id
    kept = ExplanationClient(run_id).download_model_explanation()
    assert kept.background.n_rows == 5
    assert kept.classes == ("no", "yes")
    assert (kept.num_features, kept.num_left_out, kept.rows) == (1, 2, None)
    assert client.get_run(run_id).info.status == "RUNNING"


def test_0_keeps_and_shows_all_features(cli, shop):
    arguments = ("explain", "models:/pair/1", shop.rows, "--experiment", "shop", "--top-k", 0)
    made = told(cli(*arguments, "--json"))
    assert len(made["importances"]) == 3
    assert "others)" not in cli(*arguments, "--show", 0).out


@pytest.mark.parametrize(
    ("model", "data", "code"),
    [
        ("models:/plain/1", "nothing.csv", 3),
        ("models:/plain/7", "rows.csv", 3),
        ("./nothing", "rows.csv", 3),
        ("models:/plain/1", "mlflow.db", 6),
        ("models:/plain/1", "other.csv", 6),
    ],
)
def test_what_cannot_be_explained_leaves_no_run(cli, shop, model, data, code):
    (shop.folder / "other.csv").write_text("a,b\n1,2\n")
    runs = len(mlflow.search_runs([shop.experiment_id]))
    answer = cli("explain", model, shop.folder / data, "--experiment", "shop")
    assert (answer.code, answer.out) == (code, "")
    assert answer.err.startswith("Error: Expected ")
    assert len(mlflow.search_runs([shop.experiment_id])) == runs


def test_27_a_run_that_was_started_ends_as_failed_when_interrupted(cli, shop, monkeypatch):
    def stops(*_, **__):
        mlflow.start_run()
        raise KeyboardInterrupt

    monkeypatch.setattr(explain, "keep", stops)
    answer = cli("explain", "models:/plain/1", shop.rows, "--experiment", "shop")
    assert answer.code == 130
    newest = mlflow.search_runs([shop.experiment_id], max_results=1, output_format="list")[0]
    assert newest.info.status == "FAILED"
    assert mlflow.active_run() is None


def test_the_models_own_error_is_told(cli, shop, tmp_path):
    rows = tmp_path / "rows.csv"
    small.FRAME.assign(a="word").to_csv(rows, index=False)
    code, out, err = cli("explain", "models:/plain/1", rows, "--json")
    assert code == 6
    assert "\nCause: ValueError: could not convert string to float" in err
    assert json.loads(out)["error"]["cause"].startswith("ValueError: could not convert")
