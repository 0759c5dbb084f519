"""A model of Keras 3: its outputs and their gradients, on TensorFlow or PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines.deep import torch_network
from mlflow_explain.engines.deep.cells import dtype_of
from mlflow_explain.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray


@dataclass(frozen=True, eq=False)
class KerasNetwork:
    """A model, called as at inference.

    Parameters
    ----------
    module : keras.Model
        The user's own; calling it so changes nothing in it.
    takes_indices : bool
        It takes whole numbers, of which there is no gradient.
    """

    module: Any
    takes_indices: bool = False
    library: str = "keras"

    @cached_property
    def dtype(self) -> Any:
        """The type of numbers to make rows of."""
        is_double = any(str(weight.dtype) == "float64" for weight in self.module.weights)
        return dtype_of(takes_indices=self.takes_indices, is_double=is_double)

    def answer(self, points: AnyArray) -> Any:
        """Return what the model answers: an array, if it is one to be explained."""
        import keras

        answer = self.module(_tensor(points.astype(self.dtype)), training=False)
        if not keras.ops.is_tensor(answer):
            return answer
        return keras.ops.convert_to_numpy(keras.ops.cast(answer, "float64"))

    def gradients(self, points: AnyArray) -> AnyArray:
        """Return the slopes of each output at points, (n_outputs, n_points, n_features)."""
        import keras

        tensor = _tensor(points.astype(self.dtype))
        backend = keras.backend.backend()
        if backend == "torch":
            return self._by_torch(tensor)
        if backend == "tensorflow":
            return np.asarray(self._by_tensorflow(tensor))
        raise UnsupportedModelError(
            "a model of Keras on TensorFlow or PyTorch",
            f"one on {backend}",
            "KernelExplainer asks it from outside.",
        )

    def bytes_per_point(self, _: AnyArray) -> int:
        """Return zero: what Keras holds until a gradient is known is not known."""
        return 0

    @cached_property
    def _graphs(self) -> dict[int, Callable[[Any], Any]]:
        return {}

    def _by_tensorflow(self, points: Any) -> Any:
        import tensorflow as tf

        if self.module.run_eagerly:
            return self._tape(points)
        width = points.shape[1]
        if width not in self._graphs:
            # A graph is nine times as fast, and one serves any number of points.
            any_points = tf.TensorSpec([None, width], points.dtype)
            self._graphs[width] = tf.function(self._tape, input_signature=[any_points])
        return self._graphs[width](points)

    def _tape(self, points: Any) -> Any:
        import tensorflow as tf

        with tf.GradientTape(persistent=True) as tape:
            tape.watch(points)
            # Points do not know of each other: the slopes of the sum are those of each.
            sums = tf.unstack(tf.reduce_sum(self._outputs(points), axis=0))
        none = tf.UnconnectedGradients.ZERO
        return tf.stack([tape.gradient(s, points, unconnected_gradients=none) for s in sums])

    def _by_torch(self, points: Any) -> AnyArray:
        import torch

        with torch.inference_mode(False), torch.enable_grad():
            return torch_network.slopes(self._outputs, points)

    def _outputs(self, points: Any) -> Any:
        outputs = self.module(points, training=False)
        return outputs if len(outputs.shape) == 2 else outputs[:, None]


def _tensor(points: AnyArray) -> Any:
    import keras

    return keras.ops.convert_to_tensor(points)
