"""Where results go: a parquet or csv file that is there when it is complete, and not before."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import ArtifactExistsError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
            shown(out),
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
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with _WRITERS[path.suffix](part, schema) as write:
            yield write
        _check_free(path, exist_ok=exist_ok)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def flat(table: pa.Table) -> pa.Table:
    """Return a table without structs: ``local_importance_values.age`` is a column of its own."""
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


@contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield writer.write_batch


@contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
    with pc.CSVWriter(path, flat(schema.empty_table()).schema) as writer:
        yield lambda batch: writer.write_table(flat(pa.Table.from_batches([batch])))


def _check_free(path: Path, *, exist_ok: bool) -> None:
    if path.exists() and not (exist_ok and path.is_file()):
        raise ArtifactExistsError(
            "a file that is not there yet",
            str(path),
            "Choose another name, or pass exist_ok=True to replace the file.",
        )


_WRITERS = {".parquet": _parquet, ".csv": _csv}
