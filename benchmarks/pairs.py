"""The models whose replies are timed: each saved as a pair, the plain model in a folder inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from examples import mortgage
from mlflow_explain import TabularExplainer, save_model
from mlflow_explain.tracking.models.nested import MODEL_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N_ROWS, N_FEATURES = 6000, 30


@dataclass(frozen=True)
class Trained:
    """A fitted model, the rows it was fitted on, and rows to ask it about."""

    model: Any
    train: pd.DataFrame
    test: pd.DataFrame


@dataclass(frozen=True)
class Pair:
    """A saved pair.

    Parameters
    ----------
    name : str
        Of the model.
    plain, explained : Path
        Two folders that MLflow serves: the model in its own flavour, and with its explainer.
    rows : DataFrame
        To ask about.
    """

    name: str
    plain: Path
    explained: Path
    rows: pd.DataFrame


def saved(name: str, folder: Path) -> Pair:
    """Train one of `MODELS` and save it below a folder."""
    trained = MODELS[name]()
    path = folder / "".join(letter if letter.isalnum() else "_" for letter in name)
    explainer = TabularExplainer(trained.model, trained.train)
    save_model(trained.model, path, scoring_explainer=explainer)
    return Pair(name, path / MODEL_FOLDER, path, trained.test)


def body(rows: pd.DataFrame) -> str:
    """Return a request; `DataFrame.to_json` would round its numbers to ten digits."""
    plain = rows.astype(object).where(rows.notna(), None)
    return json.dumps({"dataframe_split": plain.to_dict(orient="split", index=False)})


def _mortgage() -> Trained:
    data = mortgage.load()
    model = mortgage.pipeline(120, 0.05, 15, 0).fit(data.train, data.train_y)
    return Trained(model, data.train, data.test)


def _made(model: Any, n_classes: int) -> Trained:
    """Fit a model to a made-up target with interactions, of columns x0, x1, ..."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(N_ROWS, N_FEATURES))
    score = (
        numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2])
        + numbers[:, 3:10] @ random.normal(size=7) + random.normal(size=N_ROWS) / 2
    )  # fmt: skip
    label = np.digitize(score, np.quantile(score, np.arange(1, n_classes) / n_classes))
    rows = pd.DataFrame(numbers, columns=[f"x{i}" for i in range(N_FEATURES)])
    return Trained(model.fit(rows, label), rows, rows.tail(1000))


def _breast_cancer() -> Trained:
    rows, labels = load_breast_cancer(return_X_y=True, as_frame=True)
    return Trained(SVC(gamma=0.001, C=100.0).fit(rows, labels), rows, rows.tail(200))


MODELS: dict[str, Callable[[], Trained]] = {
    "LightGBM 100 x 31": lambda: _made(LGBMClassifier(random_state=0, verbose=-1), 2),
    "mortgage Pipeline": _mortgage,
    "logistic regression": lambda: _made(LogisticRegression(), 2),
    "deep RandomForest, 3 classes": lambda: _made(RandomForestClassifier(random_state=0), 3),
    "SVC on breast cancer": _breast_cancer,
}
