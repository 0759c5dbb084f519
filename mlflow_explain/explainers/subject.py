"""`Subject`: the model to explain, taken apart once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name
from mlflow_explain.data.lineage import engineered_names, feature_map_of
from mlflow_explain.data.pipeline import Split, split
from mlflow_explain.data.predictor import (
    Predictor,
    check_fitted,
    fitted_columns,
    fitted_width,
    is_booster,
    predictor_of,
)
from mlflow_explain.data.table import Table, columns_with_infinity, in_fitted_order
from mlflow_explain.errors import (
    InvalidInputError,
    UnsupportedModelError,
    UnsupportedTransformerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.explanation import FeatureMap


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """A model in two halves, and the names on both sides of its preprocessing.

    Parameters
    ----------
    whole : Predictor
        The user's model, untouched: it makes all predictions.
    estimator : Predictor
        Its last step, which the engines explain.
    preprocess : transformer or None
        All before the last step.
    template : Table
        Background rows as the user gave them.
    engineered : Table
        The same rows after preprocessing, with the names of the engineered features.
    feature_map : FeatureMap or None
        From engineered features to raw columns; None without preprocessing.
    """

    whole: Predictor
    estimator: Predictor
    preprocess: Any
    template: Table
    engineered: Table
    feature_map: FeatureMap | None

    def transform(self, rows: Rows) -> Rows:
        """Return rows as the estimator takes them."""
        return rows if self.preprocess is None else accepted(self.preprocess.transform, rows)

    def untouched(self) -> Subject:
        """Return the model as one piece, explained in the columns the user knows."""
        if self.whole is self.estimator:
            return self
        return replace(
            self, estimator=self.whole, preprocess=None, engineered=self.template, feature_map=None
        )

    def predict(self, rows: Rows) -> tuple[AnyArray, FloatArray | None]:
        """Return the user's model's own predictions and probabilities."""
        # With `transformations=` the user's model is the estimator, and takes transformed rows.
        given = self.transform(rows) if self.whole is self.estimator else rows
        predicted = accepted(self.whole.predict, given)
        return predicted, self.whole.probabilities(given, predicted)


def accepted(function: Callable[[Rows], Any], rows: Rows) -> Any:
    """Return what a function of the user's model answers, or say that it refuses the rows."""
    try:
        return function(rows)
    except MODEL_ERRORS as error:
        infinite = columns_with_infinity(rows)
        where = f" (infinity in column {', '.join(infinite)})" if infinite else ""
        raise InvalidInputError(
            "rows that the model accepts",
            f"rows that make it raise {type(error).__name__}{where}",
            "See the model's own error above; check types and missing values of the columns.",
        ) from error


def subject_of(
    model: Any,
    background: Table,
    *,
    classes: Sequence[Any] | None = None,
    model_task: str = "unknown",
    transformations: Any = None,
    allow_all_transformations: bool = False,
    take_apart: bool = True,
) -> Subject:
    """Take a model apart: check it, split it, and trace its engineered features.

    Parameters
    ----------
    model : object
        A fitted estimator or Pipeline; with `transformations`, the estimator alone.
    background : Table
        Background rows, in raw columns.
    classes, model_task, transformations, allow_all_transformations
        As of `TabularExplainer`.
    take_apart : bool
        Split a Pipeline; otherwise it is its own estimator.

    Returns
    -------
    Subject
    """
    whole = predictor_of(model, classes, model_task)
    parts = split(model) if take_apart else Split(None, model)
    taker = model
    if transformations is not None:
        parts = Split(_checked(transformations, parts), model)
        taker = transformations
    background = in_fitted_order(background, fitted_columns(taker), fitted_width(taker))
    if parts.preprocess is None:
        _check_one_target(whole, background.take(slice(0, 3)).data)
        return Subject(whole, _estimator(parts, whole), None, background, background, None)
    rows = accepted(parts.preprocess.transform, background.data)
    _check_count(parts.preprocess, len(background), rows.shape[0])
    columns = getattr(background.data, "columns", background.columns)
    names = engineered_names(parts.preprocess, background.columns, rows.shape[1])
    fold = feature_map_of(parts.preprocess, columns, allow_all=allow_all_transformations)
    if fold.n_engineered != rows.shape[1]:
        raise UnsupportedTransformerError(
            f"a feature map of {rows.shape[1]} engineered features",
            f"one of {fold.n_engineered} traced through {full_name(parts.preprocess)}",
            "Explain the estimator alone, on engineered rows.",
        )
    estimator = _estimator(parts, whole)
    _check_one_target(estimator, Table(rows, tuple(names)).take(slice(0, 3)).data)
    return Subject(whole, estimator, parts.preprocess, background, Table(rows, tuple(names)), fold)


def _check_one_target(predictor: Predictor, row: Rows) -> None:
    """Refuse several targets of classes, one class, and models that do not predict such a row."""
    answer = accepted(predictor.predict, row)
    _check_count(predictor.model, row.shape[0], len(answer))
    if predictor.labels is not None and len(predictor.labels) < 2:
        raise UnsupportedModelError(
            "a classifier of two classes or more",
            f"{full_name(predictor.model)}, which knows one class only",
            "Train it on rows of several classes.",
        )
    several = answer.ndim == 2 and answer.shape[1] > 1 and predictor.task == "classification"
    if several and not is_booster(predictor.model):
        raise UnsupportedModelError(
            "a model of one target",
            f"{full_name(predictor.model)}, which predicts {answer.shape[1]}",
            "Explain one model per target.",
        )


def _check_count(model: Any, n_rows: int, n_answers: int) -> None:
    """Refuse a model or transformer that does not answer once per row."""
    if n_answers != n_rows:
        raise InvalidInputError(
            f"a model that answers once for each of {n_rows} rows",
            f"{n_answers} answers from {full_name(model)}",
            "A model of text takes a column, not a table: name the column in a ColumnTransformer, "
            "or explain the estimator on rows that are transformed already.",
        )


def _estimator(parts: Split, whole: Predictor) -> Predictor:
    """Return the last step with the whole model's task and labels; a bare model is its own."""
    if parts.estimator is whole.model:
        return whole
    return predictor_of(parts.estimator, whole.classes, whole.task)


def _checked(transformations: Any, parts: Split) -> Any:
    """Return fitted transformations of an estimator that has none of its own."""
    if parts.preprocess is not None:
        raise InvalidInputError(
            "`transformations` for an estimator without preprocessing",
            "a Pipeline that has its own",
            "Leave `transformations` out, or pass the Pipeline's last step.",
        )
    if not hasattr(transformations, "transform"):
        raise InvalidInputError(
            "`transformations` to be a fitted transformer, such as a ColumnTransformer",
            full_name(transformations),
            "Pass the fitted ColumnTransformer.",
        )
    check_fitted(transformations)
    return transformations
