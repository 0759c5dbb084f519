"""`exported`: a fitted model as the page reads it, checked on every row that is in the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard.models import checks, games, trials, twin
from mlflow_explain.dashboard.models.estimators import check_own, export
from mlflow_explain.dashboard.models.preprocessing import transformed
from mlflow_explain.dashboard.models.program import Program
from mlflow_explain.dashboard.models.values import (
    MOST_EXACT,
    CannotExportError,
    Exported,
    Game,
    NotExported,
)
from mlflow_explain.data.kinds import MODEL_ERRORS, full_name, is_frame
from mlflow_explain.data.pipeline import Split, split
from mlflow_explain.data.predictor import Predictor, fitted_width, predictor_of
from mlflow_explain.data.table import Table
from mlflow_explain.errors import ExplainError

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.dashboard.models.checks import Embedded
    from mlflow_explain.dashboard.models.estimators import Part
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation

# Arrays of a model above it are not put into a page.
MAX_BYTES = 12_000_000
# Rows to see what an estimator is given.
_FEW = 50


@dataclass(frozen=True, eq=False, slots=True)
class _Apart:
    """A model in two halves.

    Parameters
    ----------
    whole : Predictor
        What the user gave.
    estimator : Predictor
        Its last step.
    preprocess : transformer or None
        All before that.
    """

    whole: Predictor
    estimator: Predictor
    preprocess: Any

    def given(self, rows: Rows) -> Rows:
        """Return rows as the estimator takes them."""
        if self.preprocess is None:
            return rows
        try:
            return self.preprocess.transform(rows)
        except MODEL_ERRORS as error:
            raise CannotExportError(
                f"its preprocessing raises {type(error).__name__} on the rows"
            ) from error

    def own_answers(self, rows: Embedded) -> checks.Own:
        """Return what the user's model answers."""
        stands_behind = self.whole is self.estimator and rows.predicted is None
        given = self.given(rows.data) if stands_behind else rows.data
        return checks.own_answers(self.whole, given, rows)


def exported(
    explanation: Explanation, source: Source, *, max_bytes: int = MAX_BYTES
) -> Exported | NotExported:
    """Return a model for the page of an explanation, or the reason why there is none.

    Parameters
    ----------
    explanation : Explanation
        Of the rows that the page holds, in raw columns, with `engineered` where the model is a
        Pipeline. Where its rows have no answers of the model, it is asked.
    source : Source
        The fitted model that was explained; an estimator where `transformations` stand before it.
    max_bytes : int
        Larger models are refused.

    Returns
    -------
    Exported or NotExported
        ``exact`` is said of a model only if the page's arithmetic gives the model's own answers
        for every row, up to 1e-5, and where the model may be asked, for rows made of their cells
        and beyond them.
    """
    try:
        found = checks.embedded(explanation)
        apart = _taken_apart(explanation, source)
        made, part = _read(apart, found)
        checks.check_size(part.core, max_bytes)
        checks.check_inputs(made, explanation)
        checks.check_numbers(made)
        made = _checked(made, apart, found)
        if source.may_ask:
            _try_others(made, part, apart, found)
        return _with_game(made, part, explanation, found, apart, source.engine)
    except CannotExportError as error:
        return error.as_value()


def _taken_apart(explanation: Explanation, source: Source) -> _Apart:
    model, front = source.model, source.transformations
    try:
        whole = predictor_of(model, explanation.classes, explanation.model_task)
        parts = split(model) if front is None else Split(front, model)
        estimator = whole
        if parts.estimator is not model:
            check_own(model)
            estimator = predictor_of(parts.estimator, whole.classes, whole.task)
    except ExplainError as error:
        raise CannotExportError(f"{full_name(model)} is no fitted model that predicts") from error
    return _Apart(whole, estimator, parts.preprocess)


def _read(apart: _Apart, rows: Embedded) -> tuple[Exported, Part]:
    """Return a model as the page would have it, and its estimator's part; nothing is checked."""
    program = Program(rows.data, rows.names)
    labels = list(rows.data.columns) if is_frame(rows.data) else None
    symbols = transformed(apart.preprocess, program.columns, program, labels)
    some = apart.given(rows.data[:_FEW])
    width = fitted_width(apart.estimator.model) or len(symbols)
    if not some.shape[1] == len(symbols) == width:
        raise CannotExportError(f"it takes {width} columns, and is given {some.shape[1]}")
    table = Table(some, tuple(str(i) for i in range(len(symbols))))
    part = export(apart.estimator, table, symbols, program)
    inputs, operations, slots = program.finished(part.registers)
    name = apart.estimator.model_type
    made = Exported(inputs, operations, slots, part.core, part.link, Game("none"), name)
    return made, part


def _checked(made: Exported, apart: _Apart, rows: Embedded) -> Exported:
    """Return a model with its largest error, or raise where that is too large for an exact one."""
    own = apart.own_answers(rows)
    error = checks.difference(made, own, rows)
    if not error <= MOST_EXACT:
        raise CannotExportError(
            f"what the page computes for it differs from its own predictions by up to {error:.3g}"
        )
    if made.link["kind"] == "decision":
        given = apart.given(rows.data)
        checks.check_scores(made, apart.estimator.model, given, rows, MOST_EXACT)
    return replace(made, max_error=error, checked_rows=len(own.predicted))


def _try_others(made: Exported, part: Part, apart: _Apart, rows: Embedded) -> None:
    """Refuse a model that differs on rows that are not in the page: what-if asks for these."""

    def error_of(odd: Embedded) -> float:
        error = checks.difference(made, apart.own_answers(odd), odd)
        if made.link["kind"] == "decision":
            model = apart.estimator.model
            error = max(error, checks.score_error(made, model, apart.given(odd.data), odd))
        return error

    names = {given.name for given in made.inputs}
    # A model that refuses other categories than its own is in no page with others.
    with_unseen = part.rows is None or part.rows.unknown_is_missing or not part.rows.categories
    error = trials.largest_error(rows, names, error_of, with_unseen=with_unseen)
    if not error <= MOST_EXACT:
        raise CannotExportError(
            "what the page computes for it on rows it does not hold differs from its own "
            f"predictions by up to {error:.3g}"
        )


def _with_game(
    made: Exported, part: Part, explanation: Explanation, rows: Embedded, apart: _Apart,
    engine: Any,
) -> Exported:  # fmt: skip
    def slots(count: int) -> FloatArray:
        return twin.slots_of(made, twin.inputs_of(rows.data[:count], rows.names, made.inputs))

    game, note = games.game_of(
        games.Asked(
            explanation,
            part,
            games.fold_of(explanation, part, rows.names, is_bare=apart.preprocess is None),
            slots,
            lambda values: twin.core_outputs(made.core, values),
            engine,
        )
    )
    return made.with_game(game, *([] if note is None else [note]))
