"""`model_for_page`: the model of a page; exact where it can be, else a surrogate, else a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlflow_explain.dashboard.models.exact import MAX_BYTES, exported
from mlflow_explain.dashboard.models.surrogate import own_surrogate, surrogate_of
from mlflow_explain.dashboard.models.values import NotExported

if TYPE_CHECKING:
    from mlflow_explain.dashboard.models.values import Exported
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation


def model_for_page(
    explanation: Explanation, source: Source, *, max_bytes: int = MAX_BYTES, seed: int = 0
) -> Exported | NotExported:
    """Return the model of a page.

    Parameters
    ----------
    explanation : Explanation
        Of the rows that the page holds, in raw columns.
    source : Source
        The model. One that may not be asked has no surrogate but the one that explained it.
    max_bytes : int
        Larger models are not put into the page themselves.
    seed : int, default=0
        Of the surrogate.

    Returns
    -------
    Exported or NotExported
        The notes of a surrogate begin with why it is not the model itself.
    """
    found = exported(explanation, source, max_bytes=max_bytes)
    if not isinstance(found, NotExported):
        return found
    if not source.may_ask and own_surrogate(source) is None:
        return found
    other = surrogate_of(explanation, source, seed=seed)
    if isinstance(other, NotExported):
        alike = other.reason == found.reason
        return found if alike else NotExported(f"{found.reason}; and {other.reason}")
    why = f"The model itself is not in the page: {found.reason}."
    return replace(other, notes=(why, *other.notes))
