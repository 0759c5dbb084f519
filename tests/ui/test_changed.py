"""Explanations that were changed after they were kept, and those of deleted runs."""

from __future__ import annotations

from dataclasses import replace

import mlflow

from mlflow_explain import log_explanation
from tests.ui.conftest import browser_of

ROOT = "/0123456789abcdef"


def test_a_changed_page_is_said_and_the_one_made_anew_is_shown(store, access, explanation):
    with mlflow.start_run(experiment_id=store.credit.experiment_id) as run:
        made = log_explanation(replace_id(explanation), comment="changed")
    folder = store.folder / "credit" / run.info.run_id / "artifacts" / "explanations" / made.id
    report = folder / "report.html"
    one, other = (f"{each.run_id}/{each.id}" for each in (made, store.credit))
    browser = browser_of(access)
    try:
        report.write_text("<script>alert(1)</script>")
        changed = browser.get(f"{ROOT}/page/{one}/kept")
        assert changed.status == 502
        assert "other content: its sha256 differs" in changed.text
        assert "alert" not in changed.text
        for show in ("", "?show=new", "?show=kept"):
            around = browser.get(f"{ROOT}/explanation/{one}{show}")
            assert around.status == 200
            assert f"src='{ROOT}/page/{one}/new' sandbox='allow-scripts'" in around.text
            assert "The page that was kept is not shown: " in around.text
            assert "other content: its sha256 differs" in around.text
            assert "as it was kept</a>" not in around.text
        assert browser.get(f"{ROOT}/page/{one}/new").status == 200
        beside = browser.get(f"{ROOT}/compare?one={one}&one={other}")
        assert beside.status == 200
        assert f"src='{ROOT}/page/{one}/new'" in beside.text
        assert "The page that was kept is not shown: " in beside.text
        report.unlink()
        assert browser.get(f"{ROOT}/explanation/{one}").status == 200
        # Without what the page is made of there is none.
        manifest = folder / "manifest.json"
        manifest.write_text(manifest.read_text() + " ")
        assert browser_of(access).get(f"{ROOT}/page/{one}/new").status == 502
    finally:
        mlflow.delete_run(run.info.run_id)


def test_the_page_of_a_deleted_run_says_so(store, access, explanation):
    with mlflow.start_run(experiment_id=store.credit.experiment_id) as run:
        made = log_explanation(replace(explanation, id="of-a-deleted-run"))
    one, browser = f"{made.run_id}/{made.id}", browser_of(access)
    said = "Its run was deleted"
    assert said not in browser.get(f"{ROOT}/explanation/{one}").text
    mlflow.delete_run(run.info.run_id)
    for path in (f"/explanation/{one}", f"/run/{made.run_id}"):
        reply = browser.get(f"{ROOT}{path}")
        assert reply.status == 200
        assert said in reply.text


def replace_id(explanation):
    return replace(explanation, id="a-changed-one")
