"""What keeping a large explanation with a run costs, against writing its files.

``python -m benchmarks.uploads`` prints the section; it takes about half a minute. 100,000 rows of
30 columns, in a process of its own, so that its peak of memory is that of the upload.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

N_ROWS, N_COLUMNS, ROUNDS = 100_000, 30, 5
_MEGABYTE = 1e6


def section() -> str:
    """Return the results as Markdown."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.uploads", "measure"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(found.stdout.splitlines()[-1])
    ratio = told["upload"] / told["write"]
    return (
        "## Keeping an explanation with a run\n\n"
        f"{N_ROWS:,} rows x {N_COLUMNS} columns with their rows, on sqlite and local artifacts, "
        "against `save_explanation`, which writes the same files.\n\n"
        "| | seconds | ratio |\n| --- | ---: | ---: |\n"
        f"| `save_explanation` | {told['write']:.2f} | 1 |\n"
        f"| `upload_model_explanation` | {told['upload']:.2f} | {ratio:.2f} |\n"
        f"| `download_model_explanation(rows=slice(50_000, 50_100))` | {told['slice']:.2f} | "
        f"{told['slice'] / told['write']:.2f} |\n\n"
        f"Values and rows take {told['size']:.0f} MB in memory; the upload took "
        f"{told['growth']:.0f} MB more at its peak."
    )


def _measured(folder: Path) -> dict[str, float]:
    import mlflow

    from mlflow_explain import Explanation, ExplanationClient, save_explanation
    from mlflow_explain.explanation import EvaluatedRows, LocalImportance, aggregate

    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
    random = np.random.default_rng(0)
    names = [f"column {i}" for i in range(N_COLUMNS)]
    # Costly for the one that writes, too: random numbers are not compressed.
    local = LocalImportance(random.normal(size=(N_ROWS, N_COLUMNS, 1)), np.zeros(1))
    rows = EvaluatedRows(
        data=pd.DataFrame(random.normal(size=(N_ROWS, N_COLUMNS)), columns=names),
        ids=np.arange(N_ROWS),
        predicted=random.normal(size=N_ROWS),
        true_y=random.normal(size=N_ROWS),
    )
    explanation = Explanation(
        features=names, method="tree", model_task="regression", model_type="Forest",
        output_space="raw", feature_perturbation="tree_path_dependent", local=local,
        global_=aggregate(local), rows=rows,
    )  # fmt: skip
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
    # Loads what is loaded once, and draws the first picture.
    client.upload_model_explanation(explanation.top(1))
    tracemalloc.start()
    client.upload_model_explanation(explanation)
    growth = tracemalloc.get_traced_memory()[1] + pa.default_memory_pool().max_memory()
    tracemalloc.stop()
    write, upload, part = [], [], []
    for number in range(ROUNDS):
        start = time.perf_counter()
        save_explanation(explanation, folder / str(number))
        written = time.perf_counter()
        client.upload_model_explanation(explanation)
        uploaded = time.perf_counter()
        client.download_model_explanation(rows=slice(50_000, 50_100))
        write.append(written - start)
        upload.append(uploaded - written)
        part.append(time.perf_counter() - uploaded)
    return {
        "write": statistics.median(write),
        "upload": statistics.median(upload),
        "slice": statistics.median(part),
        "size": 2 * N_ROWS * N_COLUMNS * 8 / _MEGABYTE,
        "growth": growth / _MEGABYTE,
    }


def _measure() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        os.chdir(temporary)
        print(json.dumps(_measured(Path(temporary))))  # noqa: T201 - read by `section`


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        _measure()
    else:
        print(section())  # noqa: T201 - the result is what the command is for
