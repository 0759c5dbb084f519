"""A `Scorer` made of an explainer: what is needed for new rows, and rows to tell its model by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.boosters import own_missing
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.probes import PROBE_ROWS
from mlflow_explain.scoring.scorer import Scorer

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.explainers.base import Explainer


def scorer_of(explainer: Explainer) -> Scorer:
    """Return the scoring explainer of an explainer."""
    if not hasattr(type(explainer), "subject"):
        if hasattr(type(explainer), "create_scoring_explainer"):
            # It says itself why it has no local values.
            explainer.create_scoring_explainer()
        raise InvalidInputError(
            "an explainer of this package",
            f"the class {explainer.__name__}"
            if isinstance(explainer, type)
            else type(explainer).__name__,
            "Pass a TabularExplainer, or another of ours.",
        )
    subject = explainer.subject
    return Scorer(
        engine=explainer.choice.engine,
        template=subject.template.take(slice(0, 0)),
        engineered_features=subject.engineered.columns,
        feature_map=subject.feature_map,
        classes=subject.whole.classes,
        labels=subject.whole.labels,
        model_task=subject.whole.task,
        model_type=subject.estimator.model_type,
        background=explainer.background,
        preprocess=subject.preprocess,
        probe=_mixed(
            subject.engineered.take(slice(0, PROBE_ROWS)).data,
            own_missing(subject.estimator.model),
        ),
        raw_probe=subject.template.take(slice(0, PROBE_ROWS)).data,
        texts=explainer.texts,
    )


def _mixed(rows: Rows, odd: float) -> Rows:
    """Return rows of real values in new combinations: what models have learnt by heart is alike.

    A number that the model takes for missing stands once in each row, and in each column of
    numbers: a model that lost this answers otherwise.
    """
    random = np.random.default_rng(0)
    orders = [random.permutation(rows.shape[0]) for _ in range(rows.shape[1])]
    if is_frame(rows):
        columns = [rows.iloc[order, i].reset_index(drop=True) for i, order in enumerate(orders)]
        if not np.isnan(odd):
            at = np.arange(rows.shape[0]) % len(columns)
            columns = [
                column.mask(at == i, odd) if column.dtype.kind == "f" else column
                for i, column in enumerate(columns)
            ]
        return pd.concat(columns, axis=1)
    plain = dense(rows)
    mixed = np.column_stack([plain[order, i] for i, order in enumerate(orders)])
    if not np.isnan(odd) and mixed.dtype.kind == "f":
        at = np.arange(len(mixed))
        mixed[at, at % mixed.shape[1]] = odd
    return type(rows)(mixed) if is_sparse(rows) else mixed
