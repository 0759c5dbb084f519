"""The work of a first request, done when a model is loaded.

Machine code is loaded, libraries are imported and tables are made where they are first needed. A
made-up row goes through all of it, so that a server that answers `/ping` answers its first request
as fast as the thousandth.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data import time_limit
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.made_up import column_of
from mlflow_explain.data.texts.beside import with_known
from mlflow_explain.data.texts.cells import with_texts
from mlflow_explain.engines import registry
from mlflow_explain.errors import OutOfTimeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import Rows
    from mlflow_explain.tracking.models.served import ServedExplainer, ServedModel

_logger = logging.getLogger(__name__)

# An explanation that takes as long gains nothing by another one before it.
SECONDS = 5.0


def warm(served: ServedModel | ServedExplainer) -> None:
    """Answer a made-up row.

    A model may refuse such a row, and then that is all there is to it. But a library that is not
    installed would be missed by every request.

    Raises
    ------
    ModuleNotFoundError
        A library is not installed.
    """
    scorer = served.scorer
    row = row_of(scorer.template.data)
    if scorer.texts is not None:
        # One without a token would leave out most of the work.
        row = with_texts(row, scorer.texts.name, ["A text."])
        asked = registry.asked_by(scorer.engine)
        row = with_known(row, asked)
        if asked is not None and not _answers(asked, row):
            return
    if scorer.feature_map is not None and (
        scorer.preprocess is None or not _takes(lambda: scorer.engineered_rows(row))
    ):
        _works(lambda: scorer.local_of_engineered(np.zeros((1, len(scorer.engineered_features)))))
        return
    with time_limit.within(SECONDS) as limit:
        # Before the whole request, which would but mention what fails here.
        explains = _works(lambda: scorer.local(row))
    if explains and limit.left > 0.0:
        _works(lambda: _check(served.predict(row, {"explain": True})))


def _answers(model: Any, row: pd.DataFrame) -> bool:
    """Whether a model of texts takes the made-up row, beside whose text are other cells."""
    if row.shape[1] == 1:
        return True
    return _takes(lambda: getattr(model, "predict", model)(row.copy()))


def _takes(made: Callable[[], Any]) -> bool:
    """Whether the user's steps take the made-up row: words that nobody has seen they need not."""
    try:
        made()
    except ModuleNotFoundError:
        raise
    except Exception:
        # What the user's own code makes of a row that nobody sent is no reason not to start.
        _logger.debug("A made-up row was not answered.", exc_info=True)
        return False
    return True


def _works(work: Callable[[], Any]) -> bool:
    """Do something, and return whether the user's own code let it be done."""
    try:
        work()
    except ModuleNotFoundError:
        raise
    except OutOfTimeError:
        _logger.debug("A made-up row takes long.", exc_info=True)
        return False
    except Exception as error:
        # What a model makes of a row that nobody sent is no reason not to start.
        _logger.debug("A made-up row was not answered.", exc_info=True)
        _warn(f"failed: {type(error).__name__}")
        return False
    return True


def _check(answer: pd.DataFrame) -> None:
    """Say it if the made-up row was answered without its reasons, though they were due."""
    (status,) = answer["explanation_status"]
    if status.startswith("failed"):
        _warn(status)


def _warn(status: str) -> None:
    """Say what rows will be answered without, unless this one was refused for being made up."""
    _logger.warning(
        "The explanation of a made-up row, made when the model was loaded: %s. Requests of real "
        "rows say in `explanation_status` whether theirs fail, too.",
        status,
    )


def row_of(template: Rows) -> Rows:
    """Return a row in a template's columns and types.

    Parameters
    ----------
    template : DataFrame, ndarray or csr_matrix of shape (0, n_columns)
        No rows.
    """
    if not is_frame(template):
        return np.zeros((1, template.shape[1]), getattr(template, "dtype", np.float64))
    made = {name: _cell(dtype) for name, dtype in template.dtypes.items()}
    return pd.DataFrame(made)


def _cell(dtype: Any) -> pd.Series:
    return column_of(dtype, np.zeros(1), "").astype(dtype)
