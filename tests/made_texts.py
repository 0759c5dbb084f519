"""Explanations of texts whose values are known: each word has a weight, and the sum is exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.data.texts.worded import worded
from mlflow_explain.explanation import EvaluatedRows, Explanation, LocalImportance, aggregate
from mlflow_explain.explanation.tokens import TokenImportance

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = {"good": 1.0, "great": 2.0, "love": 1.5, "bad": -1.5, "awful": -2.0, "never": -0.5}
CLASSES = ["neg", "pos"]
# What every text is attributed for words it has not, and what nothing is known of.
REST, BASE = -0.125, 0.25
# What a year of age is worth, beside a text.
AGE = 0.01


def explained(texts: Sequence[str], ages: Sequence[float] | None = None) -> Explanation:
    """Return log-odds of two classes: the weights of the words, and of an age if there is one."""
    found = tokens_of(texts)
    values = np.array([WEIGHTS.get(word.lower(), 0.0) for word in found.words(texts)])
    columns = ["text"] if ages is None else ["age", "text"]
    at = columns.index("text")
    tokens = TokenImportance(
        "text", found.row, found.start, found.end, found.sentence,
        np.full(len(found.row), at), values.reshape(-1, 1), np.full((len(texts), 1), REST),
    )  # fmt: skip
    whole = np.zeros((len(texts), len(columns), 1))
    whole[:, at] = tokens.totals()
    frame: dict[str, Any] = {"text": pd.Series(list(texts), dtype=object)}
    if ages is not None:
        whole[:, 0, 0] = AGE * np.asarray(ages)
        frame = {"age": np.asarray(ages, np.float64), **frame}
    local, names, _ = worded(
        LocalImportance(whole, np.array([BASE]), tokens=tokens), columns, texts, lowercase=True
    )
    margin = local.outputs()[:, 0]
    chance = 1 / (1 + np.exp(-margin))
    return Explanation(
        features=names,
        method="text terms",
        model_task="classification",
        model_type="Weights",
        output_space="log-odds",
        feature_perturbation="interventional",
        global_=aggregate(local),
        local=local,
        classes=CLASSES,
        kind="raw",
        rows=EvaluatedRows(
            pd.DataFrame(frame),
            np.arange(len(texts)),
            predicted=np.array(CLASSES)[(margin > 0).astype(int)],
            probabilities=np.column_stack([1 - chance, chance]),
        ),
        quality={"additivity_error_max": 0.0},
    )
