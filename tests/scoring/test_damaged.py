"""Scoring explainers that were edited, damaged or forged: refused by errors of this package."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import random
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mlflow_explain
from mlflow_explain import ScoringExplainer, TabularExplainer
from mlflow_explain.artifact import packed
from mlflow_explain.errors import (
    ArtifactExistsError,
    CorruptArtifactError,
    InvalidInputError,
    StoreAccessError,
    StoreError,
)
from mlflow_explain.scoring import archive
from tests.engines.test_conformance import BINARY, X, model_of

# What stands in the place of an entry, each of another kind than the one that is right.
OTHERS = [None, {}, [], "x", -1, 1e308, True, [None], {"a": {}}, ["a"] * 6, [["a"]]]
# Entries that may well be one of these, and what they may be.
MAY_BE = {"model_type": ["x"], "target": ["x", ["a"] * 6], "engineered_features": [["a"] * 6]}


@pytest.fixture(scope="module")
def scaled():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, BINARY)
    return TabularExplainer(model, X).create_scoring_explainer()


@pytest.fixture
def folder(scaled, tmp_path):
    return Path(mlflow_explain.save(scaled, directory=tmp_path))


@pytest.fixture
def file(scaled, tmp_path):
    return Path(scaled.save(tmp_path / "kept"))


def edit(folder, **entries):
    """Change entries of a manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def forge(folder, name, content):
    """Put other content in the place of a file, and its digest into the manifest."""
    (folder / name).write_bytes(content)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    edit(folder, files=files | {name: hashlib.sha256(content).hexdigest()})


@pytest.mark.parametrize(
    "entry",
    ["engine", "engine_settings", "engine_texts", "features", "engineered_features", "classes",
     "labels", "model_task", "model_type", "background", "template", "target"],
)  # fmt: skip
def test_33_entries_of_another_kind_are_refused(folder, scaled, entry):
    before = (folder / "manifest.json").read_bytes()
    right = json.loads(before)[entry]
    for other in OTHERS:
        (folder / "manifest.json").write_bytes(before)
        edit(folder, **{entry: other})
        if other == right or other in MAY_BE.get(entry, []):
            assert mlflow_explain.load(folder).explain(X[:2]) == scaled.explain(X[:2])
            continue
        with pytest.raises(CorruptArtifactError):
            mlflow_explain.load(folder)


@pytest.mark.parametrize("case", ["logistic", "lightgbm classes", "svc", "voting"])
def test_33_classes_are_as_many_as_outputs(case, tmp_path):
    scoring = TabularExplainer(model_of(case), X).create_scoring_explainer()
    folder = Path(mlflow_explain.save(scoring, directory=tmp_path))
    assert mlflow_explain.load(folder).classes == scoring.classes
    for n in (4, 5):
        edit(folder, classes=list(range(n)), labels=list(range(n)))
        with pytest.raises(CorruptArtifactError, match=f"outputs; got {n} classes"):
            mlflow_explain.load(folder)
    edit(folder, classes=None, labels=None)
    with pytest.raises(CorruptArtifactError, match="classes and labels of a classification"):
        mlflow_explain.load(folder)


@pytest.mark.parametrize(
    "name", ["logistic", "lightgbm binary", "catboost binary", "svr", "voting"]
)
def test_33_settings_that_an_engine_misses(name, tmp_path):
    scoring = TabularExplainer(model_of(name), X).create_scoring_explainer()
    folder = Path(mlflow_explain.save(scoring, directory=tmp_path))
    for settings in ({}, {"output_space": "raw"}):
        edit(folder, engine_settings=settings)
        try:
            # All that the engine of a linear model or of CatBoost needs.
            mlflow_explain.load(folder)
        except CorruptArtifactError:
            continue
        assert settings


def test_33_a_directory_that_lies_is_refused(file):
    content = bytearray(file.read_bytes())
    end = content.rfind(b"PK\5\6")
    struct.pack_into("<I", content, end + 16, struct.unpack_from("<I", content, end + 16)[0] + 10)
    file.write_bytes(content)
    with pytest.raises(CorruptArtifactError, match="cannot be unpacked"):
        ScoringExplainer.load(file)


def test_33_whatever_byte_of_the_directory_is_damaged(file, scaled):
    content, choose = file.read_bytes(), random.Random(0)  # noqa: S311 - which bytes are damaged is no secret
    begin, expected = content.find(b"PK\1\2"), scaled.explain(X[:1])
    for _ in range(200):
        damaged = bytearray(content)
        for at in choose.sample(range(begin, len(content)), 2):
            damaged[at] = choose.choice([0, 255, choose.randrange(256)])
        file.write_bytes(damaged)
        try:
            assert ScoringExplainer.load(file).explain(X[:1]) == expected
        except CorruptArtifactError:
            continue


def test_33_a_damaged_archive_is_nothing_to_replace(file, scaled):
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(ArtifactExistsError, match="something else"):
        scaled.save(file, exist_ok=True)


def test_29_30_a_disk_is_told_from_a_damaged_file(file, monkeypatch):
    for code, kind in ((errno.ENOSPC, StoreError), (errno.EACCES, StoreAccessError)):

        def refuse(*_, code=code):
            raise OSError(code, "no such luck")

        monkeypatch.setattr(archive.shutil, "copyfileobj", refuse)
        with pytest.raises(kind, match="no such luck"):
            ScoringExplainer.load(file)


def bomb(arrays):
    """Return an npz with arrays, and 200 MB that are none of an engine's."""
    made = io.BytesIO()
    np.savez_compressed(made, **arrays, more=np.zeros(200_000_000, np.uint8))
    return made.getvalue()


def test_arrays_that_fill_the_memory_are_not_read(tmp_path):
    scoring = TabularExplainer(model_of("logistic"), X).create_scoring_explainer()
    folder = Path(mlflow_explain.save(scoring, directory=tmp_path))
    with np.load(folder / "engine.npz") as arrays:
        content = bomb(arrays)
    forge(folder, "engine.npz", content)

    tracemalloc.start()
    with pytest.raises(CorruptArtifactError, match=r"engine\.npz to hold about as much"):
        mlflow_explain.load(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000
    # Packed once more it is of 3 kB.
    for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2):
        with zipfile.ZipFile(tmp_path / "file", "w", compression) as kept:
            for path in folder.iterdir():
                kept.write(path, path.name)
        with pytest.raises(CorruptArtifactError):
            ScoringExplainer.load(tmp_path / "file")


def test_fitted_objects_are_bounded_too(folder):
    made = io.BytesIO(folder.joinpath("preprocess.skops").read_bytes())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as kept:
        kept.writestr("more.npy", bytes(100_000_000))
    forge(folder, "preprocess.skops", made.getvalue())
    with pytest.raises(CorruptArtifactError, match=r"preprocess\.skops to hold about as much"):
        mlflow_explain.load(folder)


def test_many_zeros_of_our_own_are_read_again(tmp_path, monkeypatch):
    # Real ones would be of 64 MB.
    monkeypatch.setattr(packed, "_MOST_BYTES", 1_000)
    rows = np.random.default_rng(0).normal(size=(30, 20_000))
    rows[:, 1:] = 0.0
    scoring = TabularExplainer(Lasso().fit(rows, rows[:, 0]), rows).create_scoring_explainer()
    again = ScoringExplainer.load(scoring.save(tmp_path / "kept"))
    assert again.explain(rows[:1]) == scoring.explain(rows[:1])


def test_arrays_that_an_engine_does_not_know_are_left_out(folder, scaled):
    with np.load(folder / "engine.npz") as arrays:
        made = io.BytesIO()
        np.savez(made, **arrays, more=np.zeros(3))
    forge(folder, "engine.npz", made.getvalue())
    again = mlflow_explain.load(folder)
    assert set(again.scorer.engine.state().arrays) == set(scaled.scorer.engine.state().arrays)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"[]", b"\xff", b'{"files": 1}'])
def test_33_manifests_that_are_none(folder, content):
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(CorruptArtifactError, match="in JSON"):
        mlflow_explain.load(folder)


@pytest.mark.parametrize("path", [None, 5, b"x", "a\0b"])
def test_what_is_no_path_is_refused(scaled, path):
    calls = (
        lambda: mlflow_explain.load(path),
        lambda: ScoringExplainer.load(path),
        lambda: scaled.save(path),
        lambda: mlflow_explain.save(scaled, directory=path),
    )
    for call in calls:
        with pytest.raises(InvalidInputError, match="to be a path"):
            call()


def test_33_a_template_of_other_columns_is_refused(tmp_path):
    other = TabularExplainer(model_of("logistic"), X).create_scoring_explainer()
    narrow = Path(mlflow_explain.save(other, directory=tmp_path / "other"))
    edit(narrow, features=["a", "b"], engineered_features=["a", "b"])
    with pytest.raises(CorruptArtifactError, match="no rows of 2 columns"):
        mlflow_explain.load(narrow)
