"""`Choice`: the engine that explains a model, found by asking a table's rows in turn."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines.base import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Engine, EngineRow, Options
    from mlflow_explain.explanation import Background

# Answers of one model, asked here and on another machine, differ by no more than a share of their
# spread, and by what single precision rounds.
_SHARE = 1e-6
_ROUNDING = 4.0 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Choice:
    """The engine that explains a model, and why others before it do not.

    Parameters
    ----------
    engine : Engine
        The one chosen.
    row : EngineRow
        Where it comes from.
    refusals : tuple of Refusal
        Reasons of those tried before.
    background : Background or None
        The rows that stand for absent features, where they are others than it was given.
    """

    engine: Engine
    row: EngineRow
    refusals: tuple[Refusal, ...]
    background: Background | None = field(default=None, kw_only=True)

    def __repr__(self) -> str:
        """Name the engine, and why those before it refused."""
        refused = "".join(f"; not {r.engine}: {without_modules(r.reason)}" for r in self.refusals)
        return f"<Choice: {self.engine.name}{refused}>"

    def additivity_error(self, predictor: Predictor, rows: Rows, outputs: FloatArray) -> FloatArray:
        """Return |base value + attributions - the model's own output| per row, (n_rows,)."""
        own = self.row.scores(self.engine, predictor, rows)
        if own.shape != outputs.shape:
            return np.full(len(outputs), np.inf)
        return np.asarray(np.abs(own - outputs).max(axis=1))

    def relative_error(self, predictor: Predictor, rows: Rows) -> float:
        """Return the largest additivity error over rows, relative to the largest output."""
        outputs = self.engine.explain(rows).outputs()
        error = self.additivity_error(predictor, rows, outputs)
        return float(error.max()) / max(1.0, float(np.abs(outputs).max()))


def without_modules(reason: str) -> str:
    """Return a reason with classes named without their modules: ``SVC`` is enough to read."""
    return re.sub(r"\b(?:\w+\.)+([A-Z]\w*)", r"\1", reason)


def first(
    predictor: Predictor,
    background: Table,
    options: Options,
    rows: Sequence[EngineRow],
    before: tuple[Refusal, ...] = (),
) -> Choice | tuple[Refusal, ...]:
    """Return the first engine whose sums are the model's output, or the reasons of all.

    Parameters
    ----------
    predictor : Predictor
        The model.
    background : Table
        Background rows as the model takes them.
    options : Options
        What is asked of the engine.
    rows : sequence of EngineRow
        Engines to try, in this order.
    before : tuple of Refusal
        Reasons gathered already.
    """
    refusals = list(before)
    for row in rows:
        engine = row.build(predictor, background, options)
        if not isinstance(engine, Refusal):
            choice = Choice(engine, row, tuple(refusals))
            refusal = _checked(choice, predictor, background)
            if refusal is None:
                return choice
            engine = refusal
        refusals.append(engine)
    return tuple(refusals)


def _checked(choice: Choice, predictor: Predictor, background: Table) -> Refusal | None:
    """Return a refusal unless the engine's sums are the model's output on the background."""
    if choice.row.asks_model or choice.engine.tolerance == math.inf:
        return None
    worst = choice.relative_error(predictor, background.data)
    if worst <= choice.engine.tolerance:
        return None
    return Refusal(
        choice.engine.name,
        f"its sums differ from the output of {full_name(predictor.model)} by up to {worst:.3g}",
    )


def answers_alike(found: FloatArray, known: FloatArray, share: float = _SHARE) -> bool:
    """Whether answers for some rows are those that one model gave for them before.

    Parameters
    ----------
    found : ndarray of shape (n_rows, n_outputs)
        Answers now; of another shape they are another model's.
    known : ndarray of shape (n_rows, n_outputs)
        Answers then.
    share : float
        Difference to allow, as a share of how far the answers are from their mean, at most.
    """
    if found.shape != known.shape:
        return False
    spread = np.abs(known - known.mean(axis=0)).max()
    allowed = share * spread + _ROUNDING * np.abs(known).max()
    return bool(np.abs(found - known).max() <= allowed)
