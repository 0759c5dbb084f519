"""shap's own value, read without importing shap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_a, is_sparse
from mlflow_explain.engines.given import Given, base_values_of
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray

# What shap calls outputs that nobody named.
_UNNAMED = re.compile(r"Output \d+")


def is_explanation(obj: Any) -> bool:
    """Whether the object is a ``shap.Explanation``."""
    return is_a(obj, "shap", "Explanation")


def read(explanation: Any, expected_values: Any = None) -> Given:
    """Read a ``shap.Explanation`` of one row or many, one output or several.

    Parameters
    ----------
    explanation : shap.Explanation
        Values (n_rows, n_features) or (n_rows, n_features, n_outputs); without the first axis, of
        one row.
    expected_values : float or array, optional
        In place of its own base values.

    Raises
    ------
    InvalidInputError
        Its values have other axes, or its base values differ between rows.
    """
    values = np.asarray(explanation.values)
    names = explanation.feature_names
    data = explanation.data
    one_row = _is_one_row(values, names, data)
    values = values[None] if one_row else values
    if values.dtype == object or values.ndim not in {2, 3}:
        raise InvalidInputError(
            "a shap.Explanation of values (n_rows, n_features) or (n_rows, n_features, n_outputs)",
            f"values of shape {values.shape} and type {values.dtype}",
            "Explain rows of one table; interaction values and tokens of texts are no attributions "
            "of its columns.",
        )
    cube = values if values.ndim == 3 else values[:, :, None]
    base = explanation.base_values if expected_values is None else expected_values
    if base is not None and one_row and np.ndim(base) == 1:
        base = np.asarray(base)[None]
    return Given(
        outputs=tuple(np.moveaxis(cube, 2, 0)),
        base_values=base_values_of(base, len(cube), cube.shape[2]),
        features=None if names is None else [str(name) for name in np.ravel(names)],
        classes=_classes(explanation.output_names, cube.shape[2]),
        data=_rows(data, cube, one_row=one_row),
    )


def _is_one_row(values: FloatArray, names: Any, data: Any) -> bool:
    """Whether the first axis are features: shap drops the axis of rows when one is picked."""
    if values.ndim != 2:
        return values.ndim == 1
    if data is not None and np.ndim(data) in {1, 2}:
        return np.ndim(data) == 1
    n_features = None if names is None else len(names)
    return n_features == len(values) and n_features != values.shape[1]


def _rows(data: Any, cube: FloatArray, *, one_row: bool) -> Any:
    """Return its rows, if it holds one value per attribution; words beside numbers are kept."""
    if data is None:
        return None
    rows = data if is_sparse(data) else np.asarray(data)
    rows = rows[None] if one_row and rows.ndim == 1 else rows
    return rows if rows.shape == cube.shape[:2] else None


def _classes(names: Any, n_outputs: int) -> list[Any] | None:
    """Return the names of several outputs, unless they are shap's own."""
    if names is None or isinstance(names, str) or len(names) != n_outputs or n_outputs == 1:
        return None
    if all(_UNNAMED.fullmatch(str(name)) for name in names):
        return None
    return list(names)
