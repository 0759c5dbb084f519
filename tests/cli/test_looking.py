"""`list`, `show`, `compare` and `delete`."""

from __future__ import annotations

import json

import mlflow
import pytest

from mlflow_explain import load_explanation, log_explanation, save_explanation
from mlflow_explain.tracking.runs.records import TAG_PREFIX


def test_a_run_is_listed(cli, shop):
    code, out, err = cli("list", shop.run_id)
    assert (code, err) == (0, "")
    heads, line = out.splitlines()
    assert heads.split() == [
        "created", "id", "method", "rows", "features", "model", "comment",
    ]  # fmt: skip
    assert line.split()[2:] == [
        shop.explanation_id, "linear", "90", "3", "LogisticRegression", "all", "rows",
    ]  # fmt: skip
    (record,) = json.loads(cli("list", f"runs:/{shop.run_id}", "--json").out)["explanations"]
    assert record["uri"] == shop.address
    assert record["run_id"] == shop.run_id


def test_an_experiment_is_listed_newest_last(cli, shop, another):
    run_id, explanation_id, _ = another()
    listed = json.loads(cli("list", "--experiment", "shop", "--json").out)["explanations"]
    assert {each["run_id"] for each in listed} >= {run_id, shop.run_id}
    assert listed[-1]["id"] == explanation_id
    assert [each["created"] for each in listed] == sorted(each["created"] for each in listed)
    newest = cli("list", "--experiment", "shop", "--max-runs", 1).out.splitlines()
    assert len(newest) == 2
    assert newest[1].startswith(run_id)
    (mine,) = json.loads(
        cli("list", "--experiment", "shop", "--comment", "all rows", "--json").out
    )["explanations"]
    assert mine["id"] == shop.explanation_id


def test_there_may_be_none(cli, shop):
    run_id = mlflow.MlflowClient().create_run(shop.experiment_id).info.run_id
    assert cli("list", run_id)[:2] == (0, "No explanations.\n")
    assert json.loads(cli("list", run_id, "--json").out) == {"explanations": []}
    assert cli("list", "--experiment", "nosuch").code == 3
    assert cli("show", run_id).code == 3
    assert cli("export", run_id, "out").code == 3


def test_77_a_comment_cannot_steer_the_terminal(cli, shop, explanation):
    run_id = mlflow.MlflowClient().create_run(shop.experiment_id).info.run_id
    log_explanation(explanation, run_id=run_id, comment="\x1b]0;gone\x07")
    assert "\\x1b]0;gone\\x07" in cli("list", run_id).out
    assert "\x1b" not in cli("show", run_id).out


@pytest.mark.parametrize("what", ["run", "address", "version", "folder"])
def test_all_that_stands_for_an_explanation_is_shown(cli, shop, tmp_path, what):
    kept = load_explanation(mlflow.artifacts.download_artifacts(shop.address))
    save_explanation(kept, tmp_path / "kept")
    reference = {"run": shop.run_id, "address": shop.address, "version": "models:/pair/1",
                 "folder": "kept"}[what]  # fmt: skip
    code, out, err = cli("show", reference, "--show", 1)
    assert (code, err) == (0, "")
    assert "LogisticRegression relies most on “a”" in out
    assert "(2 others)" in out
    assert "not what causes the outcome" in out
    told = json.loads(cli("show", reference, "--json").out)
    assert told["explanation"]["id"] == shop.explanation_id
    assert told["explanation"]["importances"] == kept.get_feature_importance_dict()


def test_two_explanations_are_compared(cli, shop, another, tmp_path):
    run_id, _, _ = another()
    code, out, err = cli(
        "compare", shop.run_id, "models:/pair/1", "--show", 2, "--output", "compared",
        "--log-to", run_id, "--min-tau", 0.9,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "The order of 3 features is the same" in out
    assert out.endswith("and 1 more\n")
    written = json.loads((tmp_path / "compared" / "comparison.json").read_text())
    assert written["kendall_tau"] == 1
    assert mlflow.get_run(run_id).data.metrics["explain/compare/kendall_tau"] == 1
    assert cli("compare", shop.run_id, run_id, "--output", "compared").code == 7
    told = json.loads(cli("compare", shop.run_id, run_id, "--json").out)
    assert told["a"]["num_features"] == 3


@pytest.mark.parametrize(("top_k", "count"), [(2, 2), (0, 3)])
def test_top_k_is_how_many_features_count_as_the_first(cli, shop, top_k, count):
    told = json.loads(cli("compare", shop.run_id, shop.run_id, "--top-k", top_k, "--json").out)
    assert told["top_k"] == count


def test_an_order_that_differs_too_much_is_code_1(cli, shop, tmp_path):
    from dataclasses import replace

    import numpy as np

    kept = load_explanation(mlflow.artifacts.download_artifacts(shop.address))
    values = np.argsort(np.argsort(-kept.global_.values)).astype(float)
    turned = replace(kept.global_, values=values, per_output=values[:, None])
    save_explanation(replace(kept, global_=turned, local=None), tmp_path / "turned")
    code, out, _ = cli("compare", shop.run_id, "turned", "--min-tau", 0.5)
    assert code == 1
    assert out.endswith("Kendall's tau is below 0.5.\n")
    assert cli("compare", shop.run_id, "turned").code == 0


def test_deleting_asks_first(cli, another):
    run_id, explanation_id, folder = another()
    answer = cli("delete", run_id, explanation_id, said="n\n")
    assert (answer.code, answer.out) == (1, "Nothing was deleted.\n")
    assert f"Delete {explanation_id} of run {run_id}? [y/N]:" in answer.err
    assert folder.exists()
    assert cli("delete", run_id, explanation_id, said="").code == 130
    answer = cli("delete", run_id, explanation_id, "--json", said="y\n")
    assert json.loads(answer.out) == {"run_id": run_id, "id": explanation_id, "deleted": True}
    assert not folder.exists()
    assert f"{TAG_PREFIX}{explanation_id}" not in mlflow.get_run(run_id).data.tags
    assert cli("delete", run_id, explanation_id).code == 3


def test_deleting_does_not_ask_where_it_is_told_not_to(cli, another):
    run_id, explanation_id, folder = another()
    assert cli("delete", run_id, explanation_id, "--yes").code == 0
    assert not folder.exists()


def test_a_run_is_named_by_its_address_everywhere(cli, shop, another):
    run_id, explanation_id, folder = another()
    address = f"runs:/{run_id}"
    made = cli("explain", "models:/plain/1", shop.rows, "--run-id", address, "--json")
    assert json.loads(made.out)["run_id"] == run_id
    assert cli("compare", shop.run_id, address, "--log-to", address).code == 0
    assert "explain/compare/ndcg" in mlflow.get_run(run_id).data.metrics
    answer = cli("delete", address, explanation_id, "--yes", "--json")
    assert json.loads(answer.out) == {"run_id": run_id, "id": explanation_id, "deleted": True}
    assert not folder.exists()


def test_an_address_with_two_slashes_is_taken_by_all_commands(cli, shop):
    address = shop.address.replace("runs:/", "runs://")
    for words in (["show"], ["verify"], ["compare", shop.run_id]):
        assert cli(*words, address).code == 0
    assert cli("export", address, "kept").code == 0


def test_an_order_is_not_judged_where_one_side_keeps_some_features_only(cli, shop, tmp_path):
    kept = load_explanation(mlflow.artifacts.download_artifacts(shop.address))
    save_explanation(kept.top(2), tmp_path / "top")
    code, _, err = cli("compare", shop.run_id, "top", "--min-tau", 0.5)
    assert code == 6
    assert "2 of 3 known of both" in err
    code, out, _ = cli("compare", shop.run_id, "top")
    assert code == 0
    assert "the 2 features that are known of both, of 3" in " ".join(out.split())


def test_a_suffix_that_no_format_has_is_no_folder(cli, shop, tmp_path):
    code, _, err = cli("export", shop.run_id, tmp_path / "report.cvs")
    assert code == 2
    assert "No format has the suffix .cvs (.csv" in err
    assert not (tmp_path / "report.cvs").exists()
    assert cli("export", shop.run_id, tmp_path / "v.1", "--format", "folder").code == 0
