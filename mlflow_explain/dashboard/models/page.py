"""`model_for_page`: the model of a page; exact where it can be, else a surrogate, else a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard.models.exact import MAX_BYTES, exported
from mlflow_explain.dashboard.models.surrogate import surrogate_of
from mlflow_explain.dashboard.models.values import Refusal
from mlflow_explain.engines.mimic.engine import NAME as MIMIC

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.dashboard.models.values import Exported
    from mlflow_explain.explanation import Explanation


def model_for_page(
    explanation: Explanation,
    model: Any,
    rows: Rows,
    *,
    predicted: AnyArray | None = None,
    probabilities: FloatArray | None = None,
    engine: Any = None,
    transformations: Any = None,
    surrogate: bool = True,
    max_bytes: int = MAX_BYTES,
    seed: int = 0,
) -> Exported | Refusal:
    """Return the model of a page.

    Parameters
    ----------
    explanation, model, rows, predicted, probabilities, engine, transformations, max_bytes
        As of `exact.exported`.
    surrogate : bool, default=True
        Whether a surrogate may stand for a model that the page cannot hold.
    seed : int, default=0
        Of the surrogate.

    Returns
    -------
    Exported or Refusal
        The notes of a surrogate begin with why it is not the model itself.
    """
    known: dict[str, Any] = {
        "predicted": predicted, "probabilities": probabilities, "transformations": transformations,
    }  # fmt: skip
    found = exported(explanation, model, rows, engine=engine, max_bytes=max_bytes, **known)
    if not isinstance(found, Refusal) or not surrogate:
        return found
    mimic = engine if getattr(engine, "name", None) == MIMIC and transformations is None else None
    other = surrogate_of(explanation, model, rows, engine=mimic, seed=seed, **known)
    if isinstance(other, Refusal):
        return Refusal(f"{found.reason}; and {other.reason}")
    why = f"The model itself is not in the page: {found.reason}."
    return replace(other, notes=(why, *other.notes))
