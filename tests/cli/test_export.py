from __future__ import annotations

import json

import mlflow
import pandas as pd
import pytest

from mlflow_explain import load_explanation
from mlflow_explain.cli import formats


@pytest.fixture
def kept(cli, shop):
    return load_explanation(mlflow.artifacts.download_artifacts(shop.address))


def test_a_folder_is_the_sealed_one(cli, shop, kept, tmp_path):
    code, out, _ = cli("export", shop.run_id, "new/out")
    assert code == 0
    assert out == f"Explanation {shop.explanation_id} written to new/out (folder).\n"
    found = load_explanation(tmp_path / "new" / "out")
    assert found.get_feature_importance_dict() == kept.get_feature_importance_dict()
    assert (tmp_path / "new" / "out" / "report.html").is_file()
    assert cli("verify", "new/out").code == 0
    again = cli("export", "new/out", "copy", "--json")
    assert json.loads(again.out) == {
        "id": shop.explanation_id, "format": "folder", "path": "copy",
    }  # fmt: skip
    assert (tmp_path / "copy" / "manifest.json").read_bytes() == (
        tmp_path / "new" / "out" / "manifest.json"
    ).read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_holds_attributions_by_row(cli, kept, shop, tmp_path, suffix):
    assert cli("export", shop.address, f"out.{suffix}", "--output", "0").code == 0
    read = pd.read_csv if suffix == "csv" else pd.read_parquet
    table = read(tmp_path / f"out.{suffix}").set_index("row_id")
    pd.testing.assert_frame_equal(table, kept.to_frame("0"), check_names=False)


def test_json_is_strict_and_whole(cli, kept, shop, tmp_path):
    assert cli("export", "models:/pair/1", "out.json").code == 0
    told = json.loads((tmp_path / "out.json").read_text(), parse_constant=pytest.fail)
    assert told == json.loads(json.dumps(kept.to_dict()))


def test_report_and_picture_are_those_that_were_kept(cli, shop, kept, tmp_path):
    folder = mlflow.artifacts.download_artifacts(shop.address)
    for name, kept_as in (("out.html", "report.html"), ("out.png", "summary.png")):
        assert cli("export", shop.run_id, name).code == 0
        with open(f"{folder}/{kept_as}", "rb") as file:  # noqa: PTH123 - a str of MLflow's
            assert (tmp_path / name).read_bytes() == file.read()


def test_report_and_picture_are_made_where_none_were_kept(cli, kept, tmp_path):
    from mlflow_explain import save_explanation

    save_explanation(kept, tmp_path / "bare")
    assert cli("export", "bare", "page", "--format", "html").code == 0
    assert "relies most on" in (tmp_path / "page").read_text()
    assert cli("export", "bare", "out.png").code == 0
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_40_nothing_is_replaced_unasked(cli, shop, tmp_path):
    (tmp_path / "out.csv").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    for target in ("out.csv", "mine"):
        answer = cli("export", shop.run_id, target)
        assert answer.code == 7
        assert "--force" in answer.err
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert cli("export", shop.run_id, "out.csv", "--force").code == 0
    assert (tmp_path / "out.csv").read_text().startswith("row_id,a,b,c\n")
    # A folder of something else is not replaced at all.
    assert cli("export", shop.run_id, "mine", "--force").code == 7
    assert cli("export", shop.run_id, "mine", "--format", "csv", "--force").code == 7
    assert (tmp_path / "mine" / "file").read_text() == "mine"
    assert cli("export", shop.run_id, "out").code == 0
    assert cli("export", shop.run_id, "out", "--force").code == 0
    assert load_explanation(tmp_path / "out").id == shop.explanation_id


@pytest.mark.parametrize("name", list(formats.FORMATS))
def test_33_what_is_damaged_is_not_exported(cli, another, tmp_path, name):
    run_id, _, folder = another()
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "manifest.json":
            file.write_bytes(file.read_bytes()[:-1] + b"?")
    answer = cli("export", run_id, "out", "--format", name)
    assert answer.code == 4
    assert "as it was sealed" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == []


def test_options_that_do_not_fit_are_told(cli, shop):
    assert cli("export", shop.run_id, "out.csv", "--output", "nosuch").code == 6
    assert cli("export", shop.run_id, "out.csv", "--engineered").code == 6
    assert cli("export", shop.run_id, "out", "--format", "xlsx").code == 2
