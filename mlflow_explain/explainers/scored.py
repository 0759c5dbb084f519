"""A model as metrics ask it: for labels, probabilities or a margin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.functions import FunctionLabels, as_model
from mlflow_explain.data.kinds import full_name, is_a
from mlflow_explain.data.predictor import tells_probabilities
from mlflow_explain.data.table import dense
from mlflow_explain.data.transformations import transformer_of
from mlflow_explain.engines.black_box.asking import has_probabilities
from mlflow_explain.engines.permutation import importance
from mlflow_explain.engines.permutation.answered import Answered, answered_by
from mlflow_explain.errors import MissingPartError
from mlflow_explain.explainers.subject import Subject, accepted, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlflow_explain._typing import AnyArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

# Rows by which a model is looked at before it is asked for all.
_FIRST_ROWS = 100


def shows_in_answers(model: Any, *, is_function: bool) -> bool:
    """Whether only its answers show what a model is: those of a function, or an MLflow pyfunc."""
    if isinstance(model, type):
        return False
    takes_rows = callable(model) and (is_function or not hasattr(model, "predict"))
    return takes_rows or is_a(model, "mlflow", "PyFuncModel")


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
    front = None if transformations is None else transformer_of(transformations, few)
    if shows_in_answers(model, is_function=is_function):
        rows = table.data if front is None else accepted(front.transform, table.data)
        model = as_model(
            model, rows, is_function=is_function, model_task=model_task, classes=classes
        )
        known = isinstance(model, FunctionLabels) and classes is None
        if known and np.isin(y, model.classes_).any():
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

    def stand(self, answers: Mapping[str, AnyArray]) -> Answered:
        """Return a stand-in for the model whose answers are known."""
        predictor = self.predictor
        labels = None
        if predictor.task == "classification":
            labels = predictor.labels or predictor.classes
        return answered_by(answers, self.methods, labels, full_name(predictor.model))

    def asking(self, methods: tuple[str, ...]) -> Callable[[Rows], dict[str, AnyArray]]:
        """Return a function that gives rows to the model, transformed once."""

        def ask(rows: Rows) -> dict[str, AnyArray]:
            rows = self.subject.transform(rows)
            return {method: self._answer(method, rows) for method in methods}

        return ask

    def _answer(self, method: str, rows: Rows) -> AnyArray:
        predictor = self.predictor
        if method == "decision_function":
            return dense(accepted(predictor.model.decision_function, rows))
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


class Baseline(dict[str, "AnyArray"]):
    """Answers for the rows as they are, each asked when it is looked at."""

    def __init__(self, asked: Asked, rows: Rows, most: int) -> None:
        super().__init__()
        self._asked, self._rows, self._most = asked, rows, most

    def __missing__(self, method: str) -> AnyArray:
        ask = self._asked.asking((method,))
        self[method] = importance.answered(self._rows, ask, self._most)[method]
        return self[method]

    def probabilities(self) -> AnyArray | None:
        """Return the model's probabilities, if it tells any."""
        if "predict_proba" not in self._asked.methods:
            return None
        try:
            return self["predict_proba"]
        except MissingPartError:
            # LightGBM has the method, and answers scores where the objective is the user's own.
            return None
