"""A few rows of three numbers, with labels and targets, for tests of what users pass."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROWS = np.round(np.random.default_rng(0).normal(size=(90, 3)), 3)
FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
LABELS = (ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.7).astype(int)
NUMBERS = ROWS @ [1.0, -2.0, 0.5]
