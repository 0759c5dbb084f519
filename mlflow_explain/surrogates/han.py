"""Distils a hierarchical attention network from a model of texts.

Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network",
https://arxiv.org/abs/1503.02531.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.clusters import drawn
from mlflow_explain.data.texts.cells import as_table, texts_in
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.base import Refusal
from mlflow_explain.engines.mimic.scale import scale_of
from mlflow_explain.engines.text.han.engine import NAME, HanEngine, Importance
from mlflow_explain.engines.text.han.head import head_of
from mlflow_explain.engines.text.han.library import apart, device_of
from mlflow_explain.engines.text.han.network import Sizes, built
from mlflow_explain.engines.text.han.perturbation import recombined
from mlflow_explain.engines.text.han.teacher import Teacher
from mlflow_explain.engines.text.han.training import Lessons, answers, trained
from mlflow_explain.engines.text.han.tuning import Tuning
from mlflow_explain.engines.text.han.vectors import vectors_of
from mlflow_explain.engines.text.han.vocabulary import documents_of, shortened, vocabulary_of
from mlflow_explain.errors import warn_or_log
from mlflow_explain.explanation._arrays import frozen_floats
from mlflow_explain.surrogates import fidelity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.text.han.head import Head
    from mlflow_explain.engines.text.han.network import Network
    from mlflow_explain.engines.text.han.vocabulary import Vocabulary

# Documents a network is trained on, real ones and made-up ones; made-up ones for each at least,
# rather than more real ones.
MAX_DOCUMENTS = 50_000
_LEAST_COPIES = 4
# A fifth of the distinct ones are held out to measure fidelity, and a tenth of the others tell
# when training is to end; of fewer than these, none.
MIN_TO_HOLD_OUT = 20
MAX_HELD_OUT = 1_000
# Made-up ones for each document that tells when training is to end, of pieces of these only.
_CHECK_COPIES = 2
# Documents to choose the scale by; made-up ones to tell the model by, and their words.
_FEW = 32
_PROBE, _PROBE_WORDS = 16, 20
_N_HIDDEN, _N_DIMENSIONS = 32, 64
# R² below which more of the model is not in the network than is.
_POOR = 0.5
_LEARNING_RATE = 3e-3
# What is drawn at random, each with a generator of its own.
_SPLIT, _COPIES, _MADE_UP = 1, 2, 3

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is distilled, and how it explains.

    Parameters
    ----------
    importance, fine_tune_steps, n_augmentations, max_epochs, patience, min_count, max_sentences, \
max_words, word_vectors, device
        As of `HANTextExplainer`.
    seed : int
        Of all that is drawn at random.
    show_progress : bool
        Show a progress bar, on a terminal.
    """

    importance: Importance = "attention_gradient"
    fine_tune_steps: int = 0
    n_augmentations: int = 16
    max_epochs: int = 6
    patience: int = 3
    min_count: int = 2
    max_sentences: int = 50
    max_words: int = 50
    word_vectors: Any = None
    device: str = "auto"
    seed: int = 0
    show_progress: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """Documents to learn, to tell by when to end, and held out."""

    learnt: list[str]
    checked: list[str]
    held: list[str]


def made(predictor: Predictor, examples: Table, column: str, recipe: Recipe) -> HanEngine | Refusal:
    """Return the engine of a model of texts, or why there is none.

    The documents held out take no part in anything but the measure of fidelity.

    Parameters
    ----------
    predictor : Predictor
        The model, of a table.
    examples : Table
        All initialization examples.
    column : str
        Their column of texts.
    recipe : Recipe
        How.

    Raises
    ------
    MissingLibraryError
        PyTorch is not installed.
    """
    device = device_of(recipe.device)
    others = [name for name in examples.columns if name != column]
    if others:
        return Refusal(NAME, f"it reads one column of texts, and there are others: {others[0]}")
    given = texts_in(examples.data, column)
    texts = [given[i] for i in drawn(len(given), MAX_DOCUMENTS, recipe.seed).tolist()]
    parts = _bounded(_split(texts, recipe.seed), recipe)
    vocabulary = vocabulary_of(parts.learnt, recipe.min_count)
    # A file that cannot be read is found before the model is asked for anything.
    vectors = vectors_of(recipe.word_vectors, vocabulary)
    teacher = _floored(predictor, texts, column)
    head, lessons, checks = _lessons(teacher, vocabulary, parts, recipe)
    network, n_epochs = _network(vocabulary, vectors, head, (lessons, checks), recipe, device)
    probe = _made_up(vocabulary, recipe.seed)
    tuning = Tuning(teacher, recipe.fine_tune_steps, recipe.seed)
    engine = HanEngine(
        column=column,
        network=network,
        head=head,
        vocabulary=vocabulary,
        scale=teacher.scale,
        max_words=recipe.max_words,
        importance=recipe.importance,
        quality={"epochs": float(n_epochs)},
        probe=probe,
        probe_answers=frozen_floats(teacher.answers(probe)),
        tuning=tuning if recipe.fine_tune_steps else None,
    )
    quality = _quality(engine, teacher, parts)
    _tell_if_poor(quality)
    return replace(engine, quality={**engine.quality, **quality})


def _network(
    vocabulary: Vocabulary, vectors: FloatArray | None, head: Head,
    lessons: tuple[Lessons, Lessons], recipe: Recipe, device: str,
) -> tuple[Network, int]:  # fmt: skip
    """Return a trained network, to explain with, and the epochs that took."""
    n_dimensions = _N_DIMENSIONS if vectors is None else vectors.shape[1]
    sizes = Sizes(vocabulary.size, n_dimensions, _N_HIDDEN, lessons[0].targets.shape[1])
    with apart(device):
        network = built(sizes, recipe.seed, device, vectors)
        n_epochs = trained(
            network, head, *lessons,
            learning_rate=_LEARNING_RATE, n_epochs=recipe.max_epochs, patience=recipe.patience,
            seed=recipe.seed, show=recipe.show_progress,
        )  # fmt: skip
        return network.doubled(device), n_epochs


def _floored(predictor: Predictor, texts: list[str], column: str) -> Teacher:
    """Return the teacher, with the least probability that its answers call for."""
    few = as_table(texts[:_FEW], column)
    teacher = Teacher(predictor, scale_of(predictor, few), column)
    return replace(teacher, scale=teacher.scale.floored(teacher.answers(texts)))


def _split(texts: list[str], seed: int) -> _Parts:
    """Return documents to learn, to check, and to hold out; equal ones together."""
    distinct = list(dict.fromkeys(texts))
    count = len(distinct)
    if count < MIN_TO_HOLD_OUT:
        warnings.warn(
            f"The network learns all of {count} distinct documents: how near it is to the model on "
            f"others cannot be told of fewer than {MIN_TO_HOLD_OUT}. Pass more "
            "initialization_examples.",
            stacklevel=7,
        )
        return _Parts(texts, texts, [])
    order = np.random.default_rng([seed, _SPLIT]).permutation(count)
    n_held = min(count // 5, MAX_HELD_OUT)
    n_checked = max(1, min((count - n_held) // 10, MAX_HELD_OUT))
    part = np.full(count, 2)
    part[order[: n_held + n_checked]] = 1
    part[order[:n_held]] = 0
    part_of = dict(zip(distinct, part.tolist(), strict=True))
    held, checked, learnt = ([text for text in texts if part_of[text] == k] for k in range(3))
    return _Parts(learnt, checked, held)


def _bounded(parts: _Parts, recipe: Recipe) -> _Parts:
    """Return the parts with as few documents to learn that there is room for made-up ones."""
    most = MAX_DOCUMENTS // (1 + min(_LEAST_COPIES, recipe.n_augmentations))
    chosen = drawn(len(parts.learnt), most, recipe.seed)
    return replace(parts, learnt=[parts.learnt[i] for i in chosen.tolist()])


def _lessons(
    teacher: Teacher, vocabulary: Vocabulary, parts: _Parts, recipe: Recipe
) -> tuple[Head, Lessons, Lessons]:
    """Return what is learnt and what is checked, made-up ones too, and what is to be answered."""
    random = np.random.default_rng([recipe.seed, _COPIES])
    found = []
    for texts, wanted in ((parts.learnt, recipe.n_augmentations), (parts.checked, _CHECK_COPIES)):
        short = [shortened(text, recipe.max_sentences, recipe.max_words) for text in texts]
        n_copies = min(wanted, recipe.n_augmentations, MAX_DOCUMENTS // len(texts) - 1)
        both = [*short, *recombined(short, max(0, n_copies), random)]
        documents = documents_of(both, tokens_of(both), vocabulary, recipe.max_words)
        found.append((documents, teacher.outputs(both)))
    head = head_of(teacher.predictor, teacher.scale, found[0][1])
    lessons, checks = (Lessons(documents, head.targets(y)) for documents, y in found)
    return head, lessons, checks


def _quality(engine: HanEngine, teacher: Teacher, parts: _Parts) -> dict[str, float]:
    """Return fidelity on documents learnt and held out; what is not defined is left out."""
    figures: dict[str, float | None] = {}
    for ending, texts in (("_train", parts.learnt), ("", parts.held)):
        if not texts:
            continue
        tokens = tokens_of(texts)
        documents = documents_of(texts, tokens, engine.vocabulary, engine.max_words)
        with apart(engine.network.device):
            own = engine.head.outputs(answers(engine.network, documents))
        figures[f"fidelity_r2{ending}"] = fidelity.r2(teacher.outputs(texts), own)
        if teacher.predictor.task == "classification":
            labels = teacher.labels(texts), engine.scale.labels(own)
            figures[f"fidelity_agreement{ending}"] = fidelity.agreement(*labels)
    return {name: figure for name, figure in figures.items() if figure is not None}


def _tell_if_poor(quality: Mapping[str, float]) -> None:
    """Warn of a network that does not follow the model; it took long, so that none is lost."""
    ending, which = ("", "held out") if "fidelity_r2" in quality else ("_train", "trained on")
    r2 = quality.get(f"fidelity_r2{ending}", 1.0)
    if r2 >= _POOR:
        return
    agreement = quality.get(f"fidelity_agreement{ending}")
    same = "" if agreement is None else f", and both predict one class for {agreement:.0%} of them"
    warn_or_log(
        f"The network does not follow the model: on documents {which} its R² is {r2:.2f}{same}. "
        "What it says of words is not what the model does with them. Pass more "
        "initialization_examples, a larger n_augmentations or max_epochs; or explain the model "
        "itself: TextExplainer(..., method='masking').",
        _logger,
        level=7,
    )


def _made_up(vocabulary: Vocabulary, seed: int) -> tuple[str, ...]:
    """Return texts of words at random: those of nobody, so that they may be stored."""
    if not vocabulary.words:
        return ("",)
    random = np.random.default_rng([seed, _MADE_UP])
    drawn_words = random.integers(len(vocabulary.words), size=(_PROBE, _PROBE_WORDS))
    return tuple(" ".join(vocabulary.words[at] for at in row) for row in drawn_words.tolist())
