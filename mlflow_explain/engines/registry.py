"""The table of engines."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name
from mlflow_explain.engines import additive, catboost_native, exact
from mlflow_explain.engines.black_box import engine as black_box
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.deep import engine as deep
from mlflow_explain.engines.lime import making as lime
from mlflow_explain.engines.mimic import engine as mimic
from mlflow_explain.engines.text import lime as text_lime
from mlflow_explain.engines.text import masking, terms
from mlflow_explain.engines.text.han import engine as han
from mlflow_explain.engines.trees import engine as trees
from mlflow_explain.errors import CorruptArtifactError, ExplainError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.base import Engine, EngineRow, EngineState, Refusal

# Exact engines, in order of preference.
EXACT: tuple[EngineRow, ...] = exact.EXACT
# What explains networks, by their gradients.
DEEP = deep.ROW
# What explains any model, from outside.
ANY = black_box.ROW
ENGINES: tuple[EngineRow, ...] = (*EXACT, DEEP, ANY)
# What explainers of their own ask for, and nothing else chooses.
LIME = lime.ROW
MIMIC = mimic.MIMIC
ON_REQUEST: tuple[EngineRow, ...] = (LIME, MIMIC)
# What explains a column of texts, token by token.
TEXTS: tuple[EngineRow, ...] = (terms.ROW, masking.ROW, text_lime.ROW, han.ROW)
ALL: tuple[EngineRow, ...] = (*ENGINES, *ON_REQUEST, *TEXTS)

# What explainers of one kind try.
TREES = tuple(row for row in EXACT if row.name in {trees.NAME, catboost_native.NAME})
LINEAR = tuple(row for row in EXACT if row.name == additive.NAME)

# Names that artifacts of earlier versions hold, and who reads their states.
_FORMER = {"lightgbm": trees.restore_lightgbm}


def refused(predictor: Predictor, refusals: Sequence[Refusal]) -> UnsupportedModelError:
    """Return the error that every engine refused, with each reason."""
    reasons = "; ".join(f"{r.engine}: {r.reason}" for r in refusals)
    return UnsupportedModelError(
        f"a model that one of the engines explains ({', '.join(r.engine for r in refusals)})",
        f"{full_name(predictor.model)} ({reasons})",
        _instead(refusals),
    )


def _instead(refusals: Sequence[Refusal]) -> str:
    """Return what to do where all engines asked for refused."""
    asked = {refusal.engine for refusal in refusals}
    if masking.NAME in asked:
        return "See the reasons: leave an option out that no method reads for this model."
    if any(name.startswith("text") for name in asked):
        return (
            "TextExplainer without `method` explains any model of texts: where no exact engine "
            "does, it is asked for them without some of their words."
        )
    return "See the README for what each engine explains; TabularExplainer tries them all."


def explains(engine: Engine, predictor: Predictor, rows: Rows) -> bool:
    """Whether an engine's sums are this very model's output on some rows.

    Parameters
    ----------
    engine : Engine
        Made from this model, or from another of the same class.
    predictor : Predictor
        The estimator, without its preprocessing.
    rows : DataFrame, ndarray or csr_matrix
        Rows as the estimator takes them; a black box is tried on its own background.
    """
    row = row_named(engine.name)
    if row.made_of is not None:
        return row.made_of(engine, predictor, rows)
    with warnings.catch_warnings():
        # Made-up rows are without the names the model may have been fitted on.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        try:
            worst = Choice(engine, row, ()).relative_error(predictor, rows)
        except MODEL_ERRORS:
            # It takes other rows: of other columns, or of another width.
            return False
    return worst <= engine.tolerance


def restore(
    name: str, state: EngineState, predictor: Callable[[], Predictor] | None = None
) -> Engine:
    """Return the engine of a stored state.

    Parameters
    ----------
    name : str
        Name of the engine, as kept in the artifact.
    state : EngineState
        What `Engine.state` returned.
    predictor : callable, optional
        Returns the model it explains; called only where the engine has to ask it.

    Raises
    ------
    CorruptArtifactError
        The state is of no engine of this name.
    """
    asked = None
    if name in _FORMER:
        restoring: Callable[[EngineState, Predictor | None], Any] = _FORMER[name]
    else:
        row = row_named(name)
        restoring = row.restore
        asked = predictor() if row.asks_model and predictor is not None else None
    try:
        engine: Engine = restoring(state, asked)
    except ExplainError:
        raise
    except MODEL_ERRORS as error:
        raise CorruptArtifactError(
            f"the state of an engine {name}, as it was stored",
            f"one that raises {type(error).__name__}",
            "It was edited, or is damaged; log or save the explainer again.",
        ) from error
    return engine


def asked_by(engine: Engine) -> Any:
    """Return the model that an engine asks, or None where it asks none."""
    asks = row_named(engine.name).asks
    return None if asks is None else asks(engine)


def row_named(name: str) -> EngineRow:
    """Return the row of the table with this name."""
    for row in ALL:
        if row.name == name:
            return row
    raise CorruptArtifactError(
        f"an engine among {', '.join(row.name for row in ALL)}",
        repr(name),
        "Read it with the version of mlflow-explain that wrote it, or a newer one.",
    )
