"""What explainers of texts tell: attributions of words, and how good their order is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.cells import texts_in
from mlflow_explain.data.texts.worded import worded
from mlflow_explain.engines.text import curves
from mlflow_explain.explainers.collect import Part, Parts
from mlflow_explain.explanation import aggregate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.explanation import EvaluatedRows, Explanation


def in_words(part: Part, columns: Sequence[str], rows: EvaluatedRows, *, lowercase: bool) -> Parts:
    """Return attributions of words in place of those of their column.

    Parameters
    ----------
    part : Part
        Attributions of columns, with the tokens of the texts.
    columns : sequence of str
        Names of the columns.
    rows : EvaluatedRows
        The rows, with their texts.
    lowercase : bool
        Words that differ in capitals only are one.
    """
    local = part.local()
    if local is None or local.tokens is None:
        # No row, no token.
        return Parts.of(part, columns)
    texts = texts_in(rows.data, local.tokens.column)
    made, names, n_rest = worded(local, columns, texts, lowercase=lowercase)
    if not names:
        # No text has a word, and they all are worth the same.
        return Parts.of(part, columns)
    whole = aggregate(made)
    if made.rest is not None:
        whole = replace(whole, rest=np.abs(made.rest).mean(axis=0), n_rest=n_rest)
    return Parts(names, whole, made)


def judged(explanation: Explanation, predictor: Predictor, seed: int) -> Explanation:
    """Return an explanation of texts with the areas under its deletion and insertion curves.

    Parameters
    ----------
    explanation : Explanation
        With local values.
    predictor : Predictor
        The model, which is asked for texts without some of their words.
    seed : int
        Seed of the texts that are drawn.
    """
    local, rows = explanation.local, explanation.rows
    if local is None or local.tokens is None or rows is None:
        return explanation
    figures = curves.quality_of(predictor, rows.data, local.tokens, seed=seed)
    return replace(explanation, quality={**explanation.quality, **figures})
