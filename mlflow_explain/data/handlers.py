"""What each class of transformers makes of its columns: a matrix of outputs by inputs.

A handler takes the fitted transformer, the number of its input columns, the number of its outputs
where that is known, and whether columns may be mixed. Its matrix, (n_outputs, n_inputs), has rows
that sum to 1: a single 1 where an output is made from one input, equal shares where it is made
from several, which is accepted on request only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import sparse

from mlflow_explain.data.kinds import full_name
from mlflow_explain.errors import UnsupportedTransformerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Matrix: TypeAlias = sparse.csr_matrix
    Handler: TypeAlias = Callable[[Any, int, int | None, bool], Matrix]


def mixing(transformer: Any, why: str) -> UnsupportedTransformerError:
    """Return the error that outputs cannot be told by single columns."""
    return UnsupportedTransformerError(
        "transformers that make each output from one column",
        f"{full_name(transformer)}, which {why}",
        "Explain the Pipeline from outside, in raw columns, with `KernelExplainer`; or pass "
        "`allow_all_transformations=True` to share each output's attribution equally among the "
        "transformer's input columns, which then look equally important.",
    )


def unknown(transformer: Any, n_in: int, n_out: int | None, allow_all: bool) -> Matrix:
    """Return the map of a transformer that may mix its columns: of one column it cannot."""
    if not allow_all and n_in != 1:
        raise mixing(transformer, "is not known to keep columns apart")
    if n_out is None:
        n_out = _count_of(transformer)
    if n_out is None:
        raise mixing(transformer, "does not tell how many outputs it has")
    return sparse.csr_matrix(np.full((n_out, n_in), 1.0 / n_in))


def _count_of(transformer: Any) -> int | None:
    """Return the number of outputs that a transformer tells by their names."""
    try:
        return len(transformer.get_feature_names_out())
    except (AttributeError, TypeError, ValueError):
        # Some have no names for their outputs, or none without those of their inputs.
        return None


def one_to_one(_: Any, n_in: int, __: int | None = None, ___: bool = False) -> Matrix:
    """Return the map of a transformer that keeps its columns."""
    return sparse.identity(n_in, format="csr")


def _repeated(counts: Sequence[int], n_in: int) -> Matrix:
    """Return the map of a transformer that makes `counts[i]` outputs of input i, in order."""
    return _selected(np.repeat(np.arange(n_in), counts), n_in)


def _selected(kept: Any, n_in: int) -> Matrix:
    return sparse.identity(n_in, format="csr")[np.asarray(kept, dtype=np.int64)]


def _one_hot(encoder: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    infrequent = getattr(encoder, "infrequent_categories_", [None] * n_in)
    drop = encoder.drop_idx_ if encoder.drop_idx_ is not None else [None] * n_in
    counts = [
        len(categories) - (0 if rare is None else len(rare) - 1) - (dropped is not None)
        for categories, rare, dropped in zip(encoder.categories_, infrequent, drop, strict=True)
    ]
    return _repeated(counts, n_in)


def _imputer(imputer: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    kept = np.arange(n_in)
    if not imputer.keep_empty_features and imputer.strategy != "constant":
        empty = np.array([value is None or value != value for value in imputer.statistics_])  # noqa: PLR0124
        kept = kept[~empty]
    if imputer.indicator_ is not None:
        kept = np.concatenate([kept, imputer.indicator_.features_])
    return _selected(kept, n_in)


def _modelled_imputer(imputer: Any, n_in: int, _: int | None, allow_all: bool) -> Matrix:
    """Return the map of an imputer that fills gaps from the other columns.

    A value is credited to the column it stands in: exact for rows without gaps.
    """
    if not allow_all and n_in != 1:
        raise mixing(imputer, "fills the gaps of a column from the others")
    given = getattr(imputer, "feature_names_in_", [f"x{i}" for i in range(n_in)])
    source = {str(name): i for i, name in enumerate(given)}
    source |= {f"missingindicator_{name}": i for name, i in source.items()}
    return _selected([source[name] for name in imputer.get_feature_names_out()], n_in)


def _selector(selector: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    return _selected(np.flatnonzero(selector.get_support()), n_in)


def _indicator(indicator: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    return _selected(indicator.features_, n_in)


def _bins(bins: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    if bins.encode == "ordinal":
        return one_to_one(bins, n_in)
    return _repeated([int(n) for n in bins.n_bins_], n_in)


def _target_encoder(encoder: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    per_class = len(encoder.classes_) if encoder.target_type_ == "multiclass" else 1
    return _repeated([per_class] * n_in, n_in)


def _splines(splines: Any, n_in: int, _: int | None, __: bool) -> Matrix:
    return _repeated([splines.n_features_out_ // n_in] * n_in, n_in)


def _polynomial(polynomial: Any, _: int, __: int | None, allow_all: bool) -> Matrix:
    """Return the map of powers and products: a product is shared among its factors.

    The constant, whose attribution is zero, is shared among all.
    """
    factors = np.asarray(polynomial.powers_) > 0
    if not allow_all and (factors.sum(axis=1) > 1).any():
        raise mixing(polynomial, "multiplies columns")
    factors[~factors.any(axis=1)] = True
    return sparse.csr_matrix(factors / factors.sum(axis=1, keepdims=True))


def _function(transformer: Any, n_in: int, n_out: int | None, allow_all: bool) -> Matrix:
    if transformer.func is None or transformer.feature_names_out == "one-to-one":
        return one_to_one(transformer, n_in)
    if transformer.feature_names_out is None and n_in != 1 and not allow_all:
        raise UnsupportedTransformerError(
            "functions that tell which columns their outputs come from",
            "a FunctionTransformer without feature_names_out",
            "Give it feature_names_out='one-to-one' if it keeps columns apart, or one function per "
            "column; `allow_all_transformations=True` shares each output equally among its inputs.",
        )
    return unknown(transformer, n_in, n_out, allow_all)


def _hashed(hasher: Any, n_in: int, _: int | None, allow_all: bool) -> Matrix:
    return unknown(hasher, n_in, int(hasher.n_features), allow_all)


def _binarizer(binarizer: Any, n_in: int, _: int | None, allow_all: bool) -> Matrix:
    n_classes = len(binarizer.classes_)
    single = hasattr(binarizer, "y_type_") and n_classes <= 2
    return unknown(binarizer, n_in, 1 if single else n_classes, allow_all)


# In order: a class is handled by the first of its names found here.
HANDLERS: dict[str, Handler] = {
    # One output per column, and yet each depends on all of them.
    "Normalizer": unknown,
    "TfidfTransformer": unknown,
    "OneHotEncoder": _one_hot,
    "SimpleImputer": _imputer,
    "KNNImputer": _modelled_imputer,
    "IterativeImputer": _modelled_imputer,
    "MissingIndicator": _indicator,
    "KBinsDiscretizer": _bins,
    "TargetEncoder": _target_encoder,
    "SplineTransformer": _splines,
    "PolynomialFeatures": _polynomial,
    "FunctionTransformer": _function,
    "HashingVectorizer": _hashed,
    "FeatureHasher": _hashed,
    # Of labels, and used on a column of words all the same.
    "LabelEncoder": one_to_one,
    "LabelBinarizer": _binarizer,
    "MultiLabelBinarizer": _binarizer,
    "SelectorMixin": _selector,
    "OneToOneFeatureMixin": one_to_one,
}
