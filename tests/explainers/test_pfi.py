"""Permutation importance, against scikit-learn's with the same permutations."""

from __future__ import annotations

import tracemalloc
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    f1_score,
    hinge_loss,
    log_loss,
    make_scorer,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    roc_auc_score,
)
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mlflow_explain import PFIExplainer
from mlflow_explain.engines.permutation import importance as engine
from mlflow_explain.errors import (
    ExplainError,
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
    MissingPartError,
    UnfittedModelError,
    UnsupportedModelError,
)


class Counted:
    """A model that counts what it is asked."""

    def __init__(self, model):
        self.model, self.calls = model, []
        if hasattr(model, "classes_"):
            self.classes_ = model.classes_

    def predict(self, rows):
        self.calls.append(rows.shape[0])
        return self.model.predict(rows)


@pytest.fixture(scope="module")
def binary(iris):
    rows, labels = iris
    return rows, np.where(labels == 1, "yes", "no")


@pytest.fixture(scope="module")
def logistic(binary):
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(*binary)


@pytest.fixture(scope="module")
def linear(diabetes):
    return LinearRegression().fit(*diabetes)


def explained(model, rows, y, **settings):
    return PFIExplainer(model, **settings).explain_global(rows, y)


def assert_same(found, peer):
    np.testing.assert_allclose(
        found.global_importance_values, peer.importances_mean, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        found.global_.standard_deviations, peer.importances_std, rtol=1e-9, atol=1e-12
    )


# -- the same figures as scikit-learn's ------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "scoring"),
    [
        (None, "accuracy"),
        ("accuracy", "accuracy"),
        (accuracy_score, "accuracy"),
        ("neg_log_loss", "neg_log_loss"),
        (log_loss, "neg_log_loss"),
        ("roc_auc", "roc_auc"),
        (roc_auc_score, "roc_auc"),
        ("balanced_accuracy", "balanced_accuracy"),
    ],
)
def test_classification_equals_scikit_learn_for_the_same_seed(binary, logistic, metric, scoring):
    found = explained(logistic, *binary, metric=metric, seed=7, n_repeats=4)
    peer = permutation_importance(logistic, *binary, scoring=scoring, n_repeats=4, random_state=7)
    assert_same(found, peer)


@pytest.mark.parametrize(
    ("metric", "scoring"),
    [
        (None, "neg_mean_squared_error"),
        ("mean_squared_error", "neg_mean_squared_error"),
        (mean_absolute_error, "neg_mean_absolute_error"),
        ("r2", "r2"),
        (r2_score, "r2"),
        ("neg_median_absolute_error", "neg_median_absolute_error"),
    ],
)
def test_regression_equals_scikit_learn_for_the_same_seed(diabetes, linear, metric, scoring):
    found = explained(linear, *diabetes, metric=metric, seed=3)
    peer = permutation_importance(linear, *diabetes, scoring=scoring, random_state=3)
    assert_same(found, peer)


@pytest.mark.parametrize("seed", [0, 11])
def test_forests_of_three_classes_and_many_equal_cells(iris, seed):
    rows, labels = iris
    rows = rows.round(0)
    model = RandomForestClassifier(7, random_state=0).fit(rows, labels)
    for metric in ("accuracy", "neg_log_loss"):
        found = explained(model, rows, labels, metric=metric, seed=seed, n_repeats=6)
        peer = permutation_importance(
            model, rows, labels, scoring=metric, n_repeats=6, random_state=seed
        )
        assert_same(found, peer)
    assert (found.num_classes, found.model_type) == (3, "RandomForestClassifier")


def test_raw_columns_of_a_pipeline_with_words_categories_and_missing_values(pipeline, applications):
    rows, y = applications.test.head(300), applications.test_y[:300]
    found = explained(pipeline, rows, y, metric="roc_auc", seed=5, n_repeats=2)
    peer = permutation_importance(pipeline, rows, y, scoring="roc_auc", n_repeats=2, random_state=5)
    assert_same(found, peer)
    assert found.features == tuple(rows.columns)
    assert found.model_type == type(pipeline.steps[-1][1]).__name__


def test_categories_nullable_numbers_and_dates_are_moved_as_they_are(rng):
    n = 40
    rows = pd.DataFrame(
        {
            "word": pd.Categorical(rng.choice(["a", "b", "c"], n), categories=list("cba")),
            "count": pd.array(np.where(rng.random(n) < 0.2, None, 3), dtype="Int64"),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
            "any": [1, "x", None, 2.5] * (n // 4),
        }
    )
    seen = []

    def function(given):
        seen.append(given)
        return given["word"].cat.codes + given["when"].dt.day.to_numpy()

    before = rows.copy(deep=True)
    found = explained(function, rows, function(rows))
    pd.testing.assert_frame_equal(rows, before)
    assert all((given.dtypes == rows.dtypes).all() for given in seen)
    assert all((given["word"].cat.categories == list("cba")).all() for given in seen)
    assert found.global_importance_values[1] == found.global_importance_values[3] == 0
    assert found.get_ranked_global_names(1) == ["when"]


def test_sparse_rows_stay_sparse():
    counts = sparse.random(60, 12, density=0.3, random_state=0, format="csr")
    counts.data = np.ceil(5 * counts.data)
    labels = np.asarray(counts[:, :4].sum(axis=1)).ravel() > 3
    model = MultinomialNB().fit(counts, labels)
    dense = explained(model, counts.toarray(), labels, metric="neg_log_loss")
    for kind in (sparse.csr_matrix, sparse.csr_array):
        found = explained(model, kind(counts), labels, metric="neg_log_loss")
        np.testing.assert_allclose(
            found.global_importance_values, dense.global_importance_values, rtol=1e-9, atol=1e-12
        )


def test_a_transformer_in_front_of_the_estimator(binary):
    rows, y = binary
    rows = rows.assign(size=np.where(rows.iloc[:, 2] > 4, "big", "small"))
    front = ColumnTransformer(
        [("n", StandardScaler(), list(rows.columns[:4])), ("w", OneHotEncoder(), ["size"])]
    ).fit(rows)
    model = LogisticRegression().fit(front.transform(rows), y)
    whole = make_pipeline(front, model)
    apart = explained(model, rows, y, transformations=front, metric="neg_log_loss")
    assert apart.features == tuple(rows.columns)
    assert_same(
        apart, permutation_importance(whole, rows, y, scoring="neg_log_loss", random_state=0)
    )
    function = explained(
        model.predict_proba, rows, y, transformations=front, metric="neg_log_loss",
        classes=["no", "yes"],
    )  # fmt: skip
    np.testing.assert_allclose(
        function.global_importance_values, apart.global_importance_values, atol=1e-12
    )


def test_transformations_as_a_list_of_tuples_and_transformers_that_mix_columns(binary):
    rows, y = binary
    first, other = list(rows.columns[:2]), list(rows.columns[2:])
    scaler, mixer = StandardScaler().fit(rows[first]), PCA(1).fit(rows[other])
    model = LogisticRegression().fit(
        np.column_stack([scaler.transform(rows[first]), mixer.transform(rows[other])]), y
    )
    parts = ColumnTransformer([("a", StandardScaler(), first), ("b", PCA(1), other)]).fit(rows)
    tuples = explained(
        model, rows, y, transformations=[(first, scaler), (other, mixer)], explain_subset=other
    )
    whole = explained(model, rows, y, transformations=parts)
    assert tuples.features == tuple(other)
    np.testing.assert_allclose(
        tuples.global_importance_values, whole.global_importance_values[2:], atol=1e-12
    )
    assert tuples.global_importance_values.max() > 0


# -- what is more important is higher ---------------------------------------------------------


def test_fault_of_the_original_the_sign_of_a_regression(diabetes, linear):
    for metric in (
        None,
        mean_squared_error,
        mean_absolute_error,
        r2_score,
        "neg_root_mean_squared_error",
    ):
        found = explained(linear, *diabetes, metric=metric)
        assert found.global_importance_values.max() > 0
        assert found.get_ranked_global_names(1)[0] in {"bmi", "s1", "s5"}
    assert explained(linear, *diabetes).global_.measure == "increase of mean_squared_error"
    assert explained(linear, *diabetes, metric="r2").global_.measure == "decrease of r2"


def test_the_sense_of_a_function_nobody_knows_is_found_out(diabetes, linear):
    def off(true, predicted):
        return float(np.abs(true - predicted).max())

    def close(true, predicted, scale):
        return -float(np.abs(true - predicted).sum() / scale)

    assert explained(linear, *diabetes, metric=off).global_.measure == "increase of off"
    found = explained(linear, *diabetes, metric=close, metric_args={"scale": 10.0})
    assert found.global_.measure == "decrease of close"
    forced = explained(
        linear, *diabetes, metric=close, metric_args={"scale": 10.0}, is_error_metric=True
    )
    np.testing.assert_array_equal(forced.global_importance_values, -found.global_importance_values)
    with pytest.raises(InvalidInputError, match="is_error_metric"):
        explained(linear, *diabetes, metric=lambda true, predicted: float(predicted.mean()))


def test_a_sense_that_contradicts_what_is_known_is_refused(linear):
    with pytest.raises(InvalidInputError, match=r"is_error_metric=True for mean_squared_error"):
        PFIExplainer(linear, metric=mean_squared_error, is_error_metric=False)
    with pytest.raises(InvalidInputError, match="better where higher"):
        PFIExplainer(linear, metric="neg_mean_squared_error", is_error_metric=True)
    PFIExplainer(linear, metric=mean_squared_error, is_error_metric=True)


def test_importances_below_zero_stay_so_and_rank_last(rng):
    rows = rng.normal(size=(60, 2))
    # The second column misleads: shuffling it helps.
    found = explained(lambda x: x[:, 0] - x[:, 1], rows, rows[:, 0] + rows[:, 1])
    assert found.global_importance_values[1] < 0 < found.global_importance_values[0]
    assert found.global_importance_rank == [0, 1]


# -- metrics ----------------------------------------------------------------------------------


def test_metrics_of_probabilities_are_given_them(binary, logistic):
    rows, y = binary
    brier = explained(logistic, rows, y, metric=brier_score_loss, metric_args={"pos_label": "yes"})
    assert brier.quality["baseline_score"] == pytest.approx(
        brier_score_loss(y, logistic.predict_proba(rows)[:, 1], pos_label="yes")
    )

    def table(true, chances):
        assert chances.shape == (len(true), 2)
        return float(np.log(chances[np.arange(len(true)), (true == "yes").astype(int)]).mean())

    own = explained(logistic, rows, y, metric=table, for_classifier_use_predict_proba=True)
    known = explained(logistic, rows, y, metric="neg_log_loss")
    np.testing.assert_allclose(
        own.global_importance_values, known.global_importance_values, rtol=1e-9
    )
    chosen = explained(logistic, rows, y, for_classifier_use_predict_proba=True)
    assert chosen.global_.measure == "increase of log_loss"
    machine = SVC().fit(rows, y)
    assert_same(
        explained(machine, rows, y, metric=roc_auc_score),
        permutation_importance(machine, rows, y, scoring="roc_auc", random_state=0),
    )
    with pytest.raises(InvalidInputError, match=r"probabilities.*SVC"):
        explained(machine, rows, y, metric=log_loss)
    with pytest.raises(InvalidInputError, match=r"predict_proba.*SVC"):
        explained(machine, rows, y, metric=table, for_classifier_use_predict_proba=True)


def test_log_loss_of_rows_that_lack_a_class(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    found = explained(model, rows[:100], labels[:100], metric=log_loss)
    own = log_loss(labels[:100], model.predict_proba(rows[:100]), labels=[0, 1, 2])
    assert found.quality["baseline_score"] == pytest.approx(own)


def test_arguments_reach_the_metric(binary, logistic):
    rows, y = binary
    found = explained(logistic, rows, y, metric=f1_score, metric_args={"pos_label": "yes"})
    assert found.quality["baseline_score"] == f1_score(y, logistic.predict(rows), pos_label="yes")
    weights = np.arange(len(y)) % 3
    weighted = explained(
        logistic, rows, y, metric="accuracy", metric_args={"sample_weight": weights}
    )
    peer = permutation_importance(logistic, rows, y, sample_weight=weights, random_state=0)
    assert_same(weighted, peer)


def test_metrics_that_cannot_be_used_are_typed_errors(binary, logistic):
    rows, y = binary
    with pytest.raises(InvalidInputError, match="scorer"):
        PFIExplainer(logistic, metric="cosine")
    with pytest.raises(InvalidInputError, match="metric to be"):
        PFIExplainer(logistic, metric=3)
    with pytest.raises(InvalidInputError, match=r"f1_score.*ValueError.*pos_label=1"):
        explained(logistic, rows, y, metric=f1_score)
    with pytest.raises(InvalidInputError, match=r"neg_log_loss.*ValueError"):
        explained(logistic, rows, y, metric="neg_log_loss", metric_args={"labels": ["no", "yes"]})
    with pytest.raises(InvalidInputError, match="one finite number"):
        explained(logistic, rows, y, metric=lambda a, b: np.nan, is_error_metric=True)
    with pytest.raises(InvalidInputError, match="one finite number"):
        explained(logistic, rows, y, metric=lambda a, b: [1.0, 2.0], is_error_metric=True)


def test_what_a_metric_of_scikit_learn_says_of_its_error_is_told(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)

    def own(true, predicted):
        raise ValueError(f"secret {true[0]}, {predicted[0]}")

    for metric in ("f1", f1_score, "precision"):
        with pytest.raises(InvalidInputError, match=r"ValueError from it: .*another average"):
            explained(model, rows, labels, metric=metric)
    for metric in (own, make_scorer(own)):
        with pytest.raises(InvalidInputError, match="ValueError from it") as caught:
            explained(model, rows, labels, metric=metric, is_error_metric=False)
        assert "secret" not in str(caught.value)


# -- true labels ------------------------------------------------------------------------------


def test_labels_may_be_words_numbers_or_names(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    names = ["setosa", "versicolor", "virginica"]
    plain = explained(model, rows, labels)
    for given in (
        labels.astype(str),
        labels.to_numpy()[:, None],
        labels.to_frame(),
        labels.astype("Int64"),
        list(labels),
        labels.astype(float),
        pd.Categorical(labels),
    ):
        np.testing.assert_array_equal(
            explained(model, rows, given).global_importance_values,
            plain.global_importance_values,
        )
    named = explained(model, rows, np.array(names)[labels], classes=names)
    np.testing.assert_array_equal(named.global_importance_values, plain.global_importance_values)
    assert named.classes == tuple(names)
    truth = RandomForestClassifier(3, random_state=0).fit(rows, labels == 1)
    np.testing.assert_array_equal(
        explained(truth, rows, (labels == 1).astype(int)).global_importance_values,
        explained(truth, rows, labels == 1).global_importance_values,
    )


def test_true_labels_that_cannot_be_used_are_typed_errors(iris, diabetes, linear):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    with pytest.raises(LengthMismatchError, match=r"150.*149"):
        explained(model, rows, labels[1:])
    with pytest.raises(InvalidInputError, match=r"0, 1, 2.*words"):
        explained(model, rows, np.array(["a", "b", "c"])[labels])
    with pytest.raises(InvalidInputError, match="1 missing"):
        explained(model, rows, labels.where(labels.index != 3))
    with pytest.raises(InvalidInputError, match="numbers"):
        explained(linear, diabetes[0], diabetes[1].map("{:.0f} mg".format))
    with pytest.raises(TypeError, match="true_labels"):
        PFIExplainer(model).explain_global(rows)


def test_a_series_is_put_in_the_order_of_a_dataframe_by_its_index(binary, logistic, rng):
    rows = binary[0].set_axis(rng.permutation(len(binary[0])) + 1000)
    y = pd.Series(binary[1], index=rows.index)
    plain = explained(logistic, rows, y.to_numpy())
    for given in (
        y,
        y.sample(frac=1, random_state=0),
        y.sort_index().to_frame(),
    ):
        found = explained(logistic, rows, given)
        np.testing.assert_array_equal(
            found.global_importance_values, plain.global_importance_values
        )
        np.testing.assert_array_equal(found.true_y, y)
    # Rows without an index: by position.
    bare = LogisticRegression().fit(rows.to_numpy(), y)
    assert explained(bare, rows.to_numpy(), y).quality["baseline_score"] > 0.6
    with pytest.raises(InvalidInputError, match=r"other entries.*to_numpy"):
        explained(logistic, rows, y.reset_index(drop=True))
    with pytest.raises(InvalidInputError, match=r"repeats.*to_numpy"):
        explained(logistic, rows.set_axis(rows.index // 2), y)


# -- functions and other models ---------------------------------------------------------------


def test_functions_of_numbers_chances_and_words(binary, logistic):
    rows, y = binary
    words = explained(logistic.predict, rows, y)
    peer = permutation_importance(logistic, rows, y, random_state=0)
    assert_same(words, peer)
    assert (words.model_task, words.classes) == ("classification", ("no", "yes"))
    chances = explained(logistic.predict_proba, rows, y == "yes", metric="neg_log_loss")
    assert_same(
        chances,
        permutation_importance(logistic, rows, y, scoring="neg_log_loss", random_state=0),
    )
    number = explained(lambda x: logistic.predict_proba(x)[:, 1], rows, (y == "yes") * 1.0)
    assert (number.model_task, number.classes) == ("regression", None)
    assert number.global_.measure == "increase of mean_squared_error"
    codes = explained(
        lambda x: (logistic.predict(x) == "yes").astype(int), rows, (y == "yes") * 1,
        model_task="classification",
    )  # fmt: skip
    assert_same(codes, peer)
    with pytest.raises(InvalidInputError, match="function that takes"):
        explained(lambda x: x[:, 0], rows, y)


@pytest.mark.parametrize("metric", [roc_auc_score, average_precision_score, hinge_loss, "roc_auc"])
def test_metrics_of_a_margin_take_the_difference_of_two_scores(binary, metric):
    rows, y = binary
    machine = SVC().fit(rows, y == "yes")

    def scores(given):
        margin = machine.decision_function(given)
        return np.column_stack([2.0 - margin / 2, 2.0 + margin / 2])

    found = explained(scores, rows, (y == "yes") * 1, metric=metric)
    known = explained(machine, rows, y == "yes", metric=metric)
    np.testing.assert_allclose(
        found.global_importance_values, known.global_importance_values, rtol=1e-9
    )
    assert found.quality["baseline_score"] == pytest.approx(known.quality["baseline_score"])


def test_logits_of_three_classes_are_scored_by_their_largest(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    found = explained(model.decision_function, rows, labels)
    assert_same(found, permutation_importance(model, rows, labels, random_state=0))
    assert (found.classes, found.rows.probabilities) == ((0, 1, 2), None)


def test_scores_of_classes_are_no_probabilities_for_a_metric_of_them(iris):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)

    def sigmoids(given):
        return 1 / (1 + np.exp(-model.decision_function(given)))

    with pytest.raises(InvalidInputError, match=r"got .*sigmoids\..*return probabilities") as found:
        explained(sigmoids, rows, labels, metric=log_loss)
    assert "FunctionMargins" not in str(found.value)


def test_a_booster_predicts_labels_where_a_metric_needs_them(binary):
    rows, y = binary
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(rows, y == "yes")
    booster = explained(model.booster_, rows, (y == "yes") * 1)
    wrapped = explained(model, rows, y == "yes")
    np.testing.assert_array_equal(
        booster.global_importance_values, wrapped.global_importance_values
    )


def test_models_that_cannot_be_used_are_typed_errors(binary, logistic):
    rows, y = binary
    with pytest.raises(UnfittedModelError):
        PFIExplainer(LogisticRegression())
    with pytest.raises(UnfittedModelError):
        PFIExplainer(LogisticRegression().fit(rows, y), transformations=StandardScaler())
    with pytest.raises(UnsupportedModelError, match="class LogisticRegression itself"):
        PFIExplainer(LogisticRegression)
    with pytest.raises(UnsupportedModelError, match="predict"):
        PFIExplainer(3)
    broken = rows.to_numpy().copy()
    broken[3, 2] = np.inf
    with pytest.raises(InvalidInputError, match="infinity in column 2"):
        explained(LogisticRegression().fit(rows.to_numpy(), y), broken, y)
    with pytest.raises(FeatureError, match="petal length"):
        explained(logistic, rows.drop(columns=rows.columns[2]), y)


def test_several_targets_are_scored_together(diabetes):
    rows, y = diabetes
    both = np.column_stack([y, -2 * y])
    model = LinearRegression().fit(rows, both)
    found = explained(model, rows, both)
    peer = permutation_importance(
        model, rows, both, scoring="neg_mean_squared_error", random_state=0
    )
    assert_same(found, peer)
    chances = explained(
        model, rows, both, metric=mean_squared_error, for_classifier_use_predict_proba=True
    )
    assert_same(chances, peer)


# -- what is kept -----------------------------------------------------------------------------


def test_the_explanation(binary, logistic):
    rows, y = binary
    shuffled = rows[rows.columns[::-1]].set_axis(np.arange(len(rows)) + 1000)
    found = explained(logistic, shuffled, y, n_repeats=3)
    assert (found.method, found.output_space, found.feature_perturbation) == ("pfi", None, None)
    assert (found.local, found.kind, found.num_examples) == (None, "raw", len(rows))
    assert found.features == tuple(rows.columns)
    assert found.classes == ("no", "yes")
    assert found.quality == {
        "baseline_score": accuracy_score(y, logistic.predict(rows)), "n_repeats": 3.0,
    }  # fmt: skip
    np.testing.assert_array_equal(found.true_y, y)
    np.testing.assert_array_equal(found.eval_y_predicted, logistic.predict(rows))
    np.testing.assert_allclose(found.eval_y_predicted_proba, logistic.predict_proba(rows))
    assert found.rows.ids[0] == 1000
    assert found.get_ranked_global_values() == sorted(found.global_importance_values)[::-1]
    with pytest.raises(MissingPartError):
        found.local_importance_values  # noqa: B018 - reading it raises


def test_it_is_global_only(binary, logistic):
    explainer = PFIExplainer(logistic)
    with pytest.raises(ExplainError, match=r"global only.*TabularExplainer"):
        explainer.explain_local(binary[0])
    with pytest.raises(ExplainError, match=r"global only.*TabularExplainer"):
        explainer.create_scoring_explainer()
    assert repr(explainer) == "<PFIExplainer of Pipeline: pfi, 5 repeats>"


def test_the_parameters_of_the_original_in_its_order(diabetes):
    rows, y = diabetes
    linear = LinearRegression().fit(rows.to_numpy(), y)
    found = PFIExplainer(
        linear, False, mean_absolute_error, None, True, [2, 3], list("abcdefghij"), None, None,
        False, 4, False, False, "regression",
    ).explain_global(rows.to_numpy(), true_labels=y)  # fmt: skip
    assert found.features == ("c", "d")


def test_a_subset_is_all_that_is_asked_and_kept(diabetes, linear):
    rows, y = diabetes
    whole = explained(linear, rows, y)
    counted = Counted(linear)
    found = explained(counted, rows, y, explain_subset=["s5", 2])
    assert found.features == ("s5", "bmi")
    np.testing.assert_array_equal(
        found.global_importance_values,
        [whole.get_feature_importance_dict()[name] for name in ("s5", "bmi")],
    )
    assert sum(counted.calls) <= len(rows) * (1 + 2 * 5) + 3
    with pytest.raises(InvalidInputError, match="weight"):
        explained(linear, rows, y, explain_subset=["weight"])
    with pytest.raises(InvalidInputError, match="at least one"):
        explained(linear, rows, y, explain_subset=[])
    with pytest.raises(InvalidInputError, match="s5 more than once"):
        explained(linear, rows, y, explain_subset=["s5", "bmi", "s5"])
    other_order = rows[rows.columns[::-1]].assign(more=0)
    (name,) = explained(linear, other_order, y, explain_subset=[0]).features
    assert name == rows.columns[-1]


# -- how much is asked ------------------------------------------------------------------------


def test_copies_are_asked_together_and_rows_that_did_not_change_not_again(rng, monkeypatch):
    rows = np.column_stack([rng.normal(size=50), np.ones(50), np.arange(50) % 2])
    model = Counted(LinearRegression().fit(rows, rows[:, 0]))
    found = explained(model, rows, rows[:, 0], n_repeats=4)
    check, baseline, asked = model.calls
    assert (check, baseline) == (3, 50)
    # The first column: all but fixed points; the second: nothing; the third: one flip a row.
    assert 4 * 50 - 20 <= asked - 50 <= 4 * 50
    assert found.global_importance_values[1] == 0
    monkeypatch.setattr(engine, "MAX_BYTES", 8 * 3 * 16)
    few = Counted(model.model)
    np.testing.assert_allclose(
        explained(few, rows, rows[:, 0], n_repeats=4).global_importance_values,
        found.global_importance_values, atol=1e-12,
    )  # fmt: skip
    assert max(few.calls) == 16
    assert sum(few.calls) == sum(model.calls)


def test_the_time_left_is_told_by_the_columns_that_are_done(rng, monkeypatch):
    rows = rng.normal(size=(50, 8))
    clock, seconds = SimpleNamespace(now=0.0), []
    monkeypatch.setattr(
        "mlflow_explain.engines.progress.time", SimpleNamespace(monotonic=lambda: clock.now)
    )

    def function(given):
        seconds.append(len(given) / 4)
        clock.now += seconds[-1]
        return given.sum(axis=1)

    with warnings.catch_warnings():
        # Asked at once: when the first column is done, all are.
        warnings.simplefilter("error")
        explained(function, rows, rows[:, 0])
    monkeypatch.setattr(engine, "MAX_BYTES", 8 * 8 * 500)
    with pytest.warns(UserWarning, match="for about") as caught:
        explained(function, rows, rows[:, 0])
    (told,) = caught
    left = float(str(told.message).split("about ")[1].split(" s")[0])
    # The first two of eight columns were asked, with the other six to come.
    assert left == pytest.approx(sum(seconds[-3:]), rel=0.01)


def test_memory_is_bounded_for_many_columns(rng):
    rows = rng.normal(size=(6, 10_000)).astype(np.float32)
    sizes = []

    def function(given):
        sizes.append(given.nbytes)
        return given[:, 0]

    tracemalloc.start()
    found = explained(function, rows, rows[:, 0], n_repeats=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(sizes) <= engine.MAX_BYTES
    # Rows asked, the copy a function may write to, and what is kept of 10,000 columns.
    assert peak < 4 * engine.MAX_BYTES
    assert found.global_importance_rank[0] == 0
    assert np.count_nonzero(found.global_importance_values) == 1


def test_seeds_repeat_bit_by_bit(binary, logistic):
    first, again, other = (
        explained(logistic, *binary, metric=log_loss, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.global_importance_values, again.global_importance_values)
    np.testing.assert_array_equal(
        first.global_.standard_deviations, again.global_.standard_deviations
    )
    assert not np.array_equal(first.global_importance_values, other.global_importance_values)
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it must not be touched
    explained(logistic, *binary)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"n_repeats": 0}, "n_repeats"),
        ({"n_repeats": True}, "n_repeats"),
        ({"seed": -1}, "seed"),
        ({"seed": "a"}, "seed"),
        ({"is_error_metric": "no"}, "is_error_metric"),
        ({"show_progress": None}, "show_progress"),
        (
            {"is_function": np.zeros((2, 2))},
            r"got numpy\.ndarray\. Pass one of them; rows go to explain_global",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_typed_errors(linear, settings, says):
    with pytest.raises(InvalidInputError, match=says):
        PFIExplainer(linear, **settings)


# -- hardly any data --------------------------------------------------------------------------


def test_no_rows_one_row_and_one_column(diabetes, linear):
    rows, y = diabetes
    with pytest.raises(InvalidInputError, match="at least one row"):
        explained(linear, rows[:0], y[:0])
    one = explained(linear, rows[:1], y[:1])
    assert not one.global_importance_values.any()
    assert not one.global_.standard_deviations.any()
    with (
        pytest.raises(InvalidInputError, match="one finite number"),
        pytest.warns(UserWarning, match="R\\^2"),
    ):
        explained(linear, rows[:1], y[:1], metric="r2")
    column = rows[["bmi"]]
    model = LinearRegression().fit(column, y)
    assert_same(
        explained(model, column, y, metric="r2"),
        permutation_importance(model, column, y, random_state=0),
    )


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_texts_in_the_place_of_a_table_are_sent_to_what_explains_them(kind):
    texts, labels = ["good value", "bad screen", "good screen", "bad value"], [1, 0, 1, 0]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, labels)
    with pytest.raises(InvalidInputError, match="TextExplainer") as error:
        PFIExplainer(model).explain_global(kind(texts), labels)
    assert "4 texts" in str(error.value)
