"""True labels, as the model would predict them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import InvalidInputError, LengthMismatchError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray
    from mlflow_explain.data.predictor import Predictor


def outcomes_of(true_labels: Any, n_rows: int) -> AnyArray:
    """Return true labels as an array of one entry, or one line of targets, per row.

    Raises
    ------
    LengthMismatchError
        There are more or fewer of them than rows.
    InvalidInputError
        Some are missing, or there is no one entry per row.
    """
    given = dense(true_labels) if is_sparse(true_labels) else np.asarray(true_labels)
    y = given[:, 0] if given.ndim == 2 and given.shape[1] == 1 else given
    if y.ndim not in {1, 2}:
        raise InvalidInputError(
            "true_labels of one entry per row",
            f"an array of {y.ndim} dimensions",
            "Pass a Series, a list or a one-dimensional array.",
        )
    if len(y) != n_rows:
        raise LengthMismatchError(
            f"true_labels of {n_rows} entries, one per evaluation row",
            f"{len(y)}",
            "Pass the labels of the very rows that are explained.",
        )
    missing = int(pd.isna(y).sum())
    if missing:
        raise InvalidInputError(
            "true_labels without missing values",
            f"{missing} missing",
            "Leave out the rows whose label is not known.",
        )
    # Nullable and categorical columns become arrays of objects.
    return np.array(y.tolist()) if y.dtype == object else y


def in_order(true_labels: Any, rows: Any) -> Any:
    """Return a Series of labels in the order of a DataFrame's rows, by their index.

    Raises
    ------
    InvalidInputError
        The index is not that of the rows, in any order.
    """
    are_indexed = is_frame(rows) and isinstance(true_labels, pd.Series | pd.DataFrame)
    if not are_indexed or len(true_labels) != len(rows) or true_labels.index.equals(rows.index):
        return true_labels
    if not (rows.index.is_unique and rows.index.isin(true_labels.index).all()):
        raise InvalidInputError(
            "true_labels with the index of the evaluation examples, in any order",
            "an index of other entries" if rows.index.is_unique else "one that repeats entries",
            "Take both from the same rows; if they are in the same order already, pass "
            "true_labels.to_numpy().",
        )
    return true_labels.reindex(rows.index)


def matched(y: AnyArray, predictor: Predictor) -> AnyArray:
    """Return true labels in the type of what the model predicts.

    Labels are matched as they are, by their text, or as the names given by `classes`.

    Raises
    ------
    InvalidInputError
        No label is one of the model's, or a regression's are no numbers.
    """
    if predictor.task == "regression":
        if y.dtype.kind not in "biuf":
            raise InvalidInputError(
                "true_labels that are numbers, as the model predicts numbers",
                "words" if y.dtype.kind in "UO" else str(y.dtype),
                "Convert them; a classifier needs `classes_` to be known as one.",
            )
        return y
    if y.ndim != 1:
        raise InvalidInputError(
            "true_labels of one class per row",
            f"{y.shape[1]} columns",
            "Pass the labels themselves, not one column per class.",
        )
    labels = tuple(predictor.labels or predictor.classes or ())
    codes, found = pd.factorize(y)
    own = {label: i for i, label in enumerate(labels)}
    texts = {str(label): i for i, label in enumerate(labels)}
    names = {str(name): i for i, name in enumerate(predictor.classes or ())}
    for keys, places in (
        (found.tolist(), own),
        (list(map(str, found)), texts),
        (list(map(str, found)), names),
    ):
        if all(key in places for key in keys):
            return np.asarray(np.asarray(labels)[[places[key] for key in keys]][codes])
    if any(label in own for label in found.tolist()):
        # Some classes the model never saw: it is wrong about them.
        return y
    raise InvalidInputError(
        f"true_labels among the model's classes, {', '.join(map(str, labels))}",
        "words, none of them a class" if y.dtype.kind in "UO" else f"{y.dtype}, none of them one",
        "Pass labels as the model predicts them, or name the classes by `classes`.",
    )
