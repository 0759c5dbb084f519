"""Local explanations of interpret, and its explainable boosting machines, as attributions.

An explainable boosting machine is a sum of terms of one column or two, each centred on the training
rows: Lou, Caruana, Gehrke and Hooker 2013, https://doi.org/10.1145/2487575.2487579. A term of two
columns holds what the columns alone left over, and is shared equally between them, as the Shapley
value shares what two players earn only together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_a, is_frame
from mlflow_explain.engines.given import Given, base_values_of
from mlflow_explain.errors import FeatureError, InvalidInputError
from mlflow_explain.explanation import FeatureMap, LocalImportance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, OutputSpace, Rows

_MODELS = ("ExplainableBoostingClassifier", "ExplainableBoostingRegressor")
_BETWEEN = " & "
# What a sum of terms is, by the model's link.
_SPACES: dict[str, OutputSpace] = {"identity": "raw", "logit": "log-odds"}


def is_model(obj: Any) -> bool:
    """Whether the object is an explainable boosting machine."""
    return is_a(obj, "interpret", *_MODELS)


def is_explanation(obj: Any) -> bool:
    """Whether the object is a local explanation of interpret."""
    return is_a(obj, "interpret", "FeatureValueExplanation") and obj.explanation_type == "local"


def read_model(model: Any, rows: Rows) -> Given:
    """Explain rows by the terms of a fitted explainable boosting machine.

    Parameters
    ----------
    model : ExplainableBoostingClassifier or ExplainableBoostingRegressor
        Fitted.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_features)
        Rows to explain.
    """
    names = [str(name) for name in model.feature_names_in_]
    if is_frame(rows) and set(names) <= set(rows.columns):
        rows = rows[names]
    terms = np.asarray(model.eval_terms(rows))
    intercept = np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64))
    classes = getattr(model, "classes_", None)
    return Given(
        outputs=_shared(terms, intercept, model.term_features_, len(names)),
        base_values=intercept,
        features=names,
        classes=classes,
        data=rows,
        predicted=np.asarray(model.predict(rows)),
        probabilities=None if classes is None else np.asarray(model.predict_proba(rows)),
        is_classification=classes is not None,
        output_space=_SPACES.get(model.link_, "margin"),
        model_type=type(model).__name__,
    )


def read(
    explanation: Any, expected_values: Any = None, features: Sequence[str] | None = None
) -> Given:
    """Read a local explanation of interpret, by the public table of each of its rows.

    Parameters
    ----------
    explanation : FeatureValueExplanation
        What ``explain_local(rows)`` of an interpret explainer returned.
    expected_values : float or array, optional
        In place of its intercept.
    features : sequence of str, optional
        Names of the columns, where there are some with no term of their own.
    """
    # interpret hands out one dictionary per row, and no table of all.
    told = [explanation.data(i) for i in range(len(explanation.selector))]
    if not told:
        raise InvalidInputError("an explanation of rows", "one of none", "Explain some rows.")
    names = [str(name) for name in told[0]["names"]]
    kinds = explanation.feature_types or ["continuous"] * len(names)
    single = [name for name, kind in zip(names, kinds, strict=True) if kind != "interaction"]
    columns = single if features is None else [str(name) for name in features]
    members = [
        _positions(name, columns, pair=kind == "interaction")
        for name, kind in zip(names, kinds, strict=True)
    ]
    terms = np.array([row["scores"] for row in told], dtype=np.float64)
    n_outputs = 1 if terms.ndim == 2 else terms.shape[2]
    base = _intercept(told[0]) if expected_values is None else expected_values
    base = base_values_of(base, len(told), n_outputs)
    return Given(
        outputs=_shared(terms, base, members, len(columns)),
        base_values=base,
        features=columns,
        data=_rows(told, names, columns),
        **_outcomes(told, terms, base, boosting=is_a(explanation, "interpret", "EBMExplanation")),
    )


def _shared(
    terms: FloatArray, base: FloatArray, members: Sequence[Sequence[int]], n_columns: int
) -> tuple[FloatArray, ...]:
    """Return attributions to columns, one array per output, of (n_rows, n_terms[, n_outputs])."""
    cube = terms[:, :, None] if terms.ndim == 2 else terms
    share = np.zeros((len(members), n_columns))
    for term, columns in enumerate(members):
        share[term, list(columns)] = 1 / len(columns)
    folded = FeatureMap.from_matrix(share).fold(LocalImportance(cube, base))
    return tuple(np.moveaxis(folded.values, 2, 0))


def _positions(term: str, columns: list[str], *, pair: bool) -> list[int]:
    """Return the columns of a term by its name; a name may itself hold an ampersand."""
    if term in columns and not pair:
        return [columns.index(term)]
    pieces = term.split(_BETWEEN)
    for cut in range(1, len(pieces)):
        first, rest = _BETWEEN.join(pieces[:cut]), _BETWEEN.join(pieces[cut:])
        if first in columns:
            after = _positions_if_known(rest, columns)
            if after:
                return [columns.index(first), *after]
    raise FeatureError(
        f"terms of the columns {', '.join(columns)}",
        f"the term {term}",
        "Pass `features` with the names of all columns.",
    )


def _positions_if_known(term: str, columns: list[str]) -> list[int]:
    if term in columns:
        return [columns.index(term)]
    try:
        return _positions(term, columns, pair=True)
    except FeatureError:
        return []


def _intercept(row: dict[str, Any]) -> Any:
    extra = row.get("extra") or {"names": [], "scores": []}
    known = dict(zip(extra["names"], extra["scores"], strict=True))
    return known.get("Intercept")


def _rows(told: list[dict[str, Any]], names: list[str], columns: list[str]) -> Any:
    """Return the rows, where each column has a term of its own to read its values from."""
    if not set(columns) <= set(names):
        return None
    values = {c: [row["values"][names.index(c)] for row in told] for c in columns}
    return pd.DataFrame(values).infer_objects()


def _outcomes(
    told: list[dict[str, Any]], terms: FloatArray, base: FloatArray, *, boosting: bool
) -> dict[str, Any]:
    """Return task, classes, predictions and unit, as far as interpret tells them."""
    perf = [row.get("perf") for row in told]
    if perf[0] is None:
        return {}
    predicted = np.array([row["predicted"] for row in perf if row is not None])
    if perf[0]["is_classification"]:
        labels = (told[0].get("meta") or {}).get("label_names")
        space: OutputSpace = "log-odds" if terms.ndim == 2 else "margin"
        return {
            "is_classification": True,
            "classes": labels,
            "predicted": predicted if labels is None else np.asarray(labels)[predicted.astype(int)],
            "output_space": space if boosting else None,
        }
    sums = terms.sum(axis=1) + base
    told_unit = boosting and not np.allclose(sums, predicted, rtol=1e-6)
    return {
        "is_classification": False,
        "predicted": predicted,
        "output_space": "margin" if told_unit else None,
    }
