"""Path-dependent attributions of deep trees, exact by Gauss-Legendre quadrature.

The Shapley values of a leaf's game, a product over its path's features, are integrals over [0, 1]:

    phi_i = v (o_i - z_i) int prod_{j != i} ((1 - t) z_j + t o_j) dt

with `z_j` the fraction of the training rows that follows the merged condition j, and `o_j` whether
the row does. For d features the integrand has degree d - 1, so ceil(d / 2) nodes are exact, with
none of the cancellation that unwinding paths has. One walk over a tree carries the products down
and the sums of leaves up.

The integral: Owen 1972, https://doi.org/10.1287/mnsc.18.5.64; for trees: arXiv 2605.04497.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines.trees.kernels.quadrature_of_blocks import add_blocks
from mlflow_explain.engines.trees.kernels.quadrature_of_rows import PAD, add_singly
from mlflow_explain.engines.trees.tables import gauss

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.engines.trees.paths import Paths

# From so many rows on a block is worth filling up.
_ROWS_FOR_BLOCK = 5


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Quadrature:
    """Deep trees and the points of their integrals.

    Parameters
    ----------
    paths : Paths
        Paths to the deep leaves.
    points, weights : ndarray of shape (most features of a path + 1, most points)
        By degree, see `gauss`; filled up with points of weight 0. Weights are over ``1 - point``:
        the difference of an edge's factor and its anchor's is over the same.
    n_levels : int
        Depth of the deepest leaf.
    """

    paths: Paths
    points: FloatArray
    weights: FloatArray
    n_levels: int

    def add_to(self, out: FloatArray, codes: AnyArray) -> None:
        """Add attributions (n_rows, n_features, n_outputs) of rows given by their codes."""
        add = add_blocks if codes.shape[1] >= _ROWS_FOR_BLOCK else add_singly
        add(codes, self.paths.trees, self.paths.nodes, self.paths.value, self.points,
            self.weights, self.n_levels, out)  # fmt: skip


def quadrature_of(paths: Paths) -> Quadrature:
    """Return the quadrature over trees.

    The few leaves of more features than most have trees of their own: the rest then takes no more
    points than a register holds.
    """
    is_easy = paths.nodes["distinct"] <= 2 * PAD
    easy, hard = (
        paths.kept(paths.with_ancestors(paths.is_leaf & part)) for part in (is_easy, ~is_easy)
    )
    paths = easy.joined(hard)
    points, weights = gauss(max(paths.degree, 1))
    pad = [(0, 0), (0, -points.shape[1] % PAD)]
    points, weights = np.pad(points, pad), np.pad(weights, pad)
    # A point of weight 0 must still be one where no factor vanishes.
    points = np.where(weights > 0, points, 0.5)
    return Quadrature(paths, points, weights / (1.0 - points), paths.n_levels)
