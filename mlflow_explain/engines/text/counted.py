"""Asks a model in parts, so that a bar moves while it is asked for one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.black_box.masking import len_of, part_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.engines.progress import Progress

# Rows of a text asked at first, so that a slow model is soon told of; by how much more each time;
# and the most: a bar moves after each. Always the same, as answers may differ by rounding.
_FIRST_ROWS, _GROWTH, _MOST_ROWS = 32, 8, 1_024


class Counted:
    """A model that is asked for rows of one text in parts, each of which is counted.

    Parameters
    ----------
    ask : callable
        ``rows -> (n_rows, n_outputs)``.
    bar : Progress
        What counts.
    """

    def __init__(self, ask: Callable[[Rows], FloatArray], bar: Progress) -> None:
        self._ask, self._bar, self._step = ask, bar, _FIRST_ROWS
        self.n_asked = 0

    def __call__(self, rows: Rows) -> FloatArray:
        """Return the answers, (n_rows, n_outputs)."""
        found, at = [], 0
        while at < len_of(rows):
            part = part_of(rows, slice(at, at + self._step)).copy()
            found.append(self._ask(part))
            at += len_of(part)
            self.n_asked += len_of(part)
            self._bar.update(len_of(part))
            if len_of(part) == self._step:
                self._step = min(_GROWTH * self._step, _MOST_ROWS)
        return np.concatenate(found)
