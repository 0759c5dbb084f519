"""A model as metrics ask it: for labels, probabilities or a margin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.boosters import tells_probabilities
from mlflow_explain.data.functions import FunctionLabels, is_of_function
from mlflow_explain.data.kinds import full_name
from mlflow_explain.data.table import dense, table_of
from mlflow_explain.data.texts.reading import are_texts
from mlflow_explain.engines.black_box.asking import has_probabilities
from mlflow_explain.engines.deep.recognition import is_network
from mlflow_explain.engines.permutation import importance
from mlflow_explain.engines.permutation.answered import Answered, answered_by
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.explainers.prepare import model_of
from mlflow_explain.explainers.subject import OF_TEXTS, Subject, accepted, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import AnyArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.permutation.answered import Answer

# Rows by which a model is looked at before it is asked for all.
_FIRST_ROWS = 100


def table_given(examples: Any, features: Sequence[str] | None) -> Table:
    """Return rows to score as a table of at least one; refuse a list of texts.

    Parameters
    ----------
    examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        The rows.
    features : sequence of str, optional
        Names of the columns.
    """
    if are_texts(examples):
        raise InvalidInputError(
            "evaluation examples: a table, whose columns are shuffled",
            f"{len(examples)} texts",
            OF_TEXTS,
        )
    given = table_of(examples, features)
    if len(given) == 0:
        raise InvalidInputError(
            "evaluation examples of at least one row", "none", "Pass the test rows."
        )
    return given


def subject_asked(
    model: Any,
    table: Table,
    y: AnyArray,
    *,
    is_function: bool,
    classes: Sequence[Any] | None,
    model_task: str,
    transformations: Any,
) -> Subject:
    """Return a model as one piece, with the raw columns it takes.

    Parameters
    ----------
    model, is_function, classes, model_task, transformations
        As of `PFIExplainer`.
    table : Table
        Rows to ask for.
    y : ndarray of shape (n_rows,)
        True labels: a function of labels may not answer all of them.
    """
    few = table.take(slice(0, _FIRST_ROWS))
    model, front = model_of(
        model,
        # A function may answer some of its labels for later rows only.
        few if is_network(model) else table,
        is_function=is_function,
        classes=classes,
        model_task=model_task,
        transformations=transformations,
    )
    answers_labels = isinstance(model, FunctionLabels) and classes is None
    if answers_labels and np.isin(y, model.classes_).any():
        model = replace(model, classes_=np.union1d(model.classes_, y))
    return subject_of(
        model,
        few,
        classes=classes,
        model_task=model_task,
        transformations=front,
        # Shuffled columns are transformed by any transformer: its outputs need not be traced.
        allow_all_transformations=True,
        take_apart=False,
    )


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A model as metrics ask it.

    Parameters
    ----------
    subject : Subject
        The model with what comes before it.
    methods : tuple of str
        What it can be asked for: predict, predict_proba, decision_function.
    """

    subject: Subject
    methods: tuple[str, ...]

    @classmethod
    def of(cls, subject: Subject) -> Asked:
        """Find out what a model can be asked for."""
        methods = ["predict"]
        if has_probabilities(subject.whole):
            methods.append("predict_proba")
        if hasattr(subject.whole.model, "decision_function"):
            methods.append("decision_function")
        return cls(subject, tuple(methods))

    @property
    def predictor(self) -> Predictor:
        """The model, with its task and labels."""
        return self.subject.whole

    @property
    def model_type(self) -> str:
        """Class of the user's own model; of a Pipeline, that of its last step."""
        return self.subject.model_type

    def stand(self, answer: Answer) -> Answered:
        """Return a stand-in for the model whose answers are known."""
        predictor = self.predictor
        labels = None
        if predictor.task == "classification":
            labels = predictor.labels or predictor.classes
        # Of a function the user's own name, not that of what makes a model of it.
        named = full_name(predictor.model) if is_of_function(self.model_type) else None
        return answered_by(answer, self.methods, labels, named or predictor.model_type)

    def asking(self, methods: tuple[str, ...]) -> Callable[[Rows], dict[str, AnyArray]]:
        """Return a function that gives rows to the model, transformed once."""

        def ask(rows: Rows) -> dict[str, AnyArray]:
            rows = self.subject.transform(rows)
            return {method: self._answer(method, rows) for method in methods}

        return ask

    def _answer(self, method: str, rows: Rows) -> AnyArray:
        predictor = self.predictor
        if method == "decision_function":
            margins = dense(accepted(predictor.model.decision_function, rows))
            # Metrics take one margin of two classes, as scikit-learn's models answer it.
            of_two = margins.ndim == 2 and margins.shape[1] == 2
            return margins[:, 1] - margins[:, 0] if of_two else margins
        if method == "predict_proba":
            chances = accepted(predictor.probabilities, rows)
            if chances is None:
                raise MissingPartError(
                    "a classifier that tells probabilities",
                    f"none from {full_name(predictor.model)}",
                    "Choose a metric of predictions.",
                )
            return dense(chances)
        if predictor.task == "classification" and tells_probabilities(predictor.model):
            chances = self._answer("predict_proba", rows)
            labels = np.asarray(predictor.labels)
            return np.asarray(labels[chances.argmax(axis=1)])
        return dense(accepted(predictor.predict, rows))


@dataclass(frozen=True, eq=False, slots=True)
class Baseline:
    """Answers for the rows as they are, each asked for once, when a metric needs it.

    Parameters
    ----------
    asked : Asked
        The model.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        The rows.
    most : int
        Rows to ask for at a time.
    found : dict of str to ndarray of shape (n_rows, ...)
        What was asked for so far, by the name of the method.
    """

    asked: Asked
    rows: Rows
    most: int
    found: dict[str, AnyArray] = field(default_factory=dict)

    def answer(self, method: str) -> AnyArray:
        """Return what one method of the model answers."""
        if method not in self.found:
            ask = self.asked.asking((method,))
            self.found[method] = importance.answered(self.rows, ask, self.most)[method]
        return self.found[method]

    def probabilities(self) -> AnyArray | None:
        """Return the model's probabilities, if it tells any."""
        if "predict_proba" not in self.asked.methods:
            return None
        try:
            return self.answer("predict_proba")
        except MissingPartError:
            # LightGBM has the method, and answers scores where the objective is the user's own.
            return None
