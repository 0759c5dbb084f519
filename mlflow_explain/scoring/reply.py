"""The served reply: one object per row, as columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.views import listed
from mlflow_explain.explanation import layout
from mlflow_explain.explanation._arrays import largest
from mlflow_explain.scoring.options import OUTPUTS
from mlflow_explain.scoring.reasons import NOT_FINITE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.scoring.options import ReplyOptions
    from mlflow_explain.scoring.reasons import Reasons
    from mlflow_explain.scoring.scorer import Scorer

# Importances of one row: by name, or in the order of the features.
Importances = dict[str, float | None] | list[float | None]


@dataclass(frozen=True, slots=True)
class _Form:
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

    def written(self, values: FloatArray) -> tuple[list[Importances], list[float | None]]:
        """Return the importances of each row, and the sum of what was left out."""
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


def prediction_columns(
    scorer: Scorer,
    predicted: AnyArray,
    probabilities: FloatArray | None,
    *,
    labelled: bool,
) -> dict[str, list[Any]]:
    """Return the model's own answer: predictions, and probabilities of a classifier.

    Parameters
    ----------
    scorer : Scorer
        Knows the labels.
    predicted : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What the model answered.
    probabilities : ndarray of shape (n_rows, n_classes), optional
        Its probabilities.
    labelled : bool
        Whether predictions are class labels, which travel as strings; a booster's are numbers.
    """
    if labelled:
        answer = [str(label) for label in predicted.tolist()]
    else:
        answer = listed(predicted) if predicted.dtype.kind == "f" else predicted.tolist()
    columns: dict[str, list[Any]] = {"prediction": answer}
    if probabilities is not None:
        names = scorer.output_names
        columns["probabilities"] = [
            dict(zip(names, row, strict=True)) for row in listed(np.asarray(probabilities))
        ]
    return columns


def explanation_columns(
    scorer: Scorer,
    reasons: Reasons,
    options: ReplyOptions,
    positions: AnyArray | None,
    *,
    as_list: bool = False,
    own_outputs: FloatArray | None = None,
) -> dict[str, list[Any]]:
    """Return importances of each row as columns.

    Parameters
    ----------
    scorer : Scorer
        Knows names, classes and base values.
    reasons : Reasons
        Importances of the rows, raw or engineered as the options say.
    options : ReplyOptions
        What was asked for.
    positions : ndarray of shape (n_rows,) or None
        Position of each row's predicted class; None where no prediction was made.
    as_list : bool
        Importances in the order of the features, without their names.
    own_outputs : ndarray of shape (n_explained, n_outputs), optional
        The model's own output for the explained rows: what importances that approximate lack of
        it is told.

    Returns
    -------
    dict of str to list
        Columns in the order of the reply.
    """
    labels, n_rows = scorer.output_names, reasons.n_rows
    chosen = chosen_outputs(scorer, options.output, positions, n_rows)
    form = _Form(scorer.names(raw=options.raw), options.top_k, as_list)
    base = layout.base_per_class(scorer.engine.base_values, _n_classes(scorer))
    columns: dict[str, list[Any]] = {
        "explained_output": [labels[i] for i in chosen.tolist()],
        "output_space": [scorer.output_space] * n_rows,
        "expected_value": listed(base[chosen]),
    }
    status = list(reasons.status)
    parts = [] if reasons.local is None else per_output(scorer, reasons.local.values)
    if reasons.local is None:
        columns["local_importance_values"] = [form.empty() for _ in status]
        others: list[float | None] = [None] * n_rows
    else:
        values = of_chosen(parts, chosen[reasons.at])
        kept, found = form.written(values)
        for i in np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist():
            kept[i], status[int(reasons.at[i])] = form.empty(), NOT_FINITE
        columns["local_importance_values"] = _spread(kept, reasons, form.empty)
        others = _spread(found, reasons, lambda: None)
    if options.top_k:
        columns["other_importance"] = others
    if options.output == "all":
        columns |= _all_outputs(labels, base, parts, reasons, form)
    if own_outputs is not None:
        lacking = listed(residual(scorer, reasons, chosen, own_outputs))
        columns["additivity_residual"] = _spread(lacking, reasons, lambda: None)
    return columns | {"explanation_status": status}


def residual(
    scorer: Scorer, reasons: Reasons, chosen: IntArray, own_outputs: FloatArray
) -> FloatArray:
    """Return what importances lack of the model's own output, (n_explained,).

    Parameters
    ----------
    scorer : Scorer
        Knows the classes.
    reasons : Reasons
        Importances of the explained rows.
    chosen : ndarray of shape (n_rows,)
        Position of the output explained in each row.
    own_outputs : ndarray of shape (n_explained, n_outputs)
        The model's own output for the explained rows.
    """
    if reasons.local is None:
        return np.empty(0)
    lacking = per_output(scorer, (own_outputs - reasons.local.outputs())[:, None, :])
    return of_chosen(lacking, chosen[reasons.at])[:, 0]


def chosen_outputs(
    scorer: Scorer, output: str, positions: AnyArray | None, n_rows: int
) -> IntArray:
    """Return the position of the output explained in each row."""
    labels = scorer.output_names
    if output not in OUTPUTS:
        return np.full(n_rows, labels.index(output))
    if scorer.labels is None:
        return np.zeros(n_rows, dtype=np.int64)
    if positions is None or (output != "predicted" and len(labels) <= 2):
        return np.full(n_rows, layout.default_output(len(labels)))
    return positions


def per_output(scorer: Scorer, values: FloatArray) -> list[FloatArray]:
    """Return values (n_rows, n_features, n_outputs) as (n_rows, n_features) of each class."""
    if layout.is_mirrored(values.shape[2], _n_classes(scorer)):
        return [-values[:, :, 0], values[:, :, 0]]
    return [values[:, :, column] for column in range(values.shape[2])]


def _n_classes(scorer: Scorer) -> int | None:
    return None if scorer.classes is None else len(scorer.classes)


def of_chosen(parts: Sequence[FloatArray], chosen: IntArray) -> FloatArray:
    """Return of each row the values of its output, (n_rows, n_features)."""
    first = int(chosen[0]) if len(chosen) else 0
    if (chosen == first).all():
        return parts[first]
    return np.stack(parts)[chosen, np.arange(len(chosen))]


def _spread(cells: list[Any], reasons: Reasons, empty: Any) -> list[Any]:
    """Return cells of explained rows among empty ones of the others."""
    if reasons.is_whole:
        return cells
    spread = [empty() for _ in range(reasons.n_rows)]
    for i, cell in zip(reasons.at.tolist(), cells, strict=True):
        spread[i] = cell
    return spread


def _all_outputs(
    labels: Sequence[str],
    base: FloatArray,
    parts: Sequence[FloatArray],
    reasons: Reasons,
    form: _Form,
) -> dict[str, list[Any]]:
    """Return base values and importances of every output, by label, for each row."""
    expected: Mapping[str, float | None] = dict(zip(labels, listed(base), strict=True))

    def nothing() -> dict[str, Importances]:
        return {label: form.empty() for label in labels}

    written = [form.written(values)[0] for values in parts]
    rows = [dict(zip(labels, row, strict=True)) for row in zip(*written, strict=True)]
    return {
        "all_expected_values": [dict(expected) for _ in range(reasons.n_rows)],
        "all_local_importance_values": _spread(rows, reasons, nothing),
    }
