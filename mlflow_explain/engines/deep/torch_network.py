"""A module of PyTorch: its outputs and their gradients.

Nothing of the user's is touched: a copy that shares the weights is put into evaluation mode, and
its weights ask for no gradient. Threads may share it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_a
from mlflow_explain.engines.deep.cells import dtype_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray


@dataclass(frozen=True, eq=False)
class TorchNetwork:
    """A module, asked in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Module
        The user's own.
    takes_indices : bool
        It takes whole numbers, of which there is no gradient.
    """

    module: Any
    takes_indices: bool = False
    library: str = "torch"

    @cached_property
    def dtype(self) -> Any:
        """The type of numbers to make rows of."""
        is_double = str(self._like.dtype) == "torch.float64"
        return dtype_of(takes_indices=self.takes_indices, is_double=is_double)

    def answer(self, points: AnyArray) -> Any:
        """Return what the module answers: a tensor, if it is one to be explained."""
        import torch

        with torch.no_grad():
            answer = self._copy(self._tensor(points))
        return answer.double().cpu().numpy() if isinstance(answer, torch.Tensor) else answer

    def gradients(self, points: AnyArray) -> AnyArray:
        """Return the slopes of each output at points, (n_outputs, n_points, n_features)."""
        import torch

        # A user who explains while gradients are off, or in inference mode, gets them all the same.
        with torch.inference_mode(False), torch.enable_grad():
            return slopes(self._copy, self._tensor(points))

    def bytes_per_point(self, points: AnyArray) -> int:
        """Return how much is held for each point until its gradient is known."""
        width = points.shape[1]
        if width not in self._held:
            one, more = (self._kept(points[:1].repeat(n, axis=0)) for n in (1, 9))
            self._held[width] = (more - one) // 8
        return self._held[width]

    @cached_property
    def _held(self) -> dict[int, int]:
        return {}

    def _kept(self, points: AnyArray) -> int:
        """Return the bytes of all tensors kept for the gradient."""
        import torch

        sizes: list[int] = []

        def pack(tensor: Any) -> Any:
            sizes.append(tensor.nbytes)
            return tensor

        hooks = torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor)
        with torch.inference_mode(False), torch.enable_grad(), hooks:
            self._copy(self._tensor(points).requires_grad_().clone())
        return sum(sizes)

    @cached_property
    def _copy(self) -> Any:
        import torch

        if _is_exported(self.module):
            # It computes as it did when it was exported: there is no mode to change.
            return self.module
        with torch.inference_mode(False):
            return _in_evaluation(self.module)

    @cached_property
    def _like(self) -> Any:
        return _weights(self._copy)

    def _tensor(self, points: AnyArray) -> Any:
        import torch

        dtype = torch.int64 if self.takes_indices else self._like.dtype
        # A copy: a module may write to what it is given.
        return torch.tensor(points, dtype=dtype, device=self._like.device)


def slopes(call: Callable[[Any], Any], points: Any) -> AnyArray:
    """Return the slopes of each output at a tensor of points, by PyTorch.

    Parameters
    ----------
    call : callable
        ``(n_points, n_features) -> (n_points,) or (n_points, n_outputs)``, tensors.
    points : torch.Tensor of shape (n_points, n_features)
        Where to ask.

    Returns
    -------
    ndarray of shape (n_outputs, n_points, n_features)
        Zero where an output does not depend on the points by steps that have a gradient.
    """
    import torch

    points.requires_grad_()
    # A module may write to what it is given, but not to what gradients are asked for.
    outputs = call(points.clone()).reshape(len(points), -1)
    if not outputs.requires_grad:
        return np.zeros((outputs.shape[1], *points.shape))
    found = []
    # Points do not know of each other: the slopes of the sum are those of each.
    for sums in outputs.sum(dim=0).unbind():
        (slope,) = torch.autograd.grad(sums, points, retain_graph=True, allow_unused=True)
        found.append(torch.zeros_like(points) if slope is None else slope)
    together = torch.stack(found).detach()
    narrow = together.dtype not in {torch.float32, torch.float64}
    return np.asarray((together.float() if narrow else together).cpu().numpy())


def _in_evaluation(module: Any) -> Any:
    """Return a copy in evaluation mode that shares the weights, which ask for no gradient."""
    import torch

    shared: dict[int, Any] = {}
    for part in module.modules():
        own = [*vars(part).values(), *part.buffers(recurse=False)]
        shared |= {id(t): t.detach() for t in own if isinstance(t, torch.Tensor)}
        for weight in part.parameters(recurse=False):
            shared[id(weight)] = torch.nn.Parameter(weight.detach(), requires_grad=False)
    copied = copy.deepcopy(getattr(module, "_orig_mod", module), shared).eval()
    for part in copied.modules():
        if is_a(part, "torch", "RNNBase"):
            # On a GPU recurrent layers have gradients only in training mode, where without dropout
            # they answer the same.
            part.dropout = 0.0
            part.train()
    return copied


def _is_exported(module: Any) -> bool:
    """Whether a module is that of an exported program: it refuses to change its mode."""
    return is_a(module, "torch", "GraphModule") and "eval" in vars(module)


def _weights(module: Any) -> Any:
    """Return a tensor of floating numbers of the module's, or any where it has none."""
    import torch

    found = [*module.parameters(), *module.buffers()]
    return next((t for t in found if t.is_floating_point()), torch.zeros(0))
