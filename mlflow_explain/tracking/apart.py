"""`predict_and_explain`: a model and its explainer, served apart, answer as their pair would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.arguments import one_of
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.options import OUTPUTS, ReplyOptions
from mlflow_explain.tracking.asked import as_rows, check_pair, side_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import Rows
    from mlflow_explain.tracking.asked import Side

    Row = dict[str, Any]

# Fields of a reply: those of every output, and those after them.
_ALL = ("all_expected_values", "all_local_importance_values")
_LAST = ("additivity_residual", "explanation_status")
# How far probabilities that went through JSON may be from a sum of 1.
_NEAR = 1e-6


def predict_and_explain(
    model: Any,
    explainer: Any,
    rows: Rows,
    *,
    output: str = "default",
    top_k: int = 0,
    raw: bool = True,
    timeout: float = 60.0,
) -> list[Row]:
    """Ask a model and the explainer that was registered on its own, and put the answers together.

    Parameters
    ----------
    model : str, Path or mlflow.pyfunc.PyFuncModel
        The model: the address of a server that `mlflow models serve` started
        (``http://127.0.0.1:5001``), of a logged model (``models:/...``, ``runs:/...``), its
        folder, or what MLflow loaded or says of it.
    explainer : str, Path or mlflow.pyfunc.PyFuncModel
        Its explainer, alike.
    rows : DataFrame or array of shape (n_rows, n_columns)
        Rows, as both take them.
    output : str, default="default"
        As of a request to the pair: ``"default"`` is the positive class of two, the predicted one
        of more; ``"predicted"``, ``"all"``, or a class label.
    top_k : int, default=0
        Keep the k largest importances, 0 for all.
    raw : bool, default=True
        Importances of raw columns, or of engineered features.
    timeout : float, default=60.0
        Seconds that a server may take for each answer.

    Returns
    -------
    list of dict
        One per row, as the pair's reply. `probabilities` are those the model tells: an MLflow
        server of a scikit-learn model answers labels only, unless it was logged with
        ``pyfunc_predict_fn="predict_proba"``. Nor does a server tell whether the probabilities of
        more than two classes are a native booster's own prediction, which the pair answers: there
        `prediction` is the label. The residual of a mimic explainer is left out, as it
        takes both.

    Raises
    ------
    CorruptArtifactError
        The explainer is of another model: digests are compared where both are known, which those
        of servers are not.
    InvalidInputError
        An argument cannot be used, or the model or its explainer refuses the rows.
    StoreError
        A server is not reached, fails or does not answer in time.
    """
    one = ReplyOptions.given(top_k=top_k, output=output, raw=raw)
    asked, explaining = side_of(model, "model", timeout), side_of(explainer, "explainer", timeout)
    check_pair(asked, explaining)
    given = as_rows(rows)
    if len(given) == 0:
        return []
    about = _About.of(explaining.answers(given[:1], {"output": "all"})[0])
    one_of("output", output, (*OUTPUTS, *about.names))
    predictions = _predictions(asked, given, about)
    reasons = _reasons(explaining, given, one, about, predictions)
    return [a | b for a, b in zip(predictions, reasons, strict=True)]


@dataclass(frozen=True, slots=True)
class _About:
    """What an explainer's own reply says of its outputs.

    Parameters
    ----------
    names : tuple of str
        Labels of classes, or names of targets.
    is_classifier : bool
        Whether they are labels.
    """

    names: tuple[str, ...]
    is_classifier: bool

    @classmethod
    def of(cls, first: Any) -> _About:
        """Return it from the reply to ``output="all"`` for one row."""
        try:
            names = tuple(first["all_expected_values"])
            return cls(names, len(names) > 1 and first["output_space"] != "raw")
        except (KeyError, TypeError):
            raise InvalidInputError(
                "as `explainer` one that was logged by `log_model(scoring_explainer=...)`",
                "something that answers otherwise",
                "Are `model` and `explainer` in each other's place?",
            ) from None


def _predictions(model: Side, rows: Any, about: _About) -> list[Row]:
    """Return `prediction` and, where they are told, `probabilities` of each row."""
    answers = [_bare(answer) for answer in model.answers(rows, {})]
    labels = about.names
    if not about.is_classifier:
        return [{"prediction": answer} for answer in answers]
    if all(_is_chances(answer, len(labels)) for answer in answers):
        # As the pair: a native booster predicts numbers, and what has `predict_proba` labels.
        numbers = model.answers_numbers
        return [
            {
                "prediction": row if numbers else labels[int(np.argmax(row))],
                "probabilities": _named(labels, row),
            }
            for row in answers
        ]
    if all(str(answer) in labels for answer in answers):
        made: list[Row] = [{"prediction": str(answer)} for answer in answers]
        told = model.probabilities(rows)
        if told is None:
            return made
        return [a | {"probabilities": _named(labels, b)} for a, b in zip(made, told, strict=True)]
    if len(labels) == 2 and all(isinstance(p, float) and 0.0 <= p <= 1.0 for p in answers):
        # A native booster tells the probability of the second class.
        return [{"prediction": p, "probabilities": _named(labels, [1.0 - p, p])} for p in answers]
    raise InvalidInputError(
        f"predictions among {', '.join(labels)}, or their probabilities",
        "others",
        "Is it the explainer of this model?",
    )


def _bare(answer: Any) -> Any:
    """Return the cells of a row that came as a table, or its one cell."""
    if not isinstance(answer, dict):
        return answer
    cells = list(answer.values())
    return cells[0] if len(cells) == 1 else cells


def _is_chances(answer: Any, n_classes: int) -> bool:
    return (
        isinstance(answer, list)
        and len(answer) == n_classes
        and all(isinstance(p, int | float) for p in answer)
        and abs(sum(answer) - 1.0) <= _NEAR
    )


def _named(labels: Sequence[str], row: Sequence[float]) -> dict[str, float]:
    return dict(zip(labels, row, strict=True))


def _params(one: ReplyOptions, output: str) -> dict[str, Any]:
    """Return the parameters of a request for one output."""
    return {"output": output, "top_k": one.top_k, "raw": one.raw}


def _reasons(
    explainer: Side, rows: Any, one: ReplyOptions, about: _About, predictions: list[Row]
) -> list[Row]:
    """Return the explanation of each row: where its prediction matters, of that class."""
    by_class = about.is_classifier and (
        one.output == "predicted" or (one.output in {"default", "all"} and len(about.names) > 2)
    )
    if not by_class:
        return explainer.answers(rows, _params(one, one.output))
    found: list[Row] = [{}] * len(predictions)
    for label, at in _by_label(predictions, about.names):
        answers = explainer.answers(_taken(rows, at), _params(one, label))
        for i, answer in zip(at, answers, strict=True):
            found[i] = answer
    if one.output != "all":
        return found
    every = explainer.answers(rows, _params(one, "all"))
    return [_with_all(row, full) for row, full in zip(found, every, strict=True)]


def _by_label(predictions: Sequence[Row], labels: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Yield the labels that are predicted, and the positions of their rows."""
    predicted = [_label_of(row, labels) for row in predictions]
    for label in labels:
        at = [i for i, one in enumerate(predicted) if one == label]
        if at and label in OUTPUTS:
            raise InvalidInputError(
                f"classes of other names than {', '.join(OUTPUTS)}",
                label,
                "Log model and explainer as a pair, which knows them apart.",
            )
        if at:
            yield label, at


def _label_of(row: Row, labels: Sequence[str]) -> str:
    """Return the predicted label; a native booster tells a probability in its place."""
    if row["prediction"] in labels:
        return str(row["prediction"])
    return max(labels, key=lambda label: row["probabilities"][label])


def _taken(rows: Any, at: list[int]) -> Any:
    return rows.iloc[at] if is_frame(rows) else rows[at]


def _with_all(row: Row, full: Row) -> Row:
    """Return a row's explanation with the fields of all outputs, in the order of the reply."""
    last = {name: row[name] for name in _LAST if name in row}
    first = {name: value for name, value in row.items() if name not in last}
    return first | {name: full[name] for name in _ALL} | last
