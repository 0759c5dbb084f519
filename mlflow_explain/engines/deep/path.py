"""Expected gradients: slopes along straight lines from background rows to a row, integrated.

A feature's attribution is the mean, over background rows b, of (x_j - b_j) times the integral of
df/dx_j from b to x: Sundararajan et al. 2017, https://doi.org/10.48550/arXiv.1703.01365, and Erion
et al. 2021, https://doi.org/10.1038/s42256-021-00343-w. Nothing is drawn at random: all background
rows are taken, and the integral by midpoints.

Of one function along a line the integral is known: the slopes in the line's own direction add up to
f(x) - f(b). The midpoints' weights are moved, as little as possible, until their sum does, too.
That is the calibration of Deville and Särndal 1992,
https://doi.org/10.1080/01621459.1992.10475217; a few nodes then do for many. What weights between
none and the double cannot make up for stays missing: slopes that are the same everywhere say
nothing of a jump.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray


# Slopes along a line that differ by less, as a share of the largest, are the same.
ROUNDING = 1e-5


@dataclass(frozen=True, eq=False, slots=True)
class Ends:
    """Rows at one end of all lines, and the outputs there.

    Parameters
    ----------
    cells : ndarray of shape (n_rows, n_features)
        The rows.
    outputs : ndarray of shape (n_rows, n_outputs)
        The network's own.
    """

    cells: AnyArray
    outputs: FloatArray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.cells)

    def take(self, positions: IntArray) -> Ends:
        """Return some of the rows."""
        return Ends(self.cells[positions], self.outputs[positions])


def expected_gradients(
    slopes: Callable[[AnyArray], AnyArray],
    rows: Ends,
    background: Ends,
    n_nodes: int,
    max_points: int,
) -> tuple[FloatArray, FloatArray]:
    """Return attributions, (n_rows, n_features, n_outputs), and what equal weights would miss.

    Parameters
    ----------
    slopes : callable
        ``(n_points, n_features) -> (n_outputs, n_points, n_features)``.
    rows : Ends
        Where lines lead to.
    background : Ends
        Where they begin; each row has a line from each.
    n_nodes : int
        Points on each line.
    max_points : int
        Points asked for at a time; at least one line's.

    Returns
    -------
    values : ndarray of shape (n_rows, n_features, n_outputs)
        Mean over the background.
    missing : ndarray of shape (n_rows, n_outputs)
        How much the sums of attributions would differ from the outputs less their mean, were the
        weights not moved: small only where the nodes see the function.
    """
    n_outputs, n_features = rows.outputs.shape[1], rows.cells.shape[1]
    values = np.zeros((n_outputs, len(rows), n_features))
    missing = np.zeros((n_outputs, len(rows)))
    nodes = ((np.arange(n_nodes) + 0.5) / n_nodes).astype(rows.cells.dtype)
    for row, other in _lines(len(rows), len(background), max(1, max_points // n_nodes)):
        begin = background.cells[other]
        away = rows.cells[row] - begin
        points = begin[:, None] + nodes[:, None] * away[:, None]
        found = slopes(points.reshape(-1, n_features)).reshape(n_outputs, *points.shape)
        along = np.einsum("kltj,lj->klt", found, away).astype(np.float64)
        gain = (rows.outputs[row] - background.outputs[other]).T
        weights = _calibrated(along, gain).astype(found.dtype)
        parts = np.einsum("klt,kltj->klj", weights, found) * away
        first = np.flatnonzero(np.diff(row, prepend=-1))
        values[:, row[first]] += np.add.reduceat(parts, first, axis=1, dtype=np.float64)
        missing[:, row[first]] += np.add.reduceat(gain - along.mean(axis=2), first, axis=1)
    n_background = len(background)
    return np.moveaxis(values, 0, -1) / n_background, np.abs(missing.T) / n_background


def _lines(n_rows: int, n_background: int, step: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield, for at most `step` lines at a time, the row and the background row of each."""
    for start in range(0, n_rows * n_background, step):
        yield np.divmod(np.arange(start, min(start + step, n_rows * n_background)), n_background)


def _calibrated(along: FloatArray, gain: FloatArray) -> FloatArray:
    """Return weights nearest to equal ones with which the slopes along lines add up to the gain.

    Parameters
    ----------
    along : ndarray of shape (n_outputs, n_lines, n_nodes)
        Slopes in the direction of the line.
    gain : ndarray of shape (n_outputs, n_lines)
        Output at its end less that at its beginning.
    """
    mean = along.mean(axis=2)
    apart = along - mean[..., None]
    # No weight is below none or above the double.
    most = np.abs(apart).max(axis=2)
    square = (apart**2).mean(axis=2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = np.clip((gain - mean) / square, -1.0 / most, 1.0 / most)
    # Slopes that differ by rounding only are the same.
    factor = np.where(most > ROUNDING * np.abs(along).max(axis=2), factor, 0.0)
    return np.asarray((1.0 + factor[..., None] * apart) / along.shape[2])
