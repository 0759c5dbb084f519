"""From a teacher and its rows to a surrogate, its fidelity, and the engine that explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from mlflow_explain.data.clusters import drawn
from mlflow_explain.data.functions import is_of_function
from mlflow_explain.data.kinds import full_name, is_sparse
from mlflow_explain.data.unlogged import unlogged
from mlflow_explain.engines.black_box import storing
from mlflow_explain.engines.black_box.masking import part_of
from mlflow_explain.engines.mimic.encoding import categorical_columns, encoding_of
from mlflow_explain.engines.mimic.engine import MimicEngine
from mlflow_explain.engines.mimic.scale import class_positions, scale_of
from mlflow_explain.errors import ExplainError, InvalidInputError
from mlflow_explain.explanation._arrays import frozen_floats
from mlflow_explain.surrogates import fidelity
from mlflow_explain.surrogates.augmentation import synthetic
from mlflow_explain.surrogates.probe import made_up

if TYPE_CHECKING:
    from mlflow_explain._typing import FloatArray, IntArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.mimic.encoding import Encoding
    from mlflow_explain.engines.mimic.scale import Scale
    from mlflow_explain.surrogates.models import Surrogate
    from mlflow_explain.surrogates.recipe import Recipe

# Rows a surrogate is fitted on, real and synthetic, and their cells.
MAX_ROWS = 50_000
MAX_CELLS = 20_000_000
# A fifth of the real rows are held out to measure fidelity, of fewer than these none.
MIN_ROWS_TO_HOLD_OUT = 50
MAX_HELD_OUT = 1_000
# Rows to choose the scale by, and real ones to tell the teacher by.
_FEW = 32
# Rows by which to tell how wide their encoding is.
_SOME = 1_000
# What a plane takes to be settled.
_ROWS_PER_FEATURE = 10
# What is drawn at random, each with a generator of its own.
_HELD_OUT, _SYNTHETIC, _PROBE = 1, 2, 3


def distilled(
    predictor: Predictor, examples: Table, background: Table, recipe: Recipe
) -> tuple[Surrogate, MimicEngine]:
    """Fit a surrogate to a teacher's answers for real and for synthetic rows.

    The rows held out take no part in anything but the measure of fidelity, and the surrogate that
    is measured is the one that is used.

    Parameters
    ----------
    predictor : Predictor
        The teacher.
    examples : Table
        Real rows, as the teacher takes them.
    background : Table
        Those of them that stand for absent features where the surrogate is linear.
    recipe : Recipe
        How.

    Returns
    -------
    surrogate : Surrogate
        The fitted model.
    engine : MimicEngine
        Explains it in the teacher's columns.
    """
    surrogate = recipe.surrogate(**{"random_state": recipe.seed, **recipe.arguments})
    categorical = categorical_columns(examples.data, recipe.categorical)
    examples, kept, held = _sampled(
        examples, _cells_per_row(examples, categorical, one_hot=surrogate.one_hot), recipe.seed
    )
    scale = scale_of(predictor, background.take(slice(0, _FEW)).data)
    answers = scale.answers(predictor, examples.data)
    scale = scale.floored(answers)
    _check_output(predictor, scale, recipe.output)
    targets = scale.linked(answers)

    rows = examples.take(kept).data
    encoding = encoding_of(
        rows, categorical, one_hot=surrogate.one_hot, filled=_fills(surrogate, rows)
    )
    more = _augmented(predictor, scale, encoding, rows, recipe, categorical)
    with unlogged():
        surrogate.fit(
            _stacked([encoding(rows), *(part for part, _ in more)]),
            np.concatenate([targets[kept], *(part for _, part in more)]),
            _weights(len(kept), more, int(encoding.widths.sum())) if surrogate.balanced else None,
            categorical=() if encoding.one_hot else sorted(categorical),
        )
    own = surrogate.predict(encoding(examples.data))
    rescaled = recipe.output == "probability" and scale.output_space == "log-odds"
    quality = _quality(predictor, scale, examples, (targets, own), (kept, held))
    probe, probe_answers, keeps_probe = _probe(predictor, scale, rows, answers[kept], recipe.seed)
    engine = MimicEngine(
        inner=surrogate.engine(encoding(background.data), scale.output_space),
        encoding=encoding,
        scale=scale,
        quality=quality | ({"rescaled": 1.0} if rescaled else {}),
        is_rescaled=rescaled,
        probe=probe,
        probe_answers=probe_answers,
        keeps_probe=keeps_probe,
    )
    return surrogate, engine


def replication(
    predictor: Predictor, engine: MimicEngine, surrogate: Surrogate, rows: Rows
) -> float | None:
    """Return how a surrogate's predictions of some rows agree with the teacher's.

    Returns
    -------
    float or None
        Of a classifier the share of rows that both give one class; of a regression R2; None
        where that is not defined.
    """
    own = surrogate.predict(engine.encoding(rows))
    if predictor.task == "regression":
        return fidelity.r2(engine.scale.outputs(predictor, rows), own)
    return fidelity.agreement(_teacher_labels(predictor, rows), engine.scale.labels(own))


def _cells_per_row(examples: Table, categorical: frozenset[int], *, one_hot: bool) -> int:
    """Return about how many numbers a row is once it is encoded."""
    if is_sparse(examples.data):
        return int(examples.data.nnz // max(1, len(examples)))
    some = examples.take(slice(0, _SOME)).data
    return int(encoding_of(some, categorical, one_hot=one_hot, filled=False).widths.sum())


def _fills(surrogate: Surrogate, rows: Rows) -> bool:
    """Whether missing values are filled in: scikit-learn's trees take them in dense rows only."""
    return surrogate.filled or (surrogate.one_hot and is_sparse(rows))


def _sampled(examples: Table, n_cells: int, seed: int) -> tuple[Table, IntArray, IntArray]:
    """Return examples within the bounds, and positions to fit on and to hold out."""
    most = min(MAX_ROWS, max(MIN_ROWS_TO_HOLD_OUT, MAX_CELLS // max(1, n_cells)))
    examples = examples.take(drawn(len(examples), most, seed))
    n_rows = len(examples)
    if n_rows < MIN_ROWS_TO_HOLD_OUT:
        return examples, np.arange(n_rows), np.zeros(0, dtype=np.int64)
    order = np.random.default_rng([seed, _HELD_OUT]).permutation(n_rows)
    n_held = min(n_rows // 5, MAX_HELD_OUT)
    return examples, np.sort(order[n_held:]), np.sort(order[:n_held])


def _augmented(
    predictor: Predictor, scale: Scale, encoding: Encoding, rows: Rows, recipe: Recipe,
    categorical: frozenset[int],
) -> list[tuple[Rows, FloatArray]]:  # fmt: skip
    """Return synthetic rows, encoded, with the teacher's outputs for them, in batches."""
    width = int(encoding.widths.sum())
    room = min(MAX_ROWS, MAX_CELLS // max(1, width)) - rows.shape[0]
    count = max(0, min(recipe.n_augmentations * rows.shape[0], room))
    random = np.random.default_rng([recipe.seed, _SYNTHETIC])
    return [
        (encoding(part), scale.outputs(predictor, part))
        for part in synthetic(rows, count, categorical, random)
    ]


def _weights(n_real: int, more: list[tuple[Rows, FloatArray]], n_features: int) -> FloatArray:
    """Return what each row counts, the real ones first.

    Synthetic rows count as much as the real ones together, or as ten rows per feature where those
    are fewer: where the teacher bends, more of them would draw a plane away from the data.
    """
    n_synthetic = sum(len(outputs) for _, outputs in more)
    share = max(n_real, _ROWS_PER_FEATURE * n_features) / max(1, n_synthetic)
    return np.repeat([1.0, min(1.0, share)], [n_real, n_synthetic])


def _probe(
    predictor: Predictor, scale: Scale, rows: Rows, answers: FloatArray, seed: int
) -> tuple[Rows | None, FloatArray | None, bool]:
    """Return rows to tell the teacher by, its answers, and whether they may be stored."""
    part = part_of(rows, slice(0, _FEW)).copy()
    if is_of_function(type(predictor.model).__name__):
        # A function may take long, or do more than answer: it is not asked for rows nobody has.
        return part, frozen_floats(answers[:_FEW]), False
    probe = made_up(rows, np.random.default_rng([seed, _PROBE]))
    try:
        storing.stored(probe)
        return probe, frozen_floats(scale.answers(predictor, probe)), True
    except ExplainError:
        # It takes certain values only, or they are of a type that is not stored.
        return part, frozen_floats(answers[:_FEW]), False


def _check_output(predictor: Predictor, scale: Scale, output: str) -> None:
    """Refuse a probability of what the surrogate's sum is no function of."""
    wanted = output == "probability" and predictor.task == "classification"
    if wanted and scale.output_space not in {"log-odds", "probability"}:
        raise InvalidInputError(
            "shap_values_output='default' for a model of more than two classes, or without "
            "probabilities",
            f"'probability' for {full_name(predictor.model)}",
            f"Its surrogate sums to a {scale.output_space}, of which no probability is a function "
            "class by class.",
        )


def _quality(
    predictor: Predictor,
    scale: Scale,
    examples: Table,
    outputs: tuple[FloatArray, FloatArray],
    split: tuple[IntArray, IntArray],
) -> dict[str, float]:
    """Return fidelity on rows fitted on, and on rows held out; what is not defined is left out."""
    teacher, own = outputs
    figures: dict[str, float | None] = {}
    for ending, positions in zip(("_train", ""), split, strict=True):
        figures[f"fidelity_r2{ending}"] = fidelity.r2(teacher[positions], own[positions])
    if predictor.task == "classification":
        alike = _teacher_labels(predictor, examples.data) == scale.labels(own)
        for ending, positions in zip(("_train", ""), split, strict=True):
            some = alike[positions]
            figures[f"fidelity_agreement{ending}"] = float(some.mean()) if len(some) else None
    return {name: figure for name, figure in figures.items() if figure is not None}


def _teacher_labels(predictor: Predictor, rows: Rows) -> IntArray:
    return class_positions(predictor, predictor.predict(rows))


def _stacked(parts: list[Any]) -> Any:
    if is_sparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    return np.concatenate(parts)
