"""PyTorch, imported when it is needed, and used so that the user's own settings stay."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from mlflow_explain.errors import InvalidInputError, MissingLibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEVICES = ("auto", "cpu", "cuda")

# Threads of this process within `apart`, and how many threads PyTorch had before the first of them.
_lock = Lock()
_n_within = 0
_n_before = 1


def torch_library() -> Any:
    """Return the module `torch`.

    Raises
    ------
    MissingLibraryError
        It is not installed.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            "torch to be installed, which HANTextExplainer and what it saved need",
            "none",
            "`pip install mlflow-explain[torch]`.",
        ) from error
    return torch


def device_of(name: str) -> str:
    """Return the device to train on: ``"cpu"`` or ``"cuda"``."""
    has_cuda = bool(torch_library().cuda.is_available())
    if name == "auto":
        return "cuda" if has_cuda else "cpu"
    if name == "cuda" and not has_cuda:
        raise InvalidInputError(
            "a CUDA device, as device='cuda' asks for",
            "none that PyTorch finds",
            "Pass device='auto' or device='cpu'.",
        )
    return name


@contextmanager
def apart(device: str = "cpu") -> Iterator[None]:
    """Compute with gradients on, whatever modes the user has set; they stay as they are.

    On one thread: layers this small gain nothing from more, and sums do not depend on how many
    there are. Nothing within may draw from PyTorch's own generators, which all threads share. Not
    to be entered twice by one thread.
    """
    torch = torch_library()
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast(device, enabled=False))
        stack.enter_context(_on_one_thread())
        yield


@contextmanager
def _on_one_thread() -> Iterator[None]:
    """Set PyTorch to one thread, and back to what the first who did so has found."""
    global _n_within, _n_before  # noqa: PLW0603 - as global as PyTorch's own setting
    torch = torch_library()
    with _lock:
        # To ask comes first: a new thread that has not asked takes what another sets later. What it
        # finds may be the one thread that another has set in here.
        found = torch.get_num_threads()
        if not _n_within:
            _n_before = found
        _n_within += 1
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _n_within -= 1
            torch.set_num_threads(_n_before)
