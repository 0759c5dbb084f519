"""What is said of evaluation rows: attributions to one output with their unit, and the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.table import dense
from mlflow_explain.data.views import output_index
from mlflow_explain.errors import MissingPartError
from mlflow_explain.explanation import layout

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.explanation import Explanation


class Attributions(NamedTuple):
    """Attributions of rows to one class or target.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        In `unit`.
    base_value : float
        NaN where it is not known.
    unit : str
        In words: ``"log-odds of yes"``.
    """

    values: FloatArray
    base_value: float
    unit: str


def attributions_to(explanation: Explanation, output: Any = None) -> Attributions:
    """Return attributions to a class or target; by default the last of two, the first of more.

    Raises
    ------
    MissingPartError
        The explanation has no local values, or no rows.
    """
    local = explanation.require_local()
    if local.n_rows == 0:
        raise MissingPartError("an explanation of some rows", "one of none", "Explain some rows.")
    index = output_index(explanation, output)
    classes = explanation.classes
    values, base = layout.of_output(local, index, None if classes is None else len(classes))
    space = explanation.output_space or "importance"
    if classes is not None:
        label = classes[index]
        name = label if isinstance(label, str) else f"class {label}"
        return Attributions(values, base, f"{space} of {name}")
    several = f", target {index}" if local.n_outputs > 1 else ""
    unit = "unit of the prediction" if space == "raw" else space
    return Attributions(values, base, f"{unit}{several}")


def column_of(explanation: Explanation, feature: int) -> pd.Series | None:
    """Return the values of a feature in the evaluation rows, or None where they are not there.

    Columns of a DataFrame are found by name, for an explanation may hold some of them only; those
    of an array by position, if it has one per feature.
    """
    data = explanation.eval_data
    if data is None:
        return None
    by_position = data.shape[1] == explanation.num_features
    if not is_frame(data):
        return pd.Series(dense(data[:, [feature]])[:, 0]) if by_position else None
    names = [str(name) for name in data.columns]
    name = explanation.features[feature]
    if name not in names and not by_position:
        return None
    column: pd.Series = data.iloc[:, names.index(name) if name in names else feature]
    return column


def all_columns(explanation: Explanation) -> AnyArray | None:
    """Return the evaluation rows as an array (n_rows, n_features), or None if a column lacks."""
    data = explanation.eval_data
    if data is None:
        return None
    if not is_frame(data):
        return dense(data) if data.shape[1] == explanation.num_features else None
    columns = [column_of(explanation, i) for i in range(explanation.num_features)]
    known = [column for column in columns if column is not None]
    if len(known) < len(columns):
        return None
    return pd.concat(known, axis=1).to_numpy() if known else np.zeros((len(data), 0))


def numbers_of(values: pd.Series) -> FloatArray | None:
    """Return a column as floats with NaN for missing values, or None if it holds no numbers."""
    inferred = values.infer_objects() if values.dtype == object else values
    is_number = pd.api.types.is_numeric_dtype(inferred) or pd.api.types.is_bool_dtype(inferred)
    if not is_number or isinstance(inferred.dtype, pd.CategoricalDtype):
        return None
    if inferred.dtype.kind == "c":
        return None
    return np.asarray(inferred.to_numpy(dtype=np.float64, na_value=np.nan))


def told(value: Any) -> str:
    """Return one value of a row as text: numbers to four digits, and what is missing as a word."""
    if not isinstance(value, str) and pd.api.types.is_scalar(value) and pd.isna(value):
        return "missing"
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
