"""The engine on models of Keras 3, on TensorFlow here and on PyTorch in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
if find_spec("tensorflow") is None:
    # There is none for the newest Python yet.
    os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.deep import engine
from mlflow_explain.engines.deep.keras_network import KerasNetwork
from mlflow_explain.engines.deep.recognition import as_model, restored
from mlflow_explain.errors import InvalidInputError, UnfittedModelError

pytestmark = pytest.mark.networks

X = np.random.default_rng(0).normal(size=(120, 6))
N_BACKGROUND = 40


def sequential():
    return keras.Sequential(
        [
            layers.Input((6,)), layers.Dense(16, activation="relu"), layers.BatchNormalization(),
            layers.Dropout(0.4), layers.Dense(16, activation="gelu"), layers.Dense(1),
        ]
    )  # fmt: skip


def functional():
    """Two outputs, a reused layer, a residual connection, and probabilities."""
    given = layers.Input((6,))
    unit, layer = layers.ReLU(), layers.Dense(8)
    first = unit(layers.Dense(8)(given))
    second = unit(layer(unit(layer(first))))
    answer = layers.Dense(3, activation="softmax")(layers.Add()([first, second]))
    return keras.Model(given, answer)


def attention():
    given = layers.Input((6,))
    tokens = layers.Dense(8)(layers.Reshape((6, 1))(given))
    mixed = layers.MultiHeadAttention(2, 4)(tokens, tokens)
    return keras.Model(given, layers.Dense(2)(layers.Flatten()(mixed)))


def recurrent():
    return keras.Sequential(
        [layers.Input((6,)), layers.Reshape((6, 1)), layers.LSTM(6), layers.Dense(1)]
    )


def double():
    made = [layers.Dense(8, activation="tanh", dtype="float64"), layers.Dense(2, dtype="float64")]
    given = layers.Input((6,), dtype="float64")
    return keras.Model(given, made[1](made[0](given)), dtype="float64")


class Column(keras.Model):
    """One number a row and no axis of outputs, never to be made a graph of."""

    def __init__(self):
        super().__init__()
        self.run_eagerly = True

    def call(self, rows):
        if float(keras.ops.max(rows)) < -1e9:
            return rows[:, 1]
        return keras.ops.sum(rows**2, axis=1)


class Subclassed(keras.Model):
    """With an embedding of places, which is no obstacle."""

    def __init__(self):
        super().__init__()
        self.token, self.place = layers.Dense(4), layers.Embedding(6, 4)
        self.last = layers.Dense(1)

    def call(self, rows):
        tokens = self.token(rows[:, :, None]) + self.place(np.arange(6))
        return self.last(keras.ops.sum(keras.ops.tanh(tokens), axis=1))


MADE = {
    "sequential": sequential, "functional": functional, "attention": attention,
    "recurrent": recurrent, "double": double, "subclassed": Subclassed, "column": Column,
}  # fmt: skip
SPACES = {"functional": "probability", "attention": "margin", "double": "margin"}


def model(name):
    keras.utils.set_random_seed(0)
    made = MADE[name]()
    made(X[:2])
    return made


def built(made, rows=X, task="unknown"):
    asked = as_model(made, rows[:N_BACKGROUND], model_task=task)
    return engine.build(predictor_of(asked), table_of(rows[:N_BACKGROUND]), Options())


@pytest.fixture(scope="module")
def engines():
    return {name: built(model(name)) for name in MADE}


@pytest.mark.parametrize("name", MADE)
def test_sums_are_the_models_own_output(engines, name):
    of = engines[name]
    own = of.model.network.module.predict(X, verbose=0).reshape(len(X), -1)
    local = of.explain(X)
    assert (of.output_space, local.values.shape) == (
        SPACES.get(name, "raw"), (len(X), 6, own.shape[1])
    )  # fmt: skip
    far = np.abs(own - local.base_values).max()
    np.testing.assert_allclose(local.outputs(), own, atol=engine.BOUND * far + 1e-5)


def test_a_linear_model_has_its_closed_form():
    made = keras.Sequential([layers.Input((6,)), layers.Dense(2)])
    weights = made.layers[0].get_weights()[0].astype(np.float64)
    expected = (X - X[:N_BACKGROUND].mean(axis=0))[:, :, None] * weights
    np.testing.assert_allclose(built(made).explain(X).values, expected, atol=1e-6)


def test_double_precision_is_kept(engines):
    of = engines["double"]
    assert of.background.dtype == np.float64
    first, second = (layer.get_weights() for layer in of.model.network.module.layers[1:])
    own = np.tanh(X @ first[0] + first[1]) @ second[0] + second[1]
    np.testing.assert_allclose(of.model.outputs(X), own, atol=1e-12)


def test_what_has_no_gradient_is_refused_with_the_reason():
    indices = np.abs(X.round()).clip(0, 4)
    given = layers.Input((6,))
    looked_up = layers.Flatten()(layers.Embedding(5, 3)(given))
    refusal = built(keras.Model(given, layers.Dense(1)(looked_up)), indices)
    assert isinstance(refusal, Refusal)
    assert "index of an embedding" in refusal.reason


def test_nothing_of_the_users_is_touched():
    made = model("sequential")
    before = [weight.copy() for weight in made.get_weights()]
    rows = X.copy()
    built(made, rows).explain(rows)
    for weight, kept in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
    np.testing.assert_array_equal(rows, X)


def test_26_threads_sharing_an_engine_answer_as_one(engines):
    of = engines["attention"]
    parts = [X[start : start + 15] for start in range(0, 120, 15)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda rows: of.explain(rows).values, parts))
    for rows, values in zip(parts, found, strict=True):
        np.testing.assert_allclose(values, of.explain(rows).values, atol=1e-6)


def test_state_brings_the_engine_back_with_its_model(engines):
    of = engines["functional"]
    state = of.state()
    again = engine.restore(state, predictor_of(restored(of.model.network.module, state.settings)))
    np.testing.assert_array_equal(again.explain(X[:9]).values, of.explain(X[:9]).values)
    assert engine.made_of(again, predictor_of(of.model), X)
    with pytest.raises(InvalidInputError, match=r"mlflow-explain\[keras\]"):
        engine.restore(state, None)


def test_errors_say_what_to_do():
    with pytest.raises(UnfittedModelError, match="never built"):
        as_model(keras.Sequential([layers.Dense(1)]), X)
    given = layers.Input((6,))
    two = keras.Model(given, [layers.Dense(1)(given), layers.Dense(1)(given)])
    with pytest.raises(InvalidInputError, match="one tensor of numbers"):
        as_model(two, X[:4])
    with pytest.raises(InvalidInputError, match="takes one tensor of 5 numbers"):
        as_model(model("sequential"), X[:4, :5])


OTHER = """
import numpy as np, keras
from keras import layers
from mlflow_explain.engines.deep.recognition import as_model
from mlflow_explain.engines.deep.engine import build
from mlflow_explain.engines.base import Options
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of

assert keras.backend.backend() == "torch"
keras.utils.set_random_seed(0)
rows = np.random.default_rng(0).normal(size=(60, 6))
made = keras.Sequential([
    layers.Input((6,)), layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.Dense(2)])
model = as_model(made, rows)
assert type(model.network).__name__ == "KerasNetwork"
engine = build(predictor_of(model), table_of(rows), Options())
local, own = engine.explain(rows), made.predict(rows, verbose=0)
assert np.abs(local.outputs() - own).max() < 2e-3 * np.abs(own - own.mean(axis=0)).max()
assert all(variable.value.grad is None for variable in made.weights)
print("done")
"""


def test_keras_on_pytorch():
    printed = subprocess.run(
        [sys.executable, "-c", OTHER], check=True, capture_output=True, text=True,
        env=os.environ | {"KERAS_BACKEND": "torch"},
    ).stdout  # fmt: skip
    assert printed.strip() == "done"


def test_a_backend_without_gradients_of_ours_is_a_refusal(monkeypatch):
    asked = as_model(model("sequential"), X[:N_BACKGROUND])
    assert isinstance(asked.network, KerasNetwork)
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    refusal = engine.build(predictor_of(asked), table_of(X[:N_BACKGROUND]), Options())
    assert "is not a model of Keras on TensorFlow or PyTorch, but one on numpy" in refusal.reason
