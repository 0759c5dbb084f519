"""Explanations on Spark: ``from mlflow_explain.spark import explain_dataframe``.

The driver looks the model up, verifies it and ships its folder, once for each application. Every
Python worker unpacks it beside its executor's files, loads it once, and scores Arrow batches. What
runs there needs the libraries in the model's ``requirements.txt``; this package itself travels in
the model's ``code/`` where it is on no index.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
import zipfile
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from mlflow_explain.data.arguments import shown
from mlflow_explain.engines.chunks import serially
from mlflow_explain.errors import FeatureError, InvalidInputError, MissingLibraryError
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.tracking.batch.job import ALL, Columns, scored
from mlflow_explain.tracking.batch.model import BatchModel, local_folder
from mlflow_explain.tracking.batch.pieces import piece_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType

# (application, name) of the archives an application has been given.
_SHIPPED: set[tuple[str, str]] = set()


def explain_dataframe(
    df: DataFrame,
    model_uri: str | Path,
    *,
    explain: bool = True,
    top_k: int = 0,
    output: str = "default",
    raw: bool = True,
    keep: Sequence[str] | Literal["all"] = ALL,
) -> DataFrame:
    """Predict and explain the rows of a Spark DataFrame with a logged model.

    Lazy, as all of Spark: rows are scored when the result is asked for. Numbers and columns are
    those of `explain_batch`; ``select("local_importance_values.age")`` is the importance of one
    feature.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows. Columns are cast as the model's signature says, by MLflow's rules; times are those of
        the session's time zone.
    model_uri : str or Path
        ``models:/name/version``, ``models:/id``, ``runs:/...`` or a path the driver can read, of a
        model logged by `log_model`.
    explain, top_k, output, raw
        As of `explain_batch`.
    keep : sequence of str or "all", default="all"
        Columns of `df` to have beside the results.

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    MissingLibraryError
        pyspark is not installed: it comes with the extra ``spark``.
    InvalidInputError
        `df` is none of Spark's, a column is missing, or an option cannot be answered.
    """
    types = _spark_types()
    _check_kind(df)
    options = ReplyOptions.given(explain=explain, top_k=top_k, output=output, raw=raw)
    folder = local_folder(model_uri)
    model = BatchModel.load(folder, options)
    columns = Columns.of(df.columns, model.inputs, keep, model.schema.names)
    _check_cases(columns.keep, model.schema.names, df.sparkSession)
    results = [types.StructField(f.name, _spark_type(f.type, types)) for f in model.schema]
    schema = types.StructType([*(df.schema[name] for name in columns.keep), *results])
    archive = _shipped(folder, df.sparkSession)
    asked = df.select(*(_quoted(n) for n in dict.fromkeys([*columns.inputs, *columns.keep])))
    return asked.mapInArrow(_worker(archive, asdict(options), asdict(columns)), schema)


def explained(
    folder: str,
    options: dict[str, Any],
    columns: dict[str, Any],
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Yield the results of Arrow batches; what a Python worker of Spark's does.

    Parameters
    ----------
    folder : str
        The model's, on the worker's machine.
    options, columns : dict
        Fields of `ReplyOptions` and of `Columns`.
    batches : iterator of RecordBatch
        Rows.
    """
    model = _loaded(folder, ReplyOptions(**options))
    inputs, keep = columns["inputs"], columns["keep"]
    for batch in batches:
        kept = [batch.schema.field(name) for name in keep]
        for start in range(0, batch.num_rows, model.chunk_rows):
            part = batch.slice(start, model.chunk_rows)
            piece = piece_of(_in_local_time(part), inputs, (), "a batch", start)
            # Spark gives a worker the cores of its task, and the others to other workers.
            with serially():
                results = scored(model, piece, model.schema)
            yield pa.RecordBatch.from_arrays(
                [*(part.column(name) for name in keep), *results.columns],
                schema=pa.schema([*kept, *model.schema]),
            )


@lru_cache(maxsize=4)
def _loaded(folder: str, options: ReplyOptions) -> BatchModel:
    """Return a model; a worker that Spark uses again has it already."""
    return BatchModel.load(Path(folder), options)


def _worker(
    archive: str, options: dict[str, Any], columns: dict[str, Any]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that Spark sends to its workers.

    It is sent as code, and knows nothing of this package before the model is unpacked: the package
    may be nowhere but in there.
    """

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import importlib.util
        import os
        import shutil
        import sys
        import tempfile
        import zipfile

        from pyspark import SparkFiles

        packed = SparkFiles.get(archive)
        folder = packed.removesuffix(".zip")
        if not os.path.isdir(folder):  # noqa: PTH112 - pathlib would be sent along
            made = tempfile.mkdtemp(dir=os.path.dirname(packed))  # noqa: PTH120
            with zipfile.ZipFile(packed) as file:
                file.extractall(made)
            try:
                os.rename(made, folder)  # noqa: PTH104
            except OSError:
                # Another worker of this executor was faster.
                shutil.rmtree(made)
        if importlib.util.find_spec("mlflow_explain") is None:
            sys.path.append(f"{folder}/code")
        ours = importlib.import_module("mlflow_explain.spark")
        yield from ours.explained(folder, options, columns, batches)

    return work


def _shipped(folder: Path, session: SparkSession) -> str:
    """Give an application the files of a model, once, and return their archive's name."""
    context = session.sparkContext
    name = f"mlflow-explain-{_digest(folder)[:32]}.zip"
    if (context.applicationId, name) not in _SHIPPED:
        # Spark serves the file as long as the application lives.
        made = Path(tempfile.mkdtemp(prefix="mlflow-explain-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        with zipfile.ZipFile(made / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in _files(folder):
                archive.write(file, file.relative_to(folder))
        context.addFile(str(made / name))
        _SHIPPED.add((context.applicationId, name))
    return name


def _digest(folder: Path) -> str:
    """Return the sha256 over all files of a folder, with their paths."""
    total = hashlib.sha256()
    for file in _files(folder):
        content = file.read_bytes()
        name = file.relative_to(folder).as_posix()
        total.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def _in_local_time(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose times have no zone, as Spark gives them to pandas: the session's."""
    columns = [
        pc.local_timestamp(column)
        if pa.types.is_timestamp(column.type) and column.type.tz is not None
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _quoted(name: str) -> str:
    """Return a column's name as Spark takes it whole: a dot would lead into a struct."""
    return f"`{name.replace('`', '``')}`"


def _check_kind(df: Any) -> None:
    home = type(df).__module__.split(".")
    if home[0] != "pyspark":
        raise InvalidInputError(
            "a Spark DataFrame", shown(df), "Pass one; `explain_batch` takes tables and files."
        )
    if "connect" in home:
        raise InvalidInputError(
            "a DataFrame of a session on its own driver",
            "one of Spark Connect, which does not give executors a model's files",
            "Use `mlflow.pyfunc.spark_udf`, or run this where the driver runs.",
        )


def _check_cases(keep: Sequence[str], results: Sequence[str], session: SparkSession) -> None:
    """Refuse columns to keep that Spark takes for results: by default it tells no cases apart."""
    if session.conf.get("spark.sql.caseSensitive") == "true":
        return
    known = {name.casefold() for name in results}
    taken = [name for name in keep if name.casefold() in known]
    if taken:
        raise FeatureError(
            f"columns to keep with names other than {', '.join(results)}, in any case",
            ", ".join(taken),
            "Rename them, or do not keep them.",
        )


def _spark_types() -> Any:
    try:
        from pyspark.sql import types
    except ImportError as error:
        raise MissingLibraryError(
            "pyspark, for explanations on Spark",
            "none installed",
            "pip install 'mlflow-explain[spark]'; `explain_batch` works without Spark.",
        ) from error
    return types


def _spark_type(kind: pa.DataType, types: Any) -> DataType:
    """Return Spark's type of a column of results."""
    if pa.types.is_struct(kind):
        fields = [types.StructField(field.name, _spark_type(field.type, types)) for field in kind]
        return types.StructType(fields)
    if pa.types.is_list(kind):
        return types.ArrayType(_spark_type(kind.value_type, types))
    if pa.types.is_int64(kind):
        return types.LongType()
    return types.StringType() if pa.types.is_string(kind) else types.DoubleType()
