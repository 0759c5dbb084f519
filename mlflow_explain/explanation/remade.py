"""`Remade`: how frozen values are pickled and copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


class Remade:
    """Values that are pickled and copied as their parts, and made anew: read-only, and checked."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        parts = {part.name: getattr(self, part.name) for part in fields(self)}  # type: ignore[arg-type]
        # A read-only view of a mapping cannot be pickled.
        plain = {n: dict(p) if isinstance(p, Mapping) else p for n, p in parts.items()}
        return _remade, (type(self), plain)


def _remade(kind: Any, parts: dict[str, Any]) -> Any:
    return kind(**parts)
