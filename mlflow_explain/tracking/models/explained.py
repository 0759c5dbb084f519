"""`Explained`: rows with what a served model answers for them, and why; what replies say of it."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.engines import registry
from mlflow_explain.scoring import reply
from mlflow_explain.scoring.reasons import Reasons, taken

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.scoring.options import ReplyOptions
    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.settings import Serving

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Explained:
    """Rows with what the model answers for them, and why.

    Parameters
    ----------
    predicted : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What the model answered.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        Its probabilities.
    reasons : Reasons
        Importances, and of each row why it has none.
    positions : ndarray of shape (n_rows,) or None
        Position of each row's predicted class.
    own_outputs : ndarray of shape (n_explained, n_outputs) or None
        The model's own output, where importances only approximate it.
    """

    predicted: AnyArray
    probabilities: FloatArray | None
    reasons: Reasons
    positions: AnyArray | None = None
    own_outputs: FloatArray | None = None


def own_outputs(
    scorer: Scorer, estimator: Predictor, engineered: Rows, reasons: Reasons
) -> FloatArray | None:
    """Return a model's own output for the explained rows, (n_explained, n_outputs).

    None where importances sum to it anyway, but for rounding.
    """
    engine = scorer.engine
    if math.isfinite(engine.tolerance):
        return None
    if reasons.local is None:
        return np.empty((0, len(engine.base_values)))
    rows = engineered if reasons.is_whole else taken(engineered, reasons.at)
    with time_limit.without():
        return registry.row_named(engine.name).scores(engine, estimator, rows)


def importances(
    scorer: Scorer, found: Explained, options: ReplyOptions, serving: Serving
) -> dict[str, list[Any]]:
    """Return the columns of a reply that tell why, each of n_rows."""
    return reply.explanation_columns(
        scorer, found.reasons, options, found.positions,
        as_list=serving.format == "list", own_outputs=found.own_outputs,
    )  # fmt: skip


def without_reasons(error: Exception, n_rows: int, count: int) -> Reasons:
    """Return what stands for importances where the explainer failed.

    The error's text may repeat a row, so it is kept out of the usual log.
    """
    name = type(error).__name__
    _logger.warning("Rows have no reasons: %s (failure %d since the start).", name, count)
    return Reasons.none(n_rows, f"failed: {name}")
