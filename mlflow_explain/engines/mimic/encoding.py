"""`Encoding`: columns of any type as numbers, for surrogates, and attributions back to columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import columns_with_infinity
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, Rows

# Categories of a column that are told apart; the rarer ones count as one more, "other".
MAX_CATEGORIES = 100

# What a column holds, by pandas' name for its cells; all others are categories.
_KINDS = {
    "integer": "number", "floating": "number", "mixed-integer-float": "number",
    "decimal": "number", "empty": "number", "datetime": "time", "datetime64": "time",
    "date": "time", "timedelta": "time", "timedelta64": "time", "period": "time",
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Encoding:
    """How columns become the numbers that a surrogate is fitted on.

    Parameters
    ----------
    n_columns : int
        Number of columns.
    categories : mapping of int to tuple of str
        Position of a categorical column -> its categories in the order of their codes.
    others : frozenset of int
        Columns with categories besides: they share the code after the last one.
    one_hot : bool
        A column of zeros and ones per category; otherwise a column of codes, NaN where missing.
    fill : ndarray of shape (n_columns,), optional
        What stands for a missing number; by default NaN.
    """

    n_columns: int
    categories: Mapping[int, tuple[str, ...]]
    others: frozenset[int] = frozenset()
    one_hot: bool = False
    fill: FloatArray | None = None

    @property
    def widths(self) -> IntArray:
        """Encoded features of each column, (n_columns,)."""
        widths = np.ones(self.n_columns, dtype=np.int64)
        if self.one_hot:
            for position in self.categories:
                widths[position] = self.n_codes(position)
        return widths

    @property
    def column_of(self) -> IntArray:
        """The column that each encoded feature is made from, (n_encoded,)."""
        return np.repeat(np.arange(self.n_columns), self.widths)

    def n_codes(self, position: int) -> int:
        """Return the number of codes of a categorical column."""
        return len(self.categories[position]) + (position in self.others)

    def __call__(self, rows: Rows) -> Any:
        """Return rows as numbers, (n_rows, n_encoded); csr rows stay sparse.

        A category that is not known is one of the others where there are some, else missing:
        NaN as a code, zeros where it is one-hot.

        Raises
        ------
        InvalidInputError
            A column that held numbers holds something else, or infinity where it is one-hot: of
            all surrogates only LightGBM takes that.
        """
        infinite = columns_with_infinity(rows) if self.one_hot else []
        if infinite:
            raise InvalidInputError(
                "finite numbers, which this surrogate needs",
                f"infinity in column {', '.join(infinite)}",
                "Drop these rows, or use LGBMExplainableModel.",
            )
        if is_sparse(rows):
            return self._filled(rows.astype(np.float64))
        widths = self.widths
        starts = np.concatenate([[0], np.cumsum(widths)])
        encoded = np.zeros((rows.shape[0], int(starts[-1])))
        for position in range(self.n_columns):
            column = column_at(rows, position)
            if position not in self.categories:
                encoded[:, starts[position]] = self._numbers(column, position)
                continue
            codes = self._codes(column, position)
            if self.one_hot:
                known = np.flatnonzero(codes >= 0)
                encoded[known, starts[position] + codes[known]] = 1.0
            else:
                encoded[:, starts[position]] = np.where(codes < 0, np.nan, codes)
        return encoded

    def fold(self, local: LocalImportance) -> LocalImportance:
        """Return attributions per column: sums of those of its encoded features."""
        if len(self.column_of) == self.n_columns:
            return local
        return LocalImportance(self.summed(local.values, axis=1), local.base_values)

    def summed(self, values: FloatArray, axis: int = 0) -> FloatArray:
        """Return values of encoded features summed per column along an axis."""
        starts = np.concatenate([[0], np.cumsum(self.widths)[:-1]])
        return np.asarray(np.add.reduceat(values, starts, axis=axis))

    def settings(self) -> dict[str, Any]:
        """Return plain JSON values; `fill` is an array beside them."""
        return {
            "n_columns": self.n_columns,
            "categories": {str(at): list(names) for at, names in self.categories.items()},
            "others": sorted(self.others),
            "one_hot": self.one_hot,
        }

    def _numbers(self, column: pd.Series, position: int) -> FloatArray:
        try:
            numbers = _as_floats(column)
        except (TypeError, ValueError):
            # The cause repeats the value, so it is not chained.
            raise InvalidInputError(
                f"numbers in column {column.name}, as in the initialization examples",
                f"values of type {column.dtype}",
                "Pass the column in its own type, or name it in `categorical_features`.",
            ) from None
        if self.fill is None:
            return numbers
        return np.where(np.isnan(numbers), self.fill[position], numbers)

    def _filled(self, rows: Any) -> Any:
        """Return csr rows with the missing of their stored numbers filled in; a new matrix."""
        if self.fill is not None:
            missing = np.isnan(rows.data)
            rows.data[missing] = self.fill[rows.indices[missing]]
        return rows

    def _codes(self, column: pd.Series, position: int) -> IntArray:
        """Return positions among the categories; -1 where missing or not known."""
        codes, names = coded(column)
        known = pd.Index(self.categories[position], dtype=object)
        at = known.get_indexer(pd.Index(names, dtype=object))
        if position in self.others:
            at[at < 0] = len(known)
        # One more entry, for the missing ones, whose code is -1.
        return np.asarray(np.append(at, -1)[codes], dtype=np.int64)


def encoding_of(
    rows: Rows, categorical: Collection[int], *, one_hot: bool, filled: bool
) -> Encoding:
    """Return the encoding of rows like these.

    Parameters
    ----------
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        The rows to learn categories and means from.
    categorical : collection of int
        Positions of the categorical columns, see `categorical_columns`.
    one_hot : bool
        As of `Encoding`.
    filled : bool
        Missing numbers are taken for the mean of their column.
    """
    categories, others = {}, set()
    for position in sorted(categorical):
        codes, names = coded(column_at(rows, position))
        if len(names) > MAX_CATEGORIES:
            others.add(position)
            counts = np.bincount(codes[codes >= 0], minlength=len(names))
            names = [names[i] for i in np.argsort(-counts, kind="stable")[:MAX_CATEGORIES]]
        categories[position] = tuple(names)
    n_columns = int(rows.shape[1])
    encoding = Encoding(n_columns, categories, frozenset(others), one_hot)
    if not filled:
        return encoding
    return Encoding(n_columns, categories, frozenset(others), one_hot, _means(rows, encoding))


def categorical_columns(rows: Rows, named: Collection[int] = ()) -> frozenset[int]:
    """Return the positions of columns that hold categories: words, truth values, those named.

    Raises
    ------
    InvalidInputError
        A csr matrix is said to hold categories.
    """
    if is_sparse(rows):
        if named:
            raise InvalidInputError(
                "a DataFrame or an array where columns are categorical",
                "a sparse matrix with `categorical_features`",
                "Leave them out: a sparse matrix holds numbers.",
            )
        return frozenset()
    found = (at for at in range(rows.shape[1]) if _kind(column_at(rows, at)) == "category")
    return frozenset(named) | frozenset(found)


def column_at(rows: Rows, position: int) -> pd.Series:
    """Return a column as a Series; of an array it is named by its position."""
    if is_frame(rows):
        column: pd.Series = rows.iloc[:, position]
        return column
    return pd.Series(rows[:, position], name=str(position)).infer_objects()


def coded(column: pd.Series) -> tuple[IntArray, list[str]]:
    """Return codes of a column's values, -1 where missing, and the names of the codes.

    Numbers that are whole have one name in every type, since rows that travel as JSON may come
    back in another.
    """
    codes, values = pd.factorize(column)
    names = [name_of(value) for value in values]
    again, kept = pd.factorize(np.array(names, dtype=object), sort=True)
    return np.append(again, -1)[codes].astype(np.int64), [str(name) for name in kept]


def name_of(value: Any) -> str:
    """Return the name of a category: whole numbers have one in every type."""
    # A truth value is 1 or 0: so it comes from a table of numbers.
    numbers = (int, float, np.integer, np.floating, np.bool_)
    if isinstance(value, numbers) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _kind(column: pd.Series) -> str:
    """Return whether a column holds numbers, categories or times."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "category"
    return _KINDS.get(pd.api.types.infer_dtype(column, skipna=True), "category")


def _as_floats(column: pd.Series) -> FloatArray:
    """Return numbers, NaN where missing; times in seconds, of dates since 1970."""
    if _kind(column) != "time":
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    elif column.dtype == object:
        column = _of_objects(column)
    counts = column.dt.as_unit("us").astype("int64")
    return np.asarray(counts.where(column.notna()) / 1e6, dtype=np.float64)


def _of_objects(column: pd.Series) -> pd.Series:
    """Return dates, spans or periods of Python's types as a column of pandas' own."""
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred == "period":
        return pd.PeriodIndex(column).to_timestamp().to_series()
    # Dates without a zone count as of UTC, as those of pandas' own type do.
    is_span = inferred.startswith("timedelta")
    typed: pd.Series = pd.to_timedelta(column) if is_span else pd.to_datetime(column, utc=True)
    return typed


def _means(rows: Rows, encoding: Encoding) -> FloatArray:
    """Return the mean of the known numbers of each column, 0 of categories; (n_columns,)."""
    means = np.zeros(encoding.n_columns)
    if is_sparse(rows):
        stored = rows.tocsc()
        known: AnyArray = ~np.isnan(stored.data)
        column = np.repeat(np.arange(encoding.n_columns), np.diff(stored.indptr))
        sums = np.bincount(column[known], stored.data[known], minlength=encoding.n_columns)
        lost = np.bincount(column[~known], minlength=encoding.n_columns)
        return frozen_floats(sums / np.maximum(rows.shape[0] - lost, 1))
    for position in range(encoding.n_columns):
        if position not in encoding.categories:
            numbers = encoding._numbers(column_at(rows, position), position)  # noqa: SLF001
            known = numbers[~np.isnan(numbers)]
            means[position] = known.mean() if len(known) else 0.0
    return frozen_floats(means)
