"""Parquet and csv files as rows that are read piece by piece."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from mlflow_explain.errors import (
    ArtifactNotFoundError,
    ExplainError,
    FeatureError,
    InvalidInputError,
)
from mlflow_explain.tracking.batch.pieces import Piece, piece_of
from mlflow_explain.tracking.batch.rows import csv_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlflow.types.schema import Schema

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

    @classmethod
    def of(cls, path: Path) -> ParquetSource:
        """Return the rows of a file or a folder."""
        with readable(path):
            return cls(ds.dataset(path, format="parquet", partitioning="hive"))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.dataset.schema.names)

    @property
    def n_rows(self) -> int:
        """How many rows there are, as the files' last lines say."""
        return int(self.dataset.count_rows())

    def fields(self, names: Sequence[str]) -> list[pa.Field]:
        """Return names and types of columns."""
        return [self.dataset.schema.field(name) for name in names]

    def pieces(self, inputs: Sequence[str], keep: Sequence[str], size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        names = list(dict.fromkeys([*inputs, *keep]))
        schema = pa.schema([self.dataset.schema.field(name) for name in names])
        schema = schema.with_metadata(self.dataset.schema.metadata)
        for fragment in self.dataset.get_fragments():
            same = ds.get_partition_keys(fragment.partition_expression)
            # Read through a small buffer: a whole group of rows may be larger than memory.
            file = pq.ParquetFile(fragment.path, pre_buffer=False, buffer_size=_READ_BUFFER)
            own = [name for name in names if name not in same]
            with closing(file), readable(fragment.path):
                for batch in file.iter_batches(size, columns=own):
                    yield piece_of(_completed(batch, schema, same), inputs, keep)


def _completed(batch: pa.RecordBatch, schema: pa.Schema, same: dict[str, Any]) -> pa.RecordBatch:
    """Return a file's batch with the columns its folder's name stands for, in the set's types."""
    missing = set(schema.names) - set(batch.schema.names) - set(same)
    if missing:
        raise FeatureError(
            f"files with the columns {', '.join(schema.names)}",
            f"one without {', '.join(sorted(missing))}",
            "Files of one folder have the same columns.",
        )
    columns = [
        pa.array([same[field.name]] * batch.num_rows, field.type)
        if field.name in same
        else batch.column(field.name).cast(field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@dataclass(frozen=True, eq=False, slots=True)
class CsvSource:
    """Csv files with the same columns, read in the types of the model's signature."""

    files: tuple[Path, ...]
    inputs: Schema

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        with readable(self.files[0]):
            return tuple(pd.read_csv(self.files[0], nrows=0).columns)

    @property
    def n_rows(self) -> None:
        """Not known before all is read."""
        return

    def fields(self, names: Sequence[str]) -> list[pa.Field]:
        """Return names and types of columns: text, unless the model's signature says otherwise."""
        empty = pd.DataFrame({n: pd.Series([], dtype=t) for n, t in self._types(names).items()})
        typed_fields = pa.Schema.from_pandas(empty, preserve_index=False)
        return [f if f.type != pa.null() else pa.field(f.name, pa.string()) for f in typed_fields]

    def pieces(self, inputs: Sequence[str], keep: Sequence[str], size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        names = list(dict.fromkeys([*inputs, *keep]))
        schema = pa.schema(self.fields(keep))
        for path in self.files:
            with (
                readable(path),
                pd.read_csv(
                    path, dtype=self._types(names), usecols=names, chunksize=size, index_col=False
                ) as parts,
            ):
                for part in parts:
                    kept = pa.RecordBatch.from_pandas(
                        part[list(keep)], schema, preserve_index=False
                    )
                    yield Piece(part[list(inputs)], kept)

    def _types(self, names: Sequence[str]) -> dict[str, Any]:
        types = csv_types(self.columns, self.inputs)
        return {name: types[name] for name in names}


@contextmanager
def readable(path: Path | str) -> Iterator[None]:
    """Say which file cannot be read; the reader's own words may hold values of rows."""
    try:
        yield
    except ExplainError:
        raise
    except (ValueError, pa.ArrowException) as error:
        raise InvalidInputError(
            "a file of rows with the names of its columns, in the types of the model's signature",
            f"{path}, which is not read ({type(error).__name__})",
            "The ending of the name tells what it is; types are those of the signature.",
        ) from error
