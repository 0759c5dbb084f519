"""What a dashboard is given, put together to one explanation: rows, outcomes, names, a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.errors import InvalidInputError, LengthMismatchError, MissingPartError
from mlflow_explain.explanation import EvaluatedRows, Explanation

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows


def explanations_of(given: Any) -> list[Explanation]:
    """Return the explanation to show, and those beside it.

    Raises
    ------
    InvalidInputError
        It is neither an explanation nor a list of some.
    """
    listed = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    odd = [type(each).__name__ for each in listed if not isinstance(each, Explanation)]
    if odd or not listed:
        raise InvalidInputError(
            "an Explanation, or a list of them",
            odd[0] if odd else "an empty list",
            "Pass what an explainer returned, or what a client downloaded.",
        )
    return listed


def one_of(names: dict[str, Any]) -> Any:
    """Return the only value that is given under one of several names of the same argument."""
    given = {name: value for name, value in names.items() if value is not None}
    if len(given) > 1:
        raise InvalidInputError(
            f"one of {' and '.join(names)}: they are the same", "both", "Pass one of them."
        )
    return next(iter(given.values()), None)


def completed(
    explanation: Explanation, model: Any, rows: Any, true_y: Any, cohort_data: Any
) -> Explanation:
    """Return an explanation with what else is known of its rows.

    Parameters
    ----------
    explanation : Explanation
        What is shown.
    model : object or None
        Asked for predictions, where the explanation has none.
    rows : DataFrame, array or csr_matrix, or None
        In place of the explanation's own.
    true_y, cohort_data : array-like and DataFrame, or None
        Observed outcomes, and columns the model never sees.

    Raises
    ------
    LengthMismatchError
        The rows, outcomes or columns are not as many as were explained.
    MissingPartError
        There are no rows for outcomes to belong to.
    """
    from mlflow_explain.data.added import cohorts_of, outcomes_of

    if rows is not None:
        explanation = _with_rows(explanation, rows)
    if model is not None:
        explanation = _with_predictions(explanation, model)
    known = explanation.rows
    if true_y is None and cohort_data is None:
        return explanation
    if known is None:
        raise MissingPartError(
            "rows that `true_y` and `cohort_data` belong to",
            "an explanation without",
            "Pass the explained rows, too: `datasetX=rows`.",
        )
    outcomes = known.true_y if true_y is None else outcomes_of(true_y, known)
    cohorts = known.cohort_data if cohort_data is None else cohorts_of(cohort_data, known)
    return replace(explanation, rows=replace(known, true_y=outcomes, cohort_data=cohorts))


def _with_rows(explanation: Explanation, given: Any) -> Explanation:
    from mlflow_explain.data.kinds import is_frame
    from mlflow_explain.data.reading import two_dimensional

    data = two_dimensional(given)
    n_rows, wanted = int(data.shape[0]), explanation.num_examples
    if wanted and n_rows != wanted:
        raise LengthMismatchError(
            f"datasetX of {wanted:,} rows, those that the explanation is of",
            f"{n_rows:,}",
            "Pass the very rows that were explained, or leave `datasetX` out: the explanation "
            "usually holds them.",
        )
    own = explanation.rows
    if own is not None:
        return replace(explanation, rows=replace(own, data=data))
    ids = data.index.to_numpy() if is_frame(data) else np.arange(n_rows)
    return replace(explanation, rows=EvaluatedRows(data, ids))


def _with_predictions(explanation: Explanation, model: Any) -> Explanation:
    """Return an explanation with the model's predictions, where its rows have none."""
    from mlflow_explain.data.predictor import predictor_of

    rows = explanation.rows
    if rows is None or rows.predicted is not None or not callable(getattr(model, "predict", None)):
        return explanation
    predictor = predictor_of(model, explanation.classes, explanation.model_task)
    predicted = np.asarray(predictor.predict(rows.data))
    chance = predictor.probabilities(rows.data, predicted)
    return replace(explanation, rows=replace(rows, predicted=predicted, probabilities=chance))


def renamed(explanation: Explanation, classes: Any, features: Any) -> Explanation:
    """Return an explanation whose classes and features are called otherwise.

    Raises
    ------
    InvalidInputError
        There are not as many names as classes or features.
    """
    for name, given, own in (
        ("classes", classes, explanation.classes),
        ("features", features, explanation.features),
    ):
        if given is not None and len(list(given)) != len(own or ()):
            raise InvalidInputError(
                f"{len(own or ())} {name}, as the explanation has",
                f"{len(list(given))}",
                f"Leave `{name}` out: the explanation names them.",
            )
    if classes is not None:
        explanation = replace(explanation, classes=list(classes))
    if features is None:
        return explanation
    names = [str(name) for name in features]
    return replace(explanation, features=names, rows=_named(explanation.rows, names))


def _named(rows: EvaluatedRows | None, names: list[str]) -> EvaluatedRows | None:
    """Return rows whose columns have the names of the features, if there are as many."""
    from mlflow_explain.data.kinds import is_frame

    if rows is None or not is_frame(rows.data) or rows.data.shape[1] != len(names):
        return rows
    data: Rows = rows.data.set_axis(names, axis=1)
    return replace(rows, data=data)
