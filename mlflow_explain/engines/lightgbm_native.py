"""LightGBM's own path-dependent TreeSHAP, through its prediction of contributions.

Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for
trees", https://doi.org/10.1038/s42256-019-0138-9
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from mlflow_explain.data.kinds import full_name, is_a, is_sparse
from mlflow_explain.data.predictor import lightgbm_objective
from mlflow_explain.engines.base import EngineState, Refusal
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

NAME = "lightgbm"

# Up to here one thread is faster: waking a second one costs more than the work.
_ROWS_FOR_ONE_THREAD = 64


@dataclass(frozen=True, eq=False, repr=False)
class LightGBMEngine:
    """Attributions of a LightGBM booster, exact for the path-dependent game.

    Parameters
    ----------
    booster : lightgbm.Booster
        The trees.
    output_space : {"log-odds", "margin", "raw"}
        Unit of the booster's raw score.
    base_values : ndarray of shape (n_outputs,)
        Cover-weighted mean of the leaves.
    scale : float
        What the sum of the trees is multiplied by: a random forest of LightGBM averages them,
        and its own contributions do not.
    """

    booster: Any
    output_space: OutputSpace
    base_values: FloatArray
    scale: float
    name: str = NAME
    feature_perturbation: FeaturePerturbation = "tree_path_dependent"

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        values, _ = _contributions(self.booster, rows)
        return LocalImportance(values=values * self.scale, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the trees in LightGBM's text format."""
        return EngineState(
            settings={"output_space": self.output_space, "scale": self.scale},
            arrays={"base_values": np.asarray(self.base_values)},
            texts={"trees": self.booster.model_to_string()},
        )


def build(predictor: Predictor, background: Table) -> LightGBMEngine | Refusal:
    """Return the engine for a LightGBM estimator or booster, or the reason why not."""
    model = predictor.model
    if not (is_a(model, "lightgbm", "LGBMModel") or is_a(model, "lightgbm", "Booster")):
        return Refusal(NAME, f"{full_name(model)} is not a LightGBM model")
    booster = booster_of(model)
    if "\nis_linear=1" in booster.model_to_string():
        return Refusal(NAME, "its trees have linear leaves (linear_tree=True), which LightGBM's "
                       "own contributions leave out")  # fmt: skip
    if predictor.labels is not None and len(predictor.labels) < 2:
        return Refusal(NAME, "it knows one class only")
    space = _output_space(lightgbm_objective(booster))
    scale = _scale(booster)
    _, base = _contributions(booster, background.take(slice(0, 1)).data)
    return LightGBMEngine(booster, space, frozen_floats(base * scale), scale)


def restore(state: EngineState) -> LightGBMEngine:
    """Return the engine of a stored state."""
    booster = lightgbm.Booster(model_str=state.texts["trees"])
    space: OutputSpace = state.settings["output_space"]
    base = frozen_floats(state.arrays["base_values"])
    return LightGBMEngine(booster, space, base, float(state.settings["scale"]))


def scores(_: LightGBMEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the booster's raw scores, (n_rows, n_outputs)."""
    booster = booster_of(predictor.model)
    raw = np.asarray(booster.predict(rows, raw_score=True)) * _scale(booster)
    return raw.reshape(len(raw), -1)


def _scale(booster: Any) -> float:
    """Return one over the number of trees per output that a random forest averages, else 1."""
    if "\naverage_output" not in booster.model_to_string(num_iteration=1):
        return 1.0
    used = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
    return 1.0 / float(used)


def booster_of(model: Any) -> Any:
    """Return the booster inside a scikit-learn style LightGBM estimator, or the booster itself."""
    return model if is_a(model, "lightgbm", "Booster") else model.booster_


def _contributions(booster: Any, rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Return attributions (n_rows, n_features, n_outputs) and base values (n_outputs,)."""
    n_outputs = int(booster.num_model_per_iteration())
    few = {"num_threads": 1} if rows.shape[0] <= _ROWS_FOR_ONE_THREAD else {}
    answer = booster.predict(rows, pred_contrib=True, **few)
    if is_sparse(rows):
        parts = answer if isinstance(answer, list) else [answer]
        stacked = np.stack([part.toarray() for part in parts], axis=1)
    else:
        stacked = np.asarray(answer).reshape(rows.shape[0], n_outputs, -1)
    return np.moveaxis(stacked[:, :, :-1], 1, 2), stacked[0, :, -1]


def _output_space(objective: str) -> OutputSpace:
    """Return the unit of the raw score under an objective such as ``"binary sigmoid:1"``."""
    name, *options = objective.split()
    sigmoid = next((o.split(":")[1] for o in options if o.startswith("sigmoid:")), "1")
    if name in {"binary", "multiclassova", "cross_entropy"}:
        return "log-odds" if float(sigmoid) == 1 else "margin"
    identity = {"regression", "regression_l1", "huber", "fair", "quantile", "mape"}
    return "raw" if name in identity and "sqrt" not in options else "margin"
