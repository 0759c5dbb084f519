"""The engine on networks of PyTorch."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import shap
import torch
from scipy import sparse
from torch import nn

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.black_box import engine as black_box
from mlflow_explain.engines.deep import engine
from mlflow_explain.engines.deep.model import NetworkClassifier, NetworkRegressor
from mlflow_explain.engines.deep.path import Ends, expected_gradients
from mlflow_explain.engines.deep.recognition import as_model, restored
from mlflow_explain.engines.deep.torch_network import TorchNetwork
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError
from tests.engines.deep.networks import (
    MADE,
    Attention,
    Beside,
    Embedded,
    Indexed,
    Linear,
    Rounded,
    network,
    sequential,
)

pytestmark = [
    pytest.mark.networks,
    # Tracing is one of the ways in which users' networks come.
    pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning"),
]

X = np.random.default_rng(0).normal(size=(160, 6))
N_BACKGROUND = 40
SPACES = {"softmax": "probability", "classes": "margin", "attention": "margin"}


def built(module, task="unknown", rows=X, **options):
    model = as_model(module, rows[:N_BACKGROUND], model_task=task)
    return engine.build(predictor_of(model), table_of(rows[:N_BACKGROUND]), Options(**options))


def in_evaluation(module, rows=X):
    """Return a network's outputs, (n_rows, n_outputs), asked by hand."""
    dtype = next(module.parameters()).dtype
    module.eval()
    with torch.no_grad():
        answers = module(torch.tensor(rows, dtype=dtype)).double().numpy()
    module.train()
    return answers.reshape(len(rows), -1)


@pytest.fixture(scope="module")
def engines():
    return {name: built(network(name)) for name in MADE}


@pytest.mark.parametrize("name", MADE)
def test_sums_are_the_networks_own_output(engines, name):
    of = engines[name]
    own = in_evaluation(of.model.network.module)
    local = of.explain(X)
    spread = np.abs(own[:N_BACKGROUND] - own[:N_BACKGROUND].mean(axis=0)).max()
    assert local.values.shape == (len(X), 6, own.shape[1])
    np.testing.assert_allclose(local.base_values, own[:N_BACKGROUND].mean(axis=0), atol=1e-5)
    far = np.maximum(spread, np.abs(own - local.base_values).max())
    np.testing.assert_allclose(local.outputs(), own, atol=engine.BOUND * far + 1e-5)


@pytest.mark.parametrize("name", MADE)
def test_values_are_near_those_of_shapley(engines, name):
    # All 62 coalitions of 6 features, by the engine that asks from outside.
    of = engines[name]
    module = of.model.network.module
    predictor = predictor_of(as_model(module, X[:4], model_task="regression"))
    asked = black_box.build(predictor, table_of(X[:N_BACKGROUND]), Options())
    truth, values = asked.explain(X[50:56]).values, of.explain(X[50:56]).values
    # Weights are random: units interact more than in networks that have learnt.
    assert np.linalg.norm(values - truth) <= 0.25 * np.linalg.norm(truth)


@pytest.mark.parametrize("name", MADE)
def test_few_points_do_for_many(engines, name):
    of = engines[name]
    cells = X[50:54].astype(of.background.dtype)
    rows, background = (Ends(part, of.model.outputs(part)) for part in (cells, of.background))
    fine, _ = expected_gradients(of.model.network.gradients, rows, background, 128, 4_096)
    values, _ = of.integrated(rows)
    assert np.linalg.norm(values - fine) <= 0.04 * np.linalg.norm(fine)


def test_a_linear_network_has_its_closed_form():
    for double, atol in ((False, 1e-6), (True, 1e-12)):
        torch.manual_seed(0)
        module = nn.Linear(6, 2)
        module = module.double() if double else module
        weights = module.weight.detach().numpy().astype(np.float64)
        values = built(module).explain(X).values
        expected = (X - X[:N_BACKGROUND].mean(axis=0))[:, :, None] * weights.T
        np.testing.assert_allclose(values, expected, atol=atol)


def test_an_additive_network_has_its_closed_form():
    class Additive(nn.Module):
        def forward(self, rows):
            return (torch.sin(3 * rows) + rows.abs()).sum(dim=1)

    def each(x):
        return np.sin(3 * x) + np.abs(x)

    found = built(Additive()).explain(X).values[:, :, 0]
    expected = each(X) - each(X[:N_BACKGROUND]).mean(axis=0)
    assert np.linalg.norm(found - expected) < 0.05 * np.linalg.norm(expected)
    np.testing.assert_allclose(found.sum(axis=1), expected.sum(axis=1), atol=2e-2)


def test_values_are_near_those_of_gradient_explainer():
    module = network("sequential").eval()
    given, asked = (torch.tensor(part, dtype=torch.float32) for part in (X[:40], X[50:60]))
    theirs = shap.GradientExplainer(module, given).shap_values(asked, nsamples=4_000, rseed=0)
    ours = built(module).explain(X[50:60]).values
    assert np.linalg.norm(ours - theirs) < 0.1 * np.linalg.norm(theirs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_shaps_trouble_with_a_module_called_twice_is_not_ours(engines):
    module = engines["reused"].model.network.module.eval()
    theirs = shap.DeepExplainer(module, torch.tensor(X[:N_BACKGROUND], dtype=torch.float32))
    with pytest.raises((AssertionError, RuntimeError)):
        theirs.shap_values(torch.tensor(X[50:52], dtype=torch.float32))
    module.train()


@pytest.mark.parametrize("name", MADE)
def test_nothing_of_the_users_is_touched(name):
    module = network(name)
    next(module.parameters()).requires_grad_(requires_grad=False)
    before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    asks = [weight.requires_grad for weight in module.parameters()]
    rows = X.copy()
    built(module, rows=rows).explain(rows)
    assert all(part.training for part in module.modules())
    assert [weight.requires_grad for weight in module.parameters()] == asks
    assert all(weight.grad is None for weight in module.parameters())
    assert all(torch.equal(tensor, before[key]) for key, tensor in module.state_dict().items())
    np.testing.assert_array_equal(rows, X)


def test_weights_are_shared_and_not_doubled():
    module = network("sequential")
    network_ = TorchNetwork(module)
    own = {weight.data_ptr() for weight in module.parameters()}
    assert {weight.data_ptr() for weight in network_._copy.parameters()} == own


def test_gradients_that_are_switched_off_are_on_for_us(engines):
    of, module = engines["sequential"], network("sequential")
    expected = of.explain(X[:5]).values
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            np.testing.assert_array_equal(of.explain(X[:5]).values, expected)
            assert isinstance(built(module), engine.DeepEngine)


@pytest.mark.parametrize("name", ["sequential", "recurrent", "attention"])
def test_26_threads_sharing_an_engine_answer_as_one(engines, name):
    of = engines[name]
    parts = [X[start : start + 20] for start in range(0, 160, 20)]
    together = threading.Barrier(8)

    def explain(rows):
        together.wait()
        return of.explain(rows).values

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(explain, parts))
    for rows, values in zip(parts, found, strict=True):
        np.testing.assert_allclose(values, of.explain(rows).values, atol=1e-6)


def test_rows_are_explained_one_by_one(engines):
    of = engines["double"]
    together = of.explain(X[:20]).values
    order = np.random.default_rng(0).permutation(20)
    np.testing.assert_allclose(of.explain(X[:20][order]).values, together[order], atol=1e-12)
    np.testing.assert_allclose(of.explain(X[3:4]).values[0], together[3], atol=1e-12)
    assert of.explain(X[:0]).values.shape == (0, 6, 1)
    np.testing.assert_array_equal(built(network("double")).explain(X[:20]).values, together)


class Counted(nn.Module):
    """Counts the points it is asked for with and without gradient."""

    asked: tuple[list[int], list[int]] = ([], [])

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, rows):
        self.asked[int(rows.requires_grad)].append(len(rows))
        return self.module(rows)


def test_points_are_counted_and_memory_is_bounded():
    Counted.asked = ([], [])
    of = built(Counted(nn.Linear(6, 1)))
    for most in (16, 100, 2_048):
        Counted.asked = ([], [])
        narrow = engine.DeepEngine(of.model, of.background, of.answers, max_points=most)
        narrow.explain(X[:10])
        without, with_gradient = Counted.asked
        assert without == [10]
        assert sum(with_gradient) == 10 * N_BACKGROUND * engine.FIRST_NODES
        assert max(with_gradient) <= most
    # A row whose values do not add up takes more; a smooth one no more than it needs.
    of = built(Counted(network("sequential")))
    Counted.asked = ([], [])
    of.explain(X)
    per_line = sum(Counted.asked[1]) / len(X) / N_BACKGROUND
    assert engine.FIRST_NODES <= per_line <= 5 * engine.FIRST_NODES


def test_what_is_held_for_gradients_is_bounded_in_bytes(monkeypatch):
    # Six inputs and thirty gradients of them; and a layer whose 1,000 values are kept.
    for module, held in (
        (nn.Linear(6, 30), 4 * 6 * 32),
        (nn.Sequential(nn.Linear(6, 1_000), nn.Tanh(), nn.Linear(1_000, 1)), 4 * 1_000),
    ):
        of = built(Counted(module))
        monkeypatch.setattr(engine, "MAX_BYTES", 50 * held)
        Counted.asked = ([], [])
        values = of.explain(X[:10]).values
        assert 4 <= max(Counted.asked[1]) <= 50
        monkeypatch.undo()
        np.testing.assert_allclose(values, of.explain(X[:10]).values, atol=1e-5)


@pytest.mark.parametrize(
    ("module", "rows", "says"),
    [
        (Embedded(), np.abs(X.round()).clip(0, 4), "no.* gradients for column 0, though"),
        (Indexed(), np.abs(X.round()).clip(0, 4).astype(int), "takes indices, of an embedding"),
        (Rounded(), X, r"\d\d% of its spread is missing"),
    ],
)
def test_what_has_no_gradient_is_refused_with_the_reason(module, rows, says):
    refusal = built(module, rows=rows)
    assert isinstance(refusal, Refusal)
    assert re.search(says, refusal.reason)


def test_an_embedding_of_places_is_no_obstacle(engines):
    assert isinstance(engines["attention"], engine.DeepEngine)
    assert any(isinstance(p, nn.Embedding) for p in Attention().modules())


def test_a_backward_step_that_raises_is_a_refusal():
    class Raises(torch.autograd.Function):
        @staticmethod
        def forward(ctx, rows):
            return rows.sum(dim=1)

        @staticmethod
        def backward(ctx, grad):
            raise NotImplementedError

    class Module(nn.Module):
        def forward(self, rows):
            return Raises.apply(rows)

    assert "NotImplementedError is raised for them" in built(Module()).reason


def test_options_that_it_has_not_are_refused():
    assert "not a tree" in built(sequential(), feature_perturbation="tree_path_dependent").reason
    assert "probabilities" in built(sequential(n_outputs=3), output="probability").reason
    assert isinstance(built(network("softmax"), output="probability"), engine.DeepEngine)


@pytest.mark.parametrize(
    ("name", "task", "meaning", "space", "n_outputs"),
    [
        ("sequential", "unknown", "values", "raw", 1),
        ("sequential", "classification", "log-odds", "log-odds", 1),
        ("encoder", "unknown", "values", "raw", 1),
        ("classes", "unknown", "logits", "margin", 3),
        ("classes", "regression", "values", "raw", 3),
        ("softmax", "unknown", "probabilities", "probability", 3),
        ("sigmoid", "classification", "probability", "probability", 2),
        ("sigmoid", "unknown", "values", "raw", 1),
        ("labels", "unknown", "values", "raw", 3),
        ("labels", "classification", "probabilities", "probability", 3),
    ],
)
def test_what_outputs_mean(name, task, meaning, space, n_outputs):
    made = {
        "sigmoid": nn.Sequential(sequential(), nn.Sigmoid()),
        "labels": nn.Sequential(sequential(n_outputs=3), nn.Sigmoid()),
    }
    module = made.get(name) or network(name)
    of = built(module, task)
    own = in_evaluation(module)
    assert (of.model.meaning, of.output_space) == (meaning, space)
    assert of.explain(X).n_outputs == n_outputs
    if isinstance(of.model, NetworkRegressor):
        assert of.model.predict(X).shape == ((160,) if own.shape[1] == 1 else own.shape)
        np.testing.assert_allclose(of.model.predict(X).reshape(own.shape), own, atol=1e-5)
        return
    chances = {
        "log-odds": lambda: np.hstack([1 / (1 + np.exp(own)), 1 / (1 + np.exp(-own))]),
        "logits": lambda: np.exp(own) / np.exp(own).sum(axis=1, keepdims=True),
        "probability": lambda: np.hstack([1 - own, own]),
        "probabilities": lambda: own,
    }[meaning]()
    assert isinstance(of.model, NetworkClassifier)
    np.testing.assert_allclose(of.model.predict_proba(X), chances, atol=1e-5)
    np.testing.assert_array_equal(of.model.predict(X), chances.argmax(axis=1))
    np.testing.assert_array_equal(of.model.classes_, np.arange(chances.shape[1]))
    outputs = of.explain(X).outputs()
    np.testing.assert_allclose(outputs, of.model.explained(X), atol=5e-3 * np.abs(outputs).max())


def test_state_brings_the_engine_back_with_its_network(engines):
    for name in ("sequential", "softmax", "classes"):
        of = engines[name]
        state = of.state()
        module = of.model.network.module
        # As its library loads it, and as a model already.
        for model in (restored(module, state.settings), of.model):
            again = engine.restore(state, predictor_of(model))
            np.testing.assert_array_equal(again.explain(X[:9]).values, of.explain(X[:9]).values)
            np.testing.assert_array_equal(again.base_values, of.base_values)
            assert (again.output_space, again.quality) == (of.output_space, of.quality)
            assert engine.made_of(again, predictor_of(model), X)
    with pytest.raises(InvalidInputError, match=r"mlflow-explain\[torch\]"):
        engine.restore(state, None)


def test_an_engine_knows_its_own_network(engines):
    of = engines["sequential"]
    torch.manual_seed(1)
    other = as_model(sequential(), X[:4])
    assert not engine.made_of(of, predictor_of(other), X)
    assert not engine.made_of(of, predictor_of(engines["classes"].model), X)
    assert not engine.made_of(of, predictor_of(as_model(nn.Linear(3, 1), X[:4, :3])), X)
    assert engine.made_of(of, predictor_of(of.model), X)
    np.testing.assert_array_equal(
        engine.scores(of, predictor_of(of.model), X), of.model.explained(X)
    )


def test_rows_of_numbers_in_any_form_are_taken(engines):
    of = engines["sequential"]
    expected = of.explain(X[:9]).values
    frame = pd.DataFrame(X[:9], columns=list("abcdef"))
    nullable = frame.astype("Float64")
    for rows in (frame, nullable, sparse.csr_matrix(X[:9]), X[:9].astype(object), X[:9].tolist()):
        np.testing.assert_array_equal(of.explain(rows).values, expected)
    frame.insert(0, "word", "x")
    with pytest.raises(InvalidInputError, match="others in word"):
        of.explain(frame.iloc[:, :6])
    words = X[:9].astype(object)
    words[2, 4] = "x"
    with pytest.raises(InvalidInputError, match="others in 4"):
        of.explain(words)


def test_answers_that_are_no_finite_numbers_are_errors(engines):
    rows = X[:9].copy()
    rows[2, 1] = np.nan
    with pytest.raises(InvalidInputError, match="NaN or infinity for 1 of 9 rows"):
        engines["sequential"].explain(rows)

    class Two(nn.Module):
        def forward(self, rows):
            return rows, rows

    with pytest.raises(InvalidInputError, match="one tensor of numbers"):
        as_model(Two(), X[:4])
    with pytest.raises(InvalidInputError, match="takes one tensor of 6 numbers"):
        as_model(nn.Linear(5, 1), X[:4])
    with pytest.raises(InvalidInputError, match="one line for each of 4 rows"):
        as_model(nn.Flatten(0), X[:4])


def test_rows_that_know_of_each_other_are_refused():
    with pytest.raises(UnsupportedModelError, match="change with the rows beside it"):
        as_model(Beside(), X[:20])

    class Random(nn.Module):
        def forward(self, rows):
            return nn.functional.dropout(rows, 0.5).sum(dim=1)

    with pytest.raises(UnsupportedModelError, match="by chance"):
        as_model(Random(), X[:20])


def test_other_models_stay_what_they_are():
    class Model:
        def predict(self, rows):
            return rows[:, 0]

    model = Model()
    assert as_model(model, X) is model
    refusal = engine.build(predictor_of(model), table_of(X), Options())
    assert "not a neural network" in refusal.reason


def test_a_module_may_write_to_its_input():
    rows = X.copy()
    built(Linear(), rows=rows).explain(rows)
    np.testing.assert_array_equal(rows, X)


def test_a_column_that_does_not_vary_has_no_part():
    rows = X.copy()
    rows[:, 2] = 1.5
    np.testing.assert_array_equal(
        built(network("sequential"), rows=rows).explain(rows).values[:, 2], 0.0
    )
    one = built(network("sequential"), rows=X[:1])
    assert np.abs(one.explain(X[:5]).outputs() - one.model.explained(X[:5])).max() < 1e-2
