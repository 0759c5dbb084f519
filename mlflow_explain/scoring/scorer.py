"""`Scorer`: explains new rows with nothing but the engine, the names and the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlflow_explain.data import functions
from mlflow_explain.data.boosters import tells_class_numbers
from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame
from mlflow_explain.data.pipeline import Split, split
from mlflow_explain.data.predictor import answers_labels
from mlflow_explain.data.table import Table, dense, table_of
from mlflow_explain.data.texts.models import inside
from mlflow_explain.data.views import listed
from mlflow_explain.engines import registry
from mlflow_explain.engines.deep import recognition
from mlflow_explain.engines.text import terms
from mlflow_explain.errors import PreprocessingUnavailableError
from mlflow_explain.explanation import Background, FeatureMap, LocalImportance, layout
from mlflow_explain.scoring.intake import Intake
from mlflow_explain.scoring.probes import made_up_rows

if TYPE_CHECKING:
    from mlflow_explain._typing import OutputSpace, Rows, Task
    from mlflow_explain.data.texts.halves import TransformedRows
    from mlflow_explain.data.texts.reading import TextColumn
    from mlflow_explain.engines.base import Engine

# What one prediction of a model is.
Prediction = Literal["label", "number", "numbers"]

PICKLE_SETTING = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Scorer:
    """A light explainer for rows that arrive one by one.

    What is saved of it, as JSON and plain arrays, holds no training rows beyond those the engine
    needs. In memory it also knows a few rows by which to tell its model when both are logged.

    Parameters
    ----------
    engine : Engine
        Explains the estimator in engineered features.
    template : Table
        No rows: the raw columns with their types.
    engineered_features : tuple of str
        Names of the estimator's inputs.
    feature_map : FeatureMap or None
        From engineered features to raw columns; None without preprocessing.
    classes : tuple or None
        Names of the classes, in the order of the outputs.
    labels : tuple or None
        The labels the model predicts, in the same order.
    model_task : {"classification", "regression"}
        What the model predicts.
    model_type : str
        Class of the explained estimator.
    background : Background
        How many rows stood for absent features.
    preprocess : transformer or None
        The Pipeline's fitted steps before the estimator.
    target : str or tuple of str
        Name of a regression's target in replies, or of each of several.
    probe : DataFrame, ndarray, csr_matrix or None
        Made-up engineered rows to tell the model by when it is logged; never written.
    raw_probe : DataFrame, ndarray, csr_matrix or None
        Raw rows to tell its preprocessing by; never written.
    texts : TextColumn or None
        Of a model of texts: which column they are, and whether the model takes a list of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from mlflow_explain import TabularExplainer
    >>> rows = np.array([[0.0, 0.0], [2.0, 4.0]])
    >>> explainer = TabularExplainer(LinearRegression().fit(rows, [0.0, 10.0]), rows)
    >>> np.round(explainer.create_scoring_explainer().explain(rows), 6).tolist()
    [[-1.0, -4.0], [1.0, 4.0]]
    """

    engine: Engine
    template: Table
    engineered_features: tuple[str, ...]
    feature_map: FeatureMap | None
    classes: tuple[Any, ...] | None
    labels: tuple[Any, ...] | None
    model_task: Task
    model_type: str
    background: Background
    preprocess: Any = None
    target: str | tuple[str, ...] = "prediction"
    probe: Rows | None = None
    raw_probe: Rows | None = None
    texts: TextColumn | None = None
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "intake", Intake(self.template))

    def __repr__(self) -> str:
        """Say what it explains in one line."""
        return (
            f"<Scorer of {self.model_type}: {self.engine.name}, "
            f"{len(self.features)} columns, {self.output_space}>"
        )

    @property
    def asks_model(self) -> bool:
        """Whether it explains by asking the model, without which it is of no use."""
        return registry.row_named(self.engine.name).asks_model

    def probe_rows(self) -> Rows:
        """Return rows as the estimator takes them, to tell one model from another by."""
        return made_up_rows(self) if self.probe is None else self.probe

    def preprocesses_as(self, preprocess: Any) -> bool:
        """Whether a model's own preprocessing makes the same of the probe as this explainer's."""
        if self.raw_probe is None or self.preprocess is None:
            return True
        if preprocess is None:
            return False
        try:
            mine, theirs = (
                dense(part.transform(self.raw_probe)) for part in (self.preprocess, preprocess)
            )
        except MODEL_ERRORS:
            # The other one takes other columns.
            return False
        return mine.shape == theirs.shape and bool(pd.DataFrame(mine).equals(pd.DataFrame(theirs)))

    def estimator_of(self, model: Any) -> Split:
        """Return the model as this explainer takes it apart: not where only its answers count.

        A function, or a network, becomes the model with `predict` that it was explained as.
        """
        model = model if self.texts is None else self.texts.asked(model)
        model = functions.restored(model, self.model_type, self.labels)
        if self.engine.name == registry.DEEP.name:
            model = recognition.restored(model, self.engine.state().settings)
        by_answers = registry.row_named(self.engine.name).made_of is not None
        whole = by_answers and self.feature_map is None
        return Split(None, model) if whole else split(model)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the raw columns."""
        return self.template.columns

    @property
    def output_names(self) -> tuple[str, ...]:
        """What replies call the outputs: the labels the model predicts, or its targets."""
        if self.labels is not None:
            return tuple(str(label) for label in self.labels)
        n_targets = len(self.engine.base_values)
        if isinstance(self.target, str):
            several = tuple(f"{self.target}_{i}" for i in range(n_targets))
            return several if n_targets > 1 else (self.target,)
        return tuple(self.target)

    def prediction_of(self, model: Any) -> Prediction:
        """Return what one prediction of a model is: a label, a number or several numbers."""
        if self.labels is None:
            return "numbers" if len(self.output_names) > 1 else "number"
        if answers_labels(model):
            return "label"
        several = len(self.labels) > 2 and not tells_class_numbers(model)
        return "numbers" if several else "number"

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the attributions."""
        return self.engine.output_space

    @property
    def expected_values(self) -> list[float]:
        """Base values: one per class or target."""
        return listed(layout.base_per_class(self.engine.base_values, self._count()))

    def explain(self, rows: Any, get_raw: bool | None = None) -> list[Any]:
        """Return attributions as nested lists, ready for JSON.

        Parameters
        ----------
        rows : DataFrame, Series, array or csr_matrix
            One row or many, in raw columns; engineered columns are accepted where the
            preprocessing was not loaded.
        get_raw : bool, optional
            Attributions of raw columns (True) or engineered features (False). By default raw.

        Returns
        -------
        list
            (n_classes, n_rows, n_features) for classification, (n_rows, n_features) for
            regression, of several targets (n_targets, n_rows, n_features). Numbers that are not
            finite are None.
        """
        raw = get_raw is not False
        return listed(layout.per_class(self.local(rows, raw=raw), self._count()))

    def local(self, rows: Any, *, raw: bool = True) -> LocalImportance:
        """Return attributions of rows, (n_rows, n_features, n_outputs).

        Parameters
        ----------
        rows : DataFrame, Series, array or csr_matrix
            As of `explain`.
        raw : bool, default=True
            Sum engineered attributions to raw columns.
        """
        return self.local_of_engineered(self.engineered_rows(rows), raw=raw)

    def engineered_rows(self, rows: Any) -> Rows:
        """Return rows as the estimator takes them: aligned by name and preprocessed."""
        if self.feature_map is None:
            return self._aligned(rows)
        if self.preprocess is not None:
            return self.preprocess.transform(self.intake.aligned(rows))
        return self._already_engineered(rows)

    def engineered_if_finite(self, rows: Any) -> Rows:
        """Return rows as the estimator takes them, or refuse infinite numbers by their columns."""
        if self.feature_map is not None and self.preprocess is None:
            return self._already_engineered(rows)
        aligned = self._aligned(rows)
        self.intake.check_finite(aligned)
        return aligned if self.preprocess is None else self.preprocess.transform(aligned)

    def shares_steps_of(self, model: Any) -> bool:
        """Whether its engine explains what the steps of this very model make of texts.

        `local_of_engineered` then takes rows with what was made of them.
        """
        if self.engine.name != terms.NAME:
            return False
        return inside(registry.asked_by(self.engine)) is inside(model)

    def local_of_engineered(
        self, rows: Rows | TransformedRows, *, raw: bool = True
    ) -> LocalImportance:
        """Return attributions of rows that are preprocessed already."""
        local = self.engine.explain(rows)
        return local if self.feature_map is None or not raw else self.feature_map.fold(local)

    def names(self, *, raw: bool = True) -> tuple[str, ...]:
        """Return the names of raw columns or of engineered features."""
        return self.features if raw else self.engineered_features

    def output_positions(self, predicted: Any) -> Any:
        """Return the position of each row's predicted class, (n_rows,); None for regression.

        Parameters
        ----------
        predicted : ndarray of shape (n_rows,) or (n_rows, n_classes)
            Labels, numbers of classes, or probabilities.
        """
        if self.labels is None:
            return None
        answer = np.asarray(predicted)
        if answer.ndim == 2:
            return answer.argmax(axis=1)
        where = {label: position for position, label in enumerate(self.labels)}
        return np.array([where[label] for label in answer.tolist()], dtype=np.int64)

    def _aligned(self, rows: Any) -> Rows:
        """Return raw rows in the template's columns; texts as a table."""
        return self.intake.aligned(rows if self.texts is None else self.texts.table(rows))

    def _count(self) -> int | None:
        return None if self.classes is None else len(self.classes)

    def _already_engineered(self, rows: Any) -> Rows:
        """Return rows given in engineered columns, or say why raw ones cannot be explained."""
        names = list(self.engineered_features)
        if is_frame(rows) and set(names) <= set(rows.columns):
            return rows[names].to_numpy()
        if not is_frame(rows):
            table = table_of(rows)
            if len(table.columns) == len(names):
                return table.data
        raise PreprocessingUnavailableError(
            f"rows of the {len(names)} engineered columns {', '.join(names[:3])}, ...",
            "other columns, and the fitted transformers were not loaded",
            f"Set {PICKLE_SETTING}=true if you trust the model (they are loaded by MLflow's "
            "scikit-learn flavour), or pass engineered rows.",
        )
