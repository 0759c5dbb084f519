"""Models of a list of texts, asked as models of a table with a column of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow_explain.data import functions, pyfuncs
from mlflow_explain.data.kinds import full_name, is_a, is_frozen, is_pipeline, is_search
from mlflow_explain.data.predictor import check_fitted
from mlflow_explain.data.texts.cells import texts_in
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

# What is passed on, where the model has it.
_ANSWERS = ("predict_proba", "decision_function")
_VECTORIZERS = ("CountVectorizer", "HashingVectorizer")


@dataclass(frozen=True, eq=False)
class TextModel:
    """A model of a list of texts, as a model of a table.

    Parameters
    ----------
    model : object
        The user's model, untouched.
    column : str
        Column of the texts.
    """

    model: Any
    column: str

    def predict(self, rows: pd.DataFrame) -> Any:
        """Return what the model predicts of the texts."""
        return self.model.predict(texts_in(rows, self.column))

    def __getattr__(self, name: str) -> Any:
        """Return what else a classifier has: its answers, asked likewise, and its labels."""
        if name not in {*_ANSWERS, "classes_"}:
            raise AttributeError(name)
        part = getattr(self.model, name)
        return _OfTexts(part, self.column) if name in _ANSWERS else part


@dataclass(frozen=True, eq=False)
class TextFunction:
    """A function of a list of texts, as a function of a table.

    Parameters
    ----------
    function : callable
        The user's function.
    column : str
        Column of the texts.
    """

    function: Any
    column: str

    def __call__(self, rows: pd.DataFrame) -> Any:
        """Return what the function answers for the texts."""
        return self.function(texts_in(rows, self.column))


class _OfTexts(TextFunction):
    """A method of a model of texts."""


def of_table(model: Any, column: str, *, is_function: bool = False) -> Any:
    """Return a model, or function, of a list of texts as one of a table.

    Parameters
    ----------
    model : object
        What takes a list of texts.
    column : str
        Column of the texts in the table.
    is_function : bool
        Call the object itself, even if it has a `predict`.

    Raises
    ------
    UnfittedModelError
        It was never fitted.
    InvalidInputError
        It is to be called itself, and cannot be.
    """
    if is_function and not callable(model) and hasattr(model, "predict"):
        raise InvalidInputError(
            "a function of a list of texts, as is_function=True says",
            f"{full_name(model)}, which cannot be called",
            "Leave `is_function` out: a model is asked by its own methods.",
        )
    if is_function or not callable(getattr(model, "predict", None)):
        # What is neither is refused by its name, as one of tables is.
        return TextFunction(model, column) if callable(model) else model
    check_fitted(model)
    return TextModel(model, column)


def inside(model: Any) -> Any:
    """Return the user's own model: what `of_table` was given, or the model itself."""
    if isinstance(model, TextModel):
        return model.model
    if functions.is_of_function(type(model).__name__):
        return inside(model.function)
    return model.function if isinstance(model, TextFunction) else model


def is_of_list(model: Any) -> bool:
    """Whether a model is given a list of texts, and no table: one that `of_table` made."""
    is_function = functions.is_of_function(type(model).__name__)
    return isinstance(model.function if is_function else model, TextModel | TextFunction)


def opened(model: Any) -> Any:
    """Return the model inside an MLflow pyfunc, if that takes texts; any other object itself."""
    found = pyfuncs.inside(model) if is_a(model, "mlflow", "PyFuncModel") else None
    return found if found is not None and takes_texts(found) else model


def takes_texts(model: Any) -> bool:
    """Whether a model begins with a vectoriser, and so takes a list of texts, not a table."""
    if is_search(model) or is_frozen(model):
        return takes_texts(model.best_estimator_ if is_search(model) else model.estimator)
    if is_pipeline(model):
        steps = [step for _, step in model.steps if step is not None and step != "passthrough"]
        return bool(steps) and takes_texts(steps[0])
    if is_a(model, "sklearn", "FeatureUnion"):
        return any(takes_texts(part) for _, part in model.transformer_list)
    return is_a(model, "sklearn", *_VECTORIZERS)
