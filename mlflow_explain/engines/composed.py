"""Models made of models: where the whole is a weighted sum of members, so are its attributions.

Shapley values are linear in the game: Shapley 1953, https://doi.org/10.1515/9781400881970-018
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import full_name, is_frame
from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import Table, dense
from mlflow_explain.engines import compositions
from mlflow_explain.engines.base import EngineRow, EngineState, Options, Refusal, nested
from mlflow_explain.engines.choice import Choice, first
from mlflow_explain.engines.trees import engine as trees_engine
from mlflow_explain.engines.trees.engine import TreeEngine
from mlflow_explain.engines.trees.ensemble import weighted_sum
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import (
        AnyArray,
        FeaturePerturbation,
        FloatArray,
        IntArray,
        OutputSpace,
        Rows,
    )
    from mlflow_explain.engines.base import Engine
    from mlflow_explain.engines.compositions import Composition, Part

NAME = "composed"


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """An engine and what it counts in the whole.

    Parameters
    ----------
    engine : Engine
        Explains the member.
    weights : ndarray of shape (n_member_outputs, n_outputs)
        What its outputs count.
    columns : ndarray of int or None
        Features it sees; None for all.
    """

    engine: Engine
    weights: FloatArray
    columns: IntArray | None


@dataclass(frozen=True, eq=False, slots=True)
class Direct:
    """Features that count beside the members.

    Parameters
    ----------
    coefficients : ndarray of shape (n_features, n_outputs)
        What they count.
    mean : ndarray of shape (n_features,)
        Mean of the background.
    """

    coefficients: FloatArray
    mean: FloatArray

    def attributions(self, rows: Rows) -> FloatArray:
        """Return coefficient times distance from the mean, (n_rows, n_features, n_outputs)."""
        plain = dense(rows, np.float64)
        return np.asarray((plain - self.mean)[:, :, None] * self.coefficients[None])


@dataclass(frozen=True, eq=False, repr=False)
class ComposedEngine:
    """Attributions of a weighted sum of models, exact where those of the members are.

    Parameters
    ----------
    members : tuple of Member
        Engines of the members, all of one game.
    direct : Direct or None
        What the features themselves count.
    base_values : ndarray of shape (n_outputs,)
        Expected output.
    output_space : {"log-odds", "probability", "margin", "raw"}
        Unit of the sum.
    feature_perturbation : {"tree_path_dependent", "interventional"}
        The game all members play.
    """

    members: tuple[Member, ...]
    direct: Direct | None
    base_values: FloatArray
    output_space: OutputSpace
    feature_perturbation: FeaturePerturbation | None
    name: str = NAME
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    @property
    def tolerance(self) -> float:
        """Largest relative difference between its sums and the model's own arithmetic."""
        return max(member.engine.tolerance for member in self.members)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        values = np.zeros((*rows.shape, len(self.base_values)))
        for member in self.members:
            seen = _columns(rows, member.columns)
            found = member.engine.explain(seen).values @ member.weights
            if member.columns is None:
                values += found
            else:
                # A feature may have been drawn twice.
                np.add.at(values.transpose(1, 0, 2), member.columns, found.transpose(1, 0, 2))
        if self.direct is not None:
            values += self.direct.attributions(rows)
        return LocalImportance(values=values, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the states of all members, and what they count."""
        settings: list[dict[str, Any]] = []
        arrays: dict[str, AnyArray] = {"base_values": np.asarray(self.base_values)}
        texts: dict[str, str] = {}
        if self.direct is not None:
            arrays |= {"direct": self.direct.coefficients, "mean": self.direct.mean}
        for i, member in enumerate(self.members):
            own = member.engine.state()
            settings.append({"engine": member.engine.name, "settings": dict(own.settings)})
            arrays |= nested(f"{i}.", own.arrays)
            arrays[f"{i}:weights"] = member.weights
            if member.columns is not None:
                arrays[f"{i}:columns"] = member.columns
            texts |= nested(f"{i}.", own.texts)
        return EngineState(
            settings={
                "output_space": self.output_space,
                "feature_perturbation": self.feature_perturbation,
                "members": settings,
            },
            arrays=arrays,
            texts=texts,
        )


def row(of_members: tuple[EngineRow, ...]) -> EngineRow:
    """Return the row of the table of engines, for members that other rows explain, or itself."""
    rows: list[EngineRow] = list(of_members)
    made = EngineRow(NAME, partial(_build, rows), partial(_restore, rows), partial(_scores, rows))
    rows.append(made)
    return made


def _build(
    rows: list[EngineRow], predictor: Predictor, background: Table, options: Options
) -> ComposedEngine | Refusal:
    """Return the engine for a composition, or the reason why not."""
    whole = compositions.read(predictor.model)
    if isinstance(whole, str):
        return Refusal(NAME, whole)
    if options.wants_probability(predictor) and whole.output_space != "probability":
        return Refusal(NAME, f"{full_name(predictor.model)} is no sum in its probability")
    asked = replace(options, output="default")
    found = _members(rows, whole, background, asked)
    if isinstance(found, Refusal):
        return found
    games = {m.engine.feature_perturbation for m in found}
    if len(games) > 1 or whole.direct is not None:
        # Attributions of two games do not add up to those of one.
        asked = replace(asked, feature_perturbation="interventional")
        found = _members(rows, whole, background, asked)
        if isinstance(found, Refusal):
            return found
        games = {"interventional"}
    found = _joined(found, background)
    base = whole.offset + sum(m.engine.base_values @ m.weights for m in found)
    direct = None
    if whole.direct is not None:
        mean = np.asarray(background.data.astype(np.float64).mean(axis=0)).ravel()
        direct = Direct(whole.direct, mean)
        base = base + mean @ whole.direct
    return ComposedEngine(
        members=tuple(found),
        direct=direct,
        base_values=frozen_floats(base),
        output_space=whole.output_space,
        feature_perturbation=games.pop(),
    )


def _members(
    rows: list[EngineRow], whole: Composition, background: Table, options: Options
) -> list[Member] | Refusal:
    """Return the engines of all members, or the reason why one of them has none."""
    members = []
    for part in whole.parts:
        names = background.columns
        if part.columns is not None:
            names = tuple(f"{names[i]}.{n}" for n, i in enumerate(part.columns))
        seen = Table(_given(part, background.data), names)
        choice = first(predictor_of(part.model), seen, options, rows)
        if not isinstance(choice, Choice):
            reasons = "; ".join(f"{r.engine}: {r.reason}" for r in choice)
            return Refusal(NAME, f"its member {full_name(part.model)} has no engine ({reasons})")
        engine = choice.engine
        if engine.output_space not in compositions.SPACES[part.method]:
            return Refusal(
                NAME,
                f"it takes its member's {part.method}, and a {full_name(part.model)} is a sum in "
                f"its {engine.output_space} only",
            )
        if len(engine.base_values) != len(part.weights):
            return Refusal(NAME, f"its member {full_name(part.model)} has several outputs")
        members.append(Member(engine, part.weights, part.columns))
    return members


def _joined(members: list[Member], background: Table) -> list[Member]:
    """Return members that are all trees as one: a hundred bagged trees are one forest."""
    engines = [m.engine for m in members if isinstance(m.engine, TreeEngine)]
    formats = [dict(engine.rows.settings()) for engine in engines]
    alike = len(engines) == len(members) > 1 and all(f == formats[0] for f in formats)
    if not alike or formats[0]["categories"]:
        return members
    trees = weighted_sum(
        [(e.trees, m.weights, m.columns) for e, m in zip(engines, members, strict=True)]
    )
    rows = engines[0].rows
    has_background = engines[0].background is not None
    whole = replace(
        engines[0],
        trees=trees,
        background=rows.matrix(background.data) if has_background else None,
        tolerance=max(engine.tolerance for engine in engines),
    )
    trees_engine.warm(whole)
    return [Member(whole, np.eye(trees.n_outputs), None)]


def _restore(rows: list[EngineRow], state: EngineState, _: Predictor | None) -> ComposedEngine:
    """Return the engine of a stored state."""
    by_name = {known.name: known for known in rows}
    members = []
    for i, own in enumerate(state.settings["members"]):
        part = state.under(f"{i}.", own["settings"])
        engine = by_name[own["engine"]].restore(part, None)
        columns = state.arrays.get(f"{i}:columns")
        members.append(Member(engine, state.arrays[f"{i}:weights"], columns))
    known = state.arrays
    return ComposedEngine(
        members=tuple(members),
        direct=Direct(known["direct"], known["mean"]) if "direct" in known else None,
        base_values=frozen_floats(state.arrays["base_values"]),
        output_space=state.settings["output_space"],
        feature_perturbation=state.settings["feature_perturbation"],
    )


def _scores(
    rows: list[EngineRow], engine: ComposedEngine, predictor: Predictor, given: Rows
) -> FloatArray:
    """Return the model's own output in the engine's output space, (n_rows, n_outputs)."""
    whole = compositions.read(predictor.model)
    if isinstance(whole, str):
        return np.full((given.shape[0], 0), np.nan)
    if whole.scores is not None:
        return np.asarray(whole.scores(given), dtype=np.float64).reshape(given.shape[0], -1)
    by_name = {known.name: known for known in rows}
    total = np.tile(whole.offset, (given.shape[0], 1))
    # Trees that were joined are asked one by one, and any of them alike.
    joined = len(engine.members) == 1
    members = engine.members * (len(whole.parts) if joined else 1)
    for part, member in zip(whole.parts, members, strict=True):
        row = by_name[member.engine.name]
        total += (
            row.scores(member.engine, predictor_of(part.model), _given(part, given)) @ part.weights
        )
    return total


def _given(part: Part, rows: Rows) -> Rows:
    """Return rows as a member was fitted on them: its columns, with names only if it has some."""
    seen = _columns(rows, part.columns)
    nameless = is_frame(seen) and not hasattr(part.model, "feature_names_in_")
    return seen.to_numpy() if nameless else seen


def _columns(rows: Rows, columns: IntArray | None) -> Rows:
    """Return some of the columns, in that order."""
    if columns is None:
        return rows
    return rows.iloc[:, columns] if is_frame(rows) else rows[:, columns]
