"""The sealed folder of a scorer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlflow_explain import TabularExplainer
from mlflow_explain.errors import ArtifactExistsError, CorruptArtifactError, InvalidInputError
from mlflow_explain.scoring import store
from tests.engines.test_conformance import MODELS, X


@pytest.fixture
def scorer(explainer):
    return explainer.create_scoring_explainer().scorer


def test_no_training_row_is_kept(scorer, tmp_path):
    store.save(scorer, tmp_path / "kept")
    assert len(scorer.template) == 0
    assert store.load(tmp_path / "kept").template.data.shape == (0, 11)


def test_round_trip(scorer, tmp_path, applications):
    digest = store.save(scorer, tmp_path / "kept", model_digest="abc")
    again = store.load(tmp_path / "kept", preprocess=scorer.preprocess)
    assert again.explain(applications.test) == scorer.explain(applications.test)
    assert (again.classes, again.labels, again.features) == (
        scorer.classes, scorer.labels, scorer.features
    )  # fmt: skip
    assert len(digest) == 64
    assert {p.suffix for p in (tmp_path / "kept").iterdir()} == {
        ".json",
        ".npz",
        ".parquet",
    }
    with pytest.raises(ArtifactExistsError):
        store.save(scorer, tmp_path / "kept")


@pytest.mark.parametrize("name", list(MODELS))
def test_round_trip_of_every_engine(name, tmp_path):
    model = MODELS[name][0]
    scorer = TabularExplainer(model, X).create_scoring_explainer().scorer
    store.save(scorer, tmp_path / "kept")
    again = store.load(tmp_path / "kept", model=lambda: model)
    assert again.explain(X[:5]) == scorer.explain(X[:5])
    if scorer.asks_model:
        with pytest.raises(InvalidInputError, match="together with its model"):
            store.load(tmp_path / "kept")


@pytest.mark.parametrize("name", ["lightgbm", "tree"])
def test_explainers_of_the_first_version_are_read(name):
    folder = Path(__file__).parent.parent / "data" / "scoring-explainer-format-1"
    expected = json.loads((folder / "expected.json").read_text())[name]
    scorer = store.load(folder / name)
    rows = pd.DataFrame(expected["rows"]["data"], columns=expected["rows"]["columns"])
    np.testing.assert_allclose(scorer.explain(rows), expected["values"], atol=1e-13)
    np.testing.assert_allclose(scorer.expected_values, expected["expected"], atol=1e-13)


def test_75_damaged_explainers_are_refused(scorer, tmp_path):
    store.save(scorer, tmp_path / "kept")
    path = tmp_path / "kept" / "engine.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptArtifactError, match=r"engine\.npz as it was sealed"):
        store.load(tmp_path / "kept")


def test_36_pickled_arrays_are_refused(scorer, tmp_path):
    store.save(scorer, tmp_path / "kept")
    path = tmp_path / "kept" / "engine.npz"
    with path.open("wb") as file:
        np.savez(file, base_values=np.array([object], dtype=object))
    manifest = tmp_path / "kept" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["files"]["engine.npz"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content))
    with pytest.raises(CorruptArtifactError, match="never unpickled"):
        store.load(tmp_path / "kept")
