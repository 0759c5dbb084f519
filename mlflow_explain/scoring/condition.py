"""`Condition`: which rows of a request are explained, by what the model answered for them."""

from __future__ import annotations

import ast
import operator
import warnings
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

PREDICTION, PROBABILITY = "prediction", "probability"
_LONGEST = 500
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_JOINED: dict[type[ast.boolop], Callable[[Any, Any], Any]] = {
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
}
_FORM = 'a comparison such as "probability < 0.6" or "prediction == \'yes\'", joined by and / or'


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """What a model answered for rows, as a condition sees it.

    Parameters
    ----------
    predicted : ndarray of shape (n_rows,)
        Labels as strings, or the numbers of a regression.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        One column per label.
    labels : tuple of str
        The labels; empty for a regression.
    positions : ndarray of shape (n_rows,) or None
        Position of each row's predicted class among the labels.
    """

    predicted: AnyArray
    probabilities: FloatArray | None
    labels: tuple[str, ...]
    positions: IntArray | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison on the prediction or the probability of a row; parsed, never evaluated as code.

    Parameters
    ----------
    text : str
        As the user wrote it.
    tree : ast.expr
        Its syntax, of comparisons, `and`, `or`, `not` only.

    Examples
    --------
    >>> import numpy as np
    >>> unsure = Condition.parsed("probability < 0.6 or prediction == 'yes'")
    >>> unsure.met(Answers(np.array(["no", "no"]), np.array([[0.9, 0.1], [0.55, 0.45]]),
    ...                    ("no", "yes"), np.array([0, 0]))).tolist()
    [False, True]
    """

    text: str
    tree: ast.expr

    @classmethod
    def parsed(cls, text: Any) -> Condition:
        """Return the condition a text stands for.

        Parameters
        ----------
        text : str
            Comparisons of ``prediction``, of ``probability`` (that of the predicted class) or of
            ``probability['label']`` with a number or a text, joined by and, or, not.

        Raises
        ------
        InvalidInputError
            It is something else.
        """
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise _odd(text)
        try:
            with warnings.catch_warnings():
                # Of odd escapes, say: what is refused is refused below.
                warnings.simplefilter("ignore", SyntaxWarning)
                tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _odd(text) from error
        _check(tree, text)
        return cls(text, tree)

    def met(self, answers: Answers) -> AnyArray:
        """Return whether each row meets the condition, (n_rows,)."""
        found = np.asarray(_value(self.tree, answers), dtype=bool)
        return np.broadcast_to(found, answers.predicted.shape)

    def check_names(self, labels: Sequence[str], *, predicts: str, has_probabilities: bool) -> None:
        """Refuse a condition on what this model does not answer.

        Parameters
        ----------
        labels : sequence of str
            The labels of its classes; none for a regression.
        predicts : {"label", "number", "numbers"}
            What one prediction is; a native booster's are probabilities.
        has_probabilities : bool
            Whether the model tells probabilities.
        """
        names = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        if PROBABILITY in names:
            self._check_probabilities(labels, has_probabilities=has_probabilities)
        if PREDICTION not in names:
            return
        if predicts == "numbers":
            raise InvalidInputError(
                "`explain_when` on a prediction of one number or label",
                f"{self.text}, where a prediction is several numbers",
                "Compare probability['label'], or leave `explain_when` out.",
            )
        sides = list(_compared_with(self.tree, PREDICTION))
        if predicts == "label":
            self._check_labels(labels, [str(side) for side in sides], "the prediction")
        elif any(isinstance(side, str) for side in sides):
            raise InvalidInputError(
                "`explain_when` to compare the prediction with a number",
                self.text,
                "Write it as the model predicts it.",
            )

    def _check_probabilities(self, labels: Sequence[str], *, has_probabilities: bool) -> None:
        if not has_probabilities:
            raise InvalidInputError(
                "`explain_when` on `prediction`, as this model tells no probabilities",
                self.text,
                "Compare the prediction.",
            )
        sides = _compared_with(self.tree, PROBABILITY)
        if not all(isinstance(side, int | float) and 0 <= side <= 1 for side in sides):
            raise InvalidInputError(
                "`explain_when` to compare probabilities with numbers from 0 to 1",
                self.text,
                "Name a label as probability['label'].",
            )
        self._check_labels(labels, list(_labels_of(self.tree)), "probabilities")

    def _check_labels(self, labels: Sequence[str], named: Sequence[str], what: str) -> None:
        unknown = [label for label in named if label not in labels]
        if unknown:
            raise InvalidInputError(
                f"`explain_when` to compare {what} by the labels {', '.join(map(repr, labels))}",
                ", ".join(map(repr, unknown)),
                "Name a label that the model predicts.",
            )


def _odd(text: Any) -> InvalidInputError:
    said = text if isinstance(text, str) and len(text) <= _LONGEST else shown(text)
    return InvalidInputError(
        f"`explain_when` to be {_FORM}", said, "Compare `prediction` or `probability`."
    )


def _check(node: ast.expr, text: str) -> None:
    """Refuse all but comparisons of the two names with constants."""
    match node:
        case ast.BoolOp(values=values):
            parts: list[ast.expr] = values
            for part in parts:
                _check(part, text)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, text)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _COMPARISONS for op in ops
        ):
            sides = [_side(part, text) for part in (left, *others)]
            # A constant beside a constant asks nothing of the row.
            if not any(named for named in sides):
                raise _odd(text)
        case _:
            raise _odd(text)


def _side(node: ast.expr, text: str) -> bool:
    """Whether a side of a comparison is of the model's answer; refuse all but constants else."""
    match node:
        case ast.Name(id="prediction" | "probability"):
            return True
        case ast.Subscript(
            value=ast.Name(id="probability"), slice=ast.Constant(value=str() | int() | float())
        ):
            return True
        case ast.Constant(value=bool()):
            raise _odd(text)
        case ast.Constant(value=int() | float() | str()):
            return False
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return False
        case _:
            raise _odd(text)


def _value(node: ast.expr, answers: Answers) -> Any:
    """Return what a checked condition says of each row."""
    match node:
        case ast.BoolOp(op=op, values=values):
            return reduce(_JOINED[type(op)], (_value(part, answers) for part in values))
        case ast.UnaryOp(operand=operand):
            return np.logical_not(_value(operand, answers))
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_operand(part, answers) for part in (left, *others)]
            if answers.predicted.dtype == object and _is_of(node, PREDICTION):
                # Labels travel as texts, those that are numbers, too.
                sides = [side if isinstance(side, np.ndarray) else str(side) for side in sides]
            pairs = zip(ops, sides[:-1], sides[1:], strict=True)
            return reduce(np.logical_and, (_COMPARISONS[type(op)](a, b) for op, a, b in pairs))
    raise TypeError(f"{type(node).__name__} is no part of a checked condition")


def _operand(node: ast.expr, answers: Answers) -> Any:
    """Return a side of a comparison: a constant, or the answer for each row."""
    match node:
        case ast.Constant() | ast.UnaryOp():
            return ast.literal_eval(node)
        case ast.Subscript(slice=ast.Constant(value=label)):
            return _probabilities(answers)[:, answers.labels.index(str(label))]
        case ast.Name(id="prediction"):
            return answers.predicted
    return _of_predicted(answers)


def _of_predicted(answers: Answers) -> FloatArray:
    """Return the probability of each row's predicted class, which need not be the largest."""
    found = _probabilities(answers)
    if answers.positions is None:
        return np.asarray(found.max(axis=1))
    return np.asarray(np.take_along_axis(found, answers.positions[:, None], axis=1)[:, 0])


def _probabilities(answers: Answers) -> FloatArray:
    if answers.probabilities is None:
        raise InvalidInputError(
            "a model that tells probabilities", "one that does not", "Compare the prediction."
        )
    return answers.probabilities


def _labels_of(tree: ast.expr) -> Iterator[str]:
    """Yield the labels whose probabilities are compared."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)


def _compared_with(tree: ast.expr, name: str) -> Iterator[Any]:
    """Yield the constants a name is compared with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if _is_of(node, name):
                constants = (s for s in sides if isinstance(s, ast.Constant | ast.UnaryOp))
                yield from (ast.literal_eval(constant) for constant in constants)


def _is_of(comparison: ast.Compare, name: str) -> bool:
    """Whether a comparison has a name on one of its sides."""
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(comparison))
