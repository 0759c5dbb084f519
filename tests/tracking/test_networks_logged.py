"""Networks logged with their explainers: of PyTorch and of Keras."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature
from mlflow.types.schema import Schema, TensorSpec

from mlflow_explain import DeepExplainer, KernelExplainer, load_model, save_model
from mlflow_explain.errors import InvalidInputError, ModelLoadError, UnsupportedModelError
from mlflow_explain.scoring.scorer import PICKLE_SETTING

pytestmark = [
    pytest.mark.networks,
    # Keras' own, where it saves a model.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    # MLflow's, where it hands a DataFrame's cells to PyTorch.
    pytest.mark.filterwarnings("ignore:The given NumPy array is not writable:UserWarning"),
]

NAMES = ["a", "b", "c"]
CELLS = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
FRAME = pd.DataFrame(CELLS.astype(np.float64), columns=NAMES)


def torch_net(n_outputs: int = 1, seed: int = 0):
    import torch

    torch.manual_seed(seed)
    layers = [torch.nn.Linear(3, 6), torch.nn.Dropout(0.5), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(6, n_outputs))


def keras_net(n_outputs: int = 1, seed: int = 0):
    import keras

    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(6, "tanh"), keras.layers.Dropout(0.5)]
    return keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(n_outputs)])


NETS = {"torch": torch_net, "keras": keras_net}


def values_of(answer) -> np.ndarray:
    return pd.DataFrame(answer["local_importance_values"].tolist()).to_numpy()


@pytest.mark.parametrize("rows", [CELLS, FRAME], ids=["array", "frame"])
@pytest.mark.parametrize("library", NETS)
def test_a_network_is_served_with_its_explainer(tmp_path, library, rows):
    net = NETS[library]()
    explainer = DeepExplainer(net, rows)
    save_model(net, tmp_path / "pair", scoring_explainer=explainer)
    pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    plain = mlflow.pyfunc.load_model(str(tmp_path / "pair" / "model"))
    answer, expected = pair.predict(rows), np.asarray(plain.predict(rows))
    assert answer["prediction"].tolist() == expected[:, 0].astype(float).tolist()
    assert answer["explanation_status"].tolist() == ["ok"] * 40
    own = explainer.explain_local(rows).local_importance_values
    np.testing.assert_allclose(values_of(answer), own, rtol=1e-4, atol=1e-6)
    quiet = pair.predict(rows, params={"explain": False})
    np.testing.assert_array_equal(np.asarray(quiet), expected)
    lines = (tmp_path / "pair" / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line.startswith(f"{library}==")]
    # No rows of anybody's are kept with the model.
    assert not list((tmp_path / "pair").rglob("*input_example.json")) or library == "torch"


@pytest.mark.parametrize("library", NETS)
def test_a_network_of_classes_tells_labels_and_probabilities(tmp_path, library):
    net = NETS[library](3)
    explainer = DeepExplainer(net, FRAME)
    save_model(net, tmp_path / "pair", scoring_explainer=explainer)
    answer = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(FRAME.head(4))
    plain = mlflow.pyfunc.load_model(str(tmp_path / "pair" / "model"))
    logits = np.asarray(plain.predict(FRAME.head(4)), dtype=np.float64)
    labels = [str(label) for label in logits.argmax(axis=1)]
    assert answer["explained_output"].tolist() == labels
    assert [str(label) for label in answer["prediction"]] == labels
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    told = pd.DataFrame(answer["probabilities"].tolist())
    np.testing.assert_allclose(told[["0", "1", "2"]], shares, rtol=1e-9)
    back = load_model(tmp_path / "pair")
    np.testing.assert_allclose(
        back.explainer.explain(FRAME.head(4)),
        explainer.explain_local(FRAME.head(4)).local_importance_values,
        rtol=1e-4, atol=1e-6,
    )  # fmt: skip


def test_a_logged_network_is_taken_as_it_is(tmp_path):
    net = torch_net()
    signature = ModelSignature(inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, 3))]))
    mlflow.pytorch.save_model(
        net.eval(), str(tmp_path / "plain"), pip_requirements=["torch"], signature=signature,
        input_example=CELLS[:2], serialization_format="pt2",
    )  # fmt: skip
    save_model(tmp_path / "plain", tmp_path / "pair", scoring_explainer=DeepExplainer(net, CELLS))
    plain = mlflow.pyfunc.load_model(str(tmp_path / "plain"))
    answer = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(CELLS)
    assert answer["prediction"].tolist() == plain.predict(CELLS)[:, 0].astype(float).tolist()


def test_a_network_keeps_the_mode_the_user_left_it_in(tmp_path):
    net = torch_net().train()
    save_model(net, tmp_path / "pair", scoring_explainer=DeepExplainer(net, CELLS))
    assert net.training
    pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    assert pair.predict(CELLS).equals(pair.predict(CELLS))


def test_28_the_explainer_of_another_network_is_refused(tmp_path):
    explainer = DeepExplainer(torch_net(), CELLS)
    with pytest.raises(InvalidInputError, match="one of another Sequential"):
        save_model(torch_net(seed=1), tmp_path / "pair", scoring_explainer=explainer)


def test_a_network_asked_from_outside_is_logged_by_its_predictions(tmp_path):
    net = torch_net()
    explainer = KernelExplainer(net, CELLS)
    with pytest.raises(UnsupportedModelError, match="explains its predictions"):
        save_model(net, tmp_path / "pair", scoring_explainer=explainer)


def test_a_network_that_is_not_traced_is_kept_as_it_is_if_asked(tmp_path, monkeypatch):
    import torch

    class Halved(torch.nn.Module):
        def forward(self, rows):
            # What depends on values is not traced.
            return rows[:, 0] * (0.5 if rows.sum() > -1e9 else 1.0)

    net = Halved()
    explainer = DeepExplainer(net, CELLS)
    with pytest.raises(UnsupportedModelError, match="serialization_format='pickle'"):
        save_model(net, tmp_path / "traced", scoring_explainer=explainer)
    save_model(
        torch_net(), tmp_path / "pair", scoring_explainer=DeepExplainer(torch_net(), CELLS),
        serialization_format="pickle",
    )  # fmt: skip
    assert (tmp_path / "pair" / "model" / "data" / "model.pth").is_file()
    monkeypatch.setenv(PICKLE_SETTING, "false")
    with pytest.raises(ModelLoadError, match=PICKLE_SETTING):
        load_model(tmp_path / "pair")


@pytest.mark.parametrize("library", NETS)
def test_91_a_network_without_python_objects_loads_without_pickle(tmp_path, monkeypatch, library):
    net = NETS[library]()
    save_model(net, tmp_path / "pair", scoring_explainer=DeepExplainer(net, CELLS))
    monkeypatch.setenv(PICKLE_SETTING, "false")
    answer = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(CELLS[:2])
    assert answer["explanation_status"].tolist() == ["ok", "ok"]
