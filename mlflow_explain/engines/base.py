"""What every engine is: numerics that attribute a model's output to its features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import (
        AnyArray,
        FeaturePerturbation,
        FloatArray,
        OutputSpace,
        Rows,
    )
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.explanation import LocalImportance


@dataclass(frozen=True, eq=False, slots=True)
class EngineState:
    """All an engine needs to explain again: settings, arrays and text, never a pickle.

    Parameters
    ----------
    settings : mapping
        Plain JSON values.
    arrays : mapping of str to ndarray
        Numbers, stored with ``allow_pickle=False``.
    texts : mapping of str to str
        Models in their library's own text format.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, AnyArray] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """Exact or approximate attributions of one model, in one output space."""

    @property
    def name(self) -> str:
        """Name of the row of `ENGINES` it comes from."""

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the attributions."""

    @property
    def feature_perturbation(self) -> FeaturePerturbation:
        """The game it plays."""

    @property
    def base_values(self) -> FloatArray:
        """Expected output without any feature known, (n_outputs,)."""

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of the estimator's rows, (n_rows, n_features, n_outputs)."""

    def state(self) -> EngineState:
        """Return what `restore` needs."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an engine does not explain a model.

    Parameters
    ----------
    engine : str
        Name of the engine.
    reason : str
        Half a sentence that starts with what the model is.
    """

    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class EngineRow:
    """A row of the table of engines.

    Parameters
    ----------
    name : str
        Kept in every artifact: never renamed.
    build : callable
        ``(predictor, background) -> Engine | Refusal``.
    restore : callable
        ``(state) -> Engine``.
    scores : callable
        ``(engine, predictor, rows) -> (n_rows, n_outputs)``: the model's own output in the
        engine's output space, computed without the engine, to measure additivity.
    """

    name: str
    build: Callable[[Predictor, Table], Any]
    restore: Callable[[EngineState], Engine]
    scores: Callable[[Any, Predictor, Rows], FloatArray]
