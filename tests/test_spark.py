"""Explanations on Spark: the numbers of one process, on threads and on executors of their own."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import lightgbm
import mlflow
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.svm import SVC

from mlflow_explain import (
    LGBMExplainableModel,
    MimicExplainer,
    TabularExplainer,
    explain_batch,
    log_model,
    save_model,
)
from mlflow_explain.errors import (
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
    MissingLibraryError,
)
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.scoring.scorer import Scorer
from mlflow_explain.spark import _in_local_time, _worker, explain_dataframe, explained
from mlflow_explain.tracking.batch.model import BatchModel

pytestmark = [
    pytest.mark.spark,
    # Spark says of every use of pandas 3 that it is new.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

needs_java = pytest.mark.skipif(
    shutil.which("java") is None and "CI" not in os.environ, reason="needs a Java runtime"
)
ROOT = Path(__file__).parents[1]
_ELSEWHERE = """
import pathlib, pickle, sys
folder, root = map(pathlib.Path, sys.argv[1:])
sys.path = [path for path in sys.path if pathlib.Path(path) != root]
import pyarrow as pa, pyarrow.parquet as pq, pyspark
pyspark.SparkFiles.get = lambda name: str(folder / name)
work = pickle.loads((folder / "work").read_bytes())
batches = pq.read_table(folder / "rows.parquet").to_batches()
pq.write_table(pa.Table.from_batches(work(iter(batches))), folder / "out.parquet")
import mlflow_explain
print(pathlib.Path(mlflow_explain.__file__).parent)
"""
MASTERS = ["local[2]", "local-cluster[2,1,1024]"]


@pytest.fixture(scope="module", params=MASTERS)
def spark(request, tmp_path_factory):
    """One session after the other: a process has one Java machine."""
    pyspark = pytest.importorskip("pyspark")
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.executor.memory": "600m",
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "40",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = pyspark.sql.SparkSession.builder.master(request.param)
        session = builder.config(map=settings).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        name = session.sparkContext.applicationId
        yield session
        session.stop()
        # Where Spark's own workers keep what executors print.
        shutil.rmtree(Path(pyspark.__file__).parent / "work" / name, ignore_errors=True)


@pytest.fixture
def rows(applications):
    return applications.test.head(100).reset_index(drop=True)


@pytest.fixture
def on_spark(spark, rows):
    return spark.createDataFrame(rows.assign(id=range(100))).repartition(2)


def collected(results) -> pa.Table:
    """Return results in the order of the rows."""
    return results.toArrow().sort_by("id")


@needs_java
def test_the_numbers_are_those_of_one_process(tracking_store, saved, rows, on_spark):
    found = collected(explain_dataframe(on_spark, saved["pair"], keep=["id"]))
    expected = explain_batch(saved["pair"], pa.Table.from_pandas(rows, preserve_index=False))
    assert found["id"].to_pylist() == list(range(100))
    assert found.drop_columns("id").to_pylist() == expected.to_pylist()


@needs_java
def test_options_and_columns(tracking_store, saved, rows, on_spark):
    asked = {"top_k": 2, "output": "all", "raw": False}
    found = explain_dataframe(on_spark, saved["pair"], **asked)
    assert found.columns[: len(on_spark.columns)] == on_spark.columns
    expected = explain_batch(saved["pair"], pa.Table.from_pandas(rows), **asked)
    kept = collected(found.select("id", *expected.column_names))
    assert kept.drop_columns("id").to_pylist() == expected.to_pylist()
    one = found.select("id", "all_local_importance_values.yes.pbcr_no")
    values = [row["yes"]["pbcr_no"] for row in expected["all_local_importance_values"].to_pylist()]
    assert collected(one)["pbcr_no"].to_pylist() == values
    plain = explain_dataframe(on_spark, saved["pair"], explain=False, keep=["id"])
    assert plain.columns == ["id", "prediction", "probabilities"]


@needs_java
def test_a_model_is_loaded_once_by_each_worker(tracking_store, saved, spark, on_spark):
    explained = explain_dataframe(on_spark, saved["alone"], keep=["id"])
    for _ in range(2):
        assert explained.count() == 100
    code = "import mlflow_explain.spark as s; return s._loaded.cache_info()"

    def looked(batches):
        scope: dict = {}
        exec("def ask():\n " + code.replace("; ", "\n "), scope)  # noqa: S102 - this very text
        info = scope["ask"]()
        for _ in batches:
            yield pa.RecordBatch.from_pydict({"misses": [info.misses], "pid": [os.getpid()]})

    told = on_spark.select("id").mapInArrow(looked, "misses long, pid long").toArrow().to_pandas()
    assert told.groupby("pid")["misses"].max().max() <= 4


@needs_java
def test_spark_udf_gives_the_same_numbers_by_the_signature_alone(
    tracking_store, saved, rows, on_spark, spark
):
    udf = mlflow.pyfunc.spark_udf(spark, str(saved["pair"]), env_manager="local")
    results = on_spark.select("id", udf(*rows.columns).alias("r"))
    found = [row["r"] for row in collected(results).to_pylist()]
    expected = explain_batch(saved["pair"], pa.Table.from_pandas(rows)).to_pylist()
    for one, other in zip(found, expected, strict=True):
        maps = {name: dict(one.pop(name)) for name in ("probabilities", "local_importance_values")}
        assert maps == {name: other.pop(name) for name in maps}
        assert one == other


@pytest.mark.parametrize("kind", ["svc", "mimic", "booster", "targets", "perceptron", "failed"])
def test_the_signature_names_what_a_reply_has(tmp_path, iris, kind, monkeypatch):
    """By MLflow's own functions, without Spark: a field that a reply lacks fails a whole job."""
    rows, labels = iris[0], (iris[1] > 0).astype(int)
    made = {
        "svc": lambda: (SVC().fit(rows, labels), TabularExplainer),
        "mimic": lambda: (SVC().fit(rows, labels), _mimic),
        "failed": lambda: (SVC().fit(rows, labels), _mimic),
        "perceptron": lambda: (Perceptron().fit(rows, iris[1]), TabularExplainer),
        "targets": lambda: (LinearRegression().fit(rows, rows.iloc[:, :2]), TabularExplainer),
        "booster": lambda: (
            lightgbm.train({"verbose": -1}, lightgbm.Dataset(rows, labels), 3), TabularExplainer,
        ),
    }  # fmt: skip
    model, explainer = made[kind]()
    save_model(model, tmp_path / "m", scoring_explainer=explainer(model, rows))
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    if kind == "failed":
        monkeypatch.setattr(Scorer, "local_of_engineered", None)
    reply = loaded.predict(rows)
    types = mlflow.pyfunc._infer_spark_udf_return_type(loaded.metadata.get_output_schema())
    found = mlflow.pyfunc._convert_struct_values(reply, types)
    assert list(found.columns) == list(reply.columns)
    for name in ("expected_value", "local_importance_values"):
        assert found[name].tolist() == reply[name].tolist()


def _mimic(model, rows):
    return MimicExplainer(model, rows, LGBMExplainableModel)


@needs_java
def test_a_failed_explanation_on_spark(tracking_store, tmp_path, spark, iris):
    model = LogisticRegression(max_iter=500).fit(*iris)
    save_model(path=tmp_path / "m", scoring_explainer=TabularExplainer(model, iris[0]))
    rows = iris[0].head(3).copy()
    rows.iloc[1, 0] = np.nan
    results = explain_dataframe(spark.createDataFrame(rows), tmp_path / "m", keep=())
    status = results.toArrow()["explanation_status"].to_pylist()
    assert sorted(status) == ["failed: importances of this row are not finite", "ok", "ok"]


@needs_java
def test_a_registered_model_travels_from_the_driver(tracking_store, pipeline, explainer, on_spark):
    with mlflow.start_run():
        log_model(pipeline, scoring_explainer=explainer, registered_model_name="credit")
    found = explain_dataframe(on_spark, "models:/credit/1", keep=["id"])
    assert set(collected(found)["explanation_status"].to_pylist()) == {"ok"}


@needs_java
def test_what_cannot_be_done_is_said_on_the_driver(tracking_store, saved, rows, on_spark):
    with pytest.raises(FeatureError, match="without lvr"):
        explain_dataframe(on_spark.drop("lvr"), saved["pair"])
    with pytest.raises(InvalidInputError, match="output"):
        explain_dataframe(on_spark, saved["pair"], output="perhaps")
    with pytest.raises(InvalidInputError, match="Spark DataFrame"):
        explain_dataframe(rows, saved["pair"])
    odd = on_spark.withColumnRenamed("id", "Prediction")
    with pytest.raises(FeatureError, match="Prediction"):
        explain_dataframe(odd, saved["pair"])


def test_results_are_as_many_as_rows(saved, rows, monkeypatch):
    """What a worker does, without Spark."""
    columns = {"inputs": tuple(rows.columns), "keep": ()}
    batches = pa.Table.from_pandas(rows, preserve_index=False).to_batches(max_chunksize=40)
    asked = (str(saved["pair"]), asdict(ReplyOptions()), columns)
    found = list(explained(*asked, iter(batches)))
    assert [batch.num_rows for batch in found] == [40, 40, 20]
    original = BatchModel.scored
    monkeypatch.setattr(BatchModel, "scored", lambda self, frame: original(self, frame.iloc[1:]))
    with pytest.raises(LengthMismatchError, match="40 for rows 1 to 40 of a batch; got 39"):
        next(explained(*asked, iter(batches)))


def test_times_are_those_of_the_sessions_zone():
    """Spark's batches have the session's zone; its own pandas has times on the wall."""
    noon = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    kind = pa.timestamp("us", "Europe/Paris")
    batch = pa.RecordBatch.from_pydict({"at": pa.array([noon, None], kind), "n": [1, 2]})
    found = _in_local_time(batch)
    assert found.schema.types == [pa.timestamp("us"), pa.int64()]
    assert found.to_pydict() == {"at": [dt.datetime(2026, 7, 1, 14), None], "n": [1, 2]}  # noqa: DTZ001 - on the wall


def test_a_worker_needs_nothing_but_what_travels(tmp_path, saved, rows):
    """Of a development install the package is in the model's own folder."""
    cloudpickle = pytest.importorskip("pyspark.cloudpickle")
    columns = {"inputs": tuple(rows.columns), "keep": ()}
    work = _worker("m.zip", asdict(ReplyOptions()), columns)
    (tmp_path / "work").write_bytes(cloudpickle.dumps(work))
    shutil.make_archive(str(tmp_path / "m"), "zip", saved["pair"])
    rows.to_parquet(tmp_path / "rows.parquet")
    done = subprocess.run(
        [sys.executable, "-I", "-c", _ELSEWHERE, str(tmp_path), str(ROOT)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == str(tmp_path / "m" / "code" / "mlflow_explain")
    expected = explain_batch(saved["pair"], pa.Table.from_pandas(rows))
    assert pq.read_table(tmp_path / "out.parquet").equals(expected)


def test_without_pyspark_the_extra_is_named(saved, rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingLibraryError, match=r"mlflow-explain\[spark\]"):
        explain_dataframe(rows, saved["pair"])
