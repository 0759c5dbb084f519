"""Which game the page plays: the explanation's own, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlflow_explain.dashboard.models.values import Game
from mlflow_explain.data.table import dense
from mlflow_explain.engines import additive
from mlflow_explain.engines.rescaled import both, probability
from mlflow_explain.engines.trees import engine as tree_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.dashboard.models.estimators import Part
    from mlflow_explain.explanation import Explanation

# How near base values have to be, relative to the largest: single precision, added up.
_CLOSE = 1e-6
# Rows to learn a linear model's background from.
_ROWS = 100

NOT_ITS_OWN = "The attributions are not of a kind that the page can compute for other rows."
NO_BACKGROUND = (
    "The page cannot compute attributions for other rows: the explanation does not keep the "
    "background rows it compared with. Pass the explainer to have them in the page."
)


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What the game is chosen from.

    Parameters
    ----------
    explanation : Explanation
        In the raw view.
    part : Part
        The model in the page.
    fold : list of (slot, feature, share) or None
        From slots to features; None where it is not known.
    slots : callable
        ``(n) -> (n_rows, n_slots)``: slots of the first n explained rows.
    outputs : callable
        ``(slots) -> (n_rows, n_outputs)``: what the core makes of slots.
    engine : Engine or None
        The one that explained, where it is at hand.
    """

    explanation: Explanation
    part: Part
    fold: list[tuple[int, int, float]] | None
    slots: Callable[[int], FloatArray]
    outputs: Callable[[FloatArray], FloatArray]
    engine: Any = None


def game_of(asked: Asked) -> tuple[Game, str | None]:
    """Return the game, and where it is none a sentence that says why."""
    explanation, part = asked.explanation, asked.part
    if explanation.method != part.engine or asked.fold is None:
        return Game("none"), NOT_ITS_OWN
    background = None
    if explanation.feature_perturbation == "tree_path_dependent":
        if part.core.kind != "trees":
            return Game("none"), NOT_ITS_OWN
        base = path_dependent_base(part)
    else:
        background = _background(asked)
        if background is None:
            return Game("none"), NO_BACKGROUND
        base = asked.outputs(background).mean(axis=0)
        if part.core.kind == "linear":
            background = background.mean(axis=0, keepdims=True)
    game = in_unit_of(explanation, part, base, asked.fold, background)
    if game is None or not _is_base(explanation, np.array(game.base_values)):
        return Game("none"), NOT_ITS_OWN
    return game, None


def in_unit_of(
    explanation: Explanation, part: Part, base: FloatArray, fold: list[tuple[int, int, float]],
    background: FloatArray | None,
) -> Game | None:  # fmt: skip
    """Return a game whose attributions are in an explanation's unit, or None where they are not.

    Parameters
    ----------
    explanation : Explanation
        In the raw view.
    part : Part
        The model in the page.
    base : ndarray of shape (n_outputs,)
        Base values of its outputs.
    fold : list of (slot, feature, share)
        From slots to features.
    background : ndarray or None
        Of the interventional game; None for the path-dependent one.
    """
    kind: Literal["tree_path_dependent", "interventional"]
    kind = "tree_path_dependent" if background is None else "interventional"
    rows = None if background is None else np.array(background, order="C")
    if explanation.output_space == part.output_space:
        return Game(kind, _plain(base), fold, rows)
    if explanation.output_space == "probability" and part.output_space == "log-odds":
        return Game(kind, _plain(both(probability(base))), fold, rows, rescaled=float(base[0]))
    return None


def fold_of(
    explanation: Explanation, part: Part, names: tuple[str, ...], *, is_bare: bool
) -> list[tuple[int, int, float]] | None:
    """Return the shares of slots that go to features of the explanation, or None.

    Parameters
    ----------
    explanation : Explanation
        In the raw view.
    part : Part
        The model in the page.
    names : tuple of str
        Names of the raw columns.
    is_bare : bool
        The estimator is given the raw columns themselves.
    """
    place = {name: i for i, name in enumerate(explanation.features)}
    engineered = explanation.engineered
    if engineered is not None and engineered.feature_map is not None:
        fold, raw = engineered.feature_map, engineered.raw_features or names
        entries = zip(fold.engineered, fold.raw, fold.weights, strict=True)
        shares = [(int(e), place.get(raw[r]), float(w)) for e, r, w in entries]
    elif is_bare:
        shares = [(i, place.get(name), 1.0) for i, name in enumerate(names)]
    else:
        return None
    slot = {int(feature): i for i, feature in enumerate(part.features)}
    return sorted((slot[e], r, w) for e, r, w in shares if e in slot and r is not None)


def path_dependent_base(part: Part) -> FloatArray:
    """Return the expected output of packed trees, each leaf weighted by its share of the cover."""
    core = part.core
    is_leaf = core.array("right") == 0
    roots = core.array("roots").astype(np.int64)
    tree = np.searchsorted(roots, np.flatnonzero(is_leaf), side="right") - 1
    cover = core.array("covers").astype(np.float64)
    total = np.bincount(tree, weights=cover, minlength=len(roots))
    share = cover / np.where(total > 0, total, 1.0)[tree]
    values = core.array("values").astype(np.float64)
    base = np.array(core.offset)
    if "outputOf" in core.settings:
        return base + np.bincount(
            core.array("outputOf")[tree], weights=share * values, minlength=len(base)
        )
    return np.asarray(base + share @ values.reshape(len(share), -1))


def _background(asked: Asked) -> FloatArray | None:
    """Return background rows in slots, of the engine, or as the attributions of rows show them."""
    engine, part = asked.engine, asked.part
    if getattr(engine, "name", None) == part.engine:
        arrays: Mapping[str, Any] = engine.state().arrays
        rows = arrays.get("mean" if part.engine == additive.NAME else "background")
        if rows is not None:
            return np.atleast_2d(dense(rows, np.float64))[:, part.features]
    return _mean_of_linear(asked) if part.core.kind == "linear" else None


def _mean_of_linear(asked: Asked) -> FloatArray | None:
    """Return the mean that attributions ``weight * (x - mean)`` tell, (1, n_slots)."""
    source = asked.explanation.engineered or asked.explanation
    if source.local is None or asked.explanation.rows is None or source.local.n_rows == 0:
        return None
    core = asked.part.core
    weights = core.array("weights").reshape(int(core.settings["outputs"]), -1)
    values = source.local.values[:_ROWS, asked.part.features]
    if values.shape[2] != len(weights):
        return None
    largest = np.abs(weights).argmax(axis=0)
    slot = np.arange(weights.shape[1])
    added = values[:, slot, largest]
    x = asked.slots(len(values))
    return np.asarray((x - added / weights[largest, slot]).mean(axis=0, keepdims=True))


def _is_base(explanation: Explanation, base: FloatArray) -> bool:
    """Whether base values are the explanation's, where it keeps its own."""
    source = explanation.engineered or explanation
    if source.local is None:
        return source.method == tree_engine.NAME
    own = source.local.base_values
    scale = max(1.0, float(np.abs(own).max(initial=0.0)))
    return own.shape == base.shape and bool(np.abs(own - base).max() <= _CLOSE * scale)


def _plain(values: FloatArray) -> list[float]:
    return [float(value) for value in values]
