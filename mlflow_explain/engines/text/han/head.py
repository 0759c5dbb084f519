"""From a network's own outputs to those of the model it is to answer as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from scipy.special import expit, softmax

from mlflow_explain.engines.black_box.asking import has_probabilities
from mlflow_explain.engines.text.han.library import torch_library
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.mimic.scale import Scale

Kind: TypeAlias = Literal["two classes", "classes", "numbers"]


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """What a network's outputs stand for, and what it loses by being wrong.

    Parameters
    ----------
    kind : {"two classes", "classes", "numbers"}
        One output, the log-odds; the logarithms of probabilities up to what they have in common;
        numbers in units of their spread.
    shift, spread : ndarray of shape (n_outputs,)
        Mean and standard deviation of the model's outputs where they are numbers; else 0 and 1.
    """

    kind: Kind
    shift: FloatArray
    spread: FloatArray

    def outputs(self, own: FloatArray) -> FloatArray:
        """Return outputs on the model's scale, (n_rows, n_outputs)."""
        return np.asarray(self.slopes(own) + self.shift)

    def slopes(self, own: FloatArray) -> FloatArray:
        """Return differences of outputs, or their slopes, on the model's scale."""
        if self.kind == "classes":
            own = own - own.mean(axis=-1, keepdims=True)
        return np.asarray(own * self.spread)

    def targets(self, outputs: FloatArray) -> FloatArray:
        """Return what the network is trained to answer: probabilities, or scaled numbers."""
        if self.kind == "two classes":
            return np.asarray(expit(outputs))
        if self.kind == "classes":
            return np.asarray(softmax(outputs, axis=1))
        return np.asarray((outputs - self.shift) / self.spread)

    def loss(self, own: Any, targets: Any) -> Any:
        """Return the mean loss of a network's outputs as a tensor.

        Cross entropy with the soft labels, or the squared error.
        """
        functional = torch_library().nn.functional
        if self.kind == "two classes":
            return functional.binary_cross_entropy_with_logits(own, targets)
        if self.kind == "classes":
            return functional.cross_entropy(own, targets)
        return functional.mse_loss(own, targets)

    def arrays(self) -> dict[str, FloatArray]:
        """Return shift and spread by name."""
        return {"shift": self.shift, "spread": self.spread}


def head_of(predictor: Predictor, scale: Scale, outputs: FloatArray) -> Head:
    """Return the head of a network that is to answer as a model.

    Parameters
    ----------
    predictor : Predictor
        The model.
    scale : Scale
        On which its outputs are.
    outputs : ndarray of shape (n_rows, n_outputs)
        Some of them.
    """
    n_outputs = outputs.shape[1]
    if scale.link != "identity" or scale.output_space == "log-odds":
        kind: Kind = "two classes" if n_outputs == 1 else "classes"
        if kind == "two classes" or has_probabilities(predictor):
            return Head(kind, frozen_floats(np.zeros(n_outputs)), frozen_floats(np.ones(n_outputs)))
    # Squares of the outputs themselves may be beyond what a number can be, or below.
    largest = np.abs(outputs).max(axis=0, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    spread = unit * (outputs / unit).std(axis=0)
    return Head(
        "numbers",
        frozen_floats(unit * (outputs / unit).mean(axis=0)),
        frozen_floats(np.where(spread > 0, spread, 1.0)),
    )


def restored(kind: Kind, arrays: Mapping[str, FloatArray]) -> Head:
    """Return the head of a stored state."""
    return Head(kind, frozen_floats(arrays["shift"]), frozen_floats(arrays["spread"]))
