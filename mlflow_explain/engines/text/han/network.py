"""The network: words to sentences to a document, with attention to both.

Yang, Yang, Dyer, He, Smola and Hovy 2016, "Hierarchical attention networks for document
classification", https://doi.org/10.18653/v1/N16-1174.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines.text.han.library import torch_library
from mlflow_explain.engines.text.han.vocabulary import PADDING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.engines.text.han.vocabulary import Document

# Cells of padded sentences that are read at a time.
MAX_CELLS = 20_000
# Where nothing stands, attention is the exponential of this: zero, and its gradient is no NaN.
_NOWHERE = -1e30


def everything(numbers: Any) -> Any:
    """Leave nothing out."""
    return numbers


@dataclass(frozen=True, slots=True)
class Sizes:
    """How wide the network is.

    Parameters
    ----------
    n_words : int
        Numbers of words.
    n_dimensions : int
        Of the vector of a word.
    n_hidden : int
        Units of each direction of both recurrent layers; attention has twice as many.
    n_outputs : int
        Outputs.
    """

    n_words: int
    n_dimensions: int
    n_hidden: int
    n_outputs: int


@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """What the network makes of documents, as tensors.

    Parameters
    ----------
    outputs : of shape (n_documents, n_outputs)
        Its answers.
    attention : of shape (n_documents, n_sentences)
        Weights of sentences: they sum to one, and to zero for a document without words.
    """

    outputs: Any
    attention: Any


@dataclass(frozen=True, eq=False)
class Network:
    """A hierarchical attention network.

    Parameters
    ----------
    parts : torch.nn.ModuleDict
        Its layers.
    """

    parts: Any

    def words(
        self, ids: Any, lengths: Any, drop: Callable[[Any], Any] = everything
    ) -> tuple[Any, Any]:
        """Return states of words, (n_sentences, n_words, 2 * n_hidden), and their attention.

        Parameters
        ----------
        ids : torch.Tensor of shape (n_sentences, n_words)
            Numbers of the words, padded.
        lengths : torch.Tensor of shape (n_sentences,)
            Words of each sentence, on the CPU.
        drop : callable
            Leaves out some numbers of the words' vectors, as training does.
        """
        nn = torch_library().nn
        if not len(ids):
            wide = self.parts["output"].in_features
            none = self.parts["output"].weight.new_zeros((0, ids.shape[1], wide))
            return none, none[..., 0]
        vectors = drop(self.parts["embedding"](ids))
        packed = nn.utils.rnn.pack_padded_sequence(
            vectors, lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.parts["words"](packed)[0], batch_first=True, total_length=ids.shape[1]
        )
        return states, self._attention("word_attention", states, ids != PADDING)

    def document(self, sentences: Any, lengths: Any) -> Read:
        """Return what the network makes of documents of sentences.

        Parameters
        ----------
        sentences : torch.Tensor of shape (n_documents, n_sentences, 2 * n_hidden)
            Vectors of the sentences, padded.
        lengths : torch.Tensor of shape (n_documents,)
            Sentences of each document, on the CPU.
        """
        torch = torch_library()
        rnn = torch.nn.utils.rnn
        # An empty document counts as one sentence of zeros, to which no attention is paid.
        packed = rnn.pack_padded_sequence(
            sentences, lengths.clamp(min=1), batch_first=True, enforce_sorted=False
        )
        states, _ = rnn.pad_packed_sequence(
            self.parts["sentences"](packed)[0], batch_first=True, total_length=sentences.shape[1]
        )
        place = torch.arange(sentences.shape[1], device=sentences.device)
        there = place < lengths.to(sentences.device)[:, None]
        attention = self._attention("sentence_attention", states, there)
        whole = (attention[..., None] * states).sum(dim=1)
        return Read(self.parts["output"](whole), attention)

    def __call__(
        self, documents: Sequence[Document], drop: Callable[[Any], Any] = everything
    ) -> Any:
        """Return the outputs for documents, (n_documents, n_outputs)."""
        batch = Batch.of(documents)
        ids, lengths = self.tensors(batch.ids, batch.n_words)
        states, attention = self.words(ids, lengths, drop)
        vectors = (attention[..., None] * states).sum(dim=1)
        return self.document(*self.arranged(drop(vectors), batch)).outputs

    def tensors(self, ids: AnyArray, lengths: AnyArray) -> tuple[Any, Any]:
        """Return padded numbers of words on the network's device, and their counts on the CPU."""
        torch = torch_library()
        like = self.parts["output"].weight
        return torch.as_tensor(ids, device=like.device), torch.as_tensor(lengths, device="cpu")

    def arranged(self, vectors: Any, batch: Batch) -> tuple[Any, Any]:
        """Return vectors of sentences by document, padded with zeros, and their counts."""
        torch = torch_library()
        shape = (len(batch.n_sentences), max(1, int(batch.n_sentences.max(initial=0))))
        padded = vectors.new_zeros((*shape, vectors.shape[1]))
        at = tuple(torch.as_tensor(part, device=vectors.device) for part in batch.where)
        counts = torch.as_tensor(batch.n_sentences, device="cpu")
        return padded.index_put(at, vectors), counts

    def doubled(self, device: str = "cpu") -> Network:
        """Return a copy to explain: in double precision, without gradients of its weights."""
        parts = copy.deepcopy(self.parts).to(device).double()
        return Network(parts.requires_grad_(False))

    def copied(self) -> Network:
        """Return a copy to train: in single precision."""
        return Network(copy.deepcopy(self.parts).float().requires_grad_(True))

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return int(self.parts["output"].out_features)

    @property
    def bias(self) -> FloatArray:
        """Its outputs for a text without words, (n_outputs,)."""
        return np.asarray(self.parts["output"].bias.detach().cpu().double().numpy())

    @property
    def device(self) -> str:
        """Where its weights are: ``"cpu"`` or ``"cuda"``."""
        return str(self.parts["output"].weight.device.type)

    def load(self, arrays: Mapping[str, FloatArray]) -> None:
        """Take weights, in place."""
        torch = torch_library()
        self.parts.load_state_dict({
            name: torch.tensor(array, device="cpu") for name, array in arrays.items()
        })  # fmt: skip

    def arrays(self) -> dict[str, FloatArray]:
        """Return the weights by name."""
        return {
            name: weight.detach().cpu().float().numpy().copy()
            for name, weight in self.parts.state_dict().items()
        }

    def _attention(self, name: str, states: Any, there: Any) -> Any:
        """Return weights that sum to one over what there is, (n, n_places)."""
        torch = torch_library()
        likeness = self.parts[name](states)[..., 0].masked_fill(~there, _NOWHERE)
        return torch.softmax(likeness, dim=1) * there


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Documents side by side, as arrays.

    Parameters
    ----------
    ids : ndarray of int, shape (n_sentences, n_words)
        Sentences of all documents, padded.
    n_words : ndarray of int, shape (n_sentences,)
        Words of each.
    n_sentences : ndarray of int, shape (n_documents,)
        Sentences of each document.
    where : pair of ndarray of int, shape (n_sentences,)
        Document of each sentence, and its place there.
    """

    ids: AnyArray
    n_words: AnyArray
    n_sentences: AnyArray
    where: tuple[AnyArray, AnyArray]

    @property
    def sentence_of_words(self) -> AnyArray:
        """The sentence, of all documents', that each word stands in; (n_words,)."""
        return np.repeat(np.arange(len(self.n_words)), self.n_words)

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Batch:
        """Put documents side by side; where none has a word, there is one of padding."""
        counts = np.array([document.n_sentences for document in documents], dtype=np.int64)
        first = np.cumsum(counts) - counts
        parts = [d.sentence + at for d, at in zip(documents, first, strict=True)]
        sentence = np.concatenate([np.zeros(0, dtype=np.int64), *parts])
        place = np.concatenate([np.zeros(0, dtype=np.int64), *(d.place for d in documents)])
        n_words = np.bincount(sentence, minlength=int(counts.sum()))
        ids = np.full((len(n_words), int(n_words.max(initial=1))), PADDING)
        ids[sentence, place] = np.concatenate([np.zeros(0, np.int64), *(d.ids for d in documents)])
        document = np.repeat(np.arange(len(documents)), counts)
        where = document, np.arange(len(n_words)) - np.repeat(first, counts)
        return cls(ids, n_words, counts, where)


def built(
    sizes: Sizes, seed: int, device: str = "cpu", vectors: FloatArray | None = None
) -> Network:
    """Return a network with weights at random.

    Parameters
    ----------
    sizes : Sizes
        How wide it is.
    seed : int
        Of the weights.
    device : str
        Where its weights are.
    vectors : ndarray of shape (n_words, n_dimensions), optional
        Vectors of words; a row of NaN is drawn at random.
    """
    network = _empty(sizes, device)
    shapes = {name: tuple(weight.shape) for name, weight in network.parts.state_dict().items()}
    network.load(_drawn(shapes, sizes, np.random.default_rng(seed), vectors))
    return network


def of_arrays(arrays: Mapping[str, FloatArray]) -> Network:
    """Return the network of stored weights, to explain with, on the CPU."""
    n_words, n_dimensions = arrays["embedding.weight"].shape
    n_outputs, wide = arrays["output.weight"].shape
    network = _empty(Sizes(n_words, n_dimensions, wide // 2, n_outputs), "cpu")
    network.load(arrays)
    return network.doubled()


def _empty(sizes: Sizes, device: str) -> Network:
    """Return a network whose weights are yet to be loaded."""
    torch = torch_library()
    nn = torch.nn
    # Not the defaults, which the user may have set. Without numbers, nothing is drawn at random
    # from PyTorch's generator, which other threads use as well.
    like = {"device": "meta", "dtype": torch.float32}
    wide = 2 * sizes.n_hidden

    def attention() -> Any:
        return nn.Sequential(
            nn.Linear(wide, wide, **like), nn.Tanh(), nn.Linear(wide, 1, bias=False, **like)
        )

    def recurrent(n_inputs: int) -> Any:
        return nn.GRU(n_inputs, sizes.n_hidden, batch_first=True, bidirectional=True, **like)

    parts = nn.ModuleDict({
        "embedding": nn.Embedding(
            sizes.n_words, sizes.n_dimensions, padding_idx=PADDING, **like
        ),
        "words": recurrent(sizes.n_dimensions),
        "word_attention": attention(),
        "sentences": recurrent(wide),
        "sentence_attention": attention(),
        "output": nn.Linear(wide, sizes.n_outputs, **like),
    })  # fmt: skip
    return Network(parts.to_empty(device=device))


def _drawn(
    shapes: Mapping[str, tuple[int, ...]], sizes: Sizes, random: np.random.Generator,
    vectors: FloatArray | None,
) -> dict[str, FloatArray]:  # fmt: skip
    """Return weights by name: of words normal, else uniform up to 1 / sqrt(inputs of a unit)."""
    found = {}
    for name, shape in shapes.items():
        if name == "embedding.weight":
            drawn = random.normal(scale=0.1, size=shape)
            drawn[PADDING] = 0.0
            if vectors is not None:
                known = np.isfinite(vectors).all(axis=1)
                drawn[known] = vectors[known]
        else:
            # A recurrent layer's units take their own states; all others take both directions'.
            is_recurrent = name.startswith(("words.", "sentences."))
            most = (sizes.n_hidden if is_recurrent else 2 * sizes.n_hidden) ** -0.5
            drawn = random.uniform(-most, most, size=shape)
        found[name] = drawn
    return found
