"""`KINDS`: the pictures there are of an explanation."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.plots import bar, beeswarm, dependence, waterfall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain.explanation import Explanation
    from mlflow_explain.plots.picture import Picture

# Name -> what draws it. Its parameters are the options the kind takes.
KINDS: dict[str, Callable[..., Picture]] = {
    "bar": bar.figure,
    "beeswarm": beeswarm.figure,
    "waterfall": waterfall.figure,
    "dependence": dependence.figure,
}


def figure(explanation: Explanation, kind: str, options: Mapping[str, Any]) -> Picture:
    """Return a picture of one kind.

    Parameters
    ----------
    explanation : Explanation
        What to draw.
    kind : str
        One of `KINDS`.
    options : mapping
        Those of its options that are not None are passed on.

    Raises
    ------
    InvalidInputError
        There is no such kind, or it takes no such option.
    """
    draw = KINDS.get(kind) if isinstance(kind, str) else None
    if draw is None:
        raise InvalidInputError(
            f"`kind` to be one of {', '.join(KINDS)}", repr(kind), "Choose one of them."
        )
    given = {name: value for name, value in options.items() if value is not None}
    taken = [name for name in signature(draw).parameters if name != "explanation"]
    unknown = [name for name in given if name not in taken]
    if unknown:
        raise InvalidInputError(
            f"options of {kind}: {', '.join(taken)}", ", ".join(unknown), "Leave the others out."
        )
    return draw(explanation, **given)
