"""The served reply: one object per row, as columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.views import listed
from mlflow_explain.explanation import layout
from mlflow_explain.scoring.forms import Form, Importances
from mlflow_explain.scoring.options import OUTPUTS, ReplyOptions
from mlflow_explain.scoring.reasons import NOT_FINITE
from mlflow_explain.scoring.tokens import TokenForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.scoring.reasons import Reasons
    from mlflow_explain.scoring.scorer import Scorer


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
    form = form_of(scorer, reasons, options, as_list=as_list)
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
        written, found = form.written(values, chosen[reasons.at])
        kept: list[Any] = [*written]
        for i in np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist():
            kept[i], status[int(reasons.at[i])] = form.empty(), NOT_FINITE
        columns["local_importance_values"] = _spread(kept, reasons, form.empty)
        others = _spread(found, reasons, lambda: None)
    if options.top_k or scorer.texts is not None:
        columns["other_importance"] = others
    if options.output == "all":
        columns |= _all_outputs(scorer, base, parts, reasons, form)
    if own_outputs is not None:
        lacking = listed(residual(scorer, reasons, chosen, own_outputs))
        columns["additivity_residual"] = _spread(lacking, reasons, lambda: None)
    return columns | {"explanation_status": status}


def each_output(scorer: Scorer, reasons: Reasons) -> list[list[dict[str, Any]]]:
    """Return the importances of texts for each output: one object per text.

    Parameters
    ----------
    scorer : Scorer
        Of a model of texts.
    reasons : Reasons
        Importances of the texts.
    """
    form = form_of(scorer, reasons, ReplyOptions())
    parts = [] if reasons.local is None else per_output(scorer, reasons.local.values)
    names = ("local_importance_values", "other_importance")
    found = []
    for i, values in enumerate(parts):
        columns = form.written(values, np.full(len(values), i))
        found.append([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)])
    return found


def form_of(
    scorer: Scorer, reasons: Reasons, options: ReplyOptions, *, as_list: bool = False
) -> Form | TokenForm:
    """Return how the importances of a request's rows are written; parameters as above."""
    names = scorer.names(raw=options.raw)
    if scorer.texts is None:
        return Form(names, options.top_k, as_list)
    tokens = None if reasons.local is None else reasons.local.tokens
    if tokens is None:
        return TokenForm(names, options.top_k, None, (), (), ())
    values, rest = (
        [part[:, 0] for part in per_output(scorer, whole[:, None])]
        for whole in (tokens.values, tokens.rest)
    )
    return TokenForm(names, options.top_k, tokens, reasons.texts, values, rest)


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
    scorer: Scorer,
    base: FloatArray,
    parts: Sequence[FloatArray],
    reasons: Reasons,
    form: Form | TokenForm,
) -> dict[str, list[Any]]:
    """Return base values and importances of every output, by label, for each row."""
    labels = scorer.output_names
    expected: Mapping[str, float | None] = dict(zip(labels, listed(base), strict=True))

    def nothing() -> dict[str, Importances]:
        return {label: form.empty() for label in labels}

    n_explained = len(reasons.at)
    written = [form.written(values, np.full(n_explained, i)) for i, values in enumerate(parts)]
    columns: dict[str, list[Any]] = {
        "all_expected_values": [dict(expected) for _ in range(reasons.n_rows)],
        "all_local_importance_values": _spread(
            _labelled(labels, [kept for kept, _ in written]), reasons, nothing
        ),
    }
    if scorer.texts is not None:
        others = _labelled(labels, [rest for _, rest in written])
        columns["all_other_importance"] = _spread(others, reasons, lambda: dict.fromkeys(labels))
    return columns


def _labelled(labels: Sequence[str], each: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return of each row what stands in its place of a sequence per label."""
    return [dict(zip(labels, row, strict=True)) for row in zip(*each, strict=True)]
