from __future__ import annotations

import json
import shutil

import mlflow
import pytest

from mlflow_explain.tracking.pages.registry import (
    TAG_DIGEST,
    TAG_EXPLANATION,
    TAG_EXPLANATION_DIGEST,
)

OTHER_CONTENT = (
    "expected raw/local-00000.npz as it was sealed; got other content: its sha256 differs from the "
    "manifest's"
)
UNFINISHED = "an upload that was never finished, or a deletion; nothing reads it"


def failed(answer) -> list[tuple[str, str]]:
    """Return what failed: the file and what was found."""
    told = json.loads(answer.out)
    found = [f for each in told["verified"] for f in each["findings"]]
    bad = [(f["name"], f["says"]) for f in found if f["state"] == "failed"]
    assert told["failed"] == len(bad)
    assert told["checked"] == sum(f["state"] != "note" for f in found)
    assert told["ok"] == (not bad) == (answer.code == 0)
    assert answer.code in {0, 1}
    return bad


def test_each_file_of_a_run_is_told(cli, shop):
    code, out, err = cli("verify", shop.run_id)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == shop.address
    assert "  ok  manifest.json           as in the run's tag" in lines
    assert "  ok  raw/local-00000.npz" in lines
    assert lines[-1] == "9 checks, all ok."
    assert cli("verify", shop.address, "-q").out == "9 checks, all ok.\n"


def test_a_version_is_verified_with_its_explanation(cli, shop):
    answer = cli("verify", "models:/pair/1", "--json")
    assert failed(answer) == []
    model, explanation = json.loads(answer.out)["verified"]
    assert (model["address"], explanation["address"]) == ("models:/pair/1", shop.address)
    said = {(f["name"], f["says"]) for f in model["findings"]}
    assert said >= {
        ("explainer/manifest.json", "as in MLmodel"),
        ("model/", "as in MLmodel"),
        ("model/", "as in the explainer's manifest"),
        ("MLmodel", f"as in the tag {TAG_DIGEST}"),
        ("code/", "no digest is kept of it"),
    }


def test_33_one_bit_is_found(cli, another):
    run_id, _, folder = another()
    file = folder / "raw" / "local-00000.npz"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    assert failed(cli("verify", run_id, "--json")) == [("raw/local-00000.npz", OTHER_CONTENT)]
    code, out, _ = cli("verify", run_id, "--quiet")
    assert code == 1
    assert out.splitlines()[1].startswith("  FAILED  raw/local-00000.npz  expected ")
    assert out.splitlines()[-1] == "9 checks, 1 failed."


def test_32_files_that_are_cut_or_gone_are_found(cli, another):
    run_id, _, folder = another()
    (folder / "report.html").write_bytes(b"")
    (folder / "raw" / "global.npz").unlink()
    bad = dict(failed(cli("verify", run_id, "--json")))
    assert set(bad) == {"report.html", "raw/global.npz"}
    assert "No such artifact" in bad["raw/global.npz"]


def test_34_a_manifest_that_was_changed_or_is_gone_is_found(cli, another):
    run_id, _, folder = another()
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"linear"', '"tree"'))
    ((name, says),) = failed(cli("verify", run_id, "--json"))
    assert name == "manifest.json"
    assert "sha256 differs from the run's tag" in says
    manifest.unlink()
    assert [name for name, _ in failed(cli("verify", run_id, "--json"))] == ["manifest.json"]


def test_29_what_was_never_finished_is_a_note(cli, shop, another, tmp_path):
    run_id, _, folder = another()
    half = folder.parent / "deadbeef"
    shutil.copytree(folder, half)
    (half / "manifest.json").unlink()
    (folder / "planted.pkl").write_bytes(b"never opened")
    answer = cli("verify", run_id, "--json")
    assert failed(answer) == []
    notes = [
        (f["name"], f["says"])
        for each in json.loads(answer.out)["verified"]
        for f in each["findings"]
        if f["state"] == "note"
    ]
    assert notes == [
        ("planted.pkl", "not in the manifest; nothing reads it"),
        ("explanations/deadbeef", UNFINISHED),
    ]


def test_a_broken_record_is_found(cli, shop):
    client = mlflow.MlflowClient()
    run_id = client.create_run(shop.experiment_id).info.run_id
    client.set_tag(run_id, "mlflow_explain.explanation.abc", "{")
    assert failed(cli("verify", run_id, "--json")) == [
        ("mlflow_explain.explanation.abc", "the tag is not as it was written")
    ]


@pytest.fixture
def pair(cli, tmp_path):
    """A copy of the registered pair's folder."""
    shutil.copytree(mlflow.artifacts.download_artifacts("models:/pair/1"), tmp_path / "pair")
    return tmp_path / "pair"


def test_a_pair_is_verified_in_its_folder(cli, pair):
    assert failed(cli("verify", "pair", "--json")) == []
    assert cli("verify", "pair/explainer").code == 0


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("explainer/engine.npz", {"explainer/engine.npz"}),
        ("explainer/manifest.json", {"explainer/manifest.json"}),
        ("model/model.skops", {"model/"}),
    ],
)
def test_a_pair_that_was_changed_is_found(cli, pair, file, found):
    path = pair / file
    path.write_bytes(path.read_bytes().replace(b'"LogisticRegression"', b'"Lasso"') + b"\n")
    assert {name for name, _ in failed(cli("verify", "pair", "--json"))} == found


def test_42_tags_of_the_registry_that_differ_are_found(cli, shop):
    client = mlflow.MlflowClient()
    version = client.create_model_version(
        "pair", client.get_model_version("pair", "1").source, shop.run_id
    ).version
    client.set_model_version_tag("pair", version, TAG_DIGEST, "0" * 64)
    client.set_model_version_tag("pair", version, TAG_EXPLANATION, shop.address)
    client.set_model_version_tag("pair", version, TAG_EXPLANATION_DIGEST, "0" * 64)
    bad = failed(cli("verify", f"models:/pair/{version}", "--json"))
    assert [name for name, _ in bad] == ["MLmodel", "manifest.json"]
    assert bad[0][1] == f"its sha256 differs from that in the tag {TAG_DIGEST}"
    client.set_model_version_tag("pair", version, TAG_EXPLANATION, f"{shop.address}0")
    bad = failed(cli("verify", f"models:/pair/{version}", "--json"))
    assert [name for name, _ in bad] == ["MLmodel", TAG_EXPLANATION]


def test_where_nothing_of_ours_lies_is_code_3(cli, shop, tmp_path):
    for reference in (".", "./nothing", "nosuchrun", "models:/pair/77", "models:/none@here"):
        assert cli("verify", reference).code == 3, reference


def test_46_of_a_store_that_fails_nothing_is_said(cli, shop, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    answer = cli("--tracking-uri", "http://127.0.0.1:9", "verify", shop.run_id)
    assert (answer.code, answer.out) == (5, "")
