"""What asking a model costs and how wrong it is: 30 features, 100 background rows, one process.

Ours and shap's KernelExplainer ask the same models for as many coalitions; truths are exact and
made without either: an integral for products and the kernel machine, shap's tree algorithm for
the trees.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import shap
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlflow_explain.data.predictor import Predictor
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.black_box import engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray

N_BACKGROUND = 100
N_ROWS = 4
COALITIONS = 1_000
GAMMA = 0.1
TRIPLES = np.random.default_rng(5).permutation(np.arange(45) % 30).reshape(15, 3)
WEIGHTS = np.random.default_rng(6).normal(size=15)


def section() -> str:
    """Measure all, and return the section of the report."""
    lines = [
        "| model | method | coalitions | relative error | s / row |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for row in rows():
        cells = (row["model"], row["method"], f"{row['coalitions']:,}")
        lines.append(f"| {' | '.join(cells)} | {row['error']:.4f} | {row['seconds']:.2f} |")
    return (
        "## Black box\n\n30 features, 100 background rows. Relative error: L2 distance from exact "
        "values over their L2 norm.\n\n" + "\n".join(lines)
    )


def main() -> None:
    """Measure and print."""
    print(section())  # noqa: T201 - the result is what the command is for


def rows() -> list[dict[str, Any]]:
    """Return a row per model and method.

    The error is the Euclidean norm of the differences over that of the exact values, over all rows;
    seconds are per row explained.
    """
    logging.getLogger("shap").setLevel(logging.ERROR)
    features, labels = load_breast_cancer(return_X_y=True)
    features = StandardScaler().fit_transform(features)
    order = np.random.default_rng(0).permutation(len(features))
    background = features[order[:N_BACKGROUND]]
    asked = features[order[N_BACKGROUND : N_BACKGROUND + N_ROWS]]
    machine = SVC(gamma=GAMMA, C=10).fit(features, labels)
    trees = LGBMClassifier(verbose=-1, n_jobs=1).fit(features, labels)
    exact = shap.TreeExplainer(trees, background, feature_perturbation="interventional")
    cases = {
        "products of three": (_products, _values_of_products(asked, background)),
        "SVC, RBF, margin": (
            machine.decision_function,
            _values_of_machine(machine, asked, background),
        ),
        "LightGBM, log-odds": (
            lambda cells: trees.predict(cells, raw_score=True),
            exact.shap_values(asked, check_additivity=False),
        ),
    }
    return [
        {"model": model, **result}
        for model, (ask, truth) in cases.items()
        for result in _compared(ask, truth, asked, background)
    ]


def _compared(
    ask: Callable[[FloatArray], FloatArray],
    truth: FloatArray,
    asked: FloatArray,
    background: FloatArray,
) -> list[dict[str, Any]]:
    """Return method, number of coalitions, relative error and seconds per row."""
    methods: list[tuple[str, int, Callable[[], FloatArray]]] = [
        ("ours", COALITIONS, lambda: _ours(ask, asked, background, COALITIONS)),
        ("ours, default", 2_108, lambda: _ours(ask, asked, background, None)),
        ("shap", COALITIONS, lambda: _shap(ask, asked, background)),
        ("shap, l1_reg=False", COALITIONS, lambda: _shap(ask, asked, background, l1_reg=False)),
    ]
    _ours(ask, asked[:1], background, COALITIONS)  # Compiled code is loaded once and for all.
    found = []
    for name, coalitions, explain in methods:
        begin = time.perf_counter()
        values = explain()
        seconds = (time.perf_counter() - begin) / len(asked)
        error = float(np.linalg.norm(values - truth) / np.linalg.norm(truth))
        found.append({"method": name, "coalitions": coalitions, "error": error, "seconds": seconds})
    return found


def _ours(
    ask: Callable[[FloatArray], FloatArray],
    asked: FloatArray,
    background: FloatArray,
    n_coalitions: int | None,
) -> FloatArray:
    predictor = Predictor(ask, "regression", None)
    built = engine.build(predictor, table_of(background), Options(n_coalitions=n_coalitions))
    return np.asarray(built.explain(asked).values[:, :, 0])


def _shap(
    ask: Callable[[FloatArray], FloatArray],
    asked: FloatArray,
    background: FloatArray,
    **settings: Any,
) -> FloatArray:
    np.random.seed(0)  # noqa: NPY002 - shap draws from numpy's global generator
    explainer = shap.KernelExplainer(ask, background)
    return np.asarray(explainer.shap_values(asked, nsamples=COALITIONS, silent=True, **settings))


def _products(cells: FloatArray) -> FloatArray:
    """Return five features and fifteen products of three, summed."""
    return np.asarray(cells[:, :5].sum(axis=1) + np.prod(cells[:, TRIPLES], axis=2) @ WEIGHTS)


def _values_of_products(asked: FloatArray, background: FloatArray) -> FloatArray:
    """Return exact values of the sum of products, (n_rows, n_features)."""
    values = np.zeros_like(asked)
    values[:, :5] = asked[:, :5] - background[:, :5].mean(axis=0)
    absent = np.moveaxis(background[:, TRIPLES], 0, 1)
    for i, row in enumerate(asked):
        each = _shapley(row[TRIPLES][:, None], absent).mean(axis=1)
        np.add.at(values[i], TRIPLES, each * WEIGHTS[:, None])
    return values


def _values_of_machine(machine: SVC, asked: FloatArray, background: FloatArray) -> FloatArray:
    """Return exact values of the margin, (n_rows, n_features).

    The kernel of a support vector is a product over the features.
    """
    vectors = machine.support_vectors_[:, None]
    absent = np.exp(-GAMMA * (vectors - background) ** 2)
    values = np.zeros_like(asked)
    for i, row in enumerate(asked):
        each = _shapley(np.exp(-GAMMA * (vectors - row) ** 2), absent).mean(axis=1)
        values[i] = machine.dual_coef_[0] @ each
    return values


def _shapley(present: FloatArray, absent: FloatArray) -> FloatArray:
    """Return exact values of a product over the last axis, of one factor or another each.

    They are integrals over t in [0, 1] of a polynomial of degree below 30.
    """
    nodes, weights = np.polynomial.legendre.leggauss(15)
    values = np.zeros(np.broadcast_shapes(present.shape, absent.shape))
    for t, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        mixed = t * present + (1 - t) * absent
        values += weight * (present - absent) / mixed * mixed.prod(axis=-1, keepdims=True)
    return values


if __name__ == "__main__":
    main()
