"""Asking the model: which of its functions, in what batches, and what an answer must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name, is_a
from mlflow_explain.data.predictor import answers_probabilities
from mlflow_explain.data.table import dense
from mlflow_explain.data.texts.models import is_of_list
from mlflow_explain.data.time_limit import asked
from mlflow_explain.engines.black_box.masking import bytes_per_row, len_of, part_of
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, IntArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.black_box.masking import Pool

# What a model has to answer for, and what to do about one that raises.
_OF_ROWS = (
    "a model that answers for the background, and for rows mixed with it",
    "Explain a model that takes each column's values in any combination.",
)
_OF_TEXTS = (
    "a model that answers for any text: the empty one, and texts without some of their words",
    "Explain a function that answers for those, too: the base value for the empty text.",
)

Method: TypeAlias = Literal["probabilities", "decision_function", "predict", "labels"]


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """One function of a model, asked for finite numbers.

    Parameters
    ----------
    predictor : Predictor
        The model; one without `predict` is a plain function of rows.
    method : {"probabilities", "decision_function", "predict", "labels"}
        ``"labels"`` asks a classifier for labels, and answers 1 for the class predicted.
    """

    predictor: Predictor
    method: Method

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the answers."""
        if self.method == "decision_function":
            return "margin"
        return "raw" if self.predictor.task == "regression" else "probability"

    def __call__(self, rows: Rows) -> FloatArray:
        """Return the model's answers, (n_rows, n_outputs).

        Raises
        ------
        InvalidInputError
            The model raises, or answers anything but finite numbers, one line per row.
        """
        return self.checked(self.answer(rows), int(rows.shape[0]))

    def answer(self, rows: Rows) -> Any:
        """Return what the model itself answers; None if it has no such answer."""
        model = self.predictor.model
        try:
            if self.method == "probabilities":
                return self.predictor.probabilities(rows)
            if self.method == "decision_function":
                return asked(model.decision_function, rows)
            return self.predictor.predict(rows) if hasattr(model, "predict") else model(rows)
        except MODEL_ERRORS as error:
            of_list = is_of_list(model)
            expected, fix = _OF_TEXTS if of_list else _OF_ROWS
            given = ", given the empty text" if of_list and (rows == "").all(axis=None) else ""
            got = f"{type(error).__name__} from {full_name(model)}{given}"
            raise InvalidInputError(expected, got, f"See the model's own error. {fix}") from error

    def checked(self, answer: Any, n_rows: int) -> FloatArray:
        """Return an answer as finite numbers, (n_rows, n_outputs)."""
        array = dense(answer)
        if self.method == "labels" and array.ndim == 1:
            array = self._one_hot(array)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or len(array) != n_rows or array.dtype.kind not in "biuf":
            raise InvalidInputError(
                f"numbers for {n_rows} rows, one or several each",
                f"{array.dtype} of shape {array.shape} from {full_name(self.predictor.model)}",
                "Explain a model that answers one line of numbers per row.",
            )
        if not np.isfinite(array).all():
            raise InvalidInputError(
                "finite outputs of the model",
                f"NaN or infinity for {int((~np.isfinite(array)).any(axis=1).sum())} rows",
                "Explain an output that is finite wherever columns are combined.",
            )
        return array.astype(np.float64)

    def _one_hot(self, predicted: AnyArray) -> FloatArray:
        labels = self.predictor.labels or self.predictor.classes or ()
        positions = pd.Index(list(labels)).get_indexer(pd.Index(predicted))
        if (positions < 0).any():
            raise InvalidInputError(
                f"predictions among the {len(labels)} labels of the model",
                "others",
                "Pass `classes` with the labels that the model predicts.",
            )
        return np.asarray(positions[:, None] == np.arange(len(labels)), dtype=np.float64)


def question(predictor: Predictor, background: Rows, output: str) -> tuple[Question, FloatArray]:
    """Choose the function to ask, and return its answers for the background.

    Probabilities if the model has them, else its margin, else what it predicts.

    Parameters
    ----------
    predictor : Predictor
        The model.
    background : DataFrame, ndarray or csr_matrix
        Rows to ask for first.
    output : {"default", "probability"}
        Output space asked for.

    Raises
    ------
    InvalidInputError
        See `Question`.
    """
    methods: list[Method] = ["predict"]
    if is_a(predictor.model, "sklearn", "OutlierMixin"):
        # Its prediction is a sign only, of this.
        methods.insert(0, "decision_function")
    if predictor.task == "classification":
        methods = ["labels"]
        if hasattr(predictor.model, "decision_function") and output == "default":
            methods.insert(0, "decision_function")
        if has_probabilities(predictor):
            methods.insert(0, "probabilities")
    for method in methods[:-1]:
        ask = Question(predictor, method)
        answer = ask.answer(background)
        # LightGBM answers no probabilities where the objective is the user's own.
        if answer is not None:
            return ask, ask.checked(answer, len_of(background))
    ask = Question(predictor, methods[-1])
    return ask, ask(background)


def has_probabilities(predictor: Predictor) -> bool:
    """Whether a classifier can be asked for probabilities."""
    return answers_probabilities(predictor.model)


def asked_in_parts(ask: Question, rows: Rows, max_bytes: int) -> FloatArray:
    """Return the answers for many rows, asked for in as few parts as memory allows.

    Parameters
    ----------
    ask : Question
        What to ask.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_features)
        At least one row.
    max_bytes : int
        Rows given to the model at a time, in bytes; at least one row.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
    """
    step = max(1, max_bytes // max(1, bytes_per_row(rows)))
    parts = [part_of(rows, slice(at, at + step)) for at in range(0, len_of(rows), step)]
    # Copies: a function may write to what it is given.
    return np.concatenate([ask(part.copy()) for part in parts])


def coalition_values(
    ask: Question, cells: Pool, known: FloatArray, row: IntArray, members: AnyArray
) -> FloatArray:
    """Return v(S), the mean output over the background with the members' cells from the row.

    Each distinct synthetic row is asked once, and none whose answer is known.

    Parameters
    ----------
    ask : Question
        What to ask.
    cells : Pool
        Background rows and rows to explain.
    known : ndarray of shape (n_background + n_rows, n_outputs)
        Answers for the pool's own rows.
    row : ndarray of shape (n_coalitions,)
        Position of the row that each coalition is of.
    members : ndarray of bool, shape (n_coalitions, n_features)
        The coalitions.

    Returns
    -------
    ndarray of shape (n_coalitions, n_outputs)
    """
    n_background = cells.n_background
    # Positions in the list of the pool's own rows followed by all synthetic rows.
    first, place = _distinct(cells, row, members)
    given = first < len(known)
    answers = np.empty((len(first), known.shape[1]))
    answers[given] = known[first[given]]
    coalition, background = np.divmod(first[~given] - len(known), n_background)
    if len(coalition):
        answers[~given] = ask(cells.synthetic(row[coalition], background, members[coalition]))
    each = answers[place].reshape(len(row), n_background, -1)
    return np.asarray(each.mean(axis=1))


def _distinct(cells: Pool, row: IntArray, members: AnyArray) -> tuple[IntArray, IntArray]:
    """Return first positions of distinct rows, and which of them each synthetic row equals."""
    n_own = len(cells.codes)
    every = np.arange(n_own + len(row) * cells.n_background)
    if cells.marks is None:
        return every[n_own:], every[: len(every) - n_own]
    sums, check = (_sums(cells.n_background, marks, row, members) for marks in cells.marks)
    place, distinct = pd.factorize(sums)
    first = np.empty(len(distinct), dtype=np.int64)
    # Written backwards, so that the first of equal rows stays.
    first[place[::-1]] = every[::-1]
    if (check != check[first][place]).any():
        # Different rows share a sum: then none is taken for another.
        return every[n_own:], every[: len(every) - n_own]
    return first, place[n_own:]


def _sums(n_background: int, marks: AnyArray, row: IntArray, members: AnyArray) -> AnyArray:
    """Return the sum of marks, modulo 2**64, of the pool's own and of all synthetic rows."""
    background, rows = np.split(marks, [n_background])
    z = members.astype(np.uint64)
    present = (z * rows[row]).sum(axis=1)
    absent = background.sum(axis=1) - z @ background.T
    return np.concatenate([marks.sum(axis=1), (present[:, None] + absent).ravel()])
