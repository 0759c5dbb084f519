"""The LIME explainer: columns the user knows, options, and what is kept of it."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.engines import registry
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers.lime import LIMEExplainer
from mlflow_explain.scoring import store


@pytest.fixture(scope="module")
def shop():
    """Rows of words and numbers, a model of them behind a Pipeline, and their labels."""
    rng = np.random.default_rng(0)
    n = 400
    rows = pd.DataFrame({
        "city": rng.choice(["Aarhus", "Bergen", "Cork"], n),
        "age": rng.normal(40, 10, n),
        "member": rng.random(n) < 0.4,
        "noise": rng.normal(size=n),
    })  # fmt: skip
    labels = np.where((rows.city == "Cork") | (rows.age > 48), "buys", "looks")
    encode = make_column_transformer(
        (OneHotEncoder(), ["city"]), (StandardScaler(), ["age", "noise"]), remainder="passthrough"
    )
    return rows, labels, make_pipeline(encode, SVC(random_state=0)).fit(rows, labels)


def quick(model, rows, **options):
    return LIMEExplainer(model, rows, show_progress=False, **{"nsamples": 1500, **options})


def test_it_takes_what_the_original_takes_in_its_order():
    original = (
        "model", "initialization_examples", "is_function", "explain_subset", "nclusters",
        "features", "classes", "verbose", "categorical_features", "show_progress",
        "transformations", "allow_all_transformations", "model_task",
    )  # fmt: skip
    ours = tuple(inspect.signature(LIMEExplainer).parameters)
    assert ours[: len(original)] == original


def test_a_pipeline_is_explained_in_raw_columns(shop):
    rows, _, model = shop
    explainer = quick(model, rows)
    found = explainer.explain_global(rows.head(40))
    assert (found.method, found.output_space, found.feature_perturbation) == (
        "lime", "margin", None
    )  # fmt: skip
    assert found.features == tuple(rows.columns)
    assert (found.is_raw, found.engineered) == (True, None)
    assert set(found.get_ranked_global_names(2)) == {"city", "age"}
    importance = found.get_feature_importance_dict()
    assert importance["noise"] < 0.1 * importance["city"]
    # The base value is the mean over the background.
    background = explainer.subject.template.data
    base = model.decision_function(background).mean()
    np.testing.assert_allclose(found.expected_values, [-base, base])
    # What the sums lack is said.
    sums = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    worst = np.abs(sums - model.decision_function(rows.head(40))).max()
    assert found.quality["additivity_error_max"] == pytest.approx(worst)
    assert found.quality["standard_error_max"] == found.local.standard_errors.max() > 0


def test_transformations_are_folded_back(shop):
    rows, _, pipeline = shop
    transformer, estimator = pipeline.steps[0][1], pipeline.steps[1][1]
    explainer = quick(estimator, rows, transformations=transformer, categorical_features=["city"])
    found = explainer.explain_local(rows.head(5))
    assert found.features == tuple(rows.columns)
    assert len(found.engineered.features) == 6
    # The columns that a raw category became are categories.
    readers = [type(column.reader).__name__ for column in explainer.choice.engine.columns]
    assert readers[:3] == ["Categories"] * 3
    assert readers[3:5] == ["Bins"] * 2
    parts = found.engineered.local_importance_values
    np.testing.assert_allclose(
        found.local_importance_values[:, :, 0], parts[:, :, :3].sum(axis=2), atol=1e-12
    )
    assert explainer.local_models(rows.head(5)).coefficients.shape == (5, 6, 1)


def test_all_examples_are_drawn_from(shop):
    rows, _, model = shop
    found = quick(model, rows)
    assert found.background.n_rows == 100
    edges = found.choice.engine.columns[1].reader.edges
    np.testing.assert_allclose(edges, np.percentile(rows.age, [25, 50, 75]))
    # Summarised examples would have other quartiles: `nclusters` changes the background alone.
    fewer = quick(model, rows, nclusters=3)
    assert (fewer.background.method, fewer.background.n_rows) == ("kmeans", 3)
    np.testing.assert_array_equal(
        fewer.local_models(rows.head(3)).coefficients,
        found.local_models(rows.head(3)).coefficients,
    )
    mean = model.decision_function(fewer.subject.template.data).mean()
    assert fewer.explain_local(rows.head(1)).expected_values[-1] == pytest.approx(mean)


@pytest.mark.parametrize("given", [["code"], [1], (1,)])
def test_categories_are_named_or_numbered(given):
    rng = np.random.default_rng(1)
    # The model was fitted on another order of the columns.
    rows = pd.DataFrame({"x": rng.normal(size=300), "code": rng.integers(0, 6, 300)})
    fitted = rows[["code", "x"]]
    model = RandomForestRegressor(5, random_state=0).fit(fitted, 3.0 * (rows.code == 2))
    explainer = quick(model, rows, categorical_features=given)
    kinds = [type(column.reader).__name__ for column in explainer.choice.engine.columns]
    assert (explainer.features, kinds) == (("code", "x"), ["Categories", "Bins"])
    found = explainer.explain_local(rows[rows.code == 2].head(2))
    share = (explainer.subject.template.data.code == 2).mean()
    np.testing.assert_allclose(found.local_importance_values[:, 0], 3 * (1 - share), atol=1e-6)


def test_classes_rows_and_functions(iris):
    rows, labels = iris
    model = make_pipeline(LogisticRegression(max_iter=500)).fit(rows.to_numpy(), labels)
    several = quick(model, rows.to_numpy(), features=list("abcd"), classes=["s", "v", "w"])
    one = several.explain_local(rows.to_numpy()[0])
    assert (one.local_importance_values.shape, one.classes) == ((3, 1, 4), ("s", "v", "w"))
    assert one.output_space == "probability"
    function = quick(lambda x: model.predict_proba(x.to_numpy()), rows).explain_local(rows.head(1))
    np.testing.assert_allclose(
        function.local_importance_values, one.local_importance_values, atol=1e-12
    )
    assert several.explain_local(rows.to_numpy()[:0]).local_importance_values.shape == (3, 0, 4)
    named = LogisticRegression(max_iter=500).fit(rows, labels)
    kept = quick(named, rows, explain_subset=[2, "sepal width (cm)"]).explain_local(rows.head(2))
    assert kept.features == ("petal length (cm)", "sepal width (cm)")
    np.testing.assert_array_equal(
        kept.local_importance_values[:, 0], one.local_importance_values[:, 0, [2, 1]]
    )


def test_targets_of_a_regression(diabetes):
    rows, target = diabetes
    model = Ridge(1e-3).fit(rows, target)
    plain = quick(model, rows, discretize_continuous=False)
    found = plain.explain_local(rows.head(4))
    background = plain.subject.template.data
    expected = (rows.head(4) - background.mean()) * model.coef_
    np.testing.assert_allclose(found.local_importance_values, expected, rtol=1e-5, atol=1e-4)
    assert found.quality["additivity_error_max"] < 1e-3
    two = Ridge().fit(rows, np.column_stack([target, -target]))
    assert quick(two, rows).explain_local(rows.head(4)).local.n_outputs == 2


def test_how_well_the_local_models_fit_is_told(shop):
    rows, _, model = shop
    explainer = quick(model, rows)
    models = explainer.local_models(rows.head(6))
    assert models.coefficients.shape == models.standard_errors.shape == (6, 4, 1)
    assert ((models.r2 > 0.1) & (models.r2 <= 1)).all()
    # A local importance is a coefficient times what sets the row apart from the background.
    found = explainer.explain_local(rows.head(6))
    share = [(explainer.subject.template.data.city == city).mean() for city in rows.city.head(6)]
    np.testing.assert_allclose(
        found.local_importance_values[1][:, 0],
        models.coefficients[:, 0, 0] * (1 - np.array(share)),
    )
    narrow = quick(model, rows, kernel_width=0.4).local_models(rows.head(6))
    assert (narrow.coefficients != models.coefficients).any()


def test_word_counts_stay_sparse():
    counts = sparse.random(300, 60, density=0.1, random_state=0, format="csr")
    counts.data[:] = np.ceil(5 * counts.data)
    labels = np.asarray(counts[:, :5].sum(axis=1)).ravel() > 1
    model = MultinomialNB().fit(counts, labels)
    found = quick(model, counts).explain_global(counts[:20])
    assert sparse.issparse(found.eval_data)
    assert set(found.get_ranked_global_names(5)) & set("01234")


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"nsamples": 1}, InvalidInputError, "nsamples to be a whole number of at least 2"),
        ({"nsamples": 2.5}, InvalidInputError, "nsamples"),
        ({"nsamples": 9}, InvalidInputError, "nsamples of at least 10, for 4 features"),
        ({"seed": "a"}, InvalidInputError, "seed to be a whole number"),
        ({"kernel_width": 0}, InvalidInputError, "kernel_width to be a number above 0"),
        ({"kernel_width": "wide"}, InvalidInputError, "kernel_width"),
        ({"categorical_features": ["town"]}, InvalidInputError, "categorical_features among city"),
        ({"categorical_features": [4]}, InvalidInputError, "got 4"),
    ],
)
def test_options_that_cannot_be_used_are_typed_errors(shop, options, error, says):
    rows, _, model = shop
    with pytest.raises(error, match=says):
        quick(model, rows, **options)


@pytest.mark.parametrize("discretize", [True, False])
def test_it_is_stored_and_comes_back_with_its_model(tmp_path, shop, discretize):
    rows, labels, model = shop
    explainer = quick(model, rows, discretize_continuous=discretize)
    store.save(explainer.create_scoring_explainer().scorer, tmp_path / "kept")
    again = store.load(tmp_path / "kept", model=lambda: model)
    assert again.explain(rows.head(5)) == (
        explainer.explain_local(rows.head(5)).local_importance_values.tolist()
    )
    assert again.expected_values == explainer.explain_local(rows.head(5)).expected_values.tolist()
    assert registry.explains(again.engine, predictor_of(model), again.probe_rows())
    other = make_pipeline(model.steps[0][1], SVC(C=9.0)).fit(rows, labels)
    assert not registry.explains(again.engine, predictor_of(other), again.probe_rows())
    with pytest.raises(InvalidInputError, match="together with its model"):
        store.load(tmp_path / "kept")
