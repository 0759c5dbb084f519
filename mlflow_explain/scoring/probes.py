"""Made-up rows to tell one model from another by, where no real ones are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.made_up import column_of
from mlflow_explain.data.texts import made_up
from mlflow_explain.data.texts.beside import with_known
from mlflow_explain.data.texts.cells import with_texts
from mlflow_explain.engines import registry

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.scoring.scorer import Scorer

PROBE_ROWS = 32


def made_up_rows(scorer: Scorer) -> Rows:
    """Return made-up rows as a scorer's estimator takes them, (PROBE_ROWS, n_engineered).

    Texts are of words that the model knows, beside the cells of the engine's background, if it has
    one, or those that the model's encoders know.
    """
    if scorer.texts is None:
        return _of_columns(scorer)
    known = registry.asked_by(scorer.engine)
    asked = getattr(scorer.engine, "asked", None)
    rows = with_known(_of_columns(scorer), known) if asked is None else asked.rows
    rows = rows.iloc[np.arange(PROBE_ROWS) % len(rows)].reset_index(drop=True)
    return with_texts(rows, scorer.texts.name, made_up.texts_for(known, PROBE_ROWS))


def _of_columns(scorer: Scorer) -> Rows:
    """Return rows of made-up numbers and words in the columns of the estimator."""
    numbers = np.random.default_rng(0).normal(size=(PROBE_ROWS, len(scorer.engineered_features)))
    if scorer.feature_map is not None or not is_frame(scorer.template.data):
        return numbers
    dtypes = scorer.template.data.dtypes.items()
    return pd.DataFrame({n: column_of(t, numbers[:, i], "?") for i, (n, t) in enumerate(dtypes)})
