"""The page's evaluator in numpy: what an exported model answers, to check it before it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, softmax

from mlflow_explain.dashboard.models import cells, trees
from mlflow_explain.dashboard.models.arithmetic import computed, numbers_of
from mlflow_explain.dashboard.models.cells import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.dashboard.models.arithmetic import Register
    from mlflow_explain.dashboard.models.values import Core, Exported, Input, Json

# Memory for the registers of the rows evaluated at a time.
_BYTES = 128 * 2**20


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What a model in the page answers for rows.

    Parameters
    ----------
    outputs : ndarray of shape (n_rows, n_outputs)
        Of the core.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        Of a classifier that tells them.
    values : ndarray of shape (n_rows,)
        Predicted numbers, or positions of classes.
    """

    outputs: FloatArray
    probabilities: FloatArray | None
    values: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Cells of a model's inputs.

    Parameters
    ----------
    count : int
        Rows.
    columns : list of ndarray or Texts
        One per input.
    """

    count: int
    columns: list[Register]


def inputs_of(rows: Rows, names: Sequence[str], inputs: Sequence[Input]) -> Cells:
    """Return the cells that inputs name, of rows with these columns."""
    position = {name: i for i, name in enumerate(names)}
    columns = cells.columns_of(rows, [position[given.name] for given in inputs])
    return Cells(int(rows.shape[0]), [cells.read(column) for column in columns])


def answers(exported: Exported, given: Cells) -> Answer:
    """Return what a model in the page answers for cells."""
    outputs = outputs_of(exported, given)
    probabilities, values = linked(exported.link, outputs)
    return Answer(outputs, probabilities, values)


def outputs_of(exported: Exported, given: Cells) -> FloatArray:
    """Return what the core makes of cells, (n_rows, n_outputs)."""
    return np.concatenate([core_outputs(exported.core, part) for part in _blocks(exported, given)])


def slots_of(exported: Exported, given: Cells) -> FloatArray:
    """Return the slots of cells, (n_rows, n_slots)."""
    return np.concatenate(list(_blocks(exported, given)))


def classifies(link: Json) -> bool:
    """Whether a model with this link predicts classes; else numbers."""
    return link["kind"] not in {"identity", "exp"}


def linked(link: Json, outputs: FloatArray) -> tuple[FloatArray | None, FloatArray]:
    """Return probabilities, if there are any, and predicted values."""
    if not classifies(link):
        return None, np.exp(outputs[:, 0]) if link["kind"] == "exp" else outputs[:, 0]
    if link["kind"] == "decision":
        one = outputs.shape[1] == 1
        return None, np.asarray(outputs[:, 0] > 0 if one else outputs.argmax(axis=1), np.float64)
    probabilities = _probabilities(link, outputs)
    return probabilities, probabilities.argmax(axis=1).astype(np.float64)


def _probabilities(link: Json, outputs: FloatArray) -> FloatArray:
    kind = link["kind"]
    if kind in {"logistic", "second"}:
        z = outputs[:, 0]
        second = z if kind == "second" else expit(link.get("scale", 1.0) * z)
        return np.column_stack([1.0 - second, second])
    if kind == "softmax":
        return np.asarray(softmax(outputs, axis=1))
    if kind == "logistic-each":
        each = expit(outputs)
        return np.asarray(each / each.sum(axis=1, keepdims=True))
    return outputs


def _blocks(exported: Exported, given: Cells) -> Iterator[FloatArray]:
    """Yield the slots of rows, (n_rows, n_slots), so many at a time as memory allows."""
    n_registers = len(exported.inputs) + len(exported.operations) + 1
    step = max(256, _BYTES // (8 * n_registers))
    for first in range(0, max(given.count, 1), step):
        part = slice(first, first + step)
        registers = [c.take(part) if isinstance(c, Texts) else c[part] for c in given.columns]
        yield _slots(exported, registers, min(step, given.count - first))


def _slots(exported: Exported, registers: list[Register], n_rows: int) -> FloatArray:
    for operation in exported.operations:
        registers.append(np.broadcast_to(computed(operation, registers), n_rows))
    slots = np.empty((n_rows, len(exported.slots)), order="F")
    for i, slot in enumerate(exported.slots):
        slots[:, i] = numbers_of(registers, slot)
    return slots


def core_outputs(core: Core, slots: FloatArray) -> FloatArray:
    """Return what a core makes of slots, (n_rows, n_slots), without operations before them."""
    if core.kind == "trees":
        return trees.outputs(core, slots)
    if core.kind == "linear":
        weights = core.array("weights").reshape(int(core.settings["outputs"]), -1)
        return np.asarray(slots @ weights.T + core.offset)
    return _kernel(slots, core.array("vectors").reshape(-1, slots.shape[1]), core)


def _kernel(x: FloatArray, vectors: FloatArray, core: Core) -> FloatArray:
    """Return the sum over vectors; differences are taken one by one, as the page does."""
    total = np.empty((len(x), 1))
    step = max(1, _BYTES // (8 * max(1, vectors.size)))
    for first in range(0, len(x), step):
        part = slice(first, first + step)
        squares = np.square(x[part, None, :] - vectors).sum(axis=2)
        decayed = np.exp(-core.settings["gamma"] * squares)
        total[part, 0] = decayed @ core.array("coefficients") + core.offset[0]
    return total
