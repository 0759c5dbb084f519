"""A million rows, predicted and explained: `explain_batch`, Spark, and `mlflow.pyfunc.spark_udf`.

``python -m benchmarks.batch`` prints the section; it takes some minutes. Each way runs in a process
of its own. Spark has executors of its own (``local-cluster``), as on more than one machine; it
needs a Java runtime, without which its lines are left out.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable

N_ROWS, N_COLUMNS = 1_000_000, 30
PLAIN = "pair/model"  # the model inside the pair is the plain one
# Through the slowest way only a part is sent.
N_ROWS_UDF = 100_000
_COMPARED_ROWS = 100_000
MASTER = "local-cluster[2,1,1024]"
_WAYS = {
    "explain_batch, parquet": "parquet",
    "explain_batch, csv": "csv",
    "the plain model, `mlflow.pyfunc.load_model(...).predict`": "plain",
    "explain_dataframe on Spark": "spark",
    "mlflow.pyfunc.spark_udf of the pair": "udf",
    "mlflow.pyfunc.spark_udf of the plain model": "plain_udf",
}
_SPARK = {"spark", "udf", "plain_udf"}


def section() -> str:
    """Return the results as Markdown."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _prepare(folder)
        ways = {k: w for k, w in _WAYS.items() if w not in _SPARK or shutil.which("java")}
        told = {name: _measured(folder, way) for name, way in ways.items()}
        same = _compared(folder)
    lines = [
        f"| {name} | {t['rows']:,} | {t['seconds']:.1f} | {t['rows'] / t['seconds']:,.0f} | "
        f"{t['megabytes']:,.0f} |"
        for name, t in told.items()
    ]
    return (
        "## A million rows\n\n"
        f"LightGBM of 100 trees with 31 leaves, {N_COLUMNS} columns; from a parquet file to a "
        "parquet file (or csv to csv), with predictions, probabilities and all importances. Spark "
        f"is `{MASTER}` on this machine: its figures are for comparing ways on Spark, and hold the "
        "start of its Python workers. Memory is the largest resident set of the process; on Spark, "
        "that of the Python workers together.\n\n"
        "| | rows | seconds | rows/s | MB |\n| --- | ---: | ---: | ---: | ---: |\n"
        + "\n".join(lines)
        + f"\n\nLargest difference to `explain_local` in one process: {same:g}."
    )


def _prepare(folder: Path) -> None:
    """Make the model, the pair and the rows."""
    from lightgbm import LGBMClassifier

    from mlflow_explain import TabularExplainer, save_model

    random = np.random.default_rng(0)
    names = [f"column_{i}" for i in range(N_COLUMNS)]
    rows = pd.DataFrame(random.normal(size=(N_ROWS, N_COLUMNS)), columns=names)
    train = rows.head(20_000)
    score = train["column_0"] * train["column_1"] + np.sin(train["column_2"]) + train["column_3"]
    labels = np.where(score + random.normal(size=len(train)) > 0, "yes", "no")
    model = LGBMClassifier(n_estimators=100, num_leaves=31, verbose=-1).fit(train, labels)
    save_model(model, folder / "pair", scoring_explainer=TabularExplainer(model, train))
    rows.insert(0, "id", np.arange(N_ROWS))
    # Eight files, so that Spark has parts to work on.
    (folder / "rows").mkdir()
    for i, part in enumerate(np.array_split(np.arange(N_ROWS), 8)):
        rows.iloc[part].to_parquet(folder / "rows" / f"part-{i}.parquet", index=False)
    rows.to_parquet(folder / "rows.parquet", index=False)
    rows.to_csv(folder / "rows.csv", index=False)


def _measured(folder: Path, way: str) -> dict[str, float]:
    found = subprocess.run(  # noqa: S603 - this very module
        [sys.executable, "-m", "benchmarks.batch", "measure", way, str(folder)],
        check=True, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1",
             "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"},
    )  # fmt: skip
    told: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return told


def _batch(folder: Path, kind: str) -> tuple[float, int]:
    from mlflow_explain import explain_batch

    given, out = folder / f"rows.{kind}", folder / f"reasons.{kind}"
    start = time.perf_counter()
    explain_batch(folder / "pair", given, out, keep=["id"], show_progress=False)
    return time.perf_counter() - start, N_ROWS


def _plain(folder: Path) -> tuple[float, int]:
    import mlflow

    start = time.perf_counter()
    rows = pd.read_parquet(folder / "rows.parquet")
    answer = mlflow.pyfunc.load_model(str(folder / PLAIN)).predict(rows)
    pd.DataFrame({"prediction": answer}).to_parquet(folder / "plain.parquet")
    return time.perf_counter() - start, N_ROWS


def _on_spark(folder: Path, results: Callable[[Any, Any], Any], limit: int) -> tuple[float, int]:
    import pyspark
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.executor.memory": "900m", "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder),
    }  # fmt: skip
    session = SparkSession.builder.master(MASTER).config(map=settings).getOrCreate()
    rows = session.read.parquet(str(folder / "rows")).where(f"id < {limit}")
    start = time.perf_counter()
    results(session, rows).write.mode("overwrite").parquet(str(folder / "on_spark.parquet"))
    seconds = time.perf_counter() - start
    name = session.sparkContext.applicationId
    session.stop()
    # Where Spark's own workers keep what executors print.
    shutil.rmtree(Path(pyspark.__file__).parent / "work" / name, ignore_errors=True)
    return seconds, limit


def _explained(folder: Path) -> tuple[float, int]:
    from mlflow_explain.spark import explain_dataframe

    done = _on_spark(
        folder, lambda _, rows: explain_dataframe(rows, folder / "pair", keep=["id"]), N_ROWS
    )
    (folder / "on_spark.parquet").rename(folder / "explained.parquet")
    return done


def _udf(folder: Path, name: str) -> tuple[float, int]:
    import mlflow

    def results(session: Any, rows: Any) -> Any:
        udf = mlflow.pyfunc.spark_udf(session, str(folder / name), env_manager="local")
        return rows.select("id", udf(*[c for c in rows.columns if c != "id"]).alias("answer"))

    return _on_spark(folder, results, N_ROWS_UDF if name == "pair" else N_ROWS)


_MEASURES: dict[str, Callable[[Path], tuple[float, int]]] = {
    "parquet": lambda folder: _batch(folder, "parquet"),
    "csv": lambda folder: _batch(folder, "csv"),
    "plain": _plain,
    "spark": _explained,
    "udf": lambda folder: _udf(folder, "pair"),
    "plain_udf": lambda folder: _udf(folder, PLAIN),
}


class _Workers(threading.Thread):
    """Watches what the Python workers of Spark's executors take together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0.0

    def run(self) -> None:
        while True:
            self.most = max(self.most, sum(map(_resident, _workers())))
            time.sleep(0.2)


def _workers() -> list[Path]:
    """Return the processes of Spark's Python daemons; they are on this machine."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"pyspark.daemon" in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


def _resident(process: Path) -> float:
    try:
        return int((process / "statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    except (OSError, IndexError):
        return 0.0


def _measure(way: str, folder: Path) -> None:
    workers = _Workers()
    if way in _SPARK:
        workers.start()
    seconds, rows = _MEASURES[way](folder)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    megabytes = workers.most if way in _SPARK else own
    print(json.dumps({"seconds": seconds, "rows": rows, "megabytes": megabytes}))  # noqa: T201 - read by `section`


def _compared(folder: Path) -> float:
    """Return the largest difference of importances to those of one call in one process."""
    from mlflow_explain import load_model

    rows = pd.read_parquet(folder / "rows.parquet").drop(columns="id")
    explained: Any = load_model(folder / "pair")
    most = 0.0
    for name in ("reasons.parquet", "explained.parquet"):
        if not (folder / name).exists():
            continue
        columns = ["id", "local_importance_values"]
        found = pq.read_table(folder / name, columns=columns).sort_by("id")
        for start in range(0, N_ROWS, _COMPARED_ROWS):
            part = slice(start, start + _COMPARED_ROWS)
            local = explained.explainer.scorer.local(rows.iloc[part]).values[:, :, 0]
            table = found.slice(start, _COMPARED_ROWS).flatten()
            values = np.column_stack([column.to_numpy() for column in table.columns[1:]])
            most = max(most, float(np.abs(values - local).max()))
    return most


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        _measure(sys.argv[2], Path(sys.argv[3]))
    else:
        print(section())  # noqa: T201 - the result is what the command is for
