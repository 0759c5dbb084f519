"""Which exact engine explains the estimator behind a vectoriser."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import full_name, is_frame
from mlflow_explain.data.table import Table
from mlflow_explain.engines import additive, composed
from mlflow_explain.engines.base import Refusal
from mlflow_explain.engines.exact import EXACT, row_of
from mlflow_explain.engines.text.term_values import values_of

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.base import Engine, EngineRow, Options

# Background rows that engines of games between rows hold dense, at most.
_BACKGROUND_BYTES = 2**30


def exact_engine(estimator: Predictor, given: Rows, rows: Rows, options: Options) -> Engine | str:
    """Return the first engine of an estimator whose sums are its output, or why there is none.

    Parameters
    ----------
    estimator : Predictor
        The last step of a Pipeline.
    given : DataFrame, ndarray or csr_matrix of shape (n_background, n_engineered)
        Background of its engine.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_engineered)
        Rows to try the engine on.
    options : Options
        What is asked of it.
    """
    refusals = []
    names = given.columns if is_frame(given) else range(given.shape[1])
    table = Table(given, tuple(map(str, names)))
    for row in EXACT:
        engine = _too_wide(row, table, options) or row.build(estimator, table, options)
        if isinstance(engine, Refusal):
            refusals.append(engine)
            continue
        worst = relative_error(sums(engine, rows), own_scores(engine, estimator, rows))
        if worst <= engine.tolerance:
            found: Engine = engine
            return found
        refusals.append(Refusal(engine.name, f"its sums differ from the output by {worst:.3g}"))
    reasons = "; ".join(f"{refusal.engine}: {refusal.reason}" for refusal in refusals)
    return f"no exact engine explains its {full_name(estimator.model)} ({reasons})"


def own_scores(engine: Engine, estimator: Predictor, rows: Rows) -> FloatArray:
    """Return an estimator's output in the output space of its engine, (n_rows, n_outputs)."""
    with warnings.catch_warnings():
        # Terms have no names.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        return row_of(engine.name).scores(engine, estimator, rows)


def relative_error(found: FloatArray, own: FloatArray) -> float:
    """Return the largest difference relative to the largest output; infinite for other shapes."""
    if found.shape != own.shape:
        return float("inf")
    return float(np.abs(found - own).max(initial=0)) / max(1.0, float(np.abs(own).max(initial=0)))


def sums(engine: Engine, rows: Rows) -> FloatArray:
    """Return base value plus all attributions, (n_rows, n_outputs)."""
    n_rows, n_features = rows.shape
    together = values_of(engine, np.zeros(n_features, dtype=np.int64), 1)
    none = [np.zeros(0, dtype=np.int64)] * n_rows
    total = [columns[0] for columns, _ in together.of(rows, none)]
    return np.asarray(engine.base_values + np.array(total).reshape(-1, len(engine.base_values)))


def _too_wide(row: EngineRow, background: Table, options: Options) -> Refusal | None:
    """Return why an engine that fills its background up is not tried on very many terms."""
    fills = options.feature_perturbation == "interventional" or row.name == composed.NAME
    n_rows, n_features = background.data.shape
    if row.name == additive.NAME or not fills or 8 * n_rows * n_features <= _BACKGROUND_BYTES:
        return None
    return Refusal(row.name, f"{n_rows} background rows of {n_features} terms are too many for it")
