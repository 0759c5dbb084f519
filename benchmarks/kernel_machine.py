"""What exact values of a kernel machine cost, against shap's KernelExplainer in the same process.

``python -m benchmarks.kernel_machine`` prints the table; it takes about a minute.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shap
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines import kernel_machine
from mlflow_explain.engines.base import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray

# One call a round, each of another row: KernelExplainer takes seconds for one.
ROUNDS = 5
N_BACKGROUND = 100
N_CLUSTERS = 10


class Case(NamedTuple):
    """A model, with the rows it was trained on."""

    name: str
    model: SVC
    rows: FloatArray


def cases() -> list[Case]:
    """Return support vector machines on breast cancer's 30 columns, as they are and scaled."""
    rows, labels = load_breast_cancer(return_X_y=True)
    scaled = StandardScaler().fit_transform(rows)
    return [
        Case("unscaled, gamma=0.001, C=100", SVC(gamma=0.001, C=100.0).fit(rows, labels), rows),
        Case("scaled", SVC().fit(scaled, labels), scaled),
    ]


def rows() -> list[dict[str, Any]]:
    """Return one measurement for each model and method.

    Returns
    -------
    list of dict
        ``ms`` is the median of single-row calls; ``ratio`` is to ours; ``difference`` is the sum
        of absolute differences from our values over the sum of absolute values, and
        ``additivity`` the largest difference from the margin.
    """
    return [line for case in cases() for line in _measured(case)]


def markdown(lines: list[dict[str, Any]]) -> str:
    """Return measurements as a table."""
    head = [
        "| SVC on breast cancer | method | ms a row | ratio | difference | additivity |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    body = [
        f"| {line['model']} | {line['method']} | {line['ms']:.2f} | {line['ratio']:.0f} "
        f"| {line['difference']:.2g} | {line['additivity']:.1g} |"
        for line in lines
    ]
    return "\n".join(head + body)


def section() -> str:
    """Measure all, and return the section of the report."""
    return (
        "## Kernel machines\n\nOne row at a time, one thread. Difference: sum of absolute "
        "differences from our values over the sum of absolute values; ours are held against "
        "enumeration in the tests.\n\n" + markdown(rows())
    )


def main() -> None:
    """Measure and print."""
    print(section())  # noqa: T201 - the result is what the command is for


def _measured(case: Case) -> list[dict[str, Any]]:
    random = np.random.default_rng(0)
    order = random.permutation(len(case.rows))
    background, explained = case.rows[order[:N_BACKGROUND]], case.rows[order[-ROUNDS:]]
    margin = case.model.decision_function
    engine = kernel_machine.build(predictor_of(case.model), table_of(background), Options())
    clusters = shap.KernelExplainer(margin, shap.kmeans(case.rows, N_CLUSTERS))
    sampled = shap.KernelExplainer(margin, background)
    methods: dict[str, tuple[Callable[[FloatArray], FloatArray], float]] = {
        "ours, 100 rows": (lambda x: engine.explain(x).values[:, :, 0], engine.base_values[0]),
        f"KernelExplainer, kmeans({N_CLUSTERS})": (
            lambda x: clusters.shap_values(x, silent=True),
            clusters.expected_value,
        ),
        f"KernelExplainer, {N_BACKGROUND} rows": (
            lambda x: sampled.shap_values(x, silent=True),
            sampled.expected_value,
        ),
        # Without its default selection of ten features, which biases the others to zero.
        f"KernelExplainer, {N_BACKGROUND} rows, l1_reg=False": (
            lambda x: sampled.shap_values(x, silent=True, l1_reg=False),
            sampled.expected_value,
        ),
    }
    lines: list[dict[str, Any]] = []
    for method, (explain, base) in methods.items():
        values, seconds = _timed(explain, explained)
        ours = lines[0] if lines else {"values": values, "ms": 1e3 * seconds}
        lines.append(
            {
                "model": case.name,
                "method": method,
                "values": values,
                "ms": 1e3 * seconds,
                "ratio": 1e3 * seconds / ours["ms"],
                "difference": np.abs(values - ours["values"]).sum() / np.abs(ours["values"]).sum(),
                "additivity": np.abs(values.sum(axis=1) + base - margin(explained)).max(),
            }
        )
    return lines


def _timed(
    explain: Callable[[FloatArray], FloatArray], explained: FloatArray
) -> tuple[FloatArray, float]:
    """Return the values of each row, and the median seconds of a call."""
    explain(explained[:1])
    values, seconds = [], []
    for row in explained:
        begin = time.perf_counter()
        values.append(explain(row[None]))
        seconds.append(time.perf_counter() - begin)
    return np.concatenate(values), statistics.median(seconds)


if __name__ == "__main__":
    main()
