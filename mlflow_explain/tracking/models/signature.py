"""Signatures: what a request may hold, and what the reply looks like."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import (
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    TensorSpec,
)

from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.predictor import answers_probabilities
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.options import PARAMS
from mlflow_explain.scoring.tokens import fields

if TYPE_CHECKING:
    from mlflow_explain.data.table import Table
    from mlflow_explain.scoring.scorer import Prediction, Scorer
    from mlflow_explain.tracking.models.settings import Serving


_TYPES: dict[Prediction, Any] = {
    "label": DataType.string, "number": DataType.double, "numbers": Array(DataType.double),
}  # fmt: skip
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
    given: ModelSignature | None, explainer: Scorer, *, labels: bool = True
) -> ModelSignature:
    """Return the plain model's signature: the user's, or one made of the raw columns' types.

    Parameters
    ----------
    given : ModelSignature or None
        The user's own.
    explainer : Scorer
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
    explainer: Scorer,
    serving: Serving,
    *,
    estimator: Any = None,
) -> ModelSignature:
    """Return the signature of the served model: our parameters, and the reply's columns.

    Parameters
    ----------
    plain : ModelSignature
        The plain model's; its own parameters are kept.
    explainer : Scorer
        Knows what is predicted.
    serving : Serving
        How requests are answered.
    estimator : object, optional
        What predicts; none for the explainer registered on its own.
    """
    theirs = list(plain.params.params) if plain.params else []
    taken = [spec.name for spec in theirs if spec.name in PARAMS]
    if taken:
        raise InvalidInputError(
            f"model parameters with names other than {', '.join(PARAMS)}",
            ", ".join(taken),
            "Rename them in the model's signature.",
        )
    explains = serving.explain_by_default
    outputs = plain.outputs
    if explains:
        outputs = _reply_schema(explainer, serving, estimator)
    ours = [
        *([ParamSpec("explain", DataType.boolean, explains)] if estimator is not None else []),
        ParamSpec("top_k", DataType.long, 0),
        ParamSpec("output", DataType.string, "default"),
        ParamSpec("raw", DataType.boolean, True),
        ParamSpec("budget_ms", DataType.long, serving.budget_ms),
    ]
    inputs = plain.inputs
    of_list = explainer.texts is not None and explainer.texts.as_list
    if of_list and not _is_a_column_of_texts(inputs):
        # A list of texts has no name, and requests are tables.
        inputs = _input_schema(explainer.template)
    return ModelSignature(inputs=inputs, outputs=outputs, params=ParamSchema([*theirs, *ours]))


def _is_a_column_of_texts(inputs: Schema) -> bool:
    """Whether a request has one column, of text, by the name that the user gave it."""
    return bool(inputs.has_input_names() and inputs.input_types() == [DataType.string])


def _token_type(scorer: Scorer) -> Array:
    """Return the type of the importances of a text: a list of what is told of each token."""
    kinds = {"text": DataType.string, "whole": DataType.long, "number": DataType.double}
    entry = fields(beside=len(scorer.features) > 1)
    # Columns beside the text have no place in it.
    each = [Property(name, kinds[kind], required=False) for name, kind in entry.items()]
    return Array(Object(each))


def _reply_schema(scorer: Scorer, serving: Serving, estimator: Any) -> Schema:
    numbers = Map(value_type=DataType.double)
    columns: list[tuple[str, Any, bool]] = []
    if estimator is not None:
        columns.append(("prediction", _TYPES[scorer.prediction_of(estimator)], True))
        # Spark fails where a reply lacks a column that is named here.
        if scorer.labels is not None and answers_probabilities(estimator):
            columns.append(("probabilities", numbers, False))
    columns += [
        ("explained_output", DataType.string, True),
        ("output_space", DataType.string, True),
        ("expected_value", DataType.double, True),
        ("local_importance_values", _importance_type(scorer, serving), True),
    ]
    if scorer.texts is not None:
        columns.append(("other_importance", DataType.double, False))
    if estimator is not None and math.isinf(scorer.engine.tolerance):
        columns.append(("additivity_residual", DataType.double, False))
    columns.append(("explanation_status", DataType.string, True))
    return Schema([ColSpec(kind, name, required=needed) for name, kind, needed in columns])


def _importance_type(scorer: Scorer, serving: Serving) -> Any:
    if scorer.texts is not None:
        return _token_type(scorer)
    number = DataType.double
    return Array(number) if serving.format == "list" else Map(value_type=number)


def _prediction_type(scorer: Scorer, *, labels: bool) -> Any:
    if scorer.classes is not None and labels:
        return DataType.string
    several = scorer.classes is None and len(scorer.output_names) > 1
    return Array(DataType.double) if several else DataType.double


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
