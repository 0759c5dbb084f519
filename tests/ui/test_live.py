"""Live what-if: off by default; answers of the logged model itself; bounds; what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pytest

from mlflow_explain import TabularExplainer, log_explanation, log_model
from mlflow_explain.ui import live as lives
from mlflow_explain.ui.access import Access
from tests import small
from tests.ui.conftest import browser_of

if TYPE_CHECKING:
    import pandas as pd

ROOT = "/0123456789abcdef"


def columns_of(frame: pd.DataFrame) -> dict[str, list]:
    plain = frame.astype(object).where(frame.notna(), None)
    return {name: [getattr(cell, "item", lambda c=cell: c)() for cell in plain[name]]
            for name in frame}  # fmt: skip


@pytest.fixture
def path(store) -> str:
    return f"{ROOT}/live/{store.credit.run_id}/{store.credit.id}"


def test_it_is_off_unless_the_server_was_started_with_it(browser, path, monkeypatch):
    monkeypatch.setattr(lives, "_load", pytest.fail)
    for reply in (
        browser.get(path),
        browser.post(f"{path}/predict", {"columns": {}}),
        browser.post(f"{path}/explain", {"columns": {}}),
    ):
        assert reply.status == 403
        assert "--allow-model-load" in reply.json["message"]
    one = path.removeprefix(f"{ROOT}/live/")
    assert "/live" not in browser.get(f"{ROOT}/explanation/{one}").text
    page = browser.get(f"{ROOT}/page/{one}/live")
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts;")


def test_predictions_are_the_models_bit_for_bit(live, path, pipeline, applications):
    rows = applications.test.head(200).copy()
    rows.loc[rows.index[::7], "lvr"] = np.nan
    reply = live.post(f"{path}/predict", {"columns": columns_of(rows)})
    assert reply.status == 200
    assert reply.json["probabilities"] == pipeline.predict_proba(rows).tolist()
    labels = list(pipeline.classes_)
    assert reply.json["values"] == [labels.index(label) for label in pipeline.predict(rows)]


def test_attributions_are_those_of_explain_local(live, path, explainer, applications):
    rows = applications.test.tail(30)
    local = explainer.explain_local(rows).local
    reply = live.post(f"{path}/explain", {"columns": columns_of(rows)})
    assert reply.status == 200
    assert reply.json["values"] == np.moveaxis(local.values, 2, 1).tolist()
    assert reply.json["base_values"] == list(local.base_values)


def test_a_page_is_told_what_it_may_ask(live, path, store, applications):
    about = live.get(path).json
    assert about["uri"].startswith("models:/m-")
    assert [each["name"] for each in about["inputs"]] == list(applications.test)
    assert {each["type"] for each in about["inputs"]} == {"number", "category"}
    assert about["classes"] == ["no", "yes"]
    assert (about["outputs"], about["method"], about["space"]) == (1, "tree", "log-odds")
    assert (about["most_rows"], about["most_explained"]) == (10_000, 1_000)


def test_its_page_asks_this_server_and_no_other(live, store):
    one = f"{store.credit.run_id}/{store.credit.id}"
    around = live.get(f"{ROOT}/explanation/{one}").text
    assert f"src='{ROOT}/page/{one}/live' referrerpolicy" in around
    assert "sandbox" not in around
    page = live.get(f"{ROOT}/page/{one}/live")
    policy = page.headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" not in policy
    # Only what our own template allows by its digests runs there.
    meta = page.text.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[
        0
    ]
    assert "connect-src 'self'" in meta
    assert "script-src 'sha256-" in meta
    assert "unsafe" not in meta


def test_what_was_kept_stays_in_the_sandbox_also_where_models_are_loaded(live, store):
    one = f"{store.credit.run_id}/{store.credit.id}"
    around = live.get(f"{ROOT}/explanation/{one}?show=kept").text
    assert f"src='{ROOT}/page/{one}/kept' sandbox='allow-scripts'" in around
    for kind in ("kept", "new"):
        policy = live.get(f"{ROOT}/page/{one}/{kind}").headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts;")
        assert "connect-src 'none'" in policy


def test_an_explanation_without_a_model_says_so(live, store):
    one = f"{store.again.run_id}/{store.again.id}"
    reply = live.post(f"{ROOT}/live/{one}/predict", {"columns": {"a": [1]}})
    assert reply.status == 404
    assert "a logged model of the explanation" in reply.json["message"]
    around = live.get(f"{ROOT}/explanation/{one}").text
    assert "No live what-if" in around
    assert "sandbox='allow-scripts'" in around


@pytest.mark.parametrize("where", ["nosuch/nosuch", "../.."])
def test_no_explanation_has_no_model(live, where):
    assert live.get(f"{ROOT}/live/{where}").status == 404
    assert live.post(f"{ROOT}/live/{where}/predict", {"columns": {}}).status == 404


def test_only_two_questions_are_answered(live, path):
    assert live.post(f"{path}/delete", {"columns": {}}).status == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"columns": []}', b'{"columns": {}}', b'{"columns": {"dir": 1}}',
     b'{"columns": {"dir": [1]}}', b'{"columns": {"dir": []}}', b'{"columns": {"dir": [NaN]}}',
     b'{"columns": {"dir": [{"a": 1}]}}', b'{"columns": {"dir": [1], "hir": [1, 2]}}',
     b"[" * 100_000, b"\xff\xfe", b'{"columns": {"dir": [1e999]}}'],
)  # fmt: skip
@pytest.mark.parametrize("what", ["predict", "explain"])
def test_bad_rows_are_refused_in_a_sentence(live, path, body, what):
    reply = live.post(f"{path}/{what}", body)
    assert reply.status == 400
    assert set(reply.json) == {"message"}
    assert "Traceback" not in reply.text


def test_words_in_a_column_of_numbers_are_refused_without_being_repeated(live, path, applications):
    columns = columns_of(applications.test.head(2))
    columns["dir"] = ["secret-4711", 1.0]
    reply = live.post(f"{path}/predict", {"columns": columns})
    assert reply.status == 400
    assert "column dir" in reply.json["message"]
    assert "4711" not in reply.text


def test_rows_are_bounded(live, path, applications, monkeypatch):
    columns = columns_of(applications.test.head(12))
    monkeypatch.setattr(lives, "MOST_ROWS", 10)
    monkeypatch.setattr(lives, "MOST_EXPLAINED", 10)
    for what in ("predict", "explain"):
        reply = live.post(f"{path}/{what}", {"columns": columns})
        assert reply.status == 400
        assert "1 to 10 rows" in reply.json["message"]


def test_a_model_is_loaded_once_and_few_are_kept(live, path, applications, monkeypatch):
    loads = []
    real = lives._load
    monkeypatch.setattr(lives, "_load", lambda target: loads.append(target.uri) or real(target))
    columns = columns_of(applications.test.head(1))
    for _ in range(3):
        assert live.post(f"{path}/predict", {"columns": columns}).status == 200
    assert len(loads) <= 1


@pytest.fixture
def regression(tracking_store):
    from sklearn.linear_model import Ridge

    model = Ridge().fit(small.FRAME, small.NUMBERS)
    explainer = TabularExplainer(model, small.FRAME)
    with mlflow.start_run():
        kept = log_explanation(explainer.explain_global(small.FRAME))
        log_model(model, scoring_explainer=explainer, explanation=kept)
    return model, explainer, kept


def test_a_regression_is_live_too(regression):
    model, explainer, kept = regression
    access = Access()
    browser = browser_of(access, allow_model_load=True)
    path = f"/{access.place}/live/{kept.run_id}/{kept.id}"
    rows = small.FRAME.head(7)
    found = browser.post(f"{path}/predict", {"columns": columns_of(rows)}).json
    assert found == {"values": model.predict(rows).tolist(), "probabilities": None}
    local = explainer.explain_local(rows).local
    found = browser.post(f"{path}/explain", {"columns": columns_of(rows)}).json
    assert found["values"] == np.moveaxis(local.values, 2, 1).tolist()


def test_what_a_model_says_of_rows_it_does_not_take_is_told(regression):
    _, _, kept = regression
    access = Access()
    browser = browser_of(access, allow_model_load=True)
    path = f"/{access.place}/live/{kept.run_id}/{kept.id}"
    columns = columns_of(small.FRAME.head(2))
    columns["a"][1] = None
    reply = browser.post(f"{path}/predict", {"columns": columns})
    assert reply.status == 400
    assert "Ridge does not accept missing values" in reply.json["message"] or (
        "contains NaN" in reply.json["message"]
    )


@pytest.mark.parametrize("what", ["predict", "explain"])
@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ('{"a": [1e999], "b": [1], "c": [1]}', "Send finite numbers, and null for missing ones."),
        ('{"a": [1, 2], "b": [1], "c": [1]}', "Send columns of one length."),
        ('{"a": [], "b": [], "c": []}', "Send a row."),
        ('{"a": [null], "b": [1], "c": [1]}', "Change the values."),
    ],
)
def test_what_is_refused_is_refused_alike_with_advice_that_fits(regression, what, columns, says):
    _, _, kept = regression
    access = Access()
    path = f"/{access.place}/live/{kept.run_id}/{kept.id}/{what}"
    body = f'{{"columns": {columns}}}'
    reply = browser_of(access, allow_model_load=True).post(path, body.encode())
    assert reply.status == 400
    assert reply.json["message"].endswith(says)


def test_a_model_without_its_explainer_is_named(tracking_store, on_frames):
    with mlflow.start_run():
        plain = mlflow.sklearn.log_model(on_frames, name="plain", pip_requirements=["mlflow"])
        explainer = TabularExplainer(on_frames, small.FRAME)
        kept = log_explanation(explainer.explain_global(small.FRAME), model_uri=plain.model_uri)
    access = Access()
    browser = browser_of(access, allow_model_load=True)
    reply = browser.get(f"/{access.place}/live/{kept.run_id}/{kept.id}")
    assert reply.status == 422
    assert "logged with its explainer" in reply.json["message"]


def test_a_path_in_a_records_tag_is_not_loaded(tracking_store, on_frames):
    explainer = TabularExplainer(on_frames, small.FRAME)
    with mlflow.start_run() as run:
        kept = log_explanation(explainer.explain_global(small.FRAME))
    key = f"mlflow_explain.explanation.{kept.id}"
    client = mlflow.MlflowClient()
    record = json.loads(client.get_run(run.info.run_id).data.tags[key])
    for uri in ("/etc", "file:///etc", "http://127.0.0.1:9/model", "s3://bucket/model"):
        client.set_tag(run.info.run_id, key, json.dumps(record | {"model_uri": uri}))
        access = Access()
        browser = browser_of(access, allow_model_load=True)
        reply = browser.get(f"/{access.place}/live/{kept.run_id}/{kept.id}")
        assert reply.status == 404
        assert "a logged model of the explanation" in reply.json["message"]
