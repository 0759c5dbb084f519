"""How far a black box is: a bar on a terminal, and elsewhere a word where it takes long."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

if TYPE_CHECKING:
    from types import TracebackType

# Seconds after which the rest is estimated, and an estimate worth a warning.
_LOOK_AFTER = 3.0
_LONG = 60.0


class Progress:
    """Counts coalitions asked.

    Parameters
    ----------
    n_coalitions : int
        Most that may be asked.
    show : bool
        Draw a bar, if standard error is a terminal.
    """

    def __init__(self, n_coalitions: int, *, show: bool) -> None:
        self._bar = tqdm(
            total=n_coalitions, unit="coalition", unit_scale=True, disable=None if show else True
        )
        self._begin = time.monotonic()
        self._done = 0
        self._warns = show and self._bar.disable
        self._total = n_coalitions

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bar.close()

    def update(self, n: int) -> None:
        """Count coalitions; where nobody sees a bar, say once that it takes long."""
        self._bar.update(n)
        self._done += n
        elapsed = time.monotonic() - self._begin
        if not self._warns or elapsed < _LOOK_AFTER:
            return
        left = elapsed * (self._total / self._done - 1.0)
        self._warns = False
        if left > _LONG:
            warnings.warn(
                f"The black box asks this model for about {left:.0f} s more. Explain fewer rows, "
                "or pass KernelExplainer a smaller nsamples or nclusters.",
                stacklevel=2,
            )
