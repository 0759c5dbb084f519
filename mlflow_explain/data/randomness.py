"""Random numbers of the user's: what is asked of a model on our behalf does not shift them."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Put the global generators of `random` and numpy back to where they were.

    A model may draw from them when it predicts. They are of all threads: what another thread draws
    meanwhile is wound back, too, and it may draw the same numbers again.
    """
    plain, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002 - the user's own
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(numpys)  # noqa: NPY002 - the user's own
