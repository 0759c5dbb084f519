"""Served models of texts: predictions bit for bit, tokens with their places, sums that are told."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import replace

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import mlflow_explain
from docs.requests import TEXT_ODD, VALUE, split_of
from mlflow_explain import explain_batch, load_model, save_model
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.models import request, warming
from tests import texts as made
from tests.serving import Endpoint, assert_as_stated, body_of

ROWS = pd.DataFrame({"text": made.ODD})
TABLE = made.table().assign(text=made.ODD)

# name -> the model, examples, rows that are asked for, and what the model answers them.
CASES = {
    "list": (made.pipeline, made.REVIEWS, ROWS, lambda m, rows: m.predict(rows.text.tolist())),
    "table": (made.table_pipeline, made.table(), TABLE, lambda m, rows: m.predict(rows)),
    "function": (
        lambda: made.length, made.REVIEWS, ROWS, lambda m, rows: m(rows.text.tolist()),
    ),
    "function of a table": (lambda: made.rows_length, made.table(), TABLE, lambda m, rows: m(rows)),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(CASES))
def served(request, tmp_path_factory):
    make, examples, rows, answer = CASES[request.param]
    model = make()
    explainer = made.explainer(model, examples)
    path = tmp_path_factory.mktemp("texts") / "m"
    save_model(model, path, scoring_explainer=explainer)
    return Endpoint(path), model, rows, answer(model, rows), explainer


def output_of(row):
    if "probabilities" in row:
        return row["probabilities"][row["explained_output"]]
    return row["prediction"]


def whole_of(row):
    listed = sum(entry["importance"] for entry in row["local_importance_values"])
    return row["expected_value"] + listed + row["other_importance"]


def test_predictions_are_the_models_own_and_importances_sum_to_its_output(served):
    endpoint, _, rows, expected, _ = served
    status, answer = endpoint.post(body_of(rows))
    assert status == 200
    for row, value, text in zip(answer["predictions"], expected, rows.text, strict=True):
        assert row["prediction"] == value
        assert row["explanation_status"] == "ok"
        assert whole_of(row) == pytest.approx(output_of(row), abs=1e-9)
        tokens = [e for e in row["local_importance_values"] if e["token"] is not None]
        assert [text[e["start"] : e["end"]] for e in tokens] == [e["token"] for e in tokens]
        beside = [e["feature"] for e in row["local_importance_values"] if e["token"] is None]
        assert beside == [name for name in rows.columns if name != "text"]
    status, plain = endpoint.post(body_of(rows) | {"params": {"explain": False}})
    assert plain["predictions"] == expected.tolist()


def test_importances_are_those_of_the_explainer(served):
    endpoint, _, rows, _, explainer = served
    given = rows if len(rows.columns) > 1 else rows.text.tolist()
    explained = explainer.explain_local(given)
    answer = endpoint.post(body_of(rows))[1]["predictions"]
    for i, row in enumerate(answer):
        found = [e["importance"] for e in row["local_importance_values"] if e["token"]]
        of_row = explained.local.tokens.values[explained.local.tokens.of_row(i)]
        np.testing.assert_allclose(found, of_row[:, -1], atol=1e-12)


@pytest.mark.parametrize("way", ["dataframe_split", "dataframe_records", "inputs", "csv"])
def test_every_way_to_ask_is_answered_alike(served, way):
    endpoint, _, rows, expected, _ = served
    rows = rows[rows.text != ""]
    if way == "csv":
        status, answer = endpoint.post(rows.to_csv(index=False), "text/csv")
    elif way == "dataframe_split":
        status, answer = endpoint.post(body_of(rows))
    else:
        orient = "records" if way == "dataframe_records" else "list"
        status, answer = endpoint.post({way: rows.to_dict(orient=orient)})
    assert status == 200, answer
    found = [row["prediction"] for row in answer["predictions"]]
    assert found == expected[[text != "" for text in made.ODD]].tolist()


@pytest.mark.parametrize("top_k", [1, 2, 100])
def test_top_k_keeps_the_largest_in_the_order_of_the_text(served, top_k):
    endpoint, _, rows, _, _ = served
    whole = endpoint.post(body_of(rows))[1]["predictions"]
    cut = endpoint.post(body_of(rows) | {"params": {"top_k": top_k, "output": "all"}})[1]
    for row, all_of in zip(cut["predictions"], whole, strict=True):
        kept, entries = row["local_importance_values"], all_of["local_importance_values"]
        assert kept == [entry for entry in entries if entry in kept]
        assert len(kept) == min(top_k, len(entries))
        left = [abs(e["importance"]) for e in entries if e not in kept]
        assert max(left, default=0.0) <= min((abs(e["importance"]) for e in kept), default=math.inf)
        assert whole_of(row) == pytest.approx(output_of(row), abs=1e-9)
        for label, base in row["all_expected_values"].items():
            listed = sum(e["importance"] for e in row["all_local_importance_values"][label])
            total = base + listed + row["all_other_importance"][label]
            output = row.get("probabilities", {label: row["prediction"]})[label]
            assert total == pytest.approx(output, abs=1e-9)


def test_raw_or_not_is_the_same_of_texts(served):
    endpoint, _, rows, _, _ = served
    raw, engineered = (endpoint.post(body_of(rows) | {"params": {"raw": r}}) for r in (True, False))
    assert raw == engineered


def test_a_reply_is_what_its_signature_says(served):
    endpoint, _, rows, _, _ = served
    outputs = endpoint.model.metadata.get_output_schema()
    names = [spec.name for spec in outputs.inputs]
    (row, *_) = endpoint.post(body_of(rows))[1]["predictions"]
    assert sorted(names) == sorted(row)
    (kind,) = [spec.type for spec in outputs.inputs if spec.name == "local_importance_values"]
    fields = {prop.name for prop in kind.dtype.properties}
    assert {field for e in row["local_importance_values"] for field in e} == fields


def test_a_pair_and_its_parts_are_loaded_again(served, tmp_path):
    endpoint, _, rows, _, explainer = served
    folder = endpoint.model._model_impl
    scoring = explainer.create_scoring_explainer()
    found = folder.scorer.texts
    assert found == scoring.scorer.texts
    assert found.as_list is (len(rows.columns) == 1)


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "m"
    save_model(made.pipeline(), path, scoring_explainer=made.explainer(), max_explained_rows=10_000)
    return path


@pytest.mark.parametrize("odd", TEXT_ODD, ids=str)
def test_odd_requests_of_texts(lists, odd):
    endpoint = Endpoint(lists)
    split = split_of(pd.DataFrame({"text": [f"good {VALUE} phone", "bad"]}))
    status, text = endpoint.text(odd.body(split), odd.kind)
    assert_as_stated(odd, status, text)


@pytest.mark.parametrize("by", ["signature", "address"])
def test_a_request_has_the_users_name_of_the_texts(tmp_path, by):
    model = made.pipeline()
    rows = ROWS.rename(columns={"text": "comment"})
    signature = mlflow.models.infer_signature(rows, model.predict(made.ODD))
    if by == "signature":
        given, how = model, {"signature": signature}
    else:
        given, how = tmp_path / "plain", {}
        mlflow.sklearn.save_model(
            model, given, serialization_format="cloudpickle", signature=signature
        )
    save_model(given, tmp_path / "m", scoring_explainer=made.explainer(model), **how)
    endpoint = Endpoint(tmp_path / "m")
    replies = endpoint.post(body_of(rows))[1]["predictions"]
    assert [row["prediction"] for row in replies] == model.predict(made.ODD).tolist()
    assert [row["explanation_status"] for row in replies] == ["ok"] * len(rows)
    plain = endpoint.post(body_of(rows) | {"params": {"explain": False}})[1]["predictions"]
    assert plain == model.predict(made.ODD).tolist()


def test_without_importances_a_text_that_is_missing_is_refused_and_no_rows_are_none(lists):
    served = mlflow.pyfunc.load_model(str(lists))
    with pytest.raises(mlflow.exceptions.MlflowException, match="text in every row") as raised:
        served.predict(pd.DataFrame({"text": ["good", None]}), params={"explain": False})
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    assert len(served.predict(ROWS[:0], params={"explain": False})) == 0


@pytest.mark.parametrize("searched", ["model", "explained"])
def test_a_search_and_the_pipeline_it_found_are_one_model(tmp_path, searched):
    search = GridSearchCV(made.pipeline(), {"logisticregression__C": [1.0, 2.0]}, cv=2)
    search.fit(made.REVIEWS, made.LABELS)
    found = search.best_estimator_
    model, explained = (search, found) if searched == "model" else (found, search)
    save_model(model, tmp_path / "m", scoring_explainer=made.explainer(explained))
    reply = mlflow.pyfunc.load_model(str(tmp_path / "m")).predict(ROWS)
    assert reply.prediction.tolist() == search.predict(made.ODD).tolist()
    assert set(reply.explanation_status) == {"ok"}


@pytest.mark.networks
def test_a_network_of_texts_requires_its_library(tmp_path):
    model = made.pipeline()
    explainer = mlflow_explain.HANTextExplainer(
        model, [f"{text} {i}" for i in range(5) for text in made.REVIEWS],
        max_epochs=1, n_augmentations=1, show_progress=False, device="cpu",
    )  # fmt: skip
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    for name in ("requirements.txt", "conda.yaml"):
        assert "torch==" in (tmp_path / "m" / name).read_text()


def test_mlflow_alone_would_give_the_model_the_names_of_columns(lists):
    plain = mlflow.pyfunc.load_model(str(lists / "model"))
    # One answer, for the one column: why ours does not ask so.
    assert len(plain.predict(ROWS)) == 1
    pair = load_model(lists)
    assert pair.model.predict(made.ODD).tolist() == made.pipeline().predict(made.ODD).tolist()
    assert isinstance(pair.explainer, mlflow_explain.TextScoringExplainer)


def test_a_logged_model_of_texts_is_paired_by_its_address(tmp_path):
    model = made.pipeline()
    mlflow.sklearn.save_model(model, tmp_path / "plain", serialization_format="cloudpickle")
    save_model(tmp_path / "plain", tmp_path / "pair", scoring_explainer=made.explainer(model))
    rows = Endpoint(tmp_path / "pair").post(body_of(ROWS))[1]["predictions"]
    assert [row["prediction"] for row in rows] == model.predict(made.ODD).tolist()


def test_the_explainer_of_another_model_of_texts_is_refused(tmp_path):
    other = made.pipeline()
    other.steps[1][1].coef_ = other.steps[1][1].coef_ * 2
    with pytest.raises(InvalidInputError, match="the explainer of this"):
        save_model(other, tmp_path / "m", scoring_explainer=made.explainer())


def test_an_explainer_of_texts_alone_is_served_without_predictions(tmp_path):
    save_model(path=tmp_path / "m", scoring_explainer=made.explainer())
    rows = Endpoint(tmp_path / "m").post(body_of(ROWS))[1]["predictions"]
    expected = made.pipeline().predict_proba(made.ODD)[:, 1]
    np.testing.assert_allclose([whole_of(row) for row in rows], expected, atol=1e-9)
    assert "prediction" not in rows[0]


def test_importances_as_plain_lists_are_refused_for_texts(tmp_path):
    with pytest.raises(InvalidInputError, match="`format` left out"):
        save_model(
            made.pipeline(), tmp_path / "m", scoring_explainer=made.explainer(), format="list"
        )


def test_a_long_document_costs_its_time_and_no_more(lists):
    long = pd.DataFrame({"text": ["good bad " * 25_000]})
    asked = body_of(long) | {"params": {"budget_ms": 300, "top_k": 5}}
    status, answer = Endpoint(lists).post(asked)
    (row,) = answer["predictions"]
    assert status == 200
    assert row["prediction"] == made.pipeline().predict(long.text.tolist())[0]
    assert row["explanation_status"] in {"ok", "out of time: budget_ms is over"}


def test_tokens_of_a_reply_are_bounded(lists, monkeypatch):
    monkeypatch.setattr(request, "_MOST_TOKENS", 20)
    endpoint = Endpoint(lists)
    assert endpoint.post(body_of(ROWS.iloc[:1]))[0] == 200
    status, answer = endpoint.post(body_of(ROWS))
    assert status == 400
    assert "at most 20 tokens" in answer["message"]
    assert endpoint.post(body_of(ROWS) | {"params": {"top_k": 1}})[0] == 200
    assert endpoint.post(body_of(ROWS) | {"params": {"explain": False}})[0] == 200


def test_an_explainer_that_fails_costs_no_prediction(lists, monkeypatch, caplog):
    endpoint = Endpoint(lists)
    pair = endpoint.model._model_impl
    plain = type(pair.scorer.engine).explain
    monkeypatch.setattr(
        type(pair.scorer.engine),
        "explain",
        lambda self, rows: replace(plain(self, rows), tokens=None),
    )
    (row,) = endpoint.post(body_of(ROWS.iloc[:1]))[1]["predictions"]
    assert row["prediction"] in {"pos", "neg"}
    assert row["local_importance_values"] == []
    assert row["other_importance"] is None
    assert row["explanation_status"] == "failed: InvalidInputError"


def test_only_some_rows_of_texts_are_explained(tmp_path):
    save_model(
        made.pipeline(), tmp_path / "m", scoring_explainer=made.explainer(),
        explain_when="prediction == 'pos'",
    )  # fmt: skip
    rows = pd.DataFrame({"text": made.REVIEWS})
    replies = Endpoint(tmp_path / "m").post(body_of(rows))[1]["predictions"]
    for row, text in zip(replies, rows.text, strict=True):
        if row["prediction"] == "neg":
            assert row["local_importance_values"] == []
            continue
        words = [entry["token"] for entry in row["local_importance_values"]]
        assert words[0] == text.split()[0]
        assert whole_of(row) == pytest.approx(output_of(row), abs=1e-9)


def test_a_batch_of_texts_has_the_numbers_of_the_reply(lists, tmp_path):
    replies = Endpoint(lists).post(body_of(ROWS) | {"params": {"output": "all"}})[1]["predictions"]
    found = explain_batch(lists, ROWS, output="all", show_progress=False)
    for (_, row), reply in zip(found.iterrows(), replies, strict=True):
        assert list(row.local_importance_values) == reply["local_importance_values"]
        assert row.other_importance == reply["other_importance"]
        assert row["all_other_importance.neg"] == reply["all_other_importance"]["neg"]
    path = explain_batch(lists, ROWS, tmp_path / "out.parquet", show_progress=False)
    kept = pd.read_parquet(path).local_importance_values
    assert [len(entries) for entries in kept] == [
        len(reply["local_importance_values"]) for reply in replies
    ]
    with pytest.raises(InvalidInputError, match=r"which holds lists, too: out='.*out\.parquet'\.$"):
        explain_batch(lists, ROWS, tmp_path / "out.csv", show_progress=False)
    with pytest.raises(InvalidInputError, match="column text"):
        explain_batch(lists, pd.DataFrame({"text": ["good", None]}), show_progress=False)


def test_places_are_whole_numbers_where_columns_beside_the_text_have_none(tmp_path):
    model = made.table_pipeline()
    rows = made.table()
    explainer = mlflow_explain.TextExplainer(model, rows, text_column="text", show_progress=False)
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    found = explain_batch(tmp_path / "m", rows, output="all", show_progress=False)
    lists = [n for n in found.columns if "local_importance_values" in n]
    for name in lists:
        for text, entries in zip(rows.text, found[name], strict=True):
            words = [e for e in entries if e["feature"] == "text"]
            assert [text[e["start"] : e["end"]] for e in words] == [e["token"] for e in words]
            assert {e["start"] for e in entries if e["feature"] != "text"} == {None}


def test_replies_are_strict_json(lists):
    status, text = Endpoint(lists).text(json.dumps(body_of(ROWS)))
    assert status == 200
    assert "NaN" not in text


def _of_a_table(estimator, outcome, *others):
    columns = make_column_transformer((TfidfVectorizer(), "text"), *others)
    return make_pipeline(columns, estimator).fit(SHOPS, outcome)


SHOPS = made.table().assign(shop=list("abaab"), size=list("12112"))
BESIDE = (OneHotEncoder(), ["shop"]), (StandardScaler(), ["price"])

# No made-up cell is a number told as a text: nothing tells the steps from the model.
UNSEEN = (StandardScaler(), ["size"])
VECTORISED = {
    "list": (made.pipeline, ROWS),
    "table": (lambda: _of_a_table(LogisticRegression(), made.LABELS, BESIDE[1]), SHOPS),
    "known": (lambda: _of_a_table(LogisticRegression(), made.LABELS, *BESIDE), SHOPS),
    "unseen": (lambda: _of_a_table(LogisticRegression(), made.LABELS, UNSEEN), SHOPS),
    "regression": (lambda: _of_a_table(Ridge(), [1.0, -1.0, 2.0, -2.0, 0.0], *BESIDE), SHOPS),
}


@pytest.fixture
def vectorised(monkeypatch):
    """Return the lists of texts that vectorisers are given."""
    real, given = CountVectorizer.transform, []

    def transform(self, texts):
        given.append(list(texts))
        return real(self, texts)

    monkeypatch.setattr(CountVectorizer, "transform", transform)
    return given


@pytest.mark.parametrize("method", ["terms", "masking"])
@pytest.mark.parametrize("kind", VECTORISED)
def test_a_text_is_vectorised_once_a_request(kind, method, tmp_path, vectorised):
    make, rows = VECTORISED[kind]
    model = make()
    given = rows.text.tolist() if kind == "list" else rows
    explainer = mlflow_explain.TextExplainer(
        model, made.REVIEWS if kind == "list" else SHOPS,
        text_column="text", method=method, show_progress=False,
    )  # fmt: skip
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    served = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    expected = explainer.explain_local(given).local
    own = [model.predict(given), getattr(model, "predict_proba", lambda _: None)(given)]
    vectorised.clear()
    reply = served.predict(rows, params={"explain": True, "output": "all"})
    # Masking asks for other texts, and once more for the output that its sums differ from.
    assert vectorised.count(rows.text.tolist()) == (1 if method == "terms" else 2)
    assert method == "masking" or len(vectorised) == 1
    np.testing.assert_array_equal(reply.prediction.to_numpy(own[0].dtype), own[0], strict=True)
    if own[1] is not None:
        labels = model.classes_.tolist()
        found = [[row[label] for label in labels] for row in reply.probabilities]
        np.testing.assert_array_equal(found, own[1])
    assert set(reply.explanation_status) == {"ok"}
    for i, entries in enumerate(reply.local_importance_values):
        tokens = [e["importance"] for e in entries if e["token"] is not None]
        values = expected.tokens.values[expected.tokens.of_row(i)][:, -1]
        np.testing.assert_allclose(np.abs(tokens), np.abs(values), atol=1e-12)


@pytest.mark.parametrize("method", ["terms", "masking"])
@pytest.mark.parametrize("kind", ["known", "unseen"])
def test_loading_complains_of_no_cell_that_nobody_has_seen(kind, method, tmp_path, caplog):
    make, rows = VECTORISED[kind]
    model = make()
    explainer = mlflow_explain.TextExplainer(
        model, rows, text_column="text", method=method, show_progress=False
    )
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    with caplog.at_level(logging.DEBUG, logger=warming.__name__):
        served = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    told = [record for record in caplog.records if record.name == warming.__name__]
    assert [record.levelname for record in told] == ["DEBUG"] * (kind == "unseen")
    assert set(served.predict(rows).explanation_status) == {"ok"}


@pytest.mark.parametrize("how", [{"explain_when": "prediction == 'pos'"}, {"budget_ms": 60_000}])
def test_rows_that_are_explained_later_are_vectorised_once(how, tmp_path, vectorised):
    save_model(
        made.pipeline(), tmp_path / "m", **how,
        scoring_explainer=mlflow_explain.TextExplainer(made.pipeline(), made.REVIEWS),
    )  # fmt: skip
    rows = pd.DataFrame({"text": [*made.ODD, *made.REVIEWS] * 3})
    served = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    vectorised.clear()
    reply = served.predict(rows)
    assert vectorised == [rows.text.tolist()]
    for row in reply.to_dict("records"):
        if row["explanation_status"] == "ok":
            odds = output_of(row) / (1.0 - output_of(row))
            assert whole_of(row) == pytest.approx(math.log(odds), abs=1e-9)
