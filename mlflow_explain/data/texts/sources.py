"""Which engineered features are terms of a column of texts: its vectorisers, found and traced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import class_names, full_name, is_a
from mlflow_explain.data.lineage import feature_map_of
from mlflow_explain.data.names import chosen_positions, counted_steps
from mlflow_explain.errors import UnsupportedTransformerError
from mlflow_explain.explanation._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import IntArray

# An engineered feature that is no term.
NO_TERM = -1
# While tracing: one that a step has made of a whole column.
_MADE = -2

_COUNTING, _HASHING = "CountVectorizer", "HashingVectorizer"
# They weigh each row's terms by all of its terms, and each output still stands for one of them.
_OF_ROWS = ("TfidfTransformer", "Normalizer")


@dataclass(frozen=True, eq=False)
class Sources:
    """What each engineered feature is made of.

    Parameters
    ----------
    vectorizers : tuple of vectoriser
        Those of the column of texts, the user's own fitted objects.
    column : ndarray of int, shape (n_engineered,)
        Position of the column of the table it comes from.
    source : ndarray of int, shape (n_engineered,)
        Number of the vectoriser whose term it is; -1 where it is no term.
    term : ndarray of int, shape (n_engineered,)
        Number of the term in that vectoriser; -1 where it is no term.
    """

    vectorizers: tuple[Any, ...]
    column: IntArray
    source: IntArray
    term: IntArray

    @property
    def n_engineered(self) -> int:
        """Number of engineered features."""
        return len(self.column)

    def made_of(self, number: int, terms: IntArray) -> tuple[IntArray, IntArray]:
        """Return the engineered features made of some terms, and which of the terms each is of.

        Parameters
        ----------
        number : int
            Number of the vectoriser.
        terms : ndarray of int, shape (n_terms,)
            Numbers of terms in it.

        Returns
        -------
        features : ndarray of int, shape (n_found,)
            Positions of the features; a term may have none, or several.
        which : ndarray of int, shape (n_found,)
            Position in `terms` of the term of each.
        """
        features, of = self._sorted[number]
        first = np.searchsorted(of, terms, side="left")
        counts = np.searchsorted(of, terms, side="right") - first
        which = np.repeat(np.arange(len(terms)), counts)
        before = np.cumsum(counts) - counts
        return features[np.arange(len(which)) - before[which] + first[which]], which

    @cached_property
    def _sorted(self) -> list[tuple[IntArray, IntArray]]:
        """Return each vectoriser's features in the order of their terms, and those terms."""
        made = []
        for number in range(len(self.vectorizers)):
            features = np.flatnonzero(self.source == number)
            features = features[np.argsort(self.term[features], kind="stable")]
            made.append((features, self.term[features]))
        return made


def sources_of(preprocess: Any, columns: Sequence[Any], text: int, n_engineered: int) -> Sources:
    """Return what the engineered features of a model of texts are made of.

    Parameters
    ----------
    preprocess : transformer
        All fitted steps before the estimator; a fixed vocabulary is known once it has transformed.
    columns : sequence
        Labels of the columns it is given; texts that are given as a list are one.
    text : int
        Position of the column of texts.
    n_engineered : int
        Number of engineered features.

    Returns
    -------
    Sources

    Raises
    ------
    UnsupportedTransformerError
        No vectoriser is found, or terms are mixed.
    """
    walk = _Walk(text, tuple(columns))
    n_columns = len(columns)
    none = np.full(n_columns, NO_TERM)
    found = walk.through(preprocess, _Origins(np.arange(n_columns), none, none), n_engineered)
    if not walk.vectorizers:
        raise _refused("has no CountVectorizer, TfidfVectorizer or HashingVectorizer of the texts")
    if len(found.column) != n_engineered:
        raise _refused(f"makes {n_engineered} features, and {len(found.column)} were traced")
    term = np.maximum(found.term, NO_TERM)
    parts = (frozen(part) for part in (found.column, found.source, term))
    return Sources(tuple(walk.vectorizers), *parts)


@dataclass(frozen=True, eq=False, slots=True)
class _Origins:
    """Column, vectoriser and term of each of some features."""

    column: IntArray
    source: IntArray
    term: IntArray

    def take(self, at: Any) -> _Origins:
        return _Origins(self.column[at], self.source[at], self.term[at])


class _Walk:
    """Walks fitted transformers with the origins of what each is given."""

    def __init__(self, text: int, columns: tuple[Any, ...]) -> None:
        self.text = text
        self.columns = columns
        self.vectorizers: list[Any] = []

    def through(self, step: Any, given: _Origins, n_out: int | None) -> _Origins:
        """Return the origins of a transformer's outputs."""
        if step is None or step == "passthrough":
            return given
        if is_a(step, "sklearn", _COUNTING, _HASHING):
            return self._terms(step, given)
        # Made of others, which are walked in turn.
        walks = {
            "FrozenEstimator": self._frozen,
            "Pipeline": self._steps,
            "FeatureUnion": self._union,
            "ColumnTransformer": self._columns,
        }
        kinds = class_names(step)
        walk = next((walks[name] for name in walks if name in kinds), self._other)
        return walk(step, given, n_out)

    def _frozen(self, step: Any, given: _Origins, n_out: int | None) -> _Origins:
        return self.through(step.estimator, given, n_out)

    def _steps(self, pipeline: Any, given: _Origins, n_out: int | None) -> _Origins:
        for step, count in counted_steps(pipeline, n_out):
            given = self.through(step, given, count)
        return given

    def _union(self, union: Any, given: _Origins, _: int | None) -> _Origins:
        parts = [part for _, part in union.transformer_list if part != "drop"]
        return _joined([self.through(part, given, None) for part in parts])

    def _terms(self, vectorizer: Any, given: _Origins) -> _Origins:
        """Return the terms of a vectoriser."""
        is_hashed = is_a(vectorizer, "sklearn", _HASHING)
        n_terms = vectorizer.n_features if is_hashed else len(vectorizer.vocabulary_)
        column = np.repeat(given.column[:1], n_terms)
        if len(given.column) == 1 and given.column[0] != self.text:
            none = np.full(n_terms, NO_TERM)
            return _Origins(column, none, none)
        if len(given.column) != 1 or given.term[0] != NO_TERM:
            raise _refused(f"gives its {type(vectorizer).__name__} what another step has made")
        self.vectorizers.append(vectorizer)
        number = np.full(n_terms, len(self.vectorizers) - 1)
        return _Origins(column, number, np.arange(n_terms))

    def _columns(self, transformer: Any, given: _Origins, _: int | None) -> _Origins:
        """Return the origins of a ColumnTransformer's outputs, member by member."""
        n_in = len(given.column)
        fitted = tuple(getattr(transformer, "feature_names_in_", ()))
        labels = fitted if len(fitted) == n_in else self.columns
        labels = labels if len(labels) == n_in else tuple(range(n_in))
        places = transformer.output_indices_
        n_out = max((where.stop for where in places.values()), default=0)
        column, source, term = (np.zeros(n_out, dtype=np.int64) for _ in range(3))
        for name, member, chosen in transformer.transformers_:
            where = places[name]
            if where.stop <= where.start:
                continue
            own = given.take(chosen_positions(chosen, labels))
            made = self.through(member, own, where.stop - where.start)
            if len(made.column) != where.stop - where.start:
                raise _refused(f"has {full_name(member)}, whose outputs could not be traced")
            column[where], source[where], term[where] = made.column, made.source, made.term
        return _Origins(column, source, term)

    def _other(self, step: Any, given: _Origins, n_out: int | None) -> _Origins:
        """Return the origins of the outputs of any other transformer, each made of one input."""
        n_in = len(given.column)
        of_text = (given.column == self.text).all()
        if of_text and (given.source != NO_TERM).any() and is_a(step, "sklearn", *_OF_ROWS):
            return given
        is_one = len(np.unique(given.column)) == 1 and (given.source == NO_TERM).all()
        try:
            traced = feature_map_of(step, tuple(range(n_in)), allow_all=is_one, n_outputs=n_out)
        except UnsupportedTransformerError as error:
            raise _refused(f"has {error.got}") from error
        if is_one:
            # What is made of a text and is no term of it: its length, say.
            made = given.take(np.zeros(traced.n_engineered, dtype=np.int64))
            return _Origins(made.column, made.source, np.full(len(made.column), _MADE))
        order = np.argsort(traced.engineered, kind="stable")
        engineered = traced.engineered[order]
        if not np.array_equal(engineered, np.arange(traced.n_engineered)):
            raise _refused(f"has {full_name(step)}, which mixes terms")
        return given.take(traced.raw[order])


def _joined(parts: list[_Origins]) -> _Origins:
    return _Origins(
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.term for part in parts]),
    )


def _refused(why: str) -> UnsupportedTransformerError:
    return UnsupportedTransformerError(
        "preprocessing that keeps the terms of texts apart",
        f"preprocessing that {why}",
        "Explain the model by masking tokens: method='masking'.",
    )
