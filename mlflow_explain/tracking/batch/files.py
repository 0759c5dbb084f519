"""Parquet files as rows that are read piece by piece, and what a path stands for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from mlflow_explain.errors import ArtifactNotFoundError, FeatureError, InvalidInputError
from mlflow_explain.tracking.batch.csv_files import CsvSource
from mlflow_explain.tracking.batch.pieces import Piece, piece_of
from mlflow_explain.tracking.batch.readable import readable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from mlflow.types.schema import Schema

    from mlflow_explain.tracking.batch.job import Columns

_PARQUET, _CSV = (".parquet", ".pq"), (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zst")
_READ_BUFFER = 1 << 20


def source_of_path(path: Path, inputs: Schema) -> ParquetSource | CsvSource:
    """Return the rows of a file or a folder of files; the ending of names tells what they are.

    Raises
    ------
    ArtifactNotFoundError
        No such file.
    InvalidInputError
        It is of another kind, or not readable.
    """
    if not path.exists():
        raise ArtifactNotFoundError("a parquet or csv file", str(path), "Check the path.")
    files = [path] if path.is_file() else _files(path)
    if files and all(file.name.endswith(_PARQUET) for file in files):
        return ParquetSource.of(path)
    if files and all(file.name.endswith(_CSV) for file in files):
        return CsvSource(tuple(files), inputs)
    raise InvalidInputError(
        "a file named .parquet or .csv, or a folder of one of both kinds",
        f"{path}, which is none",
        "The ending of the name tells what it is.",
    )


def _files(folder: Path) -> list[Path]:
    """Return the files of rows in a folder; names that begin with . or _ are none."""
    found = (file for file in folder.rglob("*") if file.is_file())
    return sorted(
        file
        for file in found
        if not any(part[0] in "._" for part in file.relative_to(folder).parts)
    )


@dataclass(frozen=True, eq=False, slots=True)
class ParquetSource:
    """Parquet files of one schema; names of folders such as ``country=FR`` are a column."""

    dataset: ds.FileSystemDataset
    schema: pa.Schema

    @classmethod
    def of(cls, path: Path) -> ParquetSource:
        """Return the rows of a file or a folder.

        What lies above a file that is named says nothing of its rows.
        """
        with readable(path):
            if path.is_file():
                dataset = ds.dataset(path, format="parquet", partitioning=None)
                return cls(dataset, dataset.schema)
            _check_own(path, _first_names(path), _folder_names(path))
            dataset = ds.dataset(path, format="parquet", partitioning="hive")
            return cls(dataset, _known_types(dataset))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.schema.names)

    @property
    def n_rows(self) -> int:
        """How many rows there are, as the files' last lines say."""
        with readable(self.dataset.files[0]):
            return int(self.dataset.count_rows())

    def fields(self, columns: Columns) -> list[pa.Field]:
        """Return names and types of the kept columns."""
        return [self.schema.field(name) for name in columns.keep]

    def pieces(self, columns: Columns, size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        inputs, keep = columns.inputs, columns.keep
        names = list(dict.fromkeys([*inputs, *keep]))
        schema = pa.schema([self.schema.field(name) for name in names], self.schema.metadata)
        for fragment in self.dataset.get_fragments():
            same = ds.get_partition_keys(fragment.partition_expression)
            start = 0
            for batch in _batches(fragment.path, names, same, size):
                whole = _completed(batch, schema, same, fragment.path)
                yield piece_of(whole, inputs, keep, fragment.path, start)
                start += batch.num_rows


def _batches(
    path: str, names: Sequence[str], same: dict[str, Any], size: int
) -> Iterator[pa.RecordBatch]:
    with readable(path):
        # Read through a small buffer: a whole group of rows may be larger than memory.
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BUFFER)
        with closing(file):
            _check_own(path, file.schema_arrow.names, same)
            own = [name for name in names if name not in same]
            yield from file.iter_batches(size, columns=own)


def _check_own(path: Path | str, own: Collection[str], above: Collection[str]) -> None:
    both = sorted(set(own) & set(above))
    if both:
        raise FeatureError(
            "columns that are either in the files or in the names of their folders",
            f"{', '.join(both)} in both, of {path}",
            "Rename the folders, or name a single file.",
        )


def _first_names(folder: Path) -> list[str]:
    return list(ds.dataset(folder, format="parquet", partitioning=None).schema.names)


def _folder_names(folder: Path) -> set[str]:
    """Return the columns that names of folders stand for."""
    inside = (file.relative_to(folder).parts[:-1] for file in _files(folder))
    return {part.partition("=")[0] for parts in inside for part in parts if "=" in part}


def _known_types(dataset: ds.FileSystemDataset) -> pa.Schema:
    """Return the schema of files; a column without a value in the first has a type in others."""
    schema = dataset.schema
    for fragment in dataset.get_fragments():
        unknown = [field.name for field in schema if pa.types.is_null(field.type)]
        if not unknown:
            break
        for name in set(unknown) & set(fragment.physical_schema.names):
            schema = schema.set(schema.names.index(name), fragment.physical_schema.field(name))
    return schema


def _completed(
    batch: pa.RecordBatch, schema: pa.Schema, same: dict[str, Any], path: str
) -> pa.RecordBatch:
    """Return a file's batch with the columns its folder's name stands for, in the set's types."""
    missing = set(schema.names) - set(batch.schema.names) - set(same)
    if missing:
        raise FeatureError(
            f"files with the columns {', '.join(schema.names)}",
            f"{path} without {', '.join(sorted(missing))}",
            "Files of one folder have the same columns.",
        )
    columns = [
        pa.array([same[field.name]] * batch.num_rows, field.type)
        if field.name in same
        else _cast(batch.column(field.name), field, path)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cast(column: pa.Array, field: pa.Field, path: str) -> pa.Array:
    try:
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise InvalidInputError(
            f"the column {field.name} as {field.type}, as in the first file",
            f"{column.type} in {path}",
            "Files of one folder have columns of the same types.",
        ) from error
