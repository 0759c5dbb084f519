"""Explains a hierarchical attention network in the place of a model of texts.

The network is distilled from the model; how near it is, is its fidelity, kept with each
explanation. PyTorch is imported only where there is something to compute.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mlflow_explain.data.texts.cells import as_table, texts_in
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.base import EngineRow, EngineState, nested, only_made_by, under
from mlflow_explain.engines.choice import answers_alike
from mlflow_explain.engines.mimic.scale import Scale
from mlflow_explain.engines.text.base import left_over, tokens_with
from mlflow_explain.engines.text.han import head as heads
from mlflow_explain.engines.text.han import network as networks
from mlflow_explain.engines.text.han.attributed import Attributed, attributed, sentence_table
from mlflow_explain.engines.text.han.gradients import importances
from mlflow_explain.engines.text.han.library import apart
from mlflow_explain.engines.text.han.training import parted
from mlflow_explain.engines.text.han.vocabulary import Vocabulary, documents_of
from mlflow_explain.errors import ExplainError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from mlflow_explain._typing import FloatArray, OutputSpace
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.texts.segments import Tokens
    from mlflow_explain.engines.text.han.head import Head
    from mlflow_explain.engines.text.han.network import Network
    from mlflow_explain.engines.text.han.tuning import Tuning
    from mlflow_explain.engines.text.han.vocabulary import Document

NAME = "text han"

Importance: TypeAlias = Literal["attention_gradient", "attention"]
IMPORTANCES = ("attention_gradient", "attention")


@dataclass(frozen=True, eq=False, repr=False)
class HanEngine:
    """Attributions of a network's output to the words of documents.

    Parameters
    ----------
    column : str
        Column of the texts.
    network : Network
        In double precision, as it was trained.
    head : Head
        From its outputs to those of the model.
    vocabulary : Vocabulary
        The words it knows.
    scale : Scale
        What of the model it was trained on.
    max_words : int
        Words of a sentence, before it is cut.
    importance : {"attention_gradient", "attention"}
        How words are valued.
    quality : mapping of str to float
        Its fidelity, by the names of a mimic's: ``fidelity_r2``, on documents held out, ...
    probe : tuple of str
        Made-up texts to tell the model by.
    probe_answers : ndarray of shape (n_probe, n_answers)
        The model's answers for them.
    tuning : Tuning or None
        Tunes a copy of the network on each document explained. It asks the model, so it is not
        stored.
    """

    column: str
    network: Network
    head: Head
    vocabulary: Vocabulary
    scale: Scale
    max_words: int
    importance: Importance
    quality: Mapping[str, float]
    probe: tuple[str, ...]
    probe_answers: FloatArray
    tuning: Tuning | None = None
    name: str = field(default=NAME, init=False)
    lowercase: bool = field(default=True, init=False)
    tolerance: float = field(default=math.inf, init=False)
    feature_perturbation: None = field(default=None, init=False)

    def __repr__(self) -> str:
        """Name the words known and the fidelity."""
        known = self.quality.get("fidelity_r2", self.quality.get("fidelity_r2_train", math.nan))
        words = len(self.vocabulary.words)
        return f"<HanEngine: {words:,} words, R2 {known:.3f} on the {self.scale.output_space}>"

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the attributions."""
        return self.scale.output_space

    @property
    def base_values(self) -> FloatArray:
        """What the network answers for a text without words, (n_outputs,)."""
        return frozen_floats(self.head.outputs(self.network.bias))

    def explain(self, rows: pd.DataFrame) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs), with those of tokens."""
        texts = texts_in(rows, self.column)
        tokens = tokens_of(texts)
        found = self.attributed(texts, tokens)
        base = self.base_values
        whole = found.outputs - base
        # A tuned network answers something else for a text without words than the base value.
        rest = np.zeros_like(whole)
        if self.tuning is not None:
            rest = left_over(whole, tokens, found.words)
        values = np.zeros((len(rows), rows.shape[1], len(base)))
        values[:, list(rows.columns).index(self.column)] = whole
        of_tokens = tokens_with(tokens, rows, self.column, found.words, rest)
        return LocalImportance(values, base, tokens=of_tokens)

    def sentences(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return what each sentence is attributed, a row each; see `HANTextExplainer.sentences`."""
        texts = texts_in(rows, self.column)
        tokens = tokens_of(texts)
        return sentence_table(tokens, self.attributed(texts, tokens))

    def attributed(self, texts: Sequence[str], tokens: Tokens) -> Attributed:
        """Return outputs, attributions of words, and those of sentences."""
        documents = documents_of(texts, tokens, self.vocabulary, self.max_words)
        # Gradients are on, whatever the user has turned off.
        with apart(self.network.device):
            if self.tuning is None:
                parts = [self._attributed(self.network, part) for part in parted(documents)]
            else:
                each = zip(texts, documents, strict=True)
                parts = [self._attributed(self.tuning(self, text), [own]) for text, own in each]
        return Attributed.joined(parts, len(self.base_values))

    def _attributed(self, network: Network, documents: list[Document]) -> Attributed:
        found = importances(network, documents)
        return attributed(found, documents, self.head, network.bias, self.importance)

    def state(self) -> EngineState:
        """Return the weights, the vocabulary, and made-up texts with the model's answers."""
        return EngineState(
            settings={
                "column": self.column,
                "head": self.head.kind,
                "scale": self.scale.settings(),
                "max_words": self.max_words,
                "importance": self.importance,
                "quality": dict(self.quality),
            },
            arrays={
                **nested("network.", self.network.arrays()),
                **nested("head.", self.head.arrays()),
                "probe_answers": self.probe_answers,
            },
            texts={
                "vocabulary.json": self.vocabulary.text(),
                "probe.json": json.dumps(self.probe),
            },
        )


def restore(state: EngineState, _: Predictor | None = None) -> HanEngine:
    """Return the engine of a stored state, on the CPU.

    Raises
    ------
    MissingLibraryError
        PyTorch is not installed.
    """
    settings = state.settings
    with apart():
        network = networks.of_arrays(under(state.arrays, "network."))
    return HanEngine(
        column=settings["column"],
        network=network,
        head=heads.restored(settings["head"], under(state.arrays, "head.")),
        vocabulary=Vocabulary.of_text(state.texts["vocabulary.json"]),
        scale=Scale(**settings["scale"]),
        max_words=int(settings["max_words"]),
        importance=settings["importance"],
        quality=settings["quality"],
        probe=tuple(json.loads(state.texts["probe.json"])),
        probe_answers=frozen_floats(state.arrays["probe_answers"]),
    )


def scores(engine: HanEngine, predictor: Predictor, rows: pd.DataFrame) -> FloatArray:
    """Return the model's own output in the engine's output space, (n_rows, n_outputs)."""
    return engine.scale.outputs(predictor, rows)


def made_of(engine: HanEngine, predictor: Predictor, rows: pd.DataFrame) -> bool:
    """Whether a model answers made-up texts as the one that the network was distilled from."""
    del rows
    try:
        answers = engine.scale.answers(predictor, as_table(engine.probe, engine.column))
    except ExplainError:
        return False
    return answers_alike(answers, engine.probe_answers)


ROW = EngineRow(NAME, only_made_by("HANTextExplainer", NAME), restore, scores, made_of=made_of)
