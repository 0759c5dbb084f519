"""MLflow pyfunc models, and the user's own inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import MODEL_ERRORS, is_a
from mlflow_explain.data.predictor import Predictor, fitted_columns
from mlflow_explain.data.table import in_fitted_order, table_of

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, Rows


def inside(pyfunc: Any) -> Any:
    """Return the user's own object inside an MLflow pyfunc; None where its flavour gives none."""
    try:
        return pyfunc.get_raw_model()
    except (NotImplementedError, AttributeError):
        return None


def only_input(pyfunc: Any) -> str | None:
    """Return the name of the only column that the signature of an MLflow pyfunc asks for."""
    schema = pyfunc.metadata.get_input_schema()
    named = schema is not None and schema.has_input_names() and len(schema.input_names()) == 1
    return str(schema.input_names()[0]) if named else None


def unwrapped(pyfunc: Any, rows: Rows) -> Any:
    """Return the model inside an MLflow pyfunc if it predicts the same; None otherwise."""
    inner = inside(pyfunc)
    if not callable(getattr(inner, "predict", None)) or is_a(inner, "mlflow", "PythonModel"):
        return None
    try:
        # The signature puts columns in order, and leaves out what the model does not know.
        known = in_fitted_order(table_of(rows), fitted_columns(inner), None).data
        own = lined(Predictor(inner, "regression", None).predict(known))
        answer = lined(pyfunc.predict(rows.copy()))
    except MODEL_ERRORS:
        # One of them takes other rows than the other.
        return None
    if own.shape != answer.shape:
        return None
    if own.dtype.kind == "f" and answer.dtype.kind == "f":
        return inner if np.allclose(own, answer, rtol=1e-9, equal_nan=True) else None
    return inner if np.array_equal(own, answer) else None


def lined(answer: Any) -> AnyArray:
    """Return answers as an array; a single column of them as a line."""
    array = np.asarray(answer)
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
