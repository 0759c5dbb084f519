"""Where engineered features come from: a feature map read off fitted transformers.

Each transformer gives a sparse matrix of shape (n_outputs, n_inputs): 1 where an output is made
from one input, equal shares where it is made from several (only on request). Steps multiply,
unions stack, and a ColumnTransformer places its members' matrices by column.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import sparse

from mlflow_explain.data.kinds import class_names, full_name
from mlflow_explain.errors import UnsupportedTransformerError
from mlflow_explain.explanation import FeatureMap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Matrix: TypeAlias = sparse.csr_matrix
    Handler: TypeAlias = Callable[[Any, int, bool], Matrix]


def feature_map_of(
    transformer: Any, columns: Sequence[Any], *, allow_all: bool = False
) -> FeatureMap:
    """Return the map from the transformer's outputs to its input columns.

    Parameters
    ----------
    transformer : object
        A fitted transformer.
    columns : sequence
        Labels of its input columns.
    allow_all : bool
        Whether a transformer that mixes columns is accepted; the attribution of each of its
        outputs is then shared equally among all its inputs.

    Returns
    -------
    FeatureMap
        Of shape (n_engineered, n_raw).

    Raises
    ------
    UnsupportedTransformerError
        A transformer mixes columns, or is not known to keep them apart.
    """
    return FeatureMap.from_matrix(_Tracer(tuple(columns), allow_all).trace(transformer))


def engineered_names(transformer: Any, columns: Sequence[str], n_engineered: int) -> list[str]:
    """Return names of the engineered features, made up where the transformer knows none.

    Parameters
    ----------
    transformer : object
        A fitted transformer.
    columns : sequence of str
        Names of its input columns.
    n_engineered : int
        Number of its outputs.

    Returns
    -------
    list of str
    """
    try:
        names = [str(name) for name in transformer.get_feature_names_out()]
    except (AttributeError, ValueError, TypeError):
        # Some transformers cannot name their outputs, or were fitted on arrays.
        try:
            names = [str(name) for name in transformer.get_feature_names_out(list(columns))]
        except (AttributeError, ValueError, TypeError):
            names = []
    if len(names) != n_engineered:
        return [f"feature {i}" for i in range(n_engineered)]
    return _distinct(names)


def _distinct(names: list[str]) -> list[str]:
    """Return names with a number behind each that stands there a second time."""
    seen: Counter[str] = Counter()
    made = []
    for name in names:
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made


class _Tracer:
    """Walks a transformer; the labels are needed only where columns are chosen by name."""

    def __init__(self, columns: tuple[Any, ...], allow_all: bool) -> None:
        self.columns = columns
        self.allow_all = allow_all

    def trace(self, transformer: Any, columns: tuple[Any, ...] | None = None) -> Matrix:
        columns = self.columns if columns is None else columns
        n_in = len(columns)
        if transformer is None or transformer == "passthrough":
            return sparse.identity(n_in, format="csr")
        names = class_names(transformer)
        if "ColumnTransformer" in names:
            return self._columns(transformer, columns)
        if "Pipeline" in names:
            return self._steps(transformer, columns)
        if "FeatureUnion" in names:
            parts = [self.trace(part, columns) for _, part in _members(transformer)]
            return sparse.vstack(parts, format="csr")
        for name, handler in HANDLERS.items():
            if name in names:
                return handler(transformer, n_in, self.allow_all)
        return _unknown(transformer, n_in, self.allow_all)

    def _steps(self, pipeline: Any, columns: tuple[Any, ...]) -> Matrix:
        matrix = sparse.identity(len(columns), format="csr")
        labels = columns
        for _, step in pipeline.steps:
            if step is None or step == "passthrough":
                continue
            matrix = self.trace(step, labels) @ matrix
            labels = _labels_after(step, labels, matrix.shape[0])
        return matrix

    def _columns(self, transformer: Any, columns: tuple[Any, ...]) -> Matrix:
        n_out = max((s.stop for s in transformer.output_indices_.values()), default=0)
        placed = sparse.lil_matrix((n_out, len(columns)))
        for name, member, chosen in transformer.transformers_:
            where = transformer.output_indices_[name]
            if where.stop == where.start:
                continue
            positions = _positions(chosen, columns)
            block = self.trace(member, tuple(columns[i] for i in positions))
            if block.shape[0] != where.stop - where.start:
                raise _mixing(member, "makes other outputs than its class usually does")
            # A product, because a column may be chosen more than once.
            chosen_columns = sparse.identity(len(columns), format="csr")[positions]
            placed[where.start : where.stop] = block @ chosen_columns
        return placed.tocsr()


def _positions(chosen: Any, columns: tuple[Any, ...]) -> list[int]:
    """Return the positions of the columns a ColumnTransformer's member was given."""
    if isinstance(chosen, slice):
        if isinstance(chosen.start, str) or isinstance(chosen.stop, str):
            start = 0 if chosen.start is None else columns.index(chosen.start)
            stop = len(columns) if chosen.stop is None else columns.index(chosen.stop) + 1
            return list(range(start, stop))
        return list(range(len(columns)))[chosen]
    chosen = [chosen] if isinstance(chosen, str | int | np.integer) else list(chosen)
    if chosen and all(isinstance(item, bool | np.bool_) for item in chosen):
        return [i for i, item in enumerate(chosen) if item]
    return [columns.index(c) if isinstance(c, str) else range(len(columns))[c] for c in chosen]


def _members(union: Any) -> list[tuple[str, Any]]:
    return [(name, part) for name, part in union.transformer_list if part != "drop"]


def _labels_after(step: Any, labels: tuple[Any, ...], n_out: int) -> tuple[Any, ...]:
    """Return the labels a later step sees; they matter only to one that chooses by name."""
    return tuple(engineered_names(step, [str(label) for label in labels], n_out))


def _mixing(transformer: Any, why: str) -> UnsupportedTransformerError:
    return UnsupportedTransformerError(
        "transformers that make each output from one column",
        f"{full_name(transformer)}, which {why}",
        "Explain the Pipeline from outside, in raw columns, with `KernelExplainer`; or pass "
        "`allow_all_transformations=True` to share each output's attribution equally among the "
        "transformer's input columns, which then look equally important.",
    )


def _shared(transformer: Any, n_in: int) -> Matrix:
    names = getattr(transformer, "get_feature_names_out", None)
    if names is None:
        raise _mixing(transformer, "does not tell how many outputs it has")
    n_out = len(names())
    return sparse.csr_matrix(np.full((n_out, n_in), 1.0 / n_in))


def _unknown(transformer: Any, n_in: int, allow_all: bool) -> Matrix:
    """Return the map of a transformer that may mix its columns: of one column it cannot."""
    if allow_all or n_in == 1:
        return _shared(transformer, n_in)
    raise _mixing(transformer, "is not known to keep columns apart")


def _one_to_one(_: Any, n_in: int, __: bool) -> Matrix:
    return sparse.identity(n_in, format="csr")


def _repeated(counts: Sequence[int], n_in: int) -> Matrix:
    """Return the map of a transformer that makes `counts[i]` outputs of input i, in order."""
    source = np.repeat(np.arange(n_in), counts)
    return sparse.csr_matrix(
        (np.ones(len(source)), (np.arange(len(source)), source)), shape=(len(source), n_in)
    )


def _one_hot(encoder: Any, n_in: int, _: bool) -> Matrix:
    infrequent = getattr(encoder, "infrequent_categories_", [None] * n_in)
    drop = encoder.drop_idx_ if encoder.drop_idx_ is not None else [None] * n_in
    counts = [
        len(categories) - (0 if rare is None else len(rare) - 1) - (dropped is not None)
        for categories, rare, dropped in zip(encoder.categories_, infrequent, drop, strict=True)
    ]
    return _repeated(counts, n_in)


def _imputer(imputer: Any, n_in: int, _: bool) -> Matrix:
    kept = np.arange(n_in)
    if not imputer.keep_empty_features:
        empty = np.array([value is None or value != value for value in imputer.statistics_])  # noqa: PLR0124
        kept = kept[~empty]
    if imputer.indicator_ is not None:
        kept = np.concatenate([kept, imputer.indicator_.features_])
    return _selected(kept, n_in)


def _selected(kept: Any, n_in: int) -> Matrix:
    return sparse.identity(n_in, format="csr")[kept]


def _selector(selector: Any, n_in: int, _: bool) -> Matrix:
    return _selected(np.flatnonzero(selector.get_support()), n_in)


def _indicator(indicator: Any, n_in: int, _: bool) -> Matrix:
    return _selected(indicator.features_, n_in)


def _bins(bins: Any, n_in: int, _: bool) -> Matrix:
    if bins.encode == "ordinal":
        return sparse.identity(n_in, format="csr")
    return _repeated([int(n) for n in bins.n_bins_], n_in)


def _target_encoder(encoder: Any, n_in: int, _: bool) -> Matrix:
    per_class = len(encoder.classes_) if encoder.target_type_ == "multiclass" else 1
    return _repeated([per_class] * n_in, n_in)


def _function(transformer: Any, n_in: int, allow_all: bool) -> Matrix:
    if transformer.func is None or transformer.feature_names_out == "one-to-one":
        return sparse.identity(n_in, format="csr")
    if transformer.feature_names_out is None:
        raise UnsupportedTransformerError(
            "functions that tell which columns their outputs come from",
            "a FunctionTransformer without feature_names_out",
            "Give it feature_names_out='one-to-one' if it keeps columns apart, or a function that "
            "names its outputs.",
        )
    return _unknown(transformer, n_in, allow_all)


# In order: a class is handled by the first of its names found here.
HANDLERS: dict[str, Handler] = {
    # One output per column, and yet each depends on all of them.
    "Normalizer": _unknown,
    "TfidfTransformer": _unknown,
    "OneHotEncoder": _one_hot,
    "SimpleImputer": _imputer,
    "MissingIndicator": _indicator,
    "KBinsDiscretizer": _bins,
    "TargetEncoder": _target_encoder,
    "FunctionTransformer": _function,
    "SelectorMixin": _selector,
    "OneToOneFeatureMixin": _one_to_one,
}
