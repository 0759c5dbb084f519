"""What is drawn, once for all rows: cells of the examples, and distances from a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.engines.black_box.masking import codes_of, len_of
from mlflow_explain.engines.lime.columns import (
    Bins,
    Categories,
    Column,
    Grouped,
    Number,
    array_of,
    assembled,
    is_number,
    numbers_of,
    one_by_one,
    taken,
)
from mlflow_explain.explanation._arrays import frozen, frozen_floats

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlflow_explain._typing import FloatArray, IntArray, Rows

QUARTILES = (25, 50, 75)


@dataclass(frozen=True, eq=False, slots=True)
class Draw:
    """Columns with their samples.

    Parameters
    ----------
    columns : tuple of Grouped or Number
        In the order of the rows' columns.
    rows : DataFrame, ndarray, csr_matrix or None
        The samples as the model takes them, (n_samples, n_features), where they are the same for
        every row; None where numbers lie around the row's.
    """

    columns: tuple[Column, ...]
    rows: Rows | None


def draw(
    examples: Rows,
    background: Rows,
    n_samples: int,
    seed: int,
    *,
    discretize: bool,
    categorical: Collection[int],
) -> Draw:
    """Draw samples column by column.

    Parameters
    ----------
    examples : DataFrame, ndarray or csr_matrix
        All initialization examples, as the model takes them.
    background : DataFrame, ndarray or csr_matrix
        Those over which the base value is the mean.
    n_samples : int
        Samples to draw.
    seed : int
        Seed of the draw; each column has random numbers of its own.
    discretize : bool
        Numbers are in groups between quartiles.
    categorical : collection of int
        Positions of columns whose numbers are codes.
    """
    columns: list[Column] = []
    cells: list[Any] = []
    pairs = zip(one_by_one(examples), one_by_one(background), strict=True)
    for j, (column, absent) in enumerate(pairs):
        random = np.random.default_rng([seed, j])
        sample = taken(column, _positions(len_of(column), n_samples, random))
        if j in categorical or not is_number(column):
            columns.append(_grouped(_categories(sample), sample, absent))
        elif discretize:
            columns.append(_grouped(_bins(column), sample, absent))
        else:
            columns.append(_number(column, sample, absent, random))
        cells.append(array_of(sample))
    shared = all(isinstance(column, Grouped) for column in columns)
    return Draw(tuple(columns), assembled(cells, background) if shared else None)


def _positions(n_examples: int, n_samples: int, random: np.random.Generator) -> IntArray:
    """Return positions in random order, each as often as any other, or once more."""
    return random.permutation(np.resize(random.permutation(n_examples), n_samples))


def _categories(sample: Rows) -> Categories:
    _, first = np.unique(codes_of(array_of(sample)), return_index=True)
    cells = taken(sample, np.sort(first))
    return Categories(cells.reset_index(drop=True) if is_frame(cells) else cells)


def _bins(column: Rows) -> Bins:
    numbers = numbers_of(column)
    known = numbers[np.isfinite(numbers)]
    edges = np.unique(np.percentile(known, QUARTILES)) if len(known) else known
    return Bins(frozen_floats(edges))


def _grouped(reader: Bins | Categories, sample: Rows, absent: Rows) -> Grouped:
    groups = reader.groups(absent)
    share = np.bincount(groups[groups >= 0], minlength=reader.n_groups) / len(groups)
    return Grouped(reader, frozen(reader.groups(sample)), frozen_floats(share))


def _number(column: Rows, sample: Rows, absent: Rows, random: np.random.Generator) -> Number:
    numbers, of_absent = numbers_of(column), numbers_of(absent)
    known, present = numbers[np.isfinite(numbers)], of_absent[np.isfinite(of_absent)]
    drawn = numbers_of(sample)
    return Number(
        scale=float(known.std()) if len(known) else 0.0,
        mean=float(present.mean()) if len(present) else 0.0,
        missing=1.0 - len(present) / len(of_absent),
        noise=frozen_floats(_mirrored(len(drawn), random)),
        drawn=frozen_floats(drawn),
        like=taken(column, np.arange(0)),
    )


def _mirrored(n_samples: int, random: np.random.Generator) -> FloatArray:
    """Return normal numbers, and their negatives: what is curved does not look like a slope."""
    half = random.standard_normal(-(-n_samples // 2))
    return np.asarray(np.concatenate([half, -half])[:n_samples])
