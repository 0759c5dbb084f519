"""`TermsEngine`: exact attributions of models of bags of words, told by the words of a document.

A vectoriser makes a feature of each term, and the estimator behind it is explained exactly in these
features. What a term is attributed is shared among the tokens it stands on; what the terms a
document does not have are attributed is no token's. The game is that of the estimator's engine:
features are absent, not words, so a weight that the length of a text changes stays what it is.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlflow_explain.data.kinds import MODEL_ERRORS, is_frame
from mlflow_explain.data.texts.cells import emptied, texts_in
from mlflow_explain.data.texts.halves import TransformedRows, halves_of
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.base import (
    EngineRow,
    EngineState,
    Refusal,
    needed,
    nested,
    only_made_by,
)
from mlflow_explain.engines.exact import row_of
from mlflow_explain.engines.text.base import left_over, tokens_with
from mlflow_explain.engines.text.centring import centred, is_sum
from mlflow_explain.engines.text.estimators import exact_engine, own_scores, relative_error, sums
from mlflow_explain.engines.text.pairs import rows_to_tell
from mlflow_explain.engines.text.term_values import values_of
from mlflow_explain.engines.text.vectorized import vectorized
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Engine, Options
    from mlflow_explain.engines.text.term_values import TermValues
    from mlflow_explain.engines.text.vectorized import Vectorized

NAME = "text terms"

# Documents whose terms are found before their attributions are computed.
_BLOCK_ROWS = 256

Baseline = Literal["background", "empty"]


@dataclass(frozen=True, eq=False, repr=False)
class TermsEngine:
    """Attributions of a model whose estimator sees terms of texts.

    Parameters
    ----------
    predictor : Predictor
        The model of the table.
    model : Vectorized
        The same, taken apart.
    inner : Engine
        Explains its estimator, exactly.
    columns : tuple of str
        Names of the table's columns.
    column : str
        That of the texts.
    """

    predictor: Predictor
    model: Vectorized
    inner: Engine
    columns: tuple[str, ...]
    column: str
    name: str = field(default=NAME, init=False)
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        """Say what explains the estimator, and how many features it has."""
        return f"<TermsEngine: {self.inner.name}, {self.model.sources.n_engineered} features>"

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the attributions."""
        return self.inner.output_space

    @property
    def feature_perturbation(self) -> FeaturePerturbation | None:
        """The game it plays."""
        return self.inner.feature_perturbation

    @property
    def base_values(self) -> FloatArray:
        """Expected output, (n_outputs,)."""
        return self.inner.base_values

    @property
    def tolerance(self) -> float:
        """Largest relative difference between its sums and the model's own arithmetic."""
        return self.inner.tolerance

    @cached_property
    def lowercase(self) -> bool:
        """Whether words that differ in capitals only are one to the model."""
        return self.model.lowercase

    @cached_property
    def _values(self) -> TermValues:
        return values_of(self.inner, self.model.sources.column, len(self.columns))

    def explain(self, rows: pd.DataFrame | TransformedRows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_columns, n_outputs), with those of tokens.

        Parameters
        ----------
        rows : DataFrame or TransformedRows
            A table; with what this very model has made of it, that is not made again.
        """
        known = rows.made if isinstance(rows, TransformedRows) else None
        rows = rows.rows if isinstance(rows, TransformedRows) else rows
        texts = texts_in(rows, self.column)
        tokens = tokens_of(texts)
        n_outputs = len(self.base_values)
        columns = np.zeros((len(texts), len(self.columns), n_outputs))
        values = np.zeros((len(tokens.row), n_outputs))
        n_unplaced = 0
        made = self.model.halves.transform(rows) if texts and known is None else known
        for first in range(0, len(texts), _BLOCK_ROWS):
            block = slice(first, first + _BLOCK_ROWS)
            places = [tokens.of_row(first + i) for i in range(len(texts[block]))]
            shared = [
                self.model.shares(text, tokens.start[of], tokens.end[of])
                for text, of in zip(texts[block], places, strict=True)
            ]
            each = self._values.of(_some(made, block), [each.features for each in shared])
            for i, (folded, found) in enumerate(each):
                columns[first + i] = folded
                values[places[i]] = shared[i].shares @ found
            n_unplaced += sum(not each.is_placed for each in shared)
        _warn_if_unplaced(n_unplaced, len(texts))
        rest = left_over(columns[:, self.columns.index(self.column)], tokens, values)
        told = tokens_with(tokens, rows, self.column, values, rest)
        return LocalImportance(columns, self.base_values, tokens=told)

    def state(self) -> EngineState:
        """Return the state of the estimator's engine; the vectorisers are the model's."""
        own = self.inner.state()
        settings = {
            "column": self.column,
            "columns": list(self.columns),
            "n_engineered": self.model.sources.n_engineered,
            "inner": self.inner.name,
            "settings": dict(own.settings),
        }
        return EngineState(settings, nested("inner.", own.arrays), nested("inner.", own.texts))


def _warn_if_unplaced(n_unplaced: int, n_texts: int) -> None:
    """Say how many texts have terms that cannot be found in them."""
    if n_unplaced:
        warnings.warn(
            f"Terms of {n_unplaced} of {n_texts} texts cannot be found in them, as the vectoriser "
            "makes other words of a text than it has: their importance is counted as that of "
            "absent words. TextExplainer(..., method='masking') tells it by tokens.",
            stacklevel=4,
        )


def made(
    predictor: Predictor,
    background: Table,
    column: str,
    options: Options,
    baseline: Baseline = "background",
    examples: Table | None = None,
) -> TermsEngine | Refusal:
    """Return the engine of a model of terms, or the reason why not.

    Parameters
    ----------
    predictor : Predictor
        A model of the table.
    background : Table
        Background rows.
    column : str
        The column of texts.
    options : Options
        What is asked of the estimator's engine.
    baseline : {"background", "empty"}
        What absent terms are: those of the background rows, or those of the same rows with an empty
        text. Only the interventional game knows the second.
    examples : Table, optional
        All rows that the background is drawn from. A sum over terms is told from their mean.
    """
    if baseline == "empty":
        if options.feature_perturbation == "tree_path_dependent":
            return Refusal(NAME, "an empty baseline is one of the interventional game only")
        options = replace(options, feature_perturbation="interventional")
    try:
        halves = halves_of(predictor)
        rows = halves.transform(background.data)
        if not hasattr(rows, "shape"):
            return Refusal(NAME, f"its steps make a {type(rows).__name__} of rows, and no matrix")
        names = list(background.data.columns)
        model = vectorized(predictor, column, names, int(rows.shape[1]))
    except UnsupportedModelError as error:
        return Refusal(NAME, error.got)
    reason = model.reason_against(background.data[column].tolist())
    if reason is not None:
        return Refusal(NAME, reason)
    given = halves.transform(emptied(background.data, column)) if baseline == "empty" else rows
    inner = exact_engine(halves.estimator, given, rows, options)
    if isinstance(inner, str):
        return Refusal(NAME, inner)
    varies = baseline != "empty" or len(names) > 1
    if varies and examples is not None and len(examples) > len(background) and is_sum(inner):
        every = examples.data[names]
        every = emptied(every, column) if baseline == "empty" else every
        inner = centred(inner, rows, halves, every, column, show=options.show_progress)
    return TermsEngine(predictor, model, inner, background.columns, column)


def restore(state: EngineState, predictor: Predictor | None) -> TermsEngine:
    """Return the engine of a stored state and the model it was made of.

    Raises
    ------
    InvalidInputError
        The model is not at hand, or another one.
    """
    predictor = needed(predictor)
    settings = state.settings
    n_engineered = int(settings["n_engineered"])
    try:
        model = vectorized(predictor, settings["column"], settings["columns"], n_engineered)
    except UnsupportedModelError as error:
        raise InvalidInputError(
            "the model of texts that the explainer was made of",
            error.got,
            "Pass that very model, or make an explainer of this one.",
        ) from error
    own = state.under("inner.", settings["settings"])
    inner = row_of(settings["inner"]).restore(own, None)
    columns = tuple(map(str, settings["columns"]))
    return TermsEngine(predictor, model, inner, columns, settings["column"])


def scores(engine: TermsEngine, predictor: Predictor, rows: pd.DataFrame) -> FloatArray:
    """Return the model's own output in the engine's output space, (n_rows, n_outputs)."""
    is_own = predictor.model is engine.predictor.model
    halves = engine.model.halves if is_own else halves_of(predictor)
    return own_scores(engine.inner, halves.estimator, halves.transform(rows))


def made_of(engine: TermsEngine, predictor: Predictor, rows: pd.DataFrame) -> bool:
    """Whether a model has the engine's terms, and an estimator whose output are the inner sums."""
    try:
        n_engineered = engine.model.sources.n_engineered
        theirs = vectorized(predictor, engine.column, list(engine.columns), n_engineered)
        tried = rows_to_tell(engine.model, theirs, rows, engine.column)
        estimator = theirs.halves.estimator
        return bool(tried) and all(
            relative_error(sums(engine.inner, each), own_scores(engine.inner, estimator, each))
            <= engine.tolerance
            for each in tried
        )
    except (UnsupportedModelError, *MODEL_ERRORS):
        return False


ROW = EngineRow(
    NAME,
    only_made_by("TextExplainer", NAME),
    restore,
    scores,
    asks=attrgetter("predictor.model"),
    made_of=made_of,
)


def _some(rows: Rows, at: slice) -> Rows:
    return rows.iloc[at] if is_frame(rows) else rows[at]
