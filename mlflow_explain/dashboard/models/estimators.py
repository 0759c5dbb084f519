"""Which estimators the page can hold: a table from a class of models to what exports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.models import linear, links, trees
from mlflow_explain.dashboard.models.values import CannotExportError, Core
from mlflow_explain.data.kinds import full_name, is_a, is_sparse, own_method
from mlflow_explain.data.table import Table
from mlflow_explain.engines import additive, kernel_machine, kernel_reading
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.trees import engine as tree_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray, IntArray, OutputSpace
    from mlflow_explain.dashboard.models.program import Program, Symbol
    from mlflow_explain.dashboard.models.values import Json
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.trees.row_format import RowFormat


@dataclass(frozen=True, eq=False, slots=True)
class Exporter:
    """A row of the table.

    Parameters
    ----------
    engine : str
        Name of the engine that explains these models in the page's way.
    claims : callable
        ``(model) -> bool``.
    export : callable
        ``(predictor, rows, symbols, program) -> Part``.
    """

    engine: str
    claims: Callable[[Any], bool]
    export: Callable[[Predictor, Table, list[Symbol], Program], Part]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """An estimator in the page.

    Parameters
    ----------
    core : Core
        From slots to outputs.
    link : dict
        From outputs to predictions.
    registers : list of int
        Of the slots.
    features : ndarray of int
        The estimator's feature behind each slot.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the outputs.
    engine : str
        Name of the engine that explains such a model in these outputs.
    rows : RowFormat or None
        How the estimator's rows become slots; None where they are.
    """

    core: Core
    link: Json
    registers: list[int]
    features: IntArray
    output_space: OutputSpace
    engine: str
    rows: RowFormat | None = None


def export(predictor: Predictor, rows: Table, symbols: list[Symbol], program: Program) -> Part:
    """Return an estimator as a core, a link and slots.

    Parameters
    ----------
    predictor : Predictor
        The fitted estimator.
    rows : Table
        A few rows as it takes them.
    symbols : list of Symbol
        Its features.
    program : Program
        Takes the operations that the estimator itself makes before it compares.

    Raises
    ------
    CannotExportError
        The page cannot hold it.
    """
    for row in EXPORTERS:
        if row.claims(predictor.model):
            check_own(predictor.model)
            return row.export(predictor, rows, symbols, program)
    raise CannotExportError(f"{full_name(predictor.model)} is of no kind that a page can hold")


def check_own(model: Any) -> None:
    """Refuse a class of the user's that predicts otherwise than the one it derives from."""
    method = own_method(model, "predict", "predict_proba", "decision_function")
    if method is not None:
        raise CannotExportError(f"{full_name(model)} has a {method} of its own")


def _trees(predictor: Predictor, rows: Table, symbols: list[Symbol], program: Program) -> Part:
    reader = tree_engine.reader_of(predictor.model)
    reading = None if reader is None else reader.read(predictor, rows)
    if reading is None or isinstance(reading, str):
        raise CannotExportError(reading or f"{full_name(predictor.model)} has no trees")
    link = links.of_trees(predictor, reading.output_space)
    used = trees.features_used(reading.trees)
    core = trees.packed(
        reading.trees,
        used,
        single=reading.rows.single,
        zero_is_missing=reading.rows.absent_is_missing and is_sparse(rows.data),
    )
    registers = [formatted(symbols[i], int(i), reading.rows, program) for i in used]
    return Part(core, link, registers, used, reading.output_space, tree_engine.NAME, reading.rows)


def formatted(symbol: Symbol, feature: int, rows: RowFormat, program: Program) -> int:
    """Return the register of what the splits of a model compare."""
    known = rows.categories.get(feature)
    if known is not None and (symbol.is_text or rows.encodes_numbers):
        return _coded(symbol, known, rows, program)
    symbol = program.number(symbol)
    if np.isnan(rows.missing):
        return symbol.register
    value = rows.missing
    if rows.single:
        symbol = program.made(symbol, "apply", name="float32")
        value = float(np.float32(value))
    return program.without(symbol, value).register


def _coded(symbol: Symbol, known: list[Any], rows: RowFormat, program: Program) -> int:
    """Return codes of categories: their positions among those that a model knows."""
    if symbol.is_text:
        names = {value: text for text, value in symbol.values.items()}
        if symbol.renamed:
            raise CannotExportError(f"its categories of {symbol.name} are filled in before")
        keys: list[Any] = [names.get(value, str(value)) for value in known]
    else:
        keys = [float(value) for value in known]
    if not rows.unknown_is_missing and set(symbol.values) - {str(key) for key in keys}:
        raise CannotExportError(f"{symbol.name} has categories that it was not fitted with")
    return program.add(
        "lookup", of=symbol.register, keys=keys, values=[float(i) for i in range(len(known))],
        other=None, missing=None,
    )  # fmt: skip


def _linear(predictor: Predictor, _: Table, symbols: list[Symbol], program: Program) -> Part:
    # Around zero, the level of the terms is the intercept itself.
    names = tuple(str(i) for i in range(len(symbols)))
    engine = additive.build(predictor, Table(np.zeros((1, len(symbols))), names), Options())
    if isinstance(engine, Refusal):
        raise CannotExportError(engine.reason)
    if engine.threshold is not None or engine.curvature is not None:
        raise CannotExportError(f"{full_name(predictor.model)} is not linear in its features")
    link = links.of_linear(predictor, engine.output_space)
    return linear_part(engine.coefficients, engine.base_values, symbols, program, link,
                       engine.output_space)  # fmt: skip


def linear_part(
    coefficients: FloatArray, offset: FloatArray, symbols: list[Symbol], program: Program,
    link: Json, output_space: OutputSpace,
) -> Part:  # fmt: skip
    """Return a linear model whose slots are the features that count."""
    used = np.flatnonzero((coefficients != 0).any(axis=0))
    registers = [program.number(symbols[i]).register for i in used]
    core = linear.linear(coefficients[:, used], offset)
    return Part(core, link, registers, used, output_space, additive.NAME)


def _kernel(predictor: Predictor, _: Table, symbols: list[Symbol], program: Program) -> Part:
    sums = kernel_reading.read(predictor.model)
    if isinstance(sums, str):
        raise CannotExportError(sums)
    margin = kernel_reading.has_margin(predictor.model)
    link = links.of_kernel(predictor, has_margin=margin)
    registers = [program.number(symbol).register for symbol in symbols]
    return Part(
        linear.kernel(sums), link, registers, np.arange(len(symbols)),
        "margin" if margin else "raw", kernel_machine.NAME,
    )  # fmt: skip


def _is_linear(model: Any) -> bool:
    kernels = is_a(model, "sklearn", *additive.KERNEL)
    return is_a(model, "sklearn", *additive.KNOWN) and not (kernels and model.kernel != "linear")


_KERNEL_MACHINES = ("SVC", "NuSVC", "SVR", "NuSVR", "KernelRidge", "GaussianProcessRegressor")

# The first that claims a model exports it, or says why not.
EXPORTERS: tuple[Exporter, ...] = (
    Exporter(tree_engine.NAME, lambda model: tree_engine.reader_of(model) is not None, _trees),
    Exporter(additive.NAME, _is_linear, _linear),
    Exporter(kernel_machine.NAME, lambda m: is_a(m, "sklearn", *_KERNEL_MACHINES), _kernel),
)
