"""Scores of a model where one column after the other is shuffled.

Each column is shuffled by the same permutations. Shuffled copies of many columns are asked
together: a forest's `predict` costs milliseconds before it sees a row. A row whose cell did not
change keeps its answer, and equal rows of several repeats are asked once.

Breiman 2001, "Random forests", https://doi.org/10.1023/A:1010933404324
Fisher, Rudin and Dominici 2019, "All models are wrong, but many are useful",
https://doi.org/10.48550/arXiv.1801.01489
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from mlflow_explain.engines.black_box.masking import len_of, part_of
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows
    from mlflow_explain.engines.permutation.cells import Cells

    # The model's answers by the name of its method, one line per row.
    Answers: TypeAlias = Mapping[str, AnyArray]
    Ask: TypeAlias = Callable[[Rows], Answers]

# Rows given to the model at a time.
MAX_BYTES = 64 * 2**20


def permutations(n_rows: int, n_repeats: int, seed: int) -> IntArray:
    """Return the permutations that scikit-learn's `permutation_importance` draws.

    Parameters
    ----------
    n_rows, n_repeats : int
        How long, and how many.
    seed : int
        What scikit-learn calls ``random_state``.

    Returns
    -------
    ndarray of shape (n_repeats, n_rows)
        Row i has the cell of row ``permutations[r, i]`` in repeat r.
    """
    # scikit-learn draws a seed, and begins anew with it for each column.
    first = np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1)
    random = np.random.RandomState(first)
    drawn = np.empty((n_repeats, n_rows), dtype=np.int64)
    order, shuffled = np.arange(n_rows), np.arange(n_rows)
    for repeat in range(n_repeats):
        # It shuffles the order again, and the column shuffled before by it.
        random.shuffle(order)
        shuffled = shuffled[order]
        drawn[repeat] = shuffled
    return drawn


def rows_at_a_time(cells: Cells) -> int:
    """Return how many rows the model is given at a time."""
    return max(1, MAX_BYTES // cells.bytes_per_row)


def permuted_scores(
    cells: Cells,
    columns: Sequence[int],
    order: IntArray,
    ask: Ask,
    baseline: Answers,
    score: Callable[[Answers], FloatArray],
) -> Iterator[FloatArray]:
    """Yield the scores of shuffled columns, as many columns at a time as are asked together.

    Parameters
    ----------
    cells : Cells
        Of the rows.
    columns : sequence of int
        Positions of the columns to shuffle, one at a time.
    order : ndarray of shape (n_repeats, n_rows)
        The permutations.
    ask : callable
        ``rows -> answers`` of the model.
    baseline : mapping of str to ndarray of shape (n_rows, ...)
        Answers for the rows as they are.
    score : callable
        ``answers -> (n_repeats,)`` for answers of shape (n_repeats, n_rows, ...).

    Yields
    ------
    ndarray of shape (n_columns_asked, n_repeats)
    """
    most = rows_at_a_time(cells)
    for batch in _batches((_move(cells, column, order) for column in columns), most):
        asked = _asked(cells, batch, ask, most)
        begin, scores = 0, []
        for move in batch:
            own = slice(begin, begin + len(move.row))
            answers = {
                name: _repeated(of_rows, move, asked[name][own] if asked else of_rows[:0])
                for name, of_rows in baseline.items()
            }
            scores.append(score(answers))
            begin = own.stop
        yield np.array(scores)


def answered(rows: Rows, ask: Ask, most: int) -> Answers:
    """Return the model's answers, asked for at most so many rows at a time."""
    n_rows = len_of(rows)
    parts = [ask(part_of(rows, slice(i, i + most))) for i in range(0, n_rows, most)]
    return _joined(parts, n_rows)


@dataclass(frozen=True, eq=False, slots=True)
class _Move:
    """What shuffling a column changes.

    Parameters
    ----------
    column : int
        Position of the column.
    row, source : ndarray of shape (n_distinct,)
        Rows to ask for, and those their new cells come from: none of them equal.
    at : ndarray of shape (n_changed,)
        Positions of the changed rows among all repeats' rows, (n_repeats, n_rows) in a line.
    place : ndarray of shape (n_changed,)
        Which of the distinct rows each of them is.
    shape : tuple of int
        (n_repeats, n_rows).
    """

    column: int
    row: IntArray
    source: IntArray
    at: IntArray
    place: IntArray
    shape: tuple[int, ...]


def _move(cells: Cells, column: int, order: IntArray) -> _Move:
    codes = cells.codes(column)
    moved = codes[order]
    at = np.flatnonzero(moved != codes)
    n_rows = len(codes)
    place, distinct = pd.factorize(moved.ravel()[at] * n_rows + at % n_rows)
    first = np.empty(len(distinct), dtype=np.int64)
    # Written backwards, so that the first of equal rows stays.
    first[place[::-1]] = at[::-1]
    return _Move(column, first % n_rows, order.ravel()[first], at, place, order.shape)


def _batches(moves: Iterator[_Move], most: int) -> Iterator[list[_Move]]:
    """Yield columns that are asked together: of so many rows, or one of more."""
    batch: list[_Move] = []
    n_rows = 0
    for move in moves:
        if batch and n_rows + len(move.row) > most:
            yield batch
            batch, n_rows = [], 0
        batch.append(move)
        n_rows += len(move.row)
    if batch:
        yield batch


def _asked(cells: Cells, batch: list[_Move], ask: Ask, most: int) -> Answers:
    """Return the answers for all rows of a batch, in order; none for no rows."""
    row = np.concatenate([move.row for move in batch])
    source = np.concatenate([move.source for move in batch])
    column = np.repeat([move.column for move in batch], [len(move.row) for move in batch])
    parts = []
    for begin in range(0, len(row), most):
        part = slice(begin, begin + most)
        parts.append(ask(cells.mixed(row[part], column[part], source[part])))
    return _joined(parts, len(row)) if parts else {}


def _joined(parts: list[Answers], n_rows: int) -> Answers:
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for answer in joined.values():
        if len(answer) != n_rows:
            raise InvalidInputError(
                f"a model that answers once for each of {n_rows} rows",
                f"{len(answer)} answers",
                "Explain a model that answers row by row.",
            )
    return joined


def _repeated(baseline: AnyArray, move: _Move, asked: AnyArray) -> AnyArray:
    """Return the answers of all repeats, (n_repeats, n_rows, ...)."""
    index = np.tile(np.arange(move.shape[1]), move.shape[0])
    index[move.at] = move.shape[1] + move.place
    return np.asarray(np.concatenate([baseline, asked])[index.reshape(move.shape)])
