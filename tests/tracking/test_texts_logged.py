"""Explanations of texts in runs: kept, fetched, shown, compared; models of texts in MLflow."""

from __future__ import annotations

import json

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature

import mlflow_explain
from mlflow_explain import ExplanationClient, compare, explain_model, log_explanation, log_model
from mlflow_explain.cli.program import run
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.autologging.settings import of_texts
from tests import texts as made
from tests.tracking.autologged import undone

TEXTS = [*made.REVIEWS, *made.ODD, "a | b", "*bold* `code` _it_ [link](x)"]


@pytest.fixture(scope="module")
def explanation():
    return made.explainer().explain_global(TEXTS)


@pytest.fixture
def kept(explanation, tracking_store):
    with mlflow.start_run():
        return log_explanation(explanation, comment="texts")


def artifact(logged, name):
    uri = f"runs:/{logged.run_id}/{logged.artifact_path}/{name}"
    return mlflow.artifacts.load_text(uri)


def test_it_comes_back_from_a_run_whole_and_in_slices(kept, explanation):
    client = ExplanationClient.from_run_id(kept.run_id)
    again = client.download_model_explanation(kept.id)
    np.testing.assert_array_equal(again.local.tokens.values, explanation.local.tokens.values)
    assert again.eval_data.text.tolist() == TEXTS
    some = client.download_model_explanation(kept.id, rows=slice(5, 7))
    tokens = some.local.tokens
    row = tokens.of_row(0)
    places = zip(tokens.start[row], tokens.end[row], strict=True)
    words = [TEXTS[5][a:b] for a, b in places]
    assert words == ["good", "👍🏽", "bad", "phone"]


@pytest.mark.parametrize("when", ["upload", "download"])
def test_top_k_leaves_words_out_and_tells_their_sum(tracking_store, explanation, when):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        client.upload_model_explanation(explanation, top_k=2 if when == "upload" else None)
        found = client.download_model_explanation(top_k=2 if when == "download" else None)
    assert found.num_features == 2
    tokens = found.local.tokens
    assert set(tokens.feature.tolist()) <= {-1, 0, 1}
    np.testing.assert_allclose(found.local.outputs(), explanation.local.outputs(), atol=1e-12)
    # Texts are kept as they are, and so are their sentences.
    for row in range(len(TEXTS)):
        pd.testing.assert_frame_equal(found.to_sentences(row), explanation.to_sentences(row))


def test_without_data_no_text_is_kept(tracking_store, explanation):
    with mlflow.start_run():
        logged = log_explanation(explanation, include_data=False)
    again = ExplanationClient.from_run_id(logged.run_id).download_model_explanation()
    # Values per text would tell which words stood in it.
    assert again.local is None
    assert again.rows is None
    assert again.get_ranked_global_names() == explanation.get_ranked_global_names()
    # The words are: they are what the features are called.
    assert {"phone", "👍🏽"} <= set(again.features)
    for name in ("report.html", "report.md", "manifest.json"):
        assert "never again" not in artifact(logged, name)


def test_what_is_shown_beside_it_holds_any_word(kept, explanation):
    table = json.loads(artifact(kept, "global_importance.json"))
    assert [line[1] for line in table["data"]] == explanation.get_ranked_global_names()
    report = artifact(kept, "report.md")
    lines = [line for line in report.splitlines() if line.startswith("| ")]
    assert {line.count(" | ") for line in lines} == {2}
    assert "<script>" not in report
    assert "<script>bad" not in artifact(kept, "report.html")


def test_the_command_line_lists_and_exports_it(kept, explanation, tmp_path, capsys):
    for command in (["list"], ["show"], ["verify"]):
        assert run([*command, kept.run_id]) == 0
        assert capsys.readouterr().out
    for name in ("x.csv", "x.parquet", "x.json", "x.png", "x.html", "x"):
        assert run(["export", kept.run_id, str(tmp_path / name)]) == 0
    rows = pd.read_csv(tmp_path / "x.csv", keep_default_na=False)
    assert set(explanation.features) <= set(rows.columns)


def test_two_models_of_texts_are_compared_by_their_words(kept, tracking_store):
    with mlflow.start_run():
        other = log_explanation(made.explainer().explain_global(made.REVIEWS))
    found = compare(kept, other)
    assert "bad" in found.to_frame().to_string()


@pytest.mark.parametrize("how", ["list", "column", "file"])
def test_a_logged_model_of_texts_is_explained_by_its_address(tracking_store, tmp_path, how):
    model, frame = made.pipeline(), pd.DataFrame({"review": made.REVIEWS, "other": 1.0})
    signature = infer_signature(made.REVIEWS if how == "list" else frame[["review"]], made.LABELS)
    mlflow.sklearn.save_model(
        model, tmp_path / "m", signature=signature, serialization_format="cloudpickle",
        pip_requirements=[],
    )  # fmt: skip
    frame.to_csv(tmp_path / "rows.csv", index=False)
    data = {"list": made.REVIEWS, "column": frame, "file": tmp_path / "rows.csv"}[how]
    logged = explain_model(tmp_path / "m", data, true_y=made.LABELS)
    mlflow.end_run()
    explanation = logged.explanation
    assert "phone" in explanation.features
    # In the unit of the way that was chosen, which is exact.
    expected = model.decision_function(made.REVIEWS)
    np.testing.assert_allclose(explanation.local.outputs()[:, 0], expected, atol=1e-9)


@pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0 all arguments of all")
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.drop is deprecated")
def test_mlflow_evaluates_functions_of_texts_and_pairs(tracking_store):
    model = made.pipeline()
    rows = pd.DataFrame({"text": made.REVIEWS * 3, "y": made.LABELS * 3})
    with mlflow.start_run():
        pair = log_model(model, scoring_explainer=made.explainer(model), explain_by_default=False)
        for evaluated in (pair.model_uri, lambda df: model.predict(df["text"].tolist())):
            found = mlflow.models.evaluate(
                evaluated, rows, targets="y", model_type="classifier",
                evaluators=["default", "mlflow_explain"],
                evaluator_config={"default": {"log_model_explainability": False}},
            )  # fmt: skip
            assert found.metrics["accuracy_score"] == model.score(rows.text, rows.y)
            if evaluated == pair.model_uri:
                kept = ExplanationClient.from_run_id(mlflow.active_run().info.run_id)
                assert "phone" in kept.download_model_explanation().features


def named(reviews):
    return pd.Series(reviews, name="review")


@pytest.mark.parametrize("container", [list, pd.Series, named])
def test_a_training_on_texts_is_explained(tracking_store, container):
    model = made.pipeline()
    with undone():
        mlflow.sklearn.autolog()
        mlflow_explain.autolog(log_dashboard=False)
        with mlflow.start_run() as active:
            model.fit(container(made.REVIEWS * 2), made.LABELS * 2)
    found = ExplanationClient.from_run(active).download_model_explanation()
    (column,) = found.eval_data.columns
    assert column == ("review" if container is named else "text")
    assert found.eval_data[column].tolist() == made.REVIEWS * 2
    assert found.true_y.tolist() == made.LABELS * 2
    # Rows are explained in a random order, and their tokens come back to them.
    tokens = found.local.tokens
    words = [
        found.eval_data[column][row][a:b]
        for row, a, b in zip(tokens.row, tokens.start, tokens.end, strict=True)
    ]
    assert words[:3] == ["good", "phone", "."]
    np.testing.assert_allclose(
        found.local.base_values + found.local.values.sum(axis=1) + _rest(found),
        found.local.outputs(),
    )
    assert model.predict(["good phone"]).tolist() == ["pos"]


def _rest(explanation):
    return 0.0 if explanation.local.rest is None else explanation.local.rest


def test_explainers_of_tables_are_refused_for_texts():
    with pytest.raises(InvalidInputError, match="'auto' or 'lime'"):
        of_texts(made.pipeline(), pd.DataFrame({"text": made.REVIEWS}), "kernel")
