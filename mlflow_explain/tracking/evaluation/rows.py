"""The rows of an evaluation, and what is found of some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.reading import repeats, two_dimensional
from mlflow_explain.data.table import dense
from mlflow_explain.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, IntArray, Rows
    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.evaluation.options import EvaluatorOptions

# Rows that stand for absent features, and rows to see what a model answers.
BACKGROUND = 100


@dataclass(frozen=True, eq=False, slots=True)
class Evaluated:
    """The rows of an evaluation.

    Parameters
    ----------
    features : DataFrame or ndarray of shape (n_rows, n_columns)
        Feature columns only; never changed.
    names : sequence of str
        Names of the columns.
    targets : ndarray of shape (n_rows,) or None
        Observed outcomes.
    predictions : ndarray of shape (n_rows,) or None
        Predictions that were made before, where there is no model.
    task : {"classification", "regression"}
        What is predicted.
    """

    features: Rows
    names: Sequence[str]
    targets: AnyArray | None
    predictions: AnyArray | None
    task: str

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.features.shape[0])

    @property
    def given_names(self) -> list[str] | None:
        """Names for rows that have none of their own."""
        return None if is_frame(self.features) else list(self.names)

    def drawn(self, count: int) -> IntArray:
        """Return positions of rows in random order: the first of them stand for all."""
        return np.random.default_rng(0).permutation(len(self))[:count]

    def rows(self, positions: IntArray) -> Rows:
        """Return a copy of some rows."""
        data = self.features
        return data.iloc[positions] if is_frame(data) else data[positions]


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """An explanation of an evaluation.

    Parameters
    ----------
    explanation : Explanation
        With the ids of its rows among all rows.
    positions : ndarray of int
        Of the rows explained.
    how : str
        What was explained instead of a model that could be looked into; empty otherwise.
    """

    explanation: Explanation
    positions: IntArray
    how: str = ""


def explained(explainer: Explainer, given: Evaluated, most: int) -> Found:
    """Explain rows drawn at random, so many of them as the time allows."""
    positions = given.drawn(most)
    explanation = explainer.explain_global(given.rows(positions))
    return Found(explanation, positions[: explanation.num_examples])


def examples(given: Evaluated, options: EvaluatorOptions) -> Any:
    """Return rows that stand for absent features, with the columns of those that are explained.

    Raises
    ------
    FeatureError
        The user's own have others.
    """
    if options.initialization_examples is None:
        return given.rows(given.drawn(BACKGROUND))
    own = two_dimensional(options.initialization_examples)
    if not is_frame(given.features) or repeats(options.initialization_examples) is not None:
        # Arrays go by position; a weighted summary would lose its weights.
        return options.initialization_examples
    columns = given.features.columns
    if is_frame(own):
        missing = [str(name) for name in columns if name not in own.columns]
        if missing:
            raise _unfit(columns, f"none of the name {', '.join(missing)}")
        return own[list(columns)]
    if own.shape[1] != len(columns):
        raise _unfit(columns, f"{own.shape[1]} columns")
    return pd.DataFrame(dense(own), columns=columns).infer_objects()


def _unfit(columns: Any, got: str) -> FeatureError:
    return FeatureError(
        f"initialization_examples with the columns {', '.join(map(str, columns))}",
        got,
        "Pass rows of the features that are evaluated, training rows say.",
    )
