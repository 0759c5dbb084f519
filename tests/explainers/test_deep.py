"""`DeepExplainer`, and networks in the other explainers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

from mlflow_explain import DeepExplainer, KernelExplainer, TabularExplainer
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError
from mlflow_explain.scoring import store
from tests.engines.deep.networks import Embedded, Indexed, Rounded, network, sequential

pytestmark = pytest.mark.networks

X = np.random.default_rng(0).normal(size=(120, 6))
NAMES = ["a", "b", "c", "d", "e", "f"]
FRAME = pd.DataFrame(X, columns=NAMES)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_regression():
    explainer = DeepExplainer(network("sequential"), FRAME)
    assert (explainer.method, explainer.features) == ("deep", tuple(NAMES))
    assert repr(explainer.choice) == "<Choice: deep>"
    found = explainer.explain_global(FRAME)
    assert (found.model_task, found.output_space, found.classes) == ("regression", "raw", None)
    assert found.local_importance_values.shape == (120, 6)
    own = found.rows.predicted
    missing = np.abs(found.expected_values + found.local_importance_values.sum(axis=1) - own).max()
    assert found.quality["additivity_error_max"] == pytest.approx(missing)
    spread = np.abs(own - own.mean()).max()
    assert missing <= 1.1e-3 * spread
    assert missing < found.quality["integration_error_max"] < 2e-2 * spread
    np.testing.assert_array_equal(
        DeepExplainer(network("sequential"), FRAME).explain_local(FRAME).local_importance_values,
        found.local_importance_values,
    )


@pytest.mark.parametrize("told", [{"model_task": "classification"}, {"is_classifier": True}])
def test_one_output_of_two_classes(told):
    explainer = DeepExplainer(network("sequential"), X, classes=["no", "yes"], **told)
    found = explainer.explain_local(X[:9])
    assert (found.output_space, found.classes) == ("log-odds", ("no", "yes"))
    chance = found.rows.probabilities[:, 1]
    odds = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(odds, np.log(chance / (1 - chance)), atol=1e-2)
    np.testing.assert_array_equal(
        found.local_importance_values[0], -found.local_importance_values[1]
    )
    sigmoid = nn.Sequential(network("sequential"), nn.Sigmoid())
    found = DeepExplainer(sigmoid, X, **told).explain_local(X[:9])
    assert (found.output_space, found.classes) == ("probability", (0, 1))
    sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    np.testing.assert_allclose(sums.T, found.rows.probabilities, atol=1e-3)


def test_several_outputs_are_classes_or_targets():
    module = network("classes")
    found = DeepExplainer(module, X, classes=list("xyz")).explain_local(X[:9])
    assert (found.output_space, found.classes) == ("margin", ("x", "y", "z"))
    assert found.local_importance_values.shape == (3, 9, 6)
    np.testing.assert_allclose(found.rows.probabilities.sum(axis=1), 1.0)
    found = DeepExplainer(network("softmax"), X).explain_local(X[:9])
    assert found.output_space == "probability"
    found = DeepExplainer(module, X, is_classifier=False).explain_local(X[:9])
    assert (found.model_task, found.output_space) == ("regression", "raw")
    assert found.local_importance_values.shape == (3, 9, 6)
    with pytest.raises(InvalidInputError, match="model_task and is_classifier"):
        DeepExplainer(module, X, model_task="classification", is_classifier=False)
    with pytest.raises(InvalidInputError, match="3 class names"):
        DeepExplainer(module, X, classes=["x", "y"])


INDICES = np.abs(X.round()).clip(0, 4)


@pytest.mark.parametrize(
    ("module", "rows", "says"),
    [
        (Embedded(), INDICES, "no gradient|with gradients for column 0"),
        (Indexed(), INDICES.astype(int), "takes indices"),
        (Rounded(), X, "spread is missing"),
    ],
)
def test_what_has_no_gradient_is_asked_from_outside_and_that_is_said(module, rows, says):
    explainer = DeepExplainer(module, rows)
    assert explainer.method == "kernel"
    (refusal,) = explainer.choice.refusals
    assert refusal.engine == "deep"
    assert says.split("|")[-1] in repr(explainer.choice)
    found = explainer.explain_local(rows[:5])
    sums = found.expected_values + found.local_importance_values.sum(axis=1)
    np.testing.assert_allclose(sums, found.rows.predicted, atol=1e-6)


def test_tabular_explainer_picks_it_and_kernel_explainer_asks_the_network():
    module = network("reused")
    tabular = TabularExplainer(module, X)
    assert tabular.method == "deep"
    assert {"tree", "linear"} <= {refusal.engine for refusal in tabular.choice.refusals}
    asked = KernelExplainer(module, X, show_progress=False).explain_local(X[:5])
    assert asked.method == "kernel"
    theirs, ours = asked.local_importance_values, tabular.explain_local(X[:5])
    assert np.linalg.norm(ours.local_importance_values - theirs) < 0.25 * np.linalg.norm(theirs)


def test_columns_of_words_are_transformed_and_folded_back():
    rows = FRAME.assign(town=np.where(X[:, 0] > 0, "north", "south"))[["town", "b", "c"]]
    before = make_column_transformer((OneHotEncoder(), ["town"]), (StandardScaler(), ["b", "c"]))
    before.fit(rows)
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    with pytest.raises(InvalidInputError, match="others in town"):
        DeepExplainer(module, rows)
    explainer = DeepExplainer(module, rows, transformations=before)
    found = explainer.explain_local(rows.head(7))
    assert (found.features, found.method) == (("town", "b", "c"), "deep")
    engineered = found.engineered.local_importance_values
    np.testing.assert_allclose(
        found.local_importance_values[:, 0], engineered[:, :2].sum(axis=1), atol=1e-12
    )
    assert found.quality["additivity_error_max"] < 1e-3


def test_parameters_of_the_original():
    module = network("sequential")
    few = DeepExplainer(module, X, nclusters=8, explain_subset=["1", 3])
    assert few.background.n_rows == 8
    assert few.explain_local(X[:4]).features == ("1", "3")
    named = DeepExplainer(module, X, features=NAMES).explain_local(X[0])
    assert named.features == tuple(NAMES)
    with pytest.raises(UnsupportedModelError, match=r"torch\.nn\.Module or"):
        DeepExplainer(Ridge().fit(X, X[:, 0]), X)
    with pytest.raises(UnsupportedModelError, match="no paths of trees"):
        DeepExplainer(module, X, feature_perturbation="tree_path_dependent")
    with pytest.raises(UnsupportedModelError, match="the class Sequential itself"):
        TabularExplainer(nn.Sequential, X)


@pytest.mark.parametrize("family", [DeepExplainer, TabularExplainer, KernelExplainer])
def test_names_of_classes_say_that_one_output_is_of_two(family):
    explainer = family(network("sequential"), X, classes=["no", "yes"])
    assert (explainer.subject.whole.task, explainer.classes) == ("classification", ("no", "yes"))


def test_a_narrow_and_a_wide_number_are_the_same_row():
    explainer = DeepExplainer(sequential(), X.astype(np.float32))
    narrow = explainer.explain_local(X.astype(np.float32)).local_importance_values
    np.testing.assert_allclose(
        explainer.explain_local(X).local_importance_values, narrow, atol=1e-6
    )


def test_keras_models_are_explained():
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    found = TabularExplainer(model, FRAME).explain_local(FRAME.head(5))
    assert (found.method, found.output_space) == ("deep", "margin")
    sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    np.testing.assert_allclose(sums.T, model.predict(X[:5], verbose=0), atol=5e-3)


def test_a_scoring_explainer_comes_back_beside_its_network(tmp_path):
    model = network("sequential")
    scoring = DeepExplainer(model, FRAME).create_scoring_explainer()
    store.save(scoring.scorer, tmp_path / "kept")
    again = store.load(tmp_path / "kept", model=lambda: model)
    assert again.explain(FRAME.head(5)) == scoring.explain(FRAME.head(5))
    with pytest.raises(InvalidInputError, match="beside its explainer"):
        store.load(tmp_path / "kept")


def test_other_models_load_no_library_of_networks():
    code = (
        "import sys, numpy as np; from sklearn.linear_model import Ridge;"
        "from mlflow_explain import TabularExplainer; x = np.eye(3);"
        "TabularExplainer(Ridge().fit(x, x[0]), x).explain_local(x);"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert not {"torch", "keras", "tensorflow"} & set(printed.split())


WITHOUT_NETWORKS = """
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "keras", "tensorflow"}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Finder())
"""


def test_other_tests_are_collected_where_there_is_no_such_library(tmp_path):
    (tmp_path / "without_networks.py").write_text(WITHOUT_NETWORKS)
    options = ("-q", "--collect-only", "-p", "without_networks", "-m", "not networks")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/explainers", "mlflow_explain/explainers"],
        cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-2000:]
    assert "test_tabular.py" in found.stdout
    assert "deep.py" not in found.stdout


def test_a_tensor_that_records_gradients_is_told_what_to_do():
    rows = torch.ones((5, 6), requires_grad=True)
    with pytest.raises(InvalidInputError, match=r"rows.detach\(\)"):
        DeepExplainer(torch.nn.Linear(6, 1), rows)
