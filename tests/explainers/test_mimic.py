"""`MimicExplainer`: what it says of a model through a surrogate, and how near the surrogate is."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mlflow_explain import (
    DecisionTreeExplainableModel,
    LGBMExplainableModel,
    LinearExplainableModel,
    LinearExplainer,
    MimicExplainer,
    SGDExplainableModel,
)
from mlflow_explain.errors import InvalidInputError, MissingPartError, UnsupportedModelError
from mlflow_explain.surrogates.models import SURROGATES

FEW_TREES = {"n_estimators": 20, "num_leaves": 7}


@pytest.fixture(scope="module")
def cancer():
    rows, labels = load_breast_cancer(return_X_y=True)
    return train_test_split(rows, labels, test_size=0.2, random_state=0)


@pytest.fixture(scope="module")
def svm(cancer):
    x_train, _, y_train, _ = cancer
    svc = CalibratedClassifierCV(SVC(gamma=0.001, C=100.0), ensemble=False)
    return make_pipeline(StandardScaler(), svc).fit(x_train, y_train)


@pytest.fixture(scope="module")
def mixed():
    """Numbers, words, categories, truths and missing values, and what follows from them."""
    random = np.random.default_rng(0)
    n_rows = 240
    frame = pd.DataFrame({
        "income": random.normal(50.0, 10.0, n_rows),
        "town": random.choice(["Aa", "Bb", "Cc"], n_rows),
        "grade": pd.Categorical(random.choice(["low", "high"], n_rows)),
        "owner": random.random(n_rows) < 0.5,
        "visits": pd.array(random.integers(0, 9, n_rows), dtype="Int64"),
    })  # fmt: skip
    frame.loc[frame.index[::9], "income"] = np.nan
    frame.loc[frame.index[::7], "visits"] = pd.NA
    frame.loc[frame.index[::11], "town"] = None
    return frame


def answer(rows: pd.DataFrame) -> np.ndarray:
    """A function of all columns, in the unit of a probability."""
    score = rows["income"].astype(float).fillna(50.0) / 20.0 - 2.5
    score = score + rows["town"].map({"Aa": 1.0, "Bb": -1.0}).astype(float).fillna(0.0)
    score = score + 0.5 * (rows["grade"] == "high") - 0.7 * rows["owner"].astype(float)
    score = score + 0.1 * rows["visits"].astype("Float64").fillna(4).astype(float)
    return (1.0 / (1.0 + np.exp(-score))).to_numpy()


def logit(probability: np.ndarray) -> np.ndarray:
    return np.log(probability / (1.0 - probability))


def explained(rows, model, surrogate=LGBMExplainableModel, **options) -> MimicExplainer:
    return MimicExplainer(model, rows, surrogate, **options)


# -- what it says ----------------------------------------------------------------------------


def test_a_support_vector_machine_is_followed_on_rows_never_seen(cancer, svm):
    x_train, x_test, _, _ = cancer
    explainer = MimicExplainer(svm, x_train, LGBMExplainableModel)
    explanation = explainer.explain_global(x_test)
    teacher = logit(svm.predict_proba(x_test)[:, 1])
    own = explanation.expected_values[1] + explanation.local_importance_values[1].sum(axis=1)
    assert 1 - ((teacher - own) ** 2).mean() / teacher.var() > 0.98
    assert explanation.quality["fidelity_r2"] > 0.98
    assert explanation.quality["fidelity_r2_train"] > explanation.quality["fidelity_r2"]
    assert explanation.quality["fidelity_agreement"] > 0.95
    np.testing.assert_allclose(
        explanation.quality["additivity_error_max"], np.abs(teacher - own).max(), rtol=1e-6
    )
    assert (explainer.method, explanation.output_space) == ("mimic", "log-odds")
    assert explainer.surrogate.explainable_model_type() == "tree_explainable_model_type"
    assert "R2 0.9" in repr(explainer.choice.engine)


@pytest.mark.parametrize(
    "model", [LinearRegression(), Ridge(alpha=5.0), LogisticRegression(C=0.1)], ids=str
)
def test_a_linear_teacher_is_found_again(model):
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 4)) * [1.0, 10.0, 0.1, 2.0]
    labels = (rows @ [1.0, 0.2, -3.0, 0.0] + random.normal(size=300) > 0).astype(int)
    model.fit(rows, labels)
    mimic = explained(rows, model, LinearExplainableModel).explain_local(rows)
    exact = LinearExplainer(model, rows).explain_local(rows)
    for name in ("local_importance_values", "expected_values"):
        np.testing.assert_allclose(getattr(mimic, name), getattr(exact, name), atol=1e-9)
    assert mimic.quality["fidelity_r2"] == pytest.approx(1.0, abs=1e-12)
    assert mimic.output_space == exact.output_space


def test_a_margin_keeps_a_certain_teacher_exact():
    rows = np.random.default_rng(0).normal(size=(200, 2)) * 100.0
    model = LogisticRegression(C=1e3).fit(rows, rows[:, 0] > 0)
    assert (model.predict_proba(rows) == 0).any()
    explanation = explained(rows, model, LinearExplainableModel).explain_local(rows)
    own = explanation.expected_values[1] + explanation.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(own, model.decision_function(rows), rtol=1e-9)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_columns_of_all_kinds(mixed, surrogate):
    before = mixed.copy(deep=True)
    explainer = explained(mixed, answer, surrogate, model_task="classification", classes=["n", "y"])
    explanation = explainer.explain_global(mixed)
    assert explanation.features == tuple(mixed.columns)
    assert explanation.local_importance_values.shape == (2, 240, 5)
    assert explanation.quality["fidelity_r2"] > 0.9
    assert set(explanation.get_ranked_global_names(2)) == {"income", "town"}
    pd.testing.assert_frame_equal(mixed, before)
    unknown = mixed.head(4).assign(town="Zz", income=np.nan)
    assert np.isfinite(explainer.explain_local(unknown).local_importance_values).all()
    assert explainer.explain_local(mixed.iloc[0]).local_importance_values.shape == (2, 1, 5)


def test_categories_are_given_by_name_or_position():
    random = np.random.default_rng(0)
    rows = np.column_stack([random.integers(0, 6, 300), random.normal(size=300)])
    height = np.array([3.0, -2.0, 5.0, -4.0, 1.0, 0.0])
    codes = pd.Series(np.arange(6))

    def model(x):
        return height[codes.get(x[:, 0].astype(int)).to_numpy()] + x[:, 1]

    plain = explained(rows, model, LinearExplainableModel).explain_global()
    named = explained(
        rows, model, LinearExplainableModel, categorical_features=["code"], features=["code", "x"]
    )
    assert plain.quality["fidelity_r2"] < 0.5
    assert named.explain_global().quality["fidelity_r2"] == pytest.approx(1.0)
    numbered = explained(rows, model, LinearExplainableModel, categorical_features=[0])
    np.testing.assert_array_equal(
        numbered.explain_global(rows).local_importance_values,
        named.explain_global(rows).local_importance_values,
    )
    with pytest.raises(InvalidInputError, match="categorical_features among 0, 1; got colour"):
        explained(rows, model, categorical_features=["colour"])


def test_a_pipeline_is_asked_as_a_whole_and_explained_in_raw_columns(mixed):
    mixed = mixed[["town", "owner"]].assign(town=mixed["town"].fillna("Aa"))
    preprocess = make_column_transformer((OneHotEncoder(), ["town"]), remainder="passthrough")
    labels = (mixed["town"] == "Bb") ^ mixed["owner"]
    model = make_pipeline(preprocess, RandomForestClassifier(8, random_state=0))
    model.fit(mixed, labels)
    explainer = explained(mixed, model, explainable_model_args=FEW_TREES)
    explanation = explainer.explain_global(mixed)
    assert explanation.features == ("town", "owner")
    assert explanation.engineered is None
    assert explanation.quality["fidelity_agreement"] == 1.0


def test_transformations_are_folded_back(mixed):
    mixed = mixed[["town", "owner", "grade"]].assign(town=mixed["town"].fillna("Aa"))
    preprocess = make_column_transformer((OneHotEncoder(), ["town", "grade"]), remainder="drop")
    rows = preprocess.fit_transform(mixed)
    model = LogisticRegression().fit(rows, mixed["town"] == "Bb")
    explainer = MimicExplainer(
        model, mixed, LinearExplainableModel, transformations=preprocess, explain_subset=["town"]
    )
    explanation = explainer.explain_global(mixed)
    own = explainer.explain_global()
    assert explanation.features == own.features == ("town",)
    assert len(explanation.engineered.features) == len(own.engineered.features) == 5
    engineered = own.engineered.global_importance_values
    np.testing.assert_allclose(own.global_importance_values, [engineered[:3].sum()])
    assert own.engineered.id == own.id
    assert explanation.quality["fidelity_r2"] == pytest.approx(1.0)


@pytest.mark.parametrize("surrogate", [LGBMExplainableModel, LinearExplainableModel])
def test_three_classes(iris, surrogate):
    rows, labels = iris
    words = labels.map({0: "setosa", 1: "versicolor", 2: "virginica"})
    model = LogisticRegression(max_iter=500).fit(rows, words)
    explainer = explained(rows, model, surrogate)
    explanation = explainer.explain_global(rows)
    centred = model.decision_function(rows)
    own = explanation.local_importance_values.sum(axis=2) + explanation.expected_values[:, None]
    residual = (own.T - (centred - centred.mean(axis=1, keepdims=True))) ** 2
    assert residual.mean() / centred.var() < 0.02
    assert explanation.classes == ("setosa", "versicolor", "virginica")
    assert explanation.output_space == "margin"
    assert explainer.get_surrogate_model_replication_measure(rows) > 0.95
    assert explainer.explain_global().global_importance_values.shape == (4,)


def test_models_without_probabilities(iris):
    rows, labels = iris
    margin = explained(rows, RidgeClassifier().fit(rows, labels), LinearExplainableModel)
    assert margin.explain_global(rows).output_space == "margin"
    assert margin.explain_global().quality["fidelity_r2"] == pytest.approx(1.0)

    class Labels:
        classes_ = np.array(["no", "yes"])

        def predict(self, x):
            return self.classes_[(np.asarray(x)[:, 2] > 2.5).astype(int)]

    explanation = explained(rows, Labels(), DecisionTreeExplainableModel).explain_global(rows)
    assert explanation.output_space == "probability"
    assert explanation.quality["fidelity_agreement"] == 1.0
    # Probabilities of which some are 0 and 1.
    votes = RandomForestClassifier(20, random_state=0).fit(rows, labels)
    assert explained(rows, votes).explain_global(rows).quality["fidelity_r2"] > 0.9


def test_sparse_rows(iris):
    random = np.random.default_rng(0)
    counts = sparse.csr_matrix(random.poisson(0.3, size=(400, 60)))
    before = counts.copy()
    model = MultinomialNB().fit(counts, random.integers(0, 2, 400))
    exact = LinearExplainer(model, counts).explain_local(counts[:20])
    found = explained(counts, model, LinearExplainableModel).explain_local(counts[:20])
    np.testing.assert_allclose(
        found.local_importance_values, exact.local_importance_values, atol=1e-6
    )
    trees = explained(counts, model, explainable_model_args=FEW_TREES).explain_local(counts[:20])
    assert trees.quality["fidelity_r2"] > 0
    assert (before != counts).nnz == 0


def test_several_targets():
    rows = np.random.default_rng(0).normal(size=(100, 3))
    model = LinearRegression().fit(rows, np.column_stack([rows[:, 0], rows[:, 1] - rows[:, 2]]))
    explanation = explained(rows, model, LinearExplainableModel).explain_local(rows[:5])
    assert explanation.local.values.shape == (5, 3, 2)
    np.testing.assert_allclose(explanation.local.outputs(), model.predict(rows[:5]), atol=1e-9)


# -- with data and without -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surrogate", "measure"),
    [
        (LGBMExplainableModel, "split gain of the surrogate"),
        (DecisionTreeExplainableModel, "impurity decrease of the surrogate"),
        (LinearExplainableModel, "|coefficient| x standard deviation of the surrogate"),
        (SGDExplainableModel, "|coefficient| x standard deviation of the surrogate"),
    ],
)
def test_without_rows_the_surrogates_own_importances(cancer, svm, surrogate, measure):
    x_train = cancer[0]
    explainer = explained(x_train, svm, surrogate, augment_data=False)
    explanation = explainer.explain_global()
    assert explanation.global_measure == measure
    assert explanation.local is None
    assert explanation.num_features == 30
    assert (explanation.global_importance_values >= 0).all()
    assert "fidelity_r2" in explanation.quality
    if surrogate is LGBMExplainableModel:
        gain = explainer.surrogate.models[0].booster_.feature_importance("gain")
        np.testing.assert_array_equal(explanation.global_importance_values, gain)


def test_a_second_call_has_predictions_of_its_own(cancer, svm):
    x_train, x_test, _, _ = cancer
    explainer = explained(x_train, svm, LinearExplainableModel)
    first = explainer.explain_global(x_train)
    second = explainer.explain_global(x_test)
    np.testing.assert_array_equal(first.eval_y_predicted, svm.predict(x_train))
    np.testing.assert_array_equal(second.eval_y_predicted, svm.predict(x_test))
    np.testing.assert_array_equal(second.eval_y_predicted_proba, svm.predict_proba(x_test))
    assert explainer.explain_local(x_test[0]).num_examples == 1
    assert explainer.explain_global(x_test, include_local=False).local is None


@pytest.mark.parametrize("names", [(0, 1), ("no", "yes"), (7, 3)])
def test_replication_of_labels_of_any_kind(names):
    rows, labels = make_classification(200, 5, random_state=0)
    model = LogisticRegression().fit(rows, np.where(labels == 1, *names[::-1]))
    explainer = explained(rows, model, LinearExplainableModel)
    assert explainer.get_surrogate_model_replication_measure(rows) == 1.0
    depth = {"max_depth": 1}
    rough = explained(rows, model, DecisionTreeExplainableModel, explainable_model_args=depth)
    own = rough.choice.engine.explain(rows).outputs()[:, 0] > 0
    agreed = (np.asarray(model.classes_)[own.astype(int)] == model.predict(rows)).mean()
    assert rough.get_surrogate_model_replication_measure(rows) == agreed
    few = rough.get_surrogate_model_replication_measure(rows[:3])
    assert few * 3 == round(few * 3)


def test_replication_of_a_regression_is_r2(diabetes):
    rows, target = diabetes
    model = LinearRegression().fit(rows, target)
    explainer = explained(rows, model, DecisionTreeExplainableModel)
    own = explainer.explain_local(rows).local.outputs()[:, 0]
    teacher = model.predict(rows)
    expected = 1 - ((own - teacher) ** 2).sum() / ((teacher - teacher.mean()) ** 2).sum()
    found = explainer.get_surrogate_model_replication_measure(rows)
    assert found == pytest.approx(expected, abs=1e-9)
    with pytest.raises(MissingPartError, match="differ"):
        explainer.get_surrogate_model_replication_measure(rows.head(1))


# -- how it is made --------------------------------------------------------------------------


@pytest.mark.parametrize("n_rows", [8, 60])
def test_the_model_is_asked_for_as_many_synthetic_rows_as_allowed(n_rows):
    """More columns than rows, too, and each row once."""
    rows = np.random.default_rng(0).normal(size=(n_rows, 20))

    def asked_with(**options) -> list[np.ndarray]:
        asked = []

        def model(x):
            asked.append(np.array(x))
            return x[:, 0] + x[:, 1] ** 2

        explained(rows, model, explainable_model_args=FEW_TREES, **options)
        return np.concatenate(asked)

    plain = asked_with(augment_data=False)
    assert {tuple(row) for row in plain} == {tuple(row) for row in rows}
    n_fitted = n_rows if n_rows < 50 else n_rows - n_rows // 5
    for most in (0, 1, 3):
        made = asked_with(max_num_of_augmentations=most)[len(plain) :]
        assert len(made) == most * n_fitted
        assert len({tuple(row) for row in made}) == len(made)
        assert (made >= rows.min(axis=0)).all()
        assert (made <= rows.max(axis=0)).all()


def test_few_rows_have_no_fidelity_but_their_own():
    rows = np.random.default_rng(0).normal(size=(8, 20))
    explanation = explained(rows, lambda x: x[:, 0]).explain_global(rows)
    assert set(explanation.quality) == {"additivity_error_max", "fidelity_r2_train"}
    linear = explained(rows, lambda x: x[:, 0], LinearExplainableModel, augment_data=False)
    assert np.isfinite(linear.explain_global(rows).local_importance_values).all()
    # Dependent columns share what they have in common: the shortest of all solutions.
    twice = np.column_stack([rows[:, 0], rows[:, 0]])
    shared = explained(twice, lambda x: x[:, 0], LinearExplainableModel).explain_global(twice)
    np.testing.assert_allclose(
        shared.local_importance_values[:, 0] * 2, rows[:, 0] - rows[:, 0].mean()
    )


def test_one_row_and_a_constant_model():
    one = explained(np.ones((1, 3)), lambda x: x.sum(axis=1), LinearExplainableModel)
    assert one.explain_local([1.0, 1.0, 1.0]).expected_values.tolist() == [3.0]
    same = explained(np.eye(60), lambda x: np.full(len(x), 2.5))
    explanation = same.explain_global(np.eye(60))
    assert explanation.quality["fidelity_r2"] == 1.0
    assert not explanation.local_importance_values.any()


def test_seeds_and_threads(mixed):
    made = [
        explained(mixed, answer, explainable_model_args=FEW_TREES, seed=seed) for seed in (1, 1, 2)
    ]
    values = [explainer.explain_local(mixed).local.values for explainer in made]
    np.testing.assert_array_equal(values[0], values[1])
    assert (values[0] != values[2]).any()
    found: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: found.append(made[0].explain_local(mixed).local.values))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for each in found:
        np.testing.assert_array_equal(each, values[0])


def test_a_probability_is_scaled_row_by_row_and_says_so(cancer, svm):
    x_train, x_test, _, _ = cancer
    explainer = explained(x_train, svm, shap_values_output="probability")
    explanation = explainer.explain_global(x_test)
    sums = explanation.expected_values[:, None] + explanation.local_importance_values.sum(axis=2)
    log_odds = explainer.choice.engine.inner.explain(x_test).outputs()[:, 0]
    np.testing.assert_allclose(sums[1], 1 / (1 + np.exp(-log_odds)), atol=1e-9)
    np.testing.assert_allclose(sums.sum(axis=0), 1.0, atol=1e-9)
    assert explanation.quality["rescaled"] == 1.0
    assert explanation.output_space == "probability"
    assert explanation.quality["additivity_error_max"] < 0.5


# -- what it refuses -------------------------------------------------------------------------


def test_refusals(iris, mixed):
    rows, labels = iris
    model = LogisticRegression(max_iter=500).fit(rows, labels)
    with pytest.raises(InvalidInputError, match=r"LGBMExplainableModel, .* got LogisticReg"):
        explained(rows, model, LogisticRegression)
    with pytest.raises(InvalidInputError, match="an instance of LGBMExplainableModel"):
        explained(rows, model, LGBMExplainableModel())
    with pytest.raises(InvalidInputError, match="more than two classes"):
        explained(rows, model, shap_values_output="probability")
    with pytest.raises(InvalidInputError, match="teacher_probability"):
        explained(rows, model, shap_values_output="teacher_probability")
    with pytest.raises(InvalidInputError, match="'odds'"):
        explained(rows, model, shap_values_output="odds")
    with pytest.raises(InvalidInputError, match="max_num_of_augmentations"):
        explained(rows, model, max_num_of_augmentations=-1)
    with pytest.raises(InvalidInputError, match="got n_trees"):
        explained(rows, model, explainable_model_args={"n_trees": 3})
    with pytest.raises(InvalidInputError, match=r"LinearRegression knows: .* got C"):
        explained(rows, model, LinearExplainableModel, explainable_model_args={"C": 3})
    with pytest.raises(InvalidInputError, match="a mapping"):
        explained(rows, model, explainable_model_args=[3])
    endless = np.where(np.arange(60) > 50, np.inf, 1.5).reshape(20, 3)
    with pytest.raises(InvalidInputError, match="infinity in column 0, 1, 2"):
        explained(endless, lambda x: np.arange(len(x)), LinearExplainableModel)
    assert explained(endless, lambda x: 1.0 * np.isinf(x[:, 0])).method == "mimic"
    timed = mixed.assign(day=pd.Timestamp("2024-01-01"))
    assert explained(timed, answer).features[-1] == "day"
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        # The first two rows, which tell what the numbers are, look like probabilities.
        explained(
            rows.to_numpy(),
            lambda x: np.vstack([[[0.5, 0.5]] * 2, x[2:, :2] + 7]),
            is_function=True,
        )
    with pytest.raises(UnsupportedModelError, match="predict"):
        explained(rows, object())
    with pytest.raises(InvalidInputError, match="sparse"):
        explained(
            sparse.csr_matrix(rows), LogisticRegression(max_iter=500).fit(rows.to_numpy(), labels),
            categorical_features=[0],
        )  # fmt: skip
