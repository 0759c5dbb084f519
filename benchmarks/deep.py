"""What expected gradients of a network cost and how wrong they are, beside shap's explainers.

``python -m benchmarks.deep`` prints the table; it takes about a minute. The network has 30 inputs;
all have the same 100 background rows. The truth are Shapley values, sampled: many permutations and
their reverses, each against the whole background.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import shap
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.deep import engine, recognition

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray

ROUNDS = 5
N_BACKGROUND = 100
N_ROWS = 40
# Rows with a truth, and permutations for each, beside their reverses.
N_TRUE = 8
PERMUTATIONS = 200


def rows() -> list[dict[str, Any]]:
    """Return one measurement for each network and method.

    Returns
    -------
    list of dict
        ``ms`` is the median over rounds, per row; ``ratio`` is to ours; ``error`` is the Euclidean
        distance from the sampled Shapley values over their norm, and ``additivity`` the largest
        difference from the output, as a share of how far the background's outputs spread.
    """
    inputs, labels = load_breast_cancer(return_X_y=True)
    inputs = StandardScaler().fit_transform(inputs).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(inputs))
    background, asked = np.split(inputs[order[: N_BACKGROUND + N_ROWS]], [N_BACKGROUND])
    networks = {"ReLU": torch.nn.ReLU, "tanh": torch.nn.Tanh}
    return [
        line
        for name, unit in networks.items()
        for line in _compared(name, _trained(unit, inputs, labels), background, asked)
    ]


def section() -> str:
    """Measure all, and return the section of the report."""
    lines = [
        "| network | method | ms / row | ratio | relative error | additivity |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {line['network']} | {line['method']} | {line['ms']:.2f} | {line['ratio']:.1f} "
        f"| {line['error']:.3f} | {line['additivity']:.1e} |"
        for line in rows()
    ]
    return (
        f"## Neural networks\n\nPyTorch, 30-64-64-1, {N_BACKGROUND} background rows, {N_ROWS} rows "
        "explained together. Relative error: L2 distance from sampled Shapley values over their L2 "
        f"norm, {N_TRUE} rows.\n\n" + "\n".join(lines)
    )


def main() -> None:
    """Measure and print."""
    print(section())  # noqa: T201 - the result is what the command is for


def _trained(unit: type[torch.nn.Module], inputs: FloatArray, labels: FloatArray) -> Any:
    """Return a network of two hidden layers that tells the labels, with weight decay."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], 64), unit(),
        torch.nn.Linear(64, 64), unit(),
        torch.nn.Linear(64, 1),
    )  # fmt: skip
    steps = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.1)
    given, wanted = torch.tensor(inputs), torch.tensor(labels, dtype=torch.float32)[:, None]
    for _ in range(200):
        steps.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(network(given), wanted).backward()
        steps.step()
    return network.eval()


def _compared(
    name: str, network: Any, background: FloatArray, asked: FloatArray
) -> list[dict[str, Any]]:
    model = recognition.as_model(network, background, model_task="regression")
    ours = engine.build(predictor_of(model), table_of(background), Options())
    given = torch.tensor(background)
    deep, gradient = shap.DeepExplainer(network, given), shap.GradientExplainer(network, given)
    methods: dict[str, Callable[[FloatArray], FloatArray]] = {
        "ours": lambda x: ours.explain(x).values[:, :, 0],
        "shap.DeepExplainer": lambda x: deep.shap_values(torch.tensor(x))[:, :, 0],
        "shap.GradientExplainer": lambda x: gradient.shap_values(torch.tensor(x), rseed=0)[:, :, 0],
    }
    truth = _sampled(model.predict, asked[:N_TRUE], background)
    answers, base = model.predict(asked), model.predict(background)
    lines: list[dict[str, Any]] = []
    for method, explain in methods.items():
        values, seconds = _timed(explain, asked)
        ms = 1e3 * seconds / len(asked)
        missing = np.abs(values.sum(axis=1) + base.mean() - answers).max()
        lines.append(
            {
                "network": name,
                "method": method,
                "ms": ms,
                "ratio": ms / lines[0]["ms"] if lines else 1.0,
                "error": float(np.linalg.norm(values[:N_TRUE] - truth) / np.linalg.norm(truth)),
                "additivity": float(missing / np.abs(base - base.mean()).max()),
            }
        )
    return lines


def _sampled(
    predict: Callable[[FloatArray], FloatArray], asked: FloatArray, background: FloatArray
) -> FloatArray:
    """Return Shapley values of each row, from permutations and their reverses."""
    random = np.random.default_rng(1)
    n_features = asked.shape[1]
    values = np.zeros(asked.shape)
    for row, value in zip(asked, values, strict=True):
        for _ in range(PERMUTATIONS):
            forward = random.permutation(n_features)
            for order in (forward, forward[::-1]):
                mixed = np.repeat(background[None], n_features + 1, axis=0)
                for step, feature in enumerate(order):
                    mixed[step + 1 :, :, feature] = row[feature]
                answers = predict(mixed.reshape(-1, n_features)).reshape(n_features + 1, -1)
                value[order] += np.diff(answers.mean(axis=1))
    return np.asarray(values / (2 * PERMUTATIONS))


def _timed(
    explain: Callable[[FloatArray], FloatArray], asked: FloatArray
) -> tuple[FloatArray, float]:
    """Return values, and the median seconds of a call."""
    explain(asked[:1])
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        values = np.asarray(explain(asked))
        seconds.append(time.perf_counter() - begin)
    return values, statistics.median(seconds)


if __name__ == "__main__":
    main()
