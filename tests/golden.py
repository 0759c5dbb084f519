"""Requests whose replies are pinned for ever, whichever versions of the libraries answer them.

No model is fitted by steps that a version may take differently: the booster is a pair that was
saved once, with the versions of that day; of the others everything is given or counted exactly.
``python -m tests.golden`` writes all anew: only when replies are meant to change.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from mlflow_explain import TabularExplainer, save_model
from mlflow_explain.tracking.models.environment import CODE
from tests.serving import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

REPLIES = Path(__file__).parent / "data" / "golden_replies"
BOOSTER = REPLIES / "booster"
JSON, CSV = "application/json", "text/csv"

ROWS = pd.DataFrame(
    {
        "age": [23.0, 31.0, 38.5, 44.0, 47.0, 52.0, 58.5, 66.0],
        "debt": [0.9, 0.15, 0.4, 0.3, 0.75, 0.05, 0.6, 0.2],
        "city": ["Oslo", "Rome", "Oslo", "Rome", "Rome", "Bern", "Bern", "Oslo"],
    }
)
NUMBERS = ["age", "debt"]
COST = np.array([9.0, 2.0, 5.0, 3.0, 11.0, 1.0, 8.0, 4.0])
SPLIT = {"dataframe_split": {"columns": [*ROWS], "data": ROWS.head(3).to_numpy().tolist()}}
TWO_NUMBERS = {"dataframe_split": {"columns": NUMBERS, "data": [[23.0, 0.9], [52.0, None]]}}


@dataclass(frozen=True)
class Case:
    """A request.

    Parameters
    ----------
    model : str
        Which of `MODELS` is asked, or the booster.
    body : object
        As JSON, or a text.
    kind : str
        Its content type.
    """

    model: str
    body: Any
    kind: str = JSON


CASES = {
    "booster": Case("booster", TWO_NUMBERS),
    "booster-all-outputs": Case("booster", TWO_NUMBERS | {"params": {"output": "all", "top_k": 1}}),
    "booster-csv": Case("booster", "debt,age\n0.9,23.0\n0.05,52.0\n", CSV),
    "booster-records": Case("booster", {"dataframe_records": [{"age": 40, "debt": 0.5}]}),
    "pipeline": Case("pipeline", SPLIT),
    "pipeline-engineered": Case("pipeline", SPLIT | {"params": {"raw": False, "output": "no"}}),
    "pipeline-plain": Case("pipeline", SPLIT | {"params": {"explain": False}}),
    "pipeline-predicted-top": Case(
        "pipeline", SPLIT | {"params": {"output": "predicted", "top_k": 2}}
    ),
    "tree": Case("tree", TWO_NUMBERS),
    "tree-list-top": Case("tree-list", TWO_NUMBERS | {"params": {"top_k": 1}}),
}


def _save_booster(folder: Path) -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame(
        {"age": random.integers(20, 70, 300) * 1.0, "debt": random.integers(0, 101, 300) / 100}
    )
    rows.loc[::9, "debt"] = np.nan
    label = (rows["age"] / 50 + rows["debt"].fillna(1) > 1.4).astype(int)
    settings = {"objective": "binary", "num_leaves": 5, "verbose": -1}
    model = lightgbm.train(settings, lightgbm.Dataset(rows, label), 5)
    save_model(model, folder, scoring_explainer=TabularExplainer(model, rows))
    # Ours is the code that is tested.
    shutil.rmtree(folder / CODE, ignore_errors=True)


def _save_pipeline(folder: Path) -> None:
    steps = [("numbers", StandardScaler(), NUMBERS), ("city", OneHotEncoder(), ["city"])]
    preprocess = ColumnTransformer(steps, verbose_feature_names_out=False).fit(ROWS)
    model = LogisticRegression()
    model.classes_ = np.array(["no", "yes"])
    model.coef_, model.intercept_ = np.array([[0.5, -1.25, 0.75, -0.5, 0.25]]), np.array([0.125])
    model.n_features_in_, model.n_iter_ = 5, np.array([1])
    pipeline = make_pipeline(preprocess, model)
    save_model(pipeline, folder, scoring_explainer=TabularExplainer(pipeline, ROWS))


def _save_tree(folder: Path, **settings: Any) -> None:
    # Without a value twice, and halves that differ: there is one best split.
    model = DecisionTreeRegressor(max_depth=2, random_state=0).fit(ROWS[NUMBERS], COST)
    explainer = TabularExplainer(model, ROWS[NUMBERS])
    save_model(model, folder, scoring_explainer=explainer, target="cost", **settings)


MODELS: dict[str, Callable[[Path], None]] = {
    "pipeline": _save_pipeline,
    "tree": _save_tree,
    "tree-list": lambda folder: _save_tree(folder, format="list"),
}


def endpoints(folder: Path) -> dict[str, Endpoint]:
    """Save the models below a folder, and return what answers, by their names."""
    for name, save in MODELS.items():
        save(folder / name)
    return {"booster": Endpoint(BOOSTER)} | {name: Endpoint(folder / name) for name in MODELS}


def answered(case: Case, endpoint: Endpoint) -> dict[str, Any]:
    """Return what a file holds: the request, and its status and reply."""
    status, reply = endpoint.post(case.body, case.kind)
    return {"content_type": case.kind, "request": case.body, "status": status, "reply": reply}


def main() -> None:
    """Write the booster and all replies anew."""
    shutil.rmtree(REPLIES, ignore_errors=True)
    REPLIES.mkdir(parents=True)
    _save_booster(BOOSTER)
    with tempfile.TemporaryDirectory() as folder:
        asked = endpoints(Path(folder))
        for name, case in CASES.items():
            text = json.dumps(answered(case, asked[case.model]), indent=1, ensure_ascii=False)
            (REPLIES / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
