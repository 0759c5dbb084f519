"""Scoring explainers kept by themselves: folder, file, and what may be wrong with either."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from xgboost import XGBClassifier

import mlflow_explain
from mlflow_explain import (
    KernelExplainer,
    KernelScoringExplainer,
    LIMEExplainer,
    LinearScoringExplainer,
    ScoringExplainer,
    TabularExplainer,
    TreeScoringExplainer,
)
from mlflow_explain.artifact import sealed
from mlflow_explain.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    CorruptArtifactError,
    FormatVersionError,
    InvalidInputError,
    MissingLibraryError,
    StoreError,
    UnsupportedModelError,
)
from mlflow_explain.scoring import archive
from tests.engines.test_conformance import BINARY, X, Y, model_of
from tests.scoring.test_explainers import CASES, explainer_of

ALIKE = [case for case in CASES if isinstance(case, str)]


@pytest.fixture(scope="module")
def scaled():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, BINARY)
    return TabularExplainer(model, X).create_scoring_explainer()


@pytest.fixture
def file(scaled, tmp_path):
    return Path(scaled.save(tmp_path / "kept"))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def repacked(path, change):
    """Write an archive anew with its files changed; the digests stay those of before."""
    with zipfile.ZipFile(path) as before:
        files = {name: before.read(name) for name in before.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as after:
        for name, content in files.items():
            after.writestr(name, content)


def sealed_anew(files):
    """Make the manifest of changed files right again, as who forges one would."""
    manifest = json.loads(files.pop("manifest.json"))
    manifest["files"] = {n: hashlib.sha256(c).hexdigest() for n, c in files.items()}
    files["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize("case", ALIKE)
def test_round_trip_of_every_engine_keeps_class_and_values(case, tmp_path):
    scoring = explainer_of(case).create_scoring_explainer()
    rows = explainer_of(case).subject.template.data[:3]
    path = scoring.save(tmp_path / "one file")
    folder = mlflow_explain.save(scoring, directory=tmp_path)
    assert (path, folder) == (str(tmp_path / "one file"), str(tmp_path / "scoring_explainer"))
    for kept in (path, folder, tmp_path):
        again = mlflow_explain.load(kept)
        assert type(again) is type(scoring)
        assert again.explain(rows) == scoring.explain(rows)
        assert again.expected_values == scoring.expected_values
        assert (again.features, again.classes) == (scoring.features, scoring.classes)
    assert names_in(tmp_path) == ["one file", "scoring_explainer"]


@pytest.mark.parametrize("made_as", [KernelScoringExplainer, ScoringExplainer])
def test_the_class_is_kept_also_where_it_takes_any_engine(made_as, tmp_path):
    scoring = made_as(explainer_of("linear"))
    assert type(ScoringExplainer.load(scoring.save(tmp_path / "kept"))) is made_as


def test_transformers_are_kept(scaled, tmp_path):
    again = ScoringExplainer.load(scaled.save(tmp_path / "kept"))
    assert again.explain(X[:5]) == scaled.explain(X[:5])
    assert again.explain(X[:5], get_raw=False) == scaled.explain(X[:5], get_raw=False)
    assert [type(s) for _, s in again.scorer.preprocess.steps] == [StandardScaler]


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(), LGBMClassifier(n_estimators=3, verbose=-1),
        XGBClassifier(n_estimators=3),
        CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
    ],
    ids=lambda model: type(model).__name__,
)  # fmt: skip
@pytest.mark.parametrize("made", [KernelExplainer, LIMEExplainer])
def test_a_model_that_is_asked_is_kept(model, made, tmp_path):
    explainer = made(model.fit(X, BINARY), X[:10], nsamples=60, show_progress=False)
    scoring = explainer.create_scoring_explainer()
    again = mlflow_explain.load(scoring.save(tmp_path / "kept"))
    assert again.explain(X[20:22]) == scoring.explain(X[20:22])


@pytest.mark.parametrize(
    "model",
    [lambda rows: rows[:, 0], type("Own", (Ridge,), {"__module__": "nowhere"})().fit(X, Y)],
    ids=["function", "own class"],
)
def test_a_model_that_skops_does_not_hold_is_logged_beside_it(model, tmp_path):
    scoring = KernelExplainer(model, X[:5], show_progress=False).create_scoring_explainer()
    for save in (scoring.save, lambda path: mlflow_explain.save(scoring, path)):
        with pytest.raises(UnsupportedModelError, match="log_model"):
            save(tmp_path / "kept")
    assert list(tmp_path.rglob("*.npz")) == []


@pytest.mark.networks
def test_a_network_is_logged_beside_it(tmp_path):
    scoring = explainer_of("deep").create_scoring_explainer()
    with pytest.raises(UnsupportedModelError, match="log_model"):
        scoring.save(tmp_path / "kept")


def test_no_training_row_is_kept_but_those_the_engine_needs(tmp_path):
    rows = pd.DataFrame(X + np.pi, columns=list("abcdef"))
    trees = TabularExplainer(LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, BINARY), rows)
    path = trees.create_scoring_explainer().save(tmp_path / "trees")
    with zipfile.ZipFile(path) as kept:
        assert set(kept.namelist()) == {"manifest.json", "engine.npz", "template-00000.parquet"}
        assert pd.read_parquet(io.BytesIO(kept.read("template-00000.parquet"))).shape == (0, 6)
        with np.load(io.BytesIO(kept.read("engine.npz"))) as arrays:
            held = np.concatenate([arrays[name].ravel() for name in arrays.files])
    assert np.isin(rows.to_numpy(), held.astype(float)).sum() == 0
    asked = KernelExplainer(model_of("neighbours"), X, nclusters=7, show_progress=False)
    again = ScoringExplainer.load(asked.create_scoring_explainer().save(tmp_path / "asked"))
    assert len(again.scorer.engine.background) == 7
    assert len(again.scorer.template) == 0


def test_explainers_of_the_first_version_are_read():
    folder = Path(__file__).parent.parent / "data" / "scoring-explainer-format-1"
    expected = json.loads((folder / "expected.json").read_text())
    for name, wanted in expected.items():
        scoring = mlflow_explain.load(folder / name)
        assert type(scoring) is TreeScoringExplainer
        rows = pd.DataFrame(wanted["rows"]["data"], columns=wanted["rows"]["columns"])
        np.testing.assert_allclose(scoring.explain(rows), wanted["values"], atol=1e-13)


def test_40_what_lies_there_is_replaced_only_when_asked(scaled, tmp_path):
    linear = LinearScoringExplainer(explainer_of("linear"))
    (tmp_path / "model.bin").write_text("beside")
    for scoring, exist_ok in ((scaled, False), (linear, True)):
        path = scoring.save(tmp_path / "kept", exist_ok=exist_ok)
        mlflow_explain.save(scoring, directory=tmp_path, exist_ok=exist_ok)
        for kept in (path, tmp_path):
            assert mlflow_explain.load(kept).explain(X[:1]) == scoring.explain(X[:1])
        with pytest.raises(ArtifactExistsError, match="exist_ok=True"):
            scoring.save(tmp_path / "kept")
        with pytest.raises(ArtifactExistsError, match="exist_ok=True"):
            mlflow_explain.save(scoring, directory=tmp_path)
    assert names_in(tmp_path) == ["kept", "model.bin", "scoring_explainer"]


def test_40_what_is_not_ours_is_never_replaced(scaled, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("manifest.json", "{}")
    (tmp_path / "folder").mkdir()
    for name in ("rows.csv", "other.zip", "folder"):
        with pytest.raises(ArtifactExistsError, match="written by mlflow-explain"):
            scaled.save(tmp_path / name, exist_ok=True)
    (tmp_path / "scoring_explainer").mkdir()
    (tmp_path / "scoring_explainer" / "thesis.tex").write_text("mine")
    with pytest.raises(ArtifactExistsError, match="no manifest"):
        mlflow_explain.save(scaled, directory=tmp_path, exist_ok=True)
    assert (tmp_path / "rows.csv").read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("step", ["save", "_pack"])
def test_29_30_what_fails_midway_leaves_nothing(scaled, tmp_path, monkeypatch, step):
    before = scaled.save(tmp_path / "kept")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.store if step == "save" else archive, step, full)
    with pytest.raises(StoreError, match="No space left"):
        scaled.save(tmp_path / "kept", exist_ok=True)
    if step == "save":
        with pytest.raises(StoreError, match="No space left"):
            mlflow_explain.save(scaled, directory=tmp_path)
    assert names_in(tmp_path) == ["kept"]
    assert ScoringExplainer.load(before).explain(X[:1]) == scaled.explain(X[:1])


def test_32_cut_off_files_are_refused(file):
    content = file.read_bytes()
    for part in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:part])
        with pytest.raises(CorruptArtifactError):
            ScoringExplainer.load(file)


def test_33_a_flipped_bit_is_never_read_as_numbers(file, scaled):
    content = file.read_bytes()
    expected = scaled.explain(X[:1])
    for at in range(0, len(content), max(1, len(content) // 150)):
        damaged = bytearray(content)
        damaged[at] ^= 4
        file.write_bytes(damaged)
        try:
            # A bit of the archive's own times, say, is of no matter.
            assert ScoringExplainer.load(file).explain(X[:1]) == expected
        except (CorruptArtifactError, FormatVersionError):
            continue


@pytest.mark.parametrize("name", ["engine.npz", "preprocess.skops", "feature_map.npz"])
def test_33_other_content_is_refused_by_its_digest(file, name):
    repacked(file, lambda files: files.update({name: files[name] + b" "}))
    with pytest.raises(CorruptArtifactError, match=r"as it was sealed.*sha256"):
        ScoringExplainer.load(file)


def test_34_a_newer_format_and_a_missing_manifest(file, tmp_path):
    later = tmp_path / "later"
    shutil.copy(file, later)
    version = sealed.FORMAT_VERSION
    repacked(later, lambda files: files.update({
        "manifest.json": files["manifest.json"].replace(
            f'"format_version": {version}'.encode(), b'"format_version": 999'
        )
    }))  # fmt: skip
    with pytest.raises(FormatVersionError, match=f"up to {version}; got 999"):
        ScoringExplainer.load(later)
    repacked(file, lambda files: files.pop("manifest.json"))
    with pytest.raises(CorruptArtifactError):
        ScoringExplainer.load(file)


@pytest.mark.parametrize(
    "name",
    ["../x", "/abs", "a\\b", "%2e%2e", "engine-..txt/../../x.txt", "engine-" + "a" * 300 + ".txt",
     "CON", "evil.pkl", "model.pkl", "sub/engine.npz"],
)  # fmt: skip
def test_37_38_other_names_are_never_unpacked(file, tmp_path, name):
    repacked(file, lambda files: files.update({name: b"x"}))
    with pytest.raises(CorruptArtifactError, match="files of one scoring explainer"):
        ScoringExplainer.load(file)

    def listed(files):
        files[name] = b"x"
        sealed_anew(files)

    repacked(file, listed)
    with pytest.raises(CorruptArtifactError):
        ScoringExplainer.load(file)
    assert names_in(tmp_path) == ["kept"]


def test_37_links_and_doubles_are_not_followed(file, tmp_path):
    with zipfile.ZipFile(file) as before:
        files = {name: before.read(name) for name in before.namelist()}
    with zipfile.ZipFile(file, "w") as after:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            if name == "engine.npz":
                entry.external_attr = 0o120777 << 16
                content = b"/etc/hostname"  # noqa: PLW2901 - where a link would lead
            after.writestr(entry, content)
    with pytest.raises(CorruptArtifactError, match="as it was sealed"):
        ScoringExplainer.load(file)
    twice = tmp_path / "twice"
    with zipfile.ZipFile(twice, "w") as after:
        after.writestr("manifest.json", files["manifest.json"])
        after.writestr("engine.npz", files["engine.npz"])
        with pytest.warns(UserWarning, match="Duplicate"):
            after.writestr("engine.npz", files["engine.npz"])
    with pytest.raises(CorruptArtifactError, match="each once"):
        ScoringExplainer.load(twice)


def test_76_an_archive_that_says_it_is_huge_is_not_unpacked(file, monkeypatch):
    monkeypatch.setattr(archive, "_MOST_BYTES", 100)
    with pytest.raises(CorruptArtifactError, match="of a size that none has"):
        ScoringExplainer.load(file)


class Ran:
    """What a pickle would run."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


@pytest.mark.parametrize(
    "evil",
    [
        FunctionTransformer(os.mkdir), FunctionTransformer(pd.read_pickle),
        FunctionTransformer(np.nan_to_num), type("Own", (StandardScaler,), {})(),
    ],
    ids=["os", "reads pickles", "function", "own class"],
)  # fmt: skip
def test_38_a_forged_transformer_is_not_loaded(file, evil):
    def forged(files):
        files["preprocess.skops"] = skops.io.dumps(evil)
        sealed_anew(files)

    repacked(file, forged)
    with pytest.raises(CorruptArtifactError, match="types of well-known libraries"):
        ScoringExplainer.load(file)


def test_38_a_pickle_in_place_of_skops_is_not_loaded(file, tmp_path, monkeypatch):
    import pickle

    monkeypatch.chdir(tmp_path)

    def forged(files):
        files["preprocess.skops"] = pickle.dumps(Ran())
        sealed_anew(files)

    repacked(file, forged)
    with pytest.raises(CorruptArtifactError, match="as skops reads it"):
        ScoringExplainer.load(file)
    assert not (tmp_path / "ran").exists()


def test_paths_that_hold_nothing_or_something_else(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ArtifactNotFoundError):
            mlflow_explain.load(path)
    kept = explainer_of("linear").explain_local(X[:3])
    mlflow_explain.save_explanation(kept, tmp_path / "explanation")
    with pytest.raises(CorruptArtifactError, match="a scoring-explainer"):
        mlflow_explain.load(tmp_path / "explanation")
    (tmp_path / "rows.csv").write_text("a,b\n")
    with pytest.raises(CorruptArtifactError, match="cannot be unpacked"):
        mlflow_explain.load(tmp_path / "rows.csv")


def test_the_load_of_another_class_names_the_right_one(tmp_path):
    path = LinearScoringExplainer(explainer_of("linear")).save(tmp_path / "kept")
    assert type(LinearScoringExplainer.load(path)) is LinearScoringExplainer
    with pytest.raises(InvalidInputError, match=r"Call LinearScoringExplainer\.load"):
        TreeScoringExplainer.load(path)


def test_only_scoring_explainers_are_saved(tmp_path):
    with pytest.raises(InvalidInputError, match="create_scoring_explainer"):
        mlflow_explain.save(explainer_of("linear"), directory=tmp_path)


def test_two_archives_of_one_explainer_are_the_same_bytes(tmp_path):
    scoring = explainer_of("tree").create_scoring_explainer()
    first, second = (Path(scoring.save(tmp_path / name)) for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_90_a_library_that_is_not_installed_is_named(tmp_path, monkeypatch, iris):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(*iris)
    path = TabularExplainer(model, iris[0]).create_scoring_explainer().save(tmp_path / "one")
    real = importlib.import_module

    def without_sklearn(name, package=None):
        if name.partition(".")[0] == "sklearn":
            raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without_sklearn)
    with pytest.raises(MissingLibraryError, match="pip install scikit-learn"):
        ScoringExplainer.load(path)
