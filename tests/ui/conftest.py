"""A store with explained runs, a registered pair and a comment that is an attack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mlflow
import pytest

from examples import mortgage
from mlflow_explain import TabularExplainer, log_explanation, log_model
from mlflow_explain.ui.access import Access
from mlflow_explain.ui.app import application
from tests import small
from tests.ui.asked import Browser

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow_explain.tracking.runs.logged import LoggedExplanation

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\u2028{{7*7}}'\"><svg onload=alert(2)>"


@dataclass(frozen=True)
class Kept:
    """What the store holds."""

    uri: str
    folder: Path
    credit: LoggedExplanation
    again: LoggedExplanation
    hostile: LoggedExplanation


@pytest.fixture(scope="session")
def kept(tmp_path_factory, pipeline, explainer, applications, on_frames) -> Kept:
    folder = tmp_path_factory.mktemp("ui")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    rows = applications.test.head(120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        client = mlflow.MlflowClient()
        credit_id = client.create_experiment("credit", (folder / "credit").as_uri())
        other_id = client.create_experiment("other", (folder / "other").as_uri())
        with mlflow.start_run(experiment_id=credit_id, run_name="boosted"):
            credit = log_explanation(explainer.explain_global(rows), comment="boosting")
            log_model(
                pipeline, scoring_explainer=explainer, registered_model_name="credit",
                explanation=credit, signature=mortgage.signature_of(pipeline, rows),
            )  # fmt: skip
        with mlflow.start_run(experiment_id=credit_id, run_name="again"):
            again = log_explanation(explainer.explain_global(rows.head(60)), comment="fewer rows")
        frame = small.FRAME.rename(columns={"a": HOSTILE})
        model = type(on_frames)().fit(frame, small.LABELS)
        with mlflow.start_run(experiment_id=other_id, run_name=HOSTILE):
            made = TabularExplainer(model, frame).explain_global(frame)
            hostile = log_explanation(made, comment=HOSTILE)
    return Kept(uri, folder, credit, again, hostile)


@pytest.fixture
def store(kept, monkeypatch, tmp_path) -> Kept:
    for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", kept.uri)
    monkeypatch.chdir(tmp_path)
    return kept


@pytest.fixture(scope="session")
def access() -> Access:
    return Access(token="the-token", key="the-key", place="0123456789abcdef")  # noqa: S106 - a test's


def browser_of(access: Access, **options: Any) -> Browser:
    app = application(access, "sqlite:///mlflow.db", **options)
    return Browser(app, access.cookie.partition(";")[0])


@pytest.fixture
def browser(store, access) -> Browser:
    return browser_of(access)


@pytest.fixture(scope="session")
def _live_browser(kept, access) -> Browser:
    return browser_of(access, allow_model_load=True)


@pytest.fixture
def live(store, _live_browser) -> Browser:
    """Which keeps the models it loaded from test to test."""
    return _live_browser
