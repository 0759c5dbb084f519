"""`TreeEngine`: exact attributions of any sum of trees, by compiled kernels.

Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for
trees", https://doi.org/10.1038/s42256-019-0138-9
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines.base import EngineState, Options, Refusal
from mlflow_explain.engines.chunks import in_chunks
from mlflow_explain.engines.rescaled import both, probability, slope
from mlflow_explain.engines.trees import (
    histogram_trees,
    lightgbm_trees,
    plan,
    row_format,
    sklearn_trees,
    xgboost_trees,
)
from mlflow_explain.engines.trees.ensemble import from_arrays
from mlflow_explain.engines.trees.library import library_of
from mlflow_explain.engines.trees.row_format import RowFormat
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.trees.ensemble import TreeEnsemble
    from mlflow_explain.engines.trees.library import Library
    from mlflow_explain.engines.trees.plan import Plan
    from mlflow_explain.engines.trees.reading import Reader

NAME = "tree"

# A library whose trees are read is a module of its own and an entry here.
READERS: tuple[Reader, ...] = (lightgbm_trees, xgboost_trees, histogram_trees, sklearn_trees)

# Rows per kernel call: large enough for the lanes, small enough to be interrupted between.
_CHUNK_ROWS = 2048
_CHUNK_BYTES = 16 * 2**20


@dataclass(frozen=True, eq=False, repr=False)
class TreeEngine:
    """Attributions of a sum of trees, exact for either game.

    Parameters
    ----------
    trees : TreeEnsemble
        The trees.
    rows : RowFormat
        How rows become what the splits compare.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the attributions.
    background : ndarray of shape (n_background, n_features) or None
        Rows of the interventional game; None for the path-dependent one.
    is_rescaled : bool
        Attributions of the log-odds, scaled row by row to sum to the probability.
    tolerance : float
        Largest relative difference between sums and the model's own arithmetic.
    max_table_bytes : int
        Memory the kernels' tables may take.
    """

    trees: TreeEnsemble
    rows: RowFormat
    output_space: OutputSpace
    background: FloatArray | None = None
    is_rescaled: bool = False
    tolerance: float = 1e-6
    max_table_bytes: int = plan.TABLE_BYTES
    name: str = NAME

    def __repr__(self) -> str:
        """Say which kernels explain the trees."""
        return f"<TreeEngine: {self.trees.n_trees} trees, {self.feature_perturbation}, {self.plan}>"

    @property
    def feature_perturbation(self) -> FeaturePerturbation:
        """The game it plays."""
        return "tree_path_dependent" if self.background is None else "interventional"

    @property
    def quality(self) -> Mapping[str, float]:
        """Whether attributions were scaled to sum to the probability."""
        return {"rescaled": 1.0} if self.is_rescaled else {}

    @cached_property
    def plan(self) -> Plan:
        """What is computed once: which kernel explains which leaves, and its tables."""
        return plan.plan_of(
            self.trees, self.background, single=self.rows.single, max_bytes=self.max_table_bytes
        )

    @cached_property
    def base_values(self) -> FloatArray:
        """Expected output, (n_outputs,): over training rows by cover, or over the background."""
        base = self._base_margins
        return frozen_floats(both(probability(base)) if self.is_rescaled else base)

    @cached_property
    def _base_margins(self) -> FloatArray:
        if self.background is None:
            return self.trees.base_values()
        return self.plan.mean if plan.is_ready() else self._library.base_values

    @cached_property
    def _library(self) -> Library:
        return library_of(self.trees, self.background, single=self.rows.single)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        ready = plan.is_ready() or self.trees.has_categories
        add = self._add_compiled if ready else self._add_by_library
        values = np.zeros((*rows.shape, self.trees.n_outputs))
        size = max(1, min(_CHUNK_ROWS, _CHUNK_BYTES // (8 * max(rows.shape[1], 1))))
        in_chunks(rows.shape[0], size, lambda at: add(rows[at], values[at]))
        if self.is_rescaled:
            values *= slope(values.sum(axis=1) + self._base_margins, self._base_margins)[:, None]
            # Unlike log-odds, two probabilities are no mirror images: their bases differ.
            values = np.concatenate([-values, values], axis=2)
        return LocalImportance(values=values, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the trees' arrays, and the background of the interventional game."""
        arrays = self.trees.arrays()
        if self.background is not None:
            arrays["background"] = self.background
        return EngineState(
            settings={
                "output_space": self.output_space,
                "rows": self.rows.settings(),
                "is_rescaled": self.is_rescaled,
                "tolerance": self.tolerance,
            },
            arrays=arrays,
        )

    def _add_compiled(self, rows: Rows, out: FloatArray) -> None:
        codes = self.plan.columns.codes(self.rows.matrix(rows), single=self.rows.single)
        self.plan.add_to(out, codes)

    def _add_by_library(self, rows: Rows, out: FloatArray) -> None:
        out += self._library.attributions(self.rows.matrix(rows))


def build(predictor: Predictor, background: Table, options: Options) -> TreeEngine | Refusal:
    """Return the engine for a model made of trees, or the reason why not."""
    model = predictor.model
    reader = reader_of(model)
    if reader is None:
        return Refusal(NAME, f"{full_name(model)} is not made of trees that can be read")
    reading = reader.read(predictor, background)
    if isinstance(reading, str):
        return Refusal(NAME, reading)
    rescaled = options.wants_probability(predictor) and reading.output_space != "probability"
    if rescaled and (reading.output_space != "log-odds" or reading.trees.n_outputs > 1):
        return Refusal(
            NAME, f"{full_name(model)} sums to a {reading.output_space}, of which no probability "
            "is a function class by class"
        )  # fmt: skip
    others = options.feature_perturbation == "interventional"
    engine = TreeEngine(
        trees=reading.trees,
        rows=reading.rows,
        output_space="probability" if rescaled else reading.output_space,
        background=reading.rows.matrix(background.data) if others else None,
        is_rescaled=rescaled,
        tolerance=reading.tolerance,
    )
    warm(engine)
    return engine


def restore(state: EngineState, _: Predictor | None) -> TreeEngine:
    """Return the engine of a stored state."""
    settings, arrays = state.settings, state.arrays
    if "rows" not in settings:
        return _restored_from_first_format(state)
    engine = TreeEngine(
        trees=from_arrays(arrays),
        rows=row_format.from_settings(settings["rows"]),
        output_space=settings["output_space"],
        background=arrays.get("background"),
        is_rescaled=bool(settings["is_rescaled"]),
        tolerance=float(settings["tolerance"]),
    )
    warm(engine)
    return engine


def warm(engine: TreeEngine) -> None:
    """Compile, or load what was compiled, and fill the tables: no later call has to."""
    if plan.is_ready():
        engine.explain(np.zeros((1, int(engine.trees.feature.max(initial=0)) + 1)))
    elif engine.trees.has_categories:
        warnings.warn(
            "No library explains this model's splits by categories while the kernels compile: "
            "the first explanation waits for them.",
            stacklevel=2,
        )


def scores(engine: TreeEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own output in the engine's output space, (n_rows, n_outputs)."""
    reader = reader_of(predictor.model)
    if reader is None:
        raise UnsupportedModelError(
            "the model the engine was made of", full_name(predictor.model), "Pass that model."
        )
    own = reader.scores(predictor.model, rows)
    return both(probability(own)) if engine.is_rescaled else own


def reader_of(model: Any) -> Reader | None:
    """Return the reader of a model's library, or None."""
    return next((reader for reader in READERS if reader.claims(model)), None)


def _restored_from_first_format(state: EngineState) -> TreeEngine:
    """Return the engine of a state of the first version: scikit-learn's trees, no settings."""
    space: OutputSpace = state.settings["output_space"]
    engine = TreeEngine(from_arrays(state.arrays), RowFormat(single=True), space)
    warm(engine)
    return engine


def restore_lightgbm(state: EngineState, _: Predictor | None) -> TreeEngine:
    """Return the engine of a state that the first version named "lightgbm": the model's text."""
    text = state.texts["trees"]
    categories = lightgbm_trees.categories_by_feature(text)
    space: OutputSpace = state.settings["output_space"]
    engine = TreeEngine(lightgbm_trees.trees_of(text), RowFormat(categories=categories), space)
    warm(engine)
    return engine
