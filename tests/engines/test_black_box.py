"""The black-box engine against enumeration, closed forms, and counts of what it asks."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pandas as pd
import pytest
import shap
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import EngineState, Options, Refusal
from mlflow_explain.engines.black_box import coalitions, engine, limits, masking, surrogate
from mlflow_explain.engines.black_box.regression import regression, signs
from mlflow_explain.errors import CorruptArtifactError, FeatureError, InvalidInputError
from tests import truths


class Counted:
    """A function of rows that remembers what it was asked."""

    def __init__(self, function):
        self.function = function
        self.calls = []

    def __call__(self, rows):
        self.calls.append(rows)
        return self.function(rows)

    @property
    def n_rows(self):
        return sum(rows.shape[0] for rows in self.calls)


def built(model, background, *, max_bytes=limits.MAX_BYTES, **options):
    predictor = (
        predictor_of(model) if hasattr(model, "predict") else Predictor(model, "regression", None)
    )
    return engine.build(predictor, table_of(background), Options(**options), max_bytes)


def enumerated(function, row, background):
    """Return Shapley values by definition, of a function of arrays."""
    game = truths.interventional_game(function, row, background)
    return truths.shapley(game, len(row))


# A function of 24 features: additive, and seven products of three.
TRIPLES = np.random.default_rng(7).permutation(24)[:21].reshape(7, 3)
SIZES = np.linspace(-2, 2, 7)


def products(rows):
    return rows[:, :6].sum(axis=1) + np.prod(rows[:, TRIPLES], axis=2) @ SIZES


def attributions_of_products(row, background):
    """Return exact values: attributions of a sum are the sum of those of its terms."""
    values = np.zeros(24)
    values[:6] = row[:6] - background[:, :6].mean(axis=0)
    for triple, size in zip(TRIPLES, SIZES, strict=True):
        values[triple] += size * enumerated(
            lambda rows: np.prod(rows, axis=1), row[triple], background[:, triple]
        )
    return values


@pytest.fixture(scope="module")
def normal():
    return np.random.default_rng(0).normal(size=(40, 24))


@pytest.fixture(scope="module")
def mixed():
    """Columns of every type, with what is missing in each of them."""
    rng = np.random.default_rng(3)
    n = 24
    days = pd.Series(pd.date_range("2024-01-01", periods=n, freq="D"))
    return pd.DataFrame(
        {
            "real": np.where(np.arange(n) % 5 == 0, np.nan, rng.normal(size=n)),
            "count": rng.integers(0, 9, n),
            "flag": rng.random(n) < 0.5,
            "word": pd.Series(rng.choice(["a", "b", "c"], n)).where(rng.random(n) < 0.8),
            "plain": pd.Series([None, "x", 1, True, float("nan"), 2.5] * 4, dtype=object),
            "kind": pd.Categorical(rng.choice(["low", "high"], n), ["low", "mid", "high"], True),
            "code": pd.Categorical(rng.choice([10, 20], n), [10, 20, 30]),
            "whole": pd.array([1, None, 3, 4] * 6, dtype="Int64"),
            "truth": pd.array([True, None, False] * 8, dtype="boolean"),
            "day": days.where(days.dt.day % 4 > 0),
            "zoned": days.dt.tz_localize("Europe/Berlin"),
            "empty": np.full(n, np.nan),
        },
        index=[f"row {i}" for i in range(n)],
    )


def test_a_pipeline_of_mixed_columns_equals_enumeration(mixed):
    columns = ["real", "count", "word", "kind"]
    frame = mixed[columns].fillna({"real": 0.0})
    labels = np.array(["no", "yes"])[((frame["count"] > 4) ^ (frame.word == "a")).astype(int)]
    encode = make_column_transformer(
        (OneHotEncoder(), ["word", "kind"]), remainder="passthrough", sparse_threshold=0
    )
    model = make_pipeline(encode, DecisionTreeClassifier(random_state=0)).fit(frame, labels)
    found = built(model, frame.head(10))
    assert (found.output_space, found.is_exact, found.n_coalitions) == ("probability", True, 14)
    local = found.explain(frame.tail(5))
    assert local.standard_errors is None

    def probability(cells):
        return model.predict_proba(pd.DataFrame(cells, columns=columns).astype(frame.dtypes))[:, 1]

    background = frame.head(10).to_numpy(dtype=object)
    for row, values in zip(frame.tail(5).to_numpy(dtype=object), local.values, strict=True):
        np.testing.assert_allclose(
            values[:, 1], enumerated(probability, row, background), atol=1e-12
        )
        np.testing.assert_allclose(values[:, 0], -values[:, 1], atol=1e-12)
    np.testing.assert_allclose(local.outputs(), model.predict_proba(frame.tail(5)), atol=1e-12)


@pytest.mark.parametrize("n_features", [1, 2, 3, 7])
def test_few_features_equal_enumeration(normal, n_features):
    rows = normal[:, :n_features]
    model = DecisionTreeRegressor(random_state=0).fit(rows, np.prod(rows, axis=1))
    found = built(model, rows[:20]).explain(rows[20:23])
    for row, values in zip(rows[20:23], found.values[:, :, 0], strict=True):
        np.testing.assert_allclose(values, enumerated(model.predict, row, rows[:20]), atol=1e-12)


def test_eleven_features_are_exact_and_additive(normal):
    rows = normal[:, :11]

    def function(cells):
        return (
            np.exp(cells[:, 0] * cells[:, 1])
            + cells[:, 2:5].prod(axis=1)
            + cells[:, 5:].sum(axis=1)
        )

    found = built(function, rows[:9])
    assert (found.is_exact, found.n_coalitions, found.n_background) == (True, 2046, 9)
    values = found.explain(rows[10:11]).values[0, :, 0]
    first = enumerated(lambda c: np.exp(c[:, 0] * c[:, 1]), rows[10, :2], rows[:9, :2])
    second = enumerated(lambda c: c.prod(axis=1), rows[10, 2:5], rows[:9, 2:5])
    rest = rows[10, 5:] - rows[:9, 5:].mean(axis=0)
    np.testing.assert_allclose(values, np.concatenate([first, second, rest]), atol=1e-12)


def test_an_exclusive_or_shares_its_surprise_equally():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    found = built(lambda rows: rows[:, 0] ^ rows[:, 1], corners).explain(corners)
    assert found.base_values.tolist() == [0.5]
    expected = np.array([-0.25, 0.25, 0.25, -0.25])
    np.testing.assert_allclose(found.values[:, :, 0], np.column_stack([expected, expected]))


@pytest.mark.parametrize("n_features", [12, 24, 90])
def test_an_additive_function_is_exact_though_coalitions_are_drawn(n_features):
    rows = np.random.default_rng(1).normal(size=(30, n_features))
    weights = np.linspace(-1, 3, n_features)
    found = built(lambda cells: np.cos(cells) @ weights + 1e3, rows[:20])
    assert not found.is_exact
    local = found.explain(rows[20:24])
    expected = (np.cos(rows[20:24]) - np.cos(rows[:20]).mean(axis=0)) * weights
    np.testing.assert_allclose(local.values[:, :, 0], expected, atol=1e-9)
    assert local.standard_errors.max() < 1e-9


def test_products_of_three_are_found_with_honest_standard_errors(normal):
    background, rows = normal[:30], normal[30:40]
    truth = np.array([attributions_of_products(row, background) for row in rows])
    for n_coalitions, most in ((600, 0.06), (None, 0.02)):
        found = built(products, background, n_coalitions=n_coalitions).explain(rows)
        error = found.values[:, :, 0] - truth
        assert np.linalg.norm(error) <= most * np.linalg.norm(truth)
        covered = np.abs(error) <= 2 * found.standard_errors[:, :, 0]
        assert 0.8 <= covered.mean() <= 1
        size = np.sqrt(np.mean(error**2) / np.mean(found.standard_errors**2))
        assert 0.5 <= size <= 1.5
        np.testing.assert_allclose(found.outputs()[:, 0], products(rows), atol=1e-11)


def test_a_boosted_model_is_within_its_standard_errors_of_the_tree_explainer(normal):
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(600, 24))
    model = lightgbm.LGBMRegressor(n_estimators=40, num_leaves=15, verbose=-1).fit(
        rows, products(rows)
    )
    background, asked = normal[:30], normal[30:36]
    trees = shap.TreeExplainer(model, background, feature_perturbation="interventional")
    truth = trees.shap_values(asked, check_additivity=False)
    found = built(model.booster_.predict, background, n_coalitions=1000).explain(asked)
    error = found.values[:, :, 0] - truth
    assert np.linalg.norm(error) <= 0.03 * np.linalg.norm(truth)
    assert 0.8 <= np.mean(np.abs(error) <= 2 * found.standard_errors[:, :, 0]) <= 1


def test_the_surrogate_lowers_the_error_of_the_regression(normal):
    background, row = normal[:30], normal[33]
    game = regression(24, 600, seed=0)
    values = [
        np.array([products(np.where(z, row, background)).mean() for z in members])
        for members in (game.members, ~game.members)
    ]
    odd, gain = (
        (values[0] - values[1])[:, None] / 2,
        products(row[None]) - products(background).mean(),
    )
    truth = attributions_of_products(row, background)
    plain = game.attributions(odd, gain)[:, 0] - truth
    helped = surrogate.estimate(game, odd, gain, seed=0)[0][:, 0] - truth
    assert np.linalg.norm(helped) < np.linalg.norm(plain) / 2


def test_more_coalitions_than_the_surrogate_learns_from_lower_the_error_further(
    normal, monkeypatch
):
    background, rows = normal[:20], normal[30:33]
    truth = np.array([attributions_of_products(row, background) for row in rows])
    monkeypatch.setattr(surrogate, "MAX_PAIRS", 300)
    errors = []
    for n_coalitions in (600, 1200, 6000):
        found = built(products, background, n_coalitions=n_coalitions).explain(rows)
        errors.append(np.linalg.norm(found.values[:, :, 0] - truth))
        covered = np.abs(found.values[:, :, 0] - truth) <= 2 * found.standard_errors[:, :, 0]
        assert 0.8 <= covered.mean() <= 1
    assert errors[0] > errors[1] > errors[2]


def test_attributions_of_a_surrogate_equal_enumeration():
    rng = np.random.default_rng(4)
    z = signs(rng.random((9, 6)) < 0.5)
    fitted = surrogate.Surrogate(z, rng.random(6), rng.normal(size=(9, 2)), np.zeros((8, 2)))
    for output in range(2):

        def value(coalition, output=output):
            members = np.isin(np.arange(6), list(coalition))[None]
            return float(fitted.values(signs(members))[0, output])

        expected = truths.shapley(value, 6)
        np.testing.assert_allclose(fitted.attributions()[:, output], expected, atol=1e-12)


def test_left_out_residuals_are_those_of_a_fit_without_the_pair():
    rng = np.random.default_rng(5)
    z, data, reach = signs(rng.random((30, 8)) < 0.5), rng.normal(size=(30, 1)), rng.random(8)
    whole = surrogate._fit(z, data, reach)
    for i in (0, 7, 29):
        rest = np.delete(np.arange(30), i)
        without = surrogate._fit(z[rest], data[rest], reach)
        expected = data[i] - without.values(z[i : i + 1])[0]
        np.testing.assert_allclose(whole.left_out[i], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("n_features", "n_coalitions"), [(12, 500), (13, 8000), (30, 1000), (60, 120)]
)
def test_a_design_holds_distinct_pairs_complete_at_its_ends(n_features, n_coalitions):
    drawn = coalitions.design(n_features, n_coalitions, seed=1)
    both = np.concatenate([drawn.members, ~drawn.members])
    assert len(both) == n_coalitions
    assert len(np.unique(both, axis=0)) == n_coalitions
    sizes = both.sum(axis=1)
    assert sizes.min() == 1
    assert (sizes == 1).sum() == (sizes == n_features - 1).sum() == n_features
    assert drawn.weights.sum() == pytest.approx(1)
    mass = 1 / (np.arange(1, n_features) * np.arange(n_features - 1, 0, -1))
    if n_coalitions == 1000:
        # Every size stands for its whole share of the Shapley kernel.
        weights = np.bincount(sizes, np.tile(drawn.weights, 2) / 2)[1:]
        np.testing.assert_allclose(weights, mass / mass.sum(), atol=1e-12)


def test_all_coalitions_are_all():
    drawn = coalitions.design(6, 62, seed=0)
    assert drawn.is_complete
    assert len(np.unique(np.concatenate([drawn.members, ~drawn.members]), axis=0)) == 62


def test_the_fit_of_all_coalitions_is_the_shapley_value(normal):
    # Least squares with the Shapley kernel's weights, against the definition of the value.
    drawn = coalitions.design(6, 62, seed=0)
    game = regression(6, 62, seed=0)
    z = signs(drawn.members)
    odd, gain = np.sin(z @ np.arange(6.0))[:, None], np.array([0.7])
    mass = drawn.weights[:, None]
    normal_equations = np.block(
        [[z.T @ (mass * z), np.ones((6, 1))], [np.ones((1, 6)), np.zeros((1, 1))]]
    )
    right = np.concatenate([z.T @ (mass * 2 * odd), gain[None]])
    expected = np.linalg.solve(normal_equations, right)[:6]
    np.testing.assert_allclose(game.attributions(odd, gain), expected, atol=1e-12)


def test_a_model_is_asked_no_more_than_there_is_to_know(normal):
    counted = Counted(lambda rows: rows.sum(axis=1))
    found = built(counted, normal[:7, :5])
    assert counted.n_rows == 7
    found.explain(normal[10:11, :5])
    assert counted.n_rows == 7 + 1 + (2**5 - 2) * 7
    assert [rows.shape[0] for rows in counted.calls] == [7, 1, 30 * 7]


def test_a_drawn_design_asks_its_coalitions_and_not_one_more(normal):
    counted = Counted(products)
    built(counted, normal[:5], n_coalitions=101).explain(normal[10:12])
    assert counted.n_rows == 5 + 2 + 2 * 100 * 5


def test_equal_synthetic_rows_are_asked_once():
    corners = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    counted = Counted(lambda rows: rows.prod(axis=1))
    found = built(counted, corners)
    local = found.explain(corners[5:6])
    # Whatever is mixed from corners is a corner, whose answer is known since the engine was built.
    assert counted.n_rows == 8 + 1
    expected = enumerated(lambda rows: rows.prod(axis=1), corners[5], corners)
    np.testing.assert_allclose(local.values[0, :, 0], expected, atol=1e-12)


def test_half_equal_rows_are_asked_for_what_differs():
    background = np.array([[0.0, 0.0, 5.0], [1.0, 2.0, 5.0]])
    counted = Counted(lambda rows: rows @ np.array([1.0, 10.0, 100.0]) + rows[:, 0] * rows[:, 1])
    found = built(counted, background)
    local = found.explain(np.array([[0.0, 7.0, 5.0]]))
    # The third feature is constant. v({0}) needs (0, 0, 5), known, and (0, 2, 5); v({1}) needs
    # (0, 7, 5), which is the row itself, and (1, 7, 5).
    assert counted.n_rows == 2 + 1 + 2
    expected = enumerated(counted.function, np.array([0.0, 7.0, 5.0]), background)
    np.testing.assert_allclose(local.values[0, :, 0], expected, atol=1e-12)
    assert local.values[0, 2, 0] == 0


def test_rows_that_only_seem_equal_are_all_asked(monkeypatch):
    background = np.array([[0.0, 0.0, 5.0], [1.0, 2.0, 5.0]])
    row = np.array([[0.0, 7.0, 4.0]])
    marks = masking._marks

    def confused(codes):
        # The first mark takes all cells for equal, the second does not.
        return np.stack([np.zeros(codes.shape, dtype=np.uint64), marks(codes)[1]])

    monkeypatch.setattr(masking, "_marks", confused)
    counted = Counted(lambda rows: rows @ np.array([1.0, 10.0, 100.0]) + rows[:, 0] * rows[:, 1])
    found = built(counted, background).explain(row)
    expected = enumerated(counted.function, row[0], background)
    np.testing.assert_allclose(found.values[0, :, 0], expected, atol=1e-12)
    assert counted.n_rows == 2 + 1 + 6 * 2


def test_a_feature_that_never_differs_leaves_the_game(normal):
    # 24 columns, but only 11 of them vary: values are exact, and standard errors 0.
    rows = normal.copy()
    rows[:, 11:] = 3.0
    rows[:, 20] = np.nan
    counted = Counted(
        lambda cells: np.nan_to_num(cells[:, :3]).prod(axis=1) + np.nansum(cells, axis=1)
    )
    found = built(counted, rows[:4])
    assert not found.is_exact
    local = found.explain(rows[10:12])
    assert counted.n_rows == 4 + 2 + 2 * 2046 * 4
    assert local.standard_errors.max() == 0
    np.testing.assert_array_equal(local.values[:, 11:], 0)
    three = enumerated(lambda c: c.prod(axis=1) + c.sum(axis=1), rows[10, :3], rows[:4, :3])
    np.testing.assert_allclose(local.values[0, :3, 0], three, atol=1e-12)
    # One row differs in a further column: only it is estimated.
    rows[11, 15] = 4.0
    local = found.explain(rows[10:12])
    assert local.standard_errors[0].max() == 0
    assert local.values[1, 15, 0] != 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1)])
def test_one_row_or_one_feature_will_do(shape):
    background = np.arange(np.prod(shape), dtype=float).reshape(shape)
    found = built(lambda rows: rows.prod(axis=1), background)
    row = np.full((1, shape[1]), 2.5)
    expected = enumerated(lambda rows: rows.prod(axis=1), row[0], background)
    np.testing.assert_allclose(found.explain(row).values[0, :, 0], expected, atol=1e-12)


def test_nothing_differs_and_nothing_is_asked(normal):
    row = normal[:1]
    counted = Counted(products)
    local = built(counted, np.repeat(row, 3, axis=0)).explain(row)
    assert counted.n_rows == 3 + 1
    np.testing.assert_array_equal(local.values, np.zeros((1, 24, 1)))


def test_no_rows_give_no_values(normal):
    local = built(products, normal[:5]).explain(normal[:0])
    assert local.values.shape == local.standard_errors.shape == (0, 24, 1)


def test_columns_keep_their_types_and_missing_values(mixed):
    seen = []

    def model(rows):
        pd.testing.assert_series_equal(rows.dtypes, mixed.dtypes)
        assert isinstance(rows.index, pd.RangeIndex)
        seen.append(rows)
        missing = rows.isna().sum(axis=1).to_numpy()
        kinds = rows["plain"].map(lambda cell: len(type(cell).__name__)).to_numpy(dtype=float)
        return missing + kinds * (rows["kind"] == "low").to_numpy() + rows["day"].dt.day.fillna(0)

    before = mixed.copy(deep=True)
    found = built(model, mixed.head(8), n_coalitions=200)
    local = found.explain(mixed.iloc[9:11])
    pd.testing.assert_frame_equal(mixed, before)
    assert local.values[:, 11].tolist() == [[0.0], [0.0]]
    asked = pd.concat(seen[2:], ignore_index=True)
    for name in mixed.columns:
        own = {(type(cell), str(cell)) for cell in mixed[name].iloc[[*range(8), 9, 10]]}
        assert {(type(cell), str(cell)) for cell in asked[name]} <= own
    np.testing.assert_allclose(
        local.outputs()[:, 0], model(mixed.iloc[9:11].reset_index(drop=True))
    )


@pytest.mark.parametrize("dtype", ["int8", "int64", "float32", "bool", "object", "U3"])
def test_arrays_keep_their_type(dtype):
    background = np.array([[0, 1, 2], [3, 0, 1], [1, 1, 0]]).astype(dtype)
    row = np.array([[1, 3, 0]]).astype(dtype)

    def model(rows):
        assert rows.dtype == background.dtype
        return rows.astype(float) @ np.array([1.0, 2.0, 4.0])

    values = built(model, background).explain(row).values[0, :, 0]
    away = row.astype(float)[0] - background.astype(float).mean(axis=0)
    np.testing.assert_allclose(values, away * np.array([1, 2, 4]), atol=1e-12)


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_sparse_rows_stay_sparse_and_equal_dense_ones(normal, kind):
    rows = np.where(normal > 0.8, normal, 0.0)
    function = Counted(lambda cells: products(cells.toarray()))
    found = built(function, kind(rows[:9])).explain(kind(rows[20:24]))
    assert all(isinstance(cells, kind) for cells in function.calls)
    dense = built(products, rows[:9]).explain(rows[20:24])
    np.testing.assert_array_equal(found.values, dense.values)
    mixed_kinds = built(products, rows[:9]).explain(kind(rows[20:24]))
    np.testing.assert_array_equal(mixed_kinds.values, dense.values)


def test_frames_of_numbers_equal_arrays(normal):
    frame = pd.DataFrame(normal, columns=[f"c{i}" for i in range(24)])
    found = built(lambda rows: products(rows.to_numpy()), frame.head(9))
    array = built(products, normal[:9]).explain(normal[-3:])
    np.testing.assert_array_equal(found.explain(frame.tail(3)).values, array.values)
    np.testing.assert_array_equal(found.explain(normal[-3:]).values, array.values)


def test_a_booster_is_asked_for_its_probabilities(normal):
    rows, labels = normal[:, :3], (normal[:, 0] > 0).astype(int)
    settings = {"objective": "binary", "min_data_in_leaf": 3, "verbose": -1}
    model = lightgbm.train(settings, lightgbm.Dataset(rows, labels), num_boost_round=5)
    local = built(model, rows[:9]).explain(rows[20:22])
    expected = enumerated(model.predict, rows[20], rows[:9])
    np.testing.assert_allclose(local.values[0, :, 1], expected, atol=1e-12)
    np.testing.assert_allclose(local.outputs().sum(axis=1), 1)


def test_the_synthetic_rows_are_bounded_in_memory(normal):
    background = normal[:10]
    counted = Counted(products)
    bound = 50_000
    small = built(counted, background, n_coalitions=300, max_bytes=bound).explain(normal[20:24])
    assert max(rows.nbytes for rows in counted.calls) <= bound
    assert len(counted.calls) > 40
    large = built(products, background, n_coalitions=300).explain(normal[20:24])
    np.testing.assert_array_equal(small.values, large.values)
    np.testing.assert_array_equal(small.standard_errors, large.standard_errors)


def test_a_row_in_a_batch_has_the_values_it_has_alone(normal):
    targets = np.column_stack([products(normal), normal[:, 0] > 0, normal[:, 3] ** 2])
    model = DecisionTreeRegressor(random_state=0).fit(normal, targets)
    rows = normal[10:16].copy()
    rows[2, 5:] = normal[0, 5:]
    for background in (normal[:1], normal[:9]):
        found = built(model, background, n_coalitions=400)
        together = found.explain(rows)
        for i in range(len(rows)):
            alone = found.explain(rows[i : i + 1])
            np.testing.assert_array_equal(alone.values[0], together.values[i])
            np.testing.assert_array_equal(alone.standard_errors[0], together.standard_errors[i])


def test_a_seed_decides_everything(normal):
    first, again, other = (
        built(products, normal[:9], n_coalitions=200, seed=seed).explain(normal[20:22])
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.values, again.values)
    np.testing.assert_array_equal(first.standard_errors, again.standard_errors)
    assert (first.values != other.values).any()


def test_eight_threads_agree_with_one(normal):
    found = built(products, normal[:9], n_coalitions=300)
    rows = normal[10:34]
    alone = [found.explain(rows[i : i + 3]).values for i in range(0, 24, 3)]
    with ThreadPoolExecutor(8) as threads:
        each = threads.map(lambda i: found.explain(rows[i : i + 3]).values, range(0, 24, 3))
        for one, other in zip(alone, each, strict=True):
            np.testing.assert_array_equal(one, other)


def test_rows_are_left_as_they_are(normal):
    rows = normal[20:22].copy()
    background = normal[:9].copy()

    def model(cells):
        answer = products(cells)
        # Models may spoil what they are given; it is theirs.
        cells[:] = 0
        return answer

    found = built(model, normal[:9], n_coalitions=100)
    found.explain(rows)
    np.testing.assert_array_equal(rows, normal[20:22])
    np.testing.assert_array_equal(normal[:9], background)


def stored_and_read(state):
    """Return a state as it comes back from JSON and npz."""
    file = io.BytesIO()
    np.savez(file, **state.arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return EngineState(json.loads(json.dumps(dict(state.settings))), dict(arrays))


def test_a_state_brings_back_engine_and_types(mixed):
    def model(rows):
        return rows.isna().sum(axis=1) + rows["count"] * (rows["kind"] == "low")

    found = built(model, mixed.head(9), n_coalitions=100, seed=5)
    read = stored_and_read(found.state())
    asked = Counted(model)
    again = engine.restore(read, Predictor(asked, "regression", None))
    assert asked.n_rows == 0
    expected = mixed.head(9).reset_index(drop=True)
    pd.testing.assert_frame_equal(again.background, expected)
    types = [type(cell) for cell in again.background["plain"]]
    assert types == [type(cell) for cell in expected["plain"]]
    np.testing.assert_array_equal(again.base_values, found.base_values)
    rows = mixed.tail(2)
    np.testing.assert_array_equal(again.explain(rows).values, found.explain(rows).values)


@pytest.mark.parametrize(
    "rows",
    [
        np.eye(3, dtype=np.float32),
        np.array([["a", 1], [None, 2.5]], dtype=object),
        np.array([["a", "bb"]]),
        sparse.csr_matrix(np.eye(3)),
        sparse.csr_array(np.eye(3)),
        pd.DataFrame({0: [1.0, 2.0], "b": pd.array(["x", None], dtype="string")}),
        pd.DataFrame({"a": pd.array(["x", None], dtype="string[python]")}),
        pd.DataFrame({"a": pd.to_datetime(["2024-01-01", None]).as_unit("s")}),
        pd.DataFrame({"a": pd.Categorical([pd.Timestamp("2024-01-01"), None])}),
        pd.DataFrame({"a": pd.Series([pd.Timestamp("2024-01-01"), pd.NaT, pd.NA], dtype=object)}),
        pd.DataFrame({"a": pd.array([1.5, None], dtype="Float32")}),
    ],
)
def test_background_rows_come_back_as_they_were(rows):
    found = built(lambda cells: np.arange(cells.shape[0]), rows)
    again = engine.restore(stored_and_read(found.state()), found.ask.predictor).background
    assert type(again) is type(rows)
    if isinstance(rows, pd.DataFrame):
        pd.testing.assert_frame_equal(again, rows)
        kinds = [frame.map(lambda cell: type(cell).__name__) for frame in (again, rows)]
        pd.testing.assert_frame_equal(*kinds)
    elif sparse.issparse(rows):
        np.testing.assert_array_equal(again.toarray(), rows.toarray())
    else:
        assert again.dtype == rows.dtype
        np.testing.assert_array_equal(again, rows)


def test_what_cannot_be_stored_says_so():
    periods = pd.DataFrame({"a": pd.period_range("2024", periods=2, freq="Y")})
    with pytest.raises(InvalidInputError, match="period"):
        built(lambda rows: np.zeros(len(rows)), periods).state()
    lists = pd.DataFrame({"a": pd.Series([[1], [2]], dtype=object)})
    with pytest.raises(InvalidInputError, match="list"):
        built(lambda rows: np.zeros(len(rows)), lists).state()


def test_a_state_of_another_kind_is_corrupt(normal):
    found = built(products, normal[:3])
    for spoilt in (
        {"kind": "parquet"},
        {"kind": "array", "shape": [3, 24], "cells": {"as": "?", "name": "cells"}},
    ):
        settings = {**found.state().settings, "background": spoilt}
        with pytest.raises(CorruptArtifactError, match="of a kind this version reads"):
            engine.restore(EngineState(settings, found.state().arrays), found.ask.predictor)


def test_without_its_model_it_does_not_come_back(normal):
    with pytest.raises(InvalidInputError, match="together with its model"):
        engine.restore(built(products, normal[:3]).state(), None)


def test_classes_margins_labels_and_targets_are_outputs(normal):
    rows, labels = normal[:, :4], np.array(["a", "b", "c"])[np.digitize(normal[:, 0], [-0.5, 0.5])]
    probable = LogisticRegression().fit(rows, labels)
    margin = RidgeClassifier().fit(rows, labels)
    two = RidgeClassifier().fit(rows, labels == "a")
    targets = Ridge().fit(rows, rows[:, :2] * 3)
    cases = {
        "probability": (probable, 3, probable.predict_proba),
        "margin": (margin, 3, margin.decision_function),
        "raw": (targets, 2, targets.predict),
    }
    for space, (model, n_outputs, answers) in cases.items():
        predictor = predictor_of(model)
        found = engine.build(predictor, table_of(rows[:9]), Options())
        assert (found.output_space, found.name) == (space, "kernel")
        local = found.explain(rows[20:23])
        assert local.n_outputs == n_outputs
        np.testing.assert_allclose(
            engine.scores(found, predictor, rows[20:23]), answers(rows[20:23])
        )
        for output in range(n_outputs):
            expected = enumerated(lambda c, o=output, a=answers: a(c)[:, o], rows[20], rows[:9])
            np.testing.assert_allclose(local.values[0, :, output], expected, atol=1e-12)
    assert built(two, rows[:9]).explain(rows[:2]).n_outputs == 1


def test_a_classifier_with_labels_only_answers_one_or_none(normal):
    labels = ("left", "right")

    class Thrower:
        def predict(self, rows):
            return np.array(labels)[(rows[:, 0] * rows[:, 1] > 0).astype(int)]

    rows = normal[:, :3]
    predictor = Predictor(Thrower(), "classification", labels, labels)
    found = engine.build(predictor, table_of(rows[:9]), Options())
    assert found.output_space == "probability"
    local = found.explain(rows[20:22])
    for output, label in enumerate(labels):

        def chosen(cells, label=label):
            return (Thrower().predict(cells) == label).astype(float)

        expected = enumerated(chosen, rows[20], rows[:9])
        np.testing.assert_allclose(local.values[0, :, output], expected, atol=1e-12)
    strangers = Predictor(Thrower(), "classification", (0, 1), (0, 1))
    with pytest.raises(InvalidInputError, match="among the 2 labels"):
        engine.build(strangers, table_of(rows[:9]), Options())


def test_two_probabilities_mirror_each_other_when_coalitions_are_drawn(normal):
    model = MLPClassifier((8,), max_iter=2000, random_state=0).fit(normal, normal[:, 0] > 0)
    local = built(model, normal[:9], n_coalitions=200).explain(normal[20:22])
    np.testing.assert_allclose(local.values[:, :, 0], -local.values[:, :, 1], atol=1e-12)
    np.testing.assert_allclose(local.outputs(), model.predict_proba(normal[20:22]), atol=1e-12)


def test_a_model_that_refuses_synthetic_rows_is_a_typed_error():
    def picky(rows):
        if ((rows[:, 0] > 0) & (rows[:, 1] < 0)).any():
            raise ValueError("a secret 42")
        return rows[:, 0]

    found = built(picky, np.array([[1.0, 1.0]]))
    with pytest.raises(InvalidInputError, match=r"ValueError from .*picky") as caught:
        found.explain(np.array([[-1.0, -1.0]]))
    assert "42" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: np.where(rows[:, 0] > 0, np.nan, 1.0), "NaN or infinity for 2 rows"),
        (lambda rows: np.full(len(rows), np.inf), "NaN or infinity for 3 rows"),
        (lambda rows: np.zeros(len(rows) + 1), "numbers for 3 rows"),
        (lambda rows: np.array(["a"] * len(rows)), "numbers for 3 rows"),
        (lambda _: 1.0, "numbers for 3 rows"),
    ],
)
def test_answers_that_are_no_finite_numbers_are_typed_errors(answer, said):
    with pytest.raises(InvalidInputError, match=said):
        built(answer, np.array([[-1.0], [1.0], [2.0]]))


def test_other_columns_are_a_typed_error(normal):
    frame = pd.DataFrame(normal[:, :3], columns=["a", "b", "c"])
    found = built(lambda rows: rows["a"], frame.head(3))
    with pytest.raises(FeatureError, match="in this order"):
        found.explain(frame[["b", "a", "c"]])
    with pytest.raises(FeatureError, match="3 columns"):
        found.explain(frame[["a", "b"]])


def test_an_unknown_category_is_missing_as_it_is_for_the_model():
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": [1.0, 2.0]})
    found = built(lambda rows: rows["a"].isna() * 4.0 + rows["b"], frame)
    local = found.explain(pd.DataFrame({"a": ["z"], "b": [1.5]}))
    np.testing.assert_allclose(local.values[0, :, 0], [4.0, 0.0])


def test_refusals_carry_their_reasons(normal):
    refusal = built(products, normal[:3], feature_perturbation="tree_path_dependent")
    assert isinstance(refusal, Refusal)
    assert "test_black_box.products is not looked into: there are no trees" in refusal.reason
    refusal = built(products, normal[:3], n_coalitions=40)
    assert "not explained with 40 coalitions: its 24 features need 96" in refusal.reason
    refusal = built(lambda rows: rows[:, 0], np.zeros((2, 10_000)))
    assert "10000 of them and 40000 coalitions need 1526 MB, more than 512 MB" in refusal.reason
    margin = RidgeClassifier().fit(normal, normal[:, 0] > 0)
    refusal = built(margin, normal[:3], output="probability")
    assert refusal.reason.endswith("RidgeClassifier is not a model that tells probabilities")
    nothing = engine.build(Predictor("word", "regression", None), table_of(normal), Options())
    assert nothing.reason == "builtins.str is not a function and has no `predict`"
    with pytest.raises(InvalidInputError, match="at least one row"):
        built(products, normal[:0])


def test_a_bar_is_shown_on_terminals_only(normal, capsys, monkeypatch):
    found = built(products, normal[:3], n_coalitions=100, show_progress=True)
    found.explain(normal[10:12])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    found.explain(normal[10:12])
    assert "200/200" in capsys.readouterr().err


def test_the_default_number_of_coalitions_grows_with_the_features(normal):
    assert built(products, normal[:3]).n_coalitions == 2 * 24 + 2048
    exact = built(lambda rows: rows[:, 0], normal[:3, :12], n_coalitions=4094)
    assert (exact.is_exact, exact.n_coalitions) == (True, 4094)
