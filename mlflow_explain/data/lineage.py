"""Where engineered features come from: a feature map read off fitted transformers.

Each transformer gives a sparse matrix of shape (n_outputs, n_inputs); see `handlers`. Steps
multiply, unions stack, and a ColumnTransformer places its members' matrices by column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from mlflow_explain.data.handlers import HANDLERS, mixing, one_to_one, unknown
from mlflow_explain.data.kinds import class_names
from mlflow_explain.data.names import chosen_positions, counted_steps, engineered_names
from mlflow_explain.explanation import FeatureMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.data.handlers import Matrix


def feature_map_of(
    transformer: Any,
    columns: Sequence[Any],
    *,
    allow_all: bool = False,
    n_outputs: int | None = None,
) -> FeatureMap:
    """Return the map from the transformer's outputs to its input columns.

    Parameters
    ----------
    transformer : object
        A fitted transformer.
    columns : sequence
        Labels of its input columns.
    allow_all : bool
        Whether a transformer that mixes columns is accepted. The attribution of each of its outputs
        is then shared equally among all its inputs; that of a product of `PolynomialFeatures`
        among the columns multiplied; that of a value of `KNNImputer` or `IterativeImputer` goes
        to the column it stands in.
    n_outputs : int, optional
        Number of its outputs, for a transformer that does not tell.

    Returns
    -------
    FeatureMap
        Of shape (n_engineered, n_raw).

    Raises
    ------
    UnsupportedTransformerError
        A transformer mixes columns, or is not known to keep them apart.
    """
    traced = _Tracer(allow_all).trace(transformer, tuple(columns), n_outputs)
    return FeatureMap.from_matrix(traced)


class _Tracer:
    """Walks a transformer; the labels are needed only where columns are chosen by name."""

    def __init__(self, allow_all: bool) -> None:
        self.allow_all = allow_all

    def trace(self, transformer: Any, columns: tuple[Any, ...], n_out: int | None = None) -> Matrix:
        n_in = len(columns)
        if transformer is None or transformer == "passthrough":
            return one_to_one(transformer, n_in)
        names = class_names(transformer)
        # Made of others, which are walked in turn.
        walks = {
            "FrozenEstimator": self._frozen,
            "ColumnTransformer": self._columns,
            "DataFrameMapper": self._mapper,
            "Pipeline": self._steps,
            "FeatureUnion": self._union,
        }
        for name, walk in walks.items():
            if name in names:
                return walk(transformer, columns, n_out)
        handler = next((HANDLERS[name] for name in HANDLERS if name in names), unknown)
        return handler(transformer, n_in, n_out, self.allow_all)

    def _frozen(self, frozen: Any, columns: tuple[Any, ...], n_out: int | None) -> Matrix:
        return self.trace(frozen.estimator, columns, n_out)

    def _union(self, union: Any, columns: tuple[Any, ...], _: int | None) -> Matrix:
        parts = [self.trace(part, columns) for _, part in union.transformer_list if part != "drop"]
        return sparse.vstack(parts, format="csr")

    def _steps(self, pipeline: Any, columns: tuple[Any, ...], n_out: int | None) -> Matrix:
        matrix = one_to_one(pipeline, len(columns))
        labels = columns
        for step, count in counted_steps(pipeline, n_out):
            sources = np.unique(matrix.indices)
            if len(sources) == 1:
                # What is all made from one column cannot be mixed with another one.
                made = _Tracer(allow_all=True).trace(step, labels, count).shape[0]
                matrix = _choice([int(sources[0])] * made, len(columns))
            else:
                matrix = self.trace(step, labels, count) @ matrix
            # The labels a later step sees matter only to one that chooses by name.
            labels = tuple(engineered_names(step, [str(c) for c in labels], matrix.shape[0]))
        return matrix

    def _columns(self, transformer: Any, columns: tuple[Any, ...], _: int | None) -> Matrix:
        n_out = max((s.stop for s in transformer.output_indices_.values()), default=0)
        placed = sparse.lil_matrix((n_out, len(columns)))
        fitted = getattr(transformer, "feature_names_in_", ())
        labels = tuple(fitted) if len(fitted) == len(columns) else columns
        for name, member, chosen in transformer.transformers_:
            where = transformer.output_indices_[name]
            width = where.stop - where.start
            if width == 0:
                continue
            positions = chosen_positions(chosen, labels)
            block = self.trace(member, tuple(labels[i] for i in positions), width)
            if block.shape[0] != width:
                raise mixing(member, "makes other outputs than its class usually does")
            placed[where.start : where.stop] = block @ _choice(positions, len(columns))
        return placed.tocsr()

    def _mapper(self, mapper: Any, columns: tuple[Any, ...], _: int | None) -> Matrix:
        """Return the map of a sklearn-pandas `DataFrameMapper`, which names all its columns."""
        built = mapper.built_features
        features = [built] if isinstance(built, tuple) else built
        parts = [(chosen, member) for chosen, member, *_ in features]
        if mapper.built_default is not False:
            used = {name for chosen, _ in parts for name in _listed(chosen)} | set(mapper.drop_cols)
            parts.append(([name for name in columns if name not in used], mapper.built_default))
        blocks = []
        for chosen, member in parts:
            positions = [columns.index(name) for name in _listed(chosen)]
            block = self.trace(member, tuple(columns[i] for i in positions))
            blocks.append(block @ _choice(positions, len(columns)))
        return sparse.vstack(blocks, format="csr")


def _choice(positions: list[int], n_columns: int) -> Matrix:
    """Return the matrix that picks columns; one may be chosen more than once."""
    return one_to_one(None, n_columns)[positions]


def _listed(chosen: Any) -> list[Any]:
    return list(chosen) if isinstance(chosen, list) else [chosen]
