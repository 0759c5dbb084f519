"""From a model, rows and a request to the engine that explains: done once per explainer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.background import background_of
from mlflow_explain.data.functions import as_model
from mlflow_explain.data.table import table_of
from mlflow_explain.data.transformations import transformer_of
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.choice import Choice, first
from mlflow_explain.engines.deep import recognition
from mlflow_explain.explainers.subject import Subject, subject_of
from mlflow_explain.explainers.subset import positions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import EngineRow
    from mlflow_explain.explanation import Background


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
    """

    subject: Subject
    choice: Choice
    background: Background
    subset: list[int] | None


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
    examples = table_of(initialization_examples, request.features)
    table, background = background_of(examples, n_clusters=request.n_clusters)
    transformations = request.transformations
    if transformations is not None:
        transformations = transformer_of(transformations, table)
    model = recognition.as_model(
        model, table.data, model_task=request.model_task, transformations=transformations
    )
    model = as_model(
        model,
        table.data,
        is_function=request.is_function,
        model_task=request.model_task,
        classes=request.classes,
    )
    subject = subject_of(
        model,
        table,
        classes=request.classes,
        model_task=request.model_task,
        transformations=transformations,
        allow_all_transformations=request.allow_all_transformations,
        take_apart=bool(request.exact),
    )
    subject, choice = (request.choose or _first)(subject, examples, request)
    kept = positions(request.explain_subset, subject.template.columns)
    return Prepared(subject, choice, background, kept)


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
