"""Importances of words and sentences: attention, times the gradient of the output by it.

Attention alone says where the network looked, not what it made of it: Serrano and Smith 2019, "Is
attention interpretable?", https://doi.org/10.18653/v1/P19-1282.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines.text.han.library import torch_library
from mlflow_explain.engines.text.han.network import MAX_CELLS, Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.engines.text.han.network import Network
    from mlflow_explain.engines.text.han.vocabulary import Document


@dataclass(frozen=True, eq=False, slots=True)
class Importances:
    """What some documents' words and sentences are to a network's own outputs.

    Words, and sentences, are document by document, in their order. With the attention of a word
    among those of its sentence a, and that of a sentence among those of its document b, an output
    y has the slopes dy/da and dy/db, all else in the network being what follows from them.

    Parameters
    ----------
    outputs : ndarray of shape (n_documents, n_outputs)
        Outputs y.
    word_attention : ndarray of shape (n_words,)
        Attention a to each word: sums to one over a sentence.
    word_slopes : ndarray of shape (n_words, n_outputs)
        dy/da.
    sentence_attention : ndarray of shape (n_sentences,)
        Attention b to each sentence: sums to one over a document.
    sentence_slopes : ndarray of shape (n_sentences, n_outputs)
        dy/db.
    """

    outputs: FloatArray
    word_attention: FloatArray
    word_slopes: FloatArray
    sentence_attention: FloatArray
    sentence_slopes: FloatArray


def importances(network: Network, documents: Sequence[Document]) -> Importances:
    """Return what words and sentences are to a network's outputs.

    The words of a document are read some sentences at a time, so that memory is bounded by the
    states of its words, not by what their gradients take.

    Parameters
    ----------
    network : Network
        One in double precision, without gradients of its weights.
    documents : sequence of Document
        At least one.
    """
    torch = torch_library()
    batch = Batch.of(documents)
    with torch.no_grad():
        states, attention = _states(network, batch)
    vectors = _sums(attention[:, None] * states, batch).requires_grad_()
    padded, lengths = network.arranged(vectors, batch)
    read = network.document(padded, lengths)
    at = tuple(torch.as_tensor(part, device=vectors.device) for part in batch.where)
    by_word, by_sentence = [], []
    sentence = torch.as_tensor(batch.sentence_of_words, device=vectors.device)
    for k in range(network.n_outputs):
        slopes = torch.autograd.grad(
            read.outputs[:, k].sum(), (vectors, read.attention), retain_graph=True
        )
        by_word.append((states * slopes[0][sentence]).sum(dim=1))
        by_sentence.append(slopes[1][at])
    return Importances(
        _array(read.outputs),
        _array(attention),
        _array(torch.stack(by_word, dim=1)),
        _array(read.attention[at]),
        _array(torch.stack(by_sentence, dim=1)),
    )


def _states(network: Network, batch: Batch) -> tuple[Any, Any]:
    """Return states of all words, (n_words, 2 * n_hidden), and their attention, (n_words,)."""
    torch = torch_library()
    found = []
    n_cells = max(1, batch.ids.shape[1])
    step = max(1, MAX_CELLS // n_cells)
    for first in range(0, max(1, len(batch.ids)), step):
        counts = batch.n_words[first : first + step]
        ids = batch.ids[first : first + step, : int(counts.max(initial=1))]
        states, attention = network.words(*network.tensors(ids, counts))
        there = torch.as_tensor(np.arange(ids.shape[1]) < counts[:, None], device=states.device)
        found.append((states[there], attention[there]))
    return torch.cat([part for part, _ in found]), torch.cat([part for _, part in found])


def _sums(words: Any, batch: Batch) -> Any:
    """Return sums over the words of each sentence, (n_sentences, 2 * n_hidden)."""
    torch = torch_library()
    sentence = torch.as_tensor(batch.sentence_of_words, device=words.device)
    return words.new_zeros((len(batch.n_words), words.shape[1])).index_add(0, sentence, words)


def _array(tensor: Any) -> FloatArray:
    return np.asarray(tensor.detach().cpu().double().numpy())
