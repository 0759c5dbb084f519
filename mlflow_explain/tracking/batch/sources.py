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
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from mlflow.types.schema import Schema


class Source(Protocol):
    """Rows that are read piece by piece."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""

    @property
    def n_rows(self) -> int | None:
        """How many rows there are, where that is known before they are read."""

    def fields(self, names: Sequence[str]) -> list[pa.Field]:
        """Return names and types of columns that are carried to the results."""

    def pieces(self, inputs: Sequence[str], keep: Sequence[str], size: int) -> Iterator[Piece]:
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
    if is_frame(given):
        return FrameSource(given)
    if isinstance(given, pa.Table):
        return ReaderSource(given.to_reader(), given.num_rows)
    if isinstance(given, pa.RecordBatchReader):
        return ReaderSource(given, None)
    if isinstance(given, str | Path):
        return files.source_of_path(_local(str(given)), inputs)
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
    """A DataFrame."""

    frame: pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.frame.columns)

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.frame)

    def fields(self, names: Sequence[str]) -> list[pa.Field]:
        """Return names and types of columns."""
        return list(pa.Schema.from_pandas(self.frame[list(names)], preserve_index=False))

    def pieces(self, inputs: Sequence[str], keep: Sequence[str], size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        schema = pa.schema(self.fields(keep))
        for start in range(0, len(self.frame), size):
            part = self.frame.iloc[start : start + size]
            kept = pa.RecordBatch.from_pandas(part[list(keep)], schema, preserve_index=False)
            yield Piece(part[list(inputs)], kept)


@dataclass(frozen=True, eq=False, slots=True)
class ReaderSource:
    """Arrow batches, read once."""

    reader: pa.RecordBatchReader
    n_rows: int | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.reader.schema.names)

    def fields(self, names: Sequence[str]) -> list[pa.Field]:
        """Return names and types of columns."""
        return [self.reader.schema.field(name) for name in names]

    def pieces(self, inputs: Sequence[str], keep: Sequence[str], size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        for batch in self.reader:
            for start in range(0, batch.num_rows, size):
                yield piece_of(batch.slice(start, size), inputs, keep)
