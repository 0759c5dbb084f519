"""The table of engines, and the choice among them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines import additive, catboost_native, kernel_machine
from mlflow_explain.engines.base import Engine, EngineRow, Options, Refusal
from mlflow_explain.engines.trees import engine as trees
from mlflow_explain.errors import CorruptArtifactError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import EngineState

# In order of preference. A new engine is a new file and a row here.
ENGINES: tuple[EngineRow, ...] = tuple(
    EngineRow(module.NAME, module.build, module.restore, module.scores)
    for module in (trees, catboost_native, additive, kernel_machine)
)

# Names that artifacts of earlier versions hold, and who reads their states.
_FORMER = {"lightgbm": trees.restore_lightgbm}


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Choice:
    """The engine that explains a model, and why others before it do not.

    Parameters
    ----------
    engine : Engine
        The one chosen.
    refusals : tuple of Refusal
        Reasons of those tried before.
    """

    engine: Engine
    refusals: tuple[Refusal, ...]

    def __repr__(self) -> str:
        """Name the engine, and why those before it refused."""
        refused = "".join(f"; not {r.engine}: {r.reason}" for r in self.refusals)
        return f"<Choice: {self.engine.name}{refused}>"

    def additivity_error(self, predictor: Predictor, rows: Rows, outputs: FloatArray) -> FloatArray:
        """Return |base value + attributions - the model's own output| per row, (n_rows,)."""
        row = row_named(self.engine.name)
        return np.asarray(np.abs(row.scores(self.engine, predictor, rows) - outputs).max(axis=1))


def choose(
    predictor: Predictor,
    background: Table,
    options: Options = Options(),  # noqa: B008 - frozen
    rows: Sequence[EngineRow] = ENGINES,
) -> Choice:
    """Return the first engine that explains the model.

    Parameters
    ----------
    predictor : Predictor
        The estimator, without its preprocessing.
    background : Table
        Background rows as the estimator takes them.
    options : Options
        The game, the output and the budget asked for.
    rows : sequence of EngineRow
        Engines to try, in this order.

    Returns
    -------
    Choice

    Raises
    ------
    UnsupportedModelError
        Every engine refuses; the message holds each reason.
    """
    refusals: list[Refusal] = []
    for row in rows:
        engine = row.build(predictor, background, options)
        if not isinstance(engine, Refusal):
            choice = Choice(engine, tuple(refusals))
            refusal = _checked(choice, predictor, background)
            if refusal is None:
                return choice
            engine = refusal
        refusals.append(engine)
    reasons = "; ".join(f"{r.engine}: {r.reason}" for r in refusals)
    raise UnsupportedModelError(
        f"a model that one of the engines explains ({', '.join(row.name for row in rows)})",
        f"{full_name(predictor.model)} ({reasons})",
        "See the README for what each engine explains; TabularExplainer tries them all.",
    )


def explains(engine: Engine, predictor: Predictor, n_features: int) -> bool:
    """Whether an engine's sums are this very model's output, on a few made-up rows.

    Parameters
    ----------
    engine : Engine
        Made from this model, or from another of the same class.
    predictor : Predictor
        The estimator, without its preprocessing.
    n_features : int
        Number of its inputs.
    """
    rows = np.random.default_rng(0).normal(size=(32, n_features))
    outputs = engine.explain(rows).outputs()
    with warnings.catch_warnings():
        # The rows are made up, and so without the names the model may have been fitted on.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        expected = row_named(engine.name).scores(engine, predictor, rows)
    if expected.shape != outputs.shape:
        return False
    scale = max(1.0, float(np.abs(outputs).max()))
    return bool(np.abs(expected - outputs).max() <= engine.tolerance * scale)


def restore(name: str, state: EngineState, predictor: Predictor | None = None) -> Engine:
    """Return the engine of a stored state.

    Parameters
    ----------
    name : str
        Name of the engine, as kept in the artifact.
    state : EngineState
        What `Engine.state` returned.
    predictor : Predictor, optional
        The estimator it explains, which a black box has to ask.
    """
    former = _FORMER.get(name)
    engine: Engine = (former or row_named(name).restore)(state, predictor)
    return engine


def row_named(name: str) -> EngineRow:
    """Return the row of the table with this name."""
    for row in ENGINES:
        if row.name == name:
            return row
    raise CorruptArtifactError(
        f"an engine among {', '.join(row.name for row in ENGINES)}",
        repr(name),
        "Read it with the version of mlflow-explain that wrote it, or a newer one.",
    )


def _checked(choice: Choice, predictor: Predictor, background: Table) -> Refusal | None:
    """Return a refusal unless the engine's sums are the model's output on the background."""
    outputs = choice.engine.explain(background.data).outputs()
    error = choice.additivity_error(predictor, background.data, outputs)
    scale = max(1.0, float(np.abs(outputs).max()))
    worst = float(error.max()) / scale
    if worst <= choice.engine.tolerance:
        return None
    return Refusal(
        choice.engine.name,
        f"its sums differ from the output of {full_name(predictor.model)} by up to {worst:.3g}",
    )
