"""Permutation importance of networks, against scikit-learn's of the same answers."""

from __future__ import annotations

import os
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance
from sklearn.preprocessing import StandardScaler

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
if find_spec("tensorflow") is None:
    os.environ["KERAS_BACKEND"] = "torch"

import keras

from mlflow_explain import PFIExplainer
from mlflow_explain.errors import InvalidInputError
from tests.engines.deep.networks import network

pytestmark = pytest.mark.networks

X = np.random.default_rng(0).normal(size=(150, 6))
FRAME = pd.DataFrame(X, columns=list("abcdef"))


class Peer(ClassifierMixin, BaseEstimator):
    """A network of logits as scikit-learn would have it."""

    def __init__(self, module=None):
        self.module = module

    def fit(self, rows, y):
        del rows
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, rows):
        with torch.no_grad():
            logits = self.module(torch.as_tensor(np.asarray(rows), dtype=torch.float32))
        return torch.softmax(logits.double(), dim=1).numpy()

    def predict(self, rows):
        return self.predict_proba(rows).argmax(axis=1)


@pytest.mark.parametrize("rows", [X, FRAME], ids=["array", "frame"])
def test_a_network_of_classes(rows):
    module = network("classes")
    module.train()
    y = np.arange(150) % 3
    found = PFIExplainer(
        module, metric="neg_log_loss", model_task="classification", n_repeats=3
    ).explain_global(rows, y)
    assert module.training
    module.eval()
    peer = permutation_importance(
        Peer(module).fit(X, y), X, y, scoring="neg_log_loss", n_repeats=3, random_state=0
    )
    np.testing.assert_allclose(found.global_importance_values, peer.importances_mean, atol=1e-6)
    assert (found.model_type, found.classes) == (type(module).__name__, (0, 1, 2))
    assert found.rows.probabilities.shape == (150, 3)
    named = PFIExplainer(module, classes=list("xyz")).explain_global(rows, np.array(list("xyz"))[y])
    assert named.classes == ("x", "y", "z")
    assert named.global_.measure == "decrease of accuracy"


def test_a_network_of_one_number_behind_a_transformer():
    module = network("sequential")
    front = StandardScaler().fit(FRAME)
    with torch.no_grad():
        inside = torch.as_tensor(front.transform(FRAME), dtype=torch.float32)
        y = module.eval()(inside)[:, 0].numpy()
    found = PFIExplainer(module, transformations=front, metric="r2").explain_global(FRAME, y)
    assert found.features == tuple("abcdef")
    assert found.quality["baseline_score"] == pytest.approx(1.0)
    assert found.global_importance_values.min() > 0
    assert (found.model_task, found.rows.probabilities) == ("regression", None)
    with pytest.raises(InvalidInputError, match="roc_auc needs; got Sequential"):
        PFIExplainer(module, metric="roc_auc").explain_global(X, y > 0)


def test_a_network_of_keras():
    model = keras.Sequential(
        [keras.layers.Input((6,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)]
    )
    y = keras.ops.convert_to_numpy(model(X.astype("float32")))[:, 0]
    found = PFIExplainer(model).explain_global(FRAME, y)
    assert found.quality["baseline_score"] == pytest.approx(0.0, abs=1e-9)
    assert found.global_importance_values.min() > 0
    assert found.model_type == "Sequential"


def test_no_more_rows_than_a_few_are_asked_to_see_what_a_network_answers():
    asked = []

    class Counted(torch.nn.Linear):
        def forward(self, rows):
            asked.append(len(rows))
            return super().forward(rows)

    PFIExplainer(Counted(6, 1), explain_subset=[0], n_repeats=1).explain_global(
        np.resize(X, (5_000, 6)), np.zeros(5_000)
    )
    large = [n for n in asked if n > 100]
    assert 5_000 < sum(large) <= 10_000
