"""`Source`: rows that are read piece by piece, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.batch import files
from mlflow_explain.tracking.batch.pieces import Piece, piece_of
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.places import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from mlflow.types.schema import Schema

    from mlflow_explain.tracking.batch.job import Columns


class Source(Protocol):
    """Rows that are read piece by piece."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""

    @property
    def n_rows(self) -> int | None:
        """How many rows there are, where that is known before they are read."""

    def fields(self, columns: Columns) -> list[pa.Field]:
        """Return names and types of the columns that are carried to the results."""

    def pieces(self, columns: Columns, size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""


def source_of(given: Any, inputs: Schema) -> Source:
    """Return the rows of a file, a folder of files, a table or a reader.

    Parameters
    ----------
    given : DataFrame, pyarrow.Table, pyarrow.RecordBatchReader, str or Path
        A path ends in ``.parquet`` or ``.csv``, or is a folder of such files; an address of
        artifacts is fetched.
    inputs : mlflow.types.Schema
        Of the model: a csv file is read in its types.

    Raises
    ------
    ArtifactNotFoundError
        No such file.
    InvalidInputError
        It is something else.
    """
    check_kind(given)
    if is_frame(given):
        return FrameSource(given.set_axis([str(name) for name in given.columns], axis=1))
    if isinstance(given, pa.Table):
        return ReaderSource(given.to_reader(), given.num_rows)
    if isinstance(given, pa.RecordBatchReader):
        return ReaderSource(given, None)
    return files.source_of_path(_local(str(given)), inputs)


def check_kind(given: Any) -> None:
    """Refuse what are no rows.

    Raises
    ------
    InvalidInputError
        It is neither a path nor a table.
    """
    if not (is_frame(given) or isinstance(given, pa.Table | pa.RecordBatchReader | str | Path)):
        raise InvalidInputError(
            "the path of a parquet or csv file or folder, a DataFrame, a pyarrow Table or reader",
            shown(given),
            "Pass one of these.",
        )


def _local(path: str) -> Path:
    if is_uri(path):
        with typed(f"give {path}"):
            return nested.downloaded(path)
    return Path(path)


@dataclass(frozen=True, eq=False, slots=True)
class FrameSource:
    """A DataFrame; the names of its columns are text."""

    frame: pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.frame.columns)

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.frame)

    def fields(self, columns: Columns) -> list[pa.Field]:
        """Return names and types of the kept columns."""
        return [_field(self.frame[[name]], name) for name in columns.keep]

    def pieces(self, columns: Columns, size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        inputs, keep = list(columns.inputs), list(columns.keep)
        schema = pa.schema(self.fields(columns))
        for start in range(0, len(self.frame), size):
            part = self.frame.iloc[start : start + size]
            kept = _kept(part[keep], schema)
            yield Piece(part[inputs], kept, len(part), "the DataFrame", start)


def _field(column: pd.DataFrame, name: str) -> pa.Field:
    """Return the type of a column, if Arrow has one and makes it of values."""
    try:
        schema = pa.Schema.from_pandas(column, preserve_index=False)
        pa.Table.from_pandas(column.head(1), schema, preserve_index=False).to_pandas()
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise _not_kept(name) from error
    return schema.field(name)


def _kept(part: pd.DataFrame, schema: pa.Schema) -> pa.RecordBatch:
    try:
        return pa.RecordBatch.from_pandas(part, schema, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise _not_kept(", ".join(schema.names)) from error


def _not_kept(names: str) -> InvalidInputError:
    return InvalidInputError(
        "columns to keep of one type that Arrow has",
        f"others among {names}",
        "Convert them to text, or leave them out of `keep`.",
    )


@dataclass(frozen=True, eq=False, slots=True)
class ReaderSource:
    """Arrow batches, read once."""

    reader: pa.RecordBatchReader
    n_rows: int | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.reader.schema.names)

    def fields(self, columns: Columns) -> list[pa.Field]:
        """Return names and types of the kept columns."""
        return [self.reader.schema.field(name) for name in columns.keep]

    def pieces(self, columns: Columns, size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        seen = 0
        for batch in self.reader:
            for start in range(0, batch.num_rows, size):
                part = batch.slice(start, size)
                yield piece_of(part, columns.inputs, columns.keep, "the table", seen + start)
            seen += batch.num_rows
