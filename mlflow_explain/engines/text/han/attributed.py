"""From attention and gradients to attributions, in the model's output space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.data.texts.segments import Tokens
    from mlflow_explain.engines.text.han.gradients import Importances
    from mlflow_explain.engines.text.han.head import Head
    from mlflow_explain.engines.text.han.vocabulary import Document


@dataclass(frozen=True, eq=False, slots=True)
class Attributed:
    """What documents' words and sentences are attributed.

    Parameters
    ----------
    outputs : ndarray of shape (n_documents, n_outputs)
        The network's answers, in the output space.
    words : ndarray of shape (n_words, n_outputs)
        Attributions of words, document by document.
    sentences : ndarray of shape (n_sentences, n_outputs)
        Attributions of sentences, or of their pieces.
    attention : ndarray of shape (n_sentences,)
        Attention to each sentence.
    n_words : ndarray of int, shape (n_sentences,)
        Words of each.
    """

    outputs: FloatArray
    words: FloatArray
    sentences: FloatArray
    attention: FloatArray
    n_words: IntArray

    @classmethod
    def joined(cls, parts: Sequence[Attributed], n_outputs: int) -> Attributed:
        """Put parts one behind the other."""
        none = np.zeros((0, n_outputs))
        return cls(
            outputs=np.concatenate([none, *(part.outputs for part in parts)]),
            words=np.concatenate([none, *(part.words for part in parts)]),
            sentences=np.concatenate([none, *(part.sentences for part in parts)]),
            attention=np.concatenate([np.zeros(0), *(part.attention for part in parts)]),
            n_words=np.concatenate([np.zeros(0, dtype=np.int64), *(p.n_words for p in parts)]),
        )


def attributed(
    found: Importances, documents: Sequence[Document], head: Head, bias: FloatArray, how: str
) -> Attributed:
    """Return attributions that add up: words to their sentence, sentences to the document.

    Of an output y, with attention a to a word in its sentence and b to a sentence in its document:

    - A sentence is attributed ``b * dy/db``. The network's last layer is linear, so these add up
      to the output less its bias: what it answers for a text without words.
    - A word is attributed its share, a, of its sentence's attribution, and ``a * (dy/da - m)``,
      where m is the mean of dy/da in the sentence, weighted by attention: weights sum to one, so
      that more of one word is less of the others. It is the slope of y by the word's attention
      score before the softmax.

    With ``how="attention"`` a word's share of the output less its bias is a * b: all words of a
    document are of the output's sign.

    Parameters
    ----------
    found : Importances
        Attention and slopes.
    documents : sequence of Document
        The documents.
    head : Head
        From the network's outputs to the model's.
    bias : ndarray of shape (n_outputs,)
        The network's own output for a text without words.
    how : {"attention_gradient", "attention"}
        See above.
    """
    n_sentences = np.array([document.n_sentences for document in documents], dtype=np.int64)
    counts = [np.bincount(d.sentence, minlength=d.n_sentences) for d in documents]
    n_words = np.concatenate([np.zeros(0, dtype=np.int64), *counts])
    document = np.repeat(np.arange(len(documents)), n_sentences)
    sentence = np.repeat(np.arange(len(n_words)), n_words)
    a, b = found.word_attention[:, None], found.sentence_attention[:, None]
    if how == "attention":
        sentences = b * (found.outputs - bias)[document]
        words = a * sentences[sentence]
    else:
        sentences = b * found.sentence_slopes
        means = np.zeros_like(sentences)
        np.add.at(means, sentence, a * found.word_slopes)
        words = a * sentences[sentence] + a * (found.word_slopes - means[sentence])
    return Attributed(
        head.outputs(found.outputs), head.slopes(words), head.slopes(sentences),
        found.sentence_attention, n_words,
    )  # fmt: skip


def sentence_table(tokens: Tokens, found: Attributed) -> pd.DataFrame:
    """Return sentences as a table: place, attention and attributions, long ones put together."""
    first = np.cumsum(found.n_words) - found.n_words
    table = pd.DataFrame({"row": tokens.row[first], "sentence": tokens.sentence[first]})
    table["start"] = tokens.start[first]
    table["end"] = tokens.end[first + found.n_words - 1]
    table["attention"] = found.attention
    count = found.sentences.shape[1]
    names = ["value"] if count == 1 else [f"value_{i}" for i in range(count)]
    table[names] = found.sentences
    how = {"start": "min", "end": "max"}
    each = {name: how.get(name, "sum") for name in ("start", "end", "attention", *names)}
    return table.groupby(["row", "sentence"], as_index=False).agg(each)
