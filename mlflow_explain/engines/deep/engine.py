"""Explains neural networks by expected gradients over the whole background.

They are not Shapley values, but close to them where features interact little; both are equal for
sums over features, and for products of two. Their sum is the output less the base value as far as
the integrals are exact: what is missing is looked at row by row, with and without the weights'
being moved, and more nodes are taken until both are small.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name
from mlflow_explain.engines.base import EngineRow, EngineState, Refusal
from mlflow_explain.engines.choice import answers_alike
from mlflow_explain.engines.deep.cells import numbers
from mlflow_explain.engines.deep.model import NetworkModel
from mlflow_explain.engines.deep.path import Ends, expected_gradients
from mlflow_explain.engines.deep.recognition import restored
from mlflow_explain.engines.rescaled import both
from mlflow_explain.errors import ExplainError, InvalidInputError, UnsupportedModelError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen, frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import (
        AnyArray,
        FeaturePerturbation,
        FloatArray,
        OutputSpace,
        Rows,
    )
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Options

NAME = "deep"

# Points on a line from a background row: at first, and for rows whose values do not add up.
FIRST_NODES = 4
MOST_NODES = 64
# What may be missing from a row's sum without more nodes, as a share of how far outputs spread.
BOUND = 1e-3
# The same with equal weights, before they are moved to make up for it.
UNSEEN = 5e-2
# And on the background with all nodes; where more is missing there are steps without a gradient.
REFUSED = 2e-2
# Background rows that are explained when the engine is made.
CHECKED_ROWS = 16
# Points given to the network at a time, and the size of what is held for them.
MAX_POINTS = 2_048
MAX_BYTES = 256 * 2**20
# Spreads are no smaller, where they divide.
TINY = 1e-300
# Answers on another machine differ by no more, as a share of how far outputs spread.
ALIKE = 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class DeepEngine:
    """Expected gradients of a network.

    Parameters
    ----------
    model : NetworkModel
        The network, with what its outputs mean.
    background : ndarray of shape (n_background, n_features)
        Rows from which lines lead to the rows explained; all of them are used.
    answers : ndarray of shape (n_background, n_outputs)
        The network's own outputs for them.
    integration_error : float
        What sums on the background missed with equal weights, in units of the output.
    max_points : int
        Points given to the network at a time.
    """

    model: NetworkModel
    background: AnyArray
    answers: FloatArray
    integration_error: float = 0.0
    max_points: int = MAX_POINTS
    tolerance: float = float("inf")
    name: str = NAME
    feature_perturbation: FeaturePerturbation = field(default="interventional", init=False)

    @property
    def quality(self) -> Mapping[str, float]:
        """How far integrals were from exact on the background: additivity alone does not tell."""
        return {"integration_error_max": self.integration_error}

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the network's outputs."""
        return self.model.output_space

    @property
    def base_values(self) -> FloatArray:
        """Mean output over the background, (n_outputs,)."""
        mean = self.answers.mean(axis=0)
        return both(mean) if self._has_both else np.asarray(mean)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs).

        Raises
        ------
        InvalidInputError
            A column is not of numbers, or the network's answer is not finite.
        """
        cells = numbers(rows, self.background.dtype)
        found = self.integrated(Ends(cells, self.model.outputs(cells)))[0]
        values = np.concatenate([-found, found], axis=2) if self._has_both else found
        return LocalImportance(values, self.base_values)

    def state(self) -> EngineState:
        """Return the background, the answers for it, and what they mean."""
        return EngineState(
            settings={
                "library": self.model.network.library,
                "meaning": self.model.meaning,
                "n_outputs": self.answers.shape[1],
                "output_space": self.output_space,
                "integration_error": self.integration_error,
            },
            arrays={"background": self.background, "answers": self.answers},
        )

    @property
    def spread(self) -> float:
        """How far the background's outputs are from their mean, at most."""
        return float(np.abs(self.answers - self.answers.mean(axis=0)).max())

    @property
    def _has_both(self) -> bool:
        """Whether one probability is told, and those of both classes are explained."""
        return self.model.meaning == "probability"

    def integrated(self, rows: Ends, share: float = UNSEEN) -> tuple[FloatArray, FloatArray]:
        """Return attributions, and what their sums would miss with equal weights.

        Rows take more nodes until little is missing, with these weights and with those.

        Parameters
        ----------
        rows : Ends
            As the network takes them.
        share : float
            Of the spread, what may be missing with equal weights.

        Returns
        -------
        values : ndarray of shape (n_rows, n_features, n_outputs)
            Of the network's own outputs.
        unseen : ndarray of shape (n_rows,)
            Large where nodes do not see what the function does, whatever their weights.
        """
        begin = Ends(self.background, self.answers)
        gain = rows.outputs - self.answers.mean(axis=0)
        network, width = self.model.network, rows.cells.shape[1]
        per_point = self.background.itemsize * width * (gain.shape[1] + 2)
        per_point += network.bytes_per_point(self.background)
        most = max(1, min(self.max_points, MAX_BYTES // per_point))
        values = np.zeros((*rows.cells.shape, gain.shape[1]))
        unseen = np.zeros(len(rows))
        n_nodes, waiting = FIRST_NODES, np.arange(len(rows))
        while len(waiting) and n_nodes <= MOST_NODES:
            taken = rows.take(waiting)
            found = expected_gradients(network.gradients, taken, begin, n_nodes, most)
            values[waiting], unseen[waiting] = found[0], found[1].max(axis=1)
            missing = np.abs(gain - values.sum(axis=1)).max(axis=1)
            above = (missing > self.allowed(gain, BOUND)) | (unseen > self.allowed(gain, share))
            waiting = waiting[above[waiting]]
            n_nodes *= 2
        return values, unseen

    def allowed(self, gain: FloatArray, share: float) -> FloatArray:
        """Return what may be missing from rows' sums: a share of the spread, and rounding."""
        far = np.maximum(self.spread, np.abs(gain).max(axis=1))
        largest = np.abs(self.answers).max() + np.abs(gain).max(axis=1)
        return np.asarray(share * far + 64 * np.finfo(self.background.dtype).eps * largest)


def build(predictor: Predictor, background: Table, options: Options) -> DeepEngine | Refusal:
    """Return the engine for a network, or the reason why its gradients do not explain it."""
    model = predictor.model
    if not isinstance(model, NetworkModel):
        return Refusal(NAME, f"{full_name(model)} is not a neural network of PyTorch or Keras")
    name = full_name(model.network.module)
    if options.feature_perturbation == "tree_path_dependent":
        return Refusal(NAME, f"{name} is not a tree: there are no paths of trees to follow")
    if options.wants_probability(predictor) and model.output_space != "probability":
        return Refusal(NAME, f"{name} is not a network that ends in probabilities")
    if model.network.takes_indices:
        return Refusal(
            NAME,
            f"{name} is not a network of numbers: it takes indices, of an embedding say, and there "
            "is no gradient with respect to an index",
        )
    # A copy, as the user may change the rows.
    rows = numbers(background.data, model.network.dtype).copy()
    engine = DeepEngine(model, frozen(rows), frozen_floats(model.outputs(rows)))
    try:
        found = _checked(engine, background.columns)
    except UnsupportedModelError as error:
        found = f"is not {error.expected}, but {error.got}"
    except MODEL_ERRORS as error:
        found = f"is not a network with gradients: {type(error).__name__} is raised for them"
    return Refusal(NAME, f"{name} {found}") if isinstance(found, str) else found


def restore(state: EngineState, predictor: Predictor | None) -> DeepEngine:
    """Return the engine of a stored state, which asks the network it was made from.

    Raises
    ------
    InvalidInputError
        The network is not at hand.
    """
    settings = state.settings
    if predictor is None:
        raise InvalidInputError(
            "the network beside its explainer, for its gradients are asked for",
            "the explainer alone",
            "Load the explainer together with its model; the extra "
            f"`mlflow-explain[{settings['library']}]` installs the network's library.",
        )
    return DeepEngine(
        model=restored(predictor.model, settings),
        background=frozen(state.arrays["background"]),
        answers=frozen_floats(state.arrays["answers"]),
        integration_error=settings["integration_error"],
    )


def scores(_: DeepEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the network's own outputs, (n_rows, n_outputs)."""
    model: NetworkModel = predictor.model
    return model.explained(rows)


def made_of(engine: DeepEngine, predictor: Predictor, _: Rows) -> bool:
    """Whether a network answers the background as the one the engine was made from."""
    model = predictor.model
    try:
        answers = model.outputs(engine.background) if isinstance(model, NetworkModel) else None
    except (ExplainError, *MODEL_ERRORS):
        return False
    return answers is not None and answers_alike(answers, engine.answers, ALIKE)


def _asked(engine: DeepEngine) -> NetworkModel:
    return engine.model


ROW = EngineRow(NAME, build, restore, scores, asks=_asked, made_of=made_of)


def _checked(engine: DeepEngine, columns: Sequence[str]) -> DeepEngine | str:
    """Return the engine with its error on its own background, or why gradients do not tell."""
    places = np.unique(np.linspace(0, len(engine.background) - 1, CHECKED_ROWS).astype(int))
    rows = Ends(engine.background, engine.answers).take(places)
    values, unseen = engine.integrated(rows, REFUSED)
    flat = [name for j, name in enumerate(columns) if _is_step(engine, values, j)]
    if flat:
        return (
            f"is not a network with gradients for column {', '.join(flat)}, though its output "
            "changes with it: an index of an embedding has none, nor has what is rounded or "
            "compared"
        )
    gain = rows.outputs - engine.answers.mean(axis=0)
    if (unseen > engine.allowed(gain, REFUSED)).any():
        share = unseen.max() / max(engine.spread, TINY)
        return (
            "is not a network whose gradients add up to its output: on the background "
            f"{share:.0%} of its spread is missing, as with what is rounded, compared or looked up"
        )
    return replace(engine, integration_error=float(unseen.max()))


def _is_step(engine: DeepEngine, values: FloatArray, column: int) -> bool:
    """Whether the output changes with a column that no gradient is found for."""
    if values[:, column].any():
        return False
    moved = engine.background.copy()
    moved[:, column] = np.roll(moved[:, column], 1)
    return not answers_alike(engine.model.outputs(moved), engine.answers, ALIKE)
