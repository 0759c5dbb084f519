"""Trees: rows a second and one row's time against the libraries', each with its correctness.

Peers run in the same process, on the same rows: LightGBM's and XGBoost's own contributions, shap,
and FastTreeSHAP where it reads the model. Medians of five.
"""

from __future__ import annotations

import statistics
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shap
import xgboost
from lightgbm import LGBMClassifier
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeRegressor

from mlflow_explain.data.predictor import Predictor
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.trees import engine as trees

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow_explain._typing import FloatArray

N_FEATURES = 30
REPEATS = 5
OUR_ROWS = 20_000
# Enough of a slow peer's rows for its time to be a hundredth of a second at least.
PEER_ROWS = {"LightGBM's": 1000, "XGBoost's": 1000, "shap": 100, "fasttreeshap": 2000}
BACKGROUND = 100


@dataclass(frozen=True)
class Case:
    """A model, the game, and the peers to stand beside."""

    name: str
    model: Any
    rows: FloatArray
    peers: dict[str, Callable[[FloatArray], FloatArray]]
    options: Options = field(default_factory=Options)
    our_rows: int = OUR_ROWS


def data(n_rows: int = 20_000, missing: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Return rows of 30 features and a target with interactions."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, N_FEATURES))
    target = (
        rows[:, 0] * rows[:, 1] + np.sin(2 * rows[:, 2]) + rows[:, 3:10] @ rng.normal(size=7)
        + rows[:, 10] * rows[:, 11] * rows[:, 12] + rng.normal(size=n_rows) / 2
    )  # fmt: skip
    return np.where(rng.random(rows.shape) < missing, np.nan, rows), target


def cases() -> list[Case]:
    """Return what is measured."""
    rows, target = data()
    holes, _ = data(missing=0.1)
    few, label = rows[:6000], np.digitize(target[:6000], np.quantile(target, [1 / 3, 2 / 3]))
    boosting = LGBMClassifier(verbose=-1).fit(rows, target > 0)
    with_holes = LGBMClassifier(verbose=-1).fit(holes, target > 0)
    xgb = xgboost.XGBClassifier(n_estimators=200, max_depth=6).fit(rows, target > 0)
    forest = RandomForestClassifier(100, n_jobs=-1, random_state=0).fit(few, label)
    others = Options(feature_perturbation="interventional")
    made = [
        Case("deep RandomForest, 100 trees, 3 classes", forest, few, _shap(forest), our_rows=1024),
        Case("LightGBM 100 x 31", boosting, rows, _lightgbm(boosting) | _fast(boosting)),
        Case("the same, 10 % missing", with_holes, holes, _lightgbm(with_holes)),
        Case("the same, interventional, 100 rows", boosting, rows,
             _shap(boosting, rows[:BACKGROUND]), others),
        Case("XGBoost 200 x depth 6", xgb, rows, _xgboost(xgb)),
        Case("deep RandomForest, interventional", forest, few, _shap(forest, few[:BACKGROUND]),
             others, our_rows=128),
    ]  # fmt: skip
    for name, model in {
        "HistGradientBoosting 100 x 31": HistGradientBoostingRegressor(),
        "IsolationForest, 100 trees": IsolationForest(random_state=0),
        "DecisionTree, deep": DecisionTreeRegressor(random_state=0),
        "GradientBoosting 100 x depth 3": GradientBoostingRegressor(),
    }.items():
        fitted = model.fit(few, target[:6000])
        made.append(Case(name, fitted, rows, _shap(fitted)))
    return made


def measured(case: Case) -> list[dict[str, Any]]:
    """Return one entry per peer: rates, one row's times, the largest difference."""
    predictor = Predictor(case.model, "regression", None)
    engine = trees.build(predictor, table_of(case.rows[:BACKGROUND]), case.options)
    rows = case.rows[: case.our_rows]
    ours = _median(lambda: engine.explain(rows)) / len(rows)
    one = _median(lambda: engine.explain(rows[:1]), times=25)
    scale = max(1.0, float(np.abs(engine.explain(rows).outputs()).max()))
    own = trees.scores(engine, predictor, rows)
    additivity = float(np.abs(engine.explain(rows).outputs() - own).max()) / scale
    found = []
    for name, peer in case.peers.items():
        n = PEER_ROWS[name.split()[0]]
        theirs = _median(lambda n=n, peer=peer: peer(rows[:n])) / n
        their_one = _median(lambda peer=peer: peer(rows[:1]), times=9)
        values = engine.explain(rows[:n]).values
        their_values = np.asarray(peer(rows[:n])).reshape(n, N_FEATURES, -1)
        difference = np.abs(values[:, :, -1] - their_values[:, :, -1]).max() / scale
        found.append({
            "model": case.name, "peer": name, "ours": 1 / ours, "theirs": 1 / theirs,
            "ratio": theirs / ours, "one": 1e3 * one, "their_one": 1e3 * their_one,
            "one_ratio": their_one / one, "difference": float(difference),
            "additivity": additivity,
        })  # fmt: skip
    return found


def markdown() -> str:
    """Measure all, and return the section of the report."""
    head = "model | peer | ours, rows/s | peer's | ratio | one row, ms | peer's | ratio"
    lines = [
        f"| {head} | difference | additivity |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {m['model']} | {m['peer']} | {m['ours']:,.0f} | {m['theirs']:,.0f} "
        f"| **{m['ratio']:.0f}** | {m['one']:.3f} | {m['their_one']:.2f} | {m['one_ratio']:.1f} "
        f"| {m['difference']:.1g} | {m['additivity']:.1g} |"
        for case in cases()
        for m in measured(case)
    ]
    return (
        "## Trees\n\n30 features. Difference and additivity are the largest over the rows, "
        "relative to the largest output. XGBoost and shap's reading of it are in single "
        "precision.\n\n" + "\n".join(lines)
    )


def _median(call: Callable[[], Any], times: int = REPEATS) -> float:
    call()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def _shap(model: Any, background: FloatArray | None = None) -> dict[str, Any]:
    game = "tree_path_dependent" if background is None else "interventional"
    explainer = shap.TreeExplainer(model, background, feature_perturbation=game)
    return {"shap": lambda rows: explainer.shap_values(rows, check_additivity=False)}


def _lightgbm(model: Any) -> dict[str, Any]:
    return {"LightGBM's own": lambda rows: model.predict(rows, pred_contrib=True)[:, :-1]}


def _xgboost(model: Any) -> dict[str, Any]:
    booster = model.get_booster()
    name = f"XGBoost's own {xgboost.__version__}"
    return {name: lambda rows: booster.predict(xgboost.DMatrix(rows), pred_contribs=True)[:, :-1]}


def _fast(model: Any) -> dict[str, Any]:
    try:
        import fasttreeshap_fixed
    except ImportError:
        print("FastTreeSHAP is not installed (make bench installs it).")  # noqa: T201
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explainer = fasttreeshap_fixed.TreeExplainer(
            model, algorithm="v2", n_jobs=-1, feature_perturbation="tree_path_dependent"
        )

    def values(rows: FloatArray) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = explainer.shap_values(rows, check_additivity=False)
        return found[-1] if isinstance(found, list) else found

    return {"fasttreeshap v2": values}


def main() -> None:
    """Print the section."""
    print(markdown())  # noqa: T201 - the result is what the command is for


if __name__ == "__main__":
    main()
