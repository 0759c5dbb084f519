"""Makes the engine: from a model and examples, or from a stored state and its model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import full_name, is_frame
from mlflow_explain.engines.base import EngineRow, EngineState, Refusal
from mlflow_explain.engines.black_box import storing as cells
from mlflow_explain.engines.black_box.asking import Question, has_probabilities, question
from mlflow_explain.engines.black_box.masking import bytes_per_row, len_of, part_of
from mlflow_explain.engines.lime import limits, storing
from mlflow_explain.engines.lime.engine import NAME, LimeEngine
from mlflow_explain.engines.lime.sampling import draw
from mlflow_explain.errors import ExplainError, InvalidInputError
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Options

# Largest difference of two answers that are taken for one model's.
_ALIKE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Settings:
    """How samples are drawn and weighed.

    Parameters
    ----------
    n_samples : int
        Samples that each local model is fitted to.
    discretize : bool
        Numbers are in groups between the quartiles of the examples; otherwise samples lie around
        the row's number.
    kernel_width : float or None
        Distance at which a sample's weight has fallen to ``exp(-1/2)``; by default three quarters
        of the square root of the number of features.
    categorical : frozenset of int
        Positions of columns whose numbers are codes of categories.
    seed : int
        Seed of the draw.
    show_progress : bool
        Show a bar over rows, if standard error is a terminal.
    verbose : bool
        Log the local fidelity of each batch.
    """

    n_samples: int = limits.DEFAULT_SAMPLES
    discretize: bool = True
    kernel_width: float | None = None
    categorical: frozenset[int] = frozenset()
    seed: int = 0
    show_progress: bool = False
    verbose: bool = False


def made(
    predictor: Predictor,
    examples: Table,
    background: Table,
    settings: Settings,
    max_bytes: int = limits.MAX_BYTES,
) -> LimeEngine | Refusal:
    """Return the engine for any model, or the reason why samples would not do.

    Parameters
    ----------
    predictor : Predictor
        The model: anything with `predict`, or a plain function of rows.
    examples : Table
        All initialization examples, from which samples are drawn.
    background : Table
        Those over which the base value is the mean.
    settings : Settings
        How samples are drawn and weighed.
    max_bytes : int
        Memory for what is worked on at a time.
    """
    n_features = int(background.data.shape[1])
    reason = limits.refusal(predictor, n_features, settings.n_samples)
    if reason is not None:
        return Refusal(NAME, reason)
    if len(background) == 0:
        raise InvalidInputError(
            "a background of at least one row", "none", "Pass rows the model was trained on."
        )
    # A copy: the user may change the rows, and a model what it is given. Their index is dropped.
    rows = background.data.copy()
    rows = rows.reset_index(drop=True) if is_frame(rows) else rows
    ask, answers = question(predictor, rows.copy(), "default")
    drawn = draw(
        examples.data, rows, settings.n_samples, settings.seed,
        discretize=settings.discretize, categorical=settings.categorical,
    )  # fmt: skip
    return LimeEngine(
        ask=ask,
        background=rows,
        answers=frozen_floats(answers),
        columns=drawn.columns,
        n_samples=settings.n_samples,
        sample_answers=None if drawn.rows is None else _asked(ask, drawn.rows, max_bytes),
        kernel_width=settings.kernel_width or 0.75 * math.sqrt(n_features),
        show_progress=settings.show_progress,
        verbose=settings.verbose,
        max_bytes=max_bytes,
    )


def build(predictor: Predictor, background: Table, options: Options) -> LimeEngine | Refusal:
    """Return the engine that draws from the background only, or the reason why not."""
    model = full_name(predictor.model)
    if options.feature_perturbation in {"interventional", "tree_path_dependent"}:
        return Refusal(NAME, f"{model} is fitted around each row: no game is played")
    if options.wants_probability(predictor) and not has_probabilities(predictor):
        return Refusal(NAME, f"{model} is not a model that tells probabilities")
    settings = Settings(seed=options.seed, show_progress=options.show_progress)
    return made(predictor, background, background, settings)


def restore(
    state: EngineState, predictor: Predictor | None, max_bytes: int = limits.MAX_BYTES
) -> LimeEngine:
    """Return the engine of a stored state.

    Raises
    ------
    InvalidInputError
        The model is not at hand.
    """
    if predictor is None:
        raise InvalidInputError(
            "the model beside its explainer, for this one explains by asking it",
            "the explainer alone",
            "Load the explainer together with its model.",
        )
    settings, arrays = state.settings, state.arrays
    background = cells.restored(settings["background"], storing.with_prefix("background_", arrays))
    known = arrays.get("sample_answers")
    return LimeEngine(
        ask=Question(predictor, settings["method"]),
        background=background,
        answers=frozen_floats(arrays["answers"]),
        columns=storing.restored(
            settings["columns"], storing.with_prefix("columns_", arrays), background
        ),
        n_samples=settings["n_samples"],
        sample_answers=None if known is None else frozen_floats(known),
        kernel_width=settings["kernel_width"],
        max_bytes=max_bytes,
    )


def scores(engine: LimeEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own answers, (n_rows, n_outputs)."""
    if len_of(rows) == 0:
        return np.zeros((0, engine.n_outputs))
    return Question(predictor, engine.ask.method)(rows.copy())


def made_of(engine: LimeEngine, predictor: Predictor, rows: Rows) -> bool:
    """Whether a model answers the background as the one the engine was made from."""
    del rows
    try:
        answers = scores(engine, predictor, engine.background)
    except ExplainError:
        return False
    if answers.shape != engine.answers.shape:
        return False
    return bool(np.abs(answers - engine.answers).max() <= _ALIKE)


def _asked(ask: Question, rows: Rows, max_bytes: int) -> FloatArray:
    """Return the answers for many rows, asked for in as few parts as memory allows."""
    step = max(1, max_bytes // bytes_per_row(rows))
    parts = [part_of(rows, slice(at, at + step)) for at in range(0, len_of(rows), step)]
    # Copies: a function may write to what it is given.
    return frozen_floats(np.concatenate([ask(part.copy()) for part in parts]))


ROW = EngineRow(NAME, build, restore, scores, asks_model=True, made_of=made_of)
