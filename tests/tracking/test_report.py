"""`report.html` of a run: the page, with the model inside where it is known."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pytest

import mlflow_explain
from mlflow_explain import ExplanationClient, TabularExplainer, explain_model, log_explanation
from mlflow_explain.dashboard import plain
from tests import small
from tests.read_page import ReadPage
from tests.tracking import autologged
from tests.tracking.test_evaluator import LABELS, NAMED


def read_page(logged) -> ReadPage:
    return ReadPage(report_of(logged))


def report_of(logged) -> str:
    folder = Path(mlflow.artifacts.download_artifacts(logged.uri))
    return (folder / "report.html").read_text(encoding="utf-8")


def explained(model, rows):
    return TabularExplainer(model, rows).explain_global(rows)


def test_the_page_holds_the_model_that_made_the_explanation(tracking_store, on_frames):
    explanation = explained(on_frames, small.FRAME)
    logged = log_explanation(explanation, true_y=small.LABELS)
    found = read_page(logged)
    assert found.payload["model"]["mode"] == "exact"
    assert found.payload["runId"] == logged.run_id
    assert found.payload["explanationId"] == logged.id
    np.testing.assert_array_equal(found.outcome("actual"), small.LABELS)
    # Again, under a new id.
    again = log_explanation(explanation, run_id=logged.run_id)
    assert again.id != logged.id
    assert read_page(again).payload["model"]["mode"] == "exact"


def test_a_model_may_be_left_out_and_given(tracking_store, on_frames):
    explanation = explained(on_frames, small.FRAME)
    assert read_page(log_explanation(explanation, model=False)).payload["model"] is None
    without = log_explanation(explanation, include_data=False)
    assert read_page(without).payload["model"] is None
    with mlflow.start_run(nested=True) as run:
        client = ExplanationClient.from_run(run)
        read = mlflow_explain.load_explanation(
            mlflow_explain.save_explanation(explanation, tracking_store / "kept")
        )
        given = client.upload_model_explanation(read, model=on_frames)
    assert read_page(given).payload["model"]["mode"] == "exact"


def test_explain_model_puts_the_logged_model_in(tracking_store, saved, applications):
    logged = explain_model(str(saved["plain"]), applications.test, true_y=applications.test_y)
    found = read_page(logged)
    assert found.payload["model"]["mode"] == "exact"
    assert found.payload["modelUri"] == str(saved["plain"])


def test_a_page_that_fails_costs_no_explanation(tracking_store, on_frames, monkeypatch):
    def fails(*_, **__):
        raise MemoryError("too large")

    monkeypatch.setattr("mlflow_explain.dashboard.payload.build.block_of", fails)
    explanation = explained(on_frames, small.FRAME)
    with pytest.warns(UserWarning, match="plain table of the importances"):
        logged = log_explanation(explanation)
    assert report_of(logged) == plain.render(explanation)
    kept = ExplanationClient.from_run_id(logged.run_id).download_model_explanation()
    assert kept.id == explanation.id


def test_autolog_puts_the_trained_model_in(tracking_store, monkeypatch, recwarn):
    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, **__: ["mlflow"])
    with autologged.undone():
        autologged.mlflows()
        mlflow_explain.autolog()
        with mlflow.start_run() as run:
            autologged.logistic()
    (entry,) = ExplanationClient.from_run_id(run.info.run_id).list_model_explanations()
    address = f"runs:/{run.info.run_id}/explanations/{entry['id']}/report.html"
    path = mlflow.artifacts.download_artifacts(address)
    found = ReadPage(Path(path).read_text("utf-8"))
    assert found.payload["model"]["mode"] == "exact"
    assert found.outcome("actual").tolist() == small.LABELS.tolist()


@pytest.mark.filterwarnings("ignore")
def test_an_evaluation_puts_the_evaluated_model_in(tracking_store, on_frames):
    model = mlflow.sklearn.log_model(on_frames, name="model", pip_requirements=["mlflow"])
    result = mlflow.models.evaluate(
        model.model_uri, LABELS, targets="y", model_type="classifier", **NAMED
    )
    found = ReadPage(result.artifacts["explanation_report"].content)
    assert found.payload["model"]["mode"] == "exact"
    assert found.payload["overall"]["metrics"]["accuracy"] == pytest.approx(
        on_frames.score(small.FRAME, small.LABELS)
    )
