"""`Job`: a model, its rows, and which of their columns go where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from tqdm import tqdm

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import (
    ExplainError,
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
)
from mlflow_explain.tracking.batch.columns import arranged
from mlflow_explain.tracking.batch.rows import named_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mlflow.types.schema import Schema

    from mlflow_explain.tracking.batch.model import BatchModel
    from mlflow_explain.tracking.batch.pieces import Piece
    from mlflow_explain.tracking.batch.sources import Source

ALL = "all"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of the rows go where.

    Parameters
    ----------
    inputs : tuple of str
        Those the model takes.
    keep : tuple of str
        Those that are carried to the results.
    """

    inputs: tuple[str, ...]
    keep: tuple[str, ...]

    @classmethod
    def of(
        cls, present: Sequence[str], inputs: Schema, keep: Any, results: Sequence[str]
    ) -> Columns:
        """Return the columns of rows, after checking them against the signature.

        Parameters
        ----------
        present : sequence of str
            All columns of the rows.
        inputs : mlflow.types.Schema
            The model's. Where it has no names, all columns but the kept ones are its inputs.
        keep : sequence of str or "all"
            As the user wrote it.
        results : sequence of str
            Names of the results.

        Raises
        ------
        FeatureError
            A column is missing, there twice, or named as a result is.
        """
        _check_distinct(present)
        is_all = isinstance(keep, str) and keep == ALL
        kept = tuple(present) if is_all else _listed(keep, present)
        taken = sorted(set(kept) & set(results))
        if taken:
            raise FeatureError(
                f"columns to keep with names other than {', '.join(results)}",
                ", ".join(taken),
                "Rename them, or leave them out of `keep`.",
            )
        named = named_inputs(inputs, present)
        if named is None:
            beside = set() if is_all else set(kept)
            named = [name for name in present if name not in beside]
        return cls(tuple(named), kept)


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """What is scored, and by what.

    Parameters
    ----------
    model : BatchModel
        Scores a chunk.
    source : Source
        The rows.
    columns : Columns
        Which of their columns go where.
    size : int
        Most rows of a chunk.
    """

    model: BatchModel
    source: Source
    columns: Columns
    size: int

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the kept columns and the results."""
        return pa.schema([*self.source.fields(self.columns), *self.model.schema])

    def run(self, write: Callable[[pa.RecordBatch], None], *, show_progress: bool) -> None:
        """Score all rows, giving each chunk away before the next one is read."""
        n_rows, hidden = self.source.n_rows, None if show_progress else True
        with tqdm(total=n_rows, unit="row", unit_scale=True, disable=hidden) as bar:
            done = 0
            for batch in self.batches():
                write(batch)
                done += batch.num_rows
                bar.update(batch.num_rows)
        if n_rows is not None:
            _check_length(done, n_rows, "all that was read")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the results of each chunk."""
        schema = self.schema
        for piece in self.source.pieces(self.columns, self.size):
            if piece.n_rows:
                yield scored(self.model, piece, schema)


def scored(model: BatchModel, piece: Piece, schema: pa.Schema) -> pa.RecordBatch:
    """Return the kept columns of a piece and its results.

    Raises
    ------
    InvalidInputError
        The model refuses the rows.
    LengthMismatchError
        There are not as many results as rows.
    """
    kept = dict(zip(piece.kept.schema.names, piece.kept.columns, strict=True))
    with _told_where(piece):
        found = model.scored(piece.rows)
    for column in (*kept.values(), *found.values()):
        _check_length(len(column), piece.n_rows, piece.where)
    return arranged(schema, {**kept, **found})


@contextmanager
def _told_where(piece: Piece) -> Iterator[None]:
    """Say which rows are refused. A model's own words may hold their values."""
    try:
        yield
    except InvalidInputError as error:
        raise type(error)(error.expected, f"{error.got}, in {piece.where}", error.fix) from error
    except (ExplainError, MemoryError):
        raise
    except Exception as error:
        raise InvalidInputError(
            "rows that the model takes",
            f"{piece.where}, which it refuses ({type(error).__name__})",
            "Missing or infinite values are what most models refuse.",
        ) from error


def _check_length(n_results: int, n_rows: int, where: str) -> None:
    if n_results != n_rows:
        raise LengthMismatchError(
            f"a result for each row, {n_rows} for {where}",
            f"{n_results}",
            "The model, or a step before it, drops or adds rows.",
        )


def _check_distinct(present: Sequence[str]) -> None:
    doubled = sorted(str(name) for name, count in Counter(present).items() if count > 1)
    if doubled:
        raise FeatureError(
            "columns with distinct names",
            f"{', '.join(doubled)} more than once",
            "Rename or drop the duplicates.",
        )


def _listed(keep: Any, present: Sequence[str]) -> tuple[str, ...]:
    is_list = isinstance(keep, Iterable) and not isinstance(keep, str)
    # Once: what only yields them has none left the second time.
    names = tuple(keep) if is_list else ()
    if not is_list or not all(_is_name(name) for name in names):
        raise InvalidInputError(
            f"`keep` to be a list of names of columns, or {ALL!r}", shown(keep), "Pass a list."
        )
    names = tuple(dict.fromkeys(map(str, names)))
    missing = [name for name in names if name not in set(present)]
    if missing:
        raise FeatureError(
            f"the columns {', '.join(names)} to keep",
            f"rows without {', '.join(missing)}",
            "Name columns that are there.",
        )
    return names


def _is_name(name: Any) -> bool:
    # Names of a frame's columns may be numbers; they are compared as text.
    return isinstance(name, str | Integral) and not isinstance(name, bool)
