"""What users train, with MLflow's autologging and ours turned on in either order."""

from __future__ import annotations

import mlflow
import mlflow.models
import numpy as np
import pytest

import mlflow_explain
from tests.tracking import autologged
from tests.tracking.autologged import SCENARIOS, Left


@pytest.fixture
def requirements_known(monkeypatch):
    # MLflow finds them in a process of their own, for seconds.
    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, **__: ["mlflow"])


@pytest.fixture(scope="session")
def without(tmp_path_factory):
    """What each scenario leaves, and predicts, where only MLflow autologs."""
    known = {}

    def of(name):
        if name not in known:
            folder = tmp_path_factory.mktemp("without")
            with pytest.MonkeyPatch.context() as patch, autologged.undone():
                patch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, **__: ["mlflow"])
                patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
                patch.chdir(folder)
                autologged.mlflows()
                model = SCENARIOS[name].train()
                known[name] = SCENARIOS[name].predictions(model), Left.of_all().mlflows
        return known[name]

    return of


ORDERS = ("ours first", "MLflow's first")
ALONE = ("pipeline of mixed columns", "lightgbm.train")


@pytest.mark.parametrize(
    ("name", "order"),
    [(name, order) for name in SCENARIOS for order in ORDERS]
    + [(name, "ours only") for name in ALONE],
)
def test_a_training_is_explained_and_as_without(
    name, order, without, tracking_store, requirements_known, recwarn
):
    scenario = SCENARIOS[name]
    predicted, left = without(name)
    with autologged.undone():
        if order == "MLflow's first":
            autologged.mlflows()
        mlflow_explain.autolog()
        if order == "ours first":
            autologged.mlflows()
        model = scenario.train()
        found = Left.of_all()
    assert np.array_equal(scenario.predictions(model), predicted)
    assert found.mlflows == left
    _check_explained(scenario, found)
    assert [str(w.message) for w in recwarn if "autolog" in str(w.message)] == []


def _check_explained(scenario, found):
    explanations = found.explanations
    assert [e.method for e in explanations] == list(scenario.methods)
    assert [e.model_type for e in explanations] == [scenario.model_type] * len(explanations)
    assert [m.name for m in found.explainers] == [scenario.explainer] * len(explanations)
    plain = {m.model_uri for m in found.models if m.name == "model"}
    for explanation, record in zip(explanations, found.records, strict=True):
        assert tuple(explanation.features) == scenario.features
        assert explanation.num_examples == 90
        assert explanation.true_y is not None
        assert explanation.comment == "autolog: all 90 training rows"
        assert explanation.quality["additivity_error_max"] < 1e-5
        assert record["model_uri"] in plain
