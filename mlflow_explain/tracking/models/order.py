"""The order of a signature's columns, by which MLflow hands rows to the plain model.

With importances, rows come to the model in the order it was explained in. Where the signature has
another one, a model that goes by position would answer one thing with reasons and another without.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

    from mlflow_explain._typing import AnyArray
    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.originals import Original

_logger = logging.getLogger(__name__)

# Made-up numbers are around 0, and columns may be of another size.
_SIZES = (1.0, 30.0, 1000.0)
_NEAR = 1e-6
_SHOWN = 12


def check(explainer: Scorer, original: Original, given: ModelSignature | None) -> None:
    """Refuse a model that answers otherwise for rows in the order of its signature.

    Parameters
    ----------
    explainer : Scorer
        The model's.
    original : Original
        The model.
    given : ModelSignature or None
        What the user passed; a logged model is asked by the one it was logged with.
    """
    signature = original.signature if original.folder is not None else given
    inputs = None if signature is None else signature.inputs
    mine = [str(name) for name in explainer.features]
    if inputs is None or not inputs.has_input_names() or not is_frame(explainer.template.data):
        return
    theirs = [str(name) for name in inputs.input_names() if str(name) in set(mine)]
    if theirs == mine or len(theirs) < len(mine):
        return
    rows = _rows(explainer)
    at = {str(name): i for i, name in enumerate(rows.columns)}
    parts = explainer.estimator_of(original.asked_by(explainer))
    whole = parts.estimator if parts.preprocess is None else original.fitted
    predictor = Predictor(whole, explainer.model_task, explainer.classes, explainer.labels)
    known = _answers(predictor, rows)
    found = _answers(predictor, rows.iloc[:, [at[name] for name in theirs]])
    if known is None or (found is not None and _alike(known, found)):
        return
    raise InvalidInputError(
        f"a signature with columns in the order the model was fitted and explained in, "
        f"{_shown(mine)}",
        f"{_shown(theirs)}: in that order the model answers otherwise",
        "Log the model with a signature of its rows as they were when it was fitted.",
    )


def _rows(explainer: Scorer) -> pd.DataFrame:
    """Return raw rows: real ones where they are known, and made-up ones."""
    if isinstance(explainer.raw_probe, pd.DataFrame):
        return explainer.raw_probe
    raw: Any = replace(
        explainer, probe=None, feature_map=None, engineered_features=explainer.features
    ).probe_rows()
    # The template is a frame, and so are rows made up of it.
    made: pd.DataFrame = pd.concat([raw.apply(_times, by=by) for by in _SIZES], ignore_index=True)
    return made


def _times(column: pd.Series, by: float) -> pd.Series:
    return column * by if getattr(column.dtype, "kind", "O") == "f" else column


def _answers(predictor: Predictor, rows: pd.DataFrame) -> AnyArray | None:
    """Return what tells most of a model's answers for rows; None where it takes no such rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            told = predictor.probabilities(rows)
            return np.asarray(predictor.predict(rows) if told is None else told)
        except Exception:
            # Some libraries' errors of rows derive from nothing else.
            _logger.debug("The model takes no rows in this order.", exc_info=True)
            return None


def _alike(known: AnyArray, found: AnyArray) -> bool:
    if known.shape != found.shape:
        return False
    if known.dtype.kind != "f":
        return bool((known == found).all())
    return bool(np.allclose(known, found, rtol=_NEAR, atol=0.0, equal_nan=True))


def _shown(names: list[Any]) -> str:
    more = ", ..." if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
