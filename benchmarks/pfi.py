"""What permutation importance costs, against scikit-learn's in the same process.

``python -m benchmarks.pfi`` prints the table; it takes about a minute. Same rows, metric, repeats
and permutations; the largest difference between the importances is in the table.
"""

from __future__ import annotations

import statistics
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlflow_explain.explainers.pfi import PFIExplainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, FloatArray

ROUNDS = 5
N_REPEATS = 5


class Case(NamedTuple):
    """A model, with rows it was not trained on and their labels."""

    name: str
    model: Any
    rows: FloatArray
    y: AnyArray
    scoring: str


def cases() -> list[Case]:
    """Return models of breast cancer's 30 columns, and of diabetes' 10."""
    cancer = train_test_split(*load_breast_cancer(return_X_y=True), test_size=0.2, random_state=0)
    sugar = train_test_split(*load_diabetes(return_X_y=True), test_size=0.2, random_state=0)
    models = [
        ("SVC, gamma=0.001, C=100", SVC(gamma=0.001, C=100.0), "accuracy"),
        ("scaler and SVC", make_pipeline(StandardScaler(), SVC()), "accuracy"),
        ("random forest", RandomForestClassifier(random_state=0), "accuracy"),
        ("random forest, log loss", RandomForestClassifier(random_state=0), "neg_log_loss"),
        ("random forest, n_jobs=-1", RandomForestClassifier(random_state=0, n_jobs=-1), "accuracy"),
        ("LightGBM", LGBMClassifier(verbose=-1, n_jobs=1), "accuracy"),
        ("logistic", make_pipeline(StandardScaler(), LogisticRegression()), "accuracy"),
    ]
    found = [_case(name, model, cancer, scoring) for name, model, scoring in models]
    forest = RandomForestRegressor(random_state=0)
    return [*found, _case("random forest, diabetes", forest, sugar, "neg_mean_squared_error")]


def rows() -> list[dict[str, Any]]:
    """Return one measurement per model.

    Returns
    -------
    list of dict
        Milliseconds, medians of rounds that take turns: ``ours``, ``peer`` on one core (its
        default) and ``peer_all`` with all cores; ``difference`` is the largest between ours and
        the peer's importances.
    """
    with warnings.catch_warnings():
        # The rows of this table have no names; LightGBM made some up when it was fitted.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        return [_measured(case) for case in cases()]


def markdown(lines: list[dict[str, Any]]) -> str:
    """Return measurements as a table."""
    head = [
        "| model | rows | ours, ms | scikit-learn, ms | ratio | all cores, ms | ratio | off by |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    body = [
        f"| {line['model']} | {line['n_rows']} | {line['ours']:.0f} | {line['peer']:.0f} "
        f"| {line['peer'] / line['ours']:.1f} | {line['peer_all']:.0f} "
        f"| {line['peer_all'] / line['ours']:.1f} | {line['difference']:.1g} |"
        for line in lines
    ]
    return "\n".join(head + body)


def section() -> str:
    """Measure all, and return the section of the report."""
    return (
        f"## Permutation importance\n\nA fifth of breast cancer's rows, 30 columns, {N_REPEATS} "
        "repeats. Ratio: scikit-learn's time over ours, on one core as is its default, and on "
        "all.\n\n" + markdown(rows())
    )


def main() -> None:
    """Measure and print."""
    print(section())  # noqa: T201 - the result is what the command is for


def _case(name: str, model: Any, parts: list[Any], scoring: str) -> Case:
    train, test, train_y, test_y = parts
    return Case(name, model.fit(train, train_y), test, test_y, scoring)


def _measured(case: Case) -> dict[str, Any]:
    explainer = PFIExplainer(
        case.model, metric=case.scoring, n_repeats=N_REPEATS, show_progress=False
    )

    def ours() -> FloatArray:
        return explainer.explain_global(case.rows, case.y).global_importance_values

    def peer(n_jobs: int | None = None) -> FloatArray:
        found = permutation_importance(
            case.model, case.rows, case.y, scoring=case.scoring, n_repeats=N_REPEATS,
            random_state=0, n_jobs=n_jobs,
        )  # fmt: skip
        return np.asarray(found.importances_mean)

    calls = {"ours": ours, "peer": peer, "peer_all": lambda: peer(-1)}
    difference = float(np.abs(ours() - peer()).max())
    peer(-1)  # Starts its processes.
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            taken[name].append(_milliseconds(call))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    return {
        "model": case.name, "n_rows": len(case.rows), "difference": difference, **medians,
    }  # fmt: skip


def _milliseconds(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
