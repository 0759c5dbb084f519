"""How far the asking of a model is: a bar where somebody looks, else a word if it takes long."""

from __future__ import annotations

import sys
import time
import warnings
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from mlflow_explain.data.time_limit import current

if TYPE_CHECKING:
    from types import TracebackType

# Seconds after which the rest is estimated, and an estimate worth a warning.
_LOOK_AFTER = 3.0
_LONG = 60.0


class Progress:
    """Counts what a model is asked for.

    Parameters
    ----------
    total : int
        Most that may be asked.
    show : bool
        Draw a bar, on a terminal or in a notebook.
    unit : str
        What is counted.
    advice : str
        What makes it faster, as half a sentence.
    """

    def __init__(self, total: int, *, show: bool, unit: str, advice: str) -> None:
        # What is bounded in time is done beside something else, and says nothing of itself.
        show = show and current() is None
        disable = _disabled() if show else True
        self._bar = tqdm(total=total, unit=unit, unit_scale=total >= 10_000, disable=disable)
        self._advice = advice
        self._begin = time.monotonic()
        self._done = 0
        self._warns = show and self._bar.disable
        self._total = total

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
        """Count all that was asked; where nobody sees a bar, say once that it takes long."""
        self._bar.update(n)
        self._done += n
        elapsed = time.monotonic() - self._begin
        if not self._warns or not self._done or elapsed < _LOOK_AFTER:
            return
        left = elapsed * (self._total / self._done - 1.0)
        self._warns = False
        if left > _LONG:
            warnings.warn(
                f"This model is asked for about {left:.0f} s more. Explain fewer rows, or "
                f"{self._advice}.",
                stacklevel=2,
            )


def _disabled() -> bool | None:
    """Whether nobody sees a bar; None where that is so unless standard error is a terminal."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    kinds = {kind.__name__ for kind in type(shell).__mro__}
    # A notebook's standard error is no terminal, and is drawn like one. Those of others inherit.
    return False if "ZMQInteractiveShell" in kinds else None
