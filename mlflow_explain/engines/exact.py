"""The exact engines of estimators, in order of preference.

Apart from `registry`, whose other engines explain an estimator by them, too: those of texts, say.
"""

from __future__ import annotations

from mlflow_explain.engines import additive, catboost_native, composed, kernel_machine
from mlflow_explain.engines.base import EngineRow
from mlflow_explain.engines.trees import engine as trees

_SINGLE = tuple(
    EngineRow(module.NAME, module.build, module.restore, module.scores)
    for module in (trees, catboost_native, additive, kernel_machine)
)
# A new engine is a new file and a row here.
EXACT: tuple[EngineRow, ...] = (*_SINGLE, composed.row(_SINGLE))


def row_of(name: str) -> EngineRow:
    """Return the row with this name, which is one of them."""
    return {row.name: row for row in EXACT}[name]
