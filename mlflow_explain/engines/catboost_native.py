"""CatBoost's own TreeSHAP: its trees and their counters of categories stay the library's business.

Prokhorenkova et al. 2018, https://doi.org/10.48550/arXiv.1706.09516
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import full_name, is_a, is_frame, is_sparse
from mlflow_explain.engines.base import EngineState, Options, Refusal
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import FeaturePerturbation, FloatArray, OutputSpace, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.data.table import Table

NAME = "catboost"

_LOG_ODDS = {"Logloss", "CrossEntropy"}
_IDENTITY = {
    "RMSE", "MAE", "Quantile", "MAPE", "Huber", "Expectile", "LogCosh", "YetiRank",
    "MultiRMSE",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class CatBoostEngine:
    """Attributions of a CatBoost model, exact for the path-dependent game.

    Parameters
    ----------
    model : catboost.CatBoost
        The fitted model.
    output_space : {"log-odds", "margin", "raw"}
        Unit of the raw value.
    base_values : ndarray of shape (n_outputs,)
        Mean of the leaves, weighted by their training rows.
    """

    model: Any
    output_space: OutputSpace
    base_values: FloatArray
    tolerance: float = 1e-6
    name: str = NAME
    feature_perturbation: FeaturePerturbation = "tree_path_dependent"
    quality: Mapping[str, float] = field(default_factory=dict, init=False)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        if rows.shape[0] == 0:
            empty = np.zeros((*rows.shape, len(self.base_values)))
            return LocalImportance(values=empty, base_values=self.base_values)
        values, _ = _contributions(self.model, rows)
        return LocalImportance(values=values, base_values=self.base_values)

    def state(self) -> EngineState:
        """Return the model in CatBoost's own binary format, as bytes."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.cbm"
            self.model.save_model(str(path))
            model = np.frombuffer(path.read_bytes(), dtype=np.uint8)
        return EngineState(
            settings={"output_space": self.output_space},
            arrays={"base_values": np.asarray(self.base_values), "model": model},
        )


def build(predictor: Predictor, background: Table, options: Options) -> CatBoostEngine | Refusal:
    """Return the engine for a CatBoost model, or the reason why not."""
    model = predictor.model
    if not is_a(model, "catboost", "CatBoost"):
        return Refusal(NAME, f"{full_name(model)} is not a CatBoost model")
    if options.feature_perturbation == "interventional":
        return Refusal(NAME, "CatBoost's own attributions are those of the path-dependent game")
    if options.wants_probability(predictor):
        return Refusal(NAME, "the sum of its trees is not a probability")
    _, base = _contributions(model, background.take(slice(0, 1)).data)
    return CatBoostEngine(model, _output_space(model, len(base)), frozen_floats(base))


def restore(state: EngineState, _: Predictor | None) -> CatBoostEngine:
    """Return the engine of a stored state."""
    import catboost

    model = catboost.CatBoost()
    model.load_model(blob=state.arrays["model"].tobytes())
    base = frozen_floats(state.arrays["base_values"])
    return CatBoostEngine(model, state.settings["output_space"], base)


def scores(_: CatBoostEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the model's raw values, (n_rows, n_outputs)."""
    raw = np.asarray(predictor.model.predict(rows, prediction_type="RawFormulaVal"))
    return raw.reshape(rows.shape[0], -1)


def _contributions(model: Any, rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Return attributions (n_rows, n_features, n_outputs) and base values (n_outputs,)."""
    from catboost import Pool

    # The pool takes no sparse rows beside category columns, and no float64 with them.
    plain = rows if is_frame(rows) or is_sparse(rows) else np.asarray(rows)
    pool = Pool(plain, cat_features=model.get_cat_feature_indices() or None)
    answer = np.asarray(model.get_feature_importance(pool, type="ShapValues"))
    if answer.ndim == 2:
        answer = answer[:, None, :]
    return np.moveaxis(answer[:, :, :-1], 1, 2), answer[0, :, -1]


def _output_space(model: Any, n_outputs: int) -> OutputSpace:
    loss = str(model.get_all_params().get("loss_function", "")).split(":")[0]
    if n_outputs == 1 and loss in _LOG_ODDS:
        return "log-odds"
    return "raw" if loss in _IDENTITY else "margin"
