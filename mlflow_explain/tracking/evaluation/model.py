"""What MLflow evaluates - a model, a function, or predictions - as a model our explainers take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException

from mlflow_explain.data import pyfuncs
from mlflow_explain.data.answers import are_probabilities
from mlflow_explain.data.functions import FunctionClassifier, FunctionLabels, FunctionRegressor
from mlflow_explain.data.kinds import full_name, is_a, is_frame
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray, IntArray, Rows

OURS = "mlflow_explain"
AsFunction = FunctionClassifier | FunctionLabels | FunctionRegressor


def taken(features: Rows, model: Any) -> Rows:
    """Return the columns that a model takes, where its signature names them.

    A table without names is given those of the signature, as MLflow does when it predicts.
    """
    signature = getattr(getattr(model, "metadata", None), "signature", None)
    inputs = getattr(signature, "inputs", None)
    if inputs is None or not inputs.has_input_names():
        return features
    names = inputs.input_names()
    if not is_frame(features):
        fits = features.ndim == 2 and features.shape[1] == len(names)
        return pd.DataFrame(features, columns=names) if fits else features
    # Optional columns may be missing.
    known = [name for name in names if name in features.columns]
    return features[known] if known else features


def inside(model: Any, rows: Rows) -> Any:
    """Return the fitted object inside an MLflow model, or None where nobody can look.

    Parameters
    ----------
    model : PyFuncModel or any other object that MLflow evaluates
        Of another kind there is nothing inside.
    rows : DataFrame or ndarray
        Some rows: what is inside has to predict for them what the model predicts.
    """
    if not is_a(model, "mlflow", "PyFuncModel"):
        return None
    if OURS in model.metadata.flavors:
        # The pair answers with reasons, which are no predictions to compare.
        return pyfuncs.inside(model)
    try:
        return pyfuncs.unwrapped(model, rows)
    except MlflowException:
        # Rows that the signature refuses, or a model behind a server.
        return None


def answers_of(given: Any, column: str | None) -> AnyArray:
    """Return what a model answered as an array: a line of predictions, or one column per class.

    Parameters
    ----------
    given : object
        What `predict` returned: an array, a list, a Series, a DataFrame, or dicts by column.
    column : str or None
        Name of the column that is evaluated, as `predictions=` of `mlflow.evaluate`.

    Raises
    ------
    InvalidInputError
        There are several columns, and none of them is named.
    """
    if isinstance(given, dict) or (
        isinstance(given, list) and given and all(isinstance(row, dict) for row in given)
    ):
        given = pd.DataFrame(given)
    if is_frame(given):
        if column in given.columns:
            given = given[column]
        elif given.shape[1] > 1 and not all(map(pd.api.types.is_numeric_dtype, given.dtypes)):
            raise InvalidInputError(
                "one prediction per row, or one probability per class",
                f"the columns {', '.join(map(str, given.columns))}",
                "Name the column of predictions by `predictions=`.",
            )
    array = np.asarray(given)
    if array.dtype.kind == "O" and array.ndim in {1, 2}:
        # Numbers and truths, where they are not among others.
        array = pd.DataFrame(array).infer_objects().to_numpy()
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def as_function(
    function: Callable[[Rows], AnyArray], answer: AnyArray, targets: AnyArray | None, task: str
) -> AsFunction:
    """Return a function of rows as a model, by what it answers.

    Parameters
    ----------
    function : callable
        ``rows -> answers``.
    answer : ndarray of shape (n_some,) or (n_some, n_classes)
        What it answers for some rows.
    targets : ndarray of shape (n_rows,) or None
        Observed outcomes.
    task : {"classification", "regression"}
        A classifier answers labels, a probability per class, or that of the second of two. Classes
        of probabilities are in the order of their sorted labels, as MLflow takes them to be.

    Raises
    ------
    InvalidInputError
        It answers none of them.
    """
    if task == "regression":
        if answer.ndim != 1 or answer.dtype.kind not in "biuf":
            raise _not_answered("one number per row", answer)
        return FunctionRegressor(function)
    seen = np.zeros(0) if targets is None else _distinct(targets)
    if answer.ndim == 2 and are_probabilities(answer) and not np.isnan(answer).any():
        return FunctionClassifier(function, _named(seen, answer.shape[1]))
    if answer.ndim == 1 and _are_labels(answer, seen):
        return FunctionLabels(function, _together(_distinct(answer), seen))
    if answer.ndim == 1 and ((answer >= 0) & (answer <= 1)).all():
        return FunctionClassifier(function, _named(seen, 2))
    raise _not_answered("one label per row, or probabilities", answer)


def of_object(model: Any) -> tuple[Callable[[Rows], AnyArray], str]:
    """Return a fitted object as a function, and its name.

    The function answers probabilities where the object tells them, and else what it predicts.
    """
    predictor = predictor_of(model)

    def answer(rows: Rows) -> AnyArray:
        predicted = predictor.predict(rows)
        chances = predictor.probabilities(rows, predicted)
        return predicted if chances is None else chances

    return answer, predictor.model_type


def looked_up(predictions: AnyArray) -> Callable[[Rows], AnyArray]:
    """Return a function of rows whose index holds the positions of their predictions."""

    def answer(rows: Rows) -> AnyArray:
        positions: IntArray = rows.index.to_numpy()
        return np.asarray(predictions[positions])

    return answer


def flavors_of(model: Any) -> Mapping[str, Any]:
    """Return the flavours of an MLflow model; of anything else there are none."""
    flavors: Mapping[str, Any] = getattr(getattr(model, "metadata", None), "flavors", {})
    return flavors


def name_of(model: Any) -> str:
    """Return what a model that nobody looks into is called."""
    if not is_a(model, "mlflow", "PyFuncModel"):
        return "function"
    own = [name for name in flavors_of(model) if name != "python_function"]
    return f"{own[0]} model" if own else "PyFuncModel"


def _distinct(values: AnyArray) -> AnyArray:
    """Return sorted labels; words of a column of objects as words."""
    return np.unique(np.array(values.tolist()) if values.dtype.kind == "O" else values)


def _are_labels(answer: AnyArray, seen: AnyArray) -> bool:
    """Whether answers are labels: words, whole numbers, or numbers that are labels elsewhere."""
    if answer.dtype.kind != "f":
        return True
    is_label = bool(len(seen)) and seen.dtype.kind in "biuf" and bool(np.isin(answer, seen).all())
    return is_label or bool((answer % 1 == 0).all())


def _together(own: AnyArray, seen: AnyArray) -> AnyArray:
    """Return the labels a function may answer: those it did, and the observed of their kind."""
    numbers = "biuf"
    alike = (own.dtype.kind in numbers) == (seen.dtype.kind in numbers)
    return np.union1d(own, seen) if alike and len(seen) else own


def _named(seen: AnyArray, count: int) -> AnyArray:
    return seen if len(seen) == count else np.arange(count)


def _not_answered(expected: str, answer: AnyArray) -> InvalidInputError:
    return InvalidInputError(
        f"a model that answers {expected}",
        f"{full_name(answer)} of shape {answer.shape} and type {answer.dtype}",
        "Check `model_type`; name the column of predictions by `predictions=`.",
    )
