"""Small models of texts, and texts of every kind, for tests of what is kept and served of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from mlflow_explain import TextExplainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray

REVIEWS = [
    "good phone. I love it!", "bad battery, bad screen", "great value", "awful. never again",
    "good but bad",
]  # fmt: skip
LABELS = ["pos", "neg", "pos", "neg", "neg"]
# An emoji of several characters, another script, markup, nothing, and words nobody has seen.
ODD = [
    "good 👍🏽 bad phone",
    "מסך good bad",
    "<b>good</b> & <script>bad</script>",
    "",
    "unseen words",
]


def pipeline() -> Any:
    """Return a Pipeline of a list of texts."""
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10)).fit(REVIEWS, LABELS)


def table() -> pd.DataFrame:
    """Return texts with a column of numbers beside them."""
    return pd.DataFrame({"text": REVIEWS, "price": [10.0, 20.0, 30.0, 40.0, 50.0]})


def table_pipeline() -> Any:
    """Return a Pipeline of a table with a column of texts."""
    columns = make_column_transformer((CountVectorizer(), "text"), remainder="passthrough")
    return make_pipeline(columns, Ridge()).fit(table(), [1.0, -1.0, 2.0, -2.0, 0.0])


def length(texts: list[str]) -> AnyArray:
    """Return a number per text of a list; of a table it would answer otherwise."""
    assert isinstance(texts, list)
    return np.array([float(len(text)) for text in texts])


def rows_length(rows: pd.DataFrame) -> AnyArray:
    """Return a number per row of a table."""
    return rows["text"].str.len().to_numpy() + rows["price"].to_numpy()


def explainer(model: Any = None, examples: Any = None, **how: Any) -> TextExplainer:
    """Return an explainer by masking, which takes any model."""
    return TextExplainer(
        pipeline() if model is None else model,
        REVIEWS if examples is None else examples,
        method="masking", show_progress=False, **how,
    )  # fmt: skip


class Counted:
    """A function of a list of texts, by that of one text, that remembers what it was asked."""

    def __init__(self, function: Callable[[str], float]) -> None:
        self.function = function
        self.calls: list[list[str]] = []

    def __call__(self, texts: list[str]) -> AnyArray:
        """Return a number per text."""
        self.calls.append(list(texts))
        return np.array([self.function(text) for text in texts])
