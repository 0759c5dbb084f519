"""From a fitted preprocessing to operations: Pipelines, unions and tables of columns are walked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.models.transformers import TRANSFORMERS
from mlflow_explain.dashboard.models.values import CannotExportError
from mlflow_explain.data.kinds import MODEL_ERRORS, class_names, full_name, own_method, package_of
from mlflow_explain.data.names import chosen_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain.dashboard.models.program import Program, Symbol


def transformed(
    transformer: Any, symbols: list[Symbol], program: Program, labels: Sequence[Any] | None = None
) -> list[Symbol]:
    """Return the outputs of a fitted transformer of some columns.

    Parameters
    ----------
    transformer : transformer, None or str
        Fitted; None and ``"passthrough"`` keep the columns.
    symbols : list of Symbol
        The columns it is given.
    program : Program
        Takes the operations.
    labels : sequence, optional
        Labels of the columns, for a ColumnTransformer that was fitted on a table without names of
        its own.

    Raises
    ------
    CannotExportError
        A transformer is not in the table, or does what the page cannot.
    """
    if transformer is None or (isinstance(transformer, str) and transformer == "passthrough"):
        return symbols
    names = class_names(transformer)
    for name, walk in _WALKS.items():
        if name in names:
            _check_own(transformer)
            return walk(transformer, symbols, program, labels)
    write = next((TRANSFORMERS[name] for name in TRANSFORMERS if name in names), None)
    if write is None or package_of(transformer) != "sklearn":
        raise CannotExportError(f"{full_name(transformer)} is none of the transformers it knows")
    _check_own(transformer)
    times = [symbol.name for symbol in symbols if symbol.is_time]
    if times:
        raise CannotExportError(f"{full_name(transformer)} takes times, in {', '.join(times)}")
    try:
        return write(transformer, symbols, program)
    except MODEL_ERRORS as error:
        # It derives from a class that is known, and is not as that class is.
        raise CannotExportError(
            f"to read {full_name(transformer)} raises {type(error).__name__}"
        ) from error


def _check_own(transformer: Any) -> None:
    """Refuse a class of the user's that does more than the one it derives from."""
    if package_of(transformer) == "sklearn" and own_method(transformer, "transform"):
        raise CannotExportError(f"{full_name(transformer)} has a transform of its own")


def _frozen(
    frozen: Any, symbols: list[Symbol], program: Program, labels: Sequence[Any] | None
) -> list[Symbol]:
    return transformed(frozen.estimator, symbols, program, labels)


def _steps(
    pipeline: Any, symbols: list[Symbol], program: Program, labels: Sequence[Any] | None
) -> list[Symbol]:
    for _, step in pipeline.steps:
        symbols = transformed(step, symbols, program, labels)
        labels = None
    return symbols


def _union(
    union: Any, symbols: list[Symbol], program: Program, labels: Sequence[Any] | None
) -> list[Symbol]:
    made: list[Symbol] = []
    for name, part in union.transformer_list:
        if isinstance(part, str) and part == "drop":
            continue
        own = transformed(part, symbols, program, labels)
        weight = (union.transformer_weights or {}).get(name)
        if weight is not None:
            own = [program.made(one, "affine", times=float(weight), plus=0.0) for one in own]
        made += own
    return made


def _columns(
    transformer: Any, symbols: list[Symbol], program: Program, labels: Sequence[Any] | None
) -> list[Symbol]:
    fitted = getattr(transformer, "feature_names_in_", None)
    known = tuple(fitted) if fitted is not None else tuple(labels or range(len(symbols)))
    weights = transformer.transformer_weights or {}
    n_out = max((where.stop for where in transformer.output_indices_.values()), default=0)
    placed: list[Symbol | None] = [None] * n_out
    for name, member, chosen in transformer.transformers_:
        where = transformer.output_indices_[name]
        width = where.stop - where.start
        if not width:
            continue
        positions = chosen_positions(chosen, known)
        given = [symbols[i] for i in positions]
        own = transformed(member, given, program, [known[i] for i in positions])
        if len(own) != width:
            raise CannotExportError(f"{full_name(member)} makes other outputs than it usually does")
        if name in weights:
            factor = float(weights[name])
            own = [program.made(one, "affine", times=factor, plus=0.0) for one in own]
        placed[where] = own
    return _stacked([symbol for symbol in placed if symbol is not None])


def _stacked(symbols: list[Symbol]) -> list[Symbol]:
    """Return columns put side by side: arrays of numbers take the type that holds them all."""
    if any(symbol.is_text for symbol in symbols) or not symbols:
        return symbols
    common = np.result_type(*(symbol.dtype for symbol in symbols))
    return [replace(symbol, dtype=common) for symbol in symbols]


_WALKS: dict[str, Callable[[Any, list[Symbol], Program, Sequence[Any] | None], list[Symbol]]] = {
    "FrozenEstimator": _frozen,
    "ColumnTransformer": _columns,
    "Pipeline": _steps,
    "FeatureUnion": _union,
}
