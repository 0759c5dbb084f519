"""Rows as the model's signature says, by MLflow's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException

# Private, and pinned by tests: by this `predict` of a loaded model casts its rows.
from mlflow.models.utils import _enforce_schema
from mlflow.types.schema import DataType

from mlflow_explain.errors import FeatureError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mlflow.types.schema import Schema

    from mlflow_explain._typing import Rows

# Whole numbers up to here are the same as floating point.
_EXACT = {DataType.double: 2**53, DataType.float: 2**24}


def named_inputs(inputs: Schema, present: Collection[str]) -> list[str] | None:
    """Return the columns that the signature names, or None where it counts them only.

    Names are compared as text: files have no others, and a frame's may be numbers.

    Raises
    ------
    FeatureError
        A column that the model needs is missing, or there is none it takes.
    """
    if not inputs.has_input_names():
        return None
    known = set(present)
    required = [str(name) for name in inputs.required_input_names()]
    missing = [name for name in required if name not in known]
    if missing:
        raise FeatureError(
            f"the columns {', '.join(required)}",
            f"rows without {', '.join(missing)}",
            "Pass all columns the model was trained on; their order does not matter.",
        )
    found = [str(name) for name in inputs.input_names() if str(name) in known]
    if not found:
        raise FeatureError(
            "one of the columns that the model takes at least", "none", "Pass a column of its own."
        )
    return found


def conformed(frame: pd.DataFrame, inputs: Schema) -> Rows:
    """Return rows in the types of the signature, as the scoring server would have read them.

    MLflow casts what it can cast safely. Whole numbers for a column of floating point come from
    files and databases all the time; the server reads them as floating point, and so they are here.
    So are numbers of double precision for single, if all of them are the same in it.

    Parameters
    ----------
    frame : DataFrame
        Columns of the signature, by their names as text.
    inputs : mlflow.types.Schema
        The model's.

    Raises
    ------
    InvalidInputError
        A column is of a type that the model does not take.
    """
    try:
        if inputs.is_tensor_spec():
            return _enforce_schema(_array(frame, _tensor_type(inputs)), inputs)
        return _enforce_schema(_widened(_named(frame, inputs), inputs), inputs)
    except MlflowException as error:
        raise InvalidInputError(
            "rows of the types of the model's signature",
            str(error.message).removesuffix("."),
            "Convert the column first.",
        ) from error


def csv_types(names: Sequence[str], inputs: Schema) -> dict[str, np.dtype[Any]]:
    """Return the types a csv file's columns are read in, as the scoring server reads them.

    Parameters
    ----------
    names : sequence of str
        The columns the model takes, in order.
    inputs : mlflow.types.Schema
        The model's.
    """
    if inputs.is_tensor_spec():
        return dict.fromkeys(names, _tensor_type(inputs))
    kinds = [np.dtype(kind) for kind in inputs.pandas_types()]
    if not inputs.has_input_names():
        others = [np.dtype(object)] * max(0, len(names) - len(kinds))
        return {n: _csv_type(kind) for n, kind in zip(names, [*kinds, *others], strict=False)}
    known = dict(zip(map(str, inputs.input_names()), kinds, strict=True))
    return {name: _csv_type(known[name]) for name in names}


def _tensor_type(inputs: Schema) -> np.dtype[Any]:
    return np.dtype(inputs.numpy_types()[0])


def _csv_type(kind: np.dtype[Any]) -> np.dtype[Any]:
    # pandas parses no times as it reads; MLflow makes them of text.
    return np.dtype(object) if kind.kind == "M" else kind


def _array(frame: pd.DataFrame, kind: np.dtype[Any]) -> np.ndarray:
    """Return a frame as an array, in the type of the model's where that is the same numbers."""
    cells = frame.to_numpy()
    is_number = cells.dtype.kind in "iuf" and kind.kind == "f"
    safe = np.can_cast(cells.dtype, kind) or cells.dtype.kind in "iu"
    return cells.astype(kind) if is_number and safe else cells


def _named(frame: pd.DataFrame, inputs: Schema) -> pd.DataFrame:
    """Return a frame whose columns have the signature's own names, which may be numbers."""
    if not inputs.has_input_names():
        return frame
    own = {str(name): name for name in inputs.input_names()}
    return frame.set_axis([own.get(str(name), name) for name in frame.columns], axis=1)


def _widened(frame: pd.DataFrame, inputs: Schema) -> pd.DataFrame:
    """Return a frame whose numbers are floating point as the signature says, where none changes.

    Categories and sparse columns are their values: MLflow's types have neither.
    """
    kinds = inputs.input_types()
    names = inputs.input_names() if inputs.has_input_names() else list(frame.columns)
    wanted = {
        name: kind
        for name, kind in zip(names, kinds, strict=False)
        if isinstance(kind, DataType) and kind in _EXACT
    }
    made = frame.copy(deep=False)
    for name, given in frame.items():
        is_odd = isinstance(given.dtype, pd.CategoricalDtype | pd.SparseDtype)
        values = pd.Series(np.asarray(given), frame.index) if is_odd else given
        if name in wanted and _is_exact(values, wanted[name]):
            values = values.astype(wanted[name].to_numpy())
        if values is not given:
            made[name] = values
    return made


def _is_exact(values: pd.Series, kind: DataType) -> bool:
    """Whether a column holds numbers that floating point of this kind holds, too."""
    if pd.api.types.is_integer_dtype(values.dtype):
        least, most = values.min(), values.max()
        return bool(pd.isna(most) or (least >= -_EXACT[kind] and most <= _EXACT[kind]))
    if kind != DataType.float or not pd.api.types.is_float_dtype(values.dtype):
        return False
    cells = values.to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(over="ignore"):
        return np.array_equal(cells, cells.astype(np.float32), equal_nan=True)
