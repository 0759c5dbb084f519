"""What a page holds is read again, and compared with the explanation it was made of."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier

from mlflow_explain import LGBMExplainableModel as Boosting
from mlflow_explain import LIMEExplainer, MimicExplainer, PFIExplainer, TabularExplainer
from mlflow_explain.dashboard import page
from mlflow_explain.dashboard.payload.modelled import NO_MODEL, WITHOUT_DATA
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.dashboard.source import Source
from mlflow_explain.dashboard.template import template
from mlflow_explain.explanation import EvaluatedRows
from tests.explanation.test_value import made
from tests.read_page import BLOCK, ReadPage


def page_of(explanation, model=False, cohorts=None, beside=(), **options):
    source = Source.of(explanation.id, model)
    return page.render(
        explanation, source, cohorts=cohorts, beside=beside, options=PageOptions(**options)
    )


def read(explanation, model=False, cohorts=None, beside=(), **options):
    return ReadPage(page_of(explanation, model, cohorts, beside, **options))


def with_outcomes(explanation, true_y, cohort_data=None):
    rows = replace(explanation.rows, true_y=np.asarray(true_y), cohort_data=cohort_data)
    return replace(explanation, rows=rows)


def expect_attributions(found, member, view, rows=slice(None)):
    """Expect attributions up to half of a step of their column's scale."""
    local = found.payload["views"][view]["local"]
    kept = np.array(local["features"])
    wanted = member.local.values[rows][:, kept].transpose(2, 1, 0)
    bound = 0.5000001 * np.array(local["scale"])[:, :, None]
    assert (np.abs(found.attributions(view) - wanted) <= bound).all()
    np.testing.assert_allclose(local["baseValues"], member.local.base_values)
    globals_ = found.payload["views"][view]["globals"]
    np.testing.assert_array_equal(globals_["values"], member.global_.values)
    np.testing.assert_array_equal(globals_["perOutput"], member.global_.per_output.T)


# -- a Pipeline of two classes, raw and engineered ------------------------------------------


@pytest.fixture(scope="module")
def binary(explanation, applications):
    return with_outcomes(explanation, applications.test_y)


@pytest.fixture(scope="module")
def binary_page(binary, pipeline):
    return read(binary, pipeline)


def test_cells_of_numbers_and_words_come_back(binary_page, applications):
    raw = binary_page.payload["views"][0]
    assert raw["kind"] == "raw"
    assert raw["features"] == list(applications.test.columns)
    for name, column in applications.test.items():
        spec = binary_page.column(name)
        if spec["type"] == "category":
            wanted = [None if pd.isna(cell) else str(cell) for cell in column]
            assert binary_page.texts(spec) == wanted
        else:
            np.testing.assert_allclose(binary_page.numbers(spec), column, rtol=1e-6)
            assert spec["range"] == [column.min(), column.max()]


def test_both_kinds_of_features_are_there(binary_page, binary):
    views = binary_page.payload["views"]
    assert [view["kind"] for view in views] == ["raw", "engineered"]
    for i, member in enumerate((binary, binary.engineered)):
        assert views[i]["features"] == list(member.features)
        assert views[i]["space"] == "log-odds"
        assert views[i]["additive"]
        expect_attributions(binary_page, member, i)


def test_one_margin_stands_for_the_second_class(binary_page, binary):
    for view in binary_page.payload["views"]:
        assert view["outputs"] == [str(binary.classes[1])]
        assert view["mirrored"] is True
    assert binary_page.payload["classes"] == [str(label) for label in binary.classes]


def test_outcomes_are_numbers_of_classes(binary_page, binary, applications):
    classes = list(binary.classes)
    predicted = [classes[int(number)] for number in binary_page.outcome("predicted")]
    assert predicted == list(binary.eval_y_predicted)
    actual = [classes[int(number)] for number in binary_page.outcome("actual")]
    assert actual == list(applications.test_y)
    chance = binary_page.array(binary_page.payload["rows"]["probabilities"]).reshape(2, -1)
    np.testing.assert_allclose(chance.T, binary.eval_y_predicted_proba, rtol=1e-6)
    ids = binary_page.numbers(binary_page.payload["rows"]["ids"])
    np.testing.assert_array_equal(ids, applications.test.index)


def test_the_model_is_inside_and_says_that_it_is_exact(binary_page):
    model = binary_page.payload["model"]
    assert model["mode"] == "exact"
    assert model["checkedRows"] == binary_page.payload["rows"]["count"]
    assert model["maxError"] <= 1e-5
    assert model["game"]["kind"] == "tree_path_dependent"
    assert {given["name"]: given["type"] for given in model["inputs"]}.items() <= {
        column["name"]: column["type"] for column in binary_page.payload["views"][0]["columns"]
    }.items()
    for name in ("roots", "feature", "values"):
        assert len(binary_page.array(model["core"][name]))


def test_what_stands_around_it(binary_page, binary):
    payload = binary_page.payload
    assert payload["version"] == 1
    assert payload["explanationId"] == binary.id
    assert payload["task"] == "classification"
    assert payload["facts"]["Importance"] == binary.global_measure
    assert "not what causes" in payload["caution"]
    assert payload["madeAt"] is None
    assert payload["versions"]["mlflow-explain"] in payload["madeBy"]
    assert payload["rows"]["count"] == payload["rows"]["total"] == 596
    assert "sampled" not in payload["rows"]
    assert payload["overall"]["rows"] == 596


# -- all kinds of models ---------------------------------------------------------------------


def test_several_classes(iris, iris_boosting):
    rows, labels = iris
    explainer = TabularExplainer(iris_boosting, rows, classes=["se", "ve", "vi"])
    explanation = with_outcomes(explainer.explain_global(rows), labels)
    found = read(explanation, iris_boosting)
    (view,) = found.payload["views"]
    assert (view["outputs"], view["mirrored"]) == (["se", "ve", "vi"], False)
    expect_attributions(found, explanation, 0)
    np.testing.assert_array_equal(found.outcome("actual"), labels)
    np.testing.assert_array_equal(found.outcome("predicted"), iris_boosting.predict(rows))
    assert len(found.payload["overall"]["confusion"]) == 3
    assert found.payload["model"]["link"]["kind"] == "softmax"


def test_regression(diabetes):
    rows, target = diabetes
    model = Ridge().fit(rows, target)
    explainer = TabularExplainer(model, rows)
    explanation = with_outcomes(explainer.explain_global(rows), target)
    found = read(explanation, model)
    assert found.payload["classes"] is None
    assert found.payload["views"][0]["outputs"] == ["prediction"]
    expect_attributions(found, explanation, 0)
    np.testing.assert_array_equal(found.outcome("predicted"), model.predict(rows))
    np.testing.assert_array_equal(found.outcome("actual"), target)
    assert found.payload["overall"]["metrics"]["r2"] == pytest.approx(model.score(rows, target))
    # A linear model calculates with the cells: none may be rounded.
    for name in rows:
        np.testing.assert_array_equal(found.numbers(found.column(name)), rows[name])


def test_the_models_answers_are_the_same_for_the_cells_of_the_page(rng):
    rows = pd.DataFrame(rng.normal(size=(4000, 4)), columns=list("abcd"))
    rows["e"] = rng.integers(0, 5000, 4000) / 7
    rows.loc[::17, "b"] = np.nan
    labels = (rows["a"] + rows["c"] ** 2 + rows["e"] / 500 > 2).astype(int)
    boosting = LGBMClassifier(n_estimators=60, verbose=-1, random_state=0).fit(rows, labels)
    forest = RandomForestClassifier(10, random_state=0).fit(rows, labels)
    for model in (boosting, forest):
        found = read(TabularExplainer(model, rows).explain_global(rows), model)
        specs = [found.column(name) for name in rows]
        assert "f32" in {found.payload["arrays"][spec["array"]]["dtype"] for spec in specs}
        cells = pd.DataFrame({name: found.numbers(found.column(name)) for name in rows})
        assert found.payload["model"]["mode"] == "exact"
        np.testing.assert_array_equal(model.predict_proba(cells), model.predict_proba(rows))


def test_all_kinds_of_columns():
    rows = pd.DataFrame({
        "number": [1.5, np.nan, 3.0, 4.0], "whole": [1, 2, 3, 4],
        "nullable": pd.array([1, None, 3, 4], dtype="Int64"),
        "word": ["b", None, "a", "b"], "text": pd.array(["x", None, "y", "x"], dtype="string"),
        "category": pd.Categorical(["low", "high", None, "low"], ["low", "mid", "high"]),
        "flag": [True, False, True, True], "maybe": pd.array([True, None, False, True], "boolean"),
        "time": pd.to_datetime(["2026-01-01", None, "2026-01-03", "2026-01-04"]),
        "mixed": [1, "x", None, 2.5], "lists": [[1], [2], [], None],
    })  # fmt: skip
    values = np.arange(44.0).reshape(4, 11, 1)
    data = EvaluatedRows(rows, np.array(["r1", "r2", "r3", "r4"], dtype=object))
    found = read(made(values, features=list(rows), rows=data))
    types = {column["name"]: column["type"] for column in found.payload["views"][0]["columns"]}
    assert types == {
        "number": "number", "whole": "number", "nullable": "number", "word": "category",
        "text": "category", "category": "category", "flag": "boolean", "maybe": "boolean",
        "time": "time", "mixed": "category", "lists": "number",
    }  # fmt: skip
    np.testing.assert_array_equal(found.numbers(found.column("nullable")), [1, np.nan, 3, 4])
    assert found.texts(found.column("text")) == ["x", None, "y", "x"]
    assert found.column("category")["values"] == ["low", "mid", "high"]
    np.testing.assert_array_equal(found.numbers(found.column("maybe")), [1, np.nan, 0, 1])
    assert found.texts(found.column("mixed")) == ["1", "x", None, "2.5"]
    assert "neither numbers nor words" in found.column("lists")["absent"]
    assert found.column("whole")["whole"] is True
    assert found.texts(found.payload["rows"]["ids"]) == ["r1", "r2", "r3", "r4"]


@pytest.mark.parametrize("ids", [
    np.arange(4) * (2**60 + 1), np.array([("a", 1), ("a", 2), ("b", 1), ("b", 2), None][:-1],
                                         dtype=object).reshape(4, 2),
    np.array(["a", 1, 2.5, None], dtype=object),
])  # fmt: skip
def test_ids_a_browser_has_no_number_for_are_texts(ids):
    if ids.ndim == 2:
        pairs = np.empty(4, dtype=object)
        pairs[:] = [tuple(pair) for pair in ids]
        ids = pairs
    rows = EvaluatedRows(np.zeros((4, 3)), ids)
    found = read(made(np.zeros((4, 3, 1)), rows=rows))
    assert found.texts(found.payload["rows"]["ids"]) == [str(each) for each in ids]


def test_a_sparse_matrix_shows_the_columns_that_are_among_the_first(rng):
    rows = sparse.random(400, 1000, density=0.02, format="csr", random_state=0)
    labels = (np.asarray(rows[:, :20].sum(axis=1)).ravel() > 0.2).astype(int)
    model = LogisticRegression(C=10).fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    found = read(explanation, model)
    (view,) = found.payload["views"]
    assert len(view["features"]) == len(view["globals"]["values"]) == 1000
    kept = view["local"]["features"]
    assert 10 <= len(kept) <= 500
    expect_attributions(found, explanation, 0)
    rest = found.array(view["local"]["rest"])
    others = np.setdiff1d(np.arange(1000), kept)
    np.testing.assert_allclose(rest, explanation.local.values[:, others, 0].sum(axis=1), atol=1e-6)
    first = np.abs(explanation.local.values[:, :, 0]).argmax(axis=1)
    shown = np.isin(first, kept)
    assert shown.mean() > 0.98
    assert found.payload["model"]["mode"] == "exact"
    for i in (kept[0], int(others[0])):
        cells = found.numbers(view["columns"][i])
        np.testing.assert_array_equal(cells, rows[:, i].toarray()[:, 0])
    assert any("have attributions of single rows" in text for text in found.payload["caveats"])


def test_a_very_wide_sparse_matrix_is_listed_in_part(rng):
    rows = sparse.random(300, 20_000, density=0.001, format="csr", random_state=0)
    model = LogisticRegression().fit(rows, np.arange(300) % 2)
    found = read(TabularExplainer(model, rows).explain_global(rows), model)
    (view,) = found.payload["views"]
    assert len(view["features"]) == len(view["columns"]) == 2000
    assert view["globals"]["leftOut"] == 18_000
    assert len(view["local"]["features"]) == 500
    assert found.payload["model"] is None
    assert "columns, whose cells are not shown" in found.payload["modelNote"]
    assert any("Listed are 2,000 of 20,000" in text for text in found.payload["caveats"])


def test_a_thousand_columns():
    values = np.random.default_rng(0).normal(size=(50, 1000, 1))
    rows = EvaluatedRows(np.random.default_rng(1).normal(size=(50, 1000)), np.arange(50))
    explanation = made(values, rows=rows)
    found = read(explanation)
    assert len(found.payload["views"][0]["columns"]) == 1000
    expect_attributions(found, explanation, 0)
    few = read(explanation, top_k=20)
    local = few.payload["views"][0]["local"]
    assert len(local["features"]) == 20
    kept = np.sort(explanation.global_importance_rank[:20])
    np.testing.assert_array_equal(local["features"], kept)
    total = few.attributions()[0].sum(axis=0) + few.array(local["rest"])
    np.testing.assert_allclose(total, values[:, :, 0].sum(axis=1), atol=1e-2)


def test_a_global_explanation_says_what_it_lacks(diabetes):
    rows, target = diabetes
    model = Ridge().fit(rows, target)
    explanation = PFIExplainer(model, show_progress=False).explain_global(rows, target)
    found = read(explanation, model)
    (view,) = found.payload["views"]
    assert view["local"] is None
    assert len(view["globals"]["standardDeviations"]) == 10
    assert any("is global" in text for text in found.payload["caveats"])
    bare = read(replace(made(), local=None))
    assert bare.payload["rows"]["count"] == 0
    assert any("holds no rows" in text for text in bare.payload["caveats"])


def test_a_surrogate_that_explains_is_the_model_of_the_page(iris):
    rows, labels = iris
    model = KNeighborsClassifier().fit(rows, labels == 2)
    explainer = MimicExplainer(model, rows, Boosting)
    found = read(explainer.explain_global(rows), None)
    assert found.payload["model"]["mode"] == "surrogate"
    assert "fidelity_r2" in found.payload["model"]["fidelity"]
    assert "The model itself is not in the page" in found.payload["modelNote"]
    assert any("surrogate of the model is explained" in text for text in found.payload["caveats"])


def test_an_approximate_explanation_says_so(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=1000).fit(rows, labels)
    explanation = LIMEExplainer(model, rows, show_progress=False).explain_local(rows.head(3))
    found = read(explanation)
    assert any("approximate" in text for text in found.payload["caveats"])
    assert not found.payload["views"][0]["additive"]


# -- numbers that are none -------------------------------------------------------------------


def test_78_no_number_is_told_as_null_and_drawn_as_missing():
    values = np.ones((4, 3, 1))
    values[0, 0], values[1, 1], values[2, 2] = np.nan, np.inf, -np.inf
    cells = np.array([[np.nan, 1, 2], [np.inf, 1, 2], [-np.inf, np.nan, 2], [0.5, 1, 2]])
    rows = EvaluatedRows(cells, np.arange(4), np.array([1.0, np.nan, np.inf, 2.0]),
                         true_y=np.array([1.0, 2.0, np.nan, None], dtype=object))  # fmt: skip
    explanation = made(values, (np.nan,), rows=rows, quality={"additivity_error_max": np.nan})
    found = read(explanation)
    assert "NaN" not in found.json
    assert "Infinity" not in found.json
    attributions = found.attributions()[0]
    assert np.isnan(attributions[[0, 1, 2], [0, 1, 2]]).all()
    np.testing.assert_allclose(attributions[0, 1:], 1.0)
    local = found.payload["views"][0]["local"]
    assert local["baseValues"] == [None]
    np.testing.assert_array_equal(found.numbers(found.column("f0")), cells[:, 0])
    assert found.column("f0")["range"] == [0.5, 0.5]
    np.testing.assert_array_equal(found.outcome("actual"), [1.0, 2.0, np.nan, np.nan])
    assert found.payload["overall"]["metrics"]["mse"] == 0.0


# -- what is left out ------------------------------------------------------------------------


def test_without_data_there_are_importances_alone(binary, pipeline):
    found = read(binary, pipeline, include_data=False)
    assert {column["absent"] for view in found.payload["views"] for column in view["columns"]} == {
        "The page was made without the cells of the rows."
    }
    assert found.payload["model"] is None
    assert found.payload["modelNote"] == WITHOUT_DATA
    assert found.payload["overall"] is None
    assert not {"predicted", "actual", "probabilities"} & set(found.payload["rows"])
    np.testing.assert_array_equal(
        found.numbers(found.payload["rows"]["ids"]), np.arange(binary.num_examples)
    )
    expect_attributions(found, binary, 0)
    # No cell, in whatever form.
    assert set(found.payload["arrays"]) == {
        "raw/attributions", "engineered/attributions", "engineered/rest", "ids", "ids/values",
    } - ({"ids/values"} if "ids/values" not in found.payload["arrays"] else set())  # fmt: skip


def test_columns_left_out_or_masked_have_no_cells_and_no_model(binary, pipeline):
    dropped, masked = binary.features[0], binary.features[1]
    found = read(binary, pipeline, drop_columns=[dropped], mask=[masked])
    assert "left out" in found.column(dropped)["absent"]
    spec = found.column(masked)
    assert spec.get("absent") == "Its cells are masked." or spec["values"][0].startswith("below")
    assert found.payload["model"] is None
    assert "whose cells are not shown" in found.payload["modelNote"]
    assert any("Masked in the page" in text for text in found.payload["caveats"])


def test_engineered_columns_of_what_is_left_out_are_not_shown_either(binary, pipeline):
    dropped = next(name for name in binary.features if name not in binary.engineered.features)
    found = read(binary, pipeline, drop_columns=[dropped])
    fold = binary.engineered.feature_map
    raw = list(binary.engineered.raw_features)
    own = [int(e) for e, r in zip(fold.engineered, fold.raw, strict=True) if raw[r] == dropped]
    assert own
    for i in own:
        assert "absent" in found.payload["views"][1]["columns"][i]


def test_columns_beside_the_models_and_cohorts(diabetes):
    rows, target = diabetes
    model = Ridge().fit(rows, target)
    region = pd.DataFrame({"region": np.where(rows["age"] > 0, "north", "south")})
    explanation = TabularExplainer(model, rows).explain_global(rows)
    explanation = with_outcomes(explanation, target, region)
    named = {"old": (rows["age"] > 0).to_numpy(), "first": [0, 1, 2]}
    found = read(explanation, cohorts=named)
    others = found.payload["rows"]["others"]
    assert [column["name"] for column in others] == [
        "region", "in cohort old", "in cohort first",
    ]  # fmt: skip
    assert found.texts(others[0]) == list(region["region"])
    np.testing.assert_array_equal(found.numbers(others[1]), named["old"])
    assert [cohort["name"] for cohort in found.payload["cohorts"]] == ["old", "first"]
    filters = [{"name": "a", "filter": {"of": {"column": "region"}, "is": "in", "value": ["x"]}}]
    assert read(explanation, cohorts=filters).payload["cohorts"] == filters
    hidden = read(explanation, drop_columns=["region"]).payload["rows"]["others"]
    assert "left out" in hidden[0]["absent"]


def test_others_stand_beside_it(binary, diabetes):
    other = replace(made(), comment="the other")
    found = read(binary, beside=[other])
    assert found.payload["beside"] == [{
        "name": "the other", "method": other.method, "space": other.output_space,
        "features": list(other.features), "values": other.global_.values.tolist(),
        "measure": other.global_measure,
    }]  # fmt: skip


# -- models that cannot be in the page -------------------------------------------------------


class Doubled:
    """A model nobody knows, which counts the rows it is asked for."""

    def __init__(self):
        self.asked = 0

    def predict(self, rows):
        self.asked += len(rows)
        return 2.0 * np.asarray(rows)[:, 0] + np.asarray(rows)[:, 1] ** 2


def test_only_a_model_that_is_given_is_asked(rng):
    rows = pd.DataFrame(rng.normal(size=(600, 2)), columns=["a", "b"])
    model = Doubled()
    explanation = TabularExplainer(model, rows).explain_global(rows)
    before = model.asked
    unasked = read(explanation, None)
    assert model.asked == before
    assert unasked.payload["model"] is None
    assert "Pass `model`" in unasked.payload["modelNote"]
    asked = read(explanation, model)
    assert 0 < model.asked - before <= 20_000
    assert asked.payload["model"]["mode"] == "surrogate"
    assert read(explanation).payload["modelNote"] == NO_MODEL


def test_curves_are_recorded_where_there_is_no_model_and_no_surrogate(rng, monkeypatch):
    from mlflow_explain.dashboard.models import page as models
    from mlflow_explain.dashboard.models.values import NotExported

    monkeypatch.setattr(models, "model_for_page", lambda *_, **__: NotExported("it is odd"))
    rows = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    rows["c"] = rng.integers(0, 3, 60)
    model = Doubled()
    explanation = TabularExplainer(model, rows).explain_global(rows)
    before = model.asked
    found = read(explanation, model)
    assert "it is odd" in found.payload["modelNote"]
    curves = {each["feature"]: each for each in found.payload["recorded"]}
    assert set(curves) == {"a", "b", "c"}
    assert model.asked - before <= 20 * (24 + 24 + 3)
    assert curves["c"]["grid"] == [0.0, 1.0, 2.0]
    for name, each in curves.items():
        n_rows, n_steps = len(each["rows"]), len(each["grid"])
        values = found.array(each["array"]).reshape(1, n_rows, n_steps)
        changed = rows.iloc[each["rows"][:1] * n_steps].copy()
        changed[name] = each["grid"]
        np.testing.assert_allclose(values[0, 0], model.predict(changed), rtol=1e-6)


def test_curves_are_recorded_of_every_target(rng):
    from sklearn.linear_model import LinearRegression

    rows = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    model = LinearRegression().fit(rows, rows.to_numpy() @ rng.normal(size=(3, 3)))
    explainer = TabularExplainer(model, rows)
    found = read(explainer.explain_global(rows), model)
    assert found.payload["modelNote"].count("it predicts 3 targets at once") == 1
    for each in found.payload["recorded"]:
        n_rows, n_steps = len(each["rows"]), len(each["grid"])
        values = found.array(each["array"]).reshape(3, n_rows, n_steps)
        changed = rows.iloc[each["rows"][1:2] * n_steps].copy()
        changed[each["feature"]] = each["grid"]
        np.testing.assert_allclose(values[:, 1].T, model.predict(changed), rtol=1e-5, atol=1e-6)
    assert len(found.payload["recorded"]) == 3


def test_what_cannot_be_put_in_is_not_promised(rng):
    from sklearn.linear_model import LinearRegression

    rows = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    model = LinearRegression().fit(rows, rows.to_numpy() @ rng.normal(size=(3, 3)))
    explanation = TabularExplainer(model, rows).explain_global(rows)
    # The explainer's model, which nobody gave to be asked.
    note = read(explanation, None).payload["modelNote"]
    assert "it predicts 3 targets at once" in note
    assert "or for curves of a few rows" in note
    without = read(explanation, model, include_data=False)
    assert "ass `model`" not in without.payload["modelNote"]
    assert not any("ass `" in text for text in without.payload["caveats"])


def test_an_explanation_of_engineered_features_alone_has_no_model(binary, pipeline):
    found = read(binary.engineered, pipeline)
    assert [view["kind"] for view in found.payload["views"]] == ["engineered"]
    assert found.payload["model"] is None
    assert "engineered features" in found.payload["modelNote"]


def test_outcomes_are_found_whatever_type_they_have(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=1000).fit(rows, labels == 2)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    for true_y in (labels == 2, (labels == 2).astype(int), (labels == 2).astype(str)):
        found = read(with_outcomes(explanation, true_y))
        np.testing.assert_array_equal(found.outcome("actual"), labels == 2)
    strange = read(with_outcomes(explanation, [None, "perhaps", *(labels == 2)[2:]]))
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(strange.outcome("actual"))), [0, 1])
    assert any("no class of the model" in text for text in strange.payload["caveats"])


# -- size and sample -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large():
    """50,000 rows of 30 columns, as tables have them: whole, rounded and continuous numbers."""
    random = np.random.default_rng(0)
    x, labels = make_classification(50_000, 30, n_informative=12, random_state=0)
    rows = pd.DataFrame(x, columns=[f"column {i}" for i in range(30)])
    rows.iloc[:, :8] = rows.iloc[:, :8].round(2)
    for i in range(8, 14):
        rows[f"column {i}"] = random.integers(0, 90, len(rows))
    rows["column 14"] = pd.Categorical(random.choice(["north", "south", "east"], len(rows)))
    rows["column 15"] = pd.Categorical(random.choice([f"kind {i}" for i in range(40)], len(rows)))
    model = LGBMClassifier(n_estimators=100, verbose=-1, random_state=0).fit(rows, labels)
    explainer = TabularExplainer(model, rows.head(200))
    return model, with_outcomes(explainer.explain_global(rows), labels)


def first(explanation, count):
    from mlflow_explain.dashboard.payload.taken import taken

    return taken(explanation, np.arange(count))


# Of the template without data, which `test_template.py` holds.
TEMPLATE_BUDGET = 250_000


@pytest.mark.parametrize(("count", "most"), [(5000, 1_200_000), (50_000, 9_000_000)])
def test_pages_are_small(large, count, most):
    model, explanation = large
    empty = len(template().filled("", ""))
    data = len(page_of(first(explanation, count), model)) - empty
    assert data <= most - TEMPLATE_BUDGET


@pytest.mark.parametrize("max_bytes", [600_000, 2_000_000])
def test_79_above_its_size_a_page_holds_a_sample_and_figures_of_all_rows(large, max_bytes):
    model, explanation = large
    text = page_of(explanation, model, max_bytes=max_bytes, seed=5)
    assert 0.7 * max_bytes < len(text) <= max_bytes
    found = ReadPage(text)
    rows = found.payload["rows"]
    assert 500 < rows["count"] < rows["total"] == 50_000
    assert f"{rows['count']:,} of 50,000 rows" in rows["sampled"]
    assert any("a sample of" in sentence for sentence in found.payload["caveats"])
    # Rows are known by their ids, and are those of the ids.
    ids = found.numbers(rows["ids"]).astype(int)
    assert (np.diff(ids) > 0).all()
    expect_attributions(found, explanation, 0, ids)
    np.testing.assert_array_equal(found.outcome("actual"), explanation.true_y[ids])
    # As many of each predicted class, and all figures of all rows.
    share = explanation.eval_y_predicted.mean()
    assert found.outcome("predicted").mean() == pytest.approx(share, abs=2 / rows["count"])
    whole = read(first(explanation, 50_000))
    assert found.payload["overall"] == whole.payload["overall"]
    assert found.payload["overall"]["rows"] == 50_000
    assert found.payload["views"][0]["globals"]["rows"] == 50_000
    assert found.payload["model"]["checkedRows"] >= rows["count"]


def test_a_model_too_large_for_the_page_is_left_out_and_that_is_said(rng):
    rows = pd.DataFrame(rng.normal(size=(3000, 3)), columns=list("abc"))
    model = RandomForestClassifier(60, random_state=0).fit(rows, rng.integers(0, 2, 3000))
    explanation = TabularExplainer(model, rows).explain_global(rows.head(100))
    text = page_of(explanation, model, max_bytes=700_000)
    assert len(text) <= 700_000
    found = ReadPage(text)
    assert found.payload["model"] is None
    assert "`max_bytes` allows" in found.payload["modelNote"]
    assert found.payload["rows"]["count"] == 100


def test_79_a_hundred_thousand_rows_are_a_sample_drawn_by_its_seed(rng):
    count = 100_000
    predicted = rng.normal(size=count)
    rows = EvaluatedRows(rng.normal(size=(count, 3)), np.arange(count), predicted)
    explanation = made(rng.normal(size=(count, 3, 1)), rows=rows)
    pages = [page_of(explanation, max_bytes=1_000_000, seed=seed) for seed in (1, 1, 2)]
    assert pages[0] == pages[1] != pages[2]
    assert all(len(text) <= 1_000_000 for text in pages)
    found = ReadPage(pages[0])
    assert found.payload["rows"]["total"] == count
    assert "quantile" in found.payload["rows"]["sampled"]
    mean = found.outcome("predicted").mean()
    assert mean == pytest.approx(predicted.mean(), abs=0.01)


# -- the block -------------------------------------------------------------------------------

HOSTILE = [
    "</script><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "{{7*7}} ${7*7}",
    "line\u2028end\u2029", "\u202ereversed", "]]><!--", "🏠\x00",
]  # fmt: skip


def test_77_hostile_names_cannot_leave_the_block():
    data = pd.DataFrame([HOSTILE] * 3, columns=HOSTILE)
    rows = EvaluatedRows(
        data, np.array(HOSTILE[:3], dtype=object), np.array(HOSTILE[:3], dtype=object),
        true_y=np.array(HOSTILE[:3], dtype=object),
        cohort_data=pd.DataFrame({HOSTILE[0]: HOSTILE[:3]}),
    )  # fmt: skip
    values = np.arange(63.0).reshape(3, 7, 3)
    explanation = made(
        values, (0.0, 0.0, 0.0), features=HOSTILE, classes=HOSTILE[:3], rows=rows,
        model_task="classification", model_type=HOSTILE[0], comment=HOSTILE[0],
        output_space="log-odds",
    )  # fmt: skip
    text = page_of(
        explanation, title=HOSTILE[0], run_id=HOSTILE[0], model_uri=HOSTILE[1],
        cohorts={HOSTILE[0]: [0]}, beside=[explanation],
    )  # fmt: skip
    without = BLOCK.sub("", text)
    empty = template().filled("", "")
    for tag in ("<img", "<svg", "<script", "</script", "<!--"):
        assert without.count(tag) <= empty.count(tag), tag
    assert "&lt;/script&gt;&lt;img src=x onerror" in without
    found = ReadPage(text)
    assert found.payload["views"][0]["features"] == HOSTILE
    assert found.payload["classes"] == HOSTILE[:3]
    assert found.payload["title"] == HOSTILE[0]
    assert found.texts(found.column(HOSTILE[6])) == [HOSTILE[6]] * 3
    text.encode("utf-8")


def test_77_halves_of_characters_do_no_harm():
    half = "half \ud800"
    explanation = made(features=[half, "b", "c"], model_type=half)
    text = page_of(explanation, title=half)
    assert "half ?</th>" in text.encode("utf-8").decode("utf-8")
    assert ReadPage(text).payload["views"][0]["features"][0] == half


def test_the_same_input_makes_the_same_page(binary, pipeline):
    first_, second = page_of(binary, pipeline), page_of(binary, pipeline)
    assert hashlib.sha256(first_.encode()).digest() == hashlib.sha256(second.encode()).digest()
    content = base64.b64decode(BLOCK.findall(first_)[0])
    # Neither a time nor a name.
    assert content[:4] == b"\x1f\x8b\x08\x00"
    assert content[4:8] == bytes(4)
    assert len(gzip.decompress(content)) > len(content)


def test_columns_that_both_views_have_are_kept_once(diabetes):
    rows, target = diabetes
    explanation = TabularExplainer(LGBMRegressor(verbose=-1).fit(rows, target), rows)
    found = read(explanation.explain_global(rows))
    names = [name for name in found.payload["arrays"] if name.startswith("raw/")]
    assert len(names) == len(set(names))
