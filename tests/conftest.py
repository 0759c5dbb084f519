"""Models and stores the tests share."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import pytest
from lightgbm import LGBMClassifier
from mlflow.store.db.utils import _initialize_tables
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression
from sqlalchemy import create_engine

from docs.requests import MAX_ROWS
from examples import mortgage
from mlflow_explain import TabularExplainer, save_model
from mlflow_explain.artifact.fitted import trusted_types
from tests import small
from tests.serving import Endpoint, body_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlflow_explain import Explanation


@pytest.fixture(scope="session")
def applications() -> mortgage.Applications:
    return mortgage.load()


@pytest.fixture(scope="session")
def pipeline(applications):
    return mortgage.pipeline(60, 0.1, 15, seed=0).fit(applications.train, applications.train_y)


@pytest.fixture(scope="session")
def explainer(pipeline, applications) -> TabularExplainer:
    return TabularExplainer(pipeline, applications.train)


@pytest.fixture(scope="session")
def explanation(explainer, applications) -> Explanation:
    return explainer.explain_global(applications.test)


@pytest.fixture(scope="session")
def iris():
    rows, labels = load_iris(return_X_y=True, as_frame=True)
    return rows, labels


@pytest.fixture(scope="session")
def diabetes():
    return load_diabetes(return_X_y=True, as_frame=True)


@pytest.fixture(scope="session")
def iris_boosting(iris):
    return LGBMClassifier(n_estimators=8, num_leaves=5, verbose=-1, random_state=0).fit(*iris)


@pytest.fixture(scope="session")
def on_arrays():
    return LogisticRegression().fit(small.ROWS, small.LABELS)


@pytest.fixture(scope="session")
def on_frames():
    return LogisticRegression().fit(small.FRAME, small.LABELS)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A database with MLflow's tables and nothing in them, which takes seconds to make."""
    path = tmp_path_factory.mktemp("database") / "mlflow.db"
    engine = create_engine(f"sqlite:///{path}")
    _initialize_tables(engine)
    engine.dispose()
    return path


@pytest.fixture(autouse=True)
def _connections_closed() -> Iterator[None]:
    """MLflow keeps connections to every database of a process: with one per test, files run out."""
    yield
    for store in (Tracking, Registry):
        for name, engines in vars(store).items():
            if name.endswith("engine_map"):
                for engine in list(engines.values()):
                    if engine.pool.checkedin():
                        engine.dispose()


@pytest.fixture
def tracking_store(tmp_path: Path, monkeypatch, empty_database) -> Iterator[Path]:
    """A tracking store and registry of the test's own, by the environment only: what
    `mlflow.set_tracking_uri` and its like write there would outlive the test.
    """
    # A test inside `mlflow run` would otherwise log to the outer run.
    for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    # The default experiment keeps its artifacts below the working folder.
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture(scope="session")
def saved(tmp_path_factory, pipeline, explainer, applications) -> dict[str, Path]:
    """The plain model, the pair, the pair that does not explain unasked, the explainer alone."""
    root = tmp_path_factory.mktemp("models")
    paths = {name: root / name for name in ("plain", "pair", "quiet", "alone")}
    signature = mortgage.signature_of(pipeline, applications.test)
    mlflow.sklearn.save_model(
        pipeline, str(paths["plain"]), signature=signature,
        skops_trusted_types=trusted_types(pipeline), pip_requirements=["mlflow"],
    )  # fmt: skip
    common = {"scoring_explainer": explainer, "signature": signature}
    save_model(pipeline, paths["pair"], **common)
    save_model(pipeline, paths["quiet"], **common, explain_by_default=False)
    save_model(path=paths["alone"], **common)
    return paths


@pytest.fixture(scope="session")
def bounded(tmp_path_factory, pipeline, explainer, applications) -> Path:
    """The pair, with a bound on the rows of a request."""
    path: Path = tmp_path_factory.mktemp("bounded") / "pair"
    save_model(
        pipeline, path, scoring_explainer=explainer, max_explained_rows=MAX_ROWS,
        signature=mortgage.signature_of(pipeline, applications.test),
    )  # fmt: skip
    # The installed package is compiled already; each server would compile this copy of it.
    shutil.rmtree(path / "code" / "mlflow_explain", ignore_errors=True)
    return path


@pytest.fixture(scope="session")
def endpoint(saved) -> dict[str, Endpoint]:
    return {name: Endpoint(path) for name, path in saved.items()}


@pytest.fixture(scope="session")
def split_body(applications) -> dict[str, Any]:
    return body_of(applications.test)
