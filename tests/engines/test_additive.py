"""Additive models: linear ones, kernel machines with a linear kernel, naive Bayes."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskLassoCV,
    Perceptron,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines import additive
from mlflow_explain.engines.base import EngineState, Options, Refusal
from tests import truths

RNG = np.random.default_rng(7)
# Counts, many of them zero: all of these models take them, sparse or not.
X = RNG.poisson(0.8, size=(90, 4)) * RNG.choice([0.5, 1.0, 2.0], size=(90, 4))
SCORE = X @ [1.0, -0.7, 0.4, 0.0] + RNG.normal(size=90)
TWO = np.where(SCORE > 0.3, "yes", "no")
THREE = np.array(["low", "mid", "top"])[np.digitize(SCORE, np.quantile(SCORE, [0.3, 0.7]))]
POSITIVE = SCORE - SCORE.min() + 0.1
TARGETS = np.column_stack([SCORE, SCORE**2, X[:, 0]])
BACKGROUND = X[:40]
CSR = sparse.csr_matrix(X)


def decisions(model, rows):
    return model.decision_function(rows)


def predictions(model, rows):
    return model.predict(rows)


def logs(model, rows):
    return np.log(model.predict(rows))


def log_odds(model, rows):
    no, yes = model.predict_log_proba(rows).T
    return yes - no


def centred(model, rows):
    log_chances = model.predict_log_proba(rows)
    return log_chances - log_chances.mean(axis=1, keepdims=True)


# name: (fitted model, its own score, output space, number of outputs)
MODELS = {
    "least squares": (LinearRegression().fit(X, SCORE), predictions, "raw", 1),
    "ridge without intercept": (Ridge(fit_intercept=False).fit(X, SCORE), predictions, "raw", 1),
    "elastic net": (ElasticNet(0.1).fit(X, SCORE), predictions, "raw", 1),
    "huber": (HuberRegressor().fit(X, SCORE), predictions, "raw", 1),
    "sgd regression": (SGDRegressor(random_state=0).fit(X, SCORE), predictions, "raw", 1),
    "linear svr": (LinearSVR(C=0.1, random_state=0).fit(X, SCORE), predictions, "raw", 1),
    "ridge of three targets": (Ridge().fit(X, TARGETS), predictions, "raw", 3),
    "ridge of one column": (Ridge().fit(X, TARGETS[:, :1]), predictions, "raw", 1),
    "lasso of three targets": (MultiTaskLassoCV(cv=3).fit(X, TARGETS), predictions, "raw", 3),
    "poisson": (PoissonRegressor().fit(X, POSITIVE), logs, "margin", 1),
    "gamma": (GammaRegressor().fit(X, POSITIVE), logs, "margin", 1),
    "tweedie": (TweedieRegressor(power=1.5).fit(X, POSITIVE), logs, "margin", 1),
    "tweedie normal": (TweedieRegressor(power=0).fit(X, POSITIVE), predictions, "raw", 1),
    "tweedie identity": (
        TweedieRegressor(power=1.5, link="identity", alpha=5).fit(X, POSITIVE),
        predictions, "raw", 1,
    ),
    "logistic": (LogisticRegression().fit(X, TWO), log_odds, "log-odds", 1),
    "logistic classes": (LogisticRegression().fit(X, THREE), decisions, "margin", 3),
    "logistic cv": (
        LogisticRegressionCV(
            Cs=[1.0], cv=2, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
        ).fit(X, TWO),
        log_odds, "log-odds", 1,
    ),
    "sgd log loss": (
        SGDClassifier(loss="log_loss", alpha=0.1, random_state=0).fit(X, TWO),
        log_odds, "log-odds", 1,
    ),
    "sgd huber": (
        SGDClassifier(loss="modified_huber", random_state=0).fit(X, TWO), decisions, "margin", 1,
    ),
    "sgd one-vs-rest": (
        SGDClassifier(loss="log_loss", random_state=0).fit(X, THREE), decisions, "margin", 3,
    ),
    "sparsified": (LinearSVC(random_state=0).fit(X, TWO).sparsify(), decisions, "margin", 1),
    "linear svc classes": (LinearSVC(random_state=0).fit(X, THREE), decisions, "margin", 3),
    "perceptron": (Perceptron(random_state=0).fit(X, TWO), decisions, "margin", 1),
    "ridge classifier": (RidgeClassifier().fit(X, THREE), decisions, "margin", 3),
    "discriminant": (LinearDiscriminantAnalysis().fit(X, TWO), log_odds, "log-odds", 1),
    "svc": (SVC(kernel="linear").fit(X, TWO), decisions, "margin", 1),
    "svc fitted sparse": (SVC(kernel="linear").fit(CSR, TWO), decisions, "margin", 1),
    "nu svc": (NuSVC(kernel="linear").fit(X, TWO), decisions, "margin", 1),
    "svr": (SVR(kernel="linear").fit(X, SCORE), predictions, "raw", 1),
    "nu svr": (NuSVR(kernel="linear").fit(X, SCORE), predictions, "raw", 1),
    "kernel ridge": (KernelRidge(kernel="linear").fit(X, SCORE), predictions, "raw", 1),
    "kernel ridge targets": (KernelRidge(kernel="linear").fit(X, TARGETS), predictions, "raw", 3),
    "kernel ridge sparse": (KernelRidge(kernel="linear").fit(CSR, SCORE), predictions, "raw", 1),
    "gaussian": (GaussianNB().fit(X, TWO), log_odds, "log-odds", 1),
    "gaussian priors": (GaussianNB(priors=[0.9, 0.1]).fit(X, TWO), log_odds, "log-odds", 1),
    "gaussian classes": (GaussianNB().fit(X, THREE), centred, "margin", 3),
    "bernoulli": (BernoulliNB().fit(X, TWO), log_odds, "log-odds", 1),
    "bernoulli threshold": (BernoulliNB(binarize=1.0).fit(X, TWO), log_odds, "log-odds", 1),
    "bernoulli classes": (BernoulliNB(fit_prior=False).fit(X, THREE), centred, "margin", 3),
    "bernoulli as given": (BernoulliNB(binarize=None).fit(X > 1, TWO), log_odds, "log-odds", 1),
    "multinomial": (MultinomialNB().fit(X, TWO), log_odds, "log-odds", 1),
    "multinomial classes": (MultinomialNB(alpha=0.2).fit(X, THREE), centred, "margin", 3),
    "complement": (ComplementNB().fit(X, TWO), log_odds, "log-odds", 1),
    "complement norm": (ComplementNB(norm=True).fit(X, TWO), log_odds, "log-odds", 1),
    "complement classes": (ComplementNB(norm=True).fit(X, THREE), centred, "margin", 3),
}  # fmt: skip
DENSE_ONLY = {"svc", "nu svc", "svr", "nu svr", "gaussian", "gaussian priors", "gaussian classes"}


def built(model, background=BACKGROUND, **options):
    return additive.build(predictor_of(model), table_of(background), Options(**options))


def reason(model, background=BACKGROUND, **options):
    refusal = built(model, background, **options)
    assert isinstance(refusal, Refusal)
    assert refusal.engine == "linear"
    return refusal.reason


@pytest.fixture(params=list(MODELS))
def case(request):
    return MODELS[request.param]


def test_values_equal_enumeration_of_the_interventional_game_of_the_models_own_score(case):
    model, score, space, n_outputs = case
    engine = built(model)
    assert (engine.output_space, engine.feature_perturbation) == (space, "interventional")
    found = engine.explain(X[50:53])
    assert found.values.shape == (3, 4, n_outputs)
    for row, values in zip(X[50:53], found.values, strict=True):
        for output in range(n_outputs):
            game = truths.interventional_game(
                lambda mixed, k=output: score(model, mixed).reshape(len(mixed), -1)[:, k],
                row,
                BACKGROUND,
            )
            np.testing.assert_allclose(values[:, output], truths.shapley(game, 4), atol=1e-11)
            assert found.base_values[output] == pytest.approx(game(frozenset()), abs=1e-11)


def test_sums_and_scores_are_the_models_own_output(case):
    model, score, _, _ = case
    engine = built(model)
    truth = score(model, X).reshape(len(X), -1)
    tolerance = 1e-9 * max(1.0, np.abs(truth).max())
    np.testing.assert_allclose(engine.explain(X).outputs(), truth, atol=tolerance)
    np.testing.assert_allclose(
        additive.scores(engine, predictor_of(model), X), truth, atol=tolerance
    )


@pytest.mark.parametrize("name", sorted(set(MODELS) - DENSE_ONLY))
def test_sparse_rows_give_the_values_of_dense_ones_and_stay_sparse(name, monkeypatch):
    model, _, _, _ = MODELS[name]
    predictor, engine = predictor_of(model), built(model)

    def refuse(*_args, **_kwargs):
        pytest.fail("sparse rows were made dense")

    if not sparse.issparse(getattr(model, "coef_", None)):
        for kind in (sparse.csr_matrix, sparse.csr_array):
            monkeypatch.setattr(kind, "toarray", refuse)
            monkeypatch.setattr(kind, "todense", refuse, raising=False)
    for rows in (CSR, sparse.csr_array(CSR), CSR.astype(np.float32)):
        again = additive.build(predictor, table_of(rows[:40]), Options())
        np.testing.assert_allclose(again.base_values, engine.base_values, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            again.explain(rows).values, engine.explain(X).values, rtol=0, atol=1e-12
        )
    monkeypatch.undo()
    np.testing.assert_allclose(
        additive.scores(engine, predictor, CSR), additive.scores(engine, predictor, X), atol=1e-9
    )


@pytest.mark.parametrize("name", ["ridge of three targets", "bernoulli threshold"])
def test_an_entry_stored_in_parts_counts_once_and_stays_in_parts(name):
    halves = np.repeat(CSR.data / 2, 2), np.repeat(CSR.indices, 2), CSR.indptr * 2
    parted = sparse.csr_matrix(halves, shape=CSR.shape)
    engine = built(MODELS[name][0])
    from_parts = built(MODELS[name][0], parted[:40])
    np.testing.assert_allclose(from_parts.base_values, engine.base_values, atol=1e-12)
    np.testing.assert_allclose(
        engine.explain(parted).values, engine.explain(X).values, rtol=0, atol=1e-12
    )
    assert parted.nnz == 2 * CSR.nnz


def test_a_state_of_plain_numbers_brings_the_engine_back(case):
    model, _, space, _ = case
    engine = built(model)
    state = engine.state()
    settings = json.loads(json.dumps(state.settings))
    assert all(array.dtype == np.float64 for array in state.arrays.values())
    again = additive.restore(EngineState(settings, dict(state.arrays)), None)
    assert again.output_space == space
    np.testing.assert_array_equal(again.base_values, engine.base_values)
    np.testing.assert_array_equal(again.explain(X).values, engine.explain(X).values)


def test_a_state_without_squares_and_thresholds_is_a_linear_one():
    state = EngineState(
        {"output_space": "margin"},
        {
            "coefficients": np.array([[2.0, -1.0]]),
            "mean": np.array([1.0, 3.0]),
            "base_values": np.array([0.5]),
        },
    )
    engine = additive.restore(state, None)
    found = engine.explain(np.array([[2.0, 5.0]]))
    np.testing.assert_array_equal(found.values, [[[2.0], [-2.0]]])
    assert found.outputs() == [[0.5]]
    assert set(engine.state().arrays) == set(state.arrays)
    assert engine.state().settings == state.settings


def test_other_types_and_frames_give_the_values_of_floats(case):
    model, _, _, _ = case
    engine = built(model)
    whole = np.floor(X)
    truth = engine.explain(whole).values
    frame = pd.DataFrame(whole).astype({0: "int64", 1: "float32", 2: "Int64"})
    for rows in (whole.astype(np.float32), whole.astype(np.uint8), frame, frame.astype(object)):
        np.testing.assert_array_equal(engine.explain(rows).values, truth)
    flags = engine.explain(whole > 0).values
    np.testing.assert_array_equal(flags, engine.explain((whole > 0) * 1.0).values)


def test_narrow_rows_are_scored_in_full_precision():
    narrow = (RNG.normal(size=(60, 4)) + 100).astype(np.float32)
    model = Ridge().fit(narrow, SCORE[:60])
    engine = built(model, narrow)
    sums = engine.explain(narrow).outputs()
    np.testing.assert_allclose(
        sums, additive.scores(engine, predictor_of(model), narrow), rtol=1e-9
    )


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"sparsified", "bernoulli as given"}))
def test_models_fitted_on_narrow_rows_are_read_as_they_compute(name):
    model, score, _, _ = MODELS[name]
    target = TARGETS if "targets" in name else POSITIVE
    if hasattr(model, "classes_"):
        target = TWO if len(model.classes_) == 2 else THREE
    rows = (X + RNG.random(X.shape)).astype(np.float32)
    model = clone(model).fit(rows, target)
    truth = score(model, rows.astype(np.float64)).reshape(90, -1)
    found = built(model, rows).explain(rows).outputs()
    np.testing.assert_allclose(found, truth, atol=1e-12 * max(1.0, np.abs(truth).max()))


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_a_threshold_is_compared_in_the_rows_own_type(make):
    # 0.1 in float32 is not above 0.1, as the model has it; widened it would be.
    rows = make(np.round(RNG.random((50, 3)), 1).astype(np.float32))
    model = BernoulliNB(binarize=0.1).fit(rows, TWO[:50])
    engine = built(model, rows)
    truth = log_odds(model, rows)
    np.testing.assert_allclose(engine.explain(rows).outputs()[:, 0], truth, atol=1e-12)
    assert engine.base_values[0] == pytest.approx(truth.mean())
    np.testing.assert_allclose(
        additive.scores(engine, predictor_of(model), rows)[:, 0], truth, atol=1e-12
    )


def test_columns_far_from_zero_lose_no_digits():
    # Squares of dates in seconds would leave four digits of these.
    rows = RNG.normal(size=(80, 3)) * [1.0, 5.0, 0.1] + [1e6, -2e7, 3e5]
    model = GaussianNB(var_smoothing=0).fit(rows, TWO[:80])
    engine = built(model, rows)
    np.testing.assert_allclose(
        engine.explain(rows).outputs()[:, 0], log_odds(model, rows), atol=1e-9
    )


def test_a_missing_value_leaves_its_own_feature_missing_only(case):
    model, _, _, _ = case
    engine = built(model)
    rows = X[:2].copy()
    rows[0, 1] = np.nan
    values = engine.explain(rows).values
    truth = engine.explain(X[:2]).values
    assert np.isnan(values[0, 1]).all()
    keep = np.ones((2, 4), dtype=bool)
    keep[0, 1] = False
    np.testing.assert_array_equal(values[keep], truth[keep])


def test_arrays_are_frozen_and_rows_untouched(case):
    model, _, _, _ = case
    engine = built(model)
    rows = X.copy()
    first = engine.explain(rows).values
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(engine.explain(rows).values, first)
    assert not first.flags.writeable
    assert not any(array.flags.writeable for array in engine.state().arrays.values())
    assert engine.explain(X[:0]).values.shape == (0, *first.shape[1:])


def test_an_engine_keeps_its_numbers_when_the_model_learns_on():
    model = SGDRegressor(random_state=0).fit(X, SCORE)
    engine = built(model)
    before = engine.explain(X).values
    model.partial_fit(X, SCORE + 10)
    np.testing.assert_array_equal(engine.explain(X).values, before)


def test_a_subclass_is_known_by_its_base():
    class Own(LogisticRegression):
        pass

    found = built(Own().fit(X, TWO)).explain(X).values
    np.testing.assert_array_equal(found, built(MODELS["logistic"][0]).explain(X).values)


@pytest.mark.parametrize("name", list(MODELS))
def test_another_game_is_refused(name):
    model = MODELS[name][0]
    assert "plays the interventional game" in reason(
        model, feature_perturbation="tree_path_dependent"
    )
    assert not isinstance(built(model, feature_perturbation="interventional"), Refusal)


@pytest.mark.parametrize("name", list(MODELS))
def test_probability_is_refused_for_classifiers_and_no_matter_for_regression(name):
    model = MODELS[name][0]
    if hasattr(model, "classes_"):
        assert "probability is not a sum over features" in reason(model, output="probability")
    else:
        assert built(model, output="probability").output_space == MODELS[name][2]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (DecisionTreeClassifier().fit(X, TWO), "tree._classes.DecisionTreeClassifier is not a lin"),
        (CategoricalNB().fit(X.astype(int), TWO), "naive_bayes.CategoricalNB is not a linear or"),
        (OneVsRestClassifier(LinearSVC()).fit(X, THREE), "OneVsRestClassifier is not a linear or"),
        (SVC().fit(X, TWO), "SVC is not a linear model: its kernel is not 'linear'"),
        (SVR(kernel="poly").fit(X, SCORE), "SVR is not a linear model: its kernel"),
        (KernelRidge(kernel="rbf").fit(X, SCORE), "KernelRidge is not a linear model: its kernel"),
        (SVC(kernel=np.inner).fit(X, TWO), "SVC is not a linear model: its kernel"),
        (SVC(kernel="linear").fit(X, THREE), "SVC is not one sum per class: it compares each two"),
        (GaussianNB().fit(X, ["a"] * 90), "GaussianNB .* knows one class only"),
        (ComplementNB().fit(X, ["a"] * 90), "ComplementNB .* knows one class only"),
        (GaussianNB(priors=[0.0, 1.0]).fit(X, TWO), "GaussianNB is not a finite sum .* is zero"),
        (
            BernoulliNB(alpha=0.0, force_alpha=True).fit(np.c_[X[:, :3], X[:, 3] + 1], TWO),
            "BernoulliNB is not a finite sum .* probability is zero",
        ),
    ],
)
def test_a_model_that_is_no_finite_sum_is_refused_with_its_reason(model, words):
    assert re.search(words, reason(model))


@pytest.mark.parametrize("name", sorted(DENSE_ONLY))
def test_sparse_rows_are_refused_where_the_model_refuses_them(name):
    model = MODELS[name][0]
    with pytest.raises((TypeError, ValueError)):
        model.predict(CSR)
    assert "is not a model of sparse rows" in reason(model, CSR)


def test_a_background_with_missing_values_is_refused():
    rows = X[:5].copy()
    rows[2, 1] = np.nan
    assert "a value is missing" in reason(Ridge().fit(X, SCORE), rows)


def test_renamed_classes_keep_the_models_order():
    model = MODELS["gaussian"][0]
    named = predictor_of(model, classes=["bad", "good"])
    engine = additive.build(named, table_of(BACKGROUND), Options())
    np.testing.assert_array_equal(engine.explain(X).values, built(model).explain(X).values)
