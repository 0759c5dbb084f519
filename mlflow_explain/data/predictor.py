"""`Predictor`: one way to ask any model for predictions and probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from mlflow_explain.data.arguments import one_of
from mlflow_explain.data.boosters import (
    is_booster,
    own_classes,
    predicted_by_xgboost,
    tells_probabilities,
)
from mlflow_explain.data.kinds import class_names, full_name, is_a, is_pipeline
from mlflow_explain.data.time_limit import asked
from mlflow_explain.errors import (
    InvalidInputError,
    UnfittedModelError,
    UnsupportedModelError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, Rows, Task

TASKS = ("classification", "regression", "unknown")


@dataclass(frozen=True, eq=False, slots=True)
class Predictor:
    """A model with its task and class labels.

    Parameters
    ----------
    model : object
        Anything with `predict`; a classifier may have `predict_proba`.
    task : {"classification", "regression"}
        What it predicts.
    classes : tuple or None
        Names of the classes in the order of the outputs; None for regression.
    labels : tuple or None
        The labels the model itself predicts, in the same order.
    """

    model: Any
    task: Task
    classes: tuple[Any, ...] | None
    labels: tuple[Any, ...] | None = None

    @property
    def model_type(self) -> str:
        """Class of the user's own object, inside what makes it a model of tables."""
        if is_a(self.model, "mlflow_explain", "NetworkModel"):
            return type(self.model.module).__name__
        of_texts = is_a(self.model, "mlflow_explain", "TextModel")
        return type(self.model.model if of_texts else self.model).__name__

    def predict(self, rows: Rows) -> AnyArray:
        """Return the model's own predictions, (n_rows,), or (n_rows, n_targets) of several."""
        if is_a(self.model, "xgboost", "Booster"):
            return asked(partial(predicted_by_xgboost, self.model), rows)
        answer = asked(self.model.predict, rows)
        # CatBoost answers a column of labels.
        return answer[:, 0] if answer.ndim == 2 and answer.shape[1] == 1 else answer

    def probabilities(self, rows: Rows, predicted: AnyArray | None = None) -> FloatArray | None:
        """Return the model's own probabilities, (n_rows, n_classes), or None if it has none.

        Parameters
        ----------
        rows : DataFrame, ndarray or csr_matrix
            Rows as the model takes them.
        predicted : ndarray, optional
            What `predict` answered; a native booster's prediction already is a probability.
        """
        if self.task == "regression":
            return None
        if hasattr(self.model, "predict_proba"):
            answer = asked(self.model.predict_proba, rows)
            # LightGBM answers scores, one a row, where the objective is the user's own.
            return answer if answer.ndim == 2 else None
        if not tells_probabilities(self.model):
            return None
        answer = self.predict(rows) if predicted is None else predicted
        return np.column_stack([1.0 - answer, answer]) if answer.ndim == 1 else answer


def predictor_of(
    model: Any, classes: Sequence[Any] | None = None, model_task: str = "unknown"
) -> Predictor:
    """Check a model and find its task and class labels.

    Parameters
    ----------
    model : object
        A fitted model.
    classes : sequence, optional
        Names for the classes, in the model's order.
    model_task : {"unknown", "classification", "regression"}
        ``"unknown"`` asks the model.

    Returns
    -------
    Predictor

    Raises
    ------
    UnsupportedModelError
        The model has no `predict`.
    UnfittedModelError
        It was never fitted.
    InvalidInputError
        `model_task` is unknown, or `classes` has not one name per class, or is of a regression.
    """
    one_of("model_task", model_task, TASKS)
    if not callable(getattr(model, "predict", None)):
        if isinstance(model, str):
            raise UnsupportedModelError(
                "a model with a `predict` method",
                "a text",
                "Load a logged model first, mlflow.pyfunc.load_model(...), or pass its address to "
                "`explain_model`.",
            )
        raise UnsupportedModelError(
            "a model with a `predict` method",
            full_name(model),
            "Pass a fitted estimator, Pipeline, booster, or a function; a search needs refit=True. "
            "Of a logged model pass what MLflow loads, or its address to `explain_model`.",
        )
    check_fitted(model)
    own = _own_classes(model)
    task = cast("Task", _task_of(model, own) if model_task == "unknown" else model_task)
    if task == "regression":
        if own is not None:
            raise InvalidInputError(
                "model_task='classification' for a model with class labels",
                "'regression'",
                "Leave `model_task` out.",
            )
        if classes is not None:
            raise InvalidInputError(
                "no `classes` for a model that predicts a number",
                f"names of them for {full_name(model)}",
                "Leave `classes` out, or say model_task='classification' if it predicts classes.",
            )
        return Predictor(model, task, None)
    named = _named(own, classes)
    # A booster does not know its labels: the names given are the only ones.
    return Predictor(model, task, named, named if own is None or is_booster(model) else own)


def answers_labels(model: Any) -> bool:
    """Whether a classifier predicts labels.

    A native booster predicts probabilities or numbers of classes, CatBoost without a task of its
    own margins, LightGBM with the user's own objective scores.
    """
    untasked = is_a(model, "catboost", "CatBoost") and not hasattr(model, "predict_proba")
    return not (is_booster(model) or untasked or _has_own_objective(model))


def answers_probabilities(model: Any) -> bool:
    """Whether a classifier tells probabilities of its classes."""
    proba = callable(getattr(model, "predict_proba", None)) and not _has_own_objective(model)
    return proba or tells_probabilities(model)


def _has_own_objective(model: Any) -> bool:
    return is_a(model, "lightgbm", "LGBMModel") and callable(getattr(model, "_objective", None))


def check_fitted(model: Any) -> None:
    """Raise `UnfittedModelError` unless the model, and each step of a Pipeline, is fitted."""
    if is_pipeline(model):
        for _, step in model.steps:
            if step is not None and step != "passthrough":
                check_fitted(step)
        return
    if not hasattr(model, "fit"):
        return
    if "DataFrameMapper" in class_names(model):
        _check_mapper(model)
        return
    if is_a(model, "catboost", "CatBoost") and not model.is_fitted():
        raise UnfittedModelError(
            "a fitted model", f"an unfitted {full_name(model)}", "Call `fit` first."
        )
    try:
        check_is_fitted(model)
    except NotFittedError:
        raise UnfittedModelError(
            "a fitted model", f"an unfitted {full_name(model)}", "Call `fit` first."
        ) from None
    except (TypeError, AttributeError):
        # Not an estimator in scikit-learn's sense: it has no fitted attributes to look for.
        return


def _check_mapper(mapper: Any) -> None:
    """Raise `UnfittedModelError` unless a sklearn-pandas `DataFrameMapper` is fitted."""
    if not hasattr(mapper, "built_features"):
        raise UnfittedModelError("a fitted DataFrameMapper", "an unfitted one", "Call `fit` first.")
    features = mapper.built_features
    for columns, part, *_ in [features] if isinstance(features, tuple) else features:
        try:
            check_fitted(part)
        except UnfittedModelError:
            raise UnfittedModelError(
                f"a fitted transformer for the columns {columns}",
                f"an unfitted {full_name(part)}",
                "Call `fit` of the DataFrameMapper first.",
            ) from None


def fitted_columns(model: Any) -> tuple[str, ...] | None:
    """Return the names of the columns a model was fitted on, or None if it was fitted on arrays."""
    if is_a(model, "xgboost", "Booster"):
        names = model.feature_names or ()
    elif is_booster(model):
        names = model.feature_name()
    elif is_a(model, "catboost", "CatBoost"):
        names = model.feature_names_
    elif is_a(model, "lightgbm", "LGBMModel"):
        names = model.booster_.feature_name()
    else:
        names = getattr(model, "feature_names_in_", ())
    # What LightGBM and CatBoost call the columns of an array.
    pattern = "{}" if is_a(model, "catboost", "CatBoost") else "Column_{}"
    made_up = all(str(name) == pattern.format(i) for i, name in enumerate(names))
    return None if made_up else tuple(str(name) for name in names)


def fitted_width(model: Any) -> int | None:
    """Return the number of columns a model was fitted on, if it tells."""
    if is_a(model, "xgboost", "Booster"):
        return int(model.num_features())
    if is_booster(model):
        return int(model.num_feature())
    width = getattr(model, "n_features_in_", None)
    return None if width is None else int(width)


def _own_classes(model: Any) -> tuple[Any, ...] | None:
    """Return the labels the model knows, or None for a regression."""
    if isinstance(getattr(model, "classes_", None), list):
        raise UnsupportedModelError(
            "a model of one target", f"{full_name(model)} of several", "Explain one per target."
        )
    if hasattr(model, "classes_") and len(model.classes_):
        return tuple(np.asarray(model.classes_).tolist())
    return own_classes(model) if is_booster(model) else None


def _task_of(model: Any, own: tuple[Any, ...] | None) -> str:
    """Return what a model predicts: one that tells probabilities predicts classes."""
    is_classifier = own is not None or callable(getattr(model, "predict_proba", None))
    return "classification" if is_classifier else "regression"


def _named(own: tuple[Any, ...] | None, classes: Sequence[Any] | None) -> tuple[Any, ...] | None:
    """Return the user's labels if they fit the model's, else the model's own."""
    if classes is None:
        if own is None:
            raise InvalidInputError(
                "class labels of a classification model",
                "none: the model has no `classes_`",
                "Pass `classes` in the order of the model's outputs.",
            )
        return own
    if isinstance(classes, str):
        raise InvalidInputError("a list of class names", "one word", "Pass a list.")
    # One by one: an array would make words of numbers beside words.
    given = tuple(item.item() if isinstance(item, np.generic) else item for item in classes)
    if len(set(given)) < len(given):
        raise InvalidInputError("distinct class names", "doubles", "Name each class once.")
    if own is not None and len(given) != len(own):
        raise InvalidInputError(
            f"{len(own)} class names, one per class of the model",
            f"{len(given)}",
            "Pass `classes` in the order of the model's `classes_`.",
        )
    return given
