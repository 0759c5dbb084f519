"""What every engine is: numerics that attribute a model's output to its features."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from mlflow_explain.errors import InvalidInputError

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

_Part = TypeVar("_Part")


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

    def under(self, prefix: str, settings: Mapping[str, Any]) -> EngineState:
        """Return the state of a part, which `nested` put under a prefix; settings are its own."""
        return EngineState(settings, under(self.arrays, prefix), under(self.texts, prefix))


def nested(prefix: str, parts: Mapping[str, _Part]) -> dict[str, _Part]:
    """Return arrays or texts of a part under names that begin with a prefix."""
    return {f"{prefix}{name}": part for name, part in parts.items()}


def under(parts: Mapping[str, _Part], prefix: str) -> dict[str, _Part]:
    """Return what `nested` put under a prefix, by its own names."""
    own = {name: part for name, part in parts.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): part for name, part in own.items()}


class Engine(Protocol):
    """Exact or approximate attributions of one model, in one output space."""

    @property
    def name(self) -> str:
        """Name of the row of `ENGINES` it comes from."""

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the attributions."""

    @property
    def feature_perturbation(self) -> FeaturePerturbation | None:
        """The game it plays; None if its values are not of a game."""

    @property
    def base_values(self) -> FloatArray:
        """Expected output without any feature known, (n_outputs,)."""

    @property
    def tolerance(self) -> float:
        """Largest relative difference between its sums and the model's own arithmetic.

        Infinity for engines that approximate: what their sums lack is reported, not refused.
        """

    @property
    def quality(self) -> Mapping[str, float]:
        """Figures it knows of itself, kept with each explanation: its fidelity, say."""

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
        Half a sentence that says what stands against it.
    """

    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may ask of an engine; each reads what concerns it.

    Parameters
    ----------
    feature_perturbation : {"auto", "tree_path_dependent", "interventional"}
        The game to play; ``"auto"`` is the engine's own.
    output : {"default", "probability"}
        Output space; ``"default"`` is the one in which the model is a sum.
    n_coalitions : int or None
        Coalitions a black box may be asked for; None lets the engine decide.
    seed : int
        Seed of what is drawn at random.
    show_progress : bool
        Show a progress bar on a terminal.
    """

    feature_perturbation: Literal["auto", "tree_path_dependent", "interventional"] = "auto"
    output: Literal["default", "probability"] = "default"
    n_coalitions: int | None = None
    seed: int = 0
    show_progress: bool = False

    def wants_probability(self, predictor: Predictor) -> bool:
        """Whether a probability is asked for, and the model can have one."""
        return self.output == "probability" and predictor.task == "classification"


@dataclass(frozen=True, slots=True)
class EngineRow:
    """A row of the table of engines.

    Parameters
    ----------
    name : str
        Kept in every artifact: never renamed.
    build : callable
        ``(predictor, background, options) -> Engine | Refusal``.
    restore : callable
        ``(state, predictor) -> Engine``; the predictor is None where the model is not at hand.
    scores : callable
        ``(engine, predictor, rows) -> (n_rows, n_outputs)``: the model's own output in the
        engine's output space, computed without the engine, to measure additivity.
    asks : callable, optional
        ``(engine) -> model``: the model it asks itself, without which it is of no use. None where
        it asks none.
    made_of : callable, optional
        ``(engine, predictor, rows) -> bool``: whether the engine was made from this very model.
        By default its sums are compared with the model's output.
    """

    name: str
    build: Callable[[Predictor, Table, Options], Any]
    restore: Callable[[EngineState, Predictor | None], Any]
    scores: Callable[[Any, Predictor, Rows], FloatArray]
    asks: Callable[[Any], Any] | None = None
    made_of: Callable[[Any, Predictor, Rows], bool] | None = None

    @property
    def asks_model(self) -> bool:
        """Whether the engine is of no use without the model."""
        return self.asks is not None


def needed(predictor: Predictor | None) -> Predictor:
    """Return the model that an engine asks, which is at hand.

    Raises
    ------
    InvalidInputError
        It is not.
    """
    if predictor is None:
        raise InvalidInputError(
            "the model beside its explainer, for this one explains by asking it",
            "the explainer alone",
            "Load the explainer together with its model.",
        )
    return predictor


def only_made_by(explainer: str, name: str) -> Callable[[Predictor, Table, Options], Refusal]:
    """Return the `build` of an engine that a table cannot make: it takes more than a background."""
    # No function of its own, which could not be pickled: explainers know their row.
    return partial(_not_by_table, Refusal(name, f"it is made by {explainer} only"))


def _not_by_table(
    refusal: Refusal, _predictor: Predictor, _background: Table, _options: Options
) -> Refusal:
    return refusal
