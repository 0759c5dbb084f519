"""`explain_model`: what it takes for a model and for rows."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow
import pytest

from mlflow_explain import (
    TabularExplainer,
    explain_model,
    log_explanation,
    log_model,
    save_model,
)
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.models import addresses
from tests import small


def test_explain_model_takes_paths_of_any_name(tracking_store, on_frames):
    save_model(
        on_frames, tracking_store / "m #1",
        scoring_explainer=TabularExplainer(on_frames, small.FRAME),
    )  # fmt: skip
    with mlflow.start_run():
        for name in ("d#1.csv", "d%20.csv", "d #2%.csv"):
            small.FRAME.assign(y=small.LABELS).to_csv(name, index=False)
            kept = explain_model(tracking_store / "m #1", Path(name), true_y="y")
            assert kept.explanation.true_y.tolist() == small.LABELS.tolist()
        examples = Path("d#1.csv")
        kept = explain_model("m #1", "d%20.csv", initialization_examples=examples)
    assert kept.explanation.num_examples == len(small.FRAME)


def test_what_explain_model_cannot_use_is_a_typed_error(tracking_store, on_frames):
    save_model(
        on_frames, tracking_store / "m",
        scoring_explainer=TabularExplainer(on_frames, small.FRAME),
    )  # fmt: skip
    with pytest.raises(InvalidInputError, match="a column y, in a DataFrame or a file"):
        explain_model("m", small.ROWS, true_y="y")
    for address in (None, 5, "", " ", "http://x/y", "models:/", "models:/m@"):
        with pytest.raises(InvalidInputError, match="models:/"):
            explain_model(address, small.FRAME)
    with pytest.raises(InvalidInputError, match="models:/"):
        explain_model("m", "http://x/y.csv")
    assert mlflow.active_run() is None


def test_the_models_files_are_fetched_once(tracking_store, on_frames, monkeypatch):
    explainer = TabularExplainer(on_frames, small.FRAME)
    info = log_model(on_frames, scoring_explainer=explainer, registered_model_name="once")
    fetched, fetch = [], addresses.fetched
    monkeypatch.setattr(
        addresses, "fetched", lambda target: fetched.append(target.uri) or fetch(target)
    )
    kept = explain_model("models:/once/1", small.FRAME)
    assert fetched == ["models:/once/1"]
    manifest = json.loads(
        Path(mlflow.artifacts.download_artifacts(f"{kept.uri}/manifest.json")).read_text()
    )
    again = log_explanation(explainer.explain_global(small.FRAME), model_uri="models:/once/1")
    theirs = json.loads(
        Path(mlflow.artifacts.download_artifacts(f"{again.uri}/manifest.json")).read_text()
    )
    assert manifest["model_digest"] == theirs["model_digest"] is not None
    assert manifest["model_digest"] == info.flavors["mlflow_explain"]["model_digest"]
