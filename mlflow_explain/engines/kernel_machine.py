"""Kernel machines: exact values of support vector machines, kernel ridge, Gaussian processes.

Where the kernel is a product over features, the game of one support vector and one background row
is a product, whose Shapley values are an integral of a polynomial: `product_kernel` has the method
and its bounds. Nothing is sampled, and no model is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.kinds import full_name, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.engines import compiled
from mlflow_explain.engines.base import EngineState, Refusal
from mlflow_explain.engines.chunks import in_chunks
from mlflow_explain.engines.kernel_reading import KernelSum, has_margin, read
from mlflow_explain.engines.product_kernel import (
    LINE,
    MAX_LANES,
    Rules,
    add_attributions,
    attributions_by_numpy,
    on_a_line,
    rules_of,
    scratch,
)
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Options

NAME = "kernel machine"

# Memory for the background's factors; above it they are computed anew for each block of rows.
TABLE_BYTES = 64 << 20
# Memory of one block's factors, per thread.
_BLOCK_BYTES = 4 << 20
# Rows a thread explains at a time.
_ROWS = 16
# The exact rule for so many has half as many nodes, and takes half a second to prepare.
_MAX_FEATURES = 1024


@dataclass(frozen=True, eq=False, slots=True)
class Units:
    """A block of support vectors of one term of the kernel, ready for the compiled code.

    `n_even` is the number of features, made even by one on which nothing depends.

    Parameters
    ----------
    lengths : ndarray of shape (n_even,)
        Inverse lengths.
    vectors : ndarray of shape (n_units, n_even)
        Support vectors times inverse lengths.
    slabs : ndarray of shape (n_slabs, n_even, n_lanes)
        Background times inverse lengths.
    coefficients : ndarray of shape (n_units, n_outputs)
        Factors of the products.
    power : {1, 2}
        Of the distance.
    table : ndarray of shape (n_units, n_slabs, n_even, n_lanes), optional
        Factors of the background where there is memory to keep them.
    """

    lengths: FloatArray
    vectors: FloatArray
    slabs: FloatArray
    coefficients: FloatArray
    power: int
    table: FloatArray | None = None

    def of_background(self) -> FloatArray:
        """Return the factors q, (n_units, n_slabs, n_even, n_lanes)."""
        if self.table is not None:
            return self.table
        q = on_a_line((len(self.vectors), *self.slabs.shape))
        return _decayed(np.subtract(self.slabs, self.vectors[:, None, :, None], out=q), self.power)

    def of_rows(self, rows: FloatArray) -> FloatArray:
        """Return the factors p of rows (n_rows, n_even), (n_rows, n_units, n_even)."""
        p = np.empty((len(rows), *self.vectors.shape))
        scaled = (rows * self.lengths)[:, None, :]
        return _decayed(np.subtract(scaled, self.vectors, out=p), self.power)


@dataclass(frozen=True, eq=False, repr=False)
class KernelMachineEngine:
    """Attributions of a sum of product kernels, exact for the interventional game.

    Parameters
    ----------
    kernels : KernelSum
        The model.
    background : ndarray of shape (n_background, n_features)
        Rows that stand for absent features.
    output_space : {"margin", "raw"}
        Unit of the sum.
    base_values : ndarray of shape (n_outputs,)
        Mean of the sum over the background.
    scale : ndarray of shape (n_outputs,)
        Largest absolute sum over the background, in whose units the tolerance is.
    units : tuple of Units
        All support vectors of all terms.
    shares : ndarray of shape (n_slabs, n_lanes)
        Share of each background row in the mean.
    rules : Rules
        Quadrature for products of `n_even` factors.
    """

    kernels: KernelSum
    background: FloatArray
    output_space: OutputSpace
    base_values: FloatArray
    scale: FloatArray
    units: tuple[Units, ...]
    shares: FloatArray
    rules: Rules
    tolerance: float = 1e-6
    name: str = NAME
    feature_perturbation: FeaturePerturbation = "interventional"
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        rows = rows if is_sparse(rows) else np.asarray(rows, dtype=np.float64)
        n_rows, n_features = rows.shape[0], self.background.shape[1]
        values = np.empty((n_rows, n_features, len(self.base_values)))
        in_chunks(n_rows, _ROWS, partial(self._explain, rows, values), per_thread=_ROWS)
        return LocalImportance(values=values, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the model's sum and the background."""
        return EngineState(
            settings={"output_space": self.output_space, "power": self.kernels.power},
            arrays={
                "support_vectors": self.kernels.support_vectors,
                "coefficients": self.kernels.coefficients,
                "inverse_lengths": self.kernels.inverse_lengths,
                "offset": self.kernels.offset,
                "background": self.background,
            },
        )

    def _explain(self, rows: Rows, values: FloatArray, block: slice) -> None:
        """Write the attributions of a block of rows."""
        chosen = _even(dense(rows[block], np.float64))
        found = np.zeros((*chosen.shape, values.shape[2]))
        spent = np.zeros(len(chosen))
        work = scratch(chosen.shape[1], self.shares.shape[1])
        n_slabs = len(self.shares)
        to_come = n_slabs * sum(len(units.vectors) for units in self.units)
        rules = self.rules
        for units in self.units:
            p, q = units.of_rows(chosen), units.of_background()
            if add_attributions.is_ready:
                reach = (np.abs(units.coefficients) / self.scale).max(axis=1)
                add_attributions(
                    p, q, units.coefficients, reach, self.shares, rules.nodes, rules.weights,
                    rules.sizes, rules.errors, to_come, spent, work, found,
                )  # fmt: skip
            else:
                found += attributions_by_numpy(p, q, units.coefficients, self.shares, rules)
            to_come -= n_slabs * len(units.vectors)
        values[block] = found[:, : values.shape[1]]


def build(
    predictor: Predictor, background: Table, options: Options, table_bytes: int = TABLE_BYTES
) -> KernelMachineEngine | Refusal:
    """Return the engine for a kernel machine of scikit-learn, or the reason why not.

    Parameters
    ----------
    predictor : Predictor
        The estimator, without its preprocessing.
    background : Table
        Rows that stand for absent features.
    options : Options
        Other games and probabilities are refused.
    table_bytes : int, default=64 MiB
        Memory for the background's factors; above it they are computed for each block of rows.
    """
    model = predictor.model
    kernels = read(model)
    if isinstance(kernels, str):
        return Refusal(NAME, kernels)
    if options.feature_perturbation == "tree_path_dependent":
        return Refusal(NAME, f"{full_name(model)} has no trees: its game is interventional")
    if options.wants_probability(predictor):
        return Refusal(NAME, f"{full_name(model)} is a sum of products in its margin only")
    n_features = kernels.support_vectors.shape[1]
    if n_features > _MAX_FEATURES:
        return Refusal(
            NAME, f"{full_name(model)} has {n_features} features, more than {_MAX_FEATURES}"
        )
    # A copy: the user's rows may change before the state is stored.
    rows = dense(background.data, np.float64).copy()
    return _made(kernels, rows, "margin" if has_margin(model) else "raw", table_bytes)


def restore(state: EngineState, _: Predictor | None) -> KernelMachineEngine:
    """Return the engine of a stored state."""
    arrays = state.arrays
    kernels = KernelSum(
        support_vectors=arrays["support_vectors"],
        coefficients=arrays["coefficients"],
        inverse_lengths=arrays["inverse_lengths"],
        offset=arrays["offset"],
        power=state.settings["power"],
    )
    return _made(kernels, arrays["background"], state.settings["output_space"], TABLE_BYTES)


def scores(engine: KernelMachineEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own decision function or prediction, (n_rows, n_outputs)."""
    model = predictor.model
    # Some models answer float32 rows in float32, and the difference be mistaken for an error.
    rows = rows.astype(np.float64)
    score = model.decision_function if engine.output_space == "margin" else model.predict
    return np.asarray(score(rows), dtype=np.float64).reshape(rows.shape[0], -1)


def _made(
    kernels: KernelSum, background: FloatArray, output_space: OutputSpace, table_bytes: int
) -> KernelMachineEngine:
    """Return the engine, with the background's factors computed and the code compiled."""
    compiled.prepare([add_attributions])
    slabs, shares = _slabs(_even(background))
    units = list(_units(kernels, slabs))
    size = kernels.coefficients[..., 0].size * slabs.nbytes
    if size <= table_bytes:
        units = [replace(block, table=block.of_background()) for block in units]
    outputs = kernels.offset + sum(
        np.tensordot(block.of_background().prod(axis=2), block.coefficients, axes=(0, 0))
        for block in units
    )
    outputs = np.broadcast_to(outputs, (*shares.shape, len(kernels.offset)))[shares > 0]
    largest = np.abs(outputs).max(axis=0)
    weight = np.abs(kernels.coefficients).sum(axis=(0, 1))
    # Any scale will do for an output that is 0 on all the background.
    scale = np.where(largest > 0, largest, np.where(weight > 0, weight, 1.0))
    return KernelMachineEngine(
        kernels=kernels,
        background=frozen_floats(background),
        output_space=output_space,
        base_values=frozen_floats(outputs.mean(axis=0)),
        scale=scale,
        units=tuple(units),
        shares=shares,
        rules=rules_of(slabs.shape[1]),
    )


def _slabs(background: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the background in slabs (n_slabs, n_even, n_lanes), and each lane's share."""
    n_rows, n_even = background.shape
    n_slabs = -(-n_rows // MAX_LANES)
    n_lanes = -(-n_rows // (n_slabs * LINE)) * LINE
    # The last slab is filled up with a row that counts for nothing.
    rows = np.arange(n_slabs * n_lanes)
    slabs = background[np.minimum(rows, n_rows - 1)].reshape(n_slabs, n_lanes, n_even)
    shares = np.where(rows < n_rows, 1.0 / n_rows, 0.0).reshape(n_slabs, n_lanes)
    return np.ascontiguousarray(slabs.transpose(0, 2, 1)), shares


def _units(kernels: KernelSum, slabs: FloatArray) -> Iterator[Units]:
    """Yield the support vectors of each term, in blocks that bound the memory of their factors."""
    vectors = _even(kernels.support_vectors)
    n_bytes = max(slabs.nbytes, _ROWS * slabs[0, :, 0].nbytes)
    step = max(1, _BLOCK_BYTES // n_bytes)
    terms = zip(_even(kernels.inverse_lengths), kernels.coefficients, strict=True)
    for lengths, coefficients in terms:
        scaled, scaled_slabs = vectors * lengths, slabs * lengths[:, None]
        for first in range(0, len(vectors), step):
            yield Units(
                lengths=lengths,
                vectors=scaled[first : first + step],
                slabs=scaled_slabs,
                # The compiled code takes arrays that may be written to.
                coefficients=np.array(coefficients[first : first + step], order="C"),
                power=kernels.power,
            )


def _decayed(differences: FloatArray, power: int) -> FloatArray:
    """Overwrite differences with exp(-abs(difference)^power)."""
    (np.square if power == 2 else np.abs)(differences, out=differences)
    np.negative(differences, out=differences)
    return np.exp(differences, out=differences)


def _even(rows: FloatArray) -> FloatArray:
    """Return rows with an even number of columns: with one of zeros where it was odd."""
    return np.pad(rows, [(0, 0), (0, rows.shape[1] % 2)])
