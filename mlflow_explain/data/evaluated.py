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


# A sum smaller than so much of its parts is what rounding left of them.
_NOISE = 1e-13
# One minus a smaller probability is one in double precision.
_CERTAIN = 1e-15


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
    rest : ndarray of shape (n_rows,)
        Sum of the attributions of features that were left out.
    """

    values: FloatArray
    base_value: float
    unit: str
    rest: FloatArray


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
    n_classes = None if classes is None else len(classes)
    values, base = layout.of_output(local, index, n_classes)
    rest = layout.rest_of_output(local, index, n_classes)
    space = explanation.output_space or "importance"
    if classes is not None:
        label = classes[index]
        name = label if isinstance(label, str) else f"class {label}"
        return Attributions(values, base, f"{space} of {name}", rest)
    several = f", target {index}" if local.n_outputs > 1 else ""
    unit = "unit of the prediction" if space == "raw" else space
    return Attributions(values, base, f"{unit}{several}", rest)


def sum_name(explanation: Explanation) -> str:
    """Return what base value plus attributions are: the output, or what stands in its place."""
    if explanation.is_partial:
        return "sum (some features)"
    return "output" if explanation.is_additive else "sum (approximate)"


def total_of(base: float, attributions: FloatArray, rest: float = 0.0) -> float:
    """Return base value plus attributions (n_features,); 0 where only rounding is left."""
    total = base + float(np.sum(attributions)) + rest
    noise = _NOISE * (abs(base) + float(np.abs(attributions).sum()) + abs(rest))
    return 0.0 if abs(total) <= noise else total


def own_outputs(explanation: Explanation, output: Any = None) -> FloatArray | None:
    """Return the model's own output of each row, (n_rows,), in the unit of the attributions.

    NaN for the log-odds of certainty, None where it was not kept or is of another unit.
    """
    rows, classes, space = explanation.rows, explanation.classes, explanation.output_space
    if rows is None:
        return None
    if classes is None:
        predicted = rows.predicted
        is_number = predicted is not None and predicted.dtype.kind in "fiu"
        one = predicted is not None and predicted.shape == (rows.n_rows,)
        return np.asarray(predicted, np.float64) if space == "raw" and is_number and one else None
    if rows.probabilities is None or rows.probabilities.shape[1:] != (len(classes),):
        return None
    chance = rows.probabilities[:, output_index(explanation, output)]
    if space == "probability":
        return chance
    if space != "log-odds" or len(classes) != 2:
        return None
    known = np.where((chance > _CERTAIN) & (chance < 1 - _CERTAIN), chance, np.nan)
    return np.asarray(np.log(known) - np.log1p(-known))


def own_answer(explanation: Explanation, row: int, output: Any = None) -> str:
    """Return half a sentence with the model's own answer for a row; empty where none was kept."""
    rows, own = explanation.rows, own_outputs(explanation, output)
    if rows is None:
        return ""
    if own is not None and np.isfinite(own[row]):
        return f"the model's own output is {own[row]:.4g}"
    if own is not None and rows.probabilities is not None:
        chance = rows.probabilities[row, output_index(explanation, output)]
        return f"the model's own probability is {chance:.4g}"
    predicted = rows.predicted
    return "" if predicted is None else f"the model itself predicts {told(predicted[row])}"


def column_of(explanation: Explanation, feature: int) -> pd.Series | None:
    """Return the values of a feature in the evaluation rows, or None where they are not there.

    Columns of a DataFrame are found by name, for an explanation may hold some of them only; those
    of an array by position, if it has one per feature.
    """
    data = explanation.eval_data
    if data is None:
        return None
    tokens = None if explanation.local is None else explanation.local.tokens
    if tokens is not None:
        # Words are no columns, not even one that is called as their column is.
        data = data.drop(columns=tokens.column)
    by_position = tokens is None and data.shape[1] == explanation.num_features
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
