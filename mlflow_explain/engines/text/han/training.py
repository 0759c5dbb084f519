"""Training of a network on soft labels, with early stopping; and tuning on one document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from mlflow_explain.data.time_limit import current
from mlflow_explain.engines.text.han.library import torch_library
from mlflow_explain.engines.text.han.network import MAX_CELLS, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.engines.text.han.head import Head
    from mlflow_explain.engines.text.han.network import Network
    from mlflow_explain.engines.text.han.vocabulary import Document

# Documents of one step, and the largest gradient of one.
_BATCH = 64
_MAX_GRADIENT = 1.0
_DROPOUT = 0.2


@dataclass(frozen=True, eq=False, slots=True)
class Lessons:
    """Documents, and what the network is to answer for them.

    Parameters
    ----------
    documents : list of Document
        As the network reads them.
    targets : ndarray of shape (n_documents, n_outputs)
        See `Head.targets`.
    """

    documents: list[Document]
    targets: FloatArray


def trained(
    network: Network, head: Head, lessons: Lessons, checks: Lessons, *,
    learning_rate: float, n_epochs: int, patience: int, seed: int, show: bool,
) -> int:  # fmt: skip
    """Train a network in place, until it gets no better, and return the epochs it took.

    Parameters
    ----------
    network : Network
        The network; in the end with the weights that were best on `checks`.
    head : Head
        What is lost by being wrong.
    lessons : Lessons
        What it is trained on.
    checks : Lessons
        What it is measured by after each epoch.
    learning_rate : float
        Of Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980); it falls to zero in a
        straight line.
    n_epochs : int
        At most.
    patience : int
        Epochs without a gain, after which it ends.
    seed : int
        Of the order of the documents, and of what is left out of them.
    show : bool
        Show a progress bar, on a terminal.
    """
    random = np.random.default_rng(seed)
    step = _steps(network, head, learning_rate)
    drop = _dropout(seed, network.device)
    best, kept, waited, epoch = np.inf, network.arrays(), 0, 0
    count = len(lessons.documents)
    quiet = not show or current() is not None
    with tqdm(total=n_epochs * count, unit="document", disable=True if quiet else None) as bar:
        while epoch < n_epochs and waited < patience:
            order = random.permutation(count)
            for first in range(0, count, _BATCH):
                at = order[first : first + _BATCH]
                left = 1.0 - (epoch * count + first) / (n_epochs * count)
                step(_taken(lessons, at), drop, left)
                bar.update(len(at))
            epoch += 1
            loss = loss_of(network, head, checks)
            waited += 1
            if loss < best:
                best, kept, waited = loss, network.arrays(), 0
    network.load(kept)
    return epoch


def tuned(network: Network, head: Head, lessons: Lessons, learning_rate: float, steps: int) -> None:
    """Train a network in place on all of a few documents at once, so many times."""
    step = _steps(network, head, learning_rate)
    for _ in range(steps):
        step(lessons, everything, 1.0)


def loss_of(network: Network, head: Head, lessons: Lessons) -> float:
    """Return the mean loss of a network."""
    torch = torch_library()
    pair = answers(network, lessons.documents), lessons.targets
    return float(head.loss(*(torch.as_tensor(part, device="cpu") for part in pair)))


def answers(network: Network, documents: Sequence[Document]) -> FloatArray:
    """Return a network's own outputs, (n_documents, n_outputs)."""
    torch = torch_library()
    with torch.no_grad():
        parts = [network(part).double().cpu().numpy() for part in parted(documents)]
    return np.concatenate([np.zeros((0, network.n_outputs)), *parts])


def parted(documents: Sequence[Document]) -> list[list[Document]]:
    """Return documents in parts of so many cells, the padding's too; a larger one is by itself."""
    parts: list[list[Document]] = []
    n_sentences = longest = 0
    for document in documents:
        n_sentences += document.n_sentences
        longest = max(longest, document.longest)
        if not parts or n_sentences * longest > MAX_CELLS:
            parts.append([])
            n_sentences, longest = document.n_sentences, document.longest
        parts[-1].append(document)
    return parts


def _steps(network: Network, head: Head, learning_rate: float) -> Any:
    """Return what trains a network by one step on some documents."""
    torch = torch_library()
    weights = list(network.parts.parameters())
    optimizer = torch.optim.Adam(weights, lr=learning_rate)

    def step(lessons: Lessons, drop: Callable[[Any], Any], pace: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = pace * learning_rate
        optimizer.zero_grad()
        first, count = 0, len(lessons.documents)
        # The gradient of all is the sum over parts that memory holds.
        for part in parted(lessons.documents):
            own = network(part, drop)
            some = lessons.targets[first : first + len(part)]
            targets = torch.as_tensor(some, dtype=own.dtype, device=own.device)
            (head.loss(own, targets) * (len(part) / count)).backward()
            first += len(part)
        torch.nn.utils.clip_grad_norm_(weights, _MAX_GRADIENT)
        optimizer.step()

    return step


def _dropout(seed: int, device: str) -> Callable[[Any], Any]:
    """Return what leaves numbers out, drawn by a generator of its own: threads share PyTorch's."""
    torch = torch_library()
    generator = torch.Generator(device).manual_seed(seed)

    def drop(numbers: Any) -> Any:
        stay = torch.empty_like(numbers).bernoulli_(1.0 - _DROPOUT, generator=generator)
        return numbers * (stay / (1.0 - _DROPOUT))

    return drop


def _taken(lessons: Lessons, at: IntArray) -> Lessons:
    return Lessons([lessons.documents[i] for i in at.tolist()], lessons.targets[at])
