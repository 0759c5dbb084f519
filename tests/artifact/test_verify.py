from __future__ import annotations

import json

import pytest

from mlflow_explain import save_explanation
from mlflow_explain.artifact import sealed
from mlflow_explain.artifact.verify import Finding, verified_folder
from mlflow_explain.errors import ArtifactNotFoundError


@pytest.fixture
def folder(explanation, tmp_path):
    return save_explanation(explanation, tmp_path / "kept")


def states(folder) -> dict[str, str]:
    return {found.name: found.state for found in verified_folder(folder)}


def test_every_file_is_read(folder):
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert states(folder) == dict.fromkeys(names - {"manifest.json"}, "ok")


def test_a_folder_without_its_manifest_is_not_there(folder):
    (folder / "manifest.json").unlink()
    with pytest.raises(ArtifactNotFoundError, match="an explanation or explainer"):
        verified_folder(folder)


@pytest.mark.parametrize("change", ["not json", "outside", "newer"])
def test_34_37_a_manifest_that_cannot_be_read_is_found(folder, change):
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text())
    if change == "outside":
        content["files"]["../outside"] = "0" * 64
    if change == "newer":
        content["format_version"] = 999
    manifest.write_text("{" if change == "not json" else json.dumps(content))
    (found,) = verified_folder(folder)
    assert (found.name, found.state) == ("manifest.json", "failed")


def test_37_links_are_found(folder, tmp_path):
    name = "raw/global.npz"
    (tmp_path / "elsewhere").write_bytes((folder / name).read_bytes())
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert states(folder)[name] == "failed"


def test_38_what_lies_beside_is_named_and_never_read(folder, monkeypatch):
    (folder / "planted.pkl").write_bytes(b"\x80")
    read = []
    real = sealed.Sealed.read
    monkeypatch.setattr(sealed.Sealed, "read", lambda s, name: read.append(name) or real(s, name))
    assert states(folder)["planted.pkl"] == "note"
    assert "planted.pkl" not in read


def test_digests_are_compared_where_there_are_two():
    assert Finding.of_digest("model/", "a", "a", "MLmodel").state == "ok"
    assert Finding.of_digest("model/", "a", "b", "MLmodel").state == "failed"
    assert Finding.of_digest("model/", "a", None, "MLmodel").state == "note"
