"""Explainers of one kind of engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlflow_explain import KernelExplainer, LinearExplainer, TabularExplainer, TreeExplainer
from mlflow_explain.errors import (
    InvalidInputError,
    MissingPartError,
    UnsupportedModelError,
    UnsupportedTransformerError,
)


@pytest.fixture(scope="module")
def binary(iris):
    rows, labels = iris
    return rows, (labels == 1).to_numpy()


@pytest.fixture(scope="module")
def boosting(binary):
    return LGBMClassifier(n_estimators=12, num_leaves=6, verbose=-1, random_state=0).fit(*binary)


def test_each_says_what_it_got_instead(binary, boosting):
    rows, labels = binary
    linear = LogisticRegression(max_iter=500).fit(rows, labels)
    with pytest.raises(UnsupportedModelError, match="LogisticRegression is not made of trees"):
        TreeExplainer(linear, rows)
    with pytest.raises(UnsupportedModelError, match="LGBMClassifier is not a linear"):
        LinearExplainer(boosting, rows)
    with pytest.raises(UnsupportedModelError, match="interventional"):
        LinearExplainer(linear, rows, feature_perturbation="tree_path_dependent")
    with pytest.raises(UnsupportedModelError, match="no trees whose paths"):
        KernelExplainer(boosting, rows, feature_perturbation="tree_path_dependent")
    with pytest.raises(InvalidInputError, match="feature_perturbation to be one of"):
        TreeExplainer(boosting, rows, feature_perturbation="causal")
    with pytest.raises(InvalidInputError, match="shap_values_output to be one of"):
        TreeExplainer(boosting, rows, shap_values_output="odds")
    with pytest.raises(InvalidInputError, match="nsamples"):
        KernelExplainer(boosting, rows, nsamples=1)
    with pytest.raises(InvalidInputError, match="nclusters to be a whole number of at least 1"):
        KernelExplainer(boosting, rows, nclusters=0)


def test_three_engines_play_one_game(binary):
    rows, labels = binary
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(rows, labels)
    trees = TreeExplainer(model, rows, feature_perturbation="interventional").explain_local(
        rows[:5]
    )
    asked = KernelExplainer(model, rows, show_progress=False).explain_local(rows[:5])
    np.testing.assert_allclose(
        trees.local_importance_values, asked.local_importance_values, atol=1e-12
    )
    np.testing.assert_allclose(trees.expected_values, asked.expected_values, atol=1e-12)
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    exact = LinearExplainer(linear, rows).explain_local(rows[:5])
    margin = KernelExplainer(linear.decision_function, rows).explain_local(rows[:5])
    np.testing.assert_allclose(
        exact.local_importance_values[1], margin.local_importance_values, atol=1e-12
    )


def test_probability_of_log_odds_is_scaled_and_says_so(binary, boosting):
    rows, _ = binary
    found = TreeExplainer(boosting, rows, shap_values_output="probability").explain_local(rows)
    assert (found.output_space, found.quality["rescaled"]) == ("probability", 1.0)
    chance = boosting.predict_proba(rows)[:, 1]
    values = found.local_importance_values[1]
    np.testing.assert_allclose(found.expected_values[1] + values.sum(axis=1), chance, atol=1e-12)
    sums = found.expected_values[0] + found.local_importance_values[0].sum(axis=1)
    np.testing.assert_allclose(sums, 1 - chance, atol=1e-12)
    # Row by row in proportion to the log-odds.
    odds = TreeExplainer(boosting, rows).explain_local(rows).local_importance_values[1]
    share = values / values.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(share, odds / odds.sum(axis=1, keepdims=True), atol=1e-9)
    assert "rescaled" not in TreeExplainer(boosting, rows).explain_local(rows).quality


def test_probability_is_exact_where_the_trees_sum_to_it_and_refused_of_several_classes(iris):
    rows, labels = iris
    forest = RandomForestClassifier(4, random_state=0).fit(rows, labels)
    found = TreeExplainer(forest, rows, shap_values_output="probability").explain_local(rows)
    assert (found.output_space, "rescaled" in found.quality) == ("probability", False)
    several = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, labels)
    with pytest.raises(UnsupportedModelError, match="class by class"):
        TreeExplainer(several, rows, shap_values_output="probability")


def test_a_pipeline_that_mixes_columns_is_asked_in_raw_columns_by_choice(iris):
    rows, labels = iris
    model = make_pipeline(PCA(2), LogisticRegression()).fit(rows, labels)
    with pytest.raises(UnsupportedTransformerError, match="KernelExplainer"):
        TabularExplainer(model, rows)
    found = KernelExplainer(model, rows).explain_local(rows.head(3))
    assert found.features == tuple(rows.columns)
    sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    np.testing.assert_allclose(sums.T, model.predict_proba(rows.head(3)), atol=1e-12)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: 3.0, r"answer of shape \(\)"),
        (lambda x: x[:, 0], "takes a pandas.*DataFrame of shape"),
        (lambda x: np.zeros(7), r"answer of shape \(7,\)"),
    ],
)
def test_functions_that_cannot_be_asked_are_typed_errors(binary, function, says):
    with pytest.raises(InvalidInputError, match=says):
        TabularExplainer(function, binary[0])


def test_what_is_no_fitted_model_is_said(binary):
    rows, labels = binary
    with pytest.raises(UnsupportedModelError, match="class LogisticRegression itself"):
        TabularExplainer(LogisticRegression, rows)
    search = GridSearchCV(SVC(), {"C": [1, 2]}, refit=False).fit(rows, labels)
    with pytest.raises(UnsupportedModelError, match="refit=True"):
        TabularExplainer(search, rows)
    words = pd.DataFrame({"text": ["a b", "b c", "c d"] * 9})
    texts = make_pipeline(CountVectorizer(analyzer="char"), MultinomialNB())
    texts.fit(words.text, [0, 1, 0] * 9)
    with pytest.raises(InvalidInputError, match="a column, not a table"):
        TabularExplainer(texts, words)
    with pytest.raises(InvalidInputError, match="whole number"):
        KernelExplainer(lambda x: x, rows, seed="a")


def test_an_outlier_detector_is_asked_for_its_margin(binary):
    rows, _ = binary
    model = LocalOutlierFactor(novelty=True).fit(rows.to_numpy())
    found = TabularExplainer(model, rows.to_numpy()[:40]).explain_local(rows.to_numpy()[:3])
    assert (found.method, found.output_space) == ("kernel", "margin")
    sums = found.expected_values[0] + found.local_importance_values.sum(axis=1)
    np.testing.assert_allclose(sums, model.decision_function(rows.to_numpy()[:3]), atol=1e-12)


def test_functions_are_models_by_what_they_answer():
    rows = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [1.0, 0, 1, 0]})
    number = KernelExplainer(lambda x: 2 * x["a"] - x["b"], rows).explain_local(rows)
    np.testing.assert_allclose(number.local_importance_values[:, 0], 2 * (rows.a - 1.5), atol=1e-12)
    assert number.model_task == "regression"

    def chance(x):
        return np.where(x["a"] > 1, 0.9, 0.1)

    two = KernelExplainer(chance, rows, model_task="classification", classes=["no", "yes"])
    found = two.explain_local(rows)
    assert (found.classes, found.output_space) == (("no", "yes"), "probability")
    np.testing.assert_allclose(found.eval_y_predicted_proba[:, 1], chance(rows))
    table = TabularExplainer(lambda x: np.column_stack([chance(x), 1 - chance(x)]), rows)
    assert (table.method, table.classes) == ("kernel", (0, 1))


def test_is_function_calls_the_object_itself(binary):
    rows, _ = binary

    class Both:
        def predict(self, x):
            raise AssertionError

        def __call__(self, x):
            return x.iloc[:, 0].to_numpy()

    found = KernelExplainer(Both(), rows, is_function=True).explain_local(rows.head(2))
    assert found.global_importance_values.argmax() == 0


def test_clusters_are_represented_by_real_rows(binary, boosting):
    rows, _ = binary
    explainer = KernelExplainer(boosting, rows, nclusters=7)
    assert (explainer.background.method, explainer.background.n_rows) == ("kmeans", 7)
    kept = explainer.subject.template.data
    assert len(kept.merge(rows, how="inner").drop_duplicates()) == 7
    words = rows.assign(word=np.where(rows.iloc[:, 0] > 5.5, "long", "short"))
    mixed = KernelExplainer(lambda x: x["word"] == "long", words, nclusters=3)
    assert mixed.background.n_rows <= 3


def test_samples_come_with_standard_errors_and_seeds(rng):
    rows = rng.normal(size=(40, 14))

    def product(x):
        return x[:, :7].prod(axis=1) + x[:, 7:].sum(axis=1)

    first, again, other = (
        KernelExplainer(product, rows, nsamples=200, seed=seed).explain_local(rows[:2])
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.local_importance_values, again.local_importance_values)
    assert not np.array_equal(first.local_importance_values, other.local_importance_values)
    assert first.local.standard_errors.shape == first.local.values.shape
    assert first.quality["standard_error_max"] == first.local.standard_errors.max() > 0
    exact = KernelExplainer(product, rows[:, :14], nsamples=2**14).explain_local(rows[:2])
    assert "standard_error_max" not in exact.quality
    away = np.abs(first.local.values - exact.local.values)
    assert (away <= 4 * first.local.standard_errors + 1e-9).mean() > 0.9


def test_word_counts_stay_sparse():
    from scipy import sparse

    counts = sparse.random(200, 400, density=0.02, random_state=0, format="csr")
    counts.data[:] = np.ceil(5 * counts.data)
    labels = np.asarray(counts[:, :30].sum(axis=1)).ravel() > 2
    model = MultinomialNB().fit(counts, labels)
    found = LinearExplainer(model, counts).explain_local(counts[:9])
    own = model.predict_log_proba(counts[:9])
    sums = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, own[:, 1] - own[:, 0], atol=1e-9)


def test_a_search_stands_for_its_best_estimator(binary):
    rows, labels = binary
    pipeline = make_pipeline(StandardScaler(), SVC())
    model = GridSearchCV(pipeline, {"svc__C": [0.5, 1]}, cv=3).fit(rows, labels)
    explainer = TabularExplainer(model, rows)
    assert explainer.method == "kernel machine"
    found = explainer.explain_local(rows.head(4))
    sums = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, model.decision_function(rows.head(4)), atol=1e-9)


def test_trees_need_no_initialization_examples(iris):
    rows, labels = iris
    model = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    explainer = TreeExplainer(model, classes=["setosa", "versicolor", "virginica"])
    with pytest.raises(MissingPartError, match="initialization_examples"):
        _ = explainer.method
    found = explainer.explain_local(rows.iloc[50:60])
    known = TreeExplainer(model, rows).explain_local(rows.iloc[50:60])
    np.testing.assert_array_equal(found.local_importance_values, known.local_importance_values)
    assert explainer.method == "tree"
    assert found.classes == ("setosa", "versicolor", "virginica")
    # Later rows are not bound to the number of the first ones.
    assert explainer.explain_global(rows).num_examples == len(rows)


def test_absent_features_need_rows_in_the_interventional_game(boosting):
    with pytest.raises(MissingPartError, match="interventional"):
        TreeExplainer(boosting, feature_perturbation="interventional")
