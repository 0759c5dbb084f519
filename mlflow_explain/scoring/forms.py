"""How the importances of one row are written: by the names of its columns, or as a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.views import listed
from mlflow_explain.explanation._arrays import largest
from mlflow_explain.scoring.tokens import Entry

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray

# Importances of one row: by name, in the order of the features, or of a text's tokens.
Importances = dict[str, float | None] | list[float | None] | list[Entry]


@dataclass(frozen=True, slots=True)
class Form:
    """How importances of a row are written.

    Parameters
    ----------
    names : tuple of str
        The features.
    top_k : int
        How many are kept; 0 for all.
    as_list : bool
        A list in the order of the features, in which those left out are None.
    """

    names: tuple[str, ...]
    top_k: int
    as_list: bool

    def written(
        self, values: FloatArray, outputs: IntArray
    ) -> tuple[list[Importances], list[float | None]]:
        """Return the importances of each row, and the sum of what was left out.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Importances.
        outputs : ndarray of shape (n_rows,)
            Of which output; they are written alike.
        """
        del outputs
        names = self.names
        order, rest = kept_and_rest(values, self.top_k)
        others = listed(rest)
        if order is None:
            rows = listed(values)
            named = rows if self.as_list else [dict(zip(names, row, strict=True)) for row in rows]
            return named, others
        kept = np.take_along_axis(values, order, axis=1)
        if self.as_list:
            cells = np.full(values.shape, None, dtype=object)
            np.put_along_axis(cells, order, np.array(listed(kept), dtype=object), axis=1)
            return cells.tolist(), others
        named = np.asarray(names, dtype=object)[order].tolist()
        pairs = zip(named, listed(kept), strict=True)
        return [dict(zip(n, v, strict=True)) for n, v in pairs], others

    def empty(self) -> Importances:
        """Return what stands where a row is not explained."""
        return [] if self.as_list else {}


def kept_and_rest(values: FloatArray, top_k: int) -> tuple[IntArray | None, FloatArray]:
    """Return which values of each row are kept, and the sum of those that are not.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        Importances.
    top_k : int
        How many are kept, the largest absolute ones; 0 for all.

    Returns
    -------
    order : ndarray of shape (n_rows, top_k) or None
        Positions of those that are kept, the largest first; None where all are.
    rest : ndarray of shape (n_rows,)
        Sum of the others.
    """
    if not 0 < top_k < values.shape[1]:
        return None, np.zeros(len(values))
    order = largest(values, top_k)
    rest = values.copy()
    np.put_along_axis(rest, order, 0.0, axis=1)
    return order, np.asarray(rest.sum(axis=1))
