"""Whether a model tells capitals apart: it is asked for a few texts in small letters and in large.

A function or a network does not say; a vectoriser does, and `terms` reads it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.texts.cells import texts_in, with_texts

if TYPE_CHECKING:
    from mlflow_explain.engines.black_box.asked import AskedBackground

# Texts that are asked for, each twice.
MOST_TEXTS = 8
# Of the largest answer: networks answer one text beside others not to the last digit.
ROUNDING = 1e-5


def ignores_capitals(asked: AskedBackground, rows: pd.DataFrame, column: str) -> bool:
    """Return whether a model answers alike for some texts in small letters and in large.

    Parameters
    ----------
    asked : AskedBackground
        The model.
    rows : DataFrame of shape (n_rows, n_columns)
        Rows with texts like those to explain.
    column : str
        Name of their column of texts.
    """
    small = [text.lower() for text in texts_in(rows, column)]
    large = [text.upper() for text in small]
    pairs = zip(small, large, strict=True)
    # Not every letter comes back: "ß" is "SS" in large.
    usable = np.array([one != two and two.lower() == one for one, two in pairs], dtype=bool)
    is_new = ~pd.Series(small, dtype=object).duplicated().to_numpy()
    chosen = np.flatnonzero(usable & is_new)[:MOST_TEXTS]
    if not len(chosen):
        return True
    both = pd.concat([with_texts(rows, column, each).iloc[chosen] for each in (small, large)])
    answers = asked.scores(asked.ask.predictor, both.reset_index(drop=True))
    change = np.abs(answers[: len(chosen)] - answers[len(chosen) :]).max()
    return bool(change <= ROUNDING * np.abs(answers).max())
