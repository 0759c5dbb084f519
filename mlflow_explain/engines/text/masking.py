"""Explains any model of texts by asking it for the text without some of its words.

v(S) is the model's answer for the text with the tokens in S only, the mean over background rows for
columns beside the text. Attributions are Owen values: of sentences first, then of the tokens in
each; see `owen`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import full_name
from mlflow_explain.data.table import Table
from mlflow_explain.data.texts.cells import emptied, texts_in
from mlflow_explain.data.texts.masked import Maskable
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines import compiled
from mlflow_explain.engines.base import EngineRow, EngineState, Refusal, only_made_by
from mlflow_explain.engines.black_box import kernels
from mlflow_explain.engines.black_box.asked import AskedBackground, AskingEngine
from mlflow_explain.engines.black_box.asking import asked_in_parts, has_probabilities
from mlflow_explain.engines.black_box.limits import no_function
from mlflow_explain.engines.black_box.masking import codes_of, column_of, pool
from mlflow_explain.engines.progress import Progress
from mlflow_explain.engines.text.base import tokens_with
from mlflow_explain.engines.text.capitals import ignores_capitals
from mlflow_explain.engines.text.counted import Counted
from mlflow_explain.engines.text.masked_rows import MaskedRow
from mlflow_explain.engines.text.owen import owen_values
from mlflow_explain.engines.text.structure import structure
from mlflow_explain.errors import FeatureError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation.importance import concatenated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import FloatArray, IntArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.base import Options

NAME = "text masking"
# Rows a model is asked for per text, where the user asks for no number: so many and four per
# player, but not more than the last.
DEFAULT_ASKED = 2_048
MOST_ASKED = 8_192
# Texts given to the model at a time.
MAX_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False, repr=False)
class MaskingEngine(AskingEngine):
    """Owen values of tokens in sentences, and of the columns beside the text.

    Parameters
    ----------
    asked : AskedBackground
        Rows with the empty text whose other cells stand for absent columns, and the model's
        answers for them. A single row where there is no column beside the text.
    column : str
        Column of the texts.
    n_asked : int or None
        Rows the model is asked for per text, at most; None lets their number grow with the text.
    mask : str
        What stands for an absent token; by default nothing does.
    seed : int
        Seed of what is drawn.
    show_progress : bool
        Show a bar over what is asked, on a terminal or in a notebook.
    lowercase : bool
        Words that differ in capitals only are counted as one.
    max_bytes : int
        Texts given to the model at a time, in bytes; at least one.
    """

    asked: AskedBackground
    column: str
    n_asked: int | None = None
    mask: str = ""
    seed: int = 0
    show_progress: bool = False
    lowercase: bool = True
    max_bytes: int = MAX_BYTES
    tolerance: float = field(default=1e-6, init=False)
    name: str = field(default=NAME, init=False)
    # Absent words are gone: neither of the games that have a name here.
    feature_perturbation: None = field(default=None, init=False)
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    def explain(self, rows: pd.DataFrame) -> LocalImportance:
        """Return attributions of the columns, with those of the tokens, and standard errors.

        Each row's attributions add up to the model's answer minus the base value. What a text
        without any token left differs by from the empty text is the rest.

        Raises
        ------
        FeatureError
            The rows have other columns than the background.
        InvalidInputError
            The model refuses texts without some of their words, or does not answer finite numbers.
        """
        self._check(rows)
        first, place = _distinct(rows)
        own = rows.iloc[first]
        budgets = [self._budget(text, rows.shape[1]) for text in own[self.column].tolist()]
        none = np.zeros((0, self.n_outputs))
        answers = asked_in_parts(self.ask, own, self.max_bytes) if len(own) else none
        found = [self._of_none(rows.iloc[:0])]
        with Progress(
            sum(budgets),
            show=self.show_progress,
            unit="text",
            advice="pass TextExplainer a smaller nsamples",
        ) as bar:
            for i, budget in enumerate(budgets):
                counted = Counted(self.ask, bar)
                found.append(self._of_one(counted, own.iloc[i : i + 1], answers[i], budget))
                # A short text asks for less than it may.
                bar.update(max(0, budget - counted.n_asked))
        return concatenated([found[0], *(found[1 + i] for i in place.tolist())])

    def state(self) -> EngineState:
        """Return settings, and the background's other cells with the answers for empty texts."""
        settings, arrays = self.asked.stored()
        own = {
            "column": self.column,
            "n_asked": self.n_asked,
            "mask": self.mask,
            "seed": self.seed,
            "lowercase": self.lowercase,
        }
        return EngineState(settings | own, arrays)

    def _of_one(
        self, ask: Callable[[Rows], FloatArray], row: pd.DataFrame, whole: FloatArray, budget: int
    ) -> LocalImportance:
        """Return the attributions of one row, (1, n_columns, n_outputs)."""
        texts = texts_in(row, self.column)
        tokens = tokens_of(texts)
        cut = Maskable.of(texts[0], tokens.start, tokens.end, self.mask)
        masked = MaskedRow(ask, pool(self.asked.rows, row), self.column, cut, whole, self.max_bytes)
        bare = masked.empty() if masked.bare else self.base_values
        phi, error = owen_values(
            masked, structure(tokens.sentence, len(masked.beside)), whole - bare, budget, self.seed
        )
        n, at = masked.n_tokens, row.columns.get_loc(self.column)
        rest = (bare - self.base_values)[None]
        values = np.zeros((1, row.shape[1], self.n_outputs))
        errors = np.zeros_like(values)
        values[0, masked.beside], errors[0, masked.beside] = phi[n:], error[n:]
        values[0, at] = phi[:n].sum(axis=0) + rest[0]
        # The text has what the columns beside it leave.
        errors[0, at] = error[n:].sum(axis=0)
        told = tokens_with(tokens, row, self.column, phi[:n], rest, error[:n])
        return LocalImportance(values, self.base_values, errors, tokens=told)

    def _of_none(self, rows: pd.DataFrame) -> LocalImportance:
        """Return the attributions of no rows."""
        none = np.zeros((0, self.n_outputs))
        values = np.zeros((0, rows.shape[1], self.n_outputs))
        told = tokens_with(tokens_of([]), rows, self.column, none, none, none)
        return LocalImportance(values, self.base_values, values, tokens=told)

    def _budget(self, text: str, n_columns: int) -> int:
        """Return how many rows the model is asked for, for one text."""
        if self.n_asked is not None:
            return self.n_asked
        return min(DEFAULT_ASKED + 4 * (len(tokens_of([text]).row) + n_columns - 1), MOST_ASKED)

    def _check(self, rows: pd.DataFrame) -> None:
        """Refuse rows of other columns."""
        if list(rows.columns) != list(self.asked.rows.columns):
            raise FeatureError(
                f"the {self.asked.rows.shape[1]} columns of the initialization examples, in their "
                "order",
                f"{rows.shape[1]}, or others",
                "Pass rows with the columns the model was trained on.",
            )


def made(
    predictor: Predictor, background: Table, column: str, options: Options, mask: str = ""
) -> MaskingEngine | Refusal:
    """Return the engine for any model of texts, or the reason why it cannot be asked.

    Parameters
    ----------
    predictor : Predictor
        The model: anything with `predict`, or a plain function of rows.
    background : Table
        Rows whose cells stand for absent columns beside the text.
    column : str
        Column of the texts.
    options : Options
        ``n_coalitions`` is what the model is asked for per text, in rows: by default 2,048 and four
        per token, but not more than 8,192.
    mask : str
        What stands for an absent token; by default nothing does.

    Raises
    ------
    InvalidInputError
        There is no background row, or the model refuses the empty text.
    """
    model = predictor.model
    reason = no_function(predictor)
    if options.feature_perturbation != "auto":
        reason = "words that are absent are taken out of the text, and nothing replaces them"
    wants = options.wants_probability(predictor)
    if wants and hasattr(model, "decision_function") and not has_probabilities(predictor):
        reason = f"{full_name(model)} is not a model that tells probabilities"
    if reason is not None:
        return Refusal(NAME, reason)
    empty = Table(emptied(background.data, column), background.columns)
    asked = AskedBackground.of(predictor, empty, options.output)
    return _ready(
        MaskingEngine(
            asked=asked,
            column=column,
            n_asked=options.n_coalitions,
            mask=mask,
            seed=options.seed,
            show_progress=options.show_progress,
            lowercase=ignores_capitals(asked, background.data, column),
        )
    )


def restore(state: EngineState, predictor: Predictor | None) -> MaskingEngine:
    """Return the engine of a stored state, which asks the model it was made from.

    Raises
    ------
    InvalidInputError
        The model is not at hand.
    """
    return _ready(
        MaskingEngine(
            asked=AskedBackground.restored(state, predictor),
            column=state.settings["column"],
            n_asked=state.settings["n_asked"],
            mask=state.settings["mask"],
            seed=state.settings["seed"],
            # Not known of what was kept before it was asked.
            lowercase=state.settings.get("lowercase", True),
        )
    )


def scores(engine: MaskingEngine, predictor: Predictor, rows: pd.DataFrame) -> FloatArray:
    """Return the model's own answers, (n_rows, n_outputs)."""
    return engine.asked.scores(predictor, rows, engine.max_bytes)


def made_of(engine: MaskingEngine, predictor: Predictor, rows: pd.DataFrame) -> bool:
    """Whether a model answers for empty texts, and for some rows, as the one the engine asked."""
    return engine.asked.is_of(predictor, rows)


def _ready(engine: MaskingEngine) -> MaskingEngine:
    """Return the engine with its compiled arithmetic loaded, so that no request waits for it."""
    compiled.prepare((kernels.inverse, kernels.values))
    return engine


def _distinct(rows: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Return the first positions of distinct rows, and which of them each row equals."""
    codes = [codes_of(column_of(rows.iloc[:, j])) for j in range(rows.shape[1])]
    keys = pd.MultiIndex.from_arrays(codes) if len(codes) > 1 else pd.Index(codes[0])
    place, _ = pd.factorize(keys)
    _, first = np.unique(place, return_index=True)
    return first, place


ROW = EngineRow(
    NAME,
    only_made_by("TextExplainer", NAME),
    restore,
    scores,
    asks=attrgetter("asked.model"),
    made_of=made_of,
)
