"""Networks as models: what `predict` and `predict_proba` of their outputs are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from scipy.special import expit, softmax

from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines.deep.cells import numbers
from mlflow_explain.engines.rescaled import both
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, FloatArray, OutputSpace, Rows

# What the outputs of a network are. One "log-odds" or "probability" is the second of two classes'.
Meaning: TypeAlias = Literal["values", "log-odds", "logits", "probability", "probabilities"]
SPACES: dict[Meaning, OutputSpace] = {
    "values": "raw",
    "log-odds": "log-odds",
    "logits": "margin",
    "probability": "probability",
    "probabilities": "probability",
}
# Rows the network is given at a time.
MAX_ROWS = 4_096


class Network(Protocol):
    """A network of some library, asked as at inference, of arrays."""

    @property
    def module(self) -> Any:
        """The user's own object."""

    @property
    def library(self) -> str:
        """Name of the library, and of the extra that installs it."""

    @property
    def takes_indices(self) -> bool:
        """Whether it takes whole numbers, of which there is no gradient."""

    @property
    def dtype(self) -> Any:
        """The type of numbers to make rows of."""

    def answer(self, points: AnyArray) -> Any:
        """Return what the network answers: an array, if it is one to be explained."""

    def gradients(self, points: AnyArray) -> AnyArray:
        """Return the slopes of each output at points, (n_outputs, n_points, n_features)."""

    def bytes_per_point(self, points: AnyArray) -> int:
        """Return how much is held for each point until its gradient is known; 0 if unknown."""


@dataclass(frozen=True, eq=False)
class Told:
    """A network whose answers something else tells: what serves it, say.

    Parameters
    ----------
    network : Network
        The network itself, which its gradients are asked of.
    answers : callable
        ``(n_points, n_features) -> (n_points, n_outputs)``, or a line of one output.
    """

    network: Network
    answers: Callable[[AnyArray], Any]

    @property
    def module(self) -> Any:
        """The user's own object."""
        return self.network.module

    @property
    def library(self) -> str:
        """Name of the library."""
        return self.network.library

    @property
    def takes_indices(self) -> bool:
        """Whether it takes whole numbers."""
        return self.network.takes_indices

    @property
    def dtype(self) -> Any:
        """The type of numbers to make rows of."""
        return self.network.dtype

    def answer(self, points: AnyArray) -> Any:
        """Return the answers told."""
        # A copy: who is asked may write to what it is given, or want to be able to.
        return np.asarray(self.answers(points.copy()))

    def gradients(self, points: AnyArray) -> AnyArray:
        """Return the network's own slopes."""
        return self.network.gradients(points)

    def bytes_per_point(self, points: AnyArray) -> int:
        """Return how much the network holds for each point."""
        return self.network.bytes_per_point(points)


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """A network with what its outputs mean.

    Parameters
    ----------
    network : Network
        Asked in evaluation mode; the user's own module stays as it is.
    meaning : {"values", "log-odds", "logits", "probability", "probabilities"}
        What its outputs are.
    """

    network: Network
    meaning: Meaning

    @property
    def module(self) -> Any:
        """The user's own object."""
        return self.network.module

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the outputs."""
        return SPACES[self.meaning]

    def outputs(self, rows: Rows) -> FloatArray:
        """Return the network's outputs, (n_rows, n_outputs).

        Raises
        ------
        InvalidInputError
            A column is not of numbers, or an answer is not finite.
        """
        cells = numbers(rows, self.network.dtype)
        parts = range(0, max(len(cells), 1), MAX_ROWS)
        return np.concatenate(
            [checked(self.network, cells[start : start + MAX_ROWS]) for start in parts]
        )

    def explained(self, rows: Rows) -> FloatArray:
        """Return the outputs with one for each class, unless one stands for both of two."""
        outputs = self.outputs(rows)
        return both(outputs) if self.meaning == "probability" else outputs


class NetworkRegressor(NetworkModel):
    """A network of one or several numbers."""

    def predict(self, rows: Rows) -> FloatArray:
        """Return the outputs, (n_rows,), or (n_rows, n_targets) of several."""
        outputs = self.outputs(rows)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs


@dataclass(frozen=True, eq=False)
class NetworkClassifier(NetworkModel):
    """A network of classes.

    Parameters
    ----------
    network, meaning
        As of `NetworkModel`.
    n_classes : int
        Classes, numbered from 0.
    """

    n_classes: int = 2

    @property
    def classes_(self) -> AnyArray:
        """Numbers of the classes."""
        return np.arange(self.n_classes)

    def predict_proba(self, rows: Rows) -> FloatArray:
        """Return probabilities, (n_rows, n_classes)."""
        outputs = self.explained(rows)
        if self.meaning == "logits":
            return np.asarray(softmax(outputs, axis=1))
        return (
            np.hstack([expit(-outputs), expit(outputs)]) if self.meaning == "log-odds" else outputs
        )

    def predict(self, rows: Rows) -> AnyArray:
        """Return the number of the most probable class of each row."""
        return np.asarray(self.predict_proba(rows).argmax(axis=1))


def checked(network: Network, cells: AnyArray) -> FloatArray:
    """Return a network's answer as finite numbers, (n_rows, n_outputs)."""
    answer = network.answer(cells)
    name = full_name(network.module)
    shape: tuple[int, ...] = tuple(getattr(answer, "shape", ()))
    if not isinstance(answer, np.ndarray) or len(shape) not in {1, 2} or shape[0] != len(cells):
        raise InvalidInputError(
            f"one tensor of numbers from the network, one line for each of {len(cells)} rows",
            f"{full_name(answer)} of shape {shape} from {name}",
            "Wrap the network in a module that answers one tensor of shape (n_rows, n_outputs).",
        )
    column = answer[:, None] if answer.ndim == 1 else answer
    outputs = column.astype(np.float64, copy=False)
    missing = int((~np.isfinite(outputs)).any(axis=1).sum())
    if missing:
        raise InvalidInputError(
            "finite outputs of the network",
            f"NaN or infinity for {missing} of {len(cells)} rows",
            "Fill in missing values before; a network has no answer to them.",
        )
    return outputs
