"""The table of engines, and the choice among them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines import lightgbm_native, linear, shap_trees
from mlflow_explain.engines.base import Engine, EngineRow, Refusal
from mlflow_explain.errors import CorruptArtifactError, UnsupportedModelError

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import EngineState

# In order of preference. A new engine is a new file and a row here.
ENGINES: tuple[EngineRow, ...] = tuple(
    EngineRow(module.NAME, module.build, module.restore, module.scores)
    for module in (lightgbm_native, linear, shap_trees)
)

# An exact engine whose sums are further than this from the model's output does not explain it.
MAX_ADDITIVITY_ERROR = 1e-6


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


def choose(predictor: Predictor, background: Table) -> Choice:
    """Return the first engine that explains the model exactly.

    Parameters
    ----------
    predictor : Predictor
        The estimator, without its preprocessing.
    background : Table
        Background rows as the estimator takes them.

    Returns
    -------
    Choice

    Raises
    ------
    UnsupportedModelError
        Every engine refuses; the message holds each reason.
    """
    refusals: list[Refusal] = []
    for row in ENGINES:
        engine = row.build(predictor, background)
        if not isinstance(engine, Refusal):
            choice = Choice(engine, tuple(refusals))
            refusal = _checked(choice, predictor, background)
            if refusal is None:
                return choice
            engine = refusal
        refusals.append(engine)
    reasons = "; ".join(f"{r.engine}: {r.reason}" for r in refusals)
    raise UnsupportedModelError(
        f"a model that one of the engines explains ({', '.join(row.name for row in ENGINES)})",
        f"{full_name(predictor.model)} ({reasons})",
        "This version explains LightGBM, scikit-learn's trees, forests and gradient boosting, and "
        "its linear models, bare or as last step of a Pipeline. Of a search, pass "
        "`best_estimator_`.",
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
    return bool(np.abs(expected - outputs).max() <= MAX_ADDITIVITY_ERROR * scale)


def restore(name: str, state: EngineState) -> Engine:
    """Return the engine of a stored state."""
    return row_named(name).restore(state)


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
    if worst <= MAX_ADDITIVITY_ERROR:
        return None
    return Refusal(
        choice.engine.name,
        f"its sums differ from the output of {full_name(predictor.model)} by up to {worst:.3g}",
    )
