"""`RowFormat`: how the rows a model takes become the matrix its splits compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import FloatArray, Rows


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class RowFormat:
    """What a model does to rows before its splits see them.

    Parameters
    ----------
    single : bool
        Values are compared in single precision.
    categories : mapping of int to list
        Feature -> its categories in the order of their codes.
    unknown_is_missing : bool
        A value that is none of the categories is missing; otherwise rows with one are refused.
    encodes_numbers : bool
        Categories are looked up in arrays, too; otherwise only in DataFrame columns of type
        category, and numbers are taken for codes.
    absent_is_missing : bool
        Entries a csr matrix does not store are missing, not zero.
    missing : float
        The value that stands for missing, beside NaN.
    """

    single: bool = False
    categories: Mapping[int, list[Any]] = field(default_factory=dict)
    unknown_is_missing: bool = True
    encodes_numbers: bool = False
    absent_is_missing: bool = False
    missing: float = float("nan")

    def matrix(self, rows: Rows) -> FloatArray:
        """Return rows as a contiguous matrix of float64, (n_rows, n_features)."""
        try:
            filled = self._numbers(rows)
        except InvalidInputError:
            raise
        except (TypeError, ValueError):
            # The reason itself may hold a cell.
            raise InvalidInputError(
                "columns of numbers, or of categories where the model was fitted with categories",
                "rows with others",
                "Pass rows with the types of the rows it was fitted on.",
            ) from None
        if not np.isnan(self.missing):
            same = filled == self.missing
            if self.single:
                same = filled.astype(np.float32) == np.float32(self.missing)
            filled = np.where(same, np.nan, filled)
        return np.ascontiguousarray(filled)

    def _numbers(self, rows: Rows) -> FloatArray:
        if is_sparse(rows):
            return self._of_sparse(rows)
        return self._of_frame(rows) if is_frame(rows) else self._of_array(np.asarray(rows))

    def settings(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "single": self.single,
            "categories": {str(f): values for f, values in self.categories.items()},
            "unknown_is_missing": self.unknown_is_missing,
            "encodes_numbers": self.encodes_numbers,
            "absent_is_missing": self.absent_is_missing,
            # Strict JSON has no infinity.
            "missing": None if np.isnan(self.missing) else str(self.missing),
        }

    def _of_sparse(self, rows: Rows) -> FloatArray:
        if not self.absent_is_missing:
            return dense(rows, np.float64)
        stored = rows.tocoo()
        filled = np.full(rows.shape, np.nan)
        filled[stored.row, stored.col] = stored.data
        return filled

    def _of_frame(self, rows: Rows) -> FloatArray:
        if not self.categories:
            return np.asarray(rows.to_numpy(dtype=np.float64, na_value=np.nan))
        filled = np.empty(rows.shape)
        for position in range(rows.shape[1]):
            column = rows.iloc[:, position]
            known = self.categories.get(position)
            encoded = isinstance(column.dtype, pd.CategoricalDtype) or self.encodes_numbers
            if known is not None and encoded:
                filled[:, position] = self._codes(column, known)
            else:
                filled[:, position] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return filled

    def _of_array(self, rows: Any) -> FloatArray:
        if not (self.categories and self.encodes_numbers):
            return np.asarray(rows, dtype=np.float64)
        filled = np.empty(rows.shape)
        for position in range(rows.shape[1]):
            known = self.categories.get(position)
            column = rows[:, position]
            filled[:, position] = column if known is None else self._codes(pd.Series(column), known)
        return filled

    def _codes(self, column: pd.Series, known: list[Any]) -> FloatArray:
        """Return positions among the known categories; NaN where missing."""
        if all(isinstance(value, bool) for value in known):
            # To a model True is 1; an index tells them apart.
            known, column = [int(value) for value in known], _numbers(column)
        found = pd.Index(known).get_indexer(pd.Index(column))
        codes = np.asarray(found, dtype=np.float64)
        unknown = codes < 0
        if not self.unknown_is_missing and (unknown & column.notna().to_numpy()).any():
            raise InvalidInputError(
                "categories that the model was fitted with",
                f"others, in the column {column.name}",
                "The model takes them for one that it knows, or raises: leave these rows out, or "
                "make these cells missing.",
            )
        codes[unknown] = np.nan
        return codes


def from_settings(settings: Mapping[str, Any]) -> RowFormat:
    """Return the format `RowFormat.settings` was made of."""
    missing = settings["missing"]
    return RowFormat(
        single=settings["single"],
        categories={int(f): values for f, values in settings["categories"].items()},
        unknown_is_missing=settings["unknown_is_missing"],
        encodes_numbers=settings["encodes_numbers"],
        absent_is_missing=settings["absent_is_missing"],
        missing=float("nan") if missing is None else float(missing),
    )


def _numbers(column: pd.Series) -> pd.Series:
    """Return a column of truths as numbers; anything else stays what it is."""
    plain = column.astype(object)
    return plain.where(plain.isna(), plain * 1).infer_objects()
