"""`explain_batch`: predicts and explains the rows of a file or table, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from mlflow_explain.data.arguments import whole_or_none
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.tracking.batch import sinks
from mlflow_explain.tracking.batch.columns import ALL_IMPORTANCES, IMPORTANCES
from mlflow_explain.tracking.batch.job import Columns, Job
from mlflow_explain.tracking.batch.model import BatchModel, local_folder
from mlflow_explain.tracking.batch.sources import check_kind, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd


def explain_batch(
    model_uri: str | Path,
    rows: pd.DataFrame | pa.Table | pa.RecordBatchReader | str | Path,
    out: str | Path | None = None,
    *,
    explain: bool = True,
    top_k: int = 0,
    output: str = "default",
    raw: bool = True,
    keep: Sequence[str] | Literal["all"] = (),
    chunk_rows: int | None = None,
    exist_ok: bool = False,
    show_progress: bool = True,
) -> Path | pd.DataFrame | pa.Table:
    """Predict and explain rows with a logged model, in memory that their number does not change.

    The numbers are those of the model's reply. What is a map there is a struct of a parquet file or
    an Arrow table, ``local_importance_values`` with a field for each feature; a csv file and a
    DataFrame have a column for each, named ``local_importance_values.age``.

    Parameters
    ----------
    model_uri : str or Path
        ``models:/name/version``, ``models:/id``, ``runs:/...`` or a local path of a model logged
        by `log_model`, with its model or as an explainer alone.
    rows : DataFrame, pyarrow.Table, pyarrow.RecordBatchReader, str or Path
        Rows; or a file that ends in ``.parquet`` or ``.csv``, or a folder of such files. Columns
        are cast as the model's signature says, by MLflow's rules; others are passed by.
    out : str or Path, optional
        File to write, ending in ``.parquet`` or ``.csv``; of a model of texts, whose importances
        are lists, in ``.parquet``. It is there when it is complete. Without it the results of a
        DataFrame or Table are returned.
    explain : bool, default=True
        Without, only what the model predicts.
    top_k : int, default=0
        Keep this many importances of each row, largest absolute value first; the others are null,
        and their sum is ``other_importance``. 0 keeps all.
    output : str, default="default"
        ``"default"``: the positive class of two, the predicted one of more. ``"predicted"``,
        ``"all"``, or a class label.
    raw : bool, default=True
        Importances of raw columns; False: of engineered features.
    keep : sequence of str or "all"
        Columns of the rows to have beside the results, such as their ids. Those of a csv file that
        are not in the signature are text.
    chunk_rows : int, optional
        Most rows worked on at a time; by default as many as fit into 128 MB.
    exist_ok : bool, default=False
        Replace the file `out`.
    show_progress : bool, default=True
        Draw a bar, if standard error is a terminal.

    Returns
    -------
    Path, DataFrame or Table
        The file that was written; or the results, with the DataFrame's index.

    Raises
    ------
    ArtifactNotFoundError
        There is no such model or file.
    ArtifactExistsError
        The file is there already.
    InvalidInputError
        A column is missing or of a type the model does not take, a row is longer than the line of
        names, the model refuses rows, or an option cannot be answered.
    StoreError
        The file cannot be written.
    """
    options = ReplyOptions.given(explain=explain, top_k=top_k, output=output, raw=raw)
    whole_or_none("chunk_rows", chunk_rows, least=1)
    path = None if out is None else sinks.checked_path(out, exist_ok=exist_ok)
    check_kind(rows)
    if path is None and not (is_frame(rows) or isinstance(rows, pa.Table)):
        raise InvalidInputError(
            "`out`, where rows are read from a file or a reader", "None", "Name a file to write."
        )
    model = BatchModel.load(local_folder(model_uri), options)
    source = source_of(rows, model.inputs)
    columns = Columns.of(source.columns, model.inputs, keep, model.schema.names)
    job = Job(model, source, columns, chunk_rows or model.chunk_rows)
    if path is not None or is_frame(rows):
        sinks.check_columns(path, job.schema, columns.keep)
    if path is None:
        return _collected(job, rows, show_progress=show_progress)
    with sinks.written(path, job.schema, exist_ok=exist_ok) as write:
        job.run(write, show_progress=show_progress)
    return path


def _collected(
    job: Job, rows: pd.DataFrame | pa.Table, *, show_progress: bool
) -> pd.DataFrame | pa.Table:
    """Return all results in memory, as what the rows came as."""
    batches: list[pa.RecordBatch] = []
    job.run(batches.append, show_progress=show_progress)
    table = pa.Table.from_batches(batches, job.schema)
    return _as_frame(sinks.flat(table)).set_axis(rows.index) if is_frame(rows) else table


def _as_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a DataFrame, with places of tokens whole where columns have none."""
    lists = [
        name
        for name, kind in zip(table.schema.names, table.schema.types, strict=True)
        if pa.types.is_list(kind) and name.split(".")[0] in {IMPORTANCES, ALL_IMPORTANCES}
    ]
    told = {name: table[name].to_pandas(integer_object_nulls=True) for name in lists}
    frame: pd.DataFrame = table.to_pandas()
    return frame.assign(**told)
