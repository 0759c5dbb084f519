"""Live texts: their predictions, what their tokens are attributed, and how long they may be."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pandas as pd
import pytest

from mlflow_explain import TextExplainer, log_explanation, log_model
from mlflow_explain.scoring.scorer import Scorer
from mlflow_explain.ui import live as lives
from mlflow_explain.ui import texts as bounds
from mlflow_explain.ui.access import Access
from tests import texts as made
from tests.read_page import ReadPage
from tests.ui.conftest import browser_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PRICES = [3.0, 0.0, 7.5, 40.0, 1e6]
TABLE = pd.DataFrame({"text": made.ODD, "price": PRICES})


class Logged:
    """A logged pair of a model of texts, asked as its page asks."""

    def __init__(self, model, rows, explainer) -> None:
        self.model, self.rows, self.explainer = model, rows, explainer
        with mlflow.start_run():
            kept = log_explanation(explainer.explain_global(explainer_rows(rows)))
            log_model(
                model, scoring_explainer=explainer, explanation=kept, pip_requirements=["mlflow"]
            )
        access = Access()
        self.browser = browser_of(access, allow_model_load=True)
        self.path = f"/{access.place}/live/{kept.run_id}/{kept.id}"

    @property
    def columns(self):
        frame = self.rows if isinstance(self.rows, pd.DataFrame) else {"text": self.rows}
        return {name: list(frame[name]) for name in frame}

    def ask(self, what, **columns):
        return self.browser.post(f"{self.path}/{what}", {"columns": self.columns | columns})


def explainer_rows(rows):
    return made.table() if isinstance(rows, pd.DataFrame) else made.REVIEWS


HOW = [(kind, method) for kind in ("list", "table") for method in ("terms", "masking")]


@pytest.fixture(scope="module", params=HOW, ids="-".join)
def logged(request, tmp_path_factory, empty_database) -> Iterator[Logged]:
    """Logged once, and loaded once, for all tests of this module."""
    kind, method = request.param
    folder = tmp_path_factory.mktemp("texts")
    shutil.copy(empty_database, folder / "mlflow.db")
    model = made.pipeline() if kind == "list" else made.table_pipeline()
    rows = made.ODD if kind == "list" else TABLE
    explainer = TextExplainer(model, explainer_rows(rows), method=method, show_progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_REGISTRY_URI"):
            patch.delenv(name, raising=False)
        patch.chdir(folder)
        yield Logged(model, rows, explainer)


def test_answers_are_those_of_the_model_and_of_its_explainer(logged):
    about = logged.browser.get(logged.path).json
    assert (about["text"], about["most_explained"]) == ("text", 50)
    assert about["method"] == logged.explainer.method
    found = logged.ask("predict").json
    if logged.rows is made.ODD:
        assert found["probabilities"] == logged.model.predict_proba(logged.rows).tolist()
    else:
        assert found == {"values": logged.model.predict(TABLE).tolist(), "probabilities": None}

    local = logged.explainer.explain_local(logged.rows).local
    found = logged.ask("explain").json
    assert found["base_values"] == list(local.base_values)
    assert len(found["tokens"]) == len(made.ODD)
    at = about["features"].index("text")
    for row, (told, text) in enumerate(zip(found["tokens"], made.ODD, strict=True)):
        own = local.tokens.of_row(row)
        # Places are of code points, as Python's strings have them.
        places = zip(told["start"], told["end"], strict=True)
        assert "".join(text[a:b] for a, b in places) == "".join(text.split())
        assert told["sentence"] == local.tokens.sentence[own].tolist()
        assert told["values"] == local.tokens.values[own].T.tolist()
        # All of a text are its tokens and the rest.
        whole = np.sum(told["values"], axis=1) + told["rest"]
        assert whole == pytest.approx(np.array(found["values"][row])[:, at], abs=1e-9)


def test_texts_that_are_too_long_are_refused(logged, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_CHARACTERS", 30)
    texts = ["good " * 6, "\U0001f600" * 30, "", "a", "b"]
    assert logged.ask("predict", text=texts).status == 200
    for what, sent, says in (
        ("predict", [*texts[:4], "b" * 31], "at most 30 characters each; got 31"),
        ("explain", texts, "at most 30 characters together; got 62"),
    ):
        reply = logged.ask(what, text=sent)
        assert reply.status == 400
        assert says in reply.json["message"]
    one = {name: cells[:1] for name, cells in logged.columns.items()} | {"text": texts[:1]}
    assert logged.browser.post(f"{logged.path}/explain", {"columns": one}).status == 200


def test_more_values_than_a_reply_may_have_are_refused_before_the_model_is_asked(
    logged, monkeypatch
):
    found = logged.ask("explain").json
    outputs = logged.browser.get(logged.path).json["outputs"]
    sent = outputs * sum(len(told["start"]) for told in found["tokens"])
    assert sent == sum(len(line) for told in found["tokens"] for line in told["values"])
    monkeypatch.setattr(bounds, "MOST_VALUES", sent)
    assert logged.ask("explain").status == 200
    monkeypatch.setattr(bounds, "MOST_VALUES", sent - 1)
    monkeypatch.setattr(Scorer, "local_of_engineered", pytest.fail)
    reply = logged.ask("explain")
    assert reply.status == 400
    assert (
        f"at most {sent - 1} values (tokens times outputs) together; got {sent}"
        in reply.json["message"]
    )
    assert "explain it in Python" in reply.json["message"]
    # A prediction has no tokens.
    assert logged.ask("predict").status == 200


def test_rows_and_cells_are_bounded_as_those_of_tables(logged, monkeypatch):
    monkeypatch.setattr(lives, "MOST_ASKING", 4)
    reply = logged.ask("explain")
    assert reply.status == 400
    assert "1 to 4 rows" in reply.json["message"]
    for cell in (None, 1.5):
        reply = logged.ask("predict", text=[cell, *made.ODD[1:]])
        assert reply.status == 400
        assert "text" in reply.json["message"]
        assert "Traceback" not in reply.text


def test_half_a_character_is_a_text_as_any_other(logged):
    reply = logged.ask("explain", text=["good \ud83d bad", *made.ODD[1:]])
    assert reply.status == 200
    assert reply.json["tokens"][0]["start"] == [0, 5, 7]


def test_a_page_without_its_model_says_why_and_not_how_to_start_this_server(
    tmp_path, empty_database, monkeypatch
):
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)
    explainer = TextExplainer(made.pipeline(), made.REVIEWS, show_progress=False)
    with mlflow.start_run():
        kept = log_explanation(explainer.explain_global(made.REVIEWS))
    access, one = Access(), f"{kept.run_id}/{kept.id}"
    none = f"Expected a logged model of the explanation {kept.id}"
    browser, root = browser_of(access, allow_model_load=True), f"/{access.place}"
    around = browser.get(f"{root}/explanation/{one}").text
    assert f"No live what-if: {none}" in around
    assert f"src='{root}/page/{one}/live' sandbox='allow-scripts'" in around
    page = browser.get(f"{root}/page/{one}/live")
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts;")
    payload = ReadPage(page.text).payload
    assert payload["live"] is None
    assert payload["modelNote"].startswith(f"No live what-if: {none}")
    assert "--allow-model-load" not in payload["modelNote"]
    # What was kept stays as it is, and so do pages of a server that loads no models.
    assert f"{one}/kept" in browser.get(f"{root}/explanation/{one}?show=kept").text
    plain = browser_of(access)
    assert f"{one}/kept" in plain.get(f"{root}/explanation/{one}").text
    note = ReadPage(plain.get(f"{root}/page/{one}/new").text).payload["modelNote"]
    assert "--allow-model-load" in note
