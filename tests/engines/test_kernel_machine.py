"""The kernel-machine engine against enumeration of its game; its bounds against exact values."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines import kernel_machine, product_kernel
from mlflow_explain.engines.base import EngineState, Options, Refusal
from tests import truths

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(60, 5))
SCORE = ROWS[:, 0] * ROWS[:, 1] + np.abs(ROWS[:, 2]) + 0.3 * ROWS[:, 4]
LABELS = np.where(SCORE > 0.7, "high", "low")
TARGETS = np.column_stack([SCORE, 100.0 + 7.0 * np.sin(ROWS[:, 3])])
BACKGROUND = ROWS[:13]

ANISOTROPIC = ConstantKernel(2.0) * RBF([0.8, 1.5, 3.0, 1.0, 2.0]) + WhiteKernel(0.1)
SUM_OF_PRODUCTS = (
    ConstantKernel(0.5) + RBF(2.0) * (ConstantKernel(2.0) * RBF(1.2) + WhiteKernel(0.3)) + RBF(0.7)
)


def gaussian_process(kernel=None, **settings):
    return GaussianProcessRegressor(kernel, alpha=1e-2, optimizer=None, **settings)


MARGINS = [
    SVC(),
    SVC(gamma="auto", C=50.0, class_weight="balanced"),
    SVC(gamma=3.0),
    NuSVC(nu=0.3),
    OneClassSVM(nu=0.3),
]
PREDICTIONS = [
    SVR(),
    SVR(gamma=0.4, C=20.0),
    NuSVR(),
    KernelRidge(kernel="rbf", gamma=0.3),
    KernelRidge(kernel="rbf", alpha=0.1),
    KernelRidge(kernel="laplacian", gamma=0.4),
    gaussian_process(),
    gaussian_process(ANISOTROPIC, normalize_y=True),
    gaussian_process(SUM_OF_PRODUCTS),
]


def built(model, background=BACKGROUND, **settings):
    return kernel_machine.build(predictor_of(model), table_of(background), Options(), **settings)


def assert_equals_enumeration(engine, score, rows, background, tolerance=1e-12):
    local = engine.explain(rows)
    scale = np.abs(score(background)).max()
    for row, values in zip(rows, local.values, strict=True):
        game = truths.interventional_game(score, row, background)
        truth = truths.shapley(game, len(row))
        np.testing.assert_allclose(values[:, 0], truth, rtol=0, atol=tolerance * scale)
    base = float(score(background).mean())
    assert local.base_values == pytest.approx([base], abs=tolerance * scale)


@pytest.fixture(scope="module")
def cancer():
    data = load_breast_cancer()
    return data.data, data.target


@pytest.fixture(scope="module")
def unscaled(cancer):
    rows, labels = cancer
    return SVC(gamma=0.001, C=100.0).fit(rows, labels), rows


@pytest.fixture(scope="module")
def scaled(cancer):
    rows, labels = cancer
    rows = StandardScaler().fit_transform(rows)
    return SVC().fit(rows, labels), rows


@pytest.mark.parametrize("model", MARGINS, ids=str)
def test_margins_equal_enumeration_of_the_models_own_decision_function(model):
    model.fit(ROWS, None if isinstance(model, OneClassSVM) else LABELS)
    engine = built(model)
    assert engine.output_space == "margin"
    assert_equals_enumeration(engine, model.decision_function, ROWS[40:43], BACKGROUND)


@pytest.mark.parametrize("model", PREDICTIONS, ids=str)
def test_predictions_equal_enumeration_of_the_models_own_predict(model):
    engine = built(model.fit(ROWS, SCORE))
    assert engine.output_space == "raw"
    assert_equals_enumeration(engine, model.predict, ROWS[40:43], BACKGROUND)


@pytest.mark.parametrize("is_compiled", [True, False])
@pytest.mark.parametrize("n_features", [1, 2, 3, 4])
def test_odd_and_even_numbers_of_features_equal_enumeration(n_features, is_compiled, monkeypatch):
    monkeypatch.setattr(kernel_machine.compiled, "prepare", lambda _: is_compiled)
    monkeypatch.setattr(product_kernel.add_attributions, "is_ready", is_compiled)
    rows = ROWS[:, :n_features]
    model = SVR(gamma=0.5).fit(rows, SCORE)
    assert_equals_enumeration(built(model, rows[:9]), model.predict, rows[20:23], rows[:9])


@pytest.mark.parametrize(
    "model",
    [
        KernelRidge(kernel="rbf", gamma=0.2),
        gaussian_process(ANISOTROPIC, normalize_y=True),
        gaussian_process(SUM_OF_PRODUCTS),
    ],
    ids=str,
)
def test_each_of_several_targets_equals_enumeration(model):
    model.fit(ROWS, TARGETS)
    local = built(model).explain(ROWS[30:32])
    for output in range(2):
        for row, values in zip(ROWS[30:32], local.values[:, :, output], strict=True):
            game = truths.interventional_game(
                lambda x, o=output: model.predict(x)[:, o], row, BACKGROUND
            )
            scale = np.abs(TARGETS[:, output]).max()
            np.testing.assert_allclose(values, truths.shapley(game, 5), rtol=0, atol=1e-12 * scale)


def test_a_model_fitted_on_sparse_rows_equals_enumeration_on_sparse_and_dense_rows():
    rows = np.where(np.abs(ROWS) > 0.6, ROWS, 0.0)
    model = SVC(gamma=0.3).fit(sp.csr_matrix(rows), LABELS)
    engine = built(model, sp.csr_matrix(rows[:13]))

    def score(x):
        return model.decision_function(sp.csr_matrix(x))

    assert_equals_enumeration(engine, score, rows[40:43], rows[:13])
    sparse = engine.explain(sp.csr_matrix(rows)).values
    np.testing.assert_array_equal(sparse, engine.explain(rows).values)


def test_exclusive_or_is_shared_equally_by_its_two_features():
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    model = KernelRidge(kernel="rbf", gamma=2.0, alpha=1e-9).fit(corners, [-1, 1, 1, -1])
    local = built(model, corners).explain(corners)
    half = np.array([-0.5, 0.5, 0.5, -0.5])
    np.testing.assert_allclose(local.values[:, :, 0], np.column_stack([half, half]), atol=1e-8)
    np.testing.assert_allclose(local.base_values, [0.0], atol=1e-12)


@pytest.mark.parametrize("gamma", [0.001, 0.1])
def test_unscaled_rows_whose_pairs_are_mostly_left_out_equal_enumeration(cancer, gamma):
    rows, labels = cancer[0][:, [0, 1, 2, 3, 22]], cancer[1]
    model = SVC(gamma=gamma, C=100.0).fit(rows, labels)
    engine = built(model, rows[:20])
    assert_equals_enumeration(engine, model.decision_function, rows[100:103], rows[:20])


@pytest.mark.parametrize("kind", ["scaled", "unscaled"])
def test_sums_are_the_margin_on_thirty_features(kind, request):
    model, rows = request.getfixturevalue(kind)
    engine = built(model, rows[:100])
    truth = model.decision_function(rows)
    found = engine.explain(rows).outputs()[:, 0]
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-11 * np.abs(truth).max())
    own = kernel_machine.scores(engine, predictor_of(model), rows)
    np.testing.assert_array_equal(own[:, 0], truth)


def values_and_bounds(engine, rows, allowed):
    """Return attributions, and the bound on their error, where so much of it is allowed."""
    smaller = product_kernel.TOLERANCE / allowed
    found, spent = np.zeros((len(rows), 30, 1)), np.zeros(len(rows))
    rules, work = engine.rules, product_kernel.scratch(30, engine.shares.shape[1])
    to_come = len(engine.shares) * sum(len(units.vectors) for units in engine.units)
    for units in engine.units:
        p, q = units.of_rows(rows), units.of_background()
        reach = smaller * np.abs(units.coefficients[:, 0]) / engine.scale
        product_kernel.add_attributions(
            p, q, units.coefficients, reach, engine.shares, rules.nodes, rules.weights,
            rules.sizes, rules.errors, to_come, spent, work, found,
        )  # fmt: skip
        to_come -= len(engine.shares) * len(units.vectors)
    assert to_come == 0
    return found, spent / smaller


@pytest.mark.parametrize("kind", ["scaled", "unscaled"])
def test_the_error_is_below_its_bound_however_much_of_it_is_allowed(kind, request):
    model, rows = request.getfixturevalue(kind)
    engine = built(model, rows[:100])
    rows = rows[100:108]
    exact = sum(
        product_kernel.attributions_by_numpy(
            units.of_rows(rows), units.of_background(), units.coefficients, engine.shares,
            engine.rules,
        )
        for units in engine.units
    )  # fmt: skip
    for allowed in (1e-12, 1e-8, 1e-5, 1e-2):
        found, bound = values_and_bounds(engine, rows, allowed)
        error = np.abs(found - exact).sum(axis=(1, 2)) / engine.scale
        assert (bound <= allowed * (1 + 1e-9)).all()
        assert (bound > 0.05 * allowed).all()
        assert (error <= bound + 1e-13).all()
        # With more allowed, the bound has something to bound.
        assert allowed < 1e-8 or (error > 1e-13).any()


def test_fewer_nodes_err_by_no_more_than_the_factor_of_their_rule_says():
    random = np.random.default_rng(3)
    rules = product_kernel.rules_of(12)
    for n in range(1, 6):
        spread = Fraction(int(product_kernel.SPREAD))
        factor = 1 / (spread ** (2 * n + 1) * math.comb(2 * n, n) ** 2)
        assert rules.errors[n - 1] == pytest.approx(float(factor), rel=1e-12)
    assert rules.errors[-1] == 0.0
    for width in (0.05, 0.3, 1.0):
        p, q = 1.0 - width * random.random((2, 12))
        p, q = p[None, None, :], q[None, None, :, None]
        one = np.ones((1, 1))
        exact = product_kernel.attributions_by_numpy(p, q, one, one, rules)
        gap = np.abs(p[0, 0] - q[0, 0, :, 0])
        growth = (np.maximum(p[0, 0], q[0, 0, :, 0]) + product_kernel.SPREAD * gap).prod()
        for k in range(5):
            first = slice(k + 1)
            fewer = product_kernel.Rules(
                rules.nodes[first], rules.weights[first], rules.sizes[first], rules.errors[first]
            )
            found = product_kernel.attributions_by_numpy(p, q, one, one, fewer)
            assert np.abs(found - exact).sum() <= rules.errors[k] * growth + 1e-15


def test_values_are_those_of_numpy_until_compiled_code_is_ready(scaled, monkeypatch):
    model, rows = scaled
    engine = built(model, rows[:20])
    found = engine.explain(rows[:20]).values
    monkeypatch.setattr(product_kernel.add_attributions, "is_ready", False)
    by_numpy = engine.explain(rows[:20]).values
    assert not np.array_equal(found, by_numpy)
    np.testing.assert_allclose(found, by_numpy, rtol=0, atol=1e-12)


def test_a_background_of_several_slabs_is_the_mean_of_its_parts(scaled):
    model, rows = scaled
    whole = built(model, rows[:300]).explain(rows[400:403])
    parts = [built(model, rows[:100]), built(model, rows[100:300])]
    values = [part.explain(rows[400:403]).values for part in parts]
    mean = values[0] / 3 + values[1] * 2 / 3
    np.testing.assert_allclose(whole.values, mean, rtol=0, atol=1e-12)
    bases = [part.base_values for part in parts]
    np.testing.assert_allclose(whole.base_values, bases[0] / 3 + bases[1] * 2 / 3, atol=1e-12)


@pytest.mark.parametrize("model", [SVR(gamma=0.4), gaussian_process(SUM_OF_PRODUCTS)], ids=str)
def test_factors_that_are_not_kept_give_the_same_values(model, monkeypatch):
    model.fit(ROWS, SCORE)
    kept = built(model)
    assert all(units.table is not None for units in kept.units)
    monkeypatch.setattr(kernel_machine, "_BLOCK_BYTES", 20_000)
    anew = built(model, table_bytes=0)
    assert all(units.table is None for units in anew.units)
    assert len(anew.units) > len(kept.units)
    found = anew.explain(ROWS).values
    np.testing.assert_allclose(found, kept.explain(ROWS).values, rtol=0, atol=1e-12)


def test_a_rows_values_do_not_depend_on_the_rows_beside_it(scaled):
    model, rows = scaled
    engine = built(model, rows[:50])
    together = engine.explain(rows[:40]).values
    alone = np.concatenate([engine.explain(rows[i : i + 1]).values for i in range(40)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-14)
    assert engine.explain(rows[:0]).values.shape == (0, 30, 1)


def test_eight_threads_get_what_one_gets(scaled):
    model, rows = scaled
    engine = built(model, rows[:50])
    parts = [rows[20 * i : 20 * i + 20] for i in range(8)]
    serial = [engine.explain(part).values for part in parts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda part: engine.explain(part).values, parts))
    np.testing.assert_array_equal(together, serial)


def test_a_restored_engine_gives_the_same_values():
    model = gaussian_process(SUM_OF_PRODUCTS, normalize_y=True).fit(ROWS, TARGETS)
    engine = built(model)
    state = engine.state()
    settings = json.loads(json.dumps(state.settings))
    arrays = {name: np.array(array) for name, array in state.arrays.items()}
    assert all(array.dtype == np.float64 for array in arrays.values())
    restored = kernel_machine.restore(EngineState(settings, arrays), None)
    assert restored.name == kernel_machine.NAME
    assert restored.output_space == engine.output_space
    assert restored.feature_perturbation == "interventional"
    np.testing.assert_array_equal(restored.base_values, engine.base_values)
    np.testing.assert_array_equal(restored.explain(ROWS).values, engine.explain(ROWS).values)


def test_nothing_the_user_passed_is_changed_and_later_changes_do_not_matter():
    rows, background, explained = ROWS.copy(), BACKGROUND.copy(), ROWS[:30].copy()
    model = KernelRidge(kernel="rbf", gamma=0.2).fit(rows, SCORE)
    coefficients = model.dual_coef_.copy()
    engine = built(model, background)
    before = engine.explain(explained).values
    np.testing.assert_array_equal(model.X_fit_, ROWS)
    np.testing.assert_array_equal(model.dual_coef_, coefficients)
    np.testing.assert_array_equal(background, BACKGROUND)
    np.testing.assert_array_equal(explained, ROWS[:30])
    background[:] = 0.0
    rows[:] = 0.0
    restored = kernel_machine.restore(engine.state(), None)
    np.testing.assert_array_equal(restored.explain(explained).values, before)


def test_data_frames_and_narrow_numbers_give_the_values_of_arrays():
    rows = ROWS.astype(np.float32)
    frame = pd.DataFrame(rows, columns=list("abcde"))
    model = KernelRidge(kernel="rbf", gamma=0.2).fit(frame, SCORE)
    engine = built(model, frame.head(13))
    found = engine.explain(frame)
    np.testing.assert_array_equal(found.values, engine.explain(rows.astype(np.float64)).values)
    own = kernel_machine.scores(engine, predictor_of(model), frame)
    np.testing.assert_allclose(found.outputs(), own, rtol=0, atol=1e-12)


def test_a_row_far_from_all_support_vectors_has_the_offset_for_its_sum():
    model = SVC(gamma=0.5).fit(ROWS, LABELS)
    engine = built(model)
    far = np.full((1, 5), 1e6)
    local = engine.explain(far)
    np.testing.assert_allclose(local.outputs(), [model.intercept_], atol=1e-12)
    assert_equals_enumeration(engine, model.decision_function, far, BACKGROUND)


def test_missing_values_are_not_mistaken_for_small_ones():
    engine = built(SVC(gamma=0.5).fit(ROWS, LABELS))
    rows = ROWS[:2].copy()
    rows[0, 3] = np.nan
    values = engine.explain(rows).values
    assert np.isnan(values[0]).all()
    assert np.isfinite(values[1]).all()


def test_a_model_without_support_vectors_attributes_nothing():
    model = SVR(epsilon=1e3).fit(ROWS, SCORE)
    assert len(model.support_vectors_) == 0
    engine = built(model)
    local = engine.explain(ROWS[:3])
    np.testing.assert_array_equal(local.values, np.zeros((3, 5, 1)))
    np.testing.assert_allclose(local.outputs()[:, 0], model.predict(ROWS[:3]), atol=1e-12)


def gaussian(a, b):
    return np.exp(-np.square(a - b).sum())


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (RandomForestClassifier(n_estimators=1), "is not a kernel machine of scikit-learn"),
        (SVC(kernel="linear"), "has a linear kernel, which the linear engine explains"),
        (KernelRidge(), "has a linear kernel, which the linear engine explains"),
        (SVC(kernel="poly"), "has kernel 'poly', which is not a product over features"),
        (SVR(kernel="sigmoid"), "has kernel 'sigmoid', which is not a product over features"),
        (KernelRidge(kernel="cosine"), "has kernel 'cosine', which is not a product"),
        (KernelRidge(kernel=gaussian), "has a kernel function of the user's own"),
        (gaussian_process(Matern(1.0)), "Matern, which is not among RBF"),
        (gaussian_process(RBF(1.0) + 2.0 * Matern(1.0)), "Matern, which is not among RBF"),
    ],
    ids=lambda it: it if isinstance(it, str) else type(it).__name__,
)
def test_models_that_are_no_sums_of_products_are_refused_with_the_reason(model, reason):
    model.fit(ROWS, LABELS if isinstance(model, ClassifierMixin) else SCORE)
    refusal = built(model)
    assert isinstance(refusal, Refusal)
    assert refusal.engine == kernel_machine.NAME
    assert reason in refusal.reason
    assert refusal.reason.startswith("sklearn.")


def test_precomputed_kernels_and_several_classes_are_refused():
    precomputed = SVC(kernel="precomputed").fit(ROWS @ ROWS.T, LABELS)
    assert "precomputed" in built(precomputed, ROWS @ ROWS.T).reason
    three = SVC().fit(ROWS, np.digitize(SCORE, [0.3, 1.2]))
    assert "has 3 classes" in built(three).reason


def test_a_process_that_was_never_fitted_is_refused():
    predictor = Predictor(gaussian_process(), "regression", None)
    refusal = kernel_machine.build(predictor, table_of(BACKGROUND), Options())
    assert "is not fitted" in refusal.reason


def test_other_games_and_probabilities_are_refused():
    predictor = predictor_of(SVC().fit(ROWS, LABELS))
    table = table_of(BACKGROUND)
    trees = Options(feature_perturbation="tree_path_dependent")
    assert "interventional" in kernel_machine.build(predictor, table, trees).reason
    probability = Options(output="probability")
    assert "margin" in kernel_machine.build(predictor, table, probability).reason
    same = Options(feature_perturbation="interventional")
    assert kernel_machine.build(predictor, table, same).output_space == "margin"


def test_more_features_than_quadrature_serves_are_refused():
    rows = np.random.default_rng(0).normal(size=(6, 1025))
    refusal = built(SVR().fit(rows, np.arange(6.0)), rows)
    assert "has 1025 features, more than 1024" in refusal.reason
