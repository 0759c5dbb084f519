"""`Explainer`: what all explainers of tabular data do, whichever engine they use."""

from __future__ import annotations

import uuid
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.background import background_of
from mlflow_explain.data.functions import as_model
from mlflow_explain.data.table import Table, align, table_of
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.choice import Choice, first
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers._convenience import Conveniences
from mlflow_explain.explainers.collect import Collected, Part, batches
from mlflow_explain.explainers.subject import Subject, subject_of
from mlflow_explain.explanation import (
    EvaluatedRows,
    Explanation,
    GlobalImportance,
    LocalImportance,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FeatureKind, FloatArray, Rows
    from mlflow_explain.engines.base import EngineRow

# Rows explained at a time, and the size of their attributions: bounds what is held beside the
# result.
BATCH_ROWS = 10_000
BATCH_BYTES = 256 * 2**20
# Attributions of all rows that are kept.
MAX_LOCAL_BYTES = 8 * 2**30


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


class Explainer(Conveniences):
    """A model, taken apart, and the engine that explains it.

    The base of the public explainers, which differ in the engines they try.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline or a function of rows.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows like those the model was trained on.
    request : Request
        What is asked of the explainer beside them.
    """

    def __init__(self, model: Any, initialization_examples: Any, request: Request) -> None:
        examples = table_of(initialization_examples, request.features)
        table, self.background = background_of(examples, n_clusters=request.n_clusters)
        model = as_model(
            model, table.data, is_function=request.is_function, model_task=request.model_task
        )
        subject = subject_of(
            model,
            table,
            classes=request.classes,
            model_task=request.model_task,
            transformations=request.transformations,
            allow_all_transformations=request.allow_all_transformations,
            take_apart=bool(request.exact),
        )
        self.subject, self.choice = _chosen(subject, request)
        self._subset = _positions(request.explain_subset, self.features)

    @property
    def method(self) -> str:
        """Name of the engine chosen."""
        return self.choice.engine.name

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the raw columns."""
        return self.subject.template.columns

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """Class labels in the order of the outputs; None for regression."""
        return self.subject.whole.classes

    def __repr__(self) -> str:
        """Say what is explained, and how, in one line."""
        model = type(self.subject.whole.model).__name__
        return f"<{type(self).__name__} of {model}: {self.method}, {len(self.features)} columns>"

    def explain_local(self, evaluation_examples: Any) -> Explanation:
        """Return the attributions of single rows.

        Parameters
        ----------
        evaluation_examples : DataFrame, Series, array or csr_matrix
            One row (one-dimensional) or many. Columns of a DataFrame are matched by name.

        Returns
        -------
        Explanation
            In raw columns; `.engineered` holds the engineered features of a Pipeline.
        """
        return self.explain_global(evaluation_examples)

    def explain_global(
        self,
        evaluation_examples: Any,
        *,
        include_local: bool = True,
        batch_size: int = BATCH_ROWS,
    ) -> Explanation:
        """Return the importance of each column over all rows, with each row's attributions.

        Parameters
        ----------
        evaluation_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
            Rows to explain, usually the test rows.
        include_local : bool, default=True
            Keep each row's attributions; without them only predictions grow with the rows.
        batch_size : int, default=10000
            Rows explained at a time.

        Returns
        -------
        Explanation
            In raw columns; `.engineered` holds the engineered features of a Pipeline.
        """
        if batch_size < 1:
            raise InvalidInputError("a batch_size of at least 1", str(batch_size), "Raise it.")
        table = align(evaluation_examples, self.subject.template)
        per_row = 8 * len(self.subject.engineered.columns) * len(self.choice.engine.base_values)
        if include_local and per_row * len(table) > MAX_LOCAL_BYTES:
            raise InvalidInputError(
                f"at most {MAX_LOCAL_BYTES // per_row} rows, whose attributions are kept",
                f"{len(table)}",
                "Pass fewer rows, or include_local=False for the global importance of all.",
            )
        found = Collected(self.subject.feature_map, include_local)
        for batch in batches(table, max(1, min(batch_size, BATCH_BYTES // per_row))):
            if len(batch):
                found.add_predictions(*self.subject.predict(batch.data))
            found.add(*self._explained(batch))
        self._warn_if_inexact(found)
        rows = EvaluatedRows(table.data, table.ids, *found.predictions())
        engineered_rows = found.engineered_rows() if include_local else None
        quality = {"additivity_error_max": found.additivity_error}
        if getattr(self.choice.engine, "is_rescaled", False):
            quality["rescaled"] = 1.0
        if found.standard_error is not None:
            quality["standard_error_max"] = found.standard_error
        names = self.subject.engineered.columns
        if self.subject.feature_map is None:
            return self._made("raw", found.engineered, self.features, rows, quality)
        return self._made(
            "raw",
            found.raw,
            self.features,
            rows,
            quality,
            engineered=self._made(
                "engineered", found.engineered, names, _swapped(rows, engineered_rows), quality
            ),
        )

    def _explained(self, batch: Table) -> tuple[LocalImportance, Rows, FloatArray]:
        """Return attributions, engineered rows and additivity errors of a batch."""
        engine = self.choice.engine
        if len(batch) == 0:
            n_features = len(self.subject.engineered.columns)
            empty = np.zeros((0, n_features, len(engine.base_values)))
            none = self.subject.engineered.take(slice(0, 0)).data
            return LocalImportance(empty, engine.base_values), none, np.zeros(0)
        rows = self.subject.transform(batch.data)
        local = engine.explain(rows)
        error = self.choice.additivity_error(self.subject.estimator, rows, local.outputs())
        return local, rows, error

    def _warn_if_inexact(self, found: Collected) -> None:
        """Say when sums that were exact on the background are not on these rows."""
        allowed = self.choice.engine.tolerance * found.scale
        if not (np.isfinite(allowed) and found.additivity_error <= allowed):
            warnings.warn(
                f"Base value plus importances differ from the model's output by up to "
                f"{found.additivity_error:.3g}; see quality['additivity_error_max'].",
                stacklevel=4,
            )

    def _made(
        self,
        kind: FeatureKind,
        part: Part,
        features: Sequence[str],
        rows: EvaluatedRows | None,
        quality: dict[str, float],
        engineered: Explanation | None = None,
    ) -> Explanation:
        engine = self.choice.engine
        made = Explanation(
            features=features,
            method=engine.name,
            model_task=self.subject.whole.task,
            model_type=type(self.subject.estimator.model).__name__,
            output_space=engine.output_space,
            feature_perturbation=engine.feature_perturbation,
            global_=part.global_(),
            local=part.local(),
            classes=self.classes,
            kind=kind,
            rows=rows,
            engineered=engineered,
            feature_map=self.subject.feature_map if kind == "engineered" else None,
            raw_features=self.features if kind == "engineered" else None,
            background=self.background,
            quality=quality,
            id=engineered.id if engineered is not None else uuid.uuid4().hex,
        )
        return made if kind == "engineered" or self._subset is None else _kept(made, self._subset)


def _chosen(subject: Subject, request: Request) -> tuple[Subject, Choice]:
    """Return the engine, and the model as it explains it.

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


def _swapped(rows: EvaluatedRows, data: Rows | None) -> EvaluatedRows | None:
    """Return the rows with engineered columns in place of raw ones."""
    return None if data is None else replace(rows, data=data)


def _positions(subset: Sequence[int | str] | None, features: tuple[str, ...]) -> list[int] | None:
    """Return the positions of a subset of features given by name or position."""
    if subset is None:
        return None
    known = dict(enumerate(features)) | {name: name for name in features}
    unknown = [str(item) for item in subset if item not in known]
    if unknown:
        raise InvalidInputError(
            f"explain_subset of the features {', '.join(features)}",
            ", ".join(unknown),
            "Name or number columns of the initialization examples.",
        )
    return [features.index(known[item]) for item in subset]


def _kept_local(local: LocalImportance, positions: list[int]) -> LocalImportance:
    errors = local.standard_errors
    kept = None if errors is None else errors[:, positions]
    return LocalImportance(local.values[:, positions], local.base_values, kept)


def _kept(explanation: Explanation, positions: list[int]) -> Explanation:
    """Return the explanation with some of its features only."""
    local, whole = explanation.local, explanation.global_
    return replace(
        explanation,
        features=[explanation.features[i] for i in positions],
        local=local and _kept_local(local, positions),
        global_=GlobalImportance(whole.values[positions], whole.per_output[positions]),
    )
