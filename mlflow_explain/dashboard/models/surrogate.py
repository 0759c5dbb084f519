"""`surrogate_of`: a model that follows another one, for the page of a model that it cannot hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.pipeline import Pipeline

from mlflow_explain.dashboard.models import checks, games, trees
from mlflow_explain.dashboard.models.encoders import one_hot
from mlflow_explain.dashboard.models.estimators import Part, formatted, linear_part
from mlflow_explain.dashboard.models.program import Program
from mlflow_explain.dashboard.models.values import CannotExportError, Exported, Game, NotExported
from mlflow_explain.data.clusters import drawn
from mlflow_explain.data.kinds import MODEL_ERRORS, full_name
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import Table
from mlflow_explain.engines import additive
from mlflow_explain.engines.mimic.encoding import name_of
from mlflow_explain.engines.mimic.engine import NAME as MIMIC
from mlflow_explain.engines.trees import engine as tree_engine
from mlflow_explain.errors import ExplainError
from mlflow_explain.explainers.prepare import model_of
from mlflow_explain.surrogates.distillation import distilled
from mlflow_explain.surrogates.models import LGBMExplainableModel
from mlflow_explain.surrogates.recipe import Recipe

if TYPE_CHECKING:
    from mlflow_explain.dashboard.models.checks import Embedded
    from mlflow_explain.dashboard.models.program import Symbol
    from mlflow_explain.dashboard.models.values import Json
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.mimic.encoding import Encoding
    from mlflow_explain.engines.mimic.engine import MimicEngine
    from mlflow_explain.engines.mimic.scale import Scale
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.surrogates.models import Surrogate

# Rows that the model is asked for, real and synthetic: a page is made in seconds.
MAX_ROWS = 4_000
_AUGMENTATIONS = 2
# Trees of all outputs together, and the fewest of one.
_TREES, _FEWEST_TREES = 240, 40
# Background of a linear surrogate.
_BACKGROUND = 100

ITS_OWN = (
    "Attributions of other rows are those of the surrogate in the page, not of the model: they "
    "may differ from the explanation's."
)


def surrogate_of(
    explanation: Explanation, source: Source, *, seed: int = 0
) -> Exported | NotExported:
    """Return a surrogate of a model, fitted to its answers for the rows of the page.

    Parameters
    ----------
    explanation : Explanation
        Of the rows that the page holds, in raw columns; up to 4,000 of them are used, and as many
        synthetic ones as make three times as many. Where its rows have no answers of the model, it
        is asked.
    source : Source
        Any model with `predict`, or a function of rows. Where a surrogate explained it, that one
        is taken, and none is fitted.
    seed : int, default=0
        Seed of what is drawn at random.

    Returns
    -------
    Exported or NotExported
        `fidelity` is measured on rows held out, `max_error` on all rows of the page.
    """
    try:
        found = checks.embedded(explanation)
        table = Table(found.data, found.names)
        teacher = _teacher(explanation, source, table)
        engine = own_surrogate(source)
        own = checks.own_answers(teacher, found.data, found)
        made = _exported(explanation, teacher, engine or _fitted(teacher, table, seed), found, own)
        # A MimicExplainer's own surrogate attributes as the explanation does.
        attributes = made.game.kind != "none" and engine is None
        return replace(made, notes=(*made.notes, ITS_OWN)) if attributes else made
    except CannotExportError as error:
        return error.as_value()


def own_surrogate(source: Source) -> MimicEngine | None:
    """Return the surrogate that explained a model, if it takes the model's own columns."""
    if getattr(source.engine, "name", None) != MIMIC or source.transformations is not None:
        return None
    return cast("MimicEngine", source.engine)


def _teacher(explanation: Explanation, source: Source, table: Table) -> Predictor:
    """Return a model, or a function, as one that takes raw rows."""
    model = source.model
    try:
        made, front = model_of(
            model, table.take(slice(0, _BACKGROUND)), is_function=False,
            classes=explanation.classes, model_task=explanation.model_task,
            transformations=source.transformations,
        )  # fmt: skip
        whole = made if front is None else Pipeline([("transformations", front), ("model", made)])
        return predictor_of(whole, explanation.classes, explanation.model_task)
    except (ExplainError, *MODEL_ERRORS) as error:
        raise CannotExportError(f"{full_name(model)} cannot be asked for the rows") from error


def _fitted(teacher: Predictor, table: Table, seed: int) -> MimicEngine:
    """Return the engine of a surrogate of LightGBM, fitted in seconds."""
    some = table.take(drawn(len(table), MAX_ROWS, seed))
    n_classes = len(teacher.classes or ())
    n_outputs = n_classes if n_classes > 2 else 1
    size = {"n_estimators": max(_FEWEST_TREES, _TREES // n_outputs), "learning_rate": 0.1}
    recipe = Recipe(
        surrogate=cast("type[Surrogate]", LGBMExplainableModel),
        arguments=size,
        n_augmentations=_AUGMENTATIONS,
        seed=seed,
    )
    try:
        return distilled(teacher, some, some.take(slice(0, _BACKGROUND)), recipe)[1]
    except ExplainError as error:
        raise CannotExportError(
            f"no surrogate could be fitted to {full_name(teacher.model)}"
        ) from error


def _exported(
    explanation: Explanation,
    teacher: Predictor,
    engine: MimicEngine,
    rows: Embedded,
    own: checks.Own,
) -> Exported:
    program = Program(rows.data, rows.names)
    symbols = [
        symbol
        for position, column in enumerate(program.columns)
        for symbol in _encoded(column, position, engine.encoding, program)
    ]
    link = _link(engine.scale, teacher, tells=own.probabilities is not None)
    part = _part(engine.inner, symbols, program, link)
    inputs, operations, slots = program.finished(part.registers)
    made = Exported(
        inputs, operations, slots, part.core, part.link, Game("none"),
        f"Surrogate of {explanation.model_type}", mode="surrogate",
    )  # fmt: skip
    checks.check_inputs(made, explanation)
    checks.check_numbers(made)
    kept = ("fidelity_r2", "fidelity_agreement", "fidelity_r2_train", "fidelity_agreement_train")
    made = replace(
        made,
        max_error=checks.difference(made, own, rows),
        checked_rows=len(own.predicted),
        fidelity={name: engine.quality[name] for name in kept if name in engine.quality},
    )
    return _with_game(made, part, explanation, engine, rows.names)


def _encoded(symbol: Symbol, position: int, encoding: Encoding, program: Program) -> list[Symbol]:
    """Return the encoded features of a column."""
    if position not in encoding.categories:
        if symbol.is_text:
            raise CannotExportError(f"its column {symbol.name} of words is taken for numbers")
        return [_number(symbol, position, encoding, program)]
    known = {name: i for i, name in enumerate(encoding.categories[position])}
    if symbol.is_text:
        keys: dict[Any, str] = {text: name_of(value) for text, value in symbol.values.items()}
        keys = {name: name for name in known} | keys
    else:
        keys = {float(name): name for name in known}
    codes = {key: float(known[name]) for key, name in keys.items() if name in known}
    coded = program.add(
        "lookup", of=symbol.register, keys=list(codes), values=list(codes.values()),
        other=float(len(known)) if position in encoding.others else None, missing=None,
    )  # fmt: skip
    made = replace(symbol, register=coded, is_text=False, dtype=np.dtype(np.float64))
    return one_hot(made, encoding.n_codes(position), program) if encoding.one_hot else [made]


def _number(symbol: Symbol, position: int, encoding: Encoding, program: Program) -> Symbol:
    register = symbol.register
    if program.inputs[position].type == "time":
        # Seconds, where the page has milliseconds.
        register = program.add("scale", of=register, minus=0.0, by=1000.0)
    if encoding.fill is not None:
        register = program.add("fill", of=register, value=float(encoding.fill[position]))
    return replace(symbol, register=register, is_time=False, dtype=np.dtype(np.float64))


def _part(inner: Any, symbols: list[Symbol], program: Program, link: Json) -> Part:
    """Return what the surrogate's own engine explains, as the page holds it."""
    if inner.name == additive.NAME:
        offset = inner.base_values - inner.coefficients @ inner.mean
        return linear_part(inner.coefficients, offset, symbols, program, link, inner.output_space)
    used = trees.features_used(inner.trees)
    core = trees.packed(inner.trees, used, single=inner.rows.single)
    registers = [formatted(symbols[i], int(i), inner.rows, program) for i in used]
    return Part(core, link, registers, used, inner.output_space, tree_engine.NAME)


def _link(scale: Scale, teacher: Predictor, *, tells: bool) -> Json:
    """Return what makes predictions of a surrogate's outputs."""
    if teacher.task == "regression":
        return {"kind": "identity"}
    if scale.output_space == "log-odds":
        return {"kind": "logistic"}
    if scale.link in {"centred", "centred logs"} and tells:
        return {"kind": "softmax"}
    return {"kind": "decision"}


def _with_game(
    made: Exported, part: Part, explanation: Explanation, engine: MimicEngine,
    names: tuple[str, ...],
) -> Exported:  # fmt: skip
    """Return a surrogate with its own attributions, where they are in the explanation's unit."""
    place = {name: i for i, name in enumerate(explanation.features)}
    column = engine.encoding.column_of[part.features]
    fold = [(slot, place[names[at]], 1.0) for slot, at in enumerate(column) if names[at] in place]
    background = None
    if part.core.kind == "linear":
        base = engine.inner.base_values
        background = cast("additive.AdditiveEngine", engine.inner).mean[None, part.features]
    else:
        base = games.path_dependent_base(part)
    game = games.in_unit_of(explanation, part, base, fold, background)
    return made.with_game(Game("none"), games.NOT_ITS_OWN) if game is None else made.with_game(game)
