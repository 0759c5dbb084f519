"""An explanation in one kind of features as a page shows it: all rows first, then some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload import attributions, masks, numbers, veils
from mlflow_explain.dashboard.payload.cells import absent, cells_of, written
from mlflow_explain.dashboard.worded import WORD, words_of
from mlflow_explain.data.evaluated import column_of
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.views import finite, listed
from mlflow_explain.explanation import layout
from mlflow_explain.explanation._arrays import largest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import AnyArray, IntArray
    from mlflow_explain.dashboard.payload.block import Arrays
    from mlflow_explain.dashboard.payload.cells import Cells
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.explanation import Explanation

# Features a page lists at most, and of a sparse matrix those with attributions per row.
_MOST_FEATURES, _MOST_SPARSE = 2000, 500
# Rows that tell which features are among the first of some row.
_ASKED_ROWS = 20_000
# Cells of a sparse matrix that are filled up, so that a model in the page can be asked.
_MOST_CELLS = 5_000_000
_NOT_HELD = "The rows of the explanation do not hold this column."


@dataclass(frozen=True, eq=False, slots=True)
class PreparedView:
    """An explanation and the cells of all its rows.

    Parameters
    ----------
    member : Explanation
        Raw or engineered.
    shown : ndarray
        Features the page lists.
    kept : ndarray
        Positions among `shown` of those with attributions per row.
    cells : tuple of Cells
        One per listed feature.
    names : list of str
        Of the listed features.
    words : ndarray of bool
        Which of the listed features are words of texts.
    """

    member: Explanation
    shown: IntArray
    kept: IntArray
    cells: tuple[Cells, ...]
    names: list[str]
    words: AnyArray

    @property
    def words_are_numbered(self) -> bool:
        """Whether words have numbers in place of names, as their texts are not shown."""
        own = [self.member.features[i] for i in self.shown]
        return bool(self.words.any()) and self.names != own

    def written(
        self, rows: IntArray, arrays: Arrays, precisions: Mapping[str, numbers.Precision]
    ) -> dict[str, Any]:
        """Return a `View` of some rows, and add its arrays."""
        member, kind = self.member, self.member.kind
        local = None
        if member.local is not None and len(self.kept):
            features = self.shown[self.kept]
            local = attributions.written(member.local, features, rows, arrays, kind)
            local["features"] = self.kept.tolist()
        outputs, mirrored = outputs_of(member)
        return {
            "kind": kind,
            "features": self.names,
            "outputs": outputs,
            "mirrored": mirrored,
            "space": member.output_space,
            "globals": self._globals(),
            "local": local,
            "columns": [
                written(
                    name, each.take(rows), arrays, f"{kind}/{i}",
                    precisions.get(name, numbers.ANY), each,
                ) | ({"word": True} if is_word else {})
                for i, (name, each, is_word) in enumerate(
                    zip(self.names, self.cells, self.words, strict=True)
                )
            ],
            "additive": member.is_additive,
            "quality": {
                name: float(value) for name, value in member.quality.items() if np.isfinite(value)
            },
        }  # fmt: skip

    def _globals(self) -> dict[str, Any]:
        whole = self.member.global_.only(self.shown)
        made: dict[str, Any] = {
            "values": listed(whole.values),
            "perOutput": listed(whole.per_output.T),
            "measure": self.member.global_measure,
            "rows": self.member.num_examples,
        }
        if whole.standard_deviations is not None:
            made["standardDeviations"] = listed(whole.standard_deviations)
        if whole.n_rest and whole.rest is not None:
            made["leftOut"] = whole.n_rest
            made["rest"] = finite(float(whole.rest.mean()))
        return made


def outputs_of(member: Explanation) -> tuple[list[str], bool]:
    """Return the names of the outputs, and whether one of them stands for two classes."""
    n_outputs, classes = member.global_.per_output.shape[1], member.classes
    if classes is None:
        targets = [f"target {i}" for i in range(n_outputs)]
        return (["prediction"] if n_outputs == 1 else targets), False
    labels = [str(label) for label in classes]
    if len(labels) == n_outputs:
        return labels, False
    if member.output_space is not None and layout.is_mirrored(n_outputs, len(labels)):
        return [labels[1]], True
    return ["all classes"], False


def prepared(member: Explanation, options: PageOptions) -> PreparedView:
    """Return a view of all rows, with the features the page lists."""
    veil = veils.veil_of(member, options)
    kept = _kept(member, options)
    kept = kept[~veil.telling[kept]]
    importance = np.abs(np.nan_to_num(member.global_.values))
    if len(importance) > _MOST_FEATURES:
        importance[kept] += importance.max(initial=0.0) + 1.0
        shown = np.sort(largest(importance, _MOST_FEATURES))
    else:
        shown = np.arange(len(importance))
    places = np.searchsorted(shown, kept)
    cells = tuple(_cells(member, shown, places, options))
    found = words_of(member)
    are = np.zeros(len(shown), dtype=bool) if found is None else found.are[shown]
    return PreparedView(member, shown, places, cells, [veil.names[i] for i in shown], are)


def _kept(member: Explanation, options: PageOptions) -> IntArray:
    """Return the features with attributions per row."""
    n_features = member.num_features
    if options.top_k is not None:
        wanted = min(options.top_k, n_features)
        return np.sort(largest(np.nan_to_num(member.global_.values), wanted))
    is_wide = is_sparse(member.eval_data) or n_features > _MOST_FEATURES
    if words_of(member) is not None:
        # Most words are in few texts, as in a sparse matrix.
        is_wide = n_features > _MOST_SPARSE
    if is_wide and member.local is not None and n_features > attributions.OF_A_ROW:
        rows = np.linspace(0, member.local.n_rows - 1, min(_ASKED_ROWS, member.local.n_rows))
        at = np.unique(rows.astype(np.int64))
        return attributions.among_the_first(member.local, at, _MOST_SPARSE)
    return np.arange(n_features)


def _cells(
    member: Explanation, shown: IntArray, places: IntArray, options: PageOptions
) -> list[Cells]:
    data = member.eval_data
    if data is None:
        return [absent("The explanation was kept without its rows.")] * len(shown)
    if is_sparse(data):
        return _sparse_cells(member, shown, set(places.tolist()), options)
    origins = masks.origins_of(member)
    worded = words_of(member)
    found = []
    for i in shown:
        if worded is not None and worded.are[i]:
            found.append(masks.shown(origins[i], absent(WORD), options))
            continue
        column = column_of(member, int(i))
        cells = absent(_NOT_HELD) if column is None else cells_of(column)
        found.append(masks.shown(origins[i], cells, options))
    return found


def _sparse_cells(
    member: Explanation, shown: IntArray, kept: set[int], options: PageOptions
) -> list[Cells]:
    """Return the cells of those columns of a sparse matrix that have attributions of their own."""
    columns = member.eval_data.tocsc()  # type: ignore[union-attr]
    if columns.shape[1] != member.num_features:
        return [absent(_NOT_HELD)] * len(shown)
    origins = masks.origins_of(member)
    rare = absent("A column of a sparse matrix that is among the first of no row.")
    if len(shown) * columns.shape[0] <= _MOST_CELLS:
        kept = set(range(len(shown)))
    return [
        masks.shown(
            origins[i],
            cells_of(pd.Series(columns[:, [int(i)]].toarray()[:, 0])) if at in kept else rare,
            options,
        )
        for at, i in enumerate(shown)
    ]


def columns_of(member: Explanation) -> list[str]:
    """Return the names of all columns of the rows, where they have names."""
    data: Any = member.eval_data
    return [str(name) for name in data.columns] if is_frame(data) else []
