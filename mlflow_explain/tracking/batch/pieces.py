"""`Piece`: some of the rows, on their way to the model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Some of the rows.

    Parameters
    ----------
    rows : DataFrame
        The columns the model takes.
    kept : RecordBatch
        The columns that are carried to the results.
    n_rows : int
        How many they are; a table without columns does not know.
    origin : str
        Where they come from, as errors name it.
    start : int
        How many rows lie before them there.
    """

    rows: pd.DataFrame
    kept: pa.RecordBatch
    n_rows: int
    origin: str
    start: int

    @property
    def where(self) -> str:
        """Which rows these are, the first of a file or table being 1."""
        return f"rows {self.start + 1} to {self.start + self.n_rows} of {self.origin}"


def piece_of(
    batch: pa.RecordBatch, inputs: Sequence[str], keep: Sequence[str], origin: str, start: int
) -> Piece:
    """Return an Arrow batch as pandas reads it from a parquet file, beside what is kept of it."""
    table = _without_index(_plain_decimals(pa.Table.from_batches([batch.select(list(inputs))])))
    return Piece(table.to_pandas(), batch.select(list(keep)), batch.num_rows, origin, start)


def _plain_decimals(table: pa.Table) -> pa.Table:
    """Return a table whose decimals are floating point: models have no others."""
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            plain = table.column(place).cast(pa.float64())
            table = table.set_column(place, field.name, plain)
    return table


def _without_index(table: pa.Table) -> pa.Table:
    """Return a table of which pandas makes no column an index; their types it knows still."""
    told = dict(table.schema.metadata or {})
    if b"pandas" not in told:
        return table
    plain = {**json.loads(told[b"pandas"]), "index_columns": [], "column_indexes": []}
    return table.replace_schema_metadata({**told, b"pandas": json.dumps(plain).encode()})
