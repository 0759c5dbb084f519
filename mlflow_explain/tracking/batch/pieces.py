"""`Piece`: some of the rows, on their way to the model."""

from __future__ import annotations

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
    """

    rows: pd.DataFrame
    kept: pa.RecordBatch


def piece_of(batch: pa.RecordBatch, inputs: Sequence[str], keep: Sequence[str]) -> Piece:
    """Return an Arrow batch as pandas reads it from a parquet file, beside what is kept of it."""
    rows = _plain_decimals(pa.Table.from_batches([batch.select(list(inputs))]))
    return Piece(rows.to_pandas().reset_index(drop=True), batch.select(list(keep)))


def _plain_decimals(table: pa.Table) -> pa.Table:
    """Return a table whose decimals are floating point: models have no others."""
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            plain = table.column(place).cast(pa.float64())
            table = table.set_column(place, field.name, plain)
    return table
