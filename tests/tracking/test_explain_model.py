"""`explain_model`: what it takes for a model and for rows."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from mlflow_explain import TabularExplainer, explain_model, save_model
from mlflow_explain.errors import InvalidInputError
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
