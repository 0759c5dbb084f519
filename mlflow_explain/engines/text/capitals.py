"""Whether a model tells capitals apart: it is asked for a few texts in other letters, too.

A function or a network does not say; a vectoriser does, and `terms` reads it there.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.texts.cells import texts_in, with_texts
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain.engines.black_box.asked import AskedBackground

# Texts that are asked for, each in three ways, and the first once more.
MOST_TEXTS = 8
# Of the largest answer: networks answer one text beside others not to the last digit.
ROUNDING = 1e-5


def ignores_capitals(asked: AskedBackground, rows: pd.DataFrame, column: str) -> bool:
    """Return whether a model answers alike for some texts whatever their capitals.

    One that answers for texts as they are, and not in other letters, tells them apart.

    Parameters
    ----------
    asked : AskedBackground
        The model.
    rows : DataFrame of shape (n_rows, n_columns)
        Rows with texts like those to explain.
    column : str
        Name of their column of texts.
    """
    chosen = list(islice(_with_letters(texts_in(rows, column)), MOST_TEXTS))
    if not chosen:
        return True
    own = rows.iloc[[i for i, _ in chosen]]
    texts = [text for _, text in chosen]
    ways = [texts, list(map(small, texts)), list(map(large, texts)), texts]
    given = pd.concat([with_texts(own, column, each) for each in ways], ignore_index=True)
    try:
        answers = asked.scores(asked.ask.predictor, given).reshape(len(ways), len(texts), -1)
    except InvalidInputError:
        return False
    change = np.abs(answers - answers[0]).max(axis=(1, 2))
    # Nor do some answer the same text alike elsewhere.
    least = max(ROUNDING * np.abs(answers).max(), 2.0 * change[-1])
    return bool((change <= least).all())


def small(text: str) -> str:
    """Return a text in small letters, but for capitals that would not come back."""
    return "".join(low if (low := c.lower()).upper() == c else c for c in text)


def large(text: str) -> str:
    """Return a text in capitals, but for letters that would not come back: "ß" is "SS"."""
    return "".join(up if (up := c.upper()).lower() == c else c for c in text)


def _with_letters(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield distinct texts that have letters to change, and their numbers."""
    seen: set[str] = set()
    for i, text in enumerate(texts):
        if text not in seen and small(text) != large(text):
            yield i, text
        seen.add(text)
