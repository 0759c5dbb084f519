"""The methods that explanations of texts are compared by: ours, the package lime, and chance."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from lime.lime_text import LimeTextExplainer

from examples import reviews
from mlflow_explain import HANTextExplainer, TextExplainer
from mlflow_explain.data.texts.cells import as_table
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.text.base import tokens_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain.explanation.tokens import TokenImportance

# Texts that each local linear model is fitted to, ours and the package's.
N_SAMPLES = 1_000
COLUMN = "text"


def _ours(**options: Any) -> Callable[[Any, list[str]], Any]:
    """Return what makes a `TextExplainer`."""

    def make(model: Any, examples: list[str]) -> Any:
        return _tokens(TextExplainer(model, examples, show_progress=False, **options))

    return make


@cache
def _distilled(model: Any) -> Any:
    """Return the engine of a `HANTextExplainer`, trained on all documents that may be seen."""
    return HANTextExplainer(model, reviews.load().train, show_progress=False).choice.engine


def _network(importance: str) -> Callable[[Any, list[str]], Any]:
    """Return what explains by the network; it is trained by the first that asks for it."""

    def make(model: Any, _: list[str]) -> Any:
        engine = replace(_distilled(model), importance=importance)
        return lambda texts: engine.explain(as_table(texts, COLUMN)).tokens

    return make


def _tokens(explainer: Any) -> Callable[[list[str]], TokenImportance]:
    def explain(texts: list[str]) -> TokenImportance:
        found: TokenImportance = explainer.explain_local(texts).require_local().tokens
        return found

    return explain


def _package(model: Any, _: list[str]) -> Callable[[list[str]], TokenImportance]:
    """Return the package lime, whose words are ours at the same places."""
    explainer = LimeTextExplainer(random_state=0, feature_selection="none")

    def explain(texts: list[str]) -> TokenImportance:
        places = tokens_of(texts)
        each = [
            _parts(explainer.explain_instance(
                text, model.predict_proba, labels=(1,), num_features=10_000, num_samples=N_SAMPLES
            ).as_list(label=1), text)
            for text in texts
        ]  # fmt: skip
        words = places.words(texts)
        values = [
            sum(each[row].get(part, 0.0) for part in re.split(r"\W+", word))
            for row, word in zip(places.row.tolist(), words, strict=True)
        ]
        rest = np.zeros((len(texts), 1))
        return tokens_with(places, as_table(texts, COLUMN), COLUMN, np.array(values)[:, None], rest)

    return explain


def _parts(found: list[tuple[str, float]], text: str) -> dict[str, float]:
    """Return what each occurrence of a word has of its coefficient."""
    words = re.split(r"\W+", text)
    return {word: value / max(1, words.count(word)) for word, value in found}


def _by_chance(_model: Any, _examples: list[str]) -> Callable[[list[str]], TokenImportance]:
    """Return another random order than the curves' own."""

    def explain(texts: list[str]) -> TokenImportance:
        places = tokens_of(texts)
        values = np.random.default_rng(1).normal(size=(len(places.row), 1))
        return tokens_with(
            places, as_table(texts, COLUMN), COLUMN, values, np.zeros((len(texts), 1))
        )

    return explain


# The first is what others are correlated with.
METHODS: dict[str, Callable[[Any, list[str]], Any]] = {
    "exact terms, empty text": _ours(method="terms", baseline="empty"),
    "exact terms, background": _ours(method="terms"),
    "masking": _ours(method="masking"),
    "LIME": _ours(method="lime", nsamples=N_SAMPLES),
    "LIME, package": _package,
    "HAN, attention x gradient": _network("attention_gradient"),
    "HAN, attention": _network("attention"),
    "random": _by_chance,
}
EXACT = ("exact terms, empty text", "exact terms, background")
