"""`Explainer`: what all explainers of tabular data do, whichever engine they use."""

from __future__ import annotations

import math
import uuid
import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mlflow_explain.data import origins
from mlflow_explain.data.arguments import truth
from mlflow_explain.data.sampling import sampled
from mlflow_explain.data.table import Table, align
from mlflow_explain.errors import MissingPartError, OutOfTimeError
from mlflow_explain.explainers._convenience import Conveniences
from mlflow_explain.explainers.collect import (
    BATCH_ROWS,
    Collected,
    Parts,
    batches,
    rows_at_a_time,
)
from mlflow_explain.explainers.prepare import Prepared, Request, prepared
from mlflow_explain.explainers.subset import kept
from mlflow_explain.explainers.words import in_words, judged
from mlflow_explain.explanation import (
    EvaluatedRows,
    Explanation,
    LocalImportance,
)

if TYPE_CHECKING:
    from mlflow_explain._typing import FeatureKind, FloatArray, Rows
    from mlflow_explain.data.sampling import Sampling, SamplingPolicy
    from mlflow_explain.data.texts.reading import TextColumn
    from mlflow_explain.engines.base import Engine
    from mlflow_explain.engines.choice import Choice
    from mlflow_explain.engines.text.base import TextEngine
    from mlflow_explain.explainers.subject import Subject
    from mlflow_explain.explanation import Background


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
        self._prepare = partial(prepared, model, request=request)
        self._known: Prepared | None = None
        if initialization_examples is not None or not request.may_wait:
            self._known = self._prepare(initialization_examples)

    @property
    def _prepared(self) -> Prepared:
        if self._known is None:
            raise MissingPartError(
                "an explainer that has seen rows",
                "one without initialization examples that has explained nothing yet",
                "Pass `initialization_examples`, or explain rows first.",
            )
        return self._known

    @property
    def subject(self) -> Subject:
        """The model, taken apart."""
        return self._prepared.subject

    @property
    def choice(self) -> Choice:
        """The engine, and the reason of each one refused before it."""
        return self._prepared.choice

    @property
    def background(self) -> Background:
        """How the rows that stand for absent features were taken from the examples."""
        return self._prepared.background

    @property
    def method(self) -> str:
        """Name of the engine chosen."""
        return self._engine.name

    @property
    def texts(self) -> TextColumn | None:
        """Of a model of texts: which column they are; None for others."""
        return self._prepared.texts

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
        if self._known is None:
            return f"<{type(self).__name__} that has seen no rows yet>"
        model = self.subject.whole.model_type
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
        return self._explain(evaluation_examples)

    def explain_global(
        self,
        evaluation_examples: Any,
        sampling_policy: SamplingPolicy | bool | None = None,
        include_local: bool = True,
        batch_size: int = BATCH_ROWS,
    ) -> Explanation:
        """Return the importance of each column over all rows, with each row's attributions.

        Parameters
        ----------
        evaluation_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
            Rows to explain, usually the test rows.
        sampling_policy : SamplingPolicy or bool, optional
            Explain some of the rows in place of all; True is `SamplingPolicy` that allows it.
        include_local : bool, default=True
            Keep each row's attributions; without them only predictions grow with the rows.
        batch_size : int, default=10000
            Rows explained at a time.

        Returns
        -------
        Explanation
            In raw columns; `.engineered` holds the engineered features of a Pipeline.
        """
        # Words are known once all texts are: their tokens are kept until then.
        of_texts = self._known is not None and self._known.texts is not None
        keeps = truth("include_local", include_local) or of_texts
        made = self._explain(evaluation_examples, sampling_policy, keeps, batch_size)
        if of_texts:
            made = judged(made, self.subject.estimator, self._prepared.seed)
        return made if include_local == keeps else replace(made, local=None)

    def _explain(
        self,
        evaluation_examples: Any,
        sampling_policy: SamplingPolicy | bool | None = None,
        include_local: bool = True,
        batch_size: int = BATCH_ROWS,
    ) -> Explanation:
        """As of `explain_global`, but for what that tells of its own quality."""
        if self._known is None:
            self._known = self._prepare(evaluation_examples)
        if self._known.texts is not None:
            evaluation_examples = self._known.texts.table(evaluation_examples)
        table, sampling = sampled(
            align(evaluation_examples, self.subject.template), sampling_policy
        )
        bytes_per_row = 8 * len(self.subject.engineered.columns) * len(self._engine.base_values)
        size = rows_at_a_time(
            len(table), bytes_per_row, include_local=include_local, batch_size=batch_size
        )
        found = self._collected(table, size, include_local)
        if found.n_rows < len(table):
            # The time allowed was over.
            table, sampling = _first(found.n_rows, table, sampling)
        return self._of(found, table, sampling)

    @property
    def _engine(self) -> Engine:
        return self.choice.engine

    def _collected(self, table: Table, size: int, include_local: bool) -> Collected:
        """Return what the model and the engine answer for rows, `size` of them at a time.

        Where time is bounded, for the first of them only.
        """
        found = Collected(self.subject.feature_map, include_local)
        for batch in batches(table, size):
            try:
                predicted = self.subject.predict(batch.data) if len(batch) else None
                explained = self._explained(batch)
            except OutOfTimeError:
                if found.n_rows == 0:
                    raise
                break
            if predicted is not None:
                found.add_predictions(*predicted)
            found.add(*explained)
        self._warn_if_inexact(found)
        return found

    def _of(self, found: Collected, table: Table, sampling: Sampling | None) -> Explanation:
        """Return what was collected as an explanation, raw or of both kinds."""
        quality = {"additivity_error_max": found.additivity_error, **self._engine.quality}
        if sampling is not None:
            quality |= sampling.quality
        if found.standard_error is not None:
            quality["standard_error_max"] = found.standard_error
        # A sample of an array has positions among all rows, which the table does not know.
        ids = table.ids if sampling is None else sampling.ids
        rows = EvaluatedRows(table.data, ids, *found.predictions())
        if self._prepared.texts is not None:
            lowercase = cast("TextEngine", self._engine).lowercase
            parts = in_words(found.engineered, self.features, rows, lowercase=lowercase)
            return self._made("raw", parts, rows, quality)
        if self.subject.feature_map is None:
            return self._made("raw", Parts.of(found.engineered, self.features), rows, quality)
        names = self.subject.engineered.columns
        engineered_rows = _swapped(rows, found.engineered_rows())
        parts = Parts.of(found.engineered, names)
        engineered = self._made("engineered", parts, engineered_rows, quality)
        return self._made("raw", Parts.of(found.raw, self.features), rows, quality, engineered)

    def _explained(self, batch: Table) -> tuple[LocalImportance, Rows, FloatArray]:
        """Return attributions, engineered rows and additivity errors of a batch."""
        engine = self._engine
        if len(batch) == 0:
            n_features = len(self.subject.engineered.columns)
            empty = np.zeros((0, n_features, len(engine.base_values)))
            none = self.subject.engineered.take(slice(0, 0)).data
            of_texts = self._prepared.texts is not None
            local = engine.explain(none) if of_texts else LocalImportance(empty, engine.base_values)
            return local, none, np.zeros(0)
        rows = self.subject.transform(batch.data)
        local = engine.explain(rows)
        error = self.choice.additivity_error(self.subject.estimator, rows, local.outputs())
        return local, rows, error

    def _warn_if_inexact(self, found: Collected) -> None:
        """Say when sums that were exact on the background are not on these rows."""
        if self._engine.tolerance == math.inf:
            return
        allowed = self._engine.tolerance * found.scale
        if not (np.isfinite(allowed) and found.additivity_error <= allowed):
            warnings.warn(
                f"Base value plus importances differ from the model's output by up to "
                f"{found.additivity_error:.3g}; see quality['additivity_error_max'].",
                stacklevel=5,
            )

    def _made(
        self,
        kind: FeatureKind,
        parts: Parts,
        rows: EvaluatedRows | None,
        quality: dict[str, float],
        engineered: Explanation | None = None,
    ) -> Explanation:
        engine = self._engine
        made = Explanation(
            features=parts.features,
            method=engine.name,
            model_task=self.subject.whole.task,
            model_type=self.subject.model_type,
            output_space=engine.output_space,
            feature_perturbation=engine.feature_perturbation,
            global_=parts.global_,
            local=parts.local,
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
        stands_beside = self.subject.whole is self.subject.estimator
        front = self.subject.preprocess if stands_beside else None
        origins.remember(made.id, self.subject.whole.model, engine, front)
        subset = self._prepared.subset
        return made if kind == "engineered" or subset is None else kept(made, subset)


def _first(n_rows: int, table: Table, sampling: Sampling | None) -> tuple[Table, Sampling | None]:
    """Return the first rows of a table, and of how they were sampled."""
    if sampling is not None:
        sampling = replace(sampling, n_sampled_rows=n_rows, ids=sampling.ids[:n_rows])
    return table.take(slice(0, n_rows)), sampling


def _swapped(rows: EvaluatedRows, data: Rows | None) -> EvaluatedRows | None:
    """Return the rows with engineered columns in place of raw ones."""
    return None if data is None else replace(rows, data=data)
