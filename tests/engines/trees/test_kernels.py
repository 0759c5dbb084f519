"""The compiled kernels where models of a usual size do not take them."""

from __future__ import annotations

import inspect
import typing
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestRegressor

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines import compiled
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.trees import columns, engine, pairs, paths, plan, tables
from mlflow_explain.engines.trees.ensemble import TreeEnsemble
from tests import truths

INTERVENTIONAL = Options(feature_perturbation="interventional")
RNG = np.random.default_rng(3)


def built(model, rows, options, table_bytes=0):
    made = engine.build(predictor_of(model), table_of(rows), options)
    return engine.TreeEngine(
        made.trees, made.rows, made.output_space, made.background, made.is_rescaled,
        made.tolerance, max_table_bytes=table_bytes,
    )  # fmt: skip


def chain(features, thresholds, values, share):
    """Return a tree of one path to the right: `share` of the rows go on at every split.

    Node j splits on feature j; to the left of it waits a leaf of value j, at its end is the last.
    """
    n = len(features)
    inner = np.arange(n)
    left = np.full(2 * n + 1, -1)
    right, feature = left.copy(), left.copy()
    left[inner], right[inner], feature[inner] = n + 1 + inner, inner + 1, features
    threshold, value, cover = np.zeros((3, len(left)))
    threshold[inner], value[n + 1 :], value[n] = thresholds, values[:-1], values[-1]
    cover[: n + 1] = share ** np.arange(n + 1)
    cover[n + 1 :] = (1 - share) * cover[:n]
    starts = np.array([0, len(left)])
    return TreeEnsemble(
        starts, left, right, left.copy(), feature, threshold, value[:, None], cover, np.zeros(1)
    )


def conjunction(n_features, share):
    """Return a tree that is 1 where all features exceed 0, each of which `share` of the rows do."""
    return chain(np.arange(n_features), 0.0, np.arange(n_features + 1) == n_features, share)


def attributed(trees, rows, background=None):
    made = plan.plan_of(trees, background, single=False, max_bytes=0)
    out = np.zeros((*rows.shape, 1))
    made.add_to(out, made.columns.codes(rows, single=False))
    return made, out[:, :, 0]


# One word of bits and its ends; with 300 rows of 3 values, many are alike.
@pytest.mark.parametrize("n_background", [1, 2, 63, 64, 65, 128, 300])
@pytest.mark.parametrize("table_bytes", [0, 20_000])
def test_any_number_of_background_rows_equals_enumeration(n_background, table_bytes):
    rows = RNG.integers(-1, 2, size=(300, 6)) + RNG.choice([0.0, 0.25], size=(300, 6))
    target = rows[:, 0] * rows[:, 1] + np.abs(rows[:, 2] - rows[:, 3]) * rows[:, 4] + rows[:, 5]
    model = RandomForestRegressor(3, random_state=0).fit(rows, target)
    background = rows[:n_background]
    made = built(model, background, INTERVENTIONAL, table_bytes)
    assert "pairs" in str(made.plan)
    found = made.explain(rows[150:152]).values[:, :, 0]
    for row, values in zip(rows[150:152], found, strict=True):
        game = truths.interventional_game(model.predict, row, background)
        np.testing.assert_allclose(values, truths.shapley(game, 6), atol=1e-12)


def test_sums_over_a_large_background_are_the_models_own_output():
    rows = RNG.normal(size=(2000, 8))
    target = rows[:, 0] * rows[:, 1] + np.sin(3 * rows[:, 2]) + rows[:, 3:].sum(axis=1)
    model = RandomForestRegressor(5, random_state=0).fit(rows, target)
    found = built(model, rows[:1000], INTERVENTIONAL).explain(rows[1000:1050])
    np.testing.assert_allclose(found.outputs()[:, 0], model.predict(rows[1000:1050]), atol=1e-11)
    assert found.base_values[0] == pytest.approx(model.predict(rows[:1000]).mean(), abs=1e-12)


@pytest.mark.parametrize("n_features", [3, 15, 16, 17, 18, 40])
def test_a_conjunction_has_the_interventional_values_of_the_closed_form(n_features):
    rows = np.where(RNG.random((9, n_features)) < 0.9, 1.0, -1.0)
    background = np.where(RNG.random((70, n_features)) < 0.7, 1.0, -1.0)
    rows[0], background[0] = 1.0, -1.0
    expected = np.zeros((9, n_features))
    for values, row in zip(expected, rows > 0, strict=True):
        for other in background > 0:
            if (row | other).all():
                a, b = int((row & ~other).sum()), int((other & ~row).sum())
                if a:
                    values[row & ~other] += factorial(a - 1) * factorial(b) / factorial(a + b) / 70
                if b:
                    values[other & ~row] -= factorial(a) * factorial(b - 1) / factorial(a + b) / 70
    _, found = attributed(conjunction(n_features, 0.5), rows, background)
    np.testing.assert_allclose(found, expected, atol=1e-15)


# From 17 features on, leaves take more points than a register holds, and walk on their own.
@pytest.mark.parametrize("n_features", [1, 2, 15, 16, 17, 18, 33])
@pytest.mark.parametrize("n_rows", [1, 4, 5, 64, 70])
def test_a_conjunction_has_the_path_dependent_values_of_exact_fractions(n_features, n_rows):
    share = Fraction(3, 4)
    rows = np.where(RNG.random((n_rows, n_features)) < 0.9, 1.0, -1.0)
    rows[0] = 1.0
    _, found = attributed(conjunction(n_features, float(share)), rows)
    for values, met in zip(found, rows > 0, strict=True):
        # A feature that the row meets adds (1 - z) times the integral of the others' factors.
        truth = {True: Fraction(), False: Fraction()}
        for is_met in set(met.tolist()):
            n_met, n_failed = int(met.sum()) - is_met, int((~met).sum()) - (not is_met)
            # Factors (1 - t) z + t = z + t (1 - z), and (1 - t) z.
            integrand = np.array([Fraction(1)])
            for _ in range(n_met):
                integrand = np.convolve(integrand, [share, 1 - share])
            for _ in range(n_failed):
                integrand = np.convolve(integrand, [share, -share])
            integral = sum(c / (k + 1) for k, c in enumerate(integrand))
            truth[is_met] = (is_met - share) * integral
        expected = [float(truth[bool(one)]) for one in met]
        np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize("n_rows", [2, 130])
def test_deep_trees_on_many_features_have_lightgbms_own_values(n_rows):
    rows = np.random.default_rng(0).normal(size=(3000, 40))
    model = LGBMRegressor(n_estimators=2, num_leaves=900, min_child_samples=1, verbose=-1)
    model.fit(rows, np.exp(rows.sum(axis=1) / 2))
    made = built(model, rows, Options())
    assert made.plan.walked.paths.degree > 16
    native = model.predict(rows[:n_rows], pred_contrib=True)
    found = made.explain(rows[:n_rows])
    # Unwinding long paths, as LightGBM does, loses digits.
    np.testing.assert_allclose(found.values[:, :, 0], native[:, :-1], atol=1e-6)


def test_trees_of_one_leaf_add_nothing():
    leaf = TreeEnsemble(
        np.array([0, 1, 2]), *(np.full(2, -1) for _ in range(4)), np.zeros(2), np.ones((2, 1)),
        np.ones(2), np.zeros(1),
    )  # fmt: skip
    for background in (None, np.zeros((3, 2))):
        for n_rows in (1, 7):
            made, found = attributed(leaf, np.zeros((n_rows, 2)), background)
            assert not found.any()
            np.testing.assert_array_equal(made.mean, [2.0])


@pytest.mark.parametrize("n_rows", [1, 9])
def test_a_path_of_five_hundred_splits_is_walked(n_rows):
    n = 500
    features, thresholds, values = np.arange(n) % 3, np.arange(n) / n, RNG.normal(size=n + 1)
    trees = chain(features, thresholds, values, 0.9)
    rows, background = RNG.random((n_rows, 3)) ** 0.2, RNG.random((80, 3)) ** 0.2

    def predicted(x):
        stops = x[:, features] <= thresholds
        return values[np.where(stops.any(axis=1), stops.argmax(axis=1), n)]

    made, found = attributed(trees, rows, background)
    assert made.walked.n_levels == n
    for row, values_of_row in zip(rows, found, strict=True):
        game = truths.interventional_game(predicted, row, background)
        np.testing.assert_allclose(values_of_row, truths.shapley(game, 3), atol=1e-13)
    _, found = attributed(trees, rows)
    outputs = found.sum(axis=1) + trees.base_values()
    np.testing.assert_allclose(outputs, predicted(rows), atol=1e-12)


def test_sets_of_splits_are_the_background_rows_that_go_left():
    rows = RNG.integers(0, 5, size=(90, 4)).astype(float)
    rows[RNG.random(rows.shape) < 0.2] = np.nan
    model = LGBMRegressor(
        n_estimators=4, min_child_samples=3, verbose=-1, max_cat_to_onehot=1, min_data_per_group=3
    ).fit(rows, np.nan_to_num(rows) @ [1, 2, -1, 3], categorical_feature=[1])
    trees = built(model, rows, Options()).trees
    asked = columns.columns_of(trees)
    codes, nodes = asked.codes(rows, single=False), paths.paths_of(trees, asked).nodes
    set_of, sets = pairs._sets(nodes, codes)
    bits = np.unpackbits(sets.view(np.uint8), axis=1, bitorder="little").astype(bool)
    assert bits[0, :90].all()
    assert not bits[:, 90:].any()
    left = (codes[nodes["column"]] - nodes["low"][:, None]) <= nodes["span"][:, None]
    np.testing.assert_array_equal(bits[set_of, :90], left)


def test_gains_are_the_ratio_of_factorials():
    gain = tables.gains(30)
    for a in range(1, 31):
        for b in range(31):
            exact = Fraction(factorial(a - 1) * factorial(b), factorial(a + b))
            assert gain[a, b] == pytest.approx(float(exact), rel=1e-14)
    assert not gain[0].any()


def test_row_d_of_gauss_integrates_polynomials_of_degree_d_minus_one():
    points, weights = tables.gauss(40)
    for d in range(1, 41):
        np.testing.assert_allclose(weights[d] @ points[d] ** (d - 1), 1 / d, rtol=1e-13)


def test_rows_that_are_locked_are_explained_as_others():
    rows = RNG.normal(size=(40, 3))
    model = RandomForestRegressor(2, random_state=0).fit(rows, rows[:, 0])
    made = built(model, rows, Options())
    expected = made.explain(rows).values
    rows.flags.writeable = False
    np.testing.assert_array_equal(made.explain(rows).values, expected)


@pytest.mark.parametrize("kernel", plan.KERNELS, ids=lambda kernel: kernel.__name__)
def test_kernels_are_compiled_for_their_annotations_alone(kernel):
    kernel.compile()
    (signature,) = kernel._dispatcher.signatures
    hints = typing.get_type_hints(kernel.__wrapped__, include_extras=True)
    arguments = list(inspect.signature(kernel.__wrapped__).parameters)
    assert len(signature) == len(arguments)
    for name, found in zip(arguments, signature, strict=True):
        for layout in typing.get_args(hints[name])[1:]:
            assert (found.ndim, found.layout, found.mutable) == (
                layout.n_axes, "C", layout.is_writable,
            )  # fmt: skip


def test_a_record_is_laid_out_as_annotated():
    class Point:
        x: typing.Annotated[float, np.float32]
        number: typing.Annotated[int, np.int64]

    found = compiled.dtype_of(Point)
    assert found.names == ("x", "number")
    assert [found[name] for name in found.names] == [np.float32, np.int64]
    assert found.isalignedstruct
