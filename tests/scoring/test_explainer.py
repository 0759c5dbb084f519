from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.errors import (
    ArtifactExistsError,
    CorruptArtifactError,
    InvalidInputError,
    PreprocessingUnavailableError,
)
from mlflow_explain.scoring import store
from mlflow_explain.scoring.explainer import scoring_explainer_of
from tests.engines.test_conformance import MODELS, X


@pytest.fixture
def scoring(explainer):
    return explainer.create_scoring_explainer()


def test_explain_answers_what_the_explainer_answers(scoring, explanation, applications):
    values = scoring.explain(applications.test)
    json.dumps(values, allow_nan=False)
    np.testing.assert_array_equal(values, explanation.local_importance_values)
    np.testing.assert_array_equal(scoring.expected_values, explanation.expected_values)
    engineered = scoring.explain(applications.test, get_raw=False)
    np.testing.assert_array_equal(engineered, explanation.engineered.local_importance_values)


def test_no_training_row_is_kept(scoring, tmp_path):
    store.save(scoring, tmp_path / "kept")
    assert len(scoring.template) == 0
    assert store.load(tmp_path / "kept").template.data.shape == (0, 11)


def test_round_trip(scoring, tmp_path, applications):
    digest = store.save(scoring, tmp_path / "kept", model_digest="abc")
    again = store.load(tmp_path / "kept", preprocess=scoring.preprocess)
    assert again.explain(applications.test) == scoring.explain(applications.test)
    assert (again.classes, again.labels, again.features) == (
        scoring.classes, scoring.labels, scoring.features
    )  # fmt: skip
    assert len(digest) == 64
    assert {p.suffix for p in (tmp_path / "kept").iterdir()} == {
        ".json",
        ".npz",
        ".parquet",
    }
    with pytest.raises(ArtifactExistsError):
        store.save(scoring, tmp_path / "kept")


@pytest.mark.parametrize("name", list(MODELS))
def test_round_trip_of_every_engine(name, tmp_path):
    from mlflow_explain import TabularExplainer

    model = MODELS[name][0]
    scoring = TabularExplainer(model, X).create_scoring_explainer()
    store.save(scoring, tmp_path / "kept")
    again = store.load(tmp_path / "kept", model=lambda: model)
    assert again.explain(X[:5]) == scoring.explain(X[:5])
    if scoring.asks_model:
        with pytest.raises(InvalidInputError, match="together with its model"):
            store.load(tmp_path / "kept")


@pytest.mark.parametrize("name", ["lightgbm", "tree"])
def test_explainers_of_the_first_version_are_read(name):
    folder = Path(__file__).parent.parent / "data" / "scoring-explainer-format-1"
    expected = json.loads((folder / "expected.json").read_text())[name]
    scoring = store.load(folder / name)
    rows = pd.DataFrame(expected["rows"]["data"], columns=expected["rows"]["columns"])
    np.testing.assert_allclose(scoring.explain(rows), expected["values"], atol=1e-13)
    np.testing.assert_allclose(scoring.expected_values, expected["expected"], atol=1e-13)


def test_without_transformers_engineered_rows_are_taken(scoring, applications, explanation):
    bare = replace(scoring, preprocess=None)
    rows = explanation.engineered.eval_data
    expected = scoring.explain(applications.test)
    assert bare.explain(rows) == expected
    assert bare.explain(rows.to_numpy()) == expected
    for raw in (applications.test, applications.test.to_numpy()):
        with pytest.raises(
            PreprocessingUnavailableError, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true"
        ):
            bare.explain(raw)


def test_75_damaged_explainers_are_refused(scoring, tmp_path):
    store.save(scoring, tmp_path / "kept")
    path = tmp_path / "kept" / "engine.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptArtifactError, match=r"engine\.npz as it was sealed"):
        store.load(tmp_path / "kept")


def test_36_pickled_arrays_are_refused(scoring, tmp_path):
    store.save(scoring, tmp_path / "kept")
    path = tmp_path / "kept" / "engine.npz"
    with path.open("wb") as file:
        np.savez(file, base_values=np.array([object], dtype=object))
    manifest = tmp_path / "kept" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["files"]["engine.npz"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content))
    with pytest.raises(CorruptArtifactError, match="never unpickled"):
        store.load(tmp_path / "kept")


def test_only_our_explainers_have_scoring_explainers():
    with pytest.raises(InvalidInputError, match="TabularExplainer"):
        scoring_explainer_of(object())
