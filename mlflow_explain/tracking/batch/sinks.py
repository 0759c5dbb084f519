"""Where results go: a parquet or csv file that is there when it is complete, and not before."""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import ArtifactExistsError, FeatureError, InvalidInputError
from mlflow_explain.tracking.runs.failures import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def checked_path(out: Any, *, exist_ok: bool) -> Path:
    """Return the path of the file to write.

    Raises
    ------
    InvalidInputError
        Its name tells no format, or its folder is not there.
    ArtifactExistsError
        It is taken, and `exist_ok` is False.
    """
    path = Path(out) if isinstance(out, str | Path) else None
    if path is None or path.suffix not in _WRITERS:
        raise InvalidInputError(
            f"`out` to be a path that ends in {' or '.join(_WRITERS)}",
            str(out) if isinstance(out, Path) else shown(out),
            "Name a file; the ending tells its format.",
        )
    if not path.parent.is_dir():
        raise InvalidInputError(
            "`out` in a folder that is there", str(path), "Make its folder first."
        )
    _check_free(path, exist_ok=exist_ok)
    return path


@contextmanager
def written(
    path: Path, schema: pa.Schema, *, exist_ok: bool
) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Give a function that writes batches; the file takes its name when all of them are written.

    Parameters
    ----------
    path : Path
        Of `checked_path`.
    schema : Schema
        Of the batches.
    exist_ok : bool
        Replace a file of that name.

    Raises
    ------
    StoreError
        The disk is full, or refuses the file.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    what = f"write {path}"
    try:
        with typed(what, writes=True):
            writer = _WRITERS[path.suffix](part, schema)
        try:
            yield partial(_write, writer, what)
        finally:
            # A full disk fails once more when the end of the file is written.
            with typed(what, writes=True):
                writer.close()
        _check_free(path, exist_ok=exist_ok)
        with typed(what, writes=True):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_columns(path: Path | None, schema: pa.Schema, keep: Sequence[str]) -> None:
    """Refuse columns that csv cannot hold, or that have one name when structs are flat.

    Parameters
    ----------
    path : Path or None
        Of `checked_path`; None for a DataFrame.
    schema : Schema
        Of the results and what is kept beside them.
    keep : sequence of str
        Columns that are kept.

    Raises
    ------
    FeatureError
        Two columns would have one name.
    InvalidInputError
        A column is of no type that csv has.
    """
    if path is not None and path.suffix != ".csv":
        return
    fields = list(flat(schema.empty_table()).schema)
    doubled = [name for name, n in Counter(field.name for field in fields).items() if n > 1]
    if doubled:
        raise FeatureError(
            "columns to keep with names other than those of the results",
            ", ".join(doubled),
            "Rename them, or leave them out of `keep`; a parquet file has results of one name in a "
            "struct.",
        )
    odd = [field for field in fields if path is not None and not _is_written(field)]
    if path is not None and odd:
        instead = str(path.with_suffix(".parquet"))
        only_kept = {field.name for field in odd} <= set(keep)
        raise InvalidInputError(
            "columns that a csv file can hold",
            ", ".join(f"{field.name} ({field.type})" for field in odd),
            f"Write a .parquet file, which holds lists, too: out={instead!r}"
            + ("; or leave them out of `keep`." if only_kept else "."),
        )


def flat(table: pa.Table) -> pa.Table:
    """Return a table without structs: ``local_importance_values.age`` is a column of its own."""
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


def _parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd")


def _csv(path: Path, schema: pa.Schema) -> pc.CSVWriter:
    return pc.CSVWriter(path, flat(schema.empty_table()).schema)


def _write(writer: pq.ParquetWriter | pc.CSVWriter, what: str, batch: pa.RecordBatch) -> None:
    table = pa.Table.from_batches([batch])
    with typed(what, writes=True):
        writer.write_table(flat(table) if isinstance(writer, pc.CSVWriter) else table)


def _is_written(field: pa.Field) -> bool:
    """Whether Arrow writes a type as text that can be read again."""
    is_bytes = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
    if is_bytes or pa.types.is_fixed_size_binary(field.type):
        return False
    try:
        pc.write_csv(pa.schema([field]).empty_table(), pa.BufferOutputStream())
    except pa.ArrowException:
        return False
    return True


def _check_free(path: Path, *, exist_ok: bool) -> None:
    if path.exists() and not (exist_ok and path.is_file()):
        raise ArtifactExistsError(
            "a file that is not there yet",
            str(path),
            "Choose another name, or pass exist_ok=True to replace the file.",
        )


_WRITERS = {".parquet": _parquet, ".csv": _csv}
