"""From a model, rows and a request to the engine that explains: done once per explainer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.arguments import one_of, seed_of, truth
from mlflow_explain.data.background import background_of
from mlflow_explain.data.functions import as_model, shows_in_answers
from mlflow_explain.data.predictor import TASKS, fitted_columns, fitted_width
from mlflow_explain.data.table import in_fitted_order, table_of
from mlflow_explain.data.texts.models import opened
from mlflow_explain.data.texts.reading import text_column
from mlflow_explain.data.transformations import transformer_of
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.choice import Choice, first
from mlflow_explain.engines.deep import recognition
from mlflow_explain.explainers.subject import Subject, accepted, subject_of
from mlflow_explain.explainers.subset import subset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain.data.table import Table
    from mlflow_explain.data.texts.reading import TextColumn
    from mlflow_explain.engines.base import EngineRow
    from mlflow_explain.explanation import Background

_GAMES = ("auto", "tree_path_dependent", "interventional")
_OUTPUTS = ("default", "probability")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Request:
    """What a user asks of an explainer, beside the model and its rows.

    Parameters
    ----------
    exact : sequence of EngineRow
        Engines to try on the estimator, in order.
    others : sequence of EngineRow
        Engines to try then, on the model as a whole.
    options : Options
        The game, the output and the budget.
    explain_subset, features, classes, transformations, allow_all_transformations, model_task
        As of `TabularExplainer`.
    is_function : bool
        `model` is called itself.
    n_clusters : int or None
        Background rows, each standing for a cluster of the examples.
    choose : callable, optional
        ``(subject, examples, request) -> (subject, choice)``, with all initialization examples in
        the columns and the order they were given in; by default the first engine of `exact`, then
        of `others`.
    may_wait : bool
        Without initialization examples, the first rows explained take their place.
    text_column : str or None
        Name of the column of texts.
    of_texts : bool
        The model is one of texts: a list of them, or a table with a column of them.

    Raises
    ------
    InvalidInputError
        An option is not of its kind.
    """

    exact: Sequence[EngineRow]
    others: Sequence[EngineRow] = ()
    options: Options = field(default_factory=Options)
    explain_subset: Sequence[int | str] | None = None
    features: Sequence[str] | None = None
    classes: Sequence[Any] | None = None
    transformations: Any = None
    allow_all_transformations: bool = False
    model_task: str = "unknown"
    is_function: bool = False
    n_clusters: int | None = None
    choose: Callable[[Subject, Table, Request], tuple[Subject, Choice]] | None = None
    may_wait: bool = False
    text_column: str | None = None
    of_texts: bool = False

    def __post_init__(self) -> None:
        truth("is_function", self.is_function)
        truth("allow_all_transformations", self.allow_all_transformations)
        one_of("model_task", self.model_task, TASKS)
        one_of("feature_perturbation", self.options.feature_perturbation, _GAMES)
        one_of("shap_values_output", self.options.output, _OUTPUTS)
        truth("show_progress", self.options.show_progress)
        seed_of(self.options.seed)


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """What an explainer knows once it has seen rows.

    Parameters
    ----------
    subject : Subject
        The model, taken apart.
    choice : Choice
        The engine, and the reasons against those before it.
    background : Background
        How many examples stand for absent features, and how they were taken.
    subset : list of int or None
        Positions of the raw columns to keep in results.
    texts : TextColumn or None
        Of a model of texts: which column they are.
    seed : int
        Of what is drawn at random.
    """

    subject: Subject
    choice: Choice
    background: Background
    subset: list[int] | None
    texts: TextColumn | None = None
    seed: int = 0


def prepared(model: Any, initialization_examples: Any, request: Request) -> Prepared:
    """Check a model and rows, and choose the engine.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline or a function of rows.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows like those the model was trained on.
    request : Request
        What is asked beside them.
    """
    texts = None
    if request.of_texts:
        model = opened(model)
        texts = text_column(model, initialization_examples, request.text_column)
        initialization_examples = texts.table(initialization_examples)
        model = texts.asked(model, is_function=request.is_function)
        request = replace(request, text_column=texts.name)
    examples = table_of(initialization_examples, request.features)
    table, background = background_of(examples, n_clusters=request.n_clusters)
    model, front = model_of(
        model,
        table,
        is_function=request.is_function,
        classes=request.classes,
        model_task=request.model_task,
        transformations=request.transformations,
        of_texts=request.of_texts,
    )
    subject = subject_of(
        model,
        table,
        classes=request.classes,
        model_task=request.model_task,
        transformations=front,
        allow_all_transformations=request.allow_all_transformations,
        take_apart=bool(request.exact),
        of_texts=request.of_texts,
    )
    subject, choice = (request.choose or _first)(subject, examples, request)
    kept = subset_of(request.explain_subset, examples.columns, subject.template.columns)
    background = choice.background or background
    return Prepared(subject, choice, background, kept, texts, request.options.seed)


def model_of(
    model: Any,
    table: Table,
    *,
    is_function: bool,
    classes: Sequence[Any] | None,
    model_task: str,
    transformations: Any,
    of_texts: bool = False,
) -> tuple[Any, Any]:
    """Return any object as a model with `predict`, and its transformations as one transformer.

    Parameters
    ----------
    model : object
        A model, a Pipeline, a network, or a function of rows.
    table : Table
        Rows in raw columns, to see what a function or a network answers.
    is_function, classes, model_task, transformations
        As of `KernelExplainer`.
    of_texts : bool
        The rows have a column of texts.

    Returns
    -------
    model : object
        The same, unless it is a function, a network, or an MLflow pyfunc.
    transformer : transformer or None
        What stands before it.
    """
    front = None if transformations is None else transformer_of(transformations, table)
    is_network, rows = recognition.is_network(model), table.data
    if front is not None and (is_network or shows_in_answers(model, is_function=is_function)):
        ordered = in_fitted_order(table, fitted_columns(front), fitted_width(front))
        rows = accepted(front.transform, ordered.data)
    if is_network:
        # Names of classes say that there are some.
        named = classes is not None and model_task == "unknown"
        task = "classification" if named else model_task
        return recognition.as_model(model, rows, model_task=task), front
    made = as_model(
        model,
        rows,
        is_function=is_function,
        model_task=model_task,
        classes=classes,
        of_texts=of_texts,
    )
    return made, front


def _first(subject: Subject, _: Table, request: Request) -> tuple[Subject, Choice]:
    """Return the first engine that takes the model, and the model as it explains it.

    Exact engines see the estimator behind its preprocessing. A black box is asked as a whole, in
    the columns the user knows.
    """
    found = first(subject.estimator, subject.engineered, request.options, request.exact)
    if isinstance(found, Choice):
        return subject, found
    whole = subject.untouched()
    found = first(whole.estimator, whole.engineered, request.options, request.others, found)
    if isinstance(found, Choice):
        return whole, found
    raise registry.refused(subject.estimator, found)
