"""What a page was asked not to show is nowhere in its file."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlflow_explain import ExplanationDashboard, TabularExplainer
from mlflow_explain.dashboard import page
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.dashboard.source import Source
from mlflow_explain.errors import InvalidInputError
from tests.read_page import BLOCK, ReadPage

N = 120
PLACES = ("ROMEX", "PARIX")
HIDDEN = {
    "mask": {"mask": ["salary", "who", "city"]},
    "drop": {"drop_columns": ["salary", "who", "city"]},
    "without data": {"include_data": False},
}


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(1)
    return pd.DataFrame({
        "salary": np.round(random.lognormal(11, 0.3, N), 2),
        "who": [f"SECRET{i:03d}" for i in range(N)],
        "a": random.normal(size=N),
        "city": random.choice(PLACES, N),
    })  # fmt: skip


@pytest.fixture(scope="module")
def explained(people):
    front = make_column_transformer(
        (StandardScaler(), ["salary", "a"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city", "who"]),
    )
    model = make_pipeline(front, LogisticRegression(max_iter=300))
    model.fit(people, people["salary"] > 60_000)
    return model, TabularExplainer(model, people).explain_global(people)


def expect_no_cell(html, people):
    found = ReadPage(html)
    for text in (found.json, BLOCK.sub("", html)):
        assert not re.findall("SECRET|ROMEX|PARIX", text)
        assert not [value for value in people["salary"] if f"{value}" in text]
    for name in found.payload["arrays"]:
        numbers = np.asarray(found.array(name), np.float32)
        assert not np.isin(people["salary"].to_numpy(np.float32), numbers).any(), name
    return found


@pytest.mark.parametrize("options", HIDDEN.values(), ids=HIDDEN)
def test_77_no_label_and_no_number_of_hidden_columns_is_in_the_file(explained, people, options):
    model, explanation = explained
    beside = [explanation, explanation.engineered]
    found = expect_no_cell(ExplanationDashboard(beside, model, **options).html, people)
    raw, engineered = found.payload["views"]
    assert raw["features"] == list(people)
    names = engineered["features"]
    assert names[:4] == [
        "standardscaler__salary", "standardscaler__a", "city: category 1", "city: category 2",
    ]  # fmt: skip
    assert names[-1] == f"who: category {N}"
    assert len(set(names)) == len(names)
    assert found.payload["beside"][0]["features"] == names
    # What the encoder made has no attributions of its own: its sign would tell the label.
    assert engineered["local"]["features"] == [0, 1]
    rest = found.array(engineered["local"]["rest"])
    np.testing.assert_allclose(
        rest, explanation.engineered.local.values[:, 2:, 0].sum(axis=1), rtol=1e-5
    )
    assert any("are numbered" in text for text in found.payload["caveats"])
    assert any("on another scale" in text for text in found.payload["caveats"])


@pytest.mark.parametrize("options", HIDDEN.values(), ids=HIDDEN)
def test_77_the_table_for_readers_without_scripts_holds_none_either(explained, people, options):
    _, explanation = explained
    engineered = explanation.engineered
    expect_no_cell(page.render(engineered, Source(), options=PageOptions(**options)), people)


def test_77_nor_the_plain_page(explained, monkeypatch):
    def fails(*_, **__):
        raise ValueError

    monkeypatch.setattr("mlflow_explain.dashboard.payload.build.block_of", fails)
    _, explanation = explained
    options = PageOptions(include_data=False)
    with pytest.warns(UserWarning, match="plain table"):
        html = page.render_or_plain(explanation, None, options)
    assert not re.findall("SECRET|ROMEX|PARIX", html)


def test_engineered_names_stay_where_nothing_is_hidden(explained):
    model, explanation = explained
    found = ReadPage(ExplanationDashboard(explanation, model, mask=["salary"]).html)
    view = found.payload["views"][1]
    assert view["features"] == list(explanation.engineered.features)
    whole = ReadPage(ExplanationDashboard(explanation, model).html).payload["views"][1]
    assert view["local"]["features"] == whole["local"]["features"]


@pytest.mark.parametrize("name", ["salary", "other", None])
@pytest.mark.parametrize("option", ["mask", "drop_columns"])
def test_77_ids_that_are_a_hidden_column_become_positions(explained, people, name, option):
    model, _ = explained
    rows = people.set_index(people["salary"].rename(name))
    explanation = TabularExplainer(model, rows).explain_global(rows)
    options = {option: ["salary", "who", "city"]}
    found = expect_no_cell(ExplanationDashboard(explanation, model, **options).html, people)
    np.testing.assert_array_equal(found.numbers(found.payload["rows"]["ids"]), np.arange(N))
    assert any("called by their positions" in text for text in found.payload["caveats"])
    open_ = ReadPage(ExplanationDashboard(explanation, model).html)
    np.testing.assert_array_equal(open_.numbers(open_.payload["rows"]["ids"]), people["salary"])


def test_77_without_data_no_cohort_tells_a_cell(explained, people):
    model, explanation = explained
    rich = {"rich": (people["salary"] > 60_000).to_numpy()}
    named = [
        {"name": "x", "filter": {"of": {"feature": "who"}, "is": "in", "value": ["SECRET001"]}},
        {"name": "y", "filter": {"of": {"attribution": "a"}, "is": ">", "value": 0.0}},
    ]
    found = ReadPage(
        ExplanationDashboard(explanation, model, include_data=False, cohorts=rich).html
    )
    assert found.payload["rows"]["others"] == found.payload["cohorts"] == []
    assert any("Left out of the page: 1 of the groups" in t for t in found.payload["caveats"])
    for options in ({"include_data": False}, {"drop_columns": ["who"]}, {"mask": ["who"]}):
        found = ReadPage(ExplanationDashboard(explanation, model, cohorts=named, **options).html)
        assert found.payload["cohorts"] == named[1:]


def test_a_masked_column_is_not_compared_with_a_number(explained):
    model, explanation = explained
    below = [{"name": "x", "filter": {"of": {"feature": "salary"}, "is": "<", "value": 60_000}}]
    assert ReadPage(ExplanationDashboard(explanation, model, cohorts=below).html)
    with pytest.raises(InvalidInputError, match="masked"):
        ExplanationDashboard(explanation, model, cohorts=below, mask=["salary"])


def test_parameters_that_may_be_cells_are_left_out():
    from sklearn.impute import SimpleImputer

    from mlflow_explain.dashboard.payload.about import parameters_of

    model = SimpleImputer(strategy="constant", fill_value="SECRET001")
    assert parameters_of(model)["fill_value"] == "SECRET001"
    assert "fill_value" not in parameters_of(model, hides=True)
    assert parameters_of(model, hides=True)["strategy"] == "constant"
