"""Trainings that MLflow autologs, and what is left of them, for tests of `autolog`."""

from __future__ import annotations

import contextlib
import importlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.utils import import_hooks
from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import mlflow_explain
from tests import small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FRAMEWORKS = ("sklearn", "lightgbm", "xgboost")
MIXED = small.FRAME.assign(kind=np.where(small.ROWS[:, 2] > 0, "x", "y"))
OURS = {"scoring-explainer", "explained-model"}


def mlflows() -> None:
    """Turn on MLflow's autologging as users do."""
    for name in FRAMEWORKS:
        importlib.import_module(f"mlflow.{name}").autolog()


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Leave MLflow's autologging as if nobody had ever turned it on."""
    hooks = dict(import_hooks._post_import_hooks)
    _reset()
    try:
        yield
    finally:
        _reset()
        import_hooks._post_import_hooks.clear()
        import_hooks._post_import_hooks.update(hooks)


def _reset() -> None:
    mlflow_explain.autolog(disable=True)
    for name in FRAMEWORKS:
        importlib.import_module(f"mlflow.{name}").autolog(disable=True)
    for config in AUTOLOGGING_INTEGRATIONS.values():
        config.clear()


@dataclass(frozen=True)
class Scenario:
    """A training, and what is explained of it.

    Parameters
    ----------
    train : callable
        Trains, and returns what predicts.
    rows : DataFrame or ndarray
        What the model takes.
    methods : tuple of str
        Engines of the explanations, oldest first.
    model_type : str
        Class of what is explained.
    features : tuple of str
        Its columns.
    explainer : str
        Name of the logged scoring explainer.
    """

    train: Callable[[], Any]
    rows: Any = None
    methods: tuple[str, ...] = ("linear",)
    model_type: str = "LogisticRegression"
    features: tuple[str, ...] = ("a", "b", "c")
    explainer: str = "scoring-explainer"

    def predictions(self, model: Any) -> Any:
        rows = small.FRAME if self.rows is None else self.rows
        return model.predict(xgboost.DMatrix(rows) if isinstance(model, xgboost.Booster) else rows)


def logistic() -> Any:
    return LogisticRegression().fit(small.FRAME, small.LABELS)


def _pipeline() -> Any:
    columns = make_column_transformer(
        (StandardScaler(), ["a", "b", "c"]), (OneHotEncoder(), ["kind"])
    )
    return make_pipeline(columns, LogisticRegression()).fit(MIXED, small.LABELS)


def _search(n_jobs: int) -> Callable[[], Any]:
    def train() -> Any:
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, n_jobs=n_jobs)
        return search.fit(small.FRAME, y=small.LABELS)

    return train


def _voting() -> Any:
    members = [("a", LogisticRegression()), ("b", DecisionTreeClassifier(random_state=0))]
    return VotingClassifier(members, voting="hard").fit(small.FRAME, small.LABELS)


def _lgbm() -> Any:
    model = lightgbm.LGBMClassifier(n_estimators=4, verbose=-1, random_state=0)
    return model.fit(small.FRAME, small.LABELS)


def _xgb() -> Any:
    return xgboost.XGBClassifier(n_estimators=4, random_state=0).fit(small.FRAME, small.LABELS)


def _lgb_train() -> Any:
    rows = lightgbm.Dataset(small.FRAME, small.LABELS)
    return lightgbm.train({"objective": "binary", "verbose": -1, "seed": 0}, rows, 4)


def _xgb_train() -> Any:
    rows = xgboost.DMatrix(small.FRAME, small.LABELS)
    return xgboost.train({"objective": "binary:logistic", "seed": 0}, rows, 4)


def _own_run() -> Any:
    with mlflow.start_run():
        return logistic()


def _two_fits() -> Any:
    with mlflow.start_run():
        # The same parameters, as a run takes each only once.
        LogisticRegression().fit(small.FRAME, 1 - small.LABELS)
        return logistic()


def _nested_run() -> Any:
    with mlflow.start_run(), mlflow.start_run(nested=True):
        return logistic()


def _in_a_thread() -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(logistic()))
    thread.start()
    thread.join()
    return found[0]


def _regression() -> Any:
    return LinearRegression(copy_X=False).fit(small.ROWS.copy(), small.NUMBERS)


SCENARIOS = {
    "logistic regression": Scenario(logistic),
    "pipeline of mixed columns": Scenario(
        _pipeline, MIXED, features=("a", "b", "c", "kind")
    ),
    "search": Scenario(_search(1)),
    "search in processes": Scenario(_search(2)),
    "voting": Scenario(
        _voting, None, ("kernel",), "VotingClassifier", explainer="explained-model"
    ),
    "lightgbm estimator": Scenario(_lgbm, None, ("tree",), "LGBMClassifier"),
    "xgboost estimator": Scenario(_xgb, None, ("tree",), "XGBClassifier"),
    "lightgbm.train": Scenario(_lgb_train, None, ("tree",), "Booster"),
    "xgboost.train": Scenario(_xgb_train, None, ("tree",), "Booster"),
    "run of the user's": Scenario(_own_run),
    "two fits in one run": Scenario(_two_fits, methods=("linear", "linear")),
    "nested run": Scenario(_nested_run),
    "in a thread": Scenario(_in_a_thread),
    "regression": Scenario(
        _regression, small.ROWS, model_type="LinearRegression", features=("0", "1", "2")
    ),
    "clusters": Scenario(
        lambda: KMeans(2, n_init=1, random_state=0).fit(small.FRAME), methods=()
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Left:
    """What a training left in the store, less what differs from one run to the next."""

    runs: list[Any]
    models: list[Any]

    @classmethod
    def of_all(cls) -> Left:
        runs = mlflow.search_runs(output_format="list", order_by=["attributes.start_time"])
        models = mlflow.search_logged_models(
            output_format="list", order_by=[{"field_name": "creation_timestamp"}]
        )
        return cls(runs, models)

    @property
    def mlflows(self) -> Any:
        """What MLflow logged."""
        models = [
            (model.name, sorted(model.params.items()), sorted(_plain_metrics(model)))
            for model in self.models
            if model.name not in OURS
        ]
        # Runs of a search begin within one millisecond.
        return sorted((_plain(run) for run in self.runs), key=repr), models

    @property
    def records(self) -> list[Any]:
        """What is known of our explanations, oldest first."""
        clients = map(mlflow_explain.ExplanationClient.from_run, self.runs)
        return [r for client in clients for r in client.list_model_explanations()]

    @property
    def explanations(self) -> list[Any]:
        """Our explanations."""
        return [
            mlflow_explain.ExplanationClient.from_run(run).download_model_explanation(r["id"])
            for run in self.runs
            for r in mlflow_explain.ExplanationClient.from_run(run).list_model_explanations()
        ]

    @property
    def explainers(self) -> list[Any]:
        """Our logged models."""
        return [model for model in self.models if model.name in OURS]


def _plain(run: Any) -> Any:
    tags = {
        k: v for k, v in run.data.tags.items() if not k.startswith(("mlflow", "mlflow_explain"))
    }
    metrics = {k: v for k, v in run.data.metrics.items() if _is_mlflows(k)}
    files = mlflow.MlflowClient().list_artifacts(run.info.run_id)
    names = sorted(f.path for f in files if f.path != "explanations")
    kept = (run.data.params, metrics, tags)
    return run.info.status, *(sorted(each.items()) for each in kept), names


def _plain_metrics(model: Any) -> Any:
    return [(m.key, round(m.value, 12)) for m in model.metrics or () if _is_mlflows(m.key)]


def _is_mlflows(metric: str) -> bool:
    """Whether MLflow logged it: not how long the fits of a search took, which differs."""
    return not metric.startswith("explain/") and not metric.endswith("_time")


def told(warnings: Any) -> list[str]:
    """Return our warnings of those that were recorded."""
    return [str(w.message) for w in warnings if "mlflow_explain.autolog" in str(w.message)]


def frame(n_rows: int) -> pd.DataFrame:
    """Return a table of so many rows, with labels of its own for them."""
    rows = np.random.default_rng(1).normal(size=(n_rows, 3))
    return pd.DataFrame(rows, columns=["a", "b", "c"], index=[f"row {i}" for i in range(n_rows)])
