"""The served reply: options in, one object per row out, as columns of a table."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.views import finite, listed
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import layout
from mlflow_explain.explanation._arrays import largest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.explanation import LocalImportance
    from mlflow_explain.scoring.explainer import ScoringExplainer

OK = "ok"
NOT_FINITE = "failed: importances of this row are not finite"
# A class of one of these names is reached as the default or the predicted one.
_OUTPUTS = ("default", "predicted", "all")


@dataclass(frozen=True, slots=True)
class ReplyOptions:
    """What a request may ask for.

    Parameters
    ----------
    explain : bool
        Answer with importances; without, exactly as the plain model does.
    top_k : int
        Keep this many importances, largest absolute value first; 0 keeps all.
    output : str
        ``"default"``: the positive class of two, the predicted one of more. ``"predicted"``,
        ``"all"``, or a class label.
    raw : bool
        Importances of raw columns; False: of engineered features.
    """

    explain: bool = True
    top_k: int = 0
    output: str = "default"
    raw: bool = True


# Names of the parameters a request may carry.
PARAMS = tuple(field.name for field in fields(ReplyOptions))


def checked(options: ReplyOptions, explainer: ScoringExplainer) -> ReplyOptions:
    """Return the options if they can be answered, or raise an error that names the parameter."""
    if options.top_k < 0:
        raise InvalidInputError(
            "`top_k` of 0 (all) or more", "a negative number", "Ask for the largest k, or for all."
        )
    known = (*_OUTPUTS, *output_names(explainer))
    if options.output not in known:
        raise InvalidInputError(
            f"`output` to be one of {', '.join(known)}",
            repr(options.output),
            "Ask for one of them.",
        )
    return options


def prediction_columns(
    explainer: ScoringExplainer,
    predicted: AnyArray,
    probabilities: FloatArray | None,
    *,
    labelled: bool,
) -> dict[str, list[Any]]:
    """Return the model's own answer: predictions, and probabilities of a classifier.

    Parameters
    ----------
    explainer : ScoringExplainer
        Knows the labels.
    predicted : ndarray of shape (n_rows,) or (n_rows, n_classes)
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
        names = output_names(explainer)
        columns["probabilities"] = [
            dict(zip(names, row, strict=True)) for row in listed(np.asarray(probabilities))
        ]
    return columns


def explanation_columns(
    explainer: ScoringExplainer,
    local: LocalImportance,
    options: ReplyOptions,
    positions: AnyArray | None,
) -> dict[str, list[Any]]:
    """Return importances of each row as columns.

    Parameters
    ----------
    explainer : ScoringExplainer
        Knows names, classes and base values.
    local : LocalImportance
        Attributions of the rows, raw or engineered as the options say.
    options : ReplyOptions
        What was asked for.
    positions : ndarray of shape (n_rows,) or None
        Position of each row's predicted class; None where no prediction was made.

    Returns
    -------
    dict of str to list
        Columns in the order of the reply.
    """
    labels = output_names(explainer)
    chosen = _chosen(labels, options.output, positions, local.n_rows)
    # values of every class: (n_classes, n_rows, n_features)
    parts = [explainer.of_output(local, output) for output in range(len(labels))]
    values = np.stack([part for part, _ in parts])[chosen, np.arange(local.n_rows)]
    base = np.array([base for _, base in parts])
    names = explainer.names(raw=options.raw)
    kept, other = _maps(names, values, options.top_k)
    finite_rows = np.asarray(np.isfinite(values).all(axis=1)).tolist()
    status = [OK if row else NOT_FINITE for row in finite_rows]
    kept = [row if state == OK else {} for row, state in zip(kept, status, strict=True)]
    columns: dict[str, list[Any]] = {
        "explained_output": [labels[i] for i in chosen.tolist()],
        "output_space": [explainer.output_space] * local.n_rows,
        "expected_value": [finite(v) for v in base[chosen].tolist()],
        "local_importance_values": kept,
    }
    if options.top_k:
        columns["other_importance"] = other
    if options.output == "all":
        columns |= _all_outputs(labels, names, parts, options.top_k)
    return columns | {"explanation_status": status}


def failed_columns(n_rows: int, status: str) -> dict[str, list[Any]]:
    """Return the columns of rows whose prediction stands but whose explanation failed."""
    return {
        "local_importance_values": [{} for _ in range(n_rows)],
        "explanation_status": [status] * n_rows,
    }


def output_names(explainer: ScoringExplainer) -> tuple[str, ...]:
    """Return what replies call the outputs: the labels the model predicts, or the target."""
    if explainer.labels is None:
        return (explainer.target,)
    return tuple(str(label) for label in explainer.labels)


def _chosen(
    labels: Sequence[str], output: str, positions: AnyArray | None, n_rows: int
) -> AnyArray:
    """Return the position of the output explained in each row."""
    if output not in _OUTPUTS:
        return np.full(n_rows, labels.index(output))
    if positions is None or (output != "predicted" and len(labels) <= 2):
        return np.full(n_rows, layout.default_output(len(labels)))
    return positions


def _maps(
    names: Sequence[str], values: FloatArray, top_k: int
) -> tuple[list[dict[str, float | None]], list[float | None]]:
    """Return ``{feature: importance}`` of each row, and the sum of what was left out."""
    if not top_k or top_k >= len(names):
        rows = [dict(zip(names, row, strict=True)) for row in listed(values)]
        return rows, [0.0] * len(rows)
    order = largest(values, top_k)
    kept = np.take_along_axis(values, order, axis=1)
    rest = values.copy()
    np.put_along_axis(rest, order, 0.0, axis=1)
    named = np.asarray(names, dtype=object)[order].tolist()
    rows = [dict(zip(n, v, strict=True)) for n, v in zip(named, listed(kept), strict=True)]
    return rows, [finite(v) for v in rest.sum(axis=1).tolist()]


def _all_outputs(
    labels: Sequence[str],
    names: Sequence[str],
    parts: Sequence[tuple[FloatArray, float]],
    top_k: int,
) -> dict[str, list[Any]]:
    """Return base values and importances of every output, by label, for each row."""
    base: Mapping[str, float | None] = {
        label: finite(value) for label, (_, value) in zip(labels, parts, strict=True)
    }
    maps = [_maps(names, values, top_k)[0] for values, _ in parts]
    return {
        "all_expected_values": [dict(base) for _ in maps[0]],
        "all_local_importance_values": [
            dict(zip(labels, row, strict=True)) for row in zip(*maps, strict=True)
        ],
    }
