"""Signatures: what a request may hold, and what the reply looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import (
    ColSpec,
    DataType,
    Map,
    ParamSchema,
    ParamSpec,
    Schema,
    TensorSpec,
)

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.reply import PARAMS

if TYPE_CHECKING:
    from mlflow_explain.data.table import Table
    from mlflow_explain.scoring.explainer import ScoringExplainer


# A model may compute in the width of its rows: another one would answer other digits.
_EXACT = {
    "float32": DataType.float,
    "int32": DataType.integer,
    **dict.fromkeys(("int8", "int16", "int64", "uint8", "uint16", "uint32"), DataType.long),
}
_KINDS = (
    (pd.api.types.is_bool_dtype, DataType.boolean),
    (pd.api.types.is_numeric_dtype, DataType.double),
    (pd.api.types.is_datetime64_any_dtype, DataType.datetime),
)


def plain_signature(
    given: ModelSignature | None, explainer: ScoringExplainer, *, labels: bool = True
) -> ModelSignature:
    """Return the plain model's signature: the user's, or one made of the raw columns' types.

    Parameters
    ----------
    given : ModelSignature or None
        The user's own.
    explainer : ScoringExplainer
        Knows the columns and what is predicted.
    labels : bool
        Whether a classifier answers labels; a booster answers probabilities.
    """
    if given is not None and given.inputs is not None:
        return given
    return ModelSignature(
        inputs=_input_schema(explainer.template),
        outputs=Schema([ColSpec(_prediction_type(explainer, labels=labels))]),
    )


def explained_signature(
    plain: ModelSignature,
    explainer: ScoringExplainer,
    *,
    explain_by_default: bool = True,
    with_predictions: bool = True,
) -> ModelSignature:
    """Return the signature of the served model: our parameters, and the reply's columns.

    Parameters
    ----------
    plain : ModelSignature
        The plain model's; its own parameters are kept.
    explainer : ScoringExplainer
        Knows what is predicted.
    explain_by_default : bool
        Whether a request without parameters is answered with importances.
    with_predictions : bool
        False for the explainer registered on its own.
    """
    theirs = list(plain.params.params) if plain.params else []
    taken = [spec.name for spec in theirs if spec.name in PARAMS]
    if taken:
        raise InvalidInputError(
            f"model parameters with names other than {', '.join(PARAMS)}",
            ", ".join(taken),
            "Rename them in the model's signature.",
        )
    outputs = _reply_schema(explainer, with_predictions) if explain_by_default else plain.outputs
    ours = [
        *([ParamSpec("explain", DataType.boolean, explain_by_default)] if with_predictions else []),
        ParamSpec("top_k", DataType.long, 0),
        ParamSpec("output", DataType.string, "default"),
        ParamSpec("raw", DataType.boolean, True),
    ]
    return ModelSignature(
        inputs=plain.inputs, outputs=outputs, params=ParamSchema([*theirs, *ours])
    )


def _reply_schema(explainer: ScoringExplainer, with_predictions: bool) -> Schema:
    numbers = Map(value_type=DataType.double)
    classifier = explainer.classes is not None
    columns: list[tuple[str, Any]] = []
    if with_predictions:
        columns.append(("prediction", _prediction_type(explainer, labels=True)))
        columns += [("probabilities", numbers)] if classifier else []
    columns += [
        ("explained_output", DataType.string),
        ("output_space", DataType.string),
        ("expected_value", DataType.double),
        ("local_importance_values", numbers),
        ("explanation_status", DataType.string),
    ]
    return Schema([ColSpec(kind, name, required=name != "probabilities") for name, kind in columns])


def _prediction_type(explainer: ScoringExplainer, *, labels: bool) -> DataType:
    return DataType.string if explainer.classes is not None and labels else DataType.double


def _input_schema(template: Table) -> Schema:
    if not is_frame(template.data):
        kind = np.dtype(getattr(template.data, "dtype", np.float64))
        return Schema([TensorSpec(kind, (-1, len(template.columns)))])
    columns = zip(template.data.columns, template.data.dtypes, strict=True)
    return Schema([ColSpec(_column_type(dtype), name) for name, dtype in columns])


def _column_type(dtype: Any) -> DataType:
    """Return MLflow's type of a column; a category has that of its values."""
    values = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
    # MLflow's integers cannot be missing: a nullable column travels as floating point.
    if isinstance(values, np.dtype) and values.name in _EXACT:
        return _EXACT[values.name]
    for is_kind, kind in _KINDS:
        if is_kind(values):
            return kind
    return DataType.string
