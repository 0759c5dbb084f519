"""Operations of transformers: a table from a class to what writes its outputs.

A row takes the fitted transformer, the columns it is given and the program, and returns the columns
it makes, in the transformer's own order; where it cannot it raises `CannotExportError`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.models.encoders import encoded, one_hot
from mlflow_explain.dashboard.models.imputers import filled_in, indicated
from mlflow_explain.dashboard.models.program import Symbol
from mlflow_explain.dashboard.models.values import CannotExportError
from mlflow_explain.data.kinds import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow_explain._typing import AnyArray
    from mlflow_explain.dashboard.models.program import Program

# Weights that a projection may have: more of them make a page slow.
_MOST_WEIGHTS = 50_000
# numpy's functions by their names in the page.
_FUNCTIONS = {
    np.log: "log", np.log1p: "log1p", np.log2: "log2", np.log10: "log10", np.exp: "exp",
    np.expm1: "expm1", np.sqrt: "sqrt", np.square: "square", np.abs: "abs", np.fabs: "abs",
    np.sign: "sign", np.reciprocal: "reciprocal", np.negative: "negative",
}  # fmt: skip
# Bytes of the types in which they are what they are in double precision, but for rounding.
_WHOLE_BYTES, _FLOAT_BYTES = 8, 4
_SAME = (np.asarray, np.array, np.ascontiguousarray, np.copy, np.float64)


def floats(symbols: Sequence[Symbol], program: Program) -> list[Symbol]:
    """Return columns as scikit-learn's checks make them: in single precision where all are."""
    kinds = [program.number(symbol).dtype for symbol in symbols]
    common = np.result_type(*kinds) if kinds else np.dtype(np.float64)
    kind = np.dtype(np.float32) if common == np.float32 else np.dtype(np.float64)
    return [replace(symbol, dtype=kind) for symbol in symbols]


def _scaled(
    symbols: list[Symbol], minus: AnyArray | None, by: AnyArray | None, program: Program
) -> list[Symbol]:
    """Return columns less something, over something; rounded in between where they are single."""
    made = []
    for i, symbol in enumerate(floats(symbols, program)):
        less = 0.0 if minus is None else float(minus[i])
        over = 1.0 if by is None else float(by[i])
        if symbol.is_single and less and over != 1.0:
            moved = program.made(symbol, "scale", minus=less, by=1.0)
            made.append(program.made(moved, "scale", minus=0.0, by=over))
        elif less or over != 1.0:
            made.append(program.made(symbol, "scale", minus=less, by=over))
        else:
            made.append(symbol)
    return made


def _standard(scaler: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    single = [symbol.is_single for symbol in floats(symbols, program)]
    centre = scaler.mean_ if scaler.with_mean else None
    spread = scaler.scale_ if scaler.with_std else None
    if single and single[0]:
        centre = None if centre is None else centre.astype(np.float32)
        spread = None if spread is None else spread.astype(np.float32)
    return _scaled(symbols, centre, spread, program)


def _robust(scaler: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    centre = scaler.center_ if scaler.with_centering else None
    return _scaled(symbols, centre, scaler.scale_ if scaler.with_scaling else None, program)


def _max_abs(scaler: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    made = _scaled(symbols, None, scaler.scale_, program)
    # An argument since scikit-learn 1.9.
    if not getattr(scaler, "clip", False):
        return made
    return [program.made(one, "affine", times=1.0, plus=0.0, clip=[-1.0, 1.0]) for one in made]


def _min_max(scaler: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    clip = {"clip": [float(end) for end in scaler.feature_range]} if scaler.clip else {}
    made = []
    for i, symbol in enumerate(floats(symbols, program)):
        times, plus = float(scaler.scale_[i]), float(scaler.min_[i])
        given, factor = symbol, times
        if symbol.is_single:
            given, factor = program.made(symbol, "affine", times=times, plus=0.0), 1.0
        made.append(program.made(given, "affine", times=factor, plus=plus, **clip))
    return made


def _selected(selector: Any, symbols: list[Symbol], _: Program) -> list[Symbol]:
    return [symbols[i] for i in np.flatnonzero(selector.get_support())]


def _bins(bins: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    made = []
    for i, symbol in enumerate(floats(symbols, program)):
        edges = np.asarray(bins.bin_edges_[i], dtype=np.float64)[1:-1]
        binned = program.made(symbol, "bin", edges=edges.tolist())
        made += [binned] if bins.encode == "ordinal" else one_hot(
            binned, int(bins.n_bins_[i]), program
        )  # fmt: skip
    return made


def _binarizer(binarizer: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    # Above the threshold: at least the next number after it.
    made = []
    for symbol in floats(symbols, program):
        kind = np.float32 if symbol.is_single else np.float64
        edge = np.nextafter(kind(binarizer.threshold), kind(np.inf))
        made.append(program.made(symbol, "bin", edges=[float(edge)]))
    return made


def _power(transformer: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    made = [
        program.made(symbol, "power", method=transformer.method, **{"lambda": float(value)})
        for symbol, value in zip(floats(symbols, program), transformer.lambdas_, strict=True)
    ]
    if not transformer.standardize:
        return made
    return _standard(transformer._scaler, made, program)  # noqa: SLF001 - it has no public name


def _quantiles(transformer: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    if transformer.output_distribution != "uniform":
        raise CannotExportError("a QuantileTransformer makes normal distributions")
    y = np.asarray(transformer.references_, dtype=np.float64)
    return [
        _ranked(symbol, np.asarray(transformer.quantiles_[:, i], dtype=np.float64), y, program)
        for i, symbol in enumerate(floats(symbols, program))
    ]


def _ranked(symbol: Symbol, x: AnyArray, y: AnyArray, program: Program) -> Symbol:
    """Return ranks: the mean of interpolations from both sides, which differ at ties only."""
    forth = program.made(symbol, "interpolate", x=x.tolist(), y=y.tolist())
    if (np.diff(x) > 0).all():
        return forth
    mirrored = program.made(symbol, "affine", times=-1.0, plus=0.0)
    back = program.made(mirrored, "interpolate", x=(-x[::-1]).tolist(), y=(-y[::-1]).tolist())
    mean = program.add("dot", of=[forth.register, back.register], weights=[0.5, -0.5], plus=0.0)
    # The ends of the range are 0 and 1, also where many values lie on them.
    low = program.add("among", of=symbol.register, values=[float(x[0])], otherwise=[0.0, 1.0])
    ends = [[mean, 1], [low, 1]]
    if x[-1] == x[0]:
        return replace(forth, register=program.add("product", of=ends))
    high = program.add("among", of=symbol.register, values=[float(x[-1])], otherwise=[0.0, 1.0])
    top = program.add("among", of=symbol.register, values=[float(x[-1])])
    between = program.add("product", of=[*ends, [high, 1]])
    made = program.add("dot", of=[between, top], weights=[1.0, 1.0], plus=0.0)
    return replace(forth, register=made)


def _polynomial(polynomial: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    made = []
    for powers in np.asarray(polynomial.powers_):
        used = np.flatnonzero(powers)
        factors = [[program.number(symbols[i]).register, int(powers[i])] for i in used]
        if not factors:
            made.append(program.constant(1.0, "1"))
        elif len(factors) == 1 and factors[0][1] == 1:
            made.append(symbols[used[0]])
        else:
            name = " ".join(symbols[i].name for i in used)
            made.append(Symbol(program.add("product", of=factors), name))
    return made


def _projected(transformer: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    weights = np.asarray(transformer.components_, dtype=np.float64)
    if getattr(transformer, "whiten", False):
        spread = np.sqrt(transformer.explained_variance_)
        floor = np.finfo(spread.dtype).eps
        weights = weights / np.maximum(spread, floor)[:, None]
    if weights.size > _MOST_WEIGHTS:
        raise CannotExportError(f"{full_name(transformer)} has {weights.size:,} weights")
    centre = getattr(transformer, "mean_", None)
    plus = np.zeros(len(weights)) if centre is None else -(weights @ centre)
    of = [program.number(symbol).register for symbol in symbols]
    return [
        Symbol(program.add("dot", of=of, weights=row.tolist(), plus=float(more)), f"component {i}")
        for i, (row, more) in enumerate(zip(weights, plus, strict=True))
    ]


def _function(transformer: Any, symbols: list[Symbol], program: Program) -> list[Symbol]:
    function = transformer.func
    called = getattr(function, "__name__", type(function).__name__)
    if transformer.kw_args:
        raise CannotExportError(f"a FunctionTransformer calls {called} with arguments")
    if function is None or any(function is same for same in _SAME):
        return symbols
    name = next((name for known, name in _FUNCTIONS.items() if function is known), None)
    if name is None:
        raise CannotExportError(f"a FunctionTransformer calls {called}")
    _check_types(symbols, name)
    kinds = [symbol.dtype for symbol in symbols]
    common = np.result_type(*kinds) if kinds else np.dtype(np.float64)
    kind = np.float32 if common == np.float32 else np.float64
    return [program.made(symbol, "apply", dtype=kind, name=name) for symbol in symbols]


def _check_types(symbols: list[Symbol], name: str) -> None:
    """Refuse types in which numpy computes other numbers than in double precision."""
    kinds = {symbol.dtype for symbol in symbols if not symbol.is_text}
    whole = [kind for kind in kinds if kind.kind in "iub"]
    if whole and name == "reciprocal":
        raise CannotExportError("a FunctionTransformer takes reciprocals of whole numbers")
    # These run over, or become floats of 16 or 32 bits.
    narrow = [kind for kind in whole if kind.itemsize < _WHOLE_BYTES]
    narrow += [kind for kind in whole if kind.kind == "u" and name == "negative"]
    narrow += [kind for kind in kinds if kind.kind == "f" and kind.itemsize < _FLOAT_BYTES]
    if narrow:
        raise CannotExportError(f"a FunctionTransformer calls {name} in {narrow[0]}")


# In order: a class is written by the first of its names found here.
TRANSFORMERS: dict[str, Callable[[Any, list[Symbol], Program], list[Symbol]]] = {
    "SimpleImputer": filled_in,
    "MissingIndicator": indicated,
    "StandardScaler": _standard,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "RobustScaler": _robust,
    "OneHotEncoder": encoded,
    "OrdinalEncoder": encoded,
    "TargetEncoder": encoded,
    "KBinsDiscretizer": _bins,
    "Binarizer": _binarizer,
    "PowerTransformer": _power,
    "QuantileTransformer": _quantiles,
    "PolynomialFeatures": _polynomial,
    "PCA": _projected,
    "TruncatedSVD": _projected,
    "FunctionTransformer": _function,
    "SelectorMixin": _selected,
}
