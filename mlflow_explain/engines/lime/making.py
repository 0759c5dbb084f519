"""Makes the engine: from a model and examples, or from a stored state and its model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from mlflow_explain.engines.base import EngineRow, EngineState, Refusal, only_made_by, under
from mlflow_explain.engines.black_box.asked import AskedBackground
from mlflow_explain.engines.black_box.asking import asked_in_parts
from mlflow_explain.engines.lime import limits, storing
from mlflow_explain.engines.lime.engine import NAME, LimeEngine
from mlflow_explain.engines.lime.sampling import draw
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table


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
    asked = AskedBackground.of(predictor, background, "default")
    drawn = draw(
        examples.data, asked.rows, settings.n_samples, settings.seed,
        discretize=settings.discretize, categorical=settings.categorical,
    )  # fmt: skip
    known = None if drawn.rows is None else asked_in_parts(asked.ask, drawn.rows, max_bytes)
    return LimeEngine(
        asked=asked,
        columns=drawn.columns,
        n_samples=settings.n_samples,
        sample_answers=None if known is None else frozen_floats(known),
        kernel_width=settings.kernel_width or 0.75 * math.sqrt(n_features),
        show_progress=settings.show_progress,
        verbose=settings.verbose,
        max_bytes=max_bytes,
    )


def restore(
    state: EngineState, predictor: Predictor | None, max_bytes: int = limits.MAX_BYTES
) -> LimeEngine:
    """Return the engine of a stored state.

    Raises
    ------
    InvalidInputError
        The model is not at hand.
    """
    settings, arrays = state.settings, state.arrays
    asked = AskedBackground.restored(state, predictor)
    known = arrays.get("sample_answers")
    return LimeEngine(
        asked=asked,
        columns=storing.restored(settings["columns"], under(arrays, "columns_"), asked.rows),
        n_samples=settings["n_samples"],
        sample_answers=None if known is None else frozen_floats(known),
        kernel_width=settings["kernel_width"],
        max_bytes=max_bytes,
    )


def scores(engine: LimeEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own answers, (n_rows, n_outputs)."""
    return engine.asked.scores(predictor, rows, engine.max_bytes)


def made_of(engine: LimeEngine, predictor: Predictor, _: Rows) -> bool:
    """Whether a model answers the background as the one the engine was made from."""
    return engine.asked.is_of(predictor)


ROW = EngineRow(
    NAME,
    only_made_by("LIMEExplainer", NAME),
    restore,
    scores,
    asks=attrgetter("asked.model"),
    made_of=made_of,
)
