"""Tunes a copy of the network on one document, by what the model answers for copies of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.text.han.perturbation import perturbed
from mlflow_explain.engines.text.han.training import Lessons, tuned
from mlflow_explain.engines.text.han.vocabulary import documents_of

if TYPE_CHECKING:
    from mlflow_explain.engines.text.han.engine import HanEngine
    from mlflow_explain.engines.text.han.network import Network
    from mlflow_explain.engines.text.han.teacher import Teacher

# Copies of a document that the model is asked about; fewer of a long one, of these words at most.
N_COPIES = 32
_MAX_WORDS = 20_000
_LEARNING_RATE = 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class Tuning:
    """How a network is tuned on each document.

    Parameters
    ----------
    teacher : Teacher
        Asks the model, about the document and some 30 copies that lack words or sentences.
    steps : int
        Steps of training, all copies at once.
    seed : int
        Of what the copies lack.
    """

    teacher: Teacher
    steps: int
    seed: int

    def __call__(self, engine: HanEngine, text: str) -> Network:
        """Return the engine's network, tuned on a document; a copy. Gradients have to be on."""
        n_words = len(tokens_of([text]).row)
        random = np.random.default_rng(self.seed)
        n_copies = max(1, min(N_COPIES, _MAX_WORDS // max(1, n_words)))
        texts = [text, *perturbed([text], n_copies, random)]
        documents = documents_of(texts, tokens_of(texts), engine.vocabulary, engine.max_words)
        targets = engine.head.targets(self.teacher.outputs(texts))
        network = engine.network.copied()
        tuned(network, engine.head, Lessons(documents, targets), _LEARNING_RATE, self.steps)
        return network.doubled(network.device)
