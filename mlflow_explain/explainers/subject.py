"""`Subject`: the model to explain, taken apart once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.boosters import is_booster
from mlflow_explain.data.functions import FunctionLabels
from mlflow_explain.data.kinds import (
    MODEL_ERRORS,
    class_names,
    full_name,
    is_a,
    is_frame,
    is_pipeline,
    is_search,
)
from mlflow_explain.data.lineage import feature_map_of
from mlflow_explain.data.names import engineered_names
from mlflow_explain.data.pipeline import Split, split
from mlflow_explain.data.predictor import (
    Predictor,
    fitted_columns,
    fitted_width,
    predictor_of,
)
from mlflow_explain.data.retyped import times_in
from mlflow_explain.data.table import Table, columns_with_infinity, in_fitted_order
from mlflow_explain.data.texts.models import TextModel, is_of_list
from mlflow_explain.errors import (
    InvalidInputError,
    UnsupportedModelError,
    UnsupportedTransformerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.explanation import FeatureMap

_VECTORIZERS = {"CountVectorizer", "HashingVectorizer"}
OF_TEXTS = (
    "Explain its texts with TextExplainer. Here a model of text takes a column, not a table: name "
    "the column in a ColumnTransformer, or explain the estimator on rows transformed already."
)
_SEE = "See the model's own error; check types and missing values of the columns."
# What a model of texts that is given a table may be instead.
_OF_LIST = "If the model takes a list of texts, pass the texts as a list, not as a table."
_TAKES_NO_TEXTS = (
    "See the model's own error. It was given a list of texts. It may take tables: pass a DataFrame "
    "with the column of texts, or use TabularExplainer; or what a vectoriser makes of texts: pass "
    "the Pipeline with its vectoriser."
)


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

    @property
    def model_type(self) -> str:
        """Class of the last step, also where the model is explained as a whole."""
        model = self.estimator.model
        last = split(model.model if isinstance(model, TextModel) else model).estimator
        return replace(self.estimator, model=last).model_type

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


def accepted(function: Callable[[Rows], Any], rows: Rows, fix: str = _SEE) -> Any:
    """Return what a function of the user's model answers, or say that it refuses the rows."""
    try:
        return function(rows)
    except MODEL_ERRORS as error:
        infinite, times = columns_with_infinity(rows), [str(name) for name in times_in(rows)]
        where = f" (infinity in column {', '.join(infinite)})" if infinite else ""
        where += f" (dates or times in column {', '.join(times)})" if times else ""
        raise InvalidInputError(
            "rows that the model accepts",
            f"rows that make it raise {type(error).__name__}{where}",
            fix,
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
    of_texts: bool = False,
) -> Subject:
    """Take a model apart: check it, split it, and trace its engineered features.

    Parameters
    ----------
    model : object
        A fitted estimator or Pipeline; with `transformations`, the estimator alone.
    background : Table
        Background rows, in raw columns.
    classes, model_task, allow_all_transformations
        As of `TabularExplainer`.
    transformations : transformer, optional
        What stands before an estimator, as one fitted transformer.
    take_apart : bool
        Split a Pipeline; otherwise it is its own estimator.
    of_texts : bool
        The rows have a column of texts, and the model may read it.

    Returns
    -------
    Subject
    """
    whole = predictor_of(model, classes, model_task)
    parts = split(model) if take_apart else Split(None, model)
    taker = model
    if transformations is not None:
        _check_bare(parts)
        parts = Split(transformations, model)
        taker = parts.preprocess
    if not of_texts:
        _check_no_texts(taker)
    background = in_fitted_order(background, fitted_columns(taker), fitted_width(taker))
    if parts.preprocess is None:
        _check_times(model, background)
        _check_one_target(whole, background.take(slice(0, 3)).data, of_texts=of_texts)
        return Subject(whole, _estimator(parts, whole), None, background, background, None)
    rows = accepted(parts.preprocess.transform, background.data)
    _check_count(parts.preprocess, len(background), rows.shape[0], OF_TEXTS)
    columns = getattr(background.data, "columns", background.columns)
    names = engineered_names(parts.preprocess, background.columns, rows.shape[1])
    n_engineered = int(rows.shape[1])
    if transformations is not None:
        _check_width(model, n_engineered)
    fold = feature_map_of(
        parts.preprocess, columns, allow_all=allow_all_transformations, n_outputs=n_engineered
    )
    if fold.n_engineered != rows.shape[1]:
        raise UnsupportedTransformerError(
            f"a feature map of {rows.shape[1]} engineered features",
            f"one of {fold.n_engineered} traced through {full_name(parts.preprocess)}",
            "Explain the estimator alone, on engineered rows.",
        )
    estimator, engineered = _estimator(parts, whole), Table(rows, tuple(names))
    _check_times(parts.estimator, engineered)
    _check_one_target(estimator, engineered.take(slice(0, 3)).data)
    return Subject(whole, estimator, parts.preprocess, background, engineered, fold)


def _check_times(model: Any, given: Table) -> None:
    """Refuse dates and times where an estimator would take them for numbers.

    A Pipeline's transformers may read them, and so may a function or a model of the user's own.
    """
    reads = (
        is_pipeline(model)
        or is_search(model)
        or type(model).__module__.split(".")[0]
        not in {"sklearn", "lightgbm", "xgboost", "catboost"}
    )
    times = [] if reads else times_in(given.data)
    if times and not any(map(is_pipeline, _parameters(model))):
        names = times if is_frame(given.data) else [given.columns[i] for i in times]
        raise InvalidInputError(
            f"numbers or categories, as {full_name(model)} takes them",
            f"dates or times in column {', '.join(map(str, names))}",
            "Convert the column as it was for training, or put a transformer that takes what "
            "matters of it (weekday, days since) before the model in a Pipeline.",
        )


def _parameters(model: Any) -> list[Any]:
    return list(model.get_params().values()) if hasattr(model, "get_params") else []


def _check_one_target(predictor: Predictor, row: Rows, *, of_texts: bool = False) -> None:
    """Refuse several targets of classes, one class, and models that do not predict such a row."""
    see, once, of = _SEE, OF_TEXTS, "rows"
    if is_of_list(predictor.model):
        see, once, of = _TAKES_NO_TEXTS, "Return one answer per text.", "texts"
    elif of_texts:
        see, once = f"{_SEE} {_OF_LIST}", f"Return one answer per row. {_OF_LIST}"
    answer = accepted(predictor.predict, row, see)
    _check_count(predictor.model, row.shape[0], len(answer), once, of)
    if predictor.labels is not None and len(predictor.labels) < 2:
        if isinstance(predictor.model, FunctionLabels):
            raise UnsupportedModelError(
                "a function that answers several labels, or numbers",
                f"{list(predictor.labels)} only",
                "Return probabilities, (n_rows, n_classes), or values; or pass all `classes`.",
            )
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


def _check_count(model: Any, n_rows: int, n_answers: int, fix: str, of: str = "rows") -> None:
    """Refuse a model or transformer that does not answer once per row."""
    if n_answers != n_rows:
        raise InvalidInputError(
            f"a model that answers once for each of {n_rows} {of}",
            f"{n_answers} answers from {full_name(model)}",
            fix,
        )


def _check_no_texts(model: Any) -> None:
    """Refuse a model whose first step takes a column of texts, which no table is."""
    vectorizers = [step for step in _first_steps(model) if class_names(step) & _VECTORIZERS]
    if vectorizers:
        raise InvalidInputError(
            "a model that takes tables",
            f"{full_name(model)}, which begins with a {type(vectorizers[0]).__name__} of texts",
            OF_TEXTS,
        )


def _first_steps(model: Any) -> list[Any]:
    """Return what is given the rows as they are."""
    if is_search(model):
        return _first_steps(model.best_estimator_)
    if is_pipeline(model):
        steps = [step for _, step in model.steps if step is not None and step != "passthrough"]
        return _first_steps(steps[0]) if steps else []
    if is_a(model, "sklearn", "FeatureUnion"):
        return [step for _, part in model.transformer_list for step in _first_steps(part)]
    return [model]


def _check_width(estimator: Any, n_engineered: int) -> None:
    """Refuse transformations that make other columns than the estimator was fitted on."""
    width = fitted_width(estimator)
    if width not in {None, n_engineered}:
        raise InvalidInputError(
            f"`transformations` that make {width} columns, as {full_name(estimator)} was fitted on",
            f"{n_engineered}",
            "Pass all that stood before it when it was fitted: a fitted ColumnTransformer, or a "
            "tuple for each of its columns.",
        )


def _estimator(parts: Split, whole: Predictor) -> Predictor:
    """Return the last step with the whole model's task and labels; a bare model is its own."""
    if parts.estimator is whole.model:
        return whole
    return predictor_of(parts.estimator, whole.classes, whole.task)


def _check_bare(parts: Split) -> None:
    """Refuse transformations beside a model that has its own."""
    if parts.preprocess is not None:
        raise InvalidInputError(
            "`transformations` for an estimator without preprocessing",
            "a Pipeline that has its own",
            "Leave `transformations` out, or pass the Pipeline's last step.",
        )
