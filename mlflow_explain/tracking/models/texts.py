"""The user's model of a list of texts, asked with a table of them, as MLflow's server reads one.

MLflow hands a table to a model as it is, and a Pipeline that begins with a vectoriser would read
the names of its columns as texts. Such a model is given the texts of the column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.functions import is_of_function
from mlflow_explain.data.pyfuncs import only_input
from mlflow_explain.data.texts.cells import texts_in

if TYPE_CHECKING:
    from mlflow_explain.scoring.scorer import Scorer

# Asked with rows, and with parameters of the user's own model or None.
PlainAnswer = Callable[[Any, Any], Any]


def plain_answer(plain: Any, scorer: Scorer) -> PlainAnswer:
    """Return what answers rows exactly as the model does without its explainer.

    Parameters
    ----------
    plain : mlflow.pyfunc.PyFuncModel
        The user's model, as MLflow loads it.
    scorer : Scorer
        Knows whether it takes a list of texts.
    """
    texts = scorer.texts
    if texts is None or not texts.as_list:
        return lambda rows, params: plain.predict(rows, params=params)
    ask = _of_list(plain, texts.name, is_function=is_of_function(scorer.model_type))

    def answer(rows: Any, params: Any) -> Any:
        given = texts_in(texts.table(rows), texts.name)
        # No vectoriser takes none.
        return ask(given, params) if given else np.zeros(0)

    return answer


def _of_list(plain: Any, name: str, *, is_function: bool) -> PlainAnswer:
    """Return what answers a list of texts."""
    if not is_function:
        # MLflow would make a table of a list.
        inner = plain._model_impl  # noqa: SLF001 - what MLflow calls a stable developer API
        return lambda given, params: inner.predict(given, params=params)
    column = only_input(plain) or name
    return lambda given, params: plain.predict(pd.DataFrame({column: given}), params=params)


def function_of(plain: Any, list_of: str | None) -> Callable[[Any], Any]:
    """Return a logged function as the one that was explained.

    Parameters
    ----------
    plain : mlflow.pyfunc.PyFuncModel
        The function, as MLflow loads it.
    list_of : str or None
        Column of the texts that it takes a list of; None where it takes rows.
    """
    predict: Callable[[Any], Any] = plain.predict
    if list_of is None:
        return predict
    ask = _of_list(plain, list_of, is_function=True)
    return lambda given: ask(given, None)


def list_of(scorer: Scorer) -> str | None:
    """Return the column of the texts that a model takes a list of; None where it takes rows."""
    texts = scorer.texts
    return texts.name if texts is not None and texts.as_list else None
