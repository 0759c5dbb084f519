"""How long another Python thread waits while a large explanation is computed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks.trees import data
from mlflow_explain import TabularExplainer

if TYPE_CHECKING:
    from collections.abc import Callable

_TICK = 0.001
_REPEATS = 5


def markdown() -> str:
    """Measure all, and return the section of the report."""
    rows, target = data()
    cancer, label = load_breast_cancer(return_X_y=True)
    cancer = StandardScaler().fit_transform(cancer)
    forest = RandomForestClassifier(100, n_jobs=-1, random_state=0).fit(
        rows[:6000], target[:6000] > 0
    )
    work = {
        "deep RandomForest, 2,000 rows": _of(forest, rows, rows[:2000]),
        "LightGBM 100 x 31, 200,000 rows": _of(
            LGBMClassifier(verbose=-1).fit(rows, target > 0), rows, np.tile(rows, (10, 1))
        ),
        "SVC, 569 rows": _of(SVC().fit(cancer, label), cancer, cancer),
    }
    lines = ["| explanation | seconds | longest pause, ms |", "| --- | ---: | ---: |"]
    for name, call in work.items():
        measured = [longest_pause(call) for _ in range(_REPEATS)]
        seconds, pause = sorted(measured, key=lambda pair: pair[1])[_REPEATS // 2]
        lines.append(f"| {name} | {seconds:.2f} | {1e3 * pause:.1f} |")
    idle = sorted(longest_pause(lambda: time.sleep(1))[1] for _ in range(_REPEATS))
    lines.append(f"| nothing | 1.00 | {1e3 * idle[_REPEATS // 2]:.1f} |")
    return (
        "## Pauses of other threads\n\nA second Python thread asks for its turn every millisecond "
        "while the engine explains in as many threads as there are cores; beyond that millisecond, "
        "how long it waited at most (median of five runs).\n\n" + "\n".join(lines)
    )


def longest_pause(call: Callable[[], Any]) -> tuple[float, float]:
    """Return a call's seconds, and the longest wait of a ticking thread beyond its own sleep."""
    stop, gaps = threading.Event(), [0.0]

    def tick() -> None:
        last = time.perf_counter()
        while not stop.is_set():
            time.sleep(_TICK)
            now = time.perf_counter()
            gaps.append(now - last - _TICK)
            last = now

    thread = threading.Thread(target=tick)
    thread.start()
    begin = time.perf_counter()
    call()
    seconds = time.perf_counter() - begin
    stop.set()
    thread.join()
    return seconds, max(gaps)


def _of(model: Any, background: Any, rows: Any) -> Callable[[], Any]:
    engine = TabularExplainer(model, background).choice.engine
    engine.explain(rows[:100])
    return lambda: engine.explain(rows)


if __name__ == "__main__":
    print(markdown())  # noqa: T201 - the result is what the command is for
