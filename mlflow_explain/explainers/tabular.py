"""`TabularExplainer`: picks the engine that explains a model of tabular data."""

from __future__ import annotations

import uuid
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.background import background_of
from mlflow_explain.data.table import Table, align, table_of
from mlflow_explain.engines import registry
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

# Rows explained at a time: bounds what is held beside the result.
BATCH_ROWS = 10_000


class TabularExplainer(Conveniences):
    """Explain any supported model of tabular data, in the columns its user knows.

    A Pipeline is taken apart: its last step is explained exactly, and attributions are summed
    back to the raw columns along its fitted transformers.

    Parameters
    ----------
    model : object
        A fitted LightGBM model, tree, forest, gradient boosting or linear model, or a Pipeline
        that ends in one.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows like those the model was trained on. At most 100 of them, drawn with a fixed seed,
        become the background.
    explain_subset : sequence of int or str, optional
        Positions or names of the features to keep in the result.
    features : sequence of str, optional
        Names of the columns; taken from a DataFrame when not given.
    classes : sequence, optional
        Names of the classes in the model's order; taken from the model when not given.
    transformations : transformer, optional
        Fitted transformations when `model` is only the estimator behind them.
    allow_all_transformations : bool, default=False
        Accept transformers that mix columns; the attribution of each of their outputs is shared
        equally among their input columns.
    model_task : {"unknown", "classification", "regression"}, default="unknown"
        What the model predicts; ``"unknown"`` asks the model.

    Attributes
    ----------
    method : str
        Name of the engine chosen.
    choice : Choice
        The engine, and the reason of each one refused before it.

    Raises
    ------
    UnfittedModelError, UnsupportedModelError, UnsupportedTransformerError, InvalidInputError
        See each error's message for what to do.

    References
    ----------
    Lundberg and Lee 2017, "A unified approach to interpreting model predictions",
    https://doi.org/10.48550/arXiv.1705.07874

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from mlflow_explain import TabularExplainer
    >>> rows = np.array([[0.0, 0.0], [2.0, 4.0]])
    >>> model = LinearRegression().fit(rows, [0.0, 10.0])
    >>> explanation = TabularExplainer(model, rows, features=["a", "b"]).explain_global(rows)
    >>> {name: round(value, 6) for name, value in explanation.get_feature_importance_dict().items()}
    {'b': 4.0, 'a': 1.0}
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        explain_subset: Sequence[int | str] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        model_task: str = "unknown",
    ) -> None:
        examples = table_of(initialization_examples, features)
        table, self.background = background_of(examples)
        self.subject: Subject = subject_of(
            model,
            table,
            classes=classes,
            model_task=model_task,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
        )
        self.choice = registry.choose(self.subject.estimator, self.subject.engineered)
        self._subset = _positions(explain_subset, self.features)

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
        return f"<TabularExplainer of {model}: {self.method}, {len(self.features)} columns>"

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
        found = Collected(self.subject.feature_map, include_local)
        for batch in batches(table, batch_size):
            if len(batch):
                found.add_predictions(*self.subject.predict(batch.data))
            found.add(*self._explained(batch))
        self._warn_if_inexact(found)
        rows = EvaluatedRows(table.data, table.ids, *found.predictions())
        engineered_rows = found.engineered_rows() if include_local else None
        quality = {"additivity_error_max": found.additivity_error}
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
        if found.additivity_error > self.choice.engine.tolerance * found.scale:
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


def _kept(explanation: Explanation, positions: list[int]) -> Explanation:
    """Return the explanation with some of its features only."""
    local, whole = explanation.local, explanation.global_
    return replace(
        explanation,
        features=[explanation.features[i] for i in positions],
        local=local and LocalImportance(local.values[:, positions], local.base_values),
        global_=GlobalImportance(whole.values[positions], whole.per_output[positions]),
    )
