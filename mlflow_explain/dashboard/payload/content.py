"""All a page could hold of an explanation, of all rows; then the payload of some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain._version import __version__
from mlflow_explain.dashboard import words
from mlflow_explain.dashboard.payload import (
    caveats,
    cohorts,
    figures,
    masks,
    numbers,
    sample,
    texts,
    veils,
    views,
)
from mlflow_explain.dashboard.payload.block import Arrays, codes_type
from mlflow_explain.dashboard.payload.cells import Cells, cells_of, written
from mlflow_explain.dashboard.payload.outcomes import Outcomes
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.kinds import is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.dashboard.payload.modelled import Modelled
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.explanation import Explanation

VERSION = 1


@dataclass(frozen=True, eq=False, slots=True)
class Content:
    """An explanation, read for a page.

    Parameters
    ----------
    explanation : Explanation
        What the page shows.
    options : PageOptions
        How much of it.
    views : list of PreparedView
        Raw first.
    outcomes : Outcomes
        Of all rows.
    ids : Cells
        Of all rows.
    others : dict of str to Cells
        Columns beside the features.
    given : Given
        Cohorts.
    beside : sequence of Explanation
        Other explanations, of which the importances are shown.
    """

    explanation: Explanation
    options: PageOptions
    views: list[views.PreparedView]
    outcomes: Outcomes
    ids: Cells
    others: dict[str, Cells]
    given: cohorts.Given
    beside: Sequence[Explanation] = ()

    @property
    def n_rows(self) -> int:
        """Rows that were explained and can be shown."""
        return len(self.ids.values)

    @property
    def n_classes(self) -> int | None:
        """Number of classes; None for a regression."""
        classes = self.explanation.classes
        return None if classes is None else len(classes)

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the first view whose cells are shown, and what they are."""
        first = self.views[0]
        each = zip(first.names, first.cells, strict=True)
        return {name: cells.type for name, cells in each if cells.absent is None}

    @property
    def strata(self) -> IntArray:
        """Stratum of each row: what is predicted for it."""
        predicted = self.outcomes.predicted
        if predicted is None:
            local = self.explanation.local
            total = None if local is None or not local.n_outputs else local.outputs()[:, -1]
            return sample.by_prediction(total, self.n_rows, is_class=False)
        if self.n_classes is None:
            return sample.by_prediction(predicted, self.n_rows, is_class=False)
        return sample.by_prediction(np.nan_to_num(predicted, nan=-1.0), self.n_rows, is_class=True)

    def payload(self, rows: IntArray, modelled: Modelled) -> tuple[dict[str, Any], Arrays]:
        """Return the `Payload` of some rows, and its arrays."""
        arrays = Arrays()
        explanation, options = self.explanation, self.options
        precisions = modelled.precisions
        if options.live is not None:
            # The logged model is asked with these cells.
            precisions = dict.fromkeys(explanation.features, numbers.Precision(exact=True))
        found = {
            "version": VERSION,
            "title": options.title or f"Explanation of {explanation.model_type}",
            "madeBy": f"mlflow-explain {__version__}",
            "madeAt": options.made_at,
            "task": explanation.model_task,
            "classes": None
            if explanation.classes is None
            else [str(label) for label in explanation.classes],
            "modelType": explanation.model_type,
            "modelUri": options.model_uri,
            "runId": options.run_id,
            "explanationId": explanation.id,
            "method": explanation.method,
            "facts": words.facts(explanation),
            "caveats": self._caveats(len(rows)),
            "caution": words.CAUTION,
            "parameters": dict(modelled.parameters),
            "versions": dict(modelled.versions),
            "views": [view.written(rows, arrays, precisions) for view in self.views],
            "rows": self._rows(rows, arrays),
            "overall": self._overall(),
            "cohorts": self.given.specs,
            "beside": [_beside(other, self.options) for other in self.beside],
            **modelled.written(rows, arrays),
            "live": None if options.live is None else {"path": options.live},
            **texts.written(explanation, rows, arrays, options),
        }
        return found, arrays

    def _caveats(self, n_embedded: int) -> list[str]:
        found = caveats.of(self.explanation, self.views, self.options)
        found += self.outcomes.notes if self.options.include_data else ()
        if self.given.n_left_out:
            found.append(
                f"Left out of the page: {self.given.n_left_out:,} of the groups of rows that were "
                "given, as they are by what it does not hold."
            )
        if n_embedded < self.n_rows:
            found.append(
                f"The page holds a sample of {n_embedded:,} of {self.n_rows:,} rows, "
                f"{self._why_sampled(n_embedded)}; overall figures and global importances are of "
                "all rows."
            )
        return found

    def _why_sampled(self, n_embedded: int) -> str:
        if n_embedded >= self.options.max_rows:
            return "as many as `max_rows` allows"
        return f"to stay under {self.options.max_bytes / 1e6:g} MB (`max_bytes`)"

    def _rows(self, rows: IntArray, arrays: Arrays) -> dict[str, Any]:
        exact = numbers.Precision(exact=True)
        made: dict[str, Any] = {
            "count": len(rows),
            "total": self.n_rows,
            "ids": written("row id", self.ids.take(rows), arrays, "ids", exact, self.ids),
            "others": [
                written(name, cells.take(rows), arrays, f"others/{i}", numbers.ANY, cells)
                for i, (name, cells) in enumerate(self.others.items())
            ],
        }
        if len(rows) < self.n_rows:
            by = "the predicted class" if self.n_classes else "the prediction's quantile"
            made["sampled"] = (
                f"{len(rows):,} of {self.n_rows:,} rows, drawn at random with as large a share of "
                f"each group by {by} (seed {self.options.seed})"
            )
        return made | self._outcomes(rows, arrays)

    def _outcomes(self, rows: IntArray, arrays: Arrays) -> dict[str, str]:
        if not self.options.include_data:
            return {}
        made = {}
        for name, values in (
            ("predicted", self.outcomes.predicted),
            ("actual", self.outcomes.actual),
        ):
            if values is not None:
                made[name] = arrays.add(name, self._numbers(values[rows]))
        probabilities = self.outcomes.probabilities
        if probabilities is not None:
            made["probabilities"] = arrays.add(
                "probabilities", probabilities[rows].T.astype(np.float32)
            )
        return made

    def _numbers(self, values: FloatArray) -> AnyArray:
        if self.n_classes is None:
            return values
        kind = codes_type(self.n_classes)
        return np.where(np.isnan(values), np.iinfo(kind).max, values).astype(kind)

    def _overall(self) -> dict[str, Any] | None:
        if not self.options.include_data:
            return None
        return figures.overall(self.outcomes, self.n_rows, self.n_classes)


def _beside(other: Explanation, options: PageOptions) -> dict[str, Any]:
    from mlflow_explain.data.views import listed

    return {
        "name": other.comment or f"{other.method} of {other.model_type}",
        "method": other.method,
        "space": other.output_space,
        "features": veils.veil_of(other, options).names,
        "values": listed(other.global_.values),
        "measure": other.global_measure,
    }


def content_of(
    explanation: Explanation,
    options: PageOptions,
    given_cohorts: Any = None,
    beside: Sequence[Explanation] = (),
    labels: Sequence[Sequence[Any]] = (),
) -> Content:
    """Return all a page could hold of an explanation.

    Parameters
    ----------
    explanation : Explanation
        Raw, with the engineered one behind it if there is one; or engineered.
    options : PageOptions
        How much of it.
    given_cohorts : list of dict, dict or None
        Groups of rows.
    beside : sequence of Explanation
        Others, shown beside it.
    labels : sequence of sequences of labels
        What else the classes are called; what the model itself calls them first.
    """
    members = [explanation]
    if explanation.engineered is not None:
        members.append(explanation.engineered)
    others = _cohort_columns(explanation)
    names = {name for each in members for name in _names(each)}
    columns = {name for member in members for name in views.columns_of(member)}
    masks.check_known(options, names | columns | set(others) | set(masks.index_names(explanation)))
    made = [views.prepared(member, options) for member in members]
    shown = {name: masks.shown({name}, cells, options) for name, cells in others.items()}
    ids = _ids(explanation, options)
    known = cohorts.Known(
        _types(
            {n: c for view in reversed(made) for n, c in zip(view.names, view.cells, strict=True)}
        ),
        _types(shown),
        [str(label) for label in explanation.classes or ()],
        explanation.num_examples,
        ids.type,
        options.include_data,
        any(view.words_are_numbered for view in made),
    )
    given = cohorts.given(given_cohorts, known)
    return Content(
        explanation=explanation,
        options=options,
        views=made,
        outcomes=Outcomes.of(explanation, labels),
        ids=ids,
        others=shown | given.columns,
        given=given,
        beside=beside,
    )


def _names(member: Explanation) -> set[str]:
    """Return the names of features that are columns, or are made of some."""
    found = words_of(member)
    if found is None:
        return {str(name) for name in (*member.features, *(member.raw_features or ()))}
    # A word cannot be left out of texts that are shown.
    own = zip(member.features, found.are, strict=True)
    columns = {str(name) for name, is_word in own if not is_word}
    return columns if found.column is None else columns | {found.column}


def _types(columns: dict[str, Cells]) -> dict[str, str]:
    """Return what the cells of each column are on the page."""
    return {name: "absent" if cells.absent else cells.type for name, cells in columns.items()}


def _cohort_columns(explanation: Explanation) -> dict[str, Cells]:
    data = explanation.cohort_data
    if data is None:
        return {}
    frame = data if is_frame(data) else pd.DataFrame(data)
    return {str(name): cells_of(frame.iloc[:, i]) for i, name in enumerate(frame.columns)}


def _ids(explanation: Explanation, options: PageOptions) -> Cells:
    """Return what rows are called: their index, or their positions."""
    rows = explanation.rows
    if rows is None or not options.include_data or masks.ids_are_hidden(explanation, options):
        return Cells("number", np.arange(explanation.num_examples, dtype=np.float64), whole=True)
    ids = pd.Series(list(rows.ids)) if rows.ids.ndim > 1 else pd.Series(rows.ids)
    is_wide = ids.dtype.kind in "iu" and len(ids) and float(ids.abs().max()) >= numbers.WIDEST
    if is_wide or (ids.dtype == object and not ids.map(lambda each: isinstance(each, str)).all()):
        # A browser's numbers would name another row; tuples and mixtures are named as texts.
        ids = ids.map(
            lambda each: each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
        )
    return cells_of(ids)
