"""Explains any model by asking it, from outside: Kernel SHAP with the whole background.

v(S) is the model's mean output over all background rows whose cells of the features in S are the
row's: Lundberg and Lee 2017, https://doi.org/10.48550/arXiv.1705.07874. With few varying features
all coalitions are asked, and attributions are exact; with more, pairs of coalitions are drawn, once
for all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.engines import compiled
from mlflow_explain.engines.base import EngineRow, EngineState, Refusal
from mlflow_explain.engines.black_box import kernels, limits
from mlflow_explain.engines.black_box.asked import AskedBackground, AskingEngine
from mlflow_explain.engines.black_box.asking import Question, coalition_values
from mlflow_explain.engines.black_box.coalitions import n_all
from mlflow_explain.engines.black_box.masking import Pool, bytes_per_row, len_of, part_of, pool
from mlflow_explain.engines.black_box.regression import Regression, regression
from mlflow_explain.engines.black_box.surrogate import estimate
from mlflow_explain.engines.progress import Progress
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow_explain._typing import (
        AnyArray,
        FeaturePerturbation,
        FloatArray,
        IntArray,
        Rows,
    )
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Options

NAME = "kernel"


@dataclass(frozen=True, eq=False, repr=False)
class BlackBoxEngine(AskingEngine):
    """Attributions of whatever a model answers, for the interventional game.

    Parameters
    ----------
    asked : AskedBackground
        Rows whose cells stand for absent features, all of them used, and the model's answers.
    budget : int
        Coalitions asked per row, where they are not all.
    seed : int
        Seed of the coalitions drawn.
    show_progress : bool
        Show a bar over coalitions, if standard error is a terminal.
    max_bytes : int
        Synthetic rows given to the model at a time, in bytes; at least one coalition's.
    """

    asked: AskedBackground
    budget: int
    seed: int = 0
    show_progress: bool = False
    max_bytes: int = limits.MAX_BYTES
    tolerance: float = 1e-6
    name: str = NAME
    feature_perturbation: FeaturePerturbation = field(default="interventional", init=False)
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    @property
    def background(self) -> Rows:
        """Rows whose cells stand for absent features."""
        return self.asked.rows

    @property
    def n_background(self) -> int:
        """Number of background rows."""
        return len_of(self.background)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.background.shape[1])

    @property
    def is_exact(self) -> bool:
        """Whether every row is explained by all coalitions."""
        return limits.is_exact(self.n_features, self.budget)

    @property
    def n_coalitions(self) -> int:
        """Coalitions asked for a row in which every feature varies."""
        return n_all(self.n_features) if self.is_exact else self.budget // 2 * 2

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs), and standard errors.

        Each row's attributions add up to the model's answer minus the base value. A feature whose
        cell equals that of every background row has attribution 0 and takes no part.

        Raises
        ------
        InvalidInputError
            The model refuses synthetic rows, or does not answer finite numbers.
        """
        n_rows = len_of(rows)
        values = np.zeros((n_rows, self.n_features, self.asked.n_outputs))
        errors = np.zeros_like(values)
        with Progress(
            n_rows * self.n_coalitions,
            show=self.show_progress,
            unit="coalition",
            advice="pass KernelExplainer a smaller nsamples or nclusters",
        ) as bar:
            for part, cells in self.pools(rows):
                self._explain(cells, values[part], errors[part], bar)
        return LocalImportance(values, self.base_values, None if self.is_exact else errors)

    def state(self) -> EngineState:
        """Return settings, the background's cells and the answers for them."""
        settings, arrays = self.asked.stored()
        own = {
            "output_space": self.output_space,
            "n_coalitions": self.budget,
            "seed": self.seed,
        }
        return EngineState(settings | own, arrays)

    def pools(self, rows: Rows) -> Iterator[tuple[slice, Pool]]:
        """Yield rows with the background, as many as fit into memory with their coalitions."""
        n_values = 2 * self.n_coalitions * self.asked.n_outputs
        per_row = 8 * (n_values + 5 * self.n_features)
        step = max(1, self.max_bytes // per_row)
        for start in range(0, len_of(rows), step):
            part = slice(start, min(start + step, len_of(rows)))
            yield part, pool(self.background, part_of(rows, part))

    def _explain(self, cells: Pool, values: FloatArray, errors: FloatArray, bar: Progress) -> None:
        """Fill in values and standard errors of the pool's rows."""
        varying = cells.varying
        n_varying = varying.sum(axis=1)
        outputs = self.ask(cells.rows)
        known = np.concatenate([self.asked.answers, outputs])
        games = {int(n): self._game(int(n)) for n in np.unique(n_varying) if n}
        for n, game in games.items():
            group = np.flatnonzero(n_varying == n)
            odd = self._odd_parts(cells, known, group, varying, game, bar)
            phi, error = self._solved(game, odd, outputs[group] - self.base_values)
            features = np.nonzero(varying[group])[1].reshape(len(group), n)
            values[group[:, None], features] = phi
            errors[group[:, None], features] = error

    def _odd_parts(
        self,
        cells: Pool,
        known: FloatArray,
        group: IntArray,
        varying: AnyArray,
        game: Regression,
        bar: Progress,
    ) -> FloatArray:
        """Return half of v(coalition) - v(complement), (n_group, n_pairs, n_outputs)."""
        n_coalitions = 2 * game.n_pairs
        found = np.empty((len(group) * n_coalitions, known.shape[1]))
        step = max(1, self.max_bytes // (bytes_per_row(self.background) * self.n_background))
        # Place of a feature among those that vary in its row.
        place = np.cumsum(varying, axis=1) - 1
        for start in range(0, len(found), step):
            chosen = np.arange(start, min(start + step, len(found)))
            row, coalition = group[chosen // n_coalitions], chosen % n_coalitions
            pair, is_complement = np.divmod(coalition, 2)
            drawn = np.take_along_axis(game.members[pair], np.maximum(place[row], 0), axis=1)
            members = (drawn ^ (is_complement == 1)[:, None]) & varying[row]
            found[chosen] = coalition_values(self.ask, cells, known, row, members)
            bar.update(len(chosen))
        both = found.reshape(len(group), game.n_pairs, 2, known.shape[1])
        return np.asarray((both[:, :, 0] - both[:, :, 1]) / 2)

    def _solved(
        self, game: Regression, odd: FloatArray, gain: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return attributions and standard errors, both (n_group, n_varying, n_outputs)."""
        if game.is_exact:
            values = game.attributions(odd, gain)
            return values, np.zeros_like(values)
        # Row by row: each fits a surrogate of its own, against which a loop weighs nothing.
        each = [estimate(game, *row, self.seed) for row in zip(odd, gain, strict=True)]
        return np.stack([values for values, _ in each]), np.stack([errors for _, errors in each])

    def _game(self, n_varying: int) -> Regression:
        exact = limits.is_exact(n_varying, self.budget)
        return regression(n_varying, n_all(n_varying) if exact else self.budget, self.seed)


def build(
    predictor: Predictor, background: Table, options: Options, max_bytes: int = limits.MAX_BYTES
) -> BlackBoxEngine | Refusal:
    """Return the engine for any model, or the reason why it cannot be asked for enough.

    Parameters
    ----------
    predictor : Predictor
        The model: anything with `predict`, or a plain function of rows.
    background : Table
        Rows that stand for absent features; all of them are used.
    options : Options
        ``n_coalitions`` is, by default, 2,048 and two per feature.
    max_bytes : int
        Synthetic rows given to the model at a time, in bytes.
    """
    reason = limits.refusal(predictor, background.data.shape[1], options)
    if reason is not None:
        return Refusal(NAME, reason)
    engine = BlackBoxEngine(
        asked=AskedBackground.of(predictor, background, options.output),
        budget=limits.budget_for(background.data.shape[1], options.n_coalitions),
        seed=options.seed,
        show_progress=options.show_progress,
        max_bytes=max_bytes,
    )
    return _ready(engine)


def restore(
    state: EngineState, predictor: Predictor | None, max_bytes: int = limits.MAX_BYTES
) -> BlackBoxEngine:
    """Return the engine of a stored state, which asks the model it was made from.

    Raises
    ------
    InvalidInputError
        The model is not at hand.
    """
    engine = BlackBoxEngine(
        asked=AskedBackground.restored(state, predictor),
        budget=state.settings["n_coalitions"],
        seed=state.settings["seed"],
        max_bytes=max_bytes,
    )
    return _ready(engine)


def scores(engine: BlackBoxEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's own answers, (n_rows, n_outputs)."""
    ask = Question(predictor, engine.ask.method)
    found = [np.zeros((0, engine.asked.n_outputs))]
    found += [ask(cells.rows) for _, cells in engine.pools(rows)]
    return np.concatenate(found)


def made_of(engine: BlackBoxEngine, predictor: Predictor, _: Rows) -> bool:
    """Whether a model answers the background as the one the engine asked."""
    return engine.asked.is_of(predictor)


def _ready(engine: BlackBoxEngine) -> BlackBoxEngine:
    """Return the engine with its compiled arithmetic loaded, so that no request waits for it."""
    if not engine.is_exact:
        # Where code cannot be kept it says so; the first row then waits for the background thread.
        compiled.prepare((kernels.inverse, kernels.values))
    return engine


def _asked(engine: BlackBoxEngine) -> Any:
    return engine.ask.predictor.model


ROW = EngineRow(NAME, build, restore, scores, asks=_asked, made_of=made_of)
