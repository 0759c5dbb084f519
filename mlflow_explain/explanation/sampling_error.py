"""How much importances, shares and their differences depend on the rows that were explained.

Importances are means over rows, so the standard error that a bootstrap of the rows tends to
(https://doi.org/10.1214/aos/1176344552) has a closed form: the standard deviation over rows divided
by the root of their number. Shares are ratios of means; theirs is that of the linear part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlflow_explain.explanation.importance import MEAN_ABSOLUTE
from mlflow_explain.explanation.stability import block_rows, importance_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.explanation.importance import LocalImportance
    from mlflow_explain.explanation.value import Explanation


class Errors(NamedTuple):
    """Standard errors (n_features,) of importances and of shares; None where they are not known."""

    importance: FloatArray | None
    share: FloatArray | None


_UNKNOWN = Errors(None, None)


def of_importance(explanation: Explanation, positions: IntArray, n_features: int) -> Errors:
    """Return the standard errors of one explanation's features at their positions, else 0.

    They are not known without local values, with fewer than two rows, and of shares where features
    were left out.
    """
    part = _rows_of(explanation, positions)
    return _UNKNOWN if part is None else _told(_errors([part], n_features), [explanation])


def of_difference(
    explanations: Sequence[Explanation],
    positions: Sequence[IntArray],
    n_features: int,
    *,
    paired: bool,
) -> Errors:
    """Return the standard errors of the differences of two explanations.

    Where both explain the same rows (`paired`) differences are taken row by row: what chance puts
    into both is no difference.
    """
    parts = [_rows_of(*each) for each in zip(explanations, positions, strict=True)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return _UNKNOWN
    if paired and len({part.local.n_rows for part in known}) == 1:
        return _told(_errors(known, n_features), explanations)
    apart = [_errors([part], n_features) for part in known]
    return _told(np.sqrt(apart[0] ** 2 + apart[1] ** 2), explanations)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Local values with the means of what each row adds to the importances."""

    local: LocalImportance
    positions: IntArray
    means: FloatArray

    def deviations(self, start: int, stop: int) -> FloatArray:
        """Return what single rows do to importances and to shares: (2, n_block, n_features)."""
        rows = np.abs(self.local.values[start:stop]).mean(axis=2)
        total = self.means.sum()
        of_share = np.zeros_like(rows)
        if total > 0:
            of_share = (rows - self.means / total * rows.sum(axis=1, keepdims=True)) / total
        return np.stack([rows - self.means, of_share])


def _rows_of(explanation: Explanation, positions: IntArray) -> _Rows | None:
    local = explanation.local
    if local is None or local.n_rows < 2 or explanation.global_.measure != MEAN_ABSOLUTE:
        return None
    total = sum(block.sum(axis=0) for block in importance_blocks(local))
    return _Rows(local, positions, np.asarray(total / local.n_rows))


def _errors(parts: Sequence[_Rows], n_features: int) -> FloatArray:
    """Return the standard errors of the only part, or of the second less the first, (2, n)."""
    n_rows = parts[0].local.n_rows
    step = block_rows(4 * max(n_features, *(part.local.values[0].size for part in parts)))
    squares = np.zeros((2, n_features))
    for start in range(0, n_rows, step):
        stop = min(start + step, n_rows)
        wide = np.zeros((2, stop - start, n_features))
        # Attributions that are no numbers have no error, in silence.
        with np.errstate(invalid="ignore"):
            for sign, part in zip((-1.0, 1.0), parts, strict=False):
                wide[:, :, part.positions] += sign * part.deviations(start, stop)
            squares += np.square(wide).sum(axis=1)
    return np.asarray(np.sqrt(squares) / n_rows)


def _told(errors: FloatArray, explanations: Sequence[Explanation]) -> Errors:
    """Return the errors; what a row adds to features left out is not known, nor then its shares."""
    cut = any(each.num_left_out for each in explanations)
    return Errors(errors[0], None if cut else errors[1])
