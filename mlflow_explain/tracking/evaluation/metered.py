"""A function of rows that may be asked for so many rows only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.errors import OutOfPredictionsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, Rows


class Metered:
    """A function of rows that counts what it is asked for, and knows how quick it can be.

    Parameters
    ----------
    function : callable
        ``rows -> (n_rows,)`` or ``(n_rows, n_outputs)``.
    most : int
        Rows it may be asked for, of all calls together.

    Examples
    --------
    >>> import numpy as np
    >>> double = Metered(lambda rows: 2.0 * rows[:, 0], most=10)
    >>> double(np.array([[1.0], [2.0]])).tolist()
    [2.0, 4.0]
    >>> double.left
    8
    """

    def __init__(self, function: Callable[[Rows], Any], most: int) -> None:
        self.function, self.most = function, most
        self._rows, self._pace = 0, math.inf

    @property
    def left(self) -> int:
        """Rows that may still be asked for."""
        return self.most - self._rows

    def in_time(self, share: float) -> int:
        """Return how many rows fit into a share of the time left, at the pace seen so far."""
        limit = time_limit.current()
        if limit is None or not 0.0 < self._pace < math.inf:
            return self.left
        return max(0, min(self.left, int(share * limit.left / self._pace)))

    def __call__(self, rows: Rows) -> AnyArray:
        """Return the function's answers.

        Raises
        ------
        OutOfPredictionsError
            It was asked for too many rows.
        """
        n_rows = int(rows.shape[0])
        if n_rows > self.left:
            raise OutOfPredictionsError(
                f"an explanation that asks the model for at most {self.most:,} rows",
                "one that asks for more",
                "Raise `max_predictions`, or lower `max_rows`.",
            )
        self._rows += n_rows
        begin = time_limit.clock()
        answer = np.asarray(self.function(rows))
        # Of the quickest call: the first may load or compile, and small ones cost more a row.
        self._pace = min(self._pace, (time_limit.clock() - begin) / max(1, n_rows))
        return answer
