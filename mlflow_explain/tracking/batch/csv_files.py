"""Csv files as rows that are read piece by piece."""

from __future__ import annotations

import lzma
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from mlflow_explain.errors import FeatureError, InvalidInputError
from mlflow_explain.tracking.batch.pieces import Piece
from mlflow_explain.tracking.batch.readable import readable
from mlflow_explain.tracking.batch.rows import csv_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlflow.types.schema import Schema

    from mlflow_explain.tracking.batch.job import Columns

# What is counted at a time; a row must fit into it.
_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False, slots=True)
class CsvSource:
    """Csv files with the same columns, read in the types of the model's signature."""

    files: tuple[Path, ...]
    inputs: Schema

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return _header(self.files[0])

    @property
    def n_rows(self) -> None:
        """Not known before all is read."""
        return

    def fields(self, columns: Columns) -> list[pa.Field]:
        """Return names and types of the kept columns: text, but for those the model takes."""
        types = self._types(columns)
        empty = pd.DataFrame({name: pd.Series([], dtype=types[name]) for name in columns.keep})
        typed_fields = pa.Schema.from_pandas(empty, preserve_index=False)
        return [f if f.type != pa.null() else pa.field(f.name, pa.string()) for f in typed_fields]

    def pieces(self, columns: Columns, size: int) -> Iterator[Piece]:
        """Yield all rows in order, at most so many at a time."""
        schema, types = pa.schema(self.fields(columns)), self._types(columns)
        for path in self.files:
            _check_header(path, types)
            _check_cells(path)
            start = 0
            for part in _parts(path, types, size):
                kept = pa.RecordBatch.from_pandas(
                    part[list(columns.keep)], schema, preserve_index=False
                )
                yield Piece(part[list(columns.inputs)], kept, len(part), str(path), start)
                start += len(part)

    def _types(self, columns: Columns) -> dict[str, Any]:
        """Return the types to read in: nothing tells those of columns that are only kept."""
        text = dict.fromkeys(columns.keep, np.dtype(object))
        return {**text, **csv_types(columns.inputs, self.inputs)}


def _parts(path: Path, types: Mapping[str, Any], size: int) -> Iterator[pd.DataFrame]:
    start = 0
    with (
        readable(path),
        pd.read_csv(
            path, dtype=dict(types), usecols=list(types), chunksize=size, index_col=False
        ) as parts,
    ):
        while True:
            try:
                part = next(parts, None)
            except (pd.errors.ParserError, UnicodeError):
                raise
            except (ValueError, OverflowError) as error:
                raise _wrong_type(path, types, size, start) from error
            if part is None:
                return
            yield part
            start += len(part)


def _wrong_type(path: Path, types: Mapping[str, Any], size: int, start: int) -> InvalidInputError:
    """Return which column's text is not of its type: pandas names none."""
    names = [name for name, kind in types.items() if kind != np.dtype(object)]
    where, seen = str(path), 0
    with pd.read_csv(path, dtype=str, usecols=names, chunksize=size, index_col=False) as parts:
        for part in parts:
            if seen == start:
                where = f"{path}, in one of its rows {start + 1} to {start + len(part)}"
                names = [name for name in names if not _is_of_type(part[name], types[name])]
                break
            seen += len(part)
    told = ", ".join(f"{name} ({types[name]})" for name in names)
    return InvalidInputError(
        f"columns of the types of the model's signature: {told}",
        f"what is not of its type in {', '.join(names)} of {where}",
        "Correct the row; where a number may be missing, the signature has to say double.",
    )


def _is_of_type(texts: pd.Series, kind: Any) -> bool:
    try:
        pd.read_csv(StringIO(texts.to_csv(index=False)), dtype=kind, skip_blank_lines=False)
    except (ValueError, OverflowError):
        return False
    return True


def _header(path: Path) -> tuple[str, ...]:
    """Return the names in the first line as they are: pandas would rename the same ones."""
    with readable(path):
        cells = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False)
    names = cells.iloc[0].tolist()
    return tuple(name or f"Unnamed: {place}" for place, name in enumerate(names))


def _check_header(path: Path, types: Mapping[str, Any]) -> None:
    header = _header(path)
    missing = [name for name in types if name not in header]
    if missing or len(set(header)) < len(header):
        raise FeatureError(
            f"a file with the columns {', '.join(types)}, each once",
            f"{path} without {', '.join(missing)}" if missing else f"{path} with one twice",
            "Files of one folder have the same columns.",
        )


def _check_cells(path: Path) -> None:
    """Refuse a file with a row longer than the line of names: which cell is whose is not known.

    pandas would cut such rows, or take the first cells of all rows as their names.
    """
    longer: list[int] = []

    def told(row: pc.InvalidRow) -> Literal["error", "skip"]:
        if row.actual_columns <= row.expected_columns:
            return "skip"
        longer.append(row.number)
        return "error"

    with readable(path):
        try:
            with closing(_opened(path)) as file, _counted(file, told) as reader:
                for _ in reader:
                    pass
        except pa.ArrowInvalid as error:
            if not longer:
                raise
            raise InvalidInputError(
                "rows with no more cells than the first line of the file has names",
                f"row {longer[0] - 1} of {path} with more",
                "Give each column a name; the names of R's rows are a column, too.",
            ) from error


def _opened(path: Path) -> Any:
    # Arrow decompresses all the others itself.
    return lzma.open(path) if path.suffix == ".xz" else pa.input_stream(str(path))


def _counted(file: Any, told: Any) -> pc.CSVStreamingReader:
    """Return a reader that asks about rows of other lengths, and converts next to nothing."""
    return pc.open_csv(
        file,
        pc.ReadOptions(use_threads=False, block_size=_BLOCK, autogenerate_column_names=True),
        pc.ParseOptions(newlines_in_values=True, invalid_row_handler=told),
        pc.ConvertOptions(include_columns=["f0"], column_types={"f0": pa.binary()}),
    )
