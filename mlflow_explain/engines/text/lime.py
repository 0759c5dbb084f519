"""Explains any model of texts by linear models of which words are there: LIME.

Ribeiro, Singh and Guestrin 2016, https://doi.org/10.1145/2939672.2939778. Samples are the document
without some of its words, all occurrences of a word at a time; a sample weighs the more, the more
words it keeps. A word's importance is its coefficient, of which each occurrence has an equal share.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.table import Table
from mlflow_explain.data.texts.cells import as_table, emptied, texts_in, with_texts
from mlflow_explain.data.texts.masked import Maskable
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.base import EngineRow, EngineState, Refusal, only_made_by
from mlflow_explain.engines.black_box.asked import AskedBackground, AskingEngine
from mlflow_explain.engines.black_box.limits import no_function
from mlflow_explain.engines.black_box.masking import pool
from mlflow_explain.engines.lime.limits import DEFAULT_SAMPLES, MAX_BYTES
from mlflow_explain.engines.lime.regression import LocalModels, fit
from mlflow_explain.engines.progress import Progress
from mlflow_explain.engines.text import lime_samples
from mlflow_explain.engines.text.base import tokens_with
from mlflow_explain.engines.text.capitals import ignores_capitals
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.texts.segments import Tokens
    from mlflow_explain.engines.base import Options

NAME = "text lime"
# In hundredths of the cosine distance; the same as of the authors' package.
KERNEL_WIDTH = 25.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
class TextLimeEngine(AskingEngine):
    """Local linear models of whatever a model answers for texts with fewer words.

    Parameters
    ----------
    asked : AskedBackground
        Background rows with the empty text, and the model's answers for them: their mean is the
        base value. A single row where there is no column beside the text.
    column : str
        Name of the column of texts.
    n_samples : int
        Samples of each local model; long documents have fewer.
    kernel_width : float
        Distance at which a sample's weight has fallen to ``exp(-1/2)``: a hundred times the cosine
        distance.
    mask : str
        What stands for a word that is taken out.
    seed : int
        Seed of the samples.
    show_progress, verbose : bool
        Show a bar over documents on a terminal; log the local fidelity of each.
    lowercase : bool
        Words that differ in capitals only are counted as one.
    max_bytes : int
        Texts given to the model at a time, in bytes; at least one.
    """

    asked: AskedBackground
    column: str
    n_samples: int = DEFAULT_SAMPLES
    kernel_width: float = KERNEL_WIDTH
    mask: str = ""
    seed: int = 0
    show_progress: bool = False
    verbose: bool = False
    lowercase: bool = True
    max_bytes: int = MAX_BYTES
    tolerance: float = field(default=math.inf, init=False)
    name: str = field(default=NAME, init=False)
    quality: Mapping[str, float] = field(default_factory=dict, init=False)
    feature_perturbation: None = field(default=None, init=False)

    def explain(self, rows: pd.DataFrame) -> LocalImportance:
        """Return attributions of tokens and of the columns beside the text, with standard errors.

        Raises
        ------
        InvalidInputError
            The model refuses samples, or does not answer finite numbers.
        """
        texts = texts_in(rows, self.column)
        at = list(rows.columns).index(self.column)
        beside = np.delete(np.arange(rows.shape[1]), at)
        tokens = tokens_of(texts)
        shape = (len(rows), rows.shape[1], self.asked.n_outputs)
        values, errors, rest = np.zeros(shape), np.zeros(shape), np.zeros((shape[0], shape[2]))
        of_tokens = np.zeros((len(tokens.row), shape[2]))
        errors_of_tokens = np.zeros_like(of_tokens)
        with Progress(
            len(rows), show=self.show_progress, unit="text", advice="pass a smaller nsamples"
        ) as bar:
            for i in range(len(rows)):
                here = tokens.of_row(i)
                feature, models = self._fitted(rows.iloc[[i]], texts[i], tokens, here)
                if models is None:
                    # No word and no other column: all that differs are spaces.
                    rest[i] = self.ask(rows.iloc[[i]])[0] - self.base_values
                else:
                    n_words = models.coefficients.shape[1] - len(beside)
                    share = 1.0 / np.bincount(feature, minlength=n_words)[feature][:, None]
                    of_tokens[here] = models.coefficients[0, feature] * share
                    errors_of_tokens[here] = models.standard_errors[0, feature] * share
                    values[i, beside] = models.coefficients[0, n_words:]
                    errors[i, beside] = models.standard_errors[0, n_words:]
                    errors[i, at] = models.standard_errors[0, :n_words].sum(axis=0)
                bar.update(1)
        told = tokens_with(tokens, rows, self.column, of_tokens, rest, errors_of_tokens)
        values[:, at] = told.totals()
        return LocalImportance(values, self.base_values, errors, tokens=told)

    def state(self) -> EngineState:
        """Return settings, and the background's other cells with the answers for them."""
        settings, arrays = self.asked.stored()
        own = {
            "column": self.column,
            "n_samples": self.n_samples,
            "kernel_width": self.kernel_width,
            "mask": self.mask,
            "seed": self.seed,
            "lowercase": self.lowercase,
        }
        return EngineState(settings | own, arrays)

    def _fitted(
        self, row: pd.DataFrame, text: str, tokens: Tokens, here: slice
    ) -> tuple[IntArray, LocalModels | None]:
        """Return the feature of each token of a document, and the local model.

        Its features are words, then the columns beside the text.
        """
        start, end = tokens.start[here], tokens.end[here]
        n_samples = lime_samples.size_for(len(text), self.n_samples)
        n_beside = row.shape[1] - 1
        most = max(1, lime_samples.most_features(n_samples) - n_beside)
        words = [text[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
        feature = lime_samples.features_of(words, most)
        n_features = int(feature.max(initial=-1)) + 1 + n_beside
        if n_features == 0:
            return feature, None
        samples = lime_samples.drawn(
            n_features, n_samples, self.kernel_width, self.seed, all_of_few=n_beside == 0
        )
        cut = Maskable.of(text, start, end, self.mask)
        answers = self._answers(row, cut, feature, samples.present)
        z = np.array(samples.present.T[None], dtype=np.float64)
        models = fit(z, samples.weights[None], answers[None])
        if self.verbose:
            _logger.info("LIME: %d words, local R2 %.3f at least", len(words), models.r2.min())
        if samples.are_all:
            # Another draw would change nothing.
            exact = np.zeros_like(models.standard_errors)
            models = LocalModels(models.intercepts, models.coefficients, exact, models.r2)
        return feature, models

    def _answers(
        self, row: pd.DataFrame, cut: Maskable, feature: IntArray, present: AnyArray
    ) -> FloatArray:
        """Return the answers for samples, (n_samples, n_outputs); equal ones are asked once."""
        n_words = present.shape[1] - (row.shape[1] - 1)
        background = np.zeros(len(present), dtype=np.int64)
        if row.shape[1] > 1:
            random = np.random.default_rng([self.seed, 1])
            background = random.integers(0, len(self.asked.rows), len(present))
        packed = np.column_stack([np.packbits(present, axis=1), background])
        _, first, place = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        present, background = present[first], background[first]
        found = [
            self.ask(self._rows(row, texts, present[part, n_words:], background[part]))
            for part, texts in cut.in_parts(present, self.max_bytes, feature)
        ]
        return np.asarray(np.concatenate(found)[place.ravel()])

    def _rows(
        self, row: pd.DataFrame, texts: list[str], stays: AnyArray, background: IntArray
    ) -> pd.DataFrame:
        """Return texts beside the row's other cells, or a background row's, as a table."""
        if row.shape[1] == 1:
            return as_table(texts, self.column)
        members = np.insert(stays, list(row.columns).index(self.column), False, axis=1)
        whose = np.zeros(len(texts), dtype=np.int64)
        mixed = pool(self.asked.rows, row).synthetic(whose, background, members)
        return with_texts(mixed, self.column, texts)


def made(
    predictor: Predictor,
    background: Table,
    column: str,
    options: Options,
    mask: str = "",
    *,
    kernel_width: float | None = None,
    verbose: bool = False,
) -> TextLimeEngine | Refusal:
    """Return the engine for any model of texts, or the reason why it cannot be asked.

    Parameters
    ----------
    predictor : Predictor
        The model, of a table with a column of texts.
    background : Table
        Rows whose cells stand for absent columns beside the text.
    column : str
        Name of the column of texts.
    options : Options
        `n_coalitions` are the samples of each local model, 5,000 by default.
    mask : str, default=""
        What stands for a word that is taken out.
    kernel_width : float, optional
        By default 25.
    verbose : bool
        Log the local fidelity of each document.
    """
    reason = no_function(predictor)
    if reason is not None:
        return Refusal(NAME, reason)
    if options.feature_perturbation != "auto":
        return Refusal(NAME, f"{options.feature_perturbation} is a game, and it plays none")
    empty = Table(emptied(background.data, column), background.columns)
    asked = AskedBackground.of(predictor, empty, options.output)
    return TextLimeEngine(
        asked=asked,
        column=column,
        n_samples=options.n_coalitions or DEFAULT_SAMPLES,
        kernel_width=kernel_width or KERNEL_WIDTH,
        mask=mask,
        seed=options.seed,
        show_progress=options.show_progress,
        lowercase=ignores_capitals(asked, background.data, column),
        verbose=verbose,
    )


def restore(state: EngineState, predictor: Predictor | None) -> TextLimeEngine:
    """Return the engine of a stored state.

    Raises
    ------
    InvalidInputError
        The model is not at hand.
    """
    settings = state.settings
    return TextLimeEngine(
        asked=AskedBackground.restored(state, predictor),
        column=settings["column"],
        n_samples=settings["n_samples"],
        kernel_width=settings["kernel_width"],
        mask=settings["mask"],
        seed=settings["seed"],
        # Not known of what was kept before it was asked.
        lowercase=settings.get("lowercase", True),
    )


def scores(engine: TextLimeEngine, predictor: Predictor, rows: pd.DataFrame) -> FloatArray:
    """Return the model's own answers, (n_rows, n_outputs)."""
    return engine.asked.scores(predictor, rows, engine.max_bytes)


def made_of(engine: TextLimeEngine, predictor: Predictor, rows: pd.DataFrame) -> bool:
    """Whether a model answers for empty texts, and for some rows, as the engine's own."""
    return engine.asked.is_of(predictor, rows)


ROW = EngineRow(
    NAME,
    only_made_by("TextExplainer and LIMEExplainer", NAME),
    restore,
    scores,
    asks=attrgetter("asked.model"),
    made_of=made_of,
)
