"""Which model an explanation was made from, for as long as both are in this process.

A page of an explanation holds its model. Nobody has to pass what made the explanation a moment
ago; neither is kept alive for it, and nothing of this is stored.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

_MODELS: WeakValueDictionary[str, Any] = WeakValueDictionary()
_ENGINES: WeakValueDictionary[str, Any] = WeakValueDictionary()
_FRONTS: WeakValueDictionary[str, Any] = WeakValueDictionary()


class Origin(NamedTuple):
    """What made an explanation.

    Parameters
    ----------
    model : object or None
        The user's model.
    engine : Engine or None
        What explained it: it has the background, which an explanation does not keep.
    transformations : transformer or None
        What the user gave beside the model, as one fitted transformer.
    """

    model: Any = None
    engine: Any = None
    transformations: Any = None


def remember(explanation_id: str, model: Any, engine: Any, transformations: Any = None) -> None:
    """Keep in mind what an explanation was made from, unless it cannot be referred to."""
    with suppress(TypeError):
        _ENGINES[explanation_id] = engine
        if transformations is not None:
            _FRONTS[explanation_id] = transformations
        _MODELS[explanation_id] = model


def origin_of(explanation_id: str) -> Origin:
    """Return what made an explanation: nothing where it is gone or unknown."""
    kept = (_MODELS, _ENGINES, _FRONTS)
    return Origin(*(values.get(explanation_id) for values in kept))
