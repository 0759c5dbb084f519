"""Which numbers of a column a model in the page tells apart: what rounding must not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.dashboard.models import trees
from mlflow_explain.dashboard.models.arithmetic import computed
from mlflow_explain.dashboard.models.program import sources_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.dashboard.models.values import Exported, Json

# Operations of one number that never fall where it grows, by name.
_GROWING = {"fill", "scale", "affine", "apply", "bin", "missing"}
_FUNCTIONS = {"float32", "exp", "expm1"}
_ZERO_BAND = 1e-35


@dataclass(frozen=True, eq=False, slots=True)
class _Chain:
    """Operations from an input to a register, one after the other."""

    input: int
    operations: tuple[Json, ...] = ()


def thresholds_of(exported: Exported) -> dict[str, FloatArray | None]:
    """Return what a model asks of its columns of numbers.

    A cell may be rounded as long as it stays on its side of each threshold: it goes left of one
    where it is at most that.

    Parameters
    ----------
    exported : Exported
        A model in the page.

    Returns
    -------
    dict
        Name of an input that is a number or a time -> sorted thresholds; None where every digit of
        the column counts, and it has to be kept in double precision.
    """
    wanted = [i for i, given in enumerate(exported.inputs) if given.type in {"number", "time"}]
    if exported.core.kind != "trees":
        return {exported.inputs[i].name: None for i in wanted}
    found: dict[int, list[FloatArray] | None] = {i: [] for i in wanted}
    chains = _chains(exported)
    for register in _ends(exported):
        chain = chains.get(register)
        if chain is None:
            # Of several columns, or not growing: every digit counts.
            for i in _inputs_behind(exported, register):
                found[i] = None
    for slot, register in enumerate(exported.slots):
        chain = chains.get(register)
        own = None if chain is None else found.get(chain.input)
        if chain is not None and own is not None:
            own.append(_pulled_back(chain, _asked(exported, slot)))
    return {
        exported.inputs[i].name: None
        if parts is None
        else np.unique(np.concatenate([np.zeros(0), *parts]))
        for i, parts in found.items()
        if i < len(exported.inputs)
    }


def _ends(exported: Exported) -> set[int]:
    """Return the registers that are slots, or read by operations that no chain goes through."""
    chains = _chains(exported)
    n_inputs = len(exported.inputs)
    ends = set(exported.slots)
    return ends | {n_inputs + i for i in range(len(exported.operations))} - chains.keys()


def _chains(exported: Exported) -> dict[int, _Chain]:
    """Return the registers that grow with one input, and how they are made of it."""
    chains = {i: _Chain(i) for i, given in enumerate(exported.inputs) if given.type != "category"}
    for i, operation in enumerate(exported.operations):
        of = operation.get("of")
        if isinstance(of, int) and of in chains and _grows(operation):
            before = chains[of]
            chains[len(exported.inputs) + i] = _Chain(before.input, (*before.operations, operation))
    return chains


def _grows(operation: Json) -> bool:
    name = operation["op"]
    if name == "scale":
        return bool(operation["by"] > 0)
    if name == "affine":
        return bool(operation["times"] >= 0)
    if name == "apply":
        return operation["name"] in _FUNCTIONS
    return name in _GROWING


def _inputs_behind(exported: Exported, register: int) -> list[int]:
    """Return the inputs of numbers that a register is made of."""
    waiting, seen = [register], set()
    n_inputs = len(exported.inputs)
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        if at >= n_inputs:
            waiting += sources_of(exported.operations[at - n_inputs])
    return [i for i in seen if i < n_inputs and exported.inputs[i].type in {"number", "time"}]


def _asked(exported: Exported, slot: int) -> FloatArray:
    """Return the thresholds of a slot, and the ends of what counts as zero."""
    core = exported.core
    starts = core.array("thresholdStarts")
    own = core.array("thresholds")[starts[slot] : starts[slot + 1]]
    of_slot = (core.array("feature") == slot) & (core.array("right") > 0)
    flags = core.array("flags")[of_slot]
    if (flags & trees.ZERO_IS_MISSING).any():
        own = np.append(own, [np.nextafter(-_ZERO_BAND, -1.0), _ZERO_BAND])
    if (flags & trees.BY_SET).any():
        # Sets are of whole numbers: each of them is a side of its own.
        most = 32 * int(np.diff(core.array("setStarts")).max(initial=0))
        own = np.append(own, [np.nextafter(np.arange(most + 1.0), -1.0), np.arange(-1.0, most)])
    if core.settings["float32"]:
        return _largest_rounded(own)
    return np.asarray(own)


def _largest_rounded(thresholds: FloatArray) -> FloatArray:
    """Return the largest numbers that are at most the thresholds in single precision."""
    return _largest(lambda x: x.astype(np.float32).astype(np.float64), thresholds)


def _pulled_back(chain: _Chain, thresholds: FloatArray) -> FloatArray:
    """Return the largest cells that come out at most at the thresholds."""
    kept = [step for step in chain.operations if step["op"] != "fill"]
    if any(step["op"] == "missing" for step in kept):
        # Whether a cell is missing, no rounding changes.
        return np.zeros(0)
    if not kept:
        return thresholds

    def made(x: FloatArray) -> FloatArray:
        for step in kept:
            x = computed({**step, "of": 0}, [x])
        return x

    return _largest(made, thresholds)


def _largest(function: Callable[[FloatArray], FloatArray], thresholds: FloatArray) -> FloatArray:
    """Return the largest x with ``function(x) <= threshold``, by halving all doubles in order."""
    ends = np.finfo(np.float64).max
    low = np.full(len(thresholds), _place(np.array(-ends)))
    high = np.full(len(thresholds), _place(np.array(ends)))
    for _ in range(64):
        # Their mean, rounded up; the sum itself would overflow.
        middle = (low | high) - ((low ^ high) >> 1)
        with np.errstate(all="ignore"):
            below = function(_double(middle)) <= thresholds
        low, high = np.where(below, middle, low), np.where(below, high, middle - 1)
    return _double(low)


def _place(values: AnyArray) -> IntArray:
    """Return the positions of doubles among all doubles, in their order."""
    bits = values.astype(np.float64).view(np.int64)
    return np.asarray(np.where(bits < 0, np.iinfo(np.int64).min - bits, bits))


def _double(places: IntArray) -> FloatArray:
    """Return the doubles at positions that `_place` tells."""
    bits = np.where(places < 0, np.iinfo(np.int64).min - places, places)
    return np.asarray(bits.view(np.float64))
