"""What a dashboard is given, put together to one explanation: rows, outcomes, names, a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.placed import Placed, placed
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.texts.reading import TextColumn, are_texts
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError
from mlflow_explain.explanation import EvaluatedRows, Explanation

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.dashboard.source import Source

# Names of classes in an error, at most.
_MOST_NAMES = 10


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


def model_of(given: Any) -> Any:
    """Return a model that was given, or refuse what only names one.

    Raises
    ------
    UnsupportedModelError
        It is an address, or a class.
    """
    if isinstance(given, str | PurePath):
        raise UnsupportedModelError(
            "a fitted model",
            "the address of one" if "/" in str(given) else "text",
            "Pass what `mlflow_explain.load_model` or MLflow loads from it.",
        )
    if isinstance(given, type):
        raise UnsupportedModelError(
            "a fitted model", f"the class {given.__name__} itself", "Make an instance and fit it."
        )
    return given


def completed(
    explanation: Explanation, model: Any, rows: Any, true_y: Any, cohort_data: Any
) -> Placed:
    """Return an explanation with what else is known of its rows.

    Parameters
    ----------
    explanation : Explanation
        What is shown.
    model : object or None
        Asked for predictions, where the explanation has none.
    rows : DataFrame, array or csr_matrix, or None
        The explained rows, in any order that their index tells.
    true_y, cohort_data : array-like and DataFrame, or None
        Observed outcomes, and columns the model never sees.

    Raises
    ------
    LengthMismatchError
        The rows, outcomes or columns are not as many as were explained.
    InvalidInputError
        Rows are others than those explained; outcomes are no class, or no number, of the model.
    MissingPartError
        There are no rows for outcomes to belong to.
    """
    from mlflow_explain.data.added import with_added

    if rows is not None:
        rows = _as_table(explanation, rows)
    found = Placed(explanation) if rows is None else placed(explanation, rows, model)
    explanation = found.explanation
    if model is not None:
        explanation = _with_predictions(explanation, model)
    fix = "Pass the explained rows, too: `datasetX=rows`."
    explanation = with_added(explanation, found.beside(true_y), found.beside(cohort_data), fix=fix)
    if true_y is not None and explanation.classes is None:
        _check_numbers(explanation)
    return found._replace(explanation=explanation)


def _as_table(explanation: Explanation, rows: Any) -> Any:
    """Return texts that are given as a list as a table with their column; all else as it is."""
    found = words_of(explanation)
    if found is None or found.column is None or not are_texts(rows):
        return rows
    return TextColumn(found.column, as_list=True).table(rows)


def check_outcomes(explanation: Explanation, source: Source, names: Any) -> None:
    """Refuse outcomes of which none is a class of the model.

    Parameters
    ----------
    explanation : Explanation
        With its outcomes.
    source : Source
        The model, which may call its classes otherwise.
    names : sequence or None
        What the classes are called in the page, where that is something else.
    """
    from mlflow_explain.dashboard.payload import modelled
    from mlflow_explain.dashboard.payload.outcomes import Outcomes

    observed = explanation.true_y
    if observed is None or explanation.classes is None or not len(observed):
        return
    labels = [*filter(None, (modelled.labels_of(explanation, source), names))]
    actual = Outcomes.of(explanation, labels).actual
    missing = pd.isna(pd.Series(observed if observed.ndim == 1 else observed[:, 0]))
    if actual is None or missing.all() or not np.isnan(actual).all():
        return
    listed = ", ".join(map(str, explanation.classes[:_MOST_NAMES]))
    raise InvalidInputError(
        f"true_y of the classes {listed}{', ...' * (len(explanation.classes) > _MOST_NAMES)}",
        f"an array of {observed.dtype} in which no row has one of them",
        "Pass the labels that the model predicts.",
    )


def _check_numbers(explanation: Explanation) -> None:
    """Refuse outcomes that no prediction of a number can be compared with."""
    from mlflow_explain.dashboard.payload.outcomes import are_no_numbers

    observed = explanation.true_y
    if observed is not None and are_no_numbers(observed):
        raise InvalidInputError(
            "true_y of numbers: the model predicts a number",
            f"an array of {observed.dtype}",
            "Pass the observed values of what the model predicts.",
        )


def _with_predictions(explanation: Explanation, model: Any) -> Explanation:
    """Return an explanation with the model's predictions, where its rows have none."""
    from mlflow_explain.data.predictor import predictor_of

    rows = explanation.rows
    if rows is None or rows.predicted is not None or not callable(getattr(model, "predict", None)):
        return explanation
    predictor = predictor_of(model, explanation.classes, explanation.model_task)
    predicted = np.asarray(predictor.predict(rows.data))
    probabilities = predictor.probabilities(rows.data, predicted)
    return replace(
        explanation, rows=replace(rows, predicted=predicted, probabilities=probabilities)
    )


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
