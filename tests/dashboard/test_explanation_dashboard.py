"""`ExplanationDashboard`: the original's call, notebooks, files, browsers."""

from __future__ import annotations

import html
import inspect
import re
import webbrowser
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlparse

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from mlflow_explain import ExplanationDashboard, TabularExplainer
from mlflow_explain.dashboard import explanation_dashboard
from mlflow_explain.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
    MissingPartError,
)
from tests.explanation.test_value import made
from tests.read_page import ReadPage


def read(dashboard):
    return ReadPage(dashboard.html)


@pytest.fixture(scope="module")
def explained(diabetes):
    rows, target = diabetes
    model = Ridge().fit(rows, target)
    return TabularExplainer(model, rows).explain_global(rows), model, rows, target


@pytest.mark.parametrize("call", [
    lambda e, m, x, y: ExplanationDashboard(e, m, x),
    lambda e, m, x, y: ExplanationDashboard(e, m, datasetX=x),
    lambda e, m, x, y: ExplanationDashboard(e, m, datasetX=x.to_numpy(), trueY=y),
    lambda e, m, x, y: ExplanationDashboard(e, model=m, dataset=x, true_y=list(y)),
    lambda e, m, x, y: ExplanationDashboard(e, m, dataset=x, true_y=y, classes=None,
                                            features=list(x), port=5000, locale="en",
                                            public_ip="10.0.0.1", with_credentials=True,
                                            use_cdn=False),
])  # fmt: skip
def test_the_originals_calls(explained, call):
    explanation, model, rows, target = explained
    found = read(call(explanation, model, rows, target))
    assert found.payload["rows"]["count"] == len(rows)
    assert found.payload["model"]["mode"] == "exact"
    np.testing.assert_array_equal(found.numbers(found.column("bmi")), rows["bmi"])


def test_the_first_arguments_are_the_originals():
    names = list(inspect.signature(ExplanationDashboard).parameters)
    assert names[:5] == ["explanation", "model", "datasetX", "true_y", "cohorts"]


def test_outcomes_are_put_right_by_their_index(explained):
    explanation, model, rows, target = explained
    named = rows.set_axis([f"r{i}" for i in range(len(rows))])
    explanation = TabularExplainer(model, rows).explain_global(named)
    shuffled = target.set_axis(named.index).sample(frac=1, random_state=0)
    found = read(ExplanationDashboard(explanation, model, true_y=shuffled))
    np.testing.assert_array_equal(found.outcome("actual"), target)


def test_the_model_that_made_an_explanation_is_found(explained):
    explanation, _, _, _ = explained
    assert read(ExplanationDashboard(explanation)).payload["model"]["mode"] == "exact"
    assert read(ExplanationDashboard(explanation, False)).payload["model"] is None


def test_rows_and_predictions_of_an_explanation_without_rows(explained):
    explanation, model, rows, _ = explained
    bare = replace(explanation, rows=None)
    assert "predicted" not in read(ExplanationDashboard(bare, model)).payload["rows"]
    found = read(ExplanationDashboard(bare, model, rows))
    np.testing.assert_array_equal(found.outcome("predicted"), model.predict(rows))
    numbers = found.numbers(found.payload["rows"]["ids"])
    np.testing.assert_array_equal(numbers, np.arange(len(rows)))


def test_what_does_not_belong_together_is_refused(explained):
    explanation, model, rows, target = explained
    with pytest.raises(LengthMismatchError, match=r"datasetX of 442 rows.*got 5"):
        ExplanationDashboard(explanation, model, rows.head(5))
    with pytest.raises(LengthMismatchError, match="442"):
        ExplanationDashboard(explanation, model, true_y=target.to_numpy()[:5])
    with pytest.raises(InvalidInputError, match="datasetX and dataset"):
        ExplanationDashboard(explanation, model, rows, dataset=rows)
    with pytest.raises(InvalidInputError, match="list of them"):
        ExplanationDashboard(np.zeros(3))
    with pytest.raises(InvalidInputError, match="an empty list"):
        ExplanationDashboard([])
    with pytest.raises(MissingPartError, match="datasetX=rows"):
        ExplanationDashboard(replace(explanation, rows=None), true_y=target)
    with pytest.raises(InvalidInputError, match="10 features"):
        ExplanationDashboard(explanation, features=["a"])
    with pytest.raises(InvalidInputError, match="height"):
        ExplanationDashboard(explanation, height=3)
    with pytest.raises(FeatureError, match="nothing_like_it"):
        ExplanationDashboard(explanation, mask=["nothing_like_it"])
    with pytest.raises(InvalidInputError, match="list of dictionaries"):
        ExplanationDashboard(explanation, cohorts="old")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"include_data": "no"}, "include_data to be True or False; got 'no'"),
        ({"include_data": None}, "include_data to be True or False; got None"),
        ({"drop_columns": "age"}, "drop_columns: a list of names"),
        ({"mask": 3}, "mask: a list of names"),
        ({"max_bytes": 299_999}, "max_bytes: a whole number of at least 300,000; got 299999"),
        ({"max_bytes": 1e7}, "max_bytes: a whole number"),
        ({"seed": "a"}, "seed to be a whole number from 0 to"),
        ({"seed": -1}, "seed to be a whole number from 0 to"),
        ({"top_k": -3}, "top_k to be a whole number of at least 1; got -3"),
        ({"top_k": 0}, "top_k to be a whole number of at least 1; got 0"),
        ({"top_k": "x"}, "top_k to be a whole number of at least 1"),
        ({"top_k": True}, "top_k to be a whole number of at least 1"),
        ({"title": 3}, "title to be text; got 3"),
        ({"height": 299}, "height to be a whole number of at least 300; got 299"),
        ({"height": "tall"}, "height to be a whole number"),
    ],
    ids=str,
)
def test_options_are_checked_before_anything_is_made(explained, options, said):
    with pytest.raises(InvalidInputError) as refused:
        ExplanationDashboard(explained[0], **options)
    assert said in str(refused.value)


def test_numbers_of_numpy_are_options_too(explained):
    sizes = {"top_k": np.int64(2), "max_bytes": np.int32(400_000), "height": np.int16(400)}
    dashboard = ExplanationDashboard(explained[0], seed=np.uint8(1), **sizes)
    assert len(read(dashboard).payload["views"][0]["local"]["features"]) == 2
    assert 'height="400"' in dashboard._repr_html_()


def test_other_names_of_classes_and_features(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=1000).fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    names = {"classes": ["se", "ve", "vi"], "features": ["a", "b", "c", "d"]}
    found = read(ExplanationDashboard(explanation, model, true_y=labels, **names))
    assert found.payload["classes"] == ["se", "ve", "vi"]
    assert found.payload["views"][0]["features"] == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(found.outcome("actual"), labels)
    np.testing.assert_array_equal(found.outcome("predicted"), model.predict(rows))
    np.testing.assert_allclose(found.numbers(found.column("c")), rows.iloc[:, 2])


def test_several_explanations_stand_side_by_side(explained):
    explanation, *_ = explained
    found = read(ExplanationDashboard([explanation, replace(made(), comment="other")]))
    assert found.payload["explanationId"] == explanation.id
    assert [each["name"] for each in found.payload["beside"]] == ["other"]


def test_a_notebook_shows_it_in_a_frame_of_its_own(explained):
    explanation, *_ = explained
    dashboard = ExplanationDashboard(explanation, title='of "all" <rows>', height=500)
    cell = dashboard._repr_html_()
    (frame,) = re.findall(r"<iframe ([^>]*)></iframe>", cell)
    attributes = dict(re.findall(r'([a-z]+)="([^"]*)"', frame))
    assert attributes["sandbox"] == "allow-scripts"
    assert html.unescape(attributes["title"]) == 'of "all" <rows>'
    assert html.unescape(attributes["srcdoc"]) == dashboard.html
    assert attributes["height"] == "500"
    assert explanation.id[:8] in repr(dashboard)
    assert len(repr(dashboard)) < 300


def test_it_is_saved_as_a_file(explained, tmp_path):
    dashboard = ExplanationDashboard(explained[0])
    path = dashboard.save_html(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == dashboard.html
    dashboard.save_html(str(path))
    with pytest.raises(ArtifactExistsError, match="exist_ok"):
        dashboard.save_html(path, exist_ok=False)
    with pytest.raises(ArtifactExistsError, match=r"a folder.*Name a file in that folder\."):
        dashboard.save_html(tmp_path)
    with pytest.raises(ArtifactNotFoundError, match=r"Make the folder first\."):
        dashboard.save_html(tmp_path / "not" / "there.html")
    assert not (tmp_path / "not").exists()


def test_it_is_shown_in_a_browser_outside_of_notebooks(explained, monkeypatch, tmp_path):
    monkeypatch.setattr(explanation_dashboard.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(explanation_dashboard, "_in_notebook", lambda: False)
    dashboard = ExplanationDashboard(explained[0])
    dashboard.show()
    (address,) = opened
    assert Path(unquote(urlparse(address).path)).read_text("utf-8") == dashboard.html


def test_it_is_shown_in_the_notebook_it_is_in(explained, monkeypatch):
    import IPython.display

    displayed = []
    monkeypatch.setattr(IPython.display, "display", displayed.append)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=1))
    dashboard = ExplanationDashboard(explained[0])
    dashboard.show()
    assert displayed == [dashboard]
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    assert not explanation_dashboard._in_notebook()


def test_what_the_user_passed_stays_as_it_is(explained):
    explanation, model, rows, target = explained
    before, kept = rows.copy(), target.copy()
    ExplanationDashboard(explanation, model, rows, target, {"first": [0]}, mask=["age"])
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_series_equal(target, kept)
