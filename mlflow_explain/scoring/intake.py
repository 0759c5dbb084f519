"""`Intake`: rows of a request in the columns the explainer knows, by the shortest way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.table import Table, align, columns_with_infinity
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows


@dataclass(frozen=True, eq=False, slots=True)
class Intake:
    """How rows are taken in.

    Parameters
    ----------
    template : Table
        No rows: the raw columns with their types.
    """

    template: Table
    _floats: tuple[Any, ...] = field(init=False)
    _all_doubles: bool = field(init=False)

    def __post_init__(self) -> None:
        data = self.template.data
        dtypes = list(data.dtypes.items()) if is_frame(data) else []
        # Integers hold no infinity; what a nullable type holds is checked with the numbers.
        floats = tuple(n for n, t in dtypes if getattr(t, "kind", "O") == "f")
        object.__setattr__(self, "_floats", floats)
        doubles = bool(dtypes) and all(dtype == np.float64 for _, dtype in dtypes)
        object.__setattr__(self, "_all_doubles", doubles)

    def aligned(self, rows: Any) -> Rows:
        """Return rows in the template's columns; of numbers as one block, which is read faster."""
        data = self.template.data
        if self._all_doubles and is_frame(rows) and rows.columns.equals(data.columns):
            matrix = rows.to_numpy()
            if matrix.dtype == np.float64:
                return pd.DataFrame(matrix, index=rows.index, columns=data.columns, copy=False)
        return align(rows, self.template).data

    def check_finite(self, rows: Rows) -> None:
        """Refuse infinite numbers, which no sum of importances can be told of.

        Parameters
        ----------
        rows : DataFrame, ndarray or csr_matrix
            What `aligned` returned.
        """
        if is_frame(rows):
            if self._all_doubles:
                found = np.isinf(rows.to_numpy()).any()
            else:
                found = any(_has_infinity(rows[name]) for name in self._floats)
        else:
            numbers = rows.data if hasattr(rows, "indptr") else np.asarray(rows)
            found = numbers.dtype.kind == "f" and np.isinf(numbers).any()
        if found:
            raise InvalidInputError(
                f"finite numbers or nulls in column {', '.join(self._infinite(rows))}",
                "an infinite one",
                "Correct the rows, or ask with explain=false for what the model itself answers.",
            )

    def _infinite(self, rows: Rows) -> list[str]:
        if is_frame(rows):
            return columns_with_infinity(rows)
        names = self.template.columns
        return [names[int(i)] for i in columns_with_infinity(rows)]


def _has_infinity(column: pd.Series) -> bool:
    values = column.to_numpy()
    return values.dtype.kind == "f" and bool(np.isinf(values).any())
